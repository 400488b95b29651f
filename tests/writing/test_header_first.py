"""Films that are optimised for the network, by every method: the same pictures and sound, sample by sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.isobmff.reading import atoms
from tests.storage.doubles import WriteOnly
from tests.storage.file_systems import inserts_ranges
from tests.writing.scene import (
    audio_input,
    filming,
    heard,
    picture,
    samples,
    shown,
    sound_buffer,
    stored_input,
    video_input,
)

from reelwright import Asset, AssetWriter, AssetWriterInput, FileType, Time, WritingReport
from reelwright.containers import registry
from reelwright.model.errors import InvalidStateError, TimestampError
from reelwright.model.kinds import AudioFormat, MediaType, VideoCodec
from reelwright.model.settings import VideoCompressionSettings, VideoSettings
from reelwright.storage import commit, destination, insert_range, platform
from reelwright.writing.expected import expected_tracks

COUNT = 12
METHODS = ["in memory", "reserved", "inserted", "moved in place", "rewritten"]


def write(target: Any, *, first: bool = True, hint: Any = Time.INVALID) -> WritingReport:
    video, audio = video_input(), audio_input()
    writer = AssetWriter(target, FileType.MP4)
    writer.should_optimize_for_network_use = first
    writer.overall_duration_hint = hint
    for input in (video, audio):
        writer.add(input)
    with writer:
        writer.start_writing()
        writer.start_session(0)
        for number in range(COUNT):
            video.append(picture(number), Time(number, 25))
            audio.append(sound_buffer(1920, Time(number, 25), 1920 * number))
        return writer.finish_writing()


def write_by(method: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[WritingReport, Path]:
    """A film whose header went first by that method; skips where the file system does not know it."""
    if method == "inserted" and not inserts_ranges(path.parent):
        pytest.skip("the file system inserts no ranges, or plain storage is forced")
    monkeypatch.setattr(insert_range, "refusing", set())
    monkeypatch.setattr(commit, "insertion_is_faster", lambda *_: method == "inserted")
    if method != "in memory":
        monkeypatch.setattr(destination, "MEMORY", 1 << 10)
        monkeypatch.setattr(destination, "BLOCK", 1 << 10)
    target = WriteOnly() if method == "rewritten" else path
    report = write(target, hint=1 if method == "reserved" else Time.INVALID)
    if isinstance(target, WriteOnly):
        path.write_bytes(target.getvalue())
    return report, path


@pytest.mark.parametrize("method", METHODS)
def test_the_same_film_by_every_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    last = tmp_path / "last.mp4"
    assert write(last, first=False).header_method == "last"
    report, path = write_by(method, tmp_path / "first.mp4", monkeypatch)
    assert report.header_method == f"first, {method}"
    assert report.bytes == path.stat().st_size
    assert [atom.kind for atom in atoms(path.read_bytes())] == ["ftyp", "moov", "free", "mdat"]
    assert shown(path) == shown(last)
    assert (heard(path)[0] == heard(last)[0]).all()
    for track in range(2):
        assert samples(path, track) == samples(last, track)
    with Asset(path) as asset:
        assert [track.media_type for track in asset.tracks] == [MediaType.VIDEO, MediaType.AUDIO]


def test_a_film_longer_than_its_hint_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film has more tables than room was left for; what was left is used up first."""
    monkeypatch.setattr(registry, "room_for", lambda expected: 200 if expected else 0)
    monkeypatch.setattr(destination, "MEMORY", 1 << 10)
    monkeypatch.setattr(commit, "insertion_is_faster", lambda *_: False)
    path = tmp_path / "film.mp4"
    assert write(path, hint=0).header_method == "first, moved in place"
    assert [each.number for each in shown(path)] == list(range(COUNT))
    assert [atom.kind for atom in atoms(path.read_bytes())] == ["ftyp", "moov", "free", "mdat"]


def test_nothing_is_reserved_for_a_header_at_the_end(tmp_path: Path) -> None:
    plain, hinted = tmp_path / "plain.mp4", tmp_path / "hinted.mp4"
    write(plain, first=False)
    write(hinted, first=False, hint=3600)
    assert plain.stat().st_size == hinted.stat().st_size


@pytest.mark.parametrize("durable", [False, True])
def test_a_durable_film_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool) -> None:
    synced: list[int] = []
    monkeypatch.setattr(platform, "sync_file", synced.append)
    video = video_input()
    with filming(tmp_path / "film.mov", video, durable=durable):
        video.append(picture(0), Time(0))
    assert len(synced) == durable


def test_the_hint() -> None:
    writer = AssetWriter("film.mp4")
    assert not writer.overall_duration_hint.is_valid
    writer.overall_duration_hint = 1.5
    assert writer.overall_duration_hint == Time(3, 2)
    writer.overall_duration_hint = Time.INVALID
    assert not writer.overall_duration_hint.is_valid
    for wrong in (-1, Time.POSITIVE_INFINITY):
        with pytest.raises(TimestampError, match="cannot last"):
            writer.overall_duration_hint = wrong


def test_the_hint_is_given_before_the_start(tmp_path: Path) -> None:
    video = video_input()
    with filming(tmp_path / "film.mp4", video) as writer:
        with pytest.raises(InvalidStateError):
            writer.overall_duration_hint = 1
        video.append(picture(0), 0)


# What is expected ----------------------------------------------------------------------------------------------------


def test_pictures_are_expected_at_their_rate() -> None:
    known = video_input(settings={"compression": VideoCompressionSettings(expected_source_frame_rate=25)})
    still = video_input(
        settings={"compression": VideoCompressionSettings(expected_source_frame_rate=1, allow_frame_reordering=False)}
    )
    expected = expected_tracks([known, video_input(), still, stored_input()], Fraction(10))
    assert [track.samples for track in expected] == [251, 601, 11, 601]
    assert [track.is_reordered for track in expected] == [True, True, False, True]
    assert all(track.chunks <= track.samples for track in expected)


def test_pictures_that_stand_alone_may_each_be_a_chunk() -> None:
    settings = [VideoSettings(codec=codec, width=16, height=16) for codec in (VideoCodec.PRORES_422, VideoCodec.H264)]
    inputs = [AssetWriterInput(MediaType.VIDEO, each) for each in settings]
    alone, others = expected_tracks(inputs, Fraction(10))
    assert (alone.chunks, alone.is_reordered, alone.has_sync_samples) == (601, False, False)
    assert (others.chunks, others.is_reordered, others.has_sync_samples) == (41, True, True)


def test_sound_is_expected_in_packets() -> None:
    packed, plain = expected_tracks([audio_input(), audio_input(AudioFormat.LINEAR_PCM)], Fraction(10))
    assert 10 * 48000 / 1024 < packed.samples < 600
    assert plain.samples == 0, "the tables of linear PCM do not grow by the frame"
    assert packed.is_steady
    assert plain.chunks >= 10


def test_other_tracks_are_expected_to_be_sparse() -> None:
    (text,) = expected_tracks([stored_input(MediaType.METADATA)], Fraction(10))
    assert 10 < text.samples < 1000
