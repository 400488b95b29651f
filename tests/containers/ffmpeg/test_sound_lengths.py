"""Lengths that packets of sound tell, against FFmpeg's decoders and the tables of the standards."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest

from reelwright.containers.ffmpeg.sound_lengths import packet_frames
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

RATE = 48_000


def described(subtype: str, config: bytes = b"", rate: int = RATE, frames: int = 0) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype=subtype,
        sample_rate=rate,
        channels=1,
        frames_per_packet=frames,
        codec_config=config,
    )


@pytest.mark.parametrize(
    ("kinds", "milliseconds"),
    [(range(12), (10, 20, 40, 60)), (range(12, 16), (10, 20)), (range(16, 32), (2.5, 5, 10, 20))],
)
def test_opus_by_its_first_byte(kinds: range, milliseconds: tuple[float, ...]) -> None:
    """RFC 6716, table 2, and the four codes for the number of frames."""
    opus = described("Opus")
    for kind in kinds:
        frames = int(48 * milliseconds[kind % len(milliseconds)])
        assert [packet_frames(opus, bytes([kind << 3 | code, 5])) for code in range(4)] == [
            frames,
            2 * frames,
            2 * frames,
            5 * frames,
        ]
        assert packet_frames(opus, bytes([kind << 3 | 3, 0x80 | 0x40 | 2])) == 2 * frames  # of padding and other rates


@pytest.mark.parametrize(("codec", "kind"), [("flac", "s16"), ("alac", "s16p")])
@pytest.mark.parametrize("length", [10, 4608 * 2, 20_000, 20_001 + 255])
def test_lossless_packets_as_ffmpeg_decodes_them(codec: str, kind: str, length: int) -> None:
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", kind
    encoder.open()
    noise = np.random.default_rng(1).integers(-9000, 9000, (1, length), np.int16)
    frame = av.AudioFrame.from_ndarray(noise, format=kind, layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    fifo, packets = av.AudioFifo(), []
    fifo.write(frame)
    while (piece := fifo.read(encoder.frame_size, partial=True)) is not None:
        packets += encoder.encode(piece)
    packets += encoder.encode(None)
    packets = [packet for packet in packets if packet.size]
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as film:
        stream = film.add_stream(codec, RATE)
        stream.codec_context.layout, stream.codec_context.format = "mono", kind
        for packet in packets:
            packet.stream = stream
            film.mux(packet)
    with av.open(io.BytesIO(file.getvalue())) as film:
        config = bytes(film.streams.audio[0].codec_context.extradata or b"")
        stored = [packet for packet in film.demux() if packet.size]
        decoded = [sum(frame.samples for frame in packet.decode()) for packet in stored]
    told = [packet_frames(described("fLaC" if codec == "flac" else "alac", config), bytes(one)[:16]) for one in stored]
    assert told == decoded
    assert sum(told) == length


@pytest.mark.parametrize("code", range(16))
def test_flac_by_its_block_size(code: int) -> None:
    """RFC 9639, table 14; the number of the frame takes one to seven bytes."""
    sizes = {1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608, 6: 0x12 + 1, 7: 0x1234 + 1}
    expected = sizes.get(code, 256 << code - 8 if code >= 8 else 0)
    for number in (b"\0", b"\xc2\x80", b"\xe1\x88\xb4", b"\xfe" + b"\xbf" * 6):
        header = b"\xff\xf8" + bytes([code << 4 | 0xA, 0x18]) + number + b"\x12\x34"
        if code:  # 0 is reserved
            assert packet_frames(described("fLaC"), header) == expected


@pytest.mark.parametrize(
    ("subtype", "packet"),
    [
        ("Opus", b""),
        ("Opus", b"\x03"),
        ("alac", b""),
        ("alac", bytes(16)),  # of a configuration that is none
        ("alac", b"\0\0\x10\0"),
        ("fLaC", b""),
        ("fLaC", b"\0" * 16),
        ("fLaC", b"\xff\xf8\x6a\x18" + b"\xff" * 12),
        ("fLaC", b"\xff\xf8\x6a\x18\xc2"),
    ],
)
def test_what_is_broken_tells_nothing(subtype: str, packet: bytes) -> None:
    assert packet_frames(described(subtype), packet) == 0


def test_other_encodings_have_packets_of_one_length() -> None:
    assert packet_frames(described("mp4a", frames=1024), b"") == 1024
    assert packet_frames(described("ec-3"), b"") == 1536
    assert packet_frames(described("????"), b"") == 0
