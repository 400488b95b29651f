"""WebM and Matroska: every picture and every sample of sound comes back, tags and alpha too, and others play the films.

Read back by our own reader, by FFmpeg of two builds, by MKVToolNix, MediaInfo and two browsers.
"""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec.context import CodecContext

import reelwright as rw
from reelwright.codecs._av import VERSION
from tests.acceptance.films import HEIGHT, WIDTH, number_of, numbered, write_film
from tests.interop import decoded, tools
from tests.interop.chromium import play_in_chromium
from tests.interop.firefox import play_in_firefox

C, S = rw.VideoCodec, rw.AudioFormat
COUNT = 25
RATE = 48_000
LENGTH = RATE + 123  # no whole number of packets of anything
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
FAST: dict[Any, dict[str, str]] = {
    C.H264: {"preset": "veryfast"},
    C.HEVC: {"preset": "ultrafast"},
    C.AV1: {"preset": "12"},
    C.VP9: {"deadline": "realtime", "cpu-used": "8"},
}
FILMS = [
    ("webm", C.VP9, S.OPUS, 2),
    ("webm", C.AV1, S.OPUS, 1),
    ("mkv", C.H264, S.AAC, 2),
    ("mkv", C.HEVC, S.LINEAR_PCM, 6),
    ("mkv", C.PRORES_422, S.FLAC, 2),
    ("mkv", C.JPEG, S.ALAC, 2),
    ("mkv", C.VP9, S.AC3, 6),
    ("mkv", C.AV1, S.EAC3, 2),
]
MILLISECOND = Fraction(1, 1000)
IS_NEW = VERSION >= (18, 0)  # older ones neither tell the frame rate nor skip the delay of AAC and AC-3


def tone(channels: int, start: Any = 0) -> list[rw.SampleBuffer]:
    wave = (0.3 * np.sin(np.arange(LENGTH) * 0.05)).astype(np.float32)
    return (
        [rw.SampleBuffer.from_audio(np.repeat(wave[:, None], channels, 1), RATE, rw.Time.of(start))]
        if (channels < 3)
        else [
            rw.SampleBuffer.from_audio(
                np.repeat(wave[:, None], channels, 1), RATE, rw.Time.of(start), channel_layout=LAYOUTS[channels]
            )
        ]
    )


def write(path: Path, codec: rw.VideoCodec, sound: Any, channels: int = 2, **more: Any) -> rw.WritingReport:
    begin = more.get("session", 0)
    return write_film(
        path,
        video=rw.VideoSettings(codec, WIDTH, HEIGHT, encoder_options=FAST.get(codec, {})),
        pictures=[(numbered(number), rw.Time.of(begin) + rw.Time(number, 25)) for number in range(COUNT)],
        audio=None if sound is None else rw.AudioSettings(sound, RATE, channels, channel_layout=LAYOUTS[channels]),
        sound=[] if sound is None else tone(channels, begin),
        **more,
    )


def heard(path: Path) -> int:
    """Frames of sound that FFmpeg's newest build decodes."""
    with av.open(str(path)) as film:
        return sum(frame.samples for frame in film.decode(audio=0))


@pytest.mark.parametrize(("suffix", "codec", "sound", "channels"), FILMS)
def test_everything_comes_back(suffix: str, codec: Any, sound: Any, channels: int, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    report = write(path, codec, sound, channels)
    pictures, heard_track = report.tracks
    assert (pictures.appended, pictures.encoded, pictures.written) == (COUNT, COUNT, COUNT)
    assert pictures.largest_rounding == 0  # 40 ms are whole milliseconds
    assert heard_track.largest_rounding <= MILLISECOND / 2
    assert heard_track.duration == Fraction(LENGTH, RATE)
    assert report.duration == Fraction(LENGTH, RATE)
    video = decoded.ffmpeg_raw_video(path)
    deeper = 2 if "10" in video.pix_fmt else 0
    assert [number_of(frame[0] >> deeper) for frame in video.frames] == list(range(COUNT))
    seen = tools.mkvmerge(path)
    assert seen["errors"] == []
    if IS_NEW:
        assert heard(path) == LENGTH
        assert seen["tracks"][0]["properties"]["default_duration"] == 40_000_000
    assert tools.ffprobe(path)["errors"] == []


@pytest.mark.parametrize(("suffix", "codec"), [("webm", C.VP9), ("mkv", C.H264)])
def test_our_own_reader_reads_it(suffix: str, codec: Any, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    write(path, codec, S.OPUS, header_first=True)
    facts = rw.probe(path)
    asset = rw.Asset(path)
    track = asset.tracks_with_media_type(rw.MediaType.VIDEO)[0]
    assert facts is not None
    described = track.format_descriptions[0]
    assert (described.color, described.full_range) == (rw.ColorProperties.HD, False)
    reader = rw.AssetReader(asset)
    output = rw.AssetReaderTrackOutput(track, None)
    reader.add(output)
    reader.start_reading()
    times = []
    while (sample := output.copy_next_sample_buffer()) is not None:
        times += [sample.timing(index).presentation.fraction for index in range(sample.num_samples)]
    assert sorted(times) == [Fraction(number, 25) for number in range(COUNT)]


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
def test_a_session_is_a_shift(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    report = write(path, C.VP9, S.OPUS, session=Fraction(7, 2), end=Fraction(7, 2) + Fraction(LENGTH, RATE))
    assert [track.start for track in report.tracks] == [0, 0]
    with av.open(str(path)) as film:
        first = next(iter(film.decode(video=0)))
        assert first.pts == 0


@pytest.mark.parametrize("header_first", [False, True])
def test_where_the_index_is(header_first: bool, tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    report = write(path, C.VP9, S.OPUS, header_first=header_first)
    assert report.header_method == ("first, rewritten" if header_first else "last")
    data = path.read_bytes()
    cues, cluster = data.rindex(bytes.fromhex("1c53bb6b")), data.index(bytes.fromhex("1f43b675"))
    assert (cues < cluster) == header_first
    assert len(decoded.ffmpeg_raw_video(path).frames) == COUNT
    assert heard(path) == LENGTH


def stored(path: Path, out: Path) -> rw.WritingReport:
    """The packets of a film in another one, as they are."""
    asset = rw.Asset(path)
    reader = rw.AssetReader(asset)
    with rw.AssetWriter(out) as writer:
        pairs = []
        for track in asset.tracks:
            output = rw.AssetReaderTrackOutput(track, None)
            input = rw.AssetWriterInput(track.media_type, None, source_format_hint=track.format_descriptions[0])
            reader.add(output)
            writer.add(input)
            pairs.append((output, input))
        reader.start_reading()
        writer.start_writing()
        writer.start_session(0)
        for output, input in pairs:
            while (sample := output.copy_next_sample_buffer()) is not None:
                input.append(sample)
    assert writer.report is not None
    return writer.report


@pytest.mark.parametrize(("source", "suffix"), [("mp4", "mkv"), ("mkv", "mkv"), ("mkv", "mp4")])
def test_packets_are_stored_as_they_are(source: str, suffix: str, tmp_path: Path) -> None:
    first, second = tmp_path / f"first.{source}", tmp_path / f"second.{suffix}"
    write(first, C.H264, S.AAC)
    report = stored(first, second)
    assert report.track(rw.MediaType.VIDEO).written == COUNT  # type: ignore[union-attr]
    numbers = [number_of(frame[0]) for frame in decoded.ffmpeg_raw_video(second).frames]
    assert numbers == list(range(COUNT))


@pytest.mark.parametrize("sound", [S.LINEAR_PCM, S.ALAC, S.FLAC, S.OPUS, S.AAC, S.AC3, S.EAC3])
@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_stored_sound_is_as_long_as_it_was_to_the_sample(sound: Any, suffix: str, tmp_path: Path) -> None:
    """Though Matroska counts milliseconds: packets tell how long they are, and both ends what is not heard."""
    first, second = tmp_path / "first.mkv", tmp_path / f"second.{suffix}"
    write(first, C.JPEG, sound)
    track = stored(first, second).track(rw.MediaType.AUDIO)
    assert track is not None
    assert track.duration == Fraction(LENGTH, RATE)
    assert abs(track.start or 0) < MILLISECOND
    if suffix == "mkv" and IS_NEW:
        assert heard(second) == LENGTH


def test_a_layout_that_the_file_does_not_tell_is_noted(tmp_path: Path) -> None:
    with rw.AssetWriter(tmp_path / "film.mkv") as writer:
        input = rw.AssetWriterInput(rw.MediaType.AUDIO, rw.AudioSettings(S.LINEAR_PCM, RATE, 4, channel_layout="quad"))
        writer.add(input)
        writer.start_writing()
        writer.start_session(0)
        values = np.zeros((480, 4), np.float32)
        input.append(rw.SampleBuffer.from_audio(values, RATE, rw.Time.ZERO, channel_layout="quad"))
    assert writer.report is not None
    assert any("layout 'quad'" in note for note in writer.report.tracks[0].notes)


@pytest.mark.parametrize("more", [1, 10, 47])
def test_a_last_packet_shorter_than_a_millisecond_is_read(more: int, tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    samples = np.arange(RATE // 10 + more, dtype=np.int16)[:, None]
    settings = rw.AudioSettings(S.LINEAR_PCM, RATE, 1, linear_pcm_bit_depth=16)
    with rw.AssetWriter(path) as writer:
        input = rw.AssetWriterInput(rw.MediaType.AUDIO, settings)
        writer.add(input)
        writer.start_writing()
        writer.start_session(0)
        input.append(rw.SampleBuffer.from_audio(samples, RATE, rw.Time.ZERO))
    again = stored(path, tmp_path / "again.mov").tracks[0]
    assert (again.written, again.duration) == (len(samples), Fraction(len(samples), RATE))


@pytest.mark.parametrize(("codec", "kind"), [(C.PRORES_422_HQ, C.PRORES_422), (C.PRORES_4444_XQ, C.PRORES_4444)])
def test_prores_stored_from_matroska_is_decoded(codec: Any, kind: Any, tmp_path: Path) -> None:
    """FFmpeg's reader does not tell which of its six it is; only 4:2:2 and 4:4:4 differ for decoders."""
    first, second = tmp_path / "first.mkv", tmp_path / "second.mov"
    write(first, codec, None)
    report = stored(first, second)
    assert report.tracks[0].codec == kind.value
    assert len(decoded.ffmpeg_raw_video(second).frames) == COUNT


@pytest.mark.parametrize("suffix", ["webm", "mp4"])
def test_alpha_that_is_not_stored_is_noted(suffix: str, tmp_path: Path) -> None:
    picture = np.full((64, 64, 4), 99, np.uint8)
    for name, frames in (("alpha", [picture] * 2), ("plain", [picture[..., :3]] * 2)):
        rw.write_video(frames, tmp_path / f"{name}.webm", fps=25, codec=C.VP9, encoder_options=FAST[C.VP9])
        notes = stored(tmp_path / f"{name}.webm", tmp_path / f"{name} again.{suffix}").tracks[0].notes
        assert any("alpha" in note for note in notes) == (name == "alpha")


def test_delay_that_the_muxer_cannot_be_told_is_refused(tmp_path: Path) -> None:
    packets = rw.FormatDescription(
        media_type=rw.MediaType.AUDIO,
        media_subtype="mp4a",
        sample_rate=RATE,
        channels=2,
        codec_config=bytes.fromhex("1190"),
        frames_per_packet=1024,
        priming=2112,
    )
    timing = rw.SampleTiming(rw.Time(-2112, RATE), rw.Time(1024, RATE))
    sample = rw.SampleBuffer(bytes(100), format=packets, timings=[timing], sizes=[100])
    message = "2112 frames of this AAC are encoder delay"
    writer = rw.AssetWriter(tmp_path / "sound.mka")
    track = rw.AssetWriterInput(rw.MediaType.AUDIO, None, source_format_hint=packets)
    writer.add(track)
    writer.start_writing()
    writer.start_session(0)
    track.append(sample)
    with pytest.raises(rw.SettingsError, match=message) as caught:
        writer.finish_writing()
    assert "Decode and encode" in str(caught.value.hint)


def test_times_between_milliseconds_are_rounded_and_told(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    report = rw.write_video(
        [numbered(number) for number in range(12)], path, fps=29.97, codec=C.VP9, encoder_options=FAST[C.VP9]
    )
    exact = [Fraction(number * 1001, 30000) for number in range(12)]
    rounded = [Fraction(int(time * 1000 + Fraction(1, 2)), 1000) for time in exact]
    furthest = max(abs(one - other) for one, other in zip(exact, rounded, strict=True))
    with av.open(str(path)) as film:
        assert [frame.pts * frame.time_base for frame in film.decode(video=0)] == rounded
        assert not IS_NEW or film.streams.video[0].average_rate == Fraction(30000, 1001)
    assert report.largest_rounding == furthest > 0


def test_sound_that_ends_long_before_the_pictures_is_trimmed_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    write_film(
        path,
        video=rw.VideoSettings(C.VP9, WIDTH, HEIGHT, encoder_options=FAST[C.VP9]),
        pictures=[(numbered(number), rw.Time(number, 5)) for number in range(COUNT)],
        audio=rw.AudioSettings(S.OPUS, RATE, 2),
        sound=tone(2),
    )
    assert heard(path) == LENGTH


def test_alpha_of_vp9(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    ramp = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (64, 1))
    pictures = [np.dstack([np.full((64, 128, 3), 150, np.uint8), np.roll(ramp, 9 * n, 1)]) for n in range(4)]
    rw.write_video(pictures, path, fps=25, codec=C.VP9, encoder_options={**FAST[C.VP9], "crf": "10"})
    decoder: Any = CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as film:
        assert film.streams.video[0].metadata["ALPHA_MODE"] == "1"
        frames = [frame for packet in film.demux(video=0) for frame in decoder.decode(packet if packet.size else None)]
    assert len(frames) == 4
    for frame, picture in zip(frames, pictures, strict=True):
        plane = frame.planes[3]
        alpha = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:64, :128]
        off = np.abs(alpha.astype(int) - picture[..., 3])
        assert off.mean() < 2
        assert np.percentile(off, 95) < 8


@pytest.mark.parametrize(("suffix", "codec"), [("webm", C.AV1), ("mkv", C.HEVC)])
def test_light_and_rotation(suffix: str, codec: Any, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    display = b"".join(
        value.to_bytes(2, "big") for value in (8500, 39850, 6550, 2300, 35400, 14600, 15635, 16450)
    ) + b"".join(value.to_bytes(4, "big") for value in (10_000_000, 50))
    settings = rw.VideoSettings(
        codec,
        128,
        64,
        color=rw.ColorProperties.HDR10,
        compression={
            "mastering_display_color_volume": display,
            "content_light_level_info": bytes.fromhex("03e80190"),
        },
        encoder_options=FAST[codec],
    )
    with rw.AssetWriter(path) as writer:
        video = rw.AssetWriterInput(rw.MediaType.VIDEO, settings)
        video.transform = (0, 1, -1, 0, 64, 0)
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for number in range(2):
            video.append(np.full((64, 128, 3), 0.4, np.float32), rw.Time(number, 25))
    track = tools.mediainfo(path)["tracks"][0]
    assert "BT.2020" in str(track.get("MasteringDisplay_ColorPrimaries"))
    assert track["MasteringDisplay_Luminance"] == "min: 0.0050 cd/m2, max: 1000 cd/m2"
    assert track["MaxCLL"].startswith("1000")
    assert track["MaxFALL"].startswith("400")
    assert (track["transfer_characteristics"], track["matrix_coefficients"]) == ("PQ", "BT.2020 non-constant")
    with av.open(str(path)) as film:
        assert next(iter(film.decode(video=0))).rotation == -90


@pytest.mark.parametrize(("codec", "play"), [(C.AV1, play_in_chromium), (C.VP9, play_in_firefox)])
def test_browsers_play_webm_to_the_end(codec: Any, play: Any, tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    write(path, codec, S.OPUS, header_first=True)
    seen = play(path, rate=4)
    assert seen["errors"] == []
    assert seen["currentTime"] == seen["duration"] == pytest.approx(LENGTH / RATE, abs=0.03)
    assert (seen["videoWidth"], seen["videoHeight"]) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(("play", "red"), [(play_in_chromium, 255), (play_in_firefox, 233)])
def test_browsers_show_what_lies_behind_alpha(play: Any, red: int, tmp_path: Path) -> None:
    """Red on the left, nothing on the right, over green; and a film without alpha hides the green.

    Firefox takes films with alpha for BT.601, whatever they say.
    """
    path = tmp_path / "film.webm"
    picture = np.zeros((64, 128, 4), np.uint8)
    picture[..., 0] = 255
    picture[:, :64, 3] = 255
    rw.write_video([picture] * 5, path, fps=10, codec=C.VP9, encoder_options={**FAST[C.VP9], "crf": "5"})
    left, right = play(path, rate=4)["overGreen"]
    assert left == pytest.approx([red, 0, 0], abs=12)
    assert right == pytest.approx([0, 255, 0], abs=12)
    rw.write_video([picture[..., :3]] * 5, path, fps=10, codec=C.VP9, overwrite=True)
    assert play(path, rate=4)["overGreen"][1] == pytest.approx([255, 0, 0], abs=12)


def test_what_webm_does_not_carry_is_refused_with_a_way_out() -> None:
    writer = rw.AssetWriter(io.BytesIO(), rw.FileType.WEBM)
    for kind, settings in (
        (rw.MediaType.VIDEO, rw.VideoSettings(C.H264, 64, 64)),
        (rw.MediaType.AUDIO, rw.AudioSettings(S.AAC, RATE, 2)),
    ):
        with pytest.raises(rw.SettingsError) as caught:
            writer.add(rw.AssetWriterInput(kind, settings))
        assert "VP9 or AV1, with Opus" in str(caught.value.hint)


@pytest.mark.parametrize(("begin", "end"), [(Fraction(1, 2), None), (Fraction(0), Fraction(1, 2))])
def test_what_edit_lists_would_hide_is_refused(begin: Any, end: Any, tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with pytest.raises(rw.TimestampError, match="no edit lists"):
        write_film(
            path,
            video=rw.VideoSettings(C.JPEG, WIDTH, HEIGHT),
            pictures=[(numbered(number), rw.Time(number, 25)) for number in range(COUNT)],
            session=begin,
            end=end,
        )
    assert list(tmp_path.iterdir()) == []
