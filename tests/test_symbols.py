"""The table of symbols (docs/symbols.tsv) against the library, so that it stays the truth about what there is.

Every row of a part that was brought resolves to a public name, members too; no row of a part still to come does.
"""

from __future__ import annotations

import csv
import dataclasses
import inspect
from pathlib import Path
from typing import NamedTuple

import pytest

import reelwright

TABLE = Path(__file__).parents[1] / "docs" / "symbols.tsv"
BROUGHT = {"main", "reading", "writing", "streams"}
# Names that are there, and checked, before the part that gives them their full effect (see the note of their row).
AHEAD = {"AudioTimePitchAlgorithm", "Caption", "CaptionGroup", "MetadataItem", "TimedMetadataGroup"}
PARTS = {"main", "reading", "writing", "movie", "streams", "export", "later"}


class Row(NamedTuple):
    area: str
    avfoundation: str
    reelwright: str
    part: str
    note: str


def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        header, *found = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert tuple(header) == ("area", "AVFoundation", "reelwright", "part", "note")
    return [Row(*row) for row in found]


def has_member(owner: object, name: str) -> bool:
    """Whether a class has this member: method, property, enum case, class value, or a declared instance attribute."""
    absent = object()
    if inspect.getattr_static(owner, name, absent) is not absent:
        return True
    if dataclasses.is_dataclass(owner) and name in {field.name for field in dataclasses.fields(owner)}:
        return True
    ancestry = inspect.getmro(owner) if inspect.isclass(owner) else ()
    return any(name in inspect.get_annotations(ancestor) for ancestor in ancestry)


def resolves(symbol: str) -> bool:
    """Whether ``reelwright.<symbol>`` (``Class``, ``function`` or ``Class.member``) is public and there."""
    head, *members = symbol.split(".")
    if head not in reelwright.__all__:
        return False
    owner: object = getattr(reelwright, head)
    for position, member in enumerate(members):
        if not has_member(owner, member):
            return False
        if position + 1 < len(members):
            owner = getattr(owner, member)
    return True


BROUGHT_NAMES = sorted({row.reelwright for row in rows() if row.part in BROUGHT})
# A later row may add a meaning to a name that is there already; only names of its own are still to come.
LATER_NAMES = sorted({row.reelwright for row in rows() if row.part not in BROUGHT} - set(BROUGHT_NAMES))


def test_the_table_is_well_formed() -> None:
    assert {row.part for row in rows()} <= PARTS
    assert all(part.isidentifier() for row in rows() for part in row.reelwright.split("."))
    assert len({(row.area, row.avfoundation) for row in rows()}) == len(rows())


@pytest.mark.parametrize("symbol", BROUGHT_NAMES)
def test_what_was_brought_is_there(symbol: str) -> None:
    assert resolves(symbol), f"docs/symbols.tsv says that reelwright.{symbol} is there; it is not public"


@pytest.mark.parametrize("symbol", sorted(AHEAD))
def test_what_runs_ahead_is_there_and_said_to_be_unfinished(symbol: str) -> None:
    assert resolves(symbol)
    assert symbol in LATER_NAMES, f"{symbol} was brought: it runs ahead of nothing any more"


@pytest.mark.parametrize("symbol", sorted(set(LATER_NAMES) - AHEAD))
def test_what_is_to_come_is_not_claimed(symbol: str) -> None:
    assert not resolves(symbol), f"reelwright.{symbol} is there; docs/symbols.tsv has it in a part still to come"


def test_resolving_sees_members_and_their_absence() -> None:
    assert resolves("ReelwrightError.code")
    assert resolves("ReelwrightError.about")
    assert not resolves("ReelwrightError.nothing_of_the_kind")
    assert not resolves("nothing_of_the_kind")
    assert not resolves("importlib")
