"""The benchmark of reading judges before it times: whoever finds something else than we do must be found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench import readers, thumbnails
from bench.reading import _counts_apart, _images_apart, _opens_apart, _tables_apart
from bench.reading_files import STEP, hour_film, long_movie, number_of, numbered_film
from bench.turns import Contest, Results, WrongAnswer
from bench.worker import Timing

from reelwright import Asset

SIZE = (480, 272)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading")


@pytest.fixture(scope="module", params=[False, True], ids=["tables", "fragments"])
def movie(request: pytest.FixtureRequest, folder: Path) -> str:
    path = folder / f"movie-{request.param}.mp4"
    long_movie(path, 1 / 60, fragmented=request.param)
    return str(path)


@pytest.fixture(scope="module")
def piece(folder: Path) -> Path:
    path = folder / "piece.mp4"
    numbered_film(path, STEP, preset="ultrafast", rate=1_000_000, gop=60, size=SIZE)
    return path


@pytest.fixture(scope="module")
def hour(piece: Path, folder: Path) -> str:
    path = folder / "hour.mp4"
    hour_film(piece, path, 4 * STEP)
    return str(path)


def test_long_movies_are_what_they_are_said_to_be(movie: str) -> None:
    found = readers.open_ours(movie).tell()
    assert found["seconds"] == pytest.approx(60, abs=0.1)
    assert found["tracks"] == [("avc1", 64, 36, 0, 30.0), ("mp4a", 0, 0, 48000, 0.0)]
    video, sound = readers.tables_ours(movie).tell()
    assert (video["samples"], video["sync"], sound["samples"]) == (1800, 30, 2812)
    assert video["composition"] > 0  # there are B-frames


def test_readers_agree(movie: str) -> None:
    opened = readers.open_ours(movie).tell()
    assert _opens_apart(opened, readers.open_pyav(movie).tell()) == ""
    assert _opens_apart(opened, readers.open_ours_but_rates(movie).tell()) == ""
    listed = readers.tables_ours(movie).tell()
    assert _tables_apart(listed, readers.tables_pyav(movie).tell()) == ""
    assert _opens_apart(opened, opened | {"seconds": 59.0}) == f"59.0 s, not {opened['seconds']}"
    assert _tables_apart(listed, [listed[0] | {"sync": 29}, listed[1]]) == "sync 29, not 30"


@pytest.mark.parametrize(("name", "mode"), [("open", "open"), ("tables", "tables")])
def test_mp4box_agrees(movie: str, name: str, mode: str) -> None:
    if reason := readers.have("MP4Box.js"):
        pytest.skip(reason)
    ours = getattr(readers, f"{name}_ours")(movie).tell()
    theirs = getattr(readers, f"{name}_mp4box")(movie)
    assert (_opens_apart if mode == "open" else _tables_apart)(ours, theirs.tell()) == ""
    assert theirs.seconds > 0


def test_decoders_deliver_the_same_pictures(piece: Path) -> None:
    ours = readers.decode_ours(str(piece)).tell()
    assert ours["pictures"] == 30 * STEP
    assert ours == readers.decode_pyav_auto(str(piece)).tell()
    assert readers.decode_ours_rgb(str(piece)).tell()["pictures"] == 30 * STEP
    assert _counts_apart(ours, {"pictures": 3}) == f"3 pictures, not {30 * STEP}"


def test_single_pictures_are_the_ones_on_show(hour: str) -> None:
    times = thumbnails.moments(4 * STEP, 7)
    wanted = [int(time * 30) % (30 * STEP) for time in times]
    ours = thumbnails.images_ours(hour, 4 * STEP, 7, SIZE[0]).tell()
    theirs = thumbnails.images_pyav_auto(hour, 4 * STEP, 7, SIZE[0]).tell()
    assert [number for number, _ in ours] == wanted
    assert _images_apart(ours, theirs) == ""
    assert _images_apart(ours, theirs[1:]) == "6 pictures, not 7"
    assert "is number" in _images_apart(ours, [theirs[1], *theirs[1:]])


def test_films_of_an_hour_repeat_their_piece(hour: str) -> None:
    with Asset(hour) as asset:
        assert asset.duration.seconds == pytest.approx(4 * STEP)
        assert asset.tracks[0].sample_index.sample_count == 4 * STEP * 30
        assert asset.tracks[0].nominal_frame_rate == 30


def test_numbers_are_read_from_pictures_of_any_size() -> None:
    picture = np.zeros((32, 320, 3), np.uint8)
    picture[:16, 16:32] = picture[:16, 48:64] = 255
    assert number_of(picture, 320) == 0b1010
    assert number_of(picture[::2, ::2], 320) == 0b1010


def _one(path: str) -> readers.Answer:
    return readers.Answer(lambda: 1)


def _two(path: str) -> readers.Answer:
    return readers.Answer(lambda: 2, seconds=7.0)


def _apart(ours: Any, theirs: Any) -> str:
    return "" if ours == theirs else f"{theirs}, not {ours}"


def test_no_time_counts_when_one_finds_something_else() -> None:
    contest = Contest("counting", {"ours": _one, "theirs": _two}, ("",), _apart, {}, {})
    with pytest.raises(WrongAnswer, match="theirs differs from ours: 2, not 1"):
        contest.run(1)


def test_contestants_take_turns_and_may_bring_their_own_clock() -> None:
    contest = Contest("counting", {"ours": _one, "theirs": _two}, ("",), lambda *_: "", {"theirs": 2.0}, {"else": "x"})
    results = contest.run(3)
    assert [len(found) for found in results.timings.values()] == [3, 3]
    assert {timing.wall for timing in results.timings["theirs"]} == {7.0}
    assert "≥ 2.0: reached" in results.text()
    assert "Not timed: else: x." in results.text()


def test_ratios_are_those_within_rounds() -> None:
    timings = {"ours": [Timing(1, 1, 0), Timing(2, 1, 0), Timing(4, 1, 0)], "peer": [Timing(3, 3, 0)] * 3}
    results = Results("reading", "ours", timings, {"peer": 2.0}, {}, "", [])
    assert results.ratios("peer") == [3.0, 1.5, 0.75]
    assert "1.50" in results.text()
    assert "not reached" in results.text()
