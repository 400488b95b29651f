"""Captions and the groups they are shown in."""

from __future__ import annotations

import pytest
from tests.model.refusal import refused

from reelwright.model.caption import Caption, CaptionGroup, CaptionSpan
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.time_range import TimeRange

SECOND = TimeRange(0, 1)


def test_a_character_has_the_looks_of_its_span() -> None:
    caption = Caption("Good evening.", SECOND, (CaptionSpan(0, 4, italic=True), CaptionSpan(5, 9, bold=True)))
    assert [caption.span_at(place).italic for place in (3, 4)] == [True, False]
    assert [caption.span_at(place).bold for place in (4, 5)] == [False, True]
    assert caption.span_at(12).is_plain


@pytest.mark.parametrize("spans", [[(0, 5)], [(2, 2)], [(0, 2), (1, 3)], [(2, 3), (0, 1)], [(-1, 1)]])
def test_spans_that_do_not_fit_are_refused(spans: list[tuple[int, int]]) -> None:
    with refused("span", kind=InvalidArgumentError, way_out="in order"):
        Caption("four", SECOND, tuple(CaptionSpan(*span, bold=True) for span in spans))


@pytest.mark.parametrize(("text", "when"), [(b"x", SECOND), ("x", None)])
def test_captions_are_text_with_a_time(text: object, when: object) -> None:
    with refused("caption", kind=InvalidArgumentError, way_out="TimeRange"):
        Caption(text, when)  # type: ignore[arg-type]


def test_a_group_knows_which_captions_are_new() -> None:
    old, new = Caption("old", TimeRange(0, 2)), Caption("new", TimeRange(1, 1))
    groups = CaptionGroup(TimeRange(0, 1), (old,)), CaptionGroup(TimeRange(1, 1), (old, new))
    assert groups[1].captions_not_in(groups[0]) == (new,)


def test_captions_can_be_changed_and_hashed() -> None:
    caption = Caption("a", SECOND)
    assert caption.with_(text="b") == Caption("b", SECOND)
    assert len({caption, Caption("a", SECOND)}) == 1
