"""Charts: the numbers behind them, and pictures in which these can be found again."""

from __future__ import annotations

import builtins
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from tests.easy.made import FAST, film, tone
from tests.reading.fakes import FakeMedia, index_of, media_facts, sound_track, track_facts, video_track

from reelwright.easy.chart_data import chart_data
from reelwright.easy.charts import write_chart
from reelwright.easy.films import write_video
from reelwright.model.errors import InvalidArgumentError, MissingDependencyError, OutputExistsError, OutputNotFoundError
from reelwright.model.facts import DataReference, EditEntry
from reelwright.model.kinds import MediaType
from reelwright.model.sample_index import SampleIndex
from reelwright.model.time import Time
from reelwright.reading.asset import Asset

SVG = "{http://www.w3.org/2000/svg}"


def pictures(count: int, every: int = 12, **more: Any) -> SampleIndex:
    """As many pictures at 30 a second, a key frame among each so many."""
    sync = np.arange(count) % every == 0
    return index_of([20] * count, sync=None if every == 1 else sync, **more)


def asset_of(*tracks: Any, indexes: dict[int, SampleIndex], has_tables: bool = True, **facts: Any) -> Asset:
    return Asset.for_media(FakeMedia(media_facts(*tracks, **facts), indexes, has_tables=has_tables))


def plain(count: int = 60, every: int = 12) -> Asset:
    return asset_of(
        video_track(), sound_track(), indexes={1: pictures(count, every), 2: index_of([1024] * (count * 2), 48000)}
    )


class Drawn:
    """A chart as SVG, looked into."""

    def __init__(self, asset: Asset, tmp_path: Path, **more: Any) -> None:
        path = tmp_path / "chart.svg"
        write_chart(asset, path, overwrite=True, **more)
        self.root = ElementTree.fromstring(path.read_bytes())
        self.texts = [" ".join("".join(text.itertext()).split()) for text in self.root.iter(f"{SVG}text")]

    def group(self, name: str) -> ElementTree.Element | None:
        return next((group for group in self.root.iter(f"{SVG}g") if group.get("id") == name), None)

    def marks(self, name: str) -> int:
        group = self.group(name)
        return -1 if group is None else len(list(group.iter(f"{SVG}use")))

    def has(self, words: str) -> bool:
        return any(words in text for text in self.texts)


# ---------------------------------------------------------------------- numbers


def test_times_are_those_of_the_asset() -> None:
    edited = video_track(edits=(EditEntry(300, None), EditEntry(600, 60)), duration=Time(900, 600))
    found = chart_data(asset_of(edited, indexes={1: pictures(60)}))
    (track,) = found.tracks
    assert track.rates.edges[0] == pytest.approx(0.5 - 0.1)
    assert track.pictures is not None
    assert track.pictures.times[0] == pytest.approx(0.4)
    assert (found.begin, found.end) == (0, pytest.approx(2.4))


def test_intervals_fit_the_length() -> None:
    def interval(count: int) -> tuple[Fraction, Fraction]:
        (track,) = chart_data(asset_of(video_track(), indexes={1: pictures(count)})).tracks
        return track.rates.interval, track.peak_interval

    assert interval(30) == (Fraction(1, 10), 1)
    assert interval(30 * 13) == (Fraction(1, 2), 1)
    assert interval(30 * 60) == (1, 1)
    assert interval(30 * 3600)[0] == 9
    assert interval(15) == (Fraction(1, 10), Fraction(1, 10))


def test_peaks_are_over_a_second_however_long_the_film() -> None:
    index = pictures(30 * 3600)
    index.sizes[:] = 100
    index.sizes[5000 * 12 : 5000 * 12 + 30] = 1000
    (track,) = chart_data(asset_of(video_track(), indexes={1: index})).tracks
    assert track.peak == 1000 * 30 * 8
    assert track.peaks.max() == track.peak
    assert track.rates.peak < track.peak


def test_tracks_without_samples_are_left_out_and_files_without_any_refused() -> None:
    found = chart_data(asset_of(video_track(), sound_track(), indexes={1: pictures(10)}))
    assert [track.track_id for track in found.tracks] == [1]
    with pytest.raises(InvalidArgumentError, match="no samples"):
        chart_data(asset_of(video_track(), indexes={}))


def test_one_track_only() -> None:
    found = chart_data(plain(), 2)
    assert [track.media_type for track in found.tracks] == [MediaType.AUDIO]
    assert found.interleave is not None
    assert set(found.interleave.runs) == {2}
    with pytest.raises(InvalidArgumentError, match="no track 9"):
        chart_data(plain(), 9)


def test_samples_in_other_files_and_in_unknown_places_have_no_place() -> None:
    away = video_track(data_references=(DataReference("url ", "other.mov", is_self_contained=False),))
    assert chart_data(asset_of(away, indexes={1: pictures(10)})).interleave is None
    assert chart_data(asset_of(video_track(), indexes={1: pictures(10)}, has_tables=False)).interleave is None


def test_many_tracks_leave_some_without_a_panel() -> None:
    tracks = [video_track(number) for number in range(1, 16)]
    found = chart_data(asset_of(*tracks, indexes={number: pictures(5) for number in range(1, 16)}))
    assert (len(found.tracks), found.left_out) == (12, 3)


# ---------------------------------------------------------------------- pictures


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("charts") / "film.mp4"
    write_video(film(48), path, fps=24, audio=(tone(2), 48000), encoder_options={**FAST, "g": "12"})
    return path


def test_a_png_of_a_film(movie: Path, tmp_path: Path) -> None:
    write_chart(movie, tmp_path / "chart.png")
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.format == "PNG"
        assert picture.width == 1800
        assert 900 < picture.height < 1600
        shades = np.asarray(picture.convert("RGB"))
    assert (shades == 255).all(axis=2).mean() > 0.5  # mostly paper
    assert len(np.unique(shades.reshape(-1, 3), axis=0)) > 50


def test_an_svg_of_a_film_says_what_it_shows(movie: Path, tmp_path: Path) -> None:
    with Asset(movie) as asset:
        drawn = Drawn(asset, tmp_path)
        keys = asset.tracks[0].sample_index.sync_rows.size
    assert drawn.has("film.mp4")
    assert drawn.has("header first")
    assert drawn.has("H.264")
    assert drawn.has("AAC LC · 48 kHz · stereo")
    assert drawn.has("24 fps")
    assert drawn.has("time (seconds)")
    assert drawn.has("average")
    assert drawn.has("over 1 s")
    assert drawn.has("place in the file")
    assert drawn.marks("key-frames-1") == keys == 4
    assert drawn.group("header") is not None
    assert drawn.group("places-1") is not None
    assert drawn.group("places-2") is not None


@pytest.mark.parametrize(("count", "every", "marks"), [(60, 12, 5), (61, 60, 2), (3000, 250, 12), (5, 5, 1)])
def test_key_frames_are_marked_one_by_one(count: int, every: int, marks: int, tmp_path: Path) -> None:
    drawn = Drawn(plain(count, every), tmp_path)
    assert drawn.marks("key-frames-1") == marks
    assert drawn.has(f"▼ {marks} key,")
    assert drawn.has("bytes of each picture") == (count <= 1500)
    assert drawn.has("pictures of each group") == (count > 1500)


def test_nothing_is_marked_where_all_are_key_frames_or_too_many(tmp_path: Path) -> None:
    short = Drawn(plain(60, 1), tmp_path)
    assert short.marks("key-frames-1") == -1
    assert short.has("60 pictures, all of them key frames")
    long = Drawn(plain(2000, 1), tmp_path)
    assert long.has("every picture is a key frame")
    assert not long.has("pictures of each group")
    many = Drawn(plain(6000, 12), tmp_path)
    assert many.marks("key-frames-1") == -1
    assert many.has("■ 500 key,")
    assert many.has("mean and")


def test_kinds_of_pictures_and_their_sizes(tmp_path: Path) -> None:
    index = index_of([20] * 4, offsets=[40, 100, 40, 20], sync=np.array([1, 0, 0, 0], bool))
    drawn = Drawn(asset_of(video_track(), indexes={1: index}), tmp_path)
    assert drawn.has("▼ 1 key, 10 bytes each")
    assert drawn.has("■ 1 forward, 11 bytes each")
    assert drawn.has("■ 2 reordered, 12 bytes each")


def test_muxing_one_track_behind_the_other_is_said(tmp_path: Path) -> None:
    sound = index_of([4800] * 20, 48000)
    behind = SampleIndex(
        time_scale=48000,
        offsets=sound.offsets + 100_000,
        sizes=sound.sizes,
        decode=sound.decode,
        durations=sound.durations,
    )
    drawn = Drawn(asset_of(video_track(), sound_track(), indexes={1: pictures(60), 2: behind}), tmp_path)
    assert drawn.has("tracks up to 2 s apart")


def test_sound_alone_and_text_alone(tmp_path: Path) -> None:
    sound = Drawn(asset_of(sound_track(), indexes={2: index_of([1024] * 100, 48000)}), tmp_path)
    assert sound.has("2 audio")
    assert not sound.has("key")
    text = Drawn(asset_of(track_facts(3, MediaType.TEXT), indexes={3: index_of([600] * 5)}), tmp_path)
    assert text.has("━ 3 text")


@pytest.mark.parametrize(
    ("seconds", "unit", "label"),
    [(30, "seconds", "10"), (600, "minutes:seconds", "5:00"), (14400, "hours:minutes", "2:30")],
)
def test_moments_are_written_for_the_length(seconds: int, unit: str, label: str, tmp_path: Path) -> None:
    drawn = Drawn(asset_of(video_track(), indexes={1: index_of([300] * (seconds * 2), sync=None)}), tmp_path)
    assert drawn.has(f"time ({unit})")
    assert label in drawn.texts


def test_hours_make_no_larger_picture(tmp_path: Path) -> None:
    asset = plain(200_000, 100)
    write_chart(asset, tmp_path / "long.svg")
    assert (tmp_path / "long.svg").stat().st_size < 4_000_000


def test_lengths_that_no_film_has(tmp_path: Path) -> None:
    for index in (index_of([0, 0]), index_of([1 << 50] * 3), index_of([1])):
        Drawn(asset_of(video_track(), indexes={1: index}), tmp_path)


def test_the_same_file_gives_the_same_chart(movie: Path, tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        write_chart(movie, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_names_in_any_script(movie: Path, tmp_path: Path) -> None:
    named = tmp_path / "映画 $x^2$ <b>.mp4"
    named.write_bytes(movie.read_bytes())
    write_chart(named, tmp_path / "chart.png")
    with Asset(named) as asset:
        assert Drawn(asset, tmp_path).has("映画 $x^2$ <b>.mp4")


# ---------------------------------------------------------------------- writing, and doing without


def test_a_chart_that_is_there_is_kept(movie: Path, tmp_path: Path) -> None:
    out = tmp_path / "chart.png"
    out.write_bytes(b"precious")
    with pytest.raises(OutputExistsError):
        write_chart(movie, out)
    assert out.read_bytes() == b"precious"
    write_chart(movie, out, overwrite=True)
    assert out.read_bytes().startswith(b"\x89PNG")


def test_charts_are_png_or_svg_in_a_folder_that_exists(movie: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"\.png or \.svg"):
        write_chart(movie, tmp_path / "chart.gif")
    with pytest.raises(OutputNotFoundError):
        write_chart(movie, tmp_path / "no" / "chart.png")


@pytest.fixture
def without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = builtins.__import__

    def refuse(name: str, *more: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
        return real(name, *more, **named)

    monkeypatch.delitem(sys.modules, "reelwright.easy.chart_drawing", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    return


@pytest.mark.usefixtures("without_matplotlib")
def test_without_matplotlib_it_says_what_to_install(movie: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=re.escape('pip install "reelwright[chart]"')):
        write_chart(movie, tmp_path / "chart.png")
    assert list(tmp_path.iterdir()) == []


def test_matplotlib_is_loaded_only_to_draw() -> None:
    code = "import sys, reelwright.cli, reelwright.easy.charts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_nothing_is_said_about_fonts_and_caches(movie: Path, tmp_path: Path) -> None:
    """A first run where matplotlib may not keep a cache: it would like to tell, but stderr is not the place."""
    nowhere = tmp_path / "file"
    nowhere.touch()
    code = "import sys; from reelwright.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-W", "default", "-c", code, "chart", str(movie), str(tmp_path / "chart.png"), "-q"]
    environment = {"MPLCONFIGDIR": str(nowhere / "within"), "PATH": "/usr/bin:/bin", "HOME": str(nowhere)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Image.open(io.BytesIO((tmp_path / "chart.png").read_bytes())).format == "PNG"
