"""Every storage test runs twice: with the fast paths of this system, and with the plain fallbacks forced.

Where the fallbacks are forced from outside, once is enough.
"""

from __future__ import annotations

import os

import pytest

FORCED = os.environ.get("REELWRIGHT_PLAIN_STORAGE") == "1"


@pytest.fixture(autouse=True, params=["plain"] if FORCED else ["fast", "plain"])
def storage_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "1" if request.param == "plain" else "0")
    return str(request.param)
