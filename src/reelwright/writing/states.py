"""The life of a writer: which call is legal when, and what it leads to, as one table.

A writer goes UNKNOWN → STARTED → SESSION → ENDED → FINISHING → COMPLETED; FAILED and CANCELLED can come from any state
before COMPLETED, and nothing leaves the last three. ``status`` shows STARTED to FINISHING as WRITING, as AVFoundation
does. Illegal calls are the cells that are not in the table.

AVFoundation returns ``false`` from calls on a failed writer, because failure is asynchronous and a client cannot avoid
racing with it; here such a call raises the stored error (RAISE_ERROR), and after a cancel ``OperationCancelledError``.
"""

from __future__ import annotations

from enum import Enum, auto

from reelwright.model.errors import InvalidStateError
from reelwright.model.kinds import WriterStatus

__all__ = ["Action", "Outcome", "Phase", "judge", "status_of"]


class Phase(Enum):
    UNKNOWN = "not started"
    STARTED = "started, without a session"
    SESSION = "in its session"
    ENDED = "past its session's end"
    FINISHING = "finishing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(Enum):
    CONFIGURE = "be configured"
    ADD = "add"
    START = "start_writing"
    START_SESSION = "start_session"
    END_SESSION = "end_session"
    APPEND = "append"
    FLUSH_SEGMENT = "flush_segment"
    MARK_AS_FINISHED = "mark_as_finished"
    REQUEST = "request_media_data_when_ready"
    FINISH = "finish_writing"
    CANCEL = "cancel_writing"


class Outcome(Enum):
    PROCEED = auto()
    NOTHING = auto()  # the call has no effect
    RAISE_ERROR = auto()  # the writer's stored error, or OperationCancelledError


_U, _S, _W, _E, _F = Phase.UNKNOWN, Phase.STARTED, Phase.SESSION, Phase.ENDED, Phase.FINISHING
_DONE, _FAILED, _CANCELLED = Phase.COMPLETED, Phase.FAILED, Phase.CANCELLED
_GO, _NO, _ERR = Outcome.PROCEED, Outcome.NOTHING, Outcome.RAISE_ERROR
_AFTER = {_FAILED: _ERR, _CANCELLED: _ERR}

TABLE: dict[Action, dict[Phase, Outcome]] = {
    Action.CONFIGURE: {_U: _GO},
    Action.ADD: {_U: _GO},
    Action.START: {_U: _GO},
    Action.START_SESSION: {_S: _GO, **_AFTER},
    Action.END_SESSION: {_W: _GO, **_AFTER},
    Action.APPEND: {_W: _GO, **_AFTER},
    Action.FLUSH_SEGMENT: {_W: _GO, _E: _GO, _FAILED: _NO, _CANCELLED: _NO},
    Action.MARK_AS_FINISHED: {_S: _GO, _W: _GO, _E: _GO, _F: _NO, _FAILED: _NO, _CANCELLED: _NO},
    Action.REQUEST: {_S: _GO, _W: _GO, _E: _GO, **_AFTER},
    Action.FINISH: {_S: _GO, _W: _GO, _E: _GO, **_AFTER},
    Action.CANCEL: {_U: _GO, _S: _GO, _W: _GO, _E: _GO, _F: _GO, _DONE: _NO, _FAILED: _NO, _CANCELLED: _NO},
}

_STATUS = {_U: WriterStatus.UNKNOWN, _DONE: WriterStatus.COMPLETED, _FAILED: WriterStatus.FAILED}
_STATUS |= {_CANCELLED: WriterStatus.CANCELLED}

_WAYS_OUT: dict[tuple[Action, Phase], str] = {
    (Action.CONFIGURE, _S): "Set it before start_writing().",
    (Action.ADD, _S): "Add everything before start_writing().",
    (Action.START, _S): "It is started already; go on with start_session(time).",
    (Action.START_SESSION, _U): "Call start_writing() first.",
    (Action.START_SESSION, _W): "A writer has one session; it is open already.",
    (Action.START_SESSION, _E): "A writer has one session; make another writer for another one.",
    (Action.END_SESSION, _U): "Call start_writing() and start_session() first.",
    (Action.END_SESSION, _S): "Call start_session(time) first.",
    (Action.END_SESSION, _E): "The session ended already; call finish_writing().",
    (Action.APPEND, _U): "Call start_writing() and start_session(time) first.",
    (Action.APPEND, _S): "Must start a session first: call start_session(time) with the time of the first sample.",
    (Action.APPEND, _E): "Append before end_session().",
    (Action.FLUSH_SEGMENT, _U): "Call start_writing() and start_session(time) first.",
    (Action.FLUSH_SEGMENT, _S): "Call start_session(time) first.",
    (Action.MARK_AS_FINISHED, _U): "Call start_writing() first.",
    (Action.REQUEST, _U): "Call start_writing() first.",
    (Action.FINISH, _U): "Call start_writing() and append something first.",
    (Action.FINISH, _F): "It is being finished already.",
}
_LATE = "It is being finished; nothing more can come."
_SPENT = "A writer writes one file, once; make a new one."


def status_of(phase: Phase) -> WriterStatus:
    """What ``AssetWriter.status`` shows."""
    return _STATUS.get(phase, WriterStatus.WRITING)


def judge(action: Action, phase: Phase, what: str | None = None) -> Outcome:
    """What a call leads to in a phase; ``what`` names it more exactly, such as ``"set transform"``.

    Raises:
        InvalidStateError: the call is illegal in that phase.
    """
    outcome = TABLE[action].get(phase)
    if outcome is not None:
        return outcome
    general = _LATE if phase is _F else _SPENT
    if phase in (_W, _E):
        general = _WAYS_OUT.get((action, _S), general)
    status = status_of(phase)
    raise InvalidStateError(
        f"cannot {what or 'call ' + action.value}: the writer is {phase.value} (status {status.value}, {status.name}).",
        hint=_WAYS_OUT.get((action, phase), general),
    )
