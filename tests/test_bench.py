"""The benchmark's own judgement: a film that is not what was asked for must be found out, or its time would count."""

from __future__ import annotations

import importlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import bench
import pytest
from bench.figures import Result as Found
from bench.figures import compare
from bench.scene import order, scene
from bench.verify import BT709, UNTAGGED, Film, Wanted, faults, fingerprint, inspect
from bench.worker import Timing
from bench.writers import Job, asset_writer, imageio, pyav_loop, write_video

WIDTH, HEIGHT, COUNT = 160, 96, 12
PICTURES = list(scene(COUNT, WIDTH, HEIGHT))


def wanted(**changes: object) -> Wanted:
    return replace(
        Wanted(pictures=PICTURES, rate=Fraction(30), settings={"crf": "23.0", "threads": "1"}, tags=BT709), **changes
    )


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    path = tmp_path_factory.mktemp("bench") / "film.mp4"
    job = Job(path=str(path), preset="ultrafast", threads=1)
    asset_writer(PICTURES, job)
    return job


@pytest.fixture(scope="module")
def film(job: Job) -> Film:
    return inspect(job.path, wanted())


def test_every_module_imports() -> None:
    for path in Path(bench.__file__).parent.glob("[a-z]*.py"):
        importlib.import_module(f"bench.{path.stem}")


def test_a_right_film_has_no_faults(film: Film) -> None:
    assert faults(film, wanted()) == []
    assert film.matrix == "BT.709"
    assert film.build.startswith("core ")
    assert film.settings["subme"] == "0"
    assert film.psnr > 27


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pictures": [*PICTURES, PICTURES[0]]}, "13 pictures went in; 12 are listed and 12 decoded"),
        ({"rate": Fraction(25)}, "picture 1 is shown at 1/30 s, not at 1/25 s"),
        ({"tags": UNTAGGED}, "its colour tags are (1, 1, 1), not (2, 2, 2)"),
        ({"settings": {"crf": "18.0"}}, "x264 was set to crf=23.0, not 18.0"),
        ({"pictures": [picture[:64] for picture in PICTURES]}, "it is 160×96, not 160×64"),
    ],
)
def test_every_other_wish_is_a_fault(film: Film, changes: dict[str, object], words: str) -> None:
    assert faults(film, wanted(**changes)) == [words]


def test_a_film_with_fewer_pictures_is_found_out(tmp_path: Path) -> None:
    job = Job(path=str(tmp_path / "short.mp4"), preset="ultrafast", threads=1)
    write_video(PICTURES[:-1], job)
    found = faults(inspect(job.path, wanted()), wanted())
    assert found == ["12 pictures went in; 11 are listed and 11 decoded"]


def test_untagged_films_are_inverted_with_the_matrix_they_were_made_with(tmp_path: Path, film: Film) -> None:
    job = Job(path=str(tmp_path / "untagged.mp4"), preset="ultrafast", threads=1)
    pyav_loop(PICTURES, job)
    other = inspect(job.path, wanted())
    assert faults(other, wanted(tags=UNTAGGED)) == []
    assert faults(other, wanted()) == ["its colour tags are (2, 2, 2), not (1, 1, 1)"]
    assert other.matrix == "BT.601"
    assert abs(other.psnr - film.psnr) < 0.3


def test_a_peer_in_a_process_of_its_own_is_judged_alike(tmp_path: Path) -> None:
    job = Job(path=str(tmp_path / "peer.mp4"), preset="ultrafast", threads=1)
    imageio(PICTURES, job)
    assert faults(inspect(job.path, wanted()), wanted()) == []


def test_a_film_of_other_pictures_is_worse(job: Job, film: Film) -> None:
    other = inspect(job.path, wanted(pictures=PICTURES[::-1]))
    assert other.psnr < film.psnr - 3


def test_a_damaged_film_is_found_out(job: Job, tmp_path: Path, film: Film) -> None:
    data = bytearray(Path(job.path).read_bytes())
    begin = data.index(b"mdat") + len(data) // 2
    data[begin : begin + 400] = bytes(400)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    assert any("the decoder says" in fault for fault in faults(inspect(str(damaged), wanted()), wanted()))
    assert fingerprint(str(damaged)) != film.fingerprint


def test_the_same_film_has_the_same_fingerprint(tmp_path: Path, film: Film) -> None:
    job = Job(path=str(tmp_path / "again.mp4"), preset="ultrafast", threads=1)
    asset_writer(PICTURES, job)
    assert fingerprint(job.path) == film.fingerprint
    asset_writer(PICTURES[::-1], job)
    assert fingerprint(job.path) != film.fingerprint


def test_scenes_are_the_same_every_time_and_go_there_and_back() -> None:
    assert (scene(2, 64, 48) == scene(2, 64, 48)).all()
    assert order(9, 4) == [0, 1, 2, 3, 2, 1, 0, 1, 2]


def test_ratios_say_how_many_times_as_fast_we_are(film: Film) -> None:
    ours, peer = (
        Found(
            writer=name,
            scenario="ultrafast",
            film=film,
            memory=0,
            timings=tuple(Timing(wall, cpu, 0.0) for wall, cpu in times),
        )
        for name, times in {
            "reelwright AssetWriter": [(1, 2), (2, 2), (4, 2)],
            "PyAV loop": [(3, 3), (3, 3), (4, 3)],
        }.items()
    )
    found = compare(ours, peer)
    assert (found.of_medians, found.median, found.least, found.most, found.cpu) == (1.5, 1.5, 1.0, 3.0, 1.5)
    assert found.aim == 1.4
