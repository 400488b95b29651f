"""Samples against the tables that other readers' authors laid beside the files: torchcodec's frames, mp4ff's dumps."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from tests.interop.reading.collection import MEDIA, needs_collection, stored_samples
from tests.interop.reading.media3 import nal_units

pytestmark = needs_collection
MP4FF = MEDIA / "mp4ff"
_NALS = re.compile(r"[A-Za-z_]+_(\d+)")


def exact(pair: tuple[int, int]) -> Fraction:
    return Fraction(*pair)


@pytest.mark.parametrize(("stream", "track_id"), [(0, 1), (3, 4)])
def test_frames_are_where_torchcodec_has_them(stream: int, track_id: int) -> None:
    """torchcodec's table, which ffprobe made: all frames in display order, edits applied, in microseconds."""
    path = MEDIA / "torchcodec" / "nasa_13013.mp4"
    table = json.loads(Path(f"{path}.stream{stream}.all_frames_info.json").read_text(encoding="utf-8"))
    with Asset(path) as asset:
        track = asset.track_with_id(track_id)
        assert track is not None
        samples = sorted(stored_samples(track), key=lambda sample: exact(sample.time))
        ours = [(f"{float(exact(s.time)):.6f}", f"{float(exact(s.duration)):.6f}") for s in samples]
    assert ours == [(frame["pts_time"], frame["duration_time"]) for frame in table]


def nal_types(data: bytes | memoryview, *, hevc: bool) -> list[int]:
    first_bytes = (unit[0] for unit in nal_units(data, 4))
    return [byte >> 1 & 63 if hevc else byte & 31 for byte in first_bytes]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_samples_and_nal_units_are_mp4ffs(codec: str) -> None:
    """Each line: presentation time in ticks of the media, bytes, and the NAL units within."""
    lines = (MP4FF / f"golden_{codec}_mp4.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    pattern = re.compile(r"Sample (\d+), pts=(\d+) \((\d+)B\): (.*)")
    with Asset(MP4FF / f"{codec}.mp4") as asset:
        track = asset.tracks[0]
        shown = track.sample_index.presentation.tolist()
        samples = list(stored_samples(track))
        for line in lines:
            found = pattern.fullmatch(line)
            assert found is not None, line
            row = int(found[1]) - 1
            assert (shown[row], len(samples[row].data)) == (int(found[2]), int(found[3]))
            names = re.sub(r"\[.\]", "", re.sub(r"\(\d+B\)", "", found[4]))
            assert nal_types(samples[row].data, hevc=codec == "hevc") == [int(n) for n in _NALS.findall(names)]


def golden_lines(track_id: int) -> tuple[str, list[str]]:
    text = (MP4FF / "golden_samples.txt").read_text(encoding="utf-8")
    head, body = re.split(r"^Track (?=\d)", text, flags=re.M)[track_id].split("\n", 1)
    return head, [line for line in body.splitlines() if line.strip()]


def told(track: AssetTrack) -> str:
    kind = track.facts.handler
    return f"{track.track_id} {kind} has {len(track.sample_index)} samples and timescale {track.facts.time_scale}"


def test_a_fragmented_files_samples_are_mp4ffs() -> None:
    head, lines = golden_lines(1)
    with Asset(MP4FF / "main_1.mp4") as asset:
        track = asset.tracks[0]
        assert told(track) == head
        shown = track.sample_index.presentation.tolist()
        samples = list(stored_samples(track))
        assert len(samples) == len(lines)
        for number, (sample, line) in enumerate(zip(samples, lines, strict=True)):
            count, pts, size, units = re.fullmatch(r"(\d+) (\d+) \((\d+)B\) \[(.*)\]", line).groups()  # type: ignore[union-attr]
            assert (number + 1, shown[number], len(sample.data)) == (int(count), int(pts), int(size))
            assert nal_types(sample.data, hevc=False) == [int(n) for n in _NALS.findall(units)]


def test_closed_captions_of_a_fragmented_file_are_mp4ffs() -> None:
    head, lines = golden_lines(2)
    with Asset(MP4FF / "main_1.mp4") as asset:
        track = asset.tracks[1]
        assert told(track) == head
        index = track.sample_index
        ours = [
            f"{number + 1} {index.presentation[number]} {index.durations[number]} {bytes(sample.data).hex()}"
            for number, sample in enumerate(stored_samples(track))
        ]
    assert ours == lines


def test_closed_captions_make_mp4ffs_scenarist_file() -> None:
    """mp4ff counts frames within a second at 29.97 cut to 29: its numbers are at times one too low, not its words."""
    _, *golden = [line for line in (MP4FF / "golden_captions.scc").read_text(encoding="utf-8").splitlines() if line]
    ours = []
    with Asset(MP4FF / "main_1.mp4") as asset:
        for sample in stored_samples(asset.tracks[1]):
            seconds, rest = divmod(exact(sample.time), 1)
            digits = bytes(sample.data[8:]).hex()
            words = " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))
            ours.append(f"00:00:{seconds:02}:{int(rest * 29):02} {words}")
    assert ours == [re.sub(r"\s+", " ", line) for line in golden]
