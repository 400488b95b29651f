"""TTML documents through ttconv, and what happens without it."""

from __future__ import annotations

import sys

import pytest

from reelwright.containers.captions import captions
from reelwright.containers.ttml import read_ttml
from reelwright.model.caption import CaptionSpan
from reelwright.model.errors import InvalidMediaError, MissingDependencyError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="en">
  <head><layout><region xml:id="r" tts:origin="10% 80%" tts:extent="80% 20%"/></layout></head>
  <body region="r"><div>
    <p begin="1s" end="3s" tts:textAlign="center">One<br/><span tts:fontStyle="italic" tts:color="red">two</span></p>
    <p begin="2s" end="6s">Größe</p>
  </div></body>
</tt>""".encode()


def shown(document: bytes, start: int, end: int) -> list[tuple[float, float, str]]:
    found = read_ttml(document, TimeRange.from_times(start, end))
    return [(one.time_range.start.seconds, one.time_range.end.seconds, one.text) for one in found]


def test_without_ttconv_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] == "ttconv":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ttconv", None)
    with pytest.raises(MissingDependencyError, match="ttconv") as caught:
        read_ttml(DOCUMENT, TimeRange(0, 10))
    assert "reelwright[captions]" in str(caught.value)


class TestWithTtconv:
    @pytest.fixture(autouse=True)
    def _needs_ttconv(self) -> None:
        pytest.importorskip("ttconv", reason="ttconv, of the extra 'captions', is not installed")

    def test_paragraphs_are_captions_between_changes(self) -> None:
        assert shown(DOCUMENT, 0, 10) == [
            (1, 2, "One\ntwo"),
            (2, 3, "One\ntwo"),
            (2, 3, "Größe"),
            (3, 6, "Größe"),
        ]

    def test_the_sample_cuts_what_reaches_beyond_it(self) -> None:
        assert shown(DOCUMENT, 4, 5) == [(4, 5, "Größe")]
        assert shown(DOCUMENT, 7, 9) == []

    def test_looks_and_place(self) -> None:
        caption = read_ttml(DOCUMENT, TimeRange(1, 1))[0]
        assert caption.spans == (CaptionSpan(4, 7, italic=True, color=(255, 0, 0, 255)),)
        assert caption.text_alignment == "center"
        assert caption.region is not None
        assert [caption.region.x, caption.region.y, caption.region.width, caption.region.height] == [10, 80, 80, 20]
        assert caption.language == "en"

    def test_pieces_are_joined_over_changes_and_samples(self) -> None:
        samples = [(DOCUMENT, Time(at, 1), Time(2, 1)) for at in (0, 2, 4)]
        format_ = FormatDescription(media_type=MediaType.SUBTITLE, media_subtype="stpp")
        found = [(one.time_range, one.text) for one in captions(samples, format_)]
        assert found == [(TimeRange(1, 2), "One\ntwo"), (TimeRange(2, 4), "Größe")]

    @pytest.mark.parametrize(
        "document",
        [b"no XML", b"<html/>", b"", b'<!DOCTYPE tt [<!ENTITY a "b">]><tt xmlns="http://www.w3.org/ns/ttml">&a;</tt>'],
    )
    def test_what_is_no_ttml_is_refused(self, document: bytes) -> None:
        with pytest.raises(InvalidMediaError):
            read_ttml(document, TimeRange(0, 10))

    def test_a_document_made_to_be_slow_is_refused(self) -> None:
        many = b"".join(b'<p begin="%ds" end="%ds">x</p>' % (at, at + 1) for at in range(6000))
        document = b'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div>' + many + b"</div></body></tt>"
        with pytest.raises(InvalidMediaError, match="times"):
            read_ttml(document, TimeRange(0, 10))
