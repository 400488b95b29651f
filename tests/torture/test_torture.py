"""A seeded thousand of the torture, and the watch itself: readers that break a promise on purpose must be caught."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture import exercise, mutate, parsers, run
from tests.torture.films import handmade
from tests.torture.watch import Case, Outcome, Part, torture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="alarms and limits of memory are not Windows's")

BAD = Part("bad", "tests.torture.bad:read", "tests.torture.bad:damaged")


# -- the seeded thousand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cases"), [("movies", 600), ("boxes", 1000), ("strange", 16), ("payloads", 24), ("hostile", 50)]
)
def test_damaged_files_break_no_promise(name: str, cases: int, tmp_path: Path) -> None:
    part = run.prepared(name, tmp_path / name)
    outcome = torture(part, tmp_path / name, range(cases))
    assert outcome.faults == []
    assert outcome.cases == cases


def test_every_reader_of_the_movie_engine_is_in_the_register() -> None:
    takers = set(parsers.takers_of_bytes())
    left_out = takers - set(parsers.READERS) - set(parsers.NOT_READERS)
    assert left_out == set(), "write down in tests/torture/parsers.py how they are asked"
    assert set(parsers.READERS) <= takers
    assert set(parsers.NOT_READERS) <= takers


def test_every_reader_has_contents_that_it_reads(tmp_path: Path) -> None:
    parsers.write_contents(tmp_path)
    names = {path.name.rpartition(".")[0] for path in tmp_path.iterdir()}
    assert names == set(parsers.READERS)
    for path in tmp_path.iterdir():
        parsers.read(path.name, path.read_bytes())


# -- damage ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [mutate.mutated, mutate.damaged_content, mutate.damaged_payload])
def test_the_same_number_is_the_same_damage(damage: object) -> None:
    assert callable(damage)
    data = handmade()["captions.mov"]
    made = [damage(data, number) for number in range(40)]
    assert made == [damage(data, number) for number in range(40)]
    assert len(set(made)) > 30
    assert sum(one != data for one in made) > 35


@pytest.mark.parametrize("damage", [mutate.mutated, mutate.damaged_content, mutate.damaged_payload])
def test_nothing_can_be_damaged_too(damage: object) -> None:
    assert callable(damage)
    assert all(isinstance(damage(data, number), bytes) for number in range(100) for data in (b"", b"x"))


def test_damage_to_samples_leaves_headers_alone() -> None:
    data = handmade()["captions.mov"]
    (media,) = [place for place in mutate.places(data) if place.kind == b"mdat"]
    for number in range(100):
        damaged = mutate.damaged_payload(data, number)
        assert damaged[: media.start + 8] == data[: media.start + 8]
        assert damaged[media.end :] == data[media.end :]


def test_boxes_are_found_at_every_depth() -> None:
    kinds = {place.kind for place in mutate.places(handmade()["entries.mov"])}
    assert {b"moov", b"stsz", b"hvc1", b"hvcC", b"eyes", b"blin", b"mp4a", b"wave", b"esds", b"keys"} <= kinds


# -- the watch ---------------------------------------------------------------------------------------------------------


def broken(name: str, folder: Path, *, hangs: float = 60) -> Outcome:
    """What the watch says of a reader that breaks a promise in every second of four cases."""
    (folder / name).write_bytes(b"whole")
    return torture(BAD, folder, range(4), hangs=hangs)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("abort", "the process died (-6)"),
        ("exit", "the process died (0)"),
        ("loop", "TooSlow"),
        ("swallowing", "TooSlow"),
        ("memory", "MemoryError"),
        ("touched", "MemoryError"),
        ("key", "KeyError"),
        ("warning", "RuntimeWarning"),
        ("thread", "in the thread"),
        ("destructor", "in a destructor"),
    ],
)
def test_broken_promises_are_noticed_and_the_next_case_goes_on(name: str, words: str, tmp_path: Path) -> None:
    if name in ("memory", "touched") and not Path("/proc/self/statm").exists():
        pytest.skip("memory is bounded on Linux only")
    outcome = broken(name, tmp_path)
    assert outcome.cases == 4
    assert [fault.partition(":")[0] for fault in outcome.faults] == [f"bad {name} 0", f"bad {name} 2"]
    assert all(words in fault for fault in outcome.faults)


def test_what_no_alarm_reaches_is_ended_from_outside(tmp_path: Path) -> None:
    outcome = broken("deaf", tmp_path, hangs=2)
    assert [fault.partition("\n")[0] for fault in outcome.faults] == [
        f"bad deaf {number}: the process died (-9)" for number in (0, 2)
    ]


def test_a_reader_that_keeps_its_promises_has_no_faults(tmp_path: Path) -> None:
    outcome = broken("good", tmp_path)
    assert (outcome.cases, outcome.faults) == (4, [])


def test_an_error_of_ours_that_nobody_expects_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "any").write_bytes(b"whole")
    outcome = torture(Part("bad", "tests.torture.bad:typed", "tests.torture.bad:damaged"), tmp_path, range(2))
    assert ["InvalidMediaError" in fault for fault in outcome.faults] == [True]


def test_what_was_taken_is_measured(tmp_path: Path) -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak of memory is told on Linux only")
    (tmp_path / "any").write_bytes(b"whole")
    outcome = torture(Part("bad", "tests.torture.bad:large", "tests.torture.bad:damaged"), tmp_path, range(2))
    assert outcome.faults == []
    assert outcome.largest.name == "bad any 0"
    assert 95 << 20 < outcome.largest.amount < 130 << 20


def test_a_worker_that_cannot_even_read_what_is_whole_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "any").write_bytes(b"whole")
    with pytest.raises(RuntimeError, match="did not start"):
        torture(Part("bad", "tests.torture.bad:nothing", "tests.torture.bad:damaged"), tmp_path, range(2))


@pytest.mark.parametrize("is_over", [True, False])
def test_children_that_are_left_are_noticed(is_over: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass" if is_over else "input()"], stdin=subprocess.PIPE) as child:
        if is_over:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(AssertionError, match="a child process is left"):
            exercise.check_for_children()
        assert child.stdin is not None
        child.stdin.close()


def test_open_descriptors_are_counted() -> None:
    before = exercise.open_descriptors()
    with open(os.devnull) as _:
        assert exercise.open_descriptors() == before + (1 if os.path.isdir("/proc/self/fd") else 0)
    assert exercise.open_descriptors() == before


def test_outcomes_add_up() -> None:
    total = Outcome(2, Case(0.5, "a"), Case(3, "b"), ["x"]) + Outcome(1, Case(0.7, "c"), Case(1, "d"), ["y"])
    assert total == Outcome(3, Case(0.7, "c"), Case(3, "b"), ["x", "y"])
    assert str(total).startswith("3 cases, 2 faults; the slowest took 0.70 s (c)")


def test_one_case_again() -> None:
    command = [sys.executable, "-m", "tests.torture.run", "--only", "boxes", "id3.read_id3.0", "3"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert "no fault" in answer.stdout
