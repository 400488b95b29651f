"""What ``write_hls`` makes, before the same judges as playlists and segments made by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reelwright.easy.streams import Cue, Rendition, StreamReport, SubtitleSource, write_hls
from tests.easy import made
from tests.interop import chromium, decoded
from tests.interop.streams import hls_parser, play_stream, shaka_packager
from tests.interop.tools import Report

FPS, FRAMES, RATE = 24, 72, 48000
FLASH = 36  # frame at which the picture turns white, and the sound begins
SIZE = (96, 64)
LADDER = [Rendition(encoder_options=made.FAST), Rendition(height=32, encoder_options=made.FAST)]

CUES = [(0.5, 1.5, "first"), (2.25, 2.75, "second")]
SUBTITLES = SubtitleSource(
    cues=tuple(Cue(Fraction(start), Fraction(end), text) for start, end, text in CUES), language="en", is_default=True
)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StreamReport]:
    folder = tmp_path_factory.mktemp("stream")
    pictures = (made.gray(235 if index >= FLASH else 16, SIZE) for index in range(FRAMES))
    sound = made.tone(FRAMES / FPS)
    sound[: FLASH * RATE // FPS] = 0
    report = write_hls(
        pictures, folder, LADDER, fps=FPS, audio=(sound, RATE), segment_duration=1, dash=True, subtitles=SUBTITLES
    )
    return folder, report


def test_strict_readers_find_no_fault(stream: tuple[Path, StreamReport], tmp_path: Path) -> None:
    folder, report = stream
    found = hls_parser(*folder.rglob("*.m3u8"))
    assert len(found) == 1 + 3 + 2 + 1
    assert {path: each["errors"] for path, each in found.items() if each["errors"]} == {}
    for rendition in report.renditions:
        film = whole(folder / rendition.name, tmp_path / "film.mp4")
        kind = "video" if rendition.size else "audio"
        place = f"init_segment={tmp_path}/i.mp4,segment_template={tmp_path}/$Number$.m4s"
        assert shaka_packager(f"in={film},stream={kind},{place}") == []


def whole(folder: Path, film: Path) -> Path:
    """Initialization and segments one behind the other, which is a film."""
    film.write_bytes(b"".join(path.read_bytes() for path in (folder / "init.mp4", *sorted(folder.glob("*.m4s")))))
    return film


def test_sound_comes_with_its_picture_within_a_frame(stream: tuple[Path, StreamReport], tmp_path: Path) -> None:
    folder, report = stream
    films = {each.name: whole(folder / each.name, tmp_path / f"{each.name}.mp4") for each in report.renditions}
    heard = np.abs(decoded.ffmpeg_pcm(films["audio"]).samples[:, 0])
    begins = int(np.argmax(heard > 0.1)) - 10 * RATE  # the stream's first moment lies at 10 s
    assert abs(begins - FLASH * RATE // FPS) < RATE // FPS
    for name in ("64p", "32p"):
        frames = decoded.ffmpeg_raw_video(films[name]).frames
        assert len(frames) == FRAMES
        assert next(index for index, (luma, *_) in enumerate(frames) if luma.mean() > 128) == FLASH


PLAYS = {
    "hls": ("index.m3u8", {"level": "all", "rate": 2.0}),
    "dash": ("index.mpd", {"player": "dash", "level": "0", "rate": 4.0}),
}


@pytest.fixture(scope="module")
def plays(stream: tuple[Path, StreamReport]) -> dict[str, Report]:
    chromium.program()
    folder, _ = stream
    with ThreadPoolExecutor(len(PLAYS)) as pool:
        asked = {
            name: pool.submit(play_stream, folder, path, **options)  # type: ignore[arg-type]
            for name, (path, options) in PLAYS.items()
        }
        return {name: answer.result() for name, answer in asked.items()}


@pytest.mark.parametrize("name", PLAYS)
def test_players_of_the_web_play_it_to_its_end(plays: dict[str, Report], name: str) -> None:
    report = plays[name]
    assert report["errors"] == []
    assert report["why"] == "ended"
    assert report["currentTime"] == pytest.approx(FRAMES / FPS, abs=1 / FPS)
    assert sorted(level[0] for level in report["manifest"]["levels"]) == [48, 96]


@pytest.mark.parametrize("player", PLAYS)
def test_players_show_subtitles_at_their_time(plays: dict[str, Report], player: str) -> None:
    seen = plays[player]["cues"]
    assert [(language, text) for language, _, _, text in seen] == [("en", text) for _, _, text in CUES]
    for (_, begin, end, _), (start, stop, _) in zip(seen, CUES, strict=True):
        assert abs(begin - start) < 1 / FPS
        assert abs(end - stop) < 1 / FPS
