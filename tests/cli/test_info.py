"""``reelwright info`` as a shell sees it: text, boxes, samples, JSON, and errors in sentences."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path

import pytest
from rich.console import Console
from tests.easy.made import FAST, film, tone
from tests.reading.fakes import FakeMedia, index_of, media_facts, sound_track, track_facts, video_track

from reelwright.cli import info_text, main
from reelwright.easy.films import write_video
from reelwright.model.facts import DataReference, EditEntry
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time
from reelwright.reading.asset import Asset

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("info") / "film.mov"
    write_video(film(12), path, fps=24, audio=(tone(0.5), 48000), encoder_options=FAST)
    return path


def shown(*tracks: object, width: int | None = None, **facts: object) -> str:
    """The text for a file of these facts, as on a terminal of a width, else as in a pipe."""
    media = FakeMedia(media_facts(*tracks, **facts), {1: index_of([20] * 3), 2: index_of([1024] * 2, 48000)})  # type: ignore[arg-type]
    file = io.StringIO()
    out = Console(file=file, width=width or 80, force_terminal=width is not None, no_color=True, soft_wrap=True)
    info_text.show(out, Asset.for_media(media))
    return file.getvalue()


def test_a_film_in_words(movie: Path) -> None:
    code, text, _ = run("info", movie)
    assert code == 0
    first, *rest = text.splitlines()
    assert first.startswith("film.mov  QuickTime movie, 0.5")
    assert f"{movie.stat().st_size:,} bytes" in first
    assert any(line.split() == ["header", *line.split()[1:]] and "first (" in line for line in rest)
    assert "32×32, 4:2:0 8 bit" in text
    assert "BT.709, video range" in text
    assert "24 fps" in text
    assert "12 samples" in text
    assert "AAC LC (mp4a.40.2)" in text
    assert "48,000 Hz, stereo" in text
    assert "\x1b" not in text


def test_what_players_are_told_of_a_track() -> None:
    track = sound_track(
        enabled=False,
        alternate_group=2,
        language_code="por",
        extended_language_tag="pt-BR",
        name="Comentário",
        volume=Fraction(1, 2),
        references={"fall": (3,)},
        characteristics=("public.auxiliary-content",),
        edits=(EditEntry(600, 2112),),
        data_references=(DataReference("url ", "sound.wav", is_self_contained=False),),
        is_protected=True,
        problems=("a table is odd.",),
        metadata=(MetadataItem(key_space="udta", key="name", value="x"),),
    )
    text = shown(track)
    for line in (
        "2  audio  AAC",
        "name        Comentário",
        "priming     2,112 frames (edit list)",
        "language    por, pt-BR",
        "presented   not enabled, alternate group 2, volume 0.5",
        "relations   falls back to track 3",
        "tagged      auxiliary-content",
        "protected   encrypted",
        "samples in  sound.wav",
        "metadata    udta/name: x",
        "problem     a table is odd.",
    ):
        assert line in text, text
    assert "protected   some tracks are encrypted" in text


def test_codec_priming_several_formats_and_kinds_without_names() -> None:
    opus = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="Opus", sample_rate=48000, channels=6, priming=312
    )
    text = shown(sound_track(formats=(opus, opus.with_(channels=1))), track_facts(7, MediaType.OTHER, handler="gpmd"))
    assert "format      2 of 2" in text
    assert "priming     312 frames (codec)" in text
    assert "6 channels" in text
    assert "1 channel" in text
    assert "7  'gpmd'  without a format" in text


def test_file_lines() -> None:
    text = shown(
        major_brand="mp42",
        compatible_brands=("mp42", "isom"),
        created=1_700_000_000,
        has_precise_timing=False,
        problems=("something is odd.",),
        duration=Time(3600, 1),
        size=9_000_000,
    )
    assert text.splitlines()[0] == "media  MPEG-4 file, 1:00:00.000, 9,000,000 bytes, 20 kbit/s"
    assert "brands      mp42, isom" in text
    assert "made        2023-11-14T22:13:20+00:00" in text
    assert "times       estimated" in text
    assert "problem     something is odd." in text


def test_metadata_has_common_names_first() -> None:
    items = (
        MetadataItem(key_space="mdta", key="com.apple.quicktime.location.accuracy.horizontal", value="35"),
        MetadataItem(key_space="mdta", key="com.apple.quicktime.creationdate", value="2024"),
        MetadataItem(key_space="itsk", key="©nam", value="A [bold] day", extended_language_tag="en"),
    )
    lines = shown(metadata=items).splitlines()
    block = lines[lines.index("  metadata  3 items") + 1 :]
    assert [line.split()[0] for line in block] == ["creation", "title", "location.accuracy.horizontal"]
    assert block[1].endswith("A [bold] day [en]")


def test_long_lists_are_cut() -> None:
    items = tuple(MetadataItem(key_space="udta", key=f"k{number:03}", value=number) for number in range(130))
    assert "and 30 more" in shown(metadata=items)


def test_a_terminal_gets_lines_that_fit_and_a_pipe_whole_ones() -> None:
    trouble = "a very long sentence about a table that says one thing and another that says the contrary. " * 3
    narrow = shown(video_track(problems=(trouble,)), width=100)
    assert all(len(line) <= 110 for line in narrow.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines())
    piped = shown(video_track(problems=(trouble,)))
    assert trouble.strip() in piped


def test_what_files_say_cannot_move_the_cursor() -> None:
    text = shown(video_track(name="\x1b[2Jgone\nnew", problems=("a\x07b \udcff",)), major_brand="\x1b\x9b\0x")
    assert "name        ·[2Jgone·new" in text
    assert "problem     a·b ·" in text
    assert not {letter for letter in text if not letter.isprintable()} - {"\n"}


def test_boxes_with_places_and_sizes(movie: Path) -> None:
    code, text, _ = run("info", movie, "--boxes")
    assert code == 0
    tree = text[text.index("        offset") :]
    assert tree.splitlines()[1].split()[:3] == ["0", tree.splitlines()[1].split()[1], "ftyp"]
    data = movie.read_bytes()
    for line in tree.splitlines()[1:]:
        offset, size, kind = line.split()[:3]
        place = int(offset.replace(",", ""))
        if "·" not in kind:  # which stands for what cannot be printed
            assert data[place + 4 : place + 8] == kind.encode("mac_roman")
        assert place + int(size.replace(",", "")) <= len(data)


def test_boxes_of_a_file_too_broken_to_open(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x0cmdat1234")
    code, text, error = run("info", broken, "--boxes")
    assert code == 1
    assert "no movie header" in error
    assert "ftyp" in text
    assert "mdat" in text


def test_boxes_are_a_matter_of_movies(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no media at all, but long enough to look at")
    code, _, error = run("info", other, "--boxes")
    assert code == 1
    assert "is no movie file" in error


def test_samples_as_a_table(movie: Path) -> None:
    code, text, _ = run("info", movie, "--track", "1", "--limit", "3")
    assert code == 0
    lines = text[text.index("track 1, times") :].splitlines()
    assert len(lines) == 2 + 3
    assert lines[2].split()[0] == "1"
    assert " key " in lines[2]
    assert "track 2, times" not in text
    _, everything, _ = run("info", movie, "--samples")
    assert "track 2, times" in everything


def test_json_with_boxes_and_samples(movie: Path) -> None:
    code, text, _ = run("info", movie, "--json", "--boxes", "--samples", "--limit", "5")
    assert code == 0
    found = json.loads(text)
    assert next(box["kind"] for box in found["boxes"] if box["depth"] == 0) == "ftyp"
    assert [row["number"] for row in found["samples"]] == [1, 2, 3, 4, 5] * 2
    assert {row["track"] for row in found["samples"]} == {1, 2}
    assert Fraction(found["samples"][1]["decode"]["exact"]) == Fraction(1, 24)
    assert json.loads(run("info", movie, "--json")[1]).keys() == found.keys() - {"boxes", "samples"}


def test_a_track_that_is_not_there(movie: Path) -> None:
    for more in ((), ("--json",)):
        code, text, error = run("info", movie, "--track", "9", *more)
        assert (code, text) == (1, "")
        assert "has no track 9" in error
        assert "Its tracks are 1, 2." in error


def test_json_of_what_has_no_boxes_is_not_begun(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(bytes(9600))
    code, text, error = run("info", tmp_path / "tone.wav", "--json", "--boxes")
    assert (code, text) == (1, "")
    assert "has no boxes" in error


def test_folders_empty_files_and_files_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    for name, said in (("empty.mp4", "is empty"), (".", "is a folder"), ("none.mp4", "there is no file")):
        code, _, error = run("info", tmp_path / name)
        assert code == 1
        assert said in error


def test_whoever_stops_reading_is_no_error(movie: Path) -> None:
    command = f"'{sys.executable}' -m reelwright.cli info '{movie}' --samples | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("film.mov")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "media3/dolbyVision-hdr.MOV",
            ["BT.2020 HLG, video range", "Dolby Vision profile 8.4", "turned 90° clockwise"],
        ),
        ("mp4ff/stereo_spatial.mp4", ["both eyes, left one leads"]),
        ("media3/sample_with_colr_mdcv_and_clli.mp4", ["AV1 Main, level 4.1", "BT.2020 PQ", "brightest pixel 1100"]),
        ("media3/bear-id3.mp3", ["artwork", "JPEG 1400×1400", "chapters  2", "estimated"]),
        ("torchcodec/nasa_13013.mp4", ["29.97 fps (30000/1001), frames reordered", "header      last"]),
        ("media3/sample_with_chapters.mkv", ["Matroska", "Chapter 2", "High 4:4:4 Predictive"]),
    ],
)
def test_files_of_others(name: str, words: list[str]) -> None:
    if not (MEDIA / name).is_file():
        pytest.skip("the collection of real files is not here")
    code, text, _ = run("info", MEDIA / name)
    assert code == 0
    for word in words:
        assert word in text
