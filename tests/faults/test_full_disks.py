"""Disks that are full at a random byte (the rounds of ``make torture``, a few of them)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.torture import full_disks


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("kind", full_disks.KINDS)
def test_what_was_told_of_is_kept(kind: str, number: int, tmp_path: Path) -> None:
    assert full_disks.full(kind, number, tmp_path) in (kind, "nothing")
