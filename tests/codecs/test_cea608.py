"""CEA-608 decoded: pop-on, roll-up and paint-on captions out of byte pairs."""

from __future__ import annotations

import random

import pytest
from tests.model.refusal import refused

from reelwright.codecs.cea608 import Cea608Decoder
from reelwright.codecs.cea608_characters import basic, extended, special
from reelwright.model.caption import Caption, CaptionRegion, CaptionSpan, CaptionUnit
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time import Time

RCL, EDM, EOC, CR, RDC, RU2, RU3, BS, DER, ENM = (
    bytes([0x14, code]) for code in (0x20, 0x2C, 0x2F, 0x2D, 0x29, 0x25, 0x26, 0x21, 0x24, 0x2E)
)
ROW_15, ROW_14_INDENT_4 = b"\x14\x70", b"\x14\x52"


def text(words: str) -> list[bytes]:
    data = words.encode()
    data += b"\0" * (len(data) % 2)
    return [data[at : at + 2] for at in range(0, len(data), 2)]


def decode(*pairs: bytes | list[bytes], channel: int = 1, field: int = 1, parity: int = 0) -> list[Caption]:
    """Captions of pairs, one a second."""
    decoder = Cea608Decoder(channel)
    found: list[Caption] = []
    flat = [pair for some in pairs for pair in (some if isinstance(some, list) else [some])]
    for second, pair in enumerate(flat):
        found += decoder.decode(field, bytes(byte | parity for byte in pair), Time(second, 1))
    return found + decoder.finish(Time(len(flat), 1))


def shown(captions: list[Caption]) -> list[tuple[int, int, str]]:
    return [(int(one.time_range.start.seconds), int(one.time_range.end.seconds), one.text) for one in captions]


def cells(x: int, y: int, width: int, height: int) -> CaptionRegion:
    return CaptionRegion.of(x, y, width, height, CaptionUnit.CELLS)


@pytest.mark.parametrize("parity", [0, 0x80])
def test_a_pop_on_caption_is_shown_from_its_swap_to_the_erasure(parity: int) -> None:
    captions = decode(RCL, ROW_14_INDENT_4, text("Up"), ROW_15, text("down"), EOC, b"\0\0", EDM, parity=parity)
    assert shown(captions) == [(6, 8, "Up\ndown")]
    assert captions[0].region == cells(0, 13, 6, 2)


def test_a_swap_ends_the_caption_before_and_brings_its_text_back_as_hidden() -> None:
    captions = decode(RCL, ROW_15, text("a"), EOC, ENM, RCL, ROW_15, text("b"), EOC, b"\0\0")
    assert shown(captions) == [(3, 8, "a"), (8, 10, "b")]


def test_repeated_control_codes_count_once() -> None:
    assert shown(decode(RCL, RCL, ROW_15, ROW_15, text("ab"), BS, BS, EOC, EOC, b"\0\0")) == [(7, 10, "a")]
    assert shown(decode(RCL, ROW_15, text("abcd"), BS, BS, BS, EOC, b"\0\0")) == [(7, 9, "ab")]


def test_roll_up_text_moves_up_line_by_line() -> None:
    captions = decode(RU2, CR, ROW_15, text("one"), CR, text("two"), CR, text("ok"), EDM)
    assert shown(captions) == [(3, 5, "one"), (5, 8, "one\ntwo"), (8, 10, "two\nok")]


def test_roll_up_of_three_rows_at_another_base() -> None:
    captions = decode(RU3, b"\x12\x50", text("a"), CR, text("b"), CR, text("c"), CR, text("d"), EDM)
    assert [one.text for one in captions] == ["a", "a\nb", "a\nb\nc", "b\nc\nd"]
    assert captions[-1].region == cells(0, 0, 1, 3)


def test_roll_up_text_moves_with_its_base() -> None:
    captions = decode(RU2, ROW_15, text("a"), CR, b"\x13\x50", text("b"), EDM)
    assert captions[-1].text == "a\nb"
    assert captions[-1].region == cells(0, 10, 1, 2)


def test_paint_on_text_is_one_caption_until_it_is_erased() -> None:
    assert shown(decode(RDC, ROW_15, text("paint"), b"\0\0", EDM)) == [(2, 6, "paint")]


def test_deleting_to_the_end_of_a_row() -> None:
    assert shown(decode(RCL, ROW_15, text("abcd"), ROW_15, b"\x17\x22", DER, EOC, b"\0\0")) == [(7, 9, "ab")]


def test_colours_italics_and_underline() -> None:
    captions = decode(RCL, b"\x14\x6b", text("yo"), b"\x11\x2f", text("it"), b"\x11\x20", text("no"), EOC, b"\0\0")
    assert captions[0].text == "yo it no"
    yellow = (255, 255, 0, 255)
    assert captions[0].spans == (
        CaptionSpan(0, 3, underline=True, color=yellow),
        CaptionSpan(3, 6, italic=True, underline=True, color=yellow),
    )


def test_characters_beyond_ascii() -> None:
    assert shown(decode(RCL, ROW_15, b"\x2a\x5c", b"\x11\x37", b"A\0", b"\x12\x21", EOC, b"\0\0"))[0][2] == "áé♪É"
    assert [basic(0x7E), special(0x30), extended(0x13, 0x20)] == ["ñ", "®", "Ã"]


def test_text_beyond_the_last_column_stays_in_it() -> None:
    captions = decode(RCL, b"\x14\x7e", text("abcdefgh"), EOC, b"\0\0")
    assert captions[0].text == "abch"


@pytest.mark.parametrize(("channel", "field", "first"), [(1, 1, 0x14), (2, 1, 0x1C), (3, 2, 0x15), (4, 2, 0x1D)])
def test_each_channel_hears_its_own_codes(channel: int, field: int, first: int) -> None:
    pairs = [bytes([first, 0x20]), bytes([first & ~1, 0x70]), b"hi", bytes([first, 0x2F]), b"\0\0"]
    assert shown(decode(pairs, channel=channel, field=field)) == [(3, 5, "hi")]
    for other in {1, 2, 3, 4} - {channel}:
        assert decode(pairs, channel=other, field=field) == []


def test_data_services_and_text_services_are_no_captions() -> None:
    pairs = [b"\x15\x20", b"\x14\x70", b"\x01\x03", b"xd", b"\x0f\x1d", b"hi", b"\x15\x2f", b"\0\0"]
    assert shown(decode(pairs, channel=3, field=2)) == [(6, 8, "hi")]
    assert decode(b"\x14\x2a", text("text service"), EDM) == []


def test_text_before_any_mode_is_not_shown() -> None:
    assert decode(text("lost"), EDM) == []


def test_other_channels_are_refused() -> None:
    with refused("5", kind=InvalidArgumentError):
        Cea608Decoder(5)


@pytest.mark.parametrize("seed", range(50))
def test_any_bytes_are_lived_with(seed: int) -> None:
    chance = random.Random(seed)
    controls = [RCL, EDM, EOC, CR, RDC, RU2, RU3, BS, DER, ENM, ROW_15]
    pairs = [chance.choice([*controls, chance.randbytes(2)]) for _ in range(400)]
    last = 0.0
    for caption in decode(pairs):
        assert caption.text.strip()
        assert caption.time_range.start.seconds >= last
        last = caption.time_range.end.seconds
        assert caption.region is not None
        assert caption.region.x is not None
        assert caption.region.width is not None
        assert caption.region.x + caption.region.width <= 32
