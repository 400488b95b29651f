"""What ends a writer: any exception as one of ours, kept as data.

Its frames are not kept: they would keep encoders and files alive.
"""

from __future__ import annotations

import copy
import traceback

from reelwright.model.errors import ReelwrightError, output_error

__all__ = ["fresh", "reason_of", "stored"]


def stored(cause: BaseException, path: str | None) -> ReelwrightError:
    """An exception as the writer keeps it: one of our errors, with the path if none is known.

    What nobody expected keeps its traceback as text, in a note.
    """
    if isinstance(cause, ReelwrightError):
        error = fresh(cause)
    elif isinstance(cause, OSError):
        error = output_error(cause, "write", path)
    else:
        error = ReelwrightError(
            f"writing failed: {type(cause).__name__}: {cause}".rstrip(": ") + ".",
            hint="Make a new writer.",
        )
        error.add_note("".join(traceback.format_exception(cause)).rstrip())
    if error.path is None:
        error.path = path
    return error


def fresh(error: ReelwrightError) -> ReelwrightError:
    """The same error without traceback and cause, to be raised once more: tracebacks grow with every raise."""
    return copy.copy(error)


def reason_of(error: BaseException) -> BaseException | None:
    """What to name as the cause when a stored error is raised in place of another."""
    return error.__cause__ if isinstance(error, ReelwrightError) else error
