"""Places to write movies to, without a disk, and formats to fill them with."""

from __future__ import annotations

from typing import Any

from reelwright.isobmff.box import Box, Buffer
from reelwright.isobmff.movie_writer import Chunk, SampleFlag
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType

RATE = 48000


class Memory:
    """The part of a destination that the movie writer uses, in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def size(self) -> int:
        return len(self.data)

    def write(self, *buffers: Buffer) -> int:
        offset = len(self.data)
        for buffer in buffers:
            self.data += buffer
        return offset

    def overwrite(self, offset: int, data: Buffer) -> None:
        assert offset + len(data) <= len(self.data)
        self.data[offset : offset + len(data)] = data

    is_in_memory = True
    insertion_block = 1

    def insert(self, offset: int, *data: Buffer | Box, replacing: int = 0) -> str:
        self.data[offset : offset + replacing] = b"".join(
            part.render() if isinstance(part, Box) else part for part in data
        )
        return "in memory"


ZEROS = bytes(1 << 22)


class Sparse(Memory):
    """A destination that pretends: views of ``ZEROS`` are counted and not kept, so that gibibytes cost nothing.

    What comes before them is ``data``, what is written behind them ``tail``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.media = 0
        self.tail = bytearray()

    @property
    def size(self) -> int:
        return len(self.data) + self.media + len(self.tail)

    def write(self, *buffers: Buffer) -> int:
        offset = self.size
        for buffer in buffers:
            if isinstance(buffer, memoryview) and buffer.obj is ZEROS:
                assert not self.tail
                self.media += buffer.nbytes
            elif self.media:
                self.tail += buffer
            else:
                self.data += buffer
        return offset

    def insert(self, offset: int, *data: Buffer | Box, replacing: int = 0) -> str:
        assert not self.tail
        return super().insert(offset, *data, replacing=replacing)


def pcm(channels: int = 1, *, big_endian: bool = False, rate: int = RATE) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=channels,
        channel_layout="mono" if channels == 1 else "stereo",
        pcm=PcmLayout(bits=16, is_big_endian=big_endian),
        frames_per_packet=1,
    )


def aac() -> FormatDescription:
    """AAC-LC, 48 kHz, stereo (an AudioSpecificConfig of ISO/IEC 14496-3, 1.6.2.1)."""
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="aac ",
        sample_rate=RATE,
        channels=2,
        channel_layout="stereo",
        frames_per_packet=1024,
        codec_config=bytes.fromhex("1190"),
    )


def jpeg(**facts: Any) -> FormatDescription:
    """Pictures whose sample entry needs no configuration; the atom lets them into ISO files too."""
    values: dict[str, Any] = {"width": 320, "height": 240, "atoms": {"btrt": bytes(12)}} | facts
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", **values)


def sound(
    count: int, decode: int = 0, *, description: int = 1, size: int = 2, rate: int = RATE, fill: int = 0
) -> Chunk:
    """A chunk of PCM frames."""
    return Chunk(description, rate, [bytes([fill]) * (size * count)], count, size, decode, 1)


def pictures(
    durations: list[int] | int,
    decode: int = 0,
    *,
    count: int = 0,
    offsets: list[int] | int = 0,
    description: int = 1,
    timescale: int = 24,
    flags: list[int] | int = int(SampleFlag.SYNC),
    sizes: list[int] | None = None,
    fill: int = 65,
) -> Chunk:
    """A chunk of pictures: bytes that differ from sample to sample."""
    count = count or (1 if isinstance(durations, int) else len(durations))
    sizes = sizes or [3 + number % 5 for number in range(count)]
    payload: list[Buffer] = [bytes([fill + number % 26]) * size for number, size in enumerate(sizes)]
    return Chunk(description, timescale, payload, count, sizes, decode, durations, offsets, flags)
