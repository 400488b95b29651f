"""Where a writer stands, safely between threads: its phase, what ended it, and who comes first when several want to.

``states`` says which call is legal; here it is asked and answered under one lock that is never held while waiting. A
failure has two steps: it is *noted* (from then on nothing is written), and once everything is cleaned away it is
*over*: only then do ``status`` and raised errors tell of it, so that whoever hears of a failure finds nothing left.
"""

from __future__ import annotations

import threading

from reelwright.model.errors import OperationCancelledError, ReelwrightError
from reelwright.model.kinds import WriterStatus
from reelwright.writing.failure import fresh
from reelwright.writing.states import Action, Outcome, Phase, judge, status_of

__all__ = ["Life"]

_ENDS = (Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED)


class Life:
    """The phase of one writer. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._phase = Phase.UNKNOWN
        self._error: ReelwrightError | None = None
        self._is_over = threading.Event()
        self._is_sealed = False

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def status(self) -> WriterStatus:
        return status_of(self._phase)

    @property
    def error(self) -> ReelwrightError | None:
        """What failed, to be kept or raised by anybody; None unless the phase is FAILED."""
        return fresh(self._error) if self._error is not None and self._phase is Phase.FAILED else None

    @property
    def takes_media(self) -> bool:
        """Whether inputs may be ready: started, and the session not ended."""
        return self._error is None and self._phase in (Phase.STARTED, Phase.SESSION)

    @property
    def is_writing(self) -> bool:
        """Whether samples still belong into the file."""
        return self._error is None and self._phase not in (Phase.UNKNOWN, *_ENDS)

    def judge(self, action: Action, what: str | None = None) -> Outcome:
        """What a call leads to now; ``what`` names it more exactly.

        Raises:
            InvalidStateError: the call is illegal now.
            ReelwrightError: what ended the writer.
        """
        outcome = judge(action, self._phase, what)
        if outcome is Outcome.RAISE_ERROR:
            raise self.end()
        return outcome

    def go(self, action: Action, to: Phase) -> None:
        """Do what a call does to the phase.

        Raises:
            InvalidStateError, ReelwrightError: as ``judge``.
        """
        with self._lock:
            self.judge(action)
            if self._error is None:
                self._phase = to
                return
        self._is_over.wait()
        raise self.end()

    def end(self) -> ReelwrightError:
        """What ended the writer, to be raised once more."""
        if self._error is not None:
            return fresh(self._error)
        return OperationCancelledError("the writer was cancelled; nothing of it is left.", hint="Make a new writer.")

    def check(self) -> None:
        """Raise what ended the writer, if anything did."""
        if self._error is not None or self._phase is Phase.CANCELLED:
            raise self.end()

    # ------------------------------------------------------------------ ends

    def note(self, error: ReelwrightError) -> bool:
        """A failure. True for the first one, whose reporter cleans up and calls ``bury``; the others wait for that.

        Too late, once the writer has ended or the film is being put in place: False, and nothing happens.
        """
        with self._lock:
            if self._is_sealed or self._phase in _ENDS:
                return False
            if self._error is None:
                self._error = error
                return True
        self._is_over.wait()
        return False

    def bury(self) -> None:
        """Everything is cleaned away: the failure may be seen."""
        with self._lock:
            self._phase = Phase.FAILED
        self._is_over.set()

    def cancel(self) -> bool:
        """Whether this call cancelled the writer; False when it has ended, or is ending, by itself."""
        with self._lock:
            proceeds = self.judge(Action.CANCEL) is Outcome.PROCEED
            if not proceeds or self._is_sealed or self._error is not None:
                return False
            self._phase = Phase.CANCELLED
            return True

    def seal(self) -> None:
        """From now on it is too late to fail or to cancel.

        Raises:
            ReelwrightError: it has failed, or was cancelled, just before.
        """
        with self._lock:
            self.check()
            self._is_sealed = True

    def unseal(self) -> None:
        """The film could not be put in place."""
        self._is_sealed = False

    def complete(self) -> None:
        with self._lock:
            self._phase = Phase.COMPLETED

    @property
    def is_sealed(self) -> bool:
        return self._is_sealed
