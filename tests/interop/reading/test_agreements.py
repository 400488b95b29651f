"""Properties of every file of the collection against ffprobe and MediaInfo: every contradiction is explained."""

from __future__ import annotations

from collections import Counter

import pytest

from reelwright.model.errors import InvalidMediaError
from reelwright.reading.asset import Asset
from tests.interop.reading.agreements import DOCUMENT, JUDGES, findings
from tests.interop.reading.collection import MEDIA, media_files, name_of, needs_collection
from tests.interop.reading.explanations import EXPLANATIONS
from tests.interop.reading.views import differs

# Nobody can: its header was never written, and FFmpeg and MediaInfo find nothing in it either.
UNREADABLE = {"streamio/broken.mp4"}
EXPLAINED = {(item.judge, item.field, file) for item in EXPLANATIONS for file in item.files}


@needs_collection
def test_every_contradiction_is_explained() -> None:
    open_ones = [finding for finding in findings() if finding.verdict == "differs" and finding.key not in EXPLAINED]
    assert not open_ones, "\n".join(map(str, open_ones))


@needs_collection
def test_every_explanation_is_needed() -> None:
    assert {finding.key for finding in findings() if finding.verdict == "differs"} >= EXPLAINED, sorted(
        EXPLAINED - {finding.key for finding in findings() if finding.verdict == "differs"}
    )


def test_no_contradiction_is_explained_twice_and_no_reason_is_empty() -> None:
    assert len(EXPLAINED) == sum(len(item.files) for item in EXPLANATIONS)
    assert {item.judge for item in EXPLANATIONS} <= JUDGES.keys()
    for item in EXPLANATIONS:
        assert item.right in ("this library", "both", item.judge)
        assert item.reason
        assert item.files


@needs_collection
@pytest.mark.parametrize("judge", list(JUDGES))
def test_the_judges_were_asked_and_mostly_agree(judge: str) -> None:
    """A judge that says nothing, or whose words are not understood, would agree with everything."""
    verdicts = Counter(finding.verdict for finding in findings() if finding.judge == judge)
    assert verdicts["agrees"] > 3000
    assert verdicts["differs"] < 150
    assert len({finding.file for finding in findings() if finding.judge == judge}) > 115


@needs_collection
def test_files_that_cannot_be_read_are_those_nobody_can_read() -> None:
    for path in media_files():
        if name_of(path) not in UNREADABLE:
            with Asset(path) as asset:
                assert asset.tracks, path
    for name in UNREADABLE:
        with pytest.raises(InvalidMediaError), Asset(MEDIA / name) as asset:
            assert asset.tracks


@needs_collection
def test_the_table_is_in_the_documentation() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for item in EXPLANATIONS:
        assert item.reason in text, "run: python -m tests.interop.reading.agreements"


def test_what_differs() -> None:
    assert differs("duration", 1.0, 1.01)
    assert not differs("duration", 1.0, 1.001)
    assert differs("width", 640, 641)
    assert not differs("language", "eng", "en")
    assert differs("language", "eng", "deu")
    assert differs("chapters", [[0, "One"]], [[0, "Two"]])
    assert differs("chapters", [[0, "One"]], [[0, "One"], [5, "Two"]])
    assert not differs("chapters", [[1000, "One"]], [[1001, "One"]])
    assert not differs("location", "+40.6800-074.5000/", "+40.680-074.500+0.000/")
    assert differs("location", "+40.6800-074.5000/", "+40.681-074.500/")
