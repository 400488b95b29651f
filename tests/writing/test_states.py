"""The state table, cell by cell, against a transcription of the contract it implements."""

from __future__ import annotations

import pytest

from reelwright.model.errors import InvalidStateError
from reelwright.model.kinds import WriterStatus
from reelwright.writing.states import TABLE, Action, Outcome, Phase, judge, status_of

# ok: proceeds · X: illegal · E: raises the stored error · -: no effect
CONTRACT = """
                               UNKNOWN STARTED SESSION ENDED FINISHING COMPLETED FAILED CANCELLED
CONFIGURE                      ok      X       X       X     X         X         X      X
ADD                            ok      X       X       X     X         X         X      X
START                          ok      X       X       X     X         X         X      X
START_SESSION                  X       ok      X       X     X         X         E      E
END_SESSION                    X       X       ok      X     X         X         E      E
APPEND                         X       X       ok      X     X         X         E      E
FLUSH_SEGMENT                  X       X       ok      ok    X         X         -      -
MARK_AS_FINISHED               X       ok      ok      ok    -         X         -      -
REQUEST                        X       ok      ok      ok    X         X         E      E
FINISH                         X       ok      ok      ok    X         X         E      E
CANCEL                         ok      ok      ok      ok    ok        -         -      -
"""
MEANING = {"ok": Outcome.PROCEED, "E": Outcome.RAISE_ERROR, "-": Outcome.NOTHING}


def cells() -> list[tuple[Action, Phase, str]]:
    header, *rows = [line.split() for line in CONTRACT.strip().splitlines()]
    return [(Action[row[0]], Phase[name], cell) for row in rows for name, cell in zip(header, row[1:], strict=True)]


def test_the_contract_names_every_cell() -> None:
    assert len(cells()) == len(Action) * len(Phase)
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize(("action", "phase", "cell"), cells(), ids=lambda value: getattr(value, "name", value))
def test_cell(action: Action, phase: Phase, cell: str) -> None:
    if cell == "X":
        with pytest.raises(InvalidStateError) as caught:
            judge(action, phase)
        assert action.value in str(caught.value)
        assert phase.value in str(caught.value)
        assert f"status {status_of(phase).value}" in str(caught.value)
        assert caught.value.hint, "an illegal call says what to do instead"
    else:
        assert judge(action, phase) is MEANING[cell]


def test_status_shows_what_avfoundation_shows() -> None:
    shown = {phase: status_of(phase) for phase in Phase}
    writing = {phase for phase, status in shown.items() if status is WriterStatus.WRITING}
    assert writing == {Phase.STARTED, Phase.SESSION, Phase.ENDED, Phase.FINISHING}
    assert shown[Phase.UNKNOWN] == 0
    assert shown[Phase.COMPLETED] == 2
    assert shown[Phase.FAILED] == 3
    assert shown[Phase.CANCELLED] == 4


def test_the_message_names_what_was_set() -> None:
    with pytest.raises(InvalidStateError, match="set movie_time_scale"):
        judge(Action.CONFIGURE, Phase.SESSION, "set movie_time_scale")
