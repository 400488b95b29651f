"""Everything that can go wrong, as a tree of exceptions.

Wrong arguments are also ``ValueError``, wrong states ``RuntimeError``, disk and path troubles ``OSError``: code that
knows nothing of this library still catches what it expects. Every error carries data (``code``, ``track``, ``time``,
``path``, ``hint``), and its message says what was given, which rule it broke and what to do instead.

ReelwrightError
├── InvalidArgumentError (ValueError)       a value that can never be right
│   ├── SettingsError                       output settings that no encoder or container can honour
│   ├── FrameError                          pixels or samples of the wrong size, layout, type or format
│   └── TimestampError                      a time that is not numeric, runs backwards or cannot be written exactly
├── InvalidStateError (RuntimeError)        a right call at the wrong moment
│   ├── NotReadyError                       the input's queue is full and the caller asked not to wait
│   └── OperationCancelledError             the writer was cancelled
├── EncoderNotFoundError (RuntimeError)     no encoder here can do what was asked
├── EncodeError (RuntimeError)              an encoder refused or failed while running
├── DecoderNotFoundError (RuntimeError)     no decoder here knows the encoding
├── InvalidMediaError (ValueError)          media given to us (a file, packets) that cannot be understood
│   ├── MediaNotFoundError (FileNotFoundError)
│   ├── DecodeError                         samples that a decoder refuses
│   ├── ProtectedMediaError                 samples that are encrypted
│   └── ForbiddenReferenceError             a file that points outside what it may point to
├── StalledError (TimeoutError)             nothing moved for longer than the writer's stall_timeout
├── NoImageError (LookupError)              there is no picture at that time
├── WritingIncompleteError (RuntimeError)   the finished film does not hold what was appended
├── MissingDependencyError (ImportError)    an optional package is needed
└── OutputError (OSError)                   the output could not be opened, written or put in place
    ├── OutputExistsError (FileExistsError)
    ├── OutputNotFoundError (FileNotFoundError)
    ├── OutputPermissionError (PermissionError)
    └── DiskFullError
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from reelwright.model.time import Time

__all__ = [
    "DecodeError",
    "DecoderNotFoundError",
    "DiskFullError",
    "EncodeError",
    "EncoderNotFoundError",
    "ForbiddenReferenceError",
    "FrameError",
    "InvalidArgumentError",
    "InvalidMediaError",
    "InvalidStateError",
    "MediaNotFoundError",
    "MissingDependencyError",
    "NoImageError",
    "NotReadyError",
    "OperationCancelledError",
    "OutputError",
    "OutputExistsError",
    "OutputNotFoundError",
    "OutputPermissionError",
    "ProtectedMediaError",
    "ReelwrightError",
    "SettingsError",
    "SettingsWarning",
    "StalledError",
    "TimestampError",
    "WritingIncompleteError",
    "output_error",
]


class ReelwrightError(Exception):
    """The root of every error this library raises.

    Attributes:
        code: AVFoundation's number for the same trouble (``AVError.Code``), or -11800 ("unknown") where it has none.
        track: the track's number, from 1, when the trouble concerns one track.
        time: the presentation time of the sample it concerns.
        path: the file it concerns, as given.
        hint: one sentence: what to do instead.
    """

    code: int = -11800

    def __init__(
        self,
        message: str = "",
        *,
        hint: str | None = None,
        track: int | None = None,
        time: Time | None = None,
        path: str | os.PathLike[str] | None = None,
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.track = track
        self.time = time
        self.path = None if path is None else os.fspath(path)
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # ``path`` is a slot of ImportError's own and so not in ``__dict__``.
        return _rebuild, (type(self), {**self.__dict__, "path": self.path})

    def about(self, *, track: int | None = None, time: Time | None = None) -> Self:
        """Fill in the track and time where they are not known yet, and return the same error."""
        self.track = self.track if self.track is not None else track
        self.time = self.time if self.time is not None else time
        return self


def _rebuild(kind: type[ReelwrightError], state: dict[str, Any]) -> ReelwrightError:
    error = kind(state.get("message", ""))
    for name, value in state.items():
        setattr(error, name, value)
    return error


class InvalidArgumentError(ReelwrightError, ValueError):
    """A value that can never be right, reported at the call that received it."""


class SettingsError(InvalidArgumentError):
    """Output settings that no encoder or container here can honour."""

    code = -11861


class SettingsWarning(UserWarning):
    """A setting that is known but has no effect with the encoder at hand; given once, when the encoder is made."""


class FrameError(InvalidArgumentError):
    """Pixels or samples whose size, layout, type or format do not fit the input they were given to."""


class TimestampError(InvalidArgumentError):
    """A time that is not numeric, does not move forward, or cannot be written exactly."""


class InvalidStateError(ReelwrightError, RuntimeError):
    """A right call at the wrong moment: the message names the call, the state, and what comes first."""


class NotReadyError(InvalidStateError):
    """The input's queue is full and the caller asked not to wait."""


class OperationCancelledError(InvalidStateError):
    """The writer was cancelled; nothing of it is left."""

    code = -11878


class EncoderNotFoundError(ReelwrightError, RuntimeError):
    """No encoder here can do what was asked."""

    code = -11834


class EncodeError(ReelwrightError, RuntimeError):
    """An encoder refused to open or failed while running."""

    code = -11883


class InvalidMediaError(ReelwrightError, ValueError):
    """Media given to us, a file or packets, that cannot be understood."""

    code = -11822


class MediaNotFoundError(InvalidMediaError, FileNotFoundError):
    """There is no file of that name to read."""


class DecodeError(InvalidMediaError):
    """Samples that their decoder refuses: damaged, cut off, or not what the file says they are."""

    code = -11821


class ProtectedMediaError(InvalidMediaError):
    """Samples that are encrypted; nothing here holds keys, and no decoder is shown them."""

    code = -11831


class ForbiddenReferenceError(InvalidMediaError):
    """A file whose samples lie in another one that it may not refer to (``AVAssetReferenceRestrictions``)."""

    code = -11842


class DecoderNotFoundError(ReelwrightError, RuntimeError):
    """No decoder here knows the encoding."""

    code = -11833


class StalledError(ReelwrightError, TimeoutError):
    """Nothing went in or out of any encoder and nothing was written for as long as ``stall_timeout`` allows, although
    a call waited for it.

    Attributes:
        waiting: the call that waited. inputs: an ``InputState`` for each input. written: bytes of media in the file by
            then.
    """

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.waiting = ""
        self.inputs: tuple[Any, ...] = ()
        self.written = 0


class NoImageError(ReelwrightError, LookupError):
    """There is no picture at the time asked for, within the tolerances."""

    code = -11832


class WritingIncompleteError(ReelwrightError, RuntimeError):
    """The finished film does not hold what was appended; ``report`` says what is missing."""

    report: Any = None


class MissingDependencyError(ReelwrightError, ImportError):
    """An optional package is needed; the message says which, and how to install it."""


class OutputError(ReelwrightError, OSError):
    """The output could not be opened, written, or put in place; ``errno`` is set when the system gave one."""

    def __init__(self, message: str = "", **details: Any) -> None:
        number = details.pop("errno", None)
        super().__init__(message, **details)
        self.errno = number
        self.filename = self.path

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), {**self.__dict__, "errno": self.errno, "filename": self.filename})


class OutputExistsError(OutputError, FileExistsError):
    """There is a file of that name and the writer was not told to replace it."""

    code = -11823


class OutputNotFoundError(OutputError, FileNotFoundError):
    """The folder that the output should go to does not exist."""


class OutputPermissionError(OutputError, PermissionError):
    """The output's folder or file may not be written."""

    code = -11884


class DiskFullError(OutputError):
    """No room is left: the disk is full, or a quota or file-size limit was reached."""

    code = -11807


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def output_error(cause: OSError, doing: str, path: str | os.PathLike[str] | None = None) -> OutputError:
    """Turn a system error into the matching one of ours: ``raise output_error(error, "write to", path) from error``."""
    name = os.fspath(path) if path is not None else "the output"
    reason = cause.strerror or str(cause) or type(cause).__name__
    message = f"could not {doing} {name!r}: {reason}."
    number = cause.errno
    if number in _FULL:
        room = "Free some space, raise the quota or file-size limit, or write to another disk."
        return DiskFullError(message, path=path, errno=number, hint=room)
    if isinstance(cause, FileExistsError):
        return OutputExistsError(message, path=path, errno=number, hint="Pass overwrite=True to replace it.")
    if isinstance(cause, FileNotFoundError):
        return OutputNotFoundError(message, path=path, errno=number, hint="Create the folder first.")
    if isinstance(cause, PermissionError) or number == errno.EROFS:
        allowed = "Choose a folder this user may write to."
        return OutputPermissionError(message, path=path, errno=number, hint=allowed)
    if isinstance(cause, (IsADirectoryError, NotADirectoryError)):
        return OutputError(message, path=path, errno=number, hint="Name a file inside an existing folder.")
    return OutputError(message, path=path, errno=number, hint="Try another folder or disk.")
