"""``dac3`` and ``dec3`` against those of FFmpeg's muxer, and against headers set bit by bit."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import pytest

from reelwright.isobmff.ac3 import ac3_record, enhanced_ac3_record
from reelwright.model.errors import InvalidMediaError


def film_of(codec: str, layout: str, rate: int, bit_rate: int) -> tuple[bytes, bytes]:
    """A first packet, and FFmpeg's movie around it."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream(codec, rate=rate)
        stream.layout, stream.bit_rate = layout, bit_rate
        frame = av.AudioFrame("fltp", layout, 1536)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        packets = [*stream.encode(frame), *stream.encode(None)]
        data = bytes(packets[0])
        film.mux(packets)
    return data, file.getvalue()


def payload(film: bytes, kind: bytes) -> bytes:
    at = film.index(kind)
    return film[at + 4 : at - 4 + int.from_bytes(film[at - 4 : at], "big")]


CASES = [("mono", 48000, 96_000), ("stereo", 44100, 192_000), ("2.1", 32000, 128_000), ("3.0", 48000, 640_000)]
CASES += [("4.0", 48000, 384_000), ("quad(side)", 48000, 384_000), ("5.1(side)", 44100, 448_000)]


@pytest.mark.parametrize(("layout", "rate", "bit_rate"), CASES)
def test_records_are_those_of_ffmpegs_muxer(layout: str, rate: int, bit_rate: int) -> None:
    packet, film = film_of("ac3", layout, rate, bit_rate)
    assert ac3_record(packet) == payload(film, b"dac3")
    packet, film = film_of("eac3", layout, rate, bit_rate)
    ours, theirs = (int.from_bytes(record, "big") for record in (enhanced_ac3_record(packet), payload(film, b"dec3")))
    assert (ours ^ theirs) & (1 << 27) - 1 == 0  # all but the bit rate: FFmpeg's is the first frame's, rounded down
    assert abs((ours >> 27) - (theirs >> 27)) <= 1
    assert int.from_bytes(enhanced_ac3_record(packet, bit_rate)[:2], "big") >> 3 == bit_rate // 1000


class Bits:
    """A frame header of E-AC-3, field by field."""

    def __init__(self) -> None:
        self.text = f"{0x0B77:016b}"

    def put(self, *fields: tuple[int, int]) -> Bits:
        self.text += "".join(f"{value:0{size}b}" for value, size in fields)
        return self

    def frame(self, size: int) -> bytes:
        text = self.text.ljust(size * 8, "0")
        return int(text, 2).to_bytes(size, "big")


def header(
    kind: int, number: int, size: int, *, sampling: int = 0, blocks: int = 3, coding: int = 7, low: int = 1
) -> Bits:
    bits = Bits().put((kind, 2), (number, 3), (size // 2 - 1, 11), (sampling, 2), (blocks, 2), (coding, 3), (low, 1))
    return bits.put((16, 5), (31, 5), (0, 1))


def test_a_dependent_substream_adds_its_speakers() -> None:
    main = header(0, 0, 64).put((0, 1), (0, 1)).frame(64)
    # Lrs/Rrs and LFE2 of table E1.4: bits 6 and 14 from the left.
    backs = header(1, 0, 32, coding=2, low=0).put((1, 1), (0b0000001000000010, 16), (0, 1), (0, 1)).frame(32)
    record = enhanced_ac3_record(main + backs)
    assert len(record) == 6
    kilobits, programmes = int.from_bytes(record[:2], "big") >> 3, record[1] & 7
    assert (kilobits, programmes) == (24, 0)
    fields = int.from_bytes(record[2:], "big")
    assert (fields >> 30, fields >> 25 & 31, fields >> 17 & 7, fields >> 16 & 1) == (0, 16, 7, 1)
    assert (fields >> 9 & 15, fields & 0x1FF) == (1, 0b100000010)


def test_programmes_stand_side_by_side_and_blocks_one_after_the_other() -> None:
    one = header(0, 0, 32, blocks=1).put((0, 1), (0, 1)).frame(32)
    other = header(0, 1, 32, blocks=1, coding=1, low=0).put((0, 1), (1, 1), (5, 3)).frame(32)
    record = enhanced_ac3_record((one + other) * 3)
    assert (int.from_bytes(record[:2], "big") >> 3, record[1] & 7, len(record)) == (48, 1, 8)
    second = int.from_bytes(record[5:8], "big")
    assert (second >> 12 & 7, second >> 9 & 7, second >> 8 & 1) == (5, 1, 0)


def test_reduced_rates_and_mixing_metadata() -> None:
    bits = header(0, 0, 32, sampling=3, blocks=1).put((1, 1))  # 22.05 kHz
    bits.put((0, 2), (0, 6), (0, 6), (1, 1), (0, 5))  # downmix levels of 3/2, and that of low frequencies
    bits.put((1, 1), (9, 6), (0, 1), (1, 2), (0, 5))  # the programme's level, no other's, a mixer's word
    bits.put((1, 1), *[(1, 1), (31, 5)] * 6)  # every block's mixing
    record = enhanced_ac3_record(bits.put((1, 1), (3, 3)).frame(32))
    fields = int.from_bytes(record[2:], "big")
    assert (fields >> 22, fields >> 12 & 7, fields >> 9 & 7) == (3, 3, 7)


def test_mixing_metadata_of_two_monos_and_of_another_mixer() -> None:
    bits = header(0, 0, 32, coding=0, low=0, blocks=0).put((31, 5), (1, 1), (255, 8), (1, 1))  # the second's dialogue
    bits.put(
        (0, 1), (1, 1), (63, 6), (0, 1), (2, 2), (0xFFF, 12)
    )  # the second programme's level, twelve bits of mixing
    bits.put((1, 1), (0x3FFF, 14), (1, 1), (0x3FFF, 14), (1, 1), (31, 5))  # where each is panned to, the block's mixing
    record = enhanced_ac3_record(bits.put((1, 1), (5, 3)).frame(32))
    assert int.from_bytes(record[2:4], "big") >> 4 & 7 == 5
    bits = header(0, 0, 32, low=0, coding=2).put(
        (1, 1), (0, 1), (0, 1), (3, 2)
    )  # data of a length that it tells itself
    assert int.from_bytes(enhanced_ac3_record(bits.put((0x7FFF, 15)).frame(32))[2:4], "big") >> 4 & 7 == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x0b",
        b"\x77\x0b" + bytes(30),
        b"\x0b\x77",
        header(1, 0, 32).put((0, 1)).frame(32),
        header(3, 0, 32).frame(32),
        header(0, 0, 32, sampling=3, blocks=3).frame(32),
        header(0, 0, 32).put((0, 1), (0, 1)).frame(32) * 65,
        bytes.fromhex("0b77 5052 1440 43e1"),
    ],
)
def test_what_is_no_enhanced_ac3(data: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        enhanced_ac3_record(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x0b\x77\0\0",
        b"\x77\x0b" + bytes(8),
        bytes.fromhex("0b770000c0402f84"),
        bytes.fromhex("0b7700003f402f84"),
        bytes.fromhex("0b770000 1c 84 2f84"),
    ],
)
def test_what_is_no_ac3(data: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        ac3_record(data)
