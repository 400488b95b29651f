"""Every frame is counted: what was appended is what was encoded, written and, by FFmpeg's own program, decoded again.

Pictures carry their numbers, so that a picture lost is told from one repeated. What was thrown away is listed, and a
film that lost something on the way is no film.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reelwright as rw
from reelwright.codecs.audio_encoder import AudioEncoder
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.writing.interleaver import Interleaver
from tests.acceptance.films import HEIGHT, WIDTH, number_of, numbered
from tests.interop import decoded, tools

FAST = {"preset": "ultrafast"}
COUNT = 75
RATE = 48_000


def pictures(count: int = COUNT) -> Iterator[Any]:
    return (numbered(number) for number in range(count))


def numbers(path: Path) -> list[int]:
    """The pictures' numbers as FFmpeg's program decodes them."""
    video = decoded.ffmpeg_raw_video(path)
    deeper = next((bits - 8 for bits in (10, 12) if str(bits) in video.pix_fmt), 0)
    return [number_of(frame[0] >> deeper) for frame in video.frames]


def counts(track: rw.TrackReport | None) -> tuple[int, int, int, int]:
    assert track is not None
    return track.appended, track.encoded, track.written, len(track.dropped)


@pytest.mark.parametrize("codec", [rw.VideoCodec.H264, rw.VideoCodec.HEVC])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
def test_as_many_as_were_appended(tmp_path: Path, codec: rw.VideoCodec, suffix: str, preset: str) -> None:
    """Whatever look-ahead and reordering hold back comes out in the end."""
    path = tmp_path / f"film{suffix}"
    report = rw.write_video(pictures(), path, fps=29.97, codec=codec, encoder_options={"preset": preset})
    assert counts(report.track(rw.MediaType.VIDEO)) == (COUNT, COUNT, COUNT, 0)
    probed = tools.ffprobe(path)
    assert len(probed["packets"]) == COUNT
    assert probed["streams"][0]["nb_frames"] == str(COUNT)
    assert probed["errors"] == []
    assert numbers(path) == list(range(COUNT))
    assert f"{COUNT} appended, {COUNT} encoded, {COUNT} written" in str(report)


WEB = {
    rw.VideoCodec.AV1: {"preset": "12"},
    rw.VideoCodec.VP9: {"deadline": "realtime", "cpu-used": "8"},
}
OTHERS = [*WEB, rw.VideoCodec.JPEG, *(codec for codec in rw.VideoCodec if codec.is_prores)]


@pytest.mark.parametrize("codec", OTHERS, ids="{0.name}".format)
def test_as_many_as_were_appended_in_every_encoding(tmp_path: Path, codec: rw.VideoCodec) -> None:
    """At times of every kind, each exact; hidden pictures of AV1 and VP9 are no samples of their own."""
    path = tmp_path / ("film.mp4" if codec in WEB else "film.mov")
    steps = np.random.default_rng(5).integers(800, 4000, COUNT)
    times = [rw.Time(int(tick), 48_000) for tick in (0, *np.cumsum(steps))]
    report = rw.write_video(pictures(), path, times=times, codec=codec, encoder_options=WEB.get(codec, {}))
    assert counts(report.track(rw.MediaType.VIDEO)) == (COUNT, COUNT, COUNT, 0)
    probed = tools.ffprobe(path)
    assert probed["errors"] == []
    assert probed["streams"][0]["time_base"] == "1/48000"
    assert [packet["pts"] for packet in probed["packets"]] == [time.value for time in times[:-1]]
    assert probed["streams"][0]["duration_ts"] == times[-1].value
    assert numbers(path) == list(range(COUNT))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_short_films_count_too(tmp_path: Path, count: int) -> None:
    path = tmp_path / "film.mp4"
    report = rw.write_video(pictures(count), path, fps=25)
    assert counts(report.track(rw.MediaType.VIDEO)) == (count, count, count, 0)
    assert numbers(path) == list(range(count))


def test_pictures_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    steps = np.random.default_rng(3).integers(1, 4000, COUNT)
    times = [rw.Time(int(tick), 48_000) for tick in (0, *np.cumsum(steps))]
    report = rw.write_video(pictures(), path, times=times, encoder_options=FAST)
    assert counts(report.track(rw.MediaType.VIDEO)) == (COUNT, COUNT, COUNT, 0)
    assert report.duration == times[-1].fraction
    assert len(tools.ffprobe(path)["packets"]) == COUNT
    assert [number_of(frame[0]) for frame in decoded.ffmpeg_raw_video(path).frames] == list(range(COUNT))


def test_every_frame_of_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.mov"
    ramp = np.arange(RATE + 12_345, dtype=np.int32).astype(np.int16)[:, None]
    settings = rw.AudioSettings(rw.AudioFormat.LINEAR_PCM)
    report = rw.write_audio((ramp[at : at + 777] for at in range(0, len(ramp), 777)), path, RATE, settings=settings)
    track = report.track(rw.MediaType.AUDIO)
    assert counts(track) == (len(ramp), len(ramp), len(ramp), 0)
    assert report.duration == Fraction(len(ramp), RATE)
    heard = decoded.ffmpeg_pcm(path, "s16le").samples
    assert np.array_equal(heard, ramp)


def test_pictures_dropped_are_listed_and_nothing_else_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = VideoEncoder.encode

    def slow(self: VideoEncoder, *given: Any, **more: Any) -> Any:
        time.sleep(0.005)
        return encode(self, *given, **more)

    monkeypatch.setattr(VideoEncoder, "encode", slow)
    path = tmp_path / "film.mp4"
    settings = rw.VideoSettings(rw.VideoCodec.H264, WIDTH, HEIGHT, encoder_options=FAST)
    with rw.AssetWriter(path) as writer:
        video = rw.AssetWriterInput(rw.MediaType.VIDEO, settings, on_full="drop-oldest")
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for number in range(COUNT):
            video.append(numbered(number), rw.Time(number, 25))
    assert writer.report is not None
    track = writer.report.tracks[0]
    assert track.dropped, "nothing was dropped: nothing is proved"
    left_out = {int(at.fraction * 25) for at in track.dropped}
    assert len(left_out) == len(track.dropped)
    assert numbers(path) == [number for number in range(COUNT) if number not in left_out]
    assert track.encoded == track.written == COUNT - len(left_out)
    assert f"{len(left_out)} dropped" in str(writer.report)


def lost(monkeypatch: pytest.MonkeyPatch, encoder: type, nth: int) -> None:
    """The nth packet disappears between encoder and file."""
    seen = []

    def losing(call: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def lose(self: Any, *given: Any, **more: Any) -> list[Any]:
            kept = []
            for packet in call(self, *given, **more):
                seen.append(packet)
                if len(seen) != nth:
                    kept.append(packet)
            return kept

        return lose

    for name in ("encode", "flush"):
        monkeypatch.setattr(encoder, name, losing(getattr(encoder, name)))


@pytest.mark.parametrize("nth", [1, 20, COUNT])
def test_a_packet_lost_by_the_encoder_is_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    lost(monkeypatch, VideoEncoder, nth)
    with pytest.raises(rw.EncodeError, match="kept 1 pictures to itself"):
        rw.write_video(pictures(), tmp_path / "film.mp4", fps=25, encoder_options=FAST)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("nth", [1, 5, 48])
def test_sound_lost_by_the_encoder_is_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    lost(monkeypatch, AudioEncoder, nth)
    with pytest.raises(rw.EncodeError, match=r"frames of sound, \d+ reached the track"):
        rw.write_audio(np.zeros((RATE, 1), np.float32), tmp_path / "sound.m4a", RATE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("nth", [2, COUNT])
def test_a_packet_lost_on_its_way_to_the_file_is_no_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """The counts of encoder and file disagree, the report says which, and nothing is put in place."""
    push, seen = Interleaver.push, []

    def losing(self: Interleaver, feed: Any, samples: Any) -> None:
        kept = []
        for sample in samples:
            seen.append(sample)
            if len(seen) != nth:
                kept.append(sample)
        push(self, feed, kept)

    monkeypatch.setattr(Interleaver, "push", losing)
    with pytest.raises(rw.WritingIncompleteError, match="does not hold what was appended: track 1") as caught:
        rw.write_video(pictures(), tmp_path / "film.mp4", fps=25, encoder_options=FAST)
    report: Any = caught.value.report
    assert counts(report.tracks[0])[:3] == (COUNT, COUNT, COUNT - 1)
    assert list(tmp_path.iterdir()) == []
