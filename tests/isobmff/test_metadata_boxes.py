"""What is broken is left out and named, and nothing runs away."""

from __future__ import annotations

import pytest
from tests.isobmff.metadata_cases import content

from reelwright.isobmff import metadata_boxes
from reelwright.isobmff.box import Box
from reelwright.isobmff.metadata_boxes import Findings, code_text
from reelwright.isobmff.parse import Parser


def test_codes_are_read_as_latin1() -> None:
    assert code_text(b"\xa9nam".decode("mac_roman")) == "©nam"
    assert code_text(b"\xfcabc".decode("mac_roman")) == "üabc"


def test_boxes_end_at_the_first_that_makes_no_sense() -> None:
    findings = Findings()
    broken = Parser(Box("good", b"1").render() + b"\0\0\0\4evil" + Box("late", b"").render(), "a box")
    assert [kind for kind, _ in findings.boxes(broken)] == ["good"]
    assert "evil" in findings.problems[0]


def test_boxes_are_counted_over_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_boxes, "MOST_BOXES", 3)
    findings = Findings()
    many = content(*[Box("free")] * 5)
    assert len(list(findings.boxes(many))) == 3
    assert "more than 3" in findings.problems[0]


def test_an_item_without_a_key_is_left_out() -> None:
    problems: list[str] = []
    findings = Findings(problems)
    findings.add("mdta", "", "x")
    assert not findings.items
    assert len(problems) == 1


def test_items_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_boxes, "MOST_ITEMS", 2)
    findings = Findings()
    for kind, _ in findings.boxes(content(*[Box("name")] * 5)):
        with findings.tolerating():
            findings.add("udta", kind, "x")
    assert len(findings.items) == 2
    assert "more than 2 items" in findings.problems[0]
