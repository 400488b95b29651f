"""An asset in a notebook: what the table says, and that nothing a file says gets out of its cell."""

from __future__ import annotations

from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.reading.fakes import AAC, VP9, FakeMedia, index_of, media_facts, sound_track, track_facts, video_track

from reelwright.model.color import ColorProperties
from reelwright.model.errors import MediaNotFoundError
from reelwright.model.facts import ChapterFacts, MediaFacts
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.reading.asset import Asset

HLG = ColorProperties("ITU_R_2020", "ITU_R_2100_HLG", "ITU_R_2020")


class Page(HTMLParser):
    """The text of an HTML fragment, and the tags that make it up."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(facts: MediaFacts, indexes: Any = None, path: str | None = None) -> Page:
    asset = Asset.for_media(FakeMedia(facts, indexes))
    asset._path = path
    return Page(asset._repr_html_())


def test_a_row_for_each_track() -> None:
    video = video_track(formats=(VP9.with_(color=HLG),), size=(Fraction(64), Fraction(48)))
    sound = sound_track(formats=(AAC.with_(channel_layout="stereo"),), language_code="eng")
    facts = media_facts(video, sound, track_facts(3, MediaType.TIMECODE), size=12_345)
    found = page(facts, {1: index_of([20] * 30), 2: index_of([1024] * 47, 48000)}, "/films/a day.mov")
    assert found.words[0] == "a day.mov · 1.003 s · 12,345 bytes"
    assert found.tags.count("tr") == 4
    for words in ("64×48, 30 fps, ITU_R_2020 ITU_R_2100_HLG", "48000 Hz, stereo", "eng", "timecode", "0.000 – 1.000 s"):
        assert words in found.words


def test_what_is_not_there_is_left_out() -> None:
    facts = media_facts(video_track(formats=()), sound_track(formats=(AAC.with_(channels=0, sample_rate=0),)))
    found = page(facts)
    assert found.words[0] == "media · 0.000 s"
    assert found.tags.count("tr") == 3


def test_chapters_and_protection_are_said() -> None:
    facts = media_facts(video_track(is_protected=True), chapters=(ChapterFacts(Time(0), Time(1), "One"),))
    assert page(facts).words[0].endswith("1 chapter · protected")


def test_files_without_tables_are_not_gone_through() -> None:
    media = FakeMedia(
        media_facts(video_track(), container="matroska,webm", duration=Time(5)), {1: index_of([20])}, has_tables=False
    )
    found = Page(Asset.for_media(media)._repr_html_())
    assert found.words[0] == "media · 5.000 s"
    assert "64×48" in found.words
    assert not media.streams


def test_nothing_gets_out_of_its_cell() -> None:
    bad = "<script>alert(1)</script>"
    facts = media_facts(
        video_track(formats=(VP9.with_(media_subtype="<b>&"),), extended_language_tag=bad),
        sound_track(formats=(AAC.with_(channel_layout=bad),)),
    )
    found = page(facts, path=f"/films/{bad.replace('/', '')}.mov")
    assert "script" not in found.tags
    assert "b" not in found.tags
    assert bad in found.words


def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError):
        Asset(tmp_path / "none.mov")._repr_html_()
