"""WebVTT cue text without its markup."""

from __future__ import annotations

import pytest

from reelwright.model.caption import CaptionSpan
from reelwright.model.cue_text import parse_cue_text


@pytest.mark.parametrize(
    ("markup", "text", "spans"),
    [
        ("plain", "plain", ()),
        ("<b>bold</b> not", "bold not", (CaptionSpan(0, 4, bold=True),)),
        ("<i>a<b>c</b></i>", "ac", (CaptionSpan(0, 1, italic=True), CaptionSpan(1, 2, bold=True, italic=True))),
        ("<i>a</i><i>b</i>", "ab", (CaptionSpan(0, 2, italic=True),)),
        ("<u>open", "open", (CaptionSpan(0, 4, underline=True),)),
        ("<c.yellow.bg_blue>x</c>", "x", (CaptionSpan(0, 1, color=(255, 255, 0, 255), background=(0, 0, 255, 255)),)),
        ("<v Anna Bell>Hi!</v>", "Hi!", ()),
        ("<lang en-GB>Hi</lang>", "Hi", ()),
        ("a <00:00:01.000>b", "a b", ()),
        ("<ruby>kanji<rt>kana</rt></ruby>!", "kanji!", ()),
        ("1 &lt; 2 &amp;&nbsp;3", "1 < 2 &\u00a03", ()),
        ("</b>stray", "stray", ()),
        ("<b>x</i>y</b>", "xy", (CaptionSpan(0, 2, bold=True),)),
        ("cut <b", "cut ", ()),
        ("", "", ()),
    ],
)
def test_markup_becomes_spans(markup: str, text: str, spans: tuple[CaptionSpan, ...]) -> None:
    assert parse_cue_text(markup) == (text, spans)


def test_tags_within_tags_do_not_pile_up() -> None:
    text, spans = parse_cue_text("<b>" * 50_000 + "x")
    assert (text, spans) == ("x", (CaptionSpan(0, 1, bold=True),))
