"""Every storage test runs twice: with the fast paths of this system, and with the plain fallbacks forced."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, params=["fast", "plain"])
def storage_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("REELWRIGHT_PLAIN_STORAGE", "1" if request.param == "plain" else "0")
    return str(request.param)
