"""Captions of whole tracks, joined over samples and cut into groups."""

from __future__ import annotations

import pytest
from tests.model.refusal import refused

from reelwright.containers.captions import CAPTION_FORMATS, caption_groups, captions, groups_of
from reelwright.isobmff.box import Box, u16
from reelwright.model.caption import Caption
from reelwright.model.errors import DecoderNotFoundError, InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange


def description(kind: str) -> FormatDescription:
    return FormatDescription(media_type=MediaType.TEXT, media_subtype=kind)


def seconds(*samples: bytes) -> list[tuple[bytes, Time, Time]]:
    return [(data, Time(at, 1), Time(1, 1)) for at, data in enumerate(samples)]


def text(words: str) -> bytes:
    return u16(len(words.encode())) + words.encode()


def cues(*words: str) -> bytes:
    found = [Box("vttc", Box("payl", word.encode())).render() for word in words]
    return b"".join(found) or Box("vtte").render()


def shown(found: list[Caption]) -> list[tuple[int, int, str]]:
    return [(int(one.time_range.start.seconds), int(one.time_range.end.seconds), one.text) for one in found]


@pytest.mark.parametrize("kind", ["tx3g", "text"])
def test_a_caption_a_sample(kind: str) -> None:
    samples = seconds(text("one"), text(""), text("two"))
    assert shown(list(captions(samples, description(kind)))) == [(0, 1, "one"), (2, 3, "two")]
    groups = list(caption_groups(samples, description(kind)))
    assert [group.time_range for group in groups] == [TimeRange(at, 1) for at in range(3)]
    assert [len(group.captions) for group in groups] == [1, 0, 1]


def test_a_cue_that_goes_on_is_one_caption() -> None:
    samples = seconds(cues("long"), cues("long", "short"), cues("long"), cues(), cues("long"))
    found = list(captions(samples, description("wvtt")))
    assert shown(found) == [(0, 3, "long"), (1, 2, "short"), (4, 5, "long")]
    groups = list(caption_groups(samples, description("wvtt")))
    assert [[one.text for one in group.captions] for group in groups] == [
        ["long"],
        ["long", "short"],
        ["long"],
        [],
        ["long"],
    ]
    assert groups[1].captions_not_in(groups[0]) == (found[1],)


def test_the_same_words_twice_at_once_stay_two() -> None:
    found = list(captions(seconds(cues("same", "same")), description("wvtt")))
    assert shown(found) == [(0, 1, "same"), (0, 1, "same")]


def test_line_21_pairs_are_spread_over_their_sample() -> None:
    pairs = b"\x14\x20\x14\x70hi\x14\x2f" + b"\0\0" * 6
    erased = b"\x14\x2c"
    samples = [
        (Box("cdat", pairs).render(), Time(0, 1), Time(10, 1)),
        (Box("cdat", erased).render(), Time(10, 1), Time(1, 1)),
    ]
    assert shown(list(captions(samples, description("c608")))) == [(3, 10, "hi")]
    assert list(captions(samples, description("c608"), channel=2)) == []


def packet(*constructs: bytes) -> bytes:
    head = b"\x96\x69" + bytes(5) + bytes([0x72, 0xE0 | len(constructs)])
    return Box("ccdp", head + b"".join(constructs)).render()


def test_line_21_pairs_in_caption_packets() -> None:
    pairs = [b"\x14\x20", b"\x14\x70", b"hi", b"\x14\x2f", b"\0\0"]
    samples = seconds(*(packet(b"\xfc" + pair, b"\xff\x02\x21") for pair in pairs))
    assert shown(list(captions(samples, description("c708")))) == [(3, 5, "hi")]


def test_service_data_alone_is_not_decoded() -> None:
    with refused("CEA-708", kind=DecoderNotFoundError):
        list(captions(seconds(packet(b"\xff\x02\x21")), description("c708")))


def test_quicktimes_text_has_a_style_of_another_kind() -> None:
    style = {"defaultTextBox": (10, 20, 30, 40), "defaultStyle": {"font": 5, "face": 1, "color": (7, 8, 9)}}
    described = description("text").with_(extensions=style)
    assert [caption.text for caption in captions(seconds(text("One")), described)] == ["One"]


def test_other_forms_are_refused() -> None:
    with refused("'c999'", kind=DecoderNotFoundError, way_out="tx3g"):
        list(captions([], description("c999")))


@pytest.mark.parametrize("kind", [kind for kind in CAPTION_FORMATS if kind != "stpp"])
def test_a_damaged_sample_is_named_by_its_time(kind: str) -> None:
    damaged = {"tx3g": b"\0", "text": b"\0"}.get(kind, b"\0\0\0\1what")
    with pytest.raises(InvalidMediaError) as caught:
        list(captions([(damaged, Time(7, 1), Time(1, 1))], description(kind)))
    assert caught.value.time == Time(7, 1)


def test_groups_begin_and_end_with_every_caption() -> None:
    spans = {"a": (0, 4), "b": (1, 2), "c": (1, 3), "d": (6, 7)}
    made = [Caption(name, TimeRange.from_times(start, end)) for name, (start, end) in spans.items()]
    groups = [
        (
            group.time_range.start.seconds,
            group.time_range.end.seconds,
            "".join(one.text for one in group.captions),
        )
        for group in groups_of(made)
    ]
    assert groups == [(0, 1, "a"), (1, 2, "abc"), (2, 3, "ac"), (3, 4, "a"), (4, 6, ""), (6, 7, "d")]
    assert list(groups_of([])) == []


def test_more_captions_at_once_than_anybody_could_read_are_refused() -> None:
    made = [Caption(str(number), TimeRange(number, 5000)) for number in range(2000)]
    with pytest.raises(InvalidMediaError, match="1000 captions"):
        list(groups_of(made))
    assert len(list(groups_of(made[:1000]))) == 1999
