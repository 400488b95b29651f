"""Samples of caption tracks in all their forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

import pytest

from reelwright.isobmff.box import Box, i16, u8, u16
from reelwright.isobmff.caption_samples import (
    LinePair,
    caption_data,
    cue_captions,
    packet_pairs,
    plain_caption,
    timed_text_caption,
)
from reelwright.isobmff.text_entry import TextDefaults, TextStyle
from reelwright.model.caption import Caption, CaptionAlignment, CaptionRegion, CaptionSpan, CaptionUnit
from reelwright.model.errors import InvalidMediaError
from reelwright.model.time_range import TimeRange

WHEN = TimeRange(1, 2)
YELLOW = (255, 255, 0, 255)
PLAIN = TextDefaults()


def styles(*records: tuple[int, int, int]) -> bytes:
    stored = b"".join(u16(start, end, 1) + u8(face, 12, 255, 255, 255, 255) for start, end, face in records)
    return Box("styl", u16(len(records)), stored).render()


def timed(text: bytes, after: bytes = b"", defaults: TextDefaults = PLAIN) -> Caption:
    caption = timed_text_caption(u16(len(text)) + text + after, WHEN, defaults)
    assert caption is not None
    return caption


def test_timed_text_with_styles() -> None:
    caption = timed("Größe und".encode(), styles((0, 5, 1), (6, 9, 6)))
    assert caption.text == "Größe und"
    assert caption.time_range == WHEN
    assert caption.spans == (CaptionSpan(0, 5, bold=True), CaptionSpan(6, 9, italic=True, underline=True))


def test_utf16_text() -> None:
    assert timed(b"\xfe\xff" + "四".encode("utf-16-be")).text == "四"


@pytest.mark.parametrize("stored", [u16(0), u16(0) + styles((0, 1, 1)), u16(2) + b"\xfe\xff"])
def test_no_text_is_no_caption(stored: bytes) -> None:
    assert timed_text_caption(stored, WHEN, PLAIN) is None
    assert plain_caption(stored[:2], WHEN) is None


def test_styles_that_do_not_fit_are_cut_or_passed_over() -> None:
    caption = timed(b"four", styles((2, 99, 1), (3, 4, 2), (1, 1, 1), (9, 12, 1), (0, 1, 2)))
    assert caption.spans == (CaptionSpan(0, 1, italic=True), CaptionSpan(2, 4, bold=True))


def test_two_characters_that_become_one_line_end() -> None:
    caption = timed(b"a\r\nbc\r\nd", styles((3, 5, 1), (7, 8, 2)))
    assert caption.text == "a\nbc\nd"
    assert caption.spans == (CaptionSpan(2, 4, bold=True), CaptionSpan(5, 6, italic=True))


def test_the_entrys_style_holds_where_no_other_does() -> None:
    defaults = TextDefaults(style=TextStyle(0, 0, 1, 2, 18, YELLOW), text_alignment=CaptionAlignment.CENTER)
    caption = timed(b"abcdef", styles((2, 4, 1)), defaults)
    assert caption.text_alignment is CaptionAlignment.CENTER
    assert caption.spans == (
        CaptionSpan(0, 2, italic=True, color=YELLOW),
        CaptionSpan(2, 4, bold=True),
        CaptionSpan(4, 6, italic=True, color=YELLOW),
    )


def test_forced_samples_and_boxes() -> None:
    caption = timed(b"x", Box("frcd").render() + Box("tbox", i16(10, 20, 30, 60)).render())
    assert caption.is_forced
    assert caption.region == CaptionRegion.of(20, 10, 40, 20, CaptionUnit.PIXELS)
    assert timed(b"x", defaults=TextDefaults(display_flags=0x80000000)).is_forced
    assert not timed(b"x", defaults=TextDefaults(display_flags=0x40000000)).is_forced


def test_what_is_broken_behind_the_text_leaves_the_text() -> None:
    assert timed(b"x", Box("styl", u16(200)).render() + b"\0\0\0\1what").text == "x"


def cue(payload: str, settings: str = "", identifier: str = "") -> Box:
    parts = [("iden", identifier), ("sttg", settings), ("payl", payload)]
    return Box("vttc", *(Box(kind, text.encode()) for kind, text in parts if text))


def test_webvtt_cues() -> None:
    stored = (
        cue("<i>One</i>\r\nline", "align:end position:25% line:80.5% size:40%", "c1").render() + cue("Two").render()
    )
    first, second = cue_captions(stored, WHEN)
    assert (first.text, first.spans, first.identifier) == ("One\nline", (CaptionSpan(0, 3, italic=True),), "c1")
    assert first.text_alignment is CaptionAlignment.END
    assert first.region == CaptionRegion(Fraction(25), Fraction(161, 2), Fraction(40))
    assert second == Caption("Two", WHEN)


@pytest.mark.parametrize("settings", ["", "line:-1", "align:sideways", "nonsense", "align:middle:x", "position:x%"])
def test_settings_that_say_nothing(settings: str) -> None:
    (caption,) = cue_captions(cue("x", settings).render(), WHEN)
    assert (caption.region, caption.text_alignment) == (None, None)


def test_an_empty_cue_is_a_gap() -> None:
    assert cue_captions(Box("vtte").render(), WHEN) == ()
    assert cue_captions(b"", WHEN) == ()


def test_line_21_data_of_both_fields_in_the_order_of_frames() -> None:
    stored = Box("cdat", b"\x94\x20\x94\x2f").render() + Box("cdt2", b"\x15\x20\x80").render()
    assert caption_data(stored) == [
        LinePair(1, 0, b"\x94\x20"),
        LinePair(2, 0, b"\x15\x20"),
        LinePair(1, 1, b"\x94\x2f"),
    ]


def packet(*constructs: bytes, time_code: bool = False) -> Box:
    head = b"\x96\x69" + u8(99, 0x4F, 0x43, 0, 1)
    section = u8(0x72, 0xE0 | len(constructs)) + b"".join(constructs)
    return Box("ccdp", head + (u8(0x71) + bytes(4) if time_code else b"") + section + u8(0x74, 0, 1, 0))


@pytest.mark.parametrize("time_code", [False, True])
def test_caption_packets(time_code: bool) -> None:
    stored = packet(
        b"\xfc\x94\x20", b"\xfd\x15\x20", b"\xff\x02\x21", b"\xfe\x41\x42", b"\xf8\0\0", time_code=time_code
    )
    pairs, service = packet_pairs(stored.render() + packet(b"\xfc\x94\x2f").render())
    assert pairs == [LinePair(1, 0, b"\x94\x20"), LinePair(2, 0, b"\x15\x20"), LinePair(1, 1, b"\x94\x2f")]
    assert service == b"\x02\x21\x41\x42"


def test_what_is_no_packet_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="0x9669"):
        packet_pairs(Box("ccdp", bytes(20)).render())


@pytest.mark.parametrize("seed", range(200))
def test_any_bytes_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    seeds = [
        u16(5) + b"hello" + styles((0, 3, 1)) + Box("tbox", i16(1, 2, 3, 4)).render(),
        cue("<b>x</b> y", "line:10%", "1").render(),
        packet(b"\xfc\x94\x20", b"\xff\x02\x21").render(),
        Box("cdat", b"\x94\x20\x94\x2f").render(),
    ]
    stored = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 5)):
        stored[chance.randrange(len(stored))] = chance.randrange(256)
    data = bytes(stored[: chance.randint(0, len(stored))])
    reads: list[Callable[[], object]] = [
        lambda: plain_caption(data, WHEN),
        lambda: timed_text_caption(data, WHEN, PLAIN),
        lambda: cue_captions(data, WHEN),
        lambda: caption_data(data),
        lambda: packet_pairs(data),
    ]
    for read in reads:
        with suppress(InvalidMediaError):
            read()
