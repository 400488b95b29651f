"""Subtitles in streams: every cue at its time, in each segment that it is shown in, named in playlists and manifest."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.easy import made
from tests.interop import tools
from tests.interop.streams import hls_parser

from reelwright.easy import stream_subtitles
from reelwright.easy.films import write_video
from reelwright.easy.streams import Cue, Rendition, SubtitleSource, write_hls
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError

FPS = 8
LADDER = [Rendition(encoder_options=made.FAST)]
TEXTS = [(0.25, 0.75, "one"), (0.5, 1.5, "two <b> & more"), (2.25, 2.5, "three\n\nlines"), (9, 10, "late")]
HEAD = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"
TWO = "\n00:00:00.500 --> 00:00:01.500\ntwo &lt;b&gt; &amp; more\n"


def frames(count: int = 20) -> list[np.ndarray]:
    return [made.gray(level, (64, 48)) for level in made.levels(count)]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("stream")
    (folder / "in.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\n<i>Bonjour</i>\n")
    subtitles = {"en": TEXTS, "fr": folder / "in.srt"}
    return folder, write_hls(frames(), folder, LADDER, fps=FPS, segment_duration=1, dash=True, subtitles=subtitles)


def test_cues_stand_in_every_segment_that_shows_them(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    segments = [path.read_text() for path in sorted((folder / "subtitles").glob("0*.vtt"))]
    assert segments == [
        HEAD + "\n00:00:00.250 --> 00:00:00.750\none\n" + TWO,
        HEAD + TWO,
        HEAD + "\n00:00:02.250 --> 00:00:02.500\nthree\nlines\n",
    ]
    assert [(each.language, each.cues, each.unseen, each.segments) for each in report.subtitles] == [
        ("en", 4, 1, 3),
        ("fr", 1, 0, 3),
    ]
    assert "1 after the end" in str(report)


def test_playlists_name_them_and_are_as_long_as_the_pictures(stream: tuple[Path, Any]) -> None:
    folder, report = stream
    found = hls_parser(*folder.rglob("*.m3u8"))
    assert {name: each["errors"] for name, each in found.items() if each["errors"]} == {}
    text = (folder / "subtitles/index.m3u8").read_text()
    pictures = (folder / report.renditions[0].playlist).read_text()
    assert "EXT-X-MAP" not in text
    times = [[line for line in each.splitlines() if line.startswith("#EXTINF")] for each in (text, pictures)]
    assert times[0] == times[1] == ["#EXTINF:1,", "#EXTINF:1,", "#EXTINF:0.5,"]
    lines = (folder / "index.m3u8").read_text().splitlines()
    assert [line for line in lines if "TYPE=SUBTITLES" in line] == [
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="en",NAME="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,'
        'URI="subtitles/index.m3u8"',
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="fr",NAME="fr",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,'
        'URI="subtitles-2/index.m3u8"',
    ]
    assert all('SUBTITLES="subtitles"' in line for line in lines if line.startswith("#EXT-X-STREAM-INF"))


def test_ffmpeg_reads_them(stream: tuple[Path, Any]) -> None:
    folder, _ = stream
    answer = tools.run(
        tools.find("ffmpeg", "ffmpeg"), *("-v", "error", "-i", folder / "subtitles-2/index.m3u8", "-f", "srt", "-")
    )
    assert answer.err == ""
    assert "00:00:01,000 --> 00:00:02,000\n<i>Bonjour</i>" in answer.out.decode().replace("\r", "")


def test_the_manifest_names_whole_files(stream: tuple[Path, Any]) -> None:
    folder, _ = stream
    space = {"d": "urn:mpeg:dash:schema:mpd:2011"}
    found = ElementTree.parse(folder / "index.mpd").findall(".//d:AdaptationSet[@contentType='text']", space)
    assert [(each.get("lang"), each.findtext(".//d:BaseURL", None, space)) for each in found] == [
        ("en", "subtitles/all.vtt"),
        ("fr", "subtitles-2/all.vtt"),
    ]
    assert (folder / "subtitles-2/all.vtt").read_text() == ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>Bonjour</i>\n")


def test_a_live_window_moves_with_the_pictures(tmp_path: Path) -> None:
    cue = Cue(Fraction(6), Fraction(8), "here")
    source = SubtitleSource(cues=(cue,), language="de", name="Schilder", is_default=True, is_forced=True)
    write_hls(frames(64), tmp_path, LADDER, fps=FPS, segment_duration=1, playlist="live", window=3, subtitles=[source])
    text, pictures = ((tmp_path / name / "index.m3u8").read_text() for name in ("subtitles", "48p"))
    assert [line for line in text.splitlines() if ".vtt" in line] == [f"{number:05d}.vtt" for number in (6, 7, 8)]
    for tag in ("#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PROGRAM-DATE-TIME", "#EXTINF"):
        alike = [[line for line in each.splitlines() if line.startswith(tag)] for each in (text, pictures)]
        assert alike[0] == alike[1] != []
    assert ["here" in (tmp_path / f"subtitles/{number:05d}.vtt").read_text() for number in (6, 7, 8)] == [
        False,
        True,
        True,
    ]
    assert 'NAME="Schilder",DEFAULT=YES,AUTOSELECT=YES,FORCED=YES' in (tmp_path / "index.m3u8").read_text()


def test_times_of_frames_count_from_the_first(tmp_path: Path) -> None:
    times = [Fraction(5) + Fraction(number, FPS) for number in range(8)]
    write_hls(frames(8), tmp_path, LADDER, times=times, subtitles=[(0, Fraction(1, 2), "first")])
    assert "00:00:00.000 --> 00:00:00.500\nfirst" in (tmp_path / "subtitles/00001.vtt").read_text()


def test_encrypted_streams_do_not_show_their_text(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    write_hls(frames(8), tmp_path, LADDER, fps=FPS, subtitles=[(0, 1, "secret")], encrypt=True)
    assert b"secret" not in (tmp_path / "subtitles/00001.vtt").read_bytes()
    assert "METHOD=AES-128" in (tmp_path / "subtitles/index.m3u8").read_text()


def film(folder: Path, *options: str) -> Path:
    """A film with subtitles in two languages, made by FFmpeg."""
    write_video(frames(), folder / "plain.mp4", fps=FPS, encoder_options=made.FAST)
    (folder / "en.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\n<i>Hello</i> & more\n")
    (folder / "de.srt").write_text("1\n00:00:02,000 --> 00:00:02,250\nHallo\n")
    inputs = [word for name in ("plain.mp4", "en.srt", "de.srt") for word in ("-i", folder / name)]
    maps = ["-map", "0", "-map", "1", "-map", "2", "-c:v", "copy", "-c:s", "mov_text"]
    tags = ["-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=deu"]
    out = folder / "film.mp4"
    answer = tools.run(tools.find("ffmpeg", "ffmpeg"), "-v", "error", *inputs, *maps, *tags, *options, out)
    assert answer.err == ""
    return out


def test_a_film_brings_its_own(tmp_path: Path) -> None:
    out = film(tmp_path)
    report = write_hls(out, tmp_path / "own", LADDER, segment_duration=1)
    assert [(each.language, each.cues) for each in report.subtitles] == [("en", 1), ("de", 1)]
    assert report.problems == ()
    cue = "\n00:00:00.500 --> 00:00:01.500\n<i>Hello</i> &amp; more\n"
    assert [(tmp_path / f"own/subtitles/{number:05d}.vtt").read_text() for number in (1, 2, 3)] == [
        HEAD + cue,
        HEAD + cue,
        HEAD,
    ]
    assert "Hallo" in (tmp_path / "own/subtitles-2/00003.vtt").read_text()


def test_given_ones_replace_those_of_a_film(tmp_path: Path) -> None:
    out = film(tmp_path)
    assert write_hls(out, tmp_path / "none", LADDER, subtitles=False).subtitles == ()
    report = write_hls(out, tmp_path / "other", LADDER, subtitles=[(0, 1, "other")])
    assert [(each.language, each.cues) for each in report.subtitles] == [(None, 1)]


def test_subtitles_that_cannot_be_read_are_a_problem_not_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise InvalidMediaError("they are damaged.")

    out = film(tmp_path)
    monkeypatch.setattr(stream_subtitles, "_track_cues", fail)
    report = write_hls(out, tmp_path / "out", LADDER)
    assert report.subtitles == ()
    assert len(report.problems) == 2
    assert "damaged" in report.problems[0]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (5, InvalidArgumentError),
        ([(1, 2)], InvalidArgumentError),
        ([(2, 1, "x")], InvalidArgumentError),
        ([(0, 1, " \n")], InvalidArgumentError),
        ({5: []}, InvalidArgumentError),
        ({'e"n': []}, InvalidArgumentError),
        ([SubtitleSource(cues=(), name="a"), SubtitleSource(cues=(), name="a")], InvalidArgumentError),
        ("missing.vtt", MediaNotFoundError),
        (__file__, InvalidMediaError),
    ],
)
def test_what_is_no_subtitle_is_refused(tmp_path: Path, given: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        write_hls(frames(2), tmp_path / "out", LADDER, fps=FPS, subtitles=given)
