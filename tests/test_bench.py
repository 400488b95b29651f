"""The benchmark's own judgement: a film that is not what was asked for must be found out, or its time would count."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from bench import page as page_of
from bench.figures import Result as Found
from bench.figures import compare
from bench.report import Report
from bench.scenarios import SCENARIOS
from bench.scene import order, scene
from bench.startup import PROGRAMS
from bench.verify import BT709, UNTAGGED, Film, Wanted, faults, fingerprint, inspect
from bench.worker import Timing, Worker, paths
from bench.writers import WRITERS, Job, asset_writer, imageio, pyav_loop, write_video

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
    for name in ("colour", "machine", "plots", "readers", "reading", "run", "scenarios", "stages", "turns"):
        importlib.import_module(f"bench.{name}")


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


def job_for(path: Path, **changes: object) -> Job:
    return replace(Job(path=str(path), preset="ultrafast", threads=1), **changes)


def prepared(name: str, job: Job, pictures: list) -> list:
    prepare = WRITERS[name].prepare
    return pictures if prepare is None else [prepare(picture, job) for picture in pictures]


def test_planes_ready_are_encoded_alike_by_us_and_by_nobody_else(tmp_path: Path, film: Film) -> None:
    found = []
    for name in ("reelwright, planes ready", "encode only, planes ready"):
        job = job_for(tmp_path / f"{name}.mp4")
        WRITERS[name].write(prepared(name, job, PICTURES), job)
        found.append(inspect(job.path, wanted()))
        assert faults(found[-1], wanted()) == []
    ours, alone = found
    assert ours.psnr == alone.psnr
    assert ours.settings == alone.settings == film.settings
    assert abs(ours.psnr - film.psnr) < 0.1


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("name", ["reelwright AssetWriter", "encode only, planes ready", "pipe to ffmpeg (imageio's)"])
def test_films_of_ten_bits_are_judged_in_ten_bits(tmp_path: Path, codec: str, name: str) -> None:
    deep = list(scene(4, 128, 96, bits=16))
    job = job_for(tmp_path / "deep.mp4", codec=codec, pixel_format="yuv420p10le", crf=8)
    WRITERS[name].write(prepared(name, job, deep), job)
    told = {"crf": "8.0", "keyint": "250"}
    asked = wanted(pictures=deep, settings=told, encoder=codec, pixel_format="yuv420p10le")
    found = inspect(job.path, asked)
    assert faults(found, asked) == []
    assert found.psnr > 30
    assert any(
        "pixel format is yuv420p10le" in fault for fault in faults(found, replace(asked, pixel_format="yuv420p"))
    )


def test_a_codec_without_a_signature_needs_none(job: Job) -> None:
    asked = wanted(encoder="", settings={})
    assert faults(replace(inspect(job.path, asked)), asked) == []
    assert inspect(job.path, wanted(encoder="libx265")).build == ""


def test_scenarios_take_those_who_can() -> None:
    alike = SCENARIOS["medium"].writers
    assert "PyAV loop" in alike
    assert "PyAV loop, as shipped" not in alike
    assert "OpenCV (mp4v)" not in alike
    assert "OpenCV (mp4v)" in SCENARIOS["ultrafast"].writers
    deep = SCENARIOS["hevc10"].writers
    assert "MoviePy" not in deep
    assert "mediapy" in deep


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_programs_that_are_timed_whole_are_programs(program: str) -> None:
    compile(program, "program", "exec")


def test_a_worker_writes_as_many_films_as_it_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.stack(PICTURES[:3]))
    worker = Worker("reelwright, planes ready", tmp_path / "pictures.npy")
    try:
        job = job_for(tmp_path / "film.mp4")
        worker.prepare([0, 1, 2], job)
        assert worker.write([0, 1, 2, 1], job, 3).wall > 0
        with pytest.raises(RuntimeError, match="planes ready: SettingsError"):
            worker.write([0], replace(job, preset="fastest"))
    finally:
        worker.close()
    written = paths(job, 3)
    assert [Path(path).name for path in written] == ["film.mp4", "film-1.mp4", "film-2.mp4"]
    assert len({fingerprint(path) for path in written}) == 1


def results_of(film: Film) -> list[Found]:
    times = {"reelwright AssetWriter": [1.0, 2.0, 4.0], "PyAV loop": [3.0, 3.0, 4.0], "OpenCV (mp4v)": [0.5, 0.5, 0.5]}
    return [
        Found(
            writer=name,
            scenario="ultrafast",
            film=film,
            memory=2_000_000,
            timings=tuple(Timing(wall, wall, 0.0) for wall in walls),
        )
        for name, walls in times.items()
    ]


def test_the_page_is_made_from_the_results(tmp_path: Path, film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    Report({"Python": "3.x"}, results_of(film), [0.2], is_quick=True).save(tmp_path)
    (tmp_path / "stages.md").write_text("Stages are here.\n")
    kept = "<!-- figures: colour -->\nas before\n<!-- /figures -->"
    page = tmp_path / "page.md"
    page.write_text(
        f"By hand.\n\n<!-- figures: speed -->\nold\n<!-- /figures -->\n{kept}\n"
        "<!-- figures: stages -->\nold\n<!-- /figures -->\n"
    )
    options = ["--results", str(tmp_path), "--page", str(page), "--plots", str(tmp_path / "plots")]
    monkeypatch.setattr(sys, "argv", ["page", *options])
    assert page_of.main() == 1
    assert "old" in page.read_text()
    monkeypatch.setattr(sys, "argv", ["page", *options, "--quick"])
    assert page_of.main() == 0
    text = page.read_text()
    assert text.startswith("By hand.\n")
    assert kept in text
    assert "old" not in text
    assert "Stages are here." in text
    row = next(line for line in text.splitlines() if line.startswith("| PyAV loop "))
    assert "1.50" in row  # the median of 3/1, 3/2 and 4/4
    assert "1.00…3.00" in row
    assert "OpenCV (mp4v) encodes MPEG-4 part 2: not a comparison of writers" in text
    drawn = {path.name: path.read_text() for path in (tmp_path / "plots").iterdir()}
    assert set(drawn) == {"times.svg", "costs.svg"}
    assert all("PyAV loop" in data and "(plots/" in text for data in drawn.values())
    assert page_of.main() == 0
    assert drawn == {path.name: path.read_text() for path in (tmp_path / "plots").iterdir()}
