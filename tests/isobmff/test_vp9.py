from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.test_av1 import Bits

from reelwright.isobmff.vp9 import (
    Vp9Facts,
    described_vp9,
    is_vp9_key_frame,
    read_vp9_header,
    vp9_atom,
    vp9_level,
    vp9_record,
)
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

SYNC = 0x498342


def frame(
    profile: int = 0,
    *,
    key: bool = True,
    shown: bool = True,
    again: bool = False,
    deep: int = 0,
    space: int = 2,
    full: bool = False,
    shares: tuple[int, int] = (1, 1),
    sync: int = SYNC,
) -> bytes:
    """uncompressed_header() up to the size (VP9 specification, 6.2), 640 × 360."""
    bits = Bits().put(2, 2).put(profile & 1).put(profile >> 1)
    if profile == 3:
        bits.put(0)
    bits.put(again).put(not key).put(shown).put(0).put(sync, 24)
    if profile >= 2:
        bits.put(deep)
    bits.put(space, 3)
    if space != 7:
        bits.put(full)
        if profile in (1, 3):
            bits.put(shares[0]).put(shares[1]).put(0)
    elif profile in (1, 3):
        bits.put(0)
    return bits.put(639, 16).put(359, 16).bytes()


@pytest.mark.parametrize(
    ("made", "facts"),
    [
        (frame(), (0, 8, "4:2:0", 1, False)),
        (frame(0, space=0, full=True), (0, 8, "4:2:0", 2, True)),
        (frame(1, shares=(0, 0)), (1, 8, "4:4:4", 1, False)),
        (frame(1, shares=(1, 0), space=1), (1, 8, "4:2:2", 5, False)),
        (frame(1, shares=(0, 1), space=3), (1, 8, "4:4:0", 6, False)),
        (frame(1, space=7), (1, 8, "4:4:4", 0, True)),
        (frame(2, space=5), (2, 10, "4:2:0", 9, False)),
        (frame(2, deep=1, space=4), (2, 12, "4:2:0", 7, False)),
        (frame(3, deep=1, shares=(0, 0)), (3, 12, "4:4:4", 1, False)),
    ],
)
def test_key_frames_say_what_they_are(made: bytes, facts: tuple[int, int, str, int, bool]) -> None:
    found = read_vp9_header(made + b"more")
    assert (found.profile, found.bit_depth, found.chroma, found.matrix, found.full_range) == facts
    assert (found.width, found.height) == (640, 360)
    assert is_vp9_key_frame(made)


def test_other_frames_are_no_key_frames() -> None:
    assert not is_vp9_key_frame(frame(key=False))
    assert not is_vp9_key_frame(frame(again=True))
    assert is_vp9_key_frame(frame(shown=False))  # the rest of its superframe shows something


@pytest.mark.parametrize(
    "made", [frame(key=False), frame(again=True), frame(sync=1), frame(0, space=7), b"\0\1\2\3", b""]
)
def test_frames_that_tell_nothing(made: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        read_vp9_header(made)


def test_frames_cut_anywhere() -> None:
    for size in range(9):
        with pytest.raises(InvalidMediaError, match="ends too early"):
            read_vp9_header(frame()[:size])


@pytest.mark.parametrize(
    ("size", "rate", "level"),
    [
        ((192, 192), 22, 10),
        ((192, 192), 23, 11),
        ((640, 360), 30, 21),
        ((1280, 720), 30, 31),
        ((1920, 1080), 30, 40),
        ((1920, 1080), 60, 41),
        ((3840, 2160), 30, 50),
        ((3840, 2160), 60, 51),
        ((3840, 2160), 120, 52),
        ((7680, 4320), 30, 60),
        ((16, 1400), 1, 30),  # its side
        ((65535, 65535), 1, 0),
    ],
)
def test_levels(size: tuple[int, int], rate: int, level: int) -> None:
    assert vp9_level(*size, Fraction(rate)) == level


FACTS = Vp9Facts(profile=2, bit_depth=10, chroma="4:2:0", matrix=9, full_range=False, width=640, height=360)


def test_records() -> None:
    assert vp9_record(FACTS, 31).hex(" ") == "01 00 00 00 02 1f a2 02 02 09 00 00"
    assert vp9_record(FACTS, 31, (9, 16, 9), is_sited_left=True).hex(" ") == "01 00 00 00 02 1f a0 09 10 09 00 00"
    full = Vp9Facts(profile=1, bit_depth=8, chroma="4:4:4", matrix=0, full_range=True, width=2, height=2)
    assert vp9_record(full, 10).hex(" ") == "01 00 00 00 01 0a 87 02 02 00 00 00"


def test_what_the_record_has_no_number_for() -> None:
    with pytest.raises(InvalidMediaError, match="4:4:0"):
        vp9_record(read_vp9_header(frame(1, shares=(0, 1))), 10)


def described(**facts: object) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="vp09", **facts)  # type: ignore[arg-type]


def test_a_description_tells_colour_and_the_place_of_chroma() -> None:
    plain = described(color=ColorProperties.HD)
    assert vp9_atom(FACTS, plain)[6:10].hex(" ") == "a2 01 01 01"
    sited = plain.with_(extensions={"ChromaLocationTopField": "Left"})
    assert vp9_atom(FACTS, sited)[6] == 0xA0
    assert [vp9_atom(FACTS, plain, rate)[5] for rate in (None, Fraction(30), Fraction(120))] == [21, 21, 31]


@pytest.mark.parametrize(
    ("bits", "chroma", "profile"), [(8, "4:2:0", 0), (8, "4:4:4", 1), (10, "4:2:0", 2), (12, "4:2:2", 3)]
)
def test_what_there_are_no_pictures_of_yet(bits: int, chroma: str, profile: int) -> None:
    whole = described(width=640, height=360, bits_per_component=bits, chroma=chroma)
    found = described_vp9(whole)
    assert found is not None
    assert (found.profile, found.bit_depth, found.chroma, found.width) == (profile, bits, chroma, 640)
    for missing in ({"width": 0}, {"bits_per_component": None}, {"chroma": None}):
        assert described_vp9(whole.with_(**missing)) is None
