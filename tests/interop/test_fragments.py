"""Films in fragments and segments, as readers with parsers of their own see them: growing, torn, sealed, streamed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.kinds import FileType, FileTypeProfile, MediaType
from reelwright.model.time import Time
from tests.interop import tools
from tests.interop.chromium import play_in_chromium
from tests.isobmff.fakes import RATE, pictures, sound
from tests.isobmff.fragmented import FPS, SECONDS, START, Fragmented, Segmented, material, plain
from tests.isobmff.test_fragment_writer import SOUND, Small

MOVIES = [(FileType.MOV, "mov"), (FileType.MP4, "mp4")]
HLS, CMAF = FileTypeProfile.MPEG4_APPLE_HLS, FileTypeProfile.MPEG4_CMAF_COMPLIANT
NANO = 10**9


def saved(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def packets(report: tools.Report, kind: str) -> list[tuple[Any, ...]]:
    """Size, times and flags, in the order they come."""
    keys = ("size", "pts_time", "dts_time", "flags")
    return [tuple(item.get(key) for key in keys) for item in report["packets"] if item["codec_type"] == kind]


def times(report: tools.Report, stream: int) -> tuple[float, float]:
    found = report["streams"][stream]
    return float(found["start_time"]), float(found["duration"])


@pytest.mark.parametrize(("file_type", "suffix"), MOVIES)
def test_an_unfinished_film_plays_everywhere(tmp_path: Path, file_type: FileType, suffix: str) -> None:
    """After three fragments of a second; then with the media of the fourth there, and its header not."""
    made = Fragmented(file_type)
    whole = tools.ffprobe(saved(tmp_path, f"plain.{suffix}", plain(file_type)))
    states = {"unfinished": made.states[5][1], "torn": made.states[6][1], "before the seal": made.states[8][1]}
    for name, data in states.items():
        seconds = SECONDS if name == "before the seal" else 3
        path = saved(tmp_path, f"{name}.{suffix}", data)
        seen = tools.ffprobe(path)
        for kind, count in (("video", FPS * seconds), ("audio", SOUND[seconds])):
            ours, theirs = packets(seen, kind), packets(whole, kind)
            assert ours == theirs[:count] or [row[:3] for row in ours] == [row[:3] for row in theirs[:count]]
        assert times(seen, 0) == (0, seconds)
        shown = tools.gst_buffers(path)
        assert [buffer["size"] for buffer in shown] == [row.size for row in material().pictures[: FPS * seconds]]
        if name != "torn":
            assert tools.ffmpeg_decode_errors(path, build="wheel") == ""
            assert tools.mp4box(path)["errors"] == []
        if name == "unfinished":
            assert tools.mkvmerge(path)["errors"] == []
            assert round(tools.mediabunny(path)["duration"], 1) == seconds


def test_an_unfinished_film_plays_in_chromium(tmp_path: Path) -> None:
    played = play_in_chromium(saved(tmp_path, "unfinished.mov", Fragmented(FileType.MOV).states[5][1]), rate=4.0)
    assert played["errors"] == []
    assert (played["frames"], played["duration"]) == (3 * FPS, 3)


@pytest.mark.parametrize(("file_type", "suffix"), MOVIES)
def test_sealed_and_kept_films_are_the_plain_one(tmp_path: Path, file_type: FileType, suffix: str) -> None:
    whole = tools.ffprobe(saved(tmp_path, f"plain.{suffix}", plain(file_type)))
    sealed = saved(tmp_path, f"sealed.{suffix}", Fragmented(file_type).data)
    seen = tools.ffprobe(sealed)
    for kind in ("video", "audio"):
        assert packets(seen, kind) == packets(whole, kind)
    assert [times(seen, stream) for stream in (0, 1)] == [(0, SECONDS)] * 2
    if file_type is FileType.MOV:
        assert tools.complaints(sealed) == {}
    kept = saved(tmp_path, f"kept.{suffix}", Fragmented(file_type, is_sealed=False).data)
    for kind in ("video", "audio"):
        assert [row[:3] for row in packets(tools.ffprobe(kept), kind)] == [row[:3] for row in packets(whole, kind)]
    if file_type is FileType.MP4:
        assert tools.complaints(kept) == {}
    assert tools.gst_discover(kept)["duration"] == SECONDS * NANO


def test_a_film_that_was_cut_opens(tmp_path: Path) -> None:
    """FFmpeg refuses some that end within the header of a fragment, which is written last and at once."""
    made = Fragmented(FileType.MOV, finish=False)
    ends = [len(data) for step, data in made.states if step == "fragment"]
    for cut in (ends[0] + 3, ends[1] - 700, ends[2] + 5000):
        whole = sum(end <= cut for end in ends)
        path = saved(tmp_path, "cut.mov", made.data[:cut])
        shown = tools.ffprobe(path)
        sizes = [int(row[0]) for row in packets(shown, "video")]
        assert sizes[: FPS * whole] == [packet.size for packet in material().pictures[: FPS * whole]]
        assert len(tools.gst_buffers(path)) >= FPS * whole


def test_holes_and_late_tracks(tmp_path: Path) -> None:
    """A hole within a fragment, a hole between fragments, and sound that begins in the third second."""
    film = Small(FileType.MOV, session_start=lambda: Time(START))
    for start in (0, 12 + 6):
        film.add(film.video, pictures([1] * 12, START * 24 + start, fill=start + 65))
    film.writer.end_fragment()
    film.add(film.video, pictures([1] * 24, START * 24 + 48))
    film.add(film.audio, sound(RATE, (START + 2) * RATE))
    film.writer.end_fragment()
    path = saved(tmp_path, "holes.mov", film.data)
    seen = tools.ffprobe(path)
    shown = [float(row[1]) for row in packets(seen, "video")]
    expected = [*range(12), *range(18, 30), *range(48, 72)]
    assert shown == pytest.approx([number / 24 for number in expected], abs=1e-5)
    assert float(packets(seen, "audio")[0][1]) == 2
    assert [round(buffer["pts"] * 24 / NANO) for buffer in tools.gst_buffers(path)] == expected
    film.finish(Time(START))
    path = saved(tmp_path, "holes.mov", film.data)
    assert tools.mp4box(path)["errors"] == []
    assert [segment["media_start"] for segment in tools.gst_segments(path)[0]] == [0, None, 12, None, 24]


@pytest.mark.parametrize(
    ("profile", "media"),
    [(HLS, (MediaType.VIDEO, MediaType.AUDIO)), (CMAF, (MediaType.VIDEO,)), (CMAF, (MediaType.AUDIO,))],
)
def test_segments_are_understood(tmp_path: Path, profile: FileTypeProfile, media: Sequence[MediaType]) -> None:
    made = Segmented(profile, media, has_type_box=True, has_index=True)
    path = saved(tmp_path, "stream.mp4", made.data)
    boxes = tools.mp4box(path)
    assert boxes["errors"] == []
    assert [box["type"] for box in boxes["boxes"]] == ["ftyp", "moov", *["styp", "sidx", "moof", "mdat"] * SECONDS]
    seen = tools.ffprobe(path)
    assert seen["errors"] == []
    assert tools.ffmpeg_decode_errors(path) == ""
    whole = tools.ffprobe(saved(tmp_path, "plain.mp4", plain()))
    for kind in media:
        name = "video" if kind is MediaType.VIDEO else "audio"
        ours, theirs = packets(seen, name), packets(whole, name)
        assert [row[0] for row in ours] == [row[0] for row in theirs]
        # FFmpeg shows pictures with signed offsets late, by the least of them.
        late = START + (1 / FPS if profile is CMAF and kind is MediaType.VIDEO else 0)
        assert [float(row[1]) - late for row in ours] == pytest.approx([float(row[1]) for row in theirs], abs=1e-5)
    if MediaType.VIDEO in media:
        assert len(tools.gst_buffers(path)) == FPS * SECONDS
    assert tools.mediabunny(path)["errors"] == []
