"""Where a writer stands, when several threads have their say."""

from __future__ import annotations

import pickle

import pytest
from tests.writing.scene import Background

from reelwright.model.errors import (
    DiskFullError,
    EncodeError,
    InvalidStateError,
    OperationCancelledError,
    OutputError,
    ReelwrightError,
)
from reelwright.model.kinds import WriterStatus
from reelwright.model.time import Time
from reelwright.writing.failure import fresh, reason_of, stored
from reelwright.writing.life import Life
from reelwright.writing.states import Action, Outcome, Phase


def living(phase: Phase = Phase.SESSION) -> Life:
    life = Life()
    life._phase = phase
    return life


def test_a_life() -> None:
    life = Life()
    assert (life.status, life.error) == (WriterStatus.UNKNOWN, None)
    for action, phase in (
        (Action.START, Phase.STARTED),
        (Action.START_SESSION, Phase.SESSION),
        (Action.END_SESSION, Phase.ENDED),
        (Action.FINISH, Phase.FINISHING),
    ):
        life.go(action, phase)
        assert life.phase is phase
        assert life.status is WriterStatus.WRITING
        assert life.is_writing
        assert life.takes_media is (phase in (Phase.STARTED, Phase.SESSION))
    life.seal()
    life.complete()
    assert life.status is WriterStatus.COMPLETED
    assert not life.is_writing


def test_an_illegal_step_is_not_taken() -> None:
    life = living(Phase.STARTED)
    with pytest.raises(InvalidStateError):
        life.go(Action.END_SESSION, Phase.ENDED)
    assert life.phase is Phase.STARTED


def test_a_failure_is_seen_only_when_it_is_over() -> None:
    life = living()
    assert life.note(EncodeError("broken")) is True
    assert life.status is WriterStatus.WRITING
    assert life.error is None
    assert not life.is_writing
    assert not life.takes_media
    with pytest.raises(EncodeError):
        life.check()
    life.bury()
    assert life.status is WriterStatus.FAILED
    assert str(life.error) == "broken"


def test_the_first_failure_counts_and_the_others_wait_for_the_end() -> None:
    life = living()
    assert life.note(EncodeError("first"))
    second = Background(lambda: life.note(EncodeError("second")))
    step = Background(lambda: life.go(Action.END_SESSION, Phase.ENDED))
    assert second.is_running
    assert step.is_running
    life.bury()
    assert second.result() is False
    with pytest.raises(EncodeError, match="first"):
        step.result()
    assert str(life.error) == "first"
    assert life.phase is Phase.FAILED


@pytest.mark.parametrize("phase", [Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED])
def test_too_late_to_fail(phase: Phase) -> None:
    life = living(phase)
    assert life.note(EncodeError("late")) is False
    assert life.phase is phase


def test_a_sealed_life_neither_fails_nor_is_cancelled() -> None:
    life = living(Phase.FINISHING)
    life.seal()
    assert life.note(EncodeError("late")) is False
    assert life.cancel() is False
    life.unseal()
    assert life.cancel() is True


def test_what_has_ended_is_not_sealed() -> None:
    failing, cancelled = living(Phase.FINISHING), living(Phase.FINISHING)
    failing.note(EncodeError("broken"))
    cancelled.cancel()
    with pytest.raises(EncodeError):
        failing.seal()
    with pytest.raises(OperationCancelledError):
        cancelled.seal()
    assert not failing.is_sealed
    assert not cancelled.is_sealed


def test_who_fails_is_not_cancelled() -> None:
    life = living()
    life.note(EncodeError("broken"))
    assert life.cancel() is False
    life.bury()
    assert life.phase is Phase.FAILED


def test_judging() -> None:
    life = living(Phase.CANCELLED)
    assert life.judge(Action.MARK_AS_FINISHED) is Outcome.NOTHING
    with pytest.raises(OperationCancelledError):
        life.judge(Action.APPEND)


# Errors as they are kept ---------------------------------------------------------------------------------------------


def caught(cause: BaseException, inner: BaseException | None = None) -> BaseException:
    """An exception with a traceback."""
    try:
        raise cause from inner
    except BaseException as error:
        return error


def test_an_error_is_kept_without_its_frames() -> None:
    error = caught(EncodeError("broken", track=2, time=Time(1, 3), hint="mend it"), ValueError("inner"))
    kept = stored(error, "/films/a.mp4")
    assert error.__traceback__ is not None
    assert kept is not error
    assert kept.__traceback__ is None
    assert kept.__cause__ is None
    assert (type(kept), str(kept)) == (EncodeError, str(error))
    assert (kept.track, kept.time, kept.path) == (2, Time(1, 3), "/films/a.mp4")
    assert isinstance(reason_of(error), ValueError)


def test_its_own_path_is_kept() -> None:
    assert stored(OutputError("x", path="/other"), "/films/a.mp4").path == "/other"


def test_errors_of_the_system_become_ours() -> None:
    kept = stored(OSError(28, "No space left on device"), "/films/a.mp4")
    assert isinstance(kept, DiskFullError)
    assert kept.path == "/films/a.mp4"


@pytest.mark.parametrize("cause", [KeyError("key"), MemoryError(), KeyboardInterrupt()])
def test_the_unexpected_tells_where_it_happened(cause: BaseException) -> None:
    error = caught(cause)
    kept = stored(error, None)
    assert reason_of(error) is error
    assert type(kept) is ReelwrightError
    assert type(cause).__name__ in str(kept)
    assert str(kept).count(".") >= 1
    assert kept.hint
    assert "test_life.py" in kept.__notes__[0]
    assert pickle.loads(pickle.dumps(kept)).__notes__ == kept.__notes__


def test_fresh_errors_are_equal_but_not_the_same() -> None:
    error = EncodeError("broken", track=1, hint="mend it")
    again = fresh(error)
    assert again is not error
    assert (str(again), again.track, again.code) == (str(error), 1, error.code)
