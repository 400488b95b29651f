"""The environment while an encoder that talks is made."""

from __future__ import annotations

import os

import pytest

from reelwright.codecs.quiet import silenced


def test_the_variable_is_there_for_the_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVT_LOG", raising=False)
    with silenced("libsvtav1"):
        assert os.environ["SVT_LOG"] == "0"
    assert "SVT_LOG" not in os.environ
    with silenced("libx264"):
        assert "SVT_LOG" not in os.environ


def test_it_is_gone_after_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SVT_LOG", raising=False)
    with pytest.raises(KeyError), silenced("libsvtav1"):
        raise KeyError
    assert "SVT_LOG" not in os.environ
    with silenced("libsvtav1"):  # and the next one gets its turn
        assert os.environ["SVT_LOG"] == "0"


def test_what_somebody_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVT_LOG", "3")
    with silenced("libsvtav1"):
        assert os.environ["SVT_LOG"] == "3"
    assert os.environ["SVT_LOG"] == "3"
