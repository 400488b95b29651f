"""Write films anywhere Python runs, with the concepts of AVFoundation's writing stack.

This is the front door: every public name is ``reelwright.<name>``, and the room it lives in is opened when the name is
first used, so that ``import reelwright`` costs nothing. To add a name, add it in two places, one line each: to
``_ROOMS`` (where it lives, for Python) and to the imports below it (the same, for type checkers); a test compares them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Room -> the names that it gives to the public.
_ROOMS: dict[str, tuple[str, ...]] = {
    "model.errors": (
        "DiskFullError",
        "EncodeError",
        "EncoderNotFoundError",
        "FrameError",
        "InvalidArgumentError",
        "InvalidMediaError",
        "InvalidStateError",
        "MissingDependencyError",
        "NotReadyError",
        "OperationCancelledError",
        "OutputError",
        "OutputExistsError",
        "OutputNotFoundError",
        "OutputPermissionError",
        "ReelwrightError",
        "SettingsError",
        "TimestampError",
        "WritingIncompleteError",
    ),
}

if TYPE_CHECKING:
    from reelwright.model.errors import DiskFullError as DiskFullError
    from reelwright.model.errors import EncodeError as EncodeError
    from reelwright.model.errors import EncoderNotFoundError as EncoderNotFoundError
    from reelwright.model.errors import FrameError as FrameError
    from reelwright.model.errors import InvalidArgumentError as InvalidArgumentError
    from reelwright.model.errors import InvalidMediaError as InvalidMediaError
    from reelwright.model.errors import InvalidStateError as InvalidStateError
    from reelwright.model.errors import MissingDependencyError as MissingDependencyError
    from reelwright.model.errors import NotReadyError as NotReadyError
    from reelwright.model.errors import OperationCancelledError as OperationCancelledError
    from reelwright.model.errors import OutputError as OutputError
    from reelwright.model.errors import OutputExistsError as OutputExistsError
    from reelwright.model.errors import OutputNotFoundError as OutputNotFoundError
    from reelwright.model.errors import OutputPermissionError as OutputPermissionError
    from reelwright.model.errors import ReelwrightError as ReelwrightError
    from reelwright.model.errors import SettingsError as SettingsError
    from reelwright.model.errors import TimestampError as TimestampError
    from reelwright.model.errors import WritingIncompleteError as WritingIncompleteError

_HOME = {name: f"{__name__}.{room}" for room, names in _ROOMS.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
