"""How a test says that something is refused: the error's kind, what its message names, and that it shows a way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reelwright.model.errors import ReelwrightError, SettingsError


@contextmanager
def refused(*named: object, kind: type[ReelwrightError] = SettingsError, way_out: str = "") -> Iterator[None]:
    """Expect an error of the kind whose message names everything in ``named`` and whose hint holds ``way_out``."""
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    for item in named:
        assert str(item) in error.message, f"{item!r} is not named in: {error.message}"
    assert error.hint, f"no way out in: {error.message}"
    assert way_out in error.hint, f"{way_out!r} is not in: {error.hint}"
    assert str(error) == f"{error.message} {error.hint}"
    assert error.message.rstrip()[-1] == "."
