"""Streams as others see them: strict readers of playlists and segments, and players in a browser, to the end."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from reelwright.easy.films import write_video
from reelwright.easy.streams import Rendition, write_hls
from reelwright.streaming.hls import LowLatency, MediaPlaylist, PlaylistType
from reelwright.streaming.output import FolderOutput
from reelwright.streaming.preview import PreviewServer
from reelwright.streaming.rendition import StreamRendition
from tests.interop import chromium
from tests.interop.streams import hls_parser, play_stream, serve_with, shaka_packager, watch
from tests.interop.tools import Report, find_module
from tests.streaming.streams import GREYS, RATE, SECONDS, SIZES, facts, pictures, sound, write_ladder
from tests.streaming.streams import Cutter as Cut

NAMES = ["init.mp4", *(f"{number:05d}.m4s" for number in range(1, SECONDS + 1))]
FRAMES_OF_SOUND = 1024 * sum(chunk.count for chunk in sound().chunks) - sound().priming
QUICK = 4.0  # times as fast as it should be: players work as they always do


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same stream three times: as files, in one file each, and encrypted in one file each."""
    folder = tmp_path_factory.mktemp("streams")
    write_ladder(folder / "clear0")
    write_ladder(folder / "clear1", in_one_file=True)
    write_ladder(folder / "secret1", in_one_file=True, key=bytes(range(16)))
    return folder


def faults(reports: dict[str, Report]) -> dict[str, list[str]]:
    return {path: report["errors"] for path, report in reports.items() if report["errors"]}


def test_a_strict_reader_finds_no_fault_with_finished_playlists(folder: Path) -> None:
    found = hls_parser(*folder.rglob("*.m3u8"))
    assert len(found) == 3 * 4 + 2 * 2
    assert faults(found) == {}
    low = found[str(folder / "clear1" / "low" / "index.m3u8")]["playlist"]
    assert [each["duration"] for each in low["segments"]] == [1] * SECONDS


def test_nor_with_playlists_while_they_change(tmp_path: Path) -> None:
    """Live and event playlists after every segment and part, with all that may stand in one."""
    paths = []
    for kind in (PlaylistType.LIVE, PlaylistType.EVENT):
        playlist = MediaPlaylist(kind, target_duration=1, low_latency=LowLatency(Fraction(1, 2), can_block_reload=True))
        rendition = StreamRendition(FolderOutput(tmp_path), kind.lower(), playlist, has_pictures=True)
        cutter = Cut(pictures("low"))
        rendition.initialize([cutter.initialization])
        half = facts(next(iter(cutter)).tracks)
        half = type(half)(half.start, Fraction(1, 2), True, half.first_picture)
        for number in range(8):
            for _ in range(2):
                rendition.add_part([bytes(2000)], half)
                paths.append(shutil.copy(tmp_path / kind.lower() / "index.m3u8", tmp_path / f"{len(paths)}.m3u8"))
            rendition.end_segment()
            paths.append(shutil.copy(tmp_path / kind.lower() / "index.m3u8", tmp_path / f"{len(paths)}.m3u8"))
            if number == 4:
                rendition.initialize([cutter.initialization])
    assert faults(hls_parser(*paths)) == {}


def test_the_strict_reader_is_strict(tmp_path: Path, folder: Path) -> None:
    text = (folder / "clear0" / "low" / "index.m3u8").read_text()
    (tmp_path / "bad.m3u8").write_text(text.replace("EXTINF:1,", "EXTINF:1.6,", 1))
    assert faults(hls_parser(tmp_path / "bad.m3u8"))


@pytest.mark.parametrize("name", ["low", "sound"])
def test_a_packager_reads_the_segments(folder: Path, tmp_path: Path, name: str) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"".join((folder / "clear0" / name / each).read_bytes() for each in NAMES))
    kind = "audio" if name == "sound" else "video"
    made = f"in={film},stream={kind},init_segment={tmp_path}/i.mp4,segment_template={tmp_path}/$Number$.m4s"
    assert shaka_packager(made) == []
    film.write_bytes(film.read_bytes().replace(b"tfhd", b"skip", 1))
    assert shaka_packager(made) != []


PLAYS = {
    "hls, switching": ("clear0/main.m3u8", {"level": "all", "rate": 2.0}),
    "hls, encrypted, one file, seeking": ("secret1/main.m3u8", {"level": "1", "seek": 2.5}),
    "dash, switching": ("clear0/stream.mpd", {"player": "dash", "level": "all", "rate": 1.0}),
    "dash, one file, low, seeking": ("clear1/stream.mpd", {"player": "dash", "level": "0", "seek": 2.5}),
}


@pytest.fixture(scope="module")
def plays(folder: Path) -> dict[str, Report]:
    chromium.program()
    with ThreadPoolExecutor(2) as pool:  # the players are not to wait for each other
        asked = {
            name: pool.submit(play_stream, folder, path, **{"rate": QUICK, **options})  # type: ignore[arg-type]
            for name, (path, options) in PLAYS.items()
        }
        return {name: answer.result() for name, answer in asked.items()}


@pytest.mark.parametrize("name", PLAYS)
def test_players_of_the_web_play_it_to_its_end(plays: dict[str, Report], name: str) -> None:
    report = plays[name]
    assert report["errors"] == []
    assert report["why"] == "ended"
    # Sound lies where it belongs if its end does: a player that began with the priming would end later.
    # (dash.js, made to switch all the time, may have thrown away what it had when it ends.)
    for _, end in report["buffered"][-1:]:
        assert end == pytest.approx(FRAMES_OF_SOUND / RATE, abs=0.002)
    assert report["currentTime"] == pytest.approx(FRAMES_OF_SOUND / RATE, abs=0.002)
    widths = [level[0] for level in report["manifest"]["levels"]]
    assert widths == [SIZES["low"][0], SIZES["high"][0]]


@pytest.mark.parametrize("name", ["hls, switching", "dash, switching"])
def test_every_rendition_is_shown_in_turn(plays: dict[str, Report], name: str) -> None:
    assert len(set(plays[name]["levels"])) == 2


STAYING = [(name, "low" if "low" in name else "high") for name in PLAYS if "switching" not in name]


@pytest.mark.parametrize(("name", "rendition"), STAYING)
def test_the_pictures_are_those_of_the_rendition(plays: dict[str, Report], name: str, rendition: str) -> None:
    shown = [grey for _, grey, width, *_ in plays[name]["greys"] if width == SIZES[rendition][0]]
    # The first look may come before the first picture.
    assert GREYS[rendition] - 4 <= median(shown) <= GREYS[rendition] + 12


@pytest.mark.parametrize(("ours", "theirs"), [("hls.min.js", "dist/hls.min.js"), ("hls.js-LICENSE", "LICENSE")])
def test_the_player_in_the_wheel_is_the_released_one(ours: str, theirs: str) -> None:
    static = resources.files("reelwright.streaming").joinpath("static")
    assert static.joinpath(ours).read_bytes() == (find_module("hls.js") / theirs).read_bytes()


def test_the_page_plays_a_stream_while_it_is_made(tmp_path: Path) -> None:
    """The server's own page, opened before there is anything to play."""
    folder = tmp_path / "stream"
    folder.mkdir()

    def when_asked(times: int, name: str) -> None:
        while sum(name in path for path in list(asked)) < times:
            time.sleep(0.05)

    def make() -> None:
        when_asked(2, "stream.json")
        # Each segment comes when the page has looked for it more than once.
        write_ladder(
            folder, playlist_type=PlaylistType.EVENT, after=lambda number: when_asked(3 * number, "/index.m3u8")
        )

    with PreviewServer(folder) as server, serve_with(server.url, "preview_report.js") as (address, reports, asked):
        maker = threading.Thread(target=make, daemon=True)
        maker.start()
        report = watch(address, reports, 30)
        maker.join()
    assert report["errors"] == []
    assert report["states"][0] == "waiting for the stream"
    assert "being made" in report["states"]
    assert report["shown"]["size"] in ("64 × 48", "128 × 96")
    assert report["shown"]["rate"].endswith("Mbit/s")
    assert [level.partition(",")[0] for level in report["levels"]] == ["automatic", "48p", "96p"]


def test_the_page_plays_a_film_while_it_is_written(tmp_path: Path) -> None:
    """With sound, until it ends, although it is sealed meanwhile."""
    film = tmp_path / "film.mp4"

    def rendered() -> Iterator[np.ndarray]:
        for number in range(24 * 4):
            while number == 24 * 3 and not any("/film/film" in path for path in list(asked)):
                time.sleep(0.05)
            yield np.full((48, 64, 3), number * 2, np.uint8)

    def write() -> None:
        sound = np.sin(np.arange(4 * 48_000) * 0.06) * 0.2
        fast = {"tune": "zerolatency"}
        write_video(rendered(), film, fps=24, audio=(sound, 48_000), movie_fragment_interval=1, encoder_options=fast)

    with PreviewServer(film) as server, serve_with(server.url, "preview_report.js") as (address, reports, asked):
        maker = threading.Thread(target=write, daemon=True)
        maker.start()
        report = watch(address, reports, 30)
        maker.join()
    assert report["errors"] == []
    assert report["shown"]["size"] == "64 × 48"
    assert film.read_bytes()[36:40] == b"mdat"
    assert report["currentTime"] == pytest.approx(4, abs=0.1)


def frames(captured: dict[int, float], enough: threading.Event) -> Iterator[np.ndarray]:
    """Frames at their times that tell their number: the left half counts to 24, the right half how often."""
    start = time.time()
    for number in range(24 * 24):
        if enough.is_set():
            return
        time.sleep(max(0.0, start + number / 24 - time.time()))
        picture = np.zeros((48, 64, 3), np.uint8)
        picture[:, :32], picture[:, 32:] = number % 24 * 10 + 5, number // 24 * 10 + 5
        captured[number] = time.time()
        yield picture


def test_parts_are_played_one_after_the_other_as_they_come(tmp_path: Path) -> None:
    """Low latency from the frame to the screen: nothing is left out, and nobody waits for whole segments."""
    captured: dict[int, float] = {}
    fast = Rendition(encoder_options={"preset": "ultrafast", "tune": "zerolatency"})
    options: dict[str, Any] = {"playlist": "live", "real_time": True, "can_block_reload": True, "overwrite": True}
    with PreviewServer(tmp_path) as server, serve_with(server.url) as (address, reports, asked):
        enough = threading.Event()
        film = frames(captured, enough)
        maker = threading.Thread(
            target=lambda: write_hls(film, tmp_path, [fast], segment_duration=1, part_duration=0.25, fps=24, **options)
        )
        maker.start()
        while not (tmp_path / "index.m3u8").exists():
            time.sleep(0.05)
        report = watch(f"{address}/stream.html?player=hls&rate=1&seconds=4&src=/media/index.m3u8", reports, 4)
        enough.set()
        maker.join()
    assert len(report["buffered"]) == 1, report["buffered"]
    shown = [
        (round(right / 10 - 0.5) * 24 + round(left / 10 - 0.5), when) for _, left, _, right, when in report["greys"]
    ]
    delays = [when - captured[number] for number, when in shown if number in captured]
    print(f"from frame to screen: {median(delays):.2f} s, {min(delays):.2f} to {max(delays):.2f} s")
    parts = [path for path in asked if path.count(".") == 2]
    assert len({path for path in parts if ".3." in path}) >= 2, parts
