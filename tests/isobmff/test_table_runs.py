"""Runs read from a growing table: each sample once, in its time and place."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.isobmff.fakes import RATE, pictures, sound

from reelwright.isobmff.fragment_boxes import FragmentRun
from reelwright.isobmff.sample_table import Chunk, SampleTable
from reelwright.isobmff.table_runs import TableRuns


def listed(values: Any, count: int) -> list[int]:
    return [int(value) for value in np.broadcast_to(values, count)]


def facts(run: FragmentRun) -> tuple[Any, ...]:
    columns = (run.sizes, run.durations, run.offsets, run.flags)
    return run.description, run.decode, run.place, run.length, run.duration, *(listed(c, run.count) for c in columns)


def told(chunk: Chunk, place: int, factor: int = 1) -> tuple[Any, ...]:
    sizes, durations = listed(chunk.sizes, chunk.count), listed(chunk.durations, chunk.count)
    return (
        chunk.description, chunk.decode * factor, place, sum(sizes), sum(durations) * factor, sizes,
        [duration * factor for duration in durations],
        [offset * factor for offset in listed(chunk.offsets, chunk.count)], listed(chunk.flags, chunk.count),
    )  # fmt: skip


def test_each_chunk_is_read_once_and_holes_are_kept() -> None:
    table = SampleTable()
    chunks = [pictures([1, 2, 1], 10), pictures([1] * 400, 14, offsets=[0, 1] * 200), pictures([3], 500, description=2)]
    runs = TableRuns(table)
    assert list(runs.more()) == []
    for number, chunk in enumerate(chunks):
        table.append(chunk, number * 1000)
        (run,) = runs.more()
        assert facts(run) == told(chunk, number * 1000)
        assert list(runs.more()) == []
    assert runs.samples == 404
    again = list(TableRuns(table).more())
    assert [facts(run) for run in again] == [told(chunk, number * 1000) for number, chunk in enumerate(chunks)]


def test_finer_ticks_are_seen_from_the_beginning() -> None:
    table = SampleTable()
    first, second = pictures([1, 1], 5), pictures([1], 35, timescale=120)
    table.append(first, 0)
    table.append(second, 9)
    runs = list(TableRuns(table).more())
    assert [facts(run) for run in runs] == [told(first, 0, 5), told(second, 9)]


def test_frames_of_sound_stay_one_number() -> None:
    table = SampleTable()
    for number in range(3):
        table.append(sound(RATE, number * RATE), number)
    for run in TableRuns(table).more():
        assert [run.sizes, run.durations, run.offsets, run.count] == [2, 1, 0, RATE]


def test_a_long_table_is_read_from_any_sample_on() -> None:
    table, lot = SampleTable(), np.random.default_rng(1)
    clock, runs = 0, TableRuns(table)
    for number in range(300):
        durations = lot.integers(1, 4, 100).tolist() if number % 3 else [2] * 300
        chunk = pictures(durations, clock)
        clock += sum(durations)
        table.append(chunk, number)
        if number % 7 == 0:
            found = list(runs.more())
            assert facts(found[-1]) == told(chunk, number)
    assert sum(run.duration for run in TableRuns(table).more()) == clock
