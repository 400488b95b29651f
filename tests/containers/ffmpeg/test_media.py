"""Files of FFmpeg's containers behind the common interface: facts, and samples against what independent readers say."""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from tests.containers.ffmpeg.made import ALL, FILMS, FRAMES, SHARED, film, made
from tests.interop import tools

from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.media import StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import TrackFacts
from reelwright.model.format import PcmLayout, PixelAspectRatio
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time
from reelwright.storage.source import open_source

CODES = {"libx264": "avc1", "libvpx-vp9": "vp09", "mpeg4": "mp4v", "mpeg2video": "mp2v"}
CODES |= {"aac": "mp4a", "libopus": "Opus", "mp3": ".mp3", "mp2": ".mp2", "flac": "fLaC", "ac3": "ac-3"}
REAL = [
    *("bbb_2500ms.ts", "bbb_642x642_768kbps_30fps_vp9.webm", "bear-flac-24bit.mka", "bear-id3.mp3", "bear.flac"),
    *("bear-opus-negative-gain.mka", "bear-vbr-xing-header.mp3", "bear.opus", "bear_vorbis.ogg", "sample.ac3"),
    *("bear_with_picture.flac", "sample.adts", "sample.avi", "sample.flv", "sample_ac3.ts", "sample_av1.mkv"),
    *("sample_nb.amr", "sample_with_ass_subtitles.mkv", "sample_with_chapters.mkv", "sample_with_dts.mkv"),
    *("sample_with_pgs_subtitles.mkv", "sample_with_srt.mkv", "sample_with_vtt_subtitles.mkv"),
]


_opened: list[Any] = []


@pytest.fixture(autouse=True)
def _all_closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def media(data: bytes | str | Path) -> FFmpegMedia:
    """The file, closed when the test is over."""
    source = open_source(data)
    _opened.append(source)
    return FFmpegMedia(source)


def real(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared file {name} is not here")
    return path


def tracks(of: FFmpegMedia, kind: MediaType) -> list[TrackFacts]:
    return [track for track in of.facts.tracks if track.media_type == kind]


def packets(data: bytes | Path, index: int) -> list[Any]:
    """(pts, dts, bytes) of a stream's packets, by PyAV alone."""
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data), "r") as container:
        found = container.demux(container.streams[index])
        return [(one.pts, one.dts, bytes(one)) for one in found if one.size]


def step(track: TrackFacts, of: FFmpegMedia, data: bytes | Path) -> int:
    """Our ticks in one of FFmpeg's."""
    with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data), "r") as container:
        base = container.streams[track.track_id - 1].time_base
        assert base is not None
        assert track.time_scale == base.denominator
        return base.numerator


# -- facts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ALL)
def test_every_container_gives_its_tracks(suffix: str) -> None:
    _, picture, sound = ALL[suffix]
    facts = media(made(suffix)).facts
    assert len(facts.tracks) == (picture is not None) + (sound is not None)
    assert facts.size == len(made(suffix))
    assert facts.duration.is_numeric
    assert abs(facts.duration.seconds - 3) < 0.2
    for track in facts.tracks:
        (format_,) = track.formats
        name = picture if track.media_type == MediaType.VIDEO else sound
        assert name is not None
        assert format_.media_subtype == ("lpcm" if name.startswith("pcm_") else CODES[name])
        assert format_.media_type == track.media_type
        assert format_.extensions["FFmpegCodec"] == {"libx264": "h264", "libvpx-vp9": "vp9", "libopus": "opus"}.get(
            name, name
        )
        if track.media_type == MediaType.VIDEO:
            assert (format_.width, format_.height, format_.chroma, format_.bits_per_component) == (96, 64, "4:2:0", 8)
        else:
            assert (format_.sample_rate, format_.channels, format_.channel_layout or "stereo") == (48000, 2, "stereo")


@pytest.mark.parametrize(("suffix", "pcm"), [("wav", (16, False)), ("aiff", (24, True)), ("au", (16, True))])
def test_linear_pcm_says_how_its_values_lie(suffix: str, pcm: tuple[int, bool]) -> None:
    (track,) = media(made(suffix)).facts.tracks
    bits, big = pcm
    assert track.formats[0].pcm == PcmLayout(bits=bits, is_big_endian=big)
    assert track.formats[0].frames_per_packet == 1
    samples = list(media(made(suffix)).stream(1))
    assert sum(one.count for one in samples) == FRAMES * 1920
    assert all(len(one.data or b"") == one.count * track.formats[0].bytes_per_frame for one in samples)


def test_pixel_aspect_widens_the_shown_size() -> None:
    (track,) = tracks(media(made("mkv")), MediaType.VIDEO)
    assert track.formats[0].pixel_aspect_ratio == PixelAspectRatio(4, 3)
    assert track.size == (Fraction(128), Fraction(64))


def test_tags_chapters_languages_and_roles() -> None:
    chapters: Any = [
        {"id": 1, "start": 0, "end": 1500, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}},
        {"id": 2, "start": 1500, "end": 3000, "time_base": Fraction(1, 1000), "metadata": {"title": "Two"}},
    ]
    data = film("matroska", "libx264", "aac", chapters=chapters, language="ger", metadata={"title": "A film"})
    facts = media(data).facts
    assert [one.value for one in facts.metadata if one.common_key == "title"] == ["A film"]
    assert [(one.start, one.end, one.title) for one in facts.chapters] == [
        (Time(0), Time(3, 2), "One"),
        (Time(3, 2), Time(3), "Two"),
    ]
    assert [track.language_code for track in facts.tracks] == [None, "ger"]
    assert [track.track_id for track in facts.tracks] == [1, 2]
    assert [track.handler for track in facts.tracks] == ["vide", "soun"]


def test_a_cover_is_metadata_and_no_track() -> None:
    found = media(real("media3/bear-id3.mp3"))
    assert [track.media_type for track in found.facts.tracks] == [MediaType.AUDIO]
    *tags, cover = found.facts.metadata
    assert {one.common_key: one.value for one in tags}["title"] == "Test title"
    assert (cover.key_space, cover.key, cover.common_key) == ("org.id3", "APIC", "artwork")
    assert cover.value.startswith(b"\xff\xd8\xff")
    assert len(cover.value) == 38946


def test_a_picture_in_flac_is_metadata_too() -> None:
    *_, cover = media(real("media3/bear_with_picture.flac")).facts.metadata
    assert cover.common_key == "artwork"
    assert cover.value.startswith(b"\x89PNG")


def test_subtitles_without_a_decoder_are_tracks_still() -> None:
    found = media(real("media3/sample_with_vtt_subtitles.mkv"))
    (track,) = tracks(found, MediaType.SUBTITLE)
    assert track.formats[0].extensions["FFmpegCodec"] in ("unknown", "webvtt")
    assert [one.data for one in found.stream(track.track_id)] == [b"This is the first subtitle."]


# -- time --------------------------------------------------------------------------------------------------------------


def test_a_file_that_begins_late_says_so_by_an_edit() -> None:
    found = media(film("mpegts", "libx264", None, late=250))  # ten seconds
    (track,) = found.facts.tracks
    (edit,) = track.edits
    first = min(one.presentation for one in found.stream(track.track_id))
    assert edit.media_time == first
    assert first >= 10 * track.time_scale
    assert Time(edit.duration, found.facts.time_scale) == track.duration
    assert found.facts.duration == Fraction(3)


def test_tracks_of_one_late_file_begin_at_one_moment() -> None:
    found = media(film("mpegts", "libx264", "aac", late=100))
    begins = {track.edits[0].media_time for track in found.facts.tracks}
    assert len(begins) == 1
    starts = [min(one.presentation for one in found.stream(track.track_id)) for track in found.facts.tracks]
    assert begins == {min(starts)}


def test_a_file_that_begins_at_zero_has_no_edit() -> None:
    assert all(track.edits == () for track in media(made("webm")).facts.tracks)


def test_fractional_time_bases_become_whole_ticks() -> None:
    track = media(real("media3/sample.avi")).facts.tracks[0]
    assert track.time_scale == 24000
    samples = list(media(real("media3/sample.avi")).stream(1))
    assert {one.duration for one in samples[1:]} == {1001}


@pytest.mark.parametrize("suffix", FILMS)
def test_pictures_last_until_the_next_one(suffix: str) -> None:
    found = media(made(suffix))
    (track,) = tracks(found, MediaType.VIDEO)
    shown = sorted(found.stream(track.track_id), key=lambda one: one.presentation)
    for one, following in itertools.pairwise(shown):
        assert one.presentation + one.duration == following.presentation
    assert Fraction(shown[-1].duration, track.time_scale) == pytest.approx(Fraction(1, 25), rel=1e-3)


@pytest.mark.parametrize("suffix", [*FILMS, *("ogg", "mp3", "flac", "aac", "ac3")])
def test_samples_are_the_packets_of_the_file(suffix: str) -> None:
    data = made(suffix)
    found = media(data)
    for track in found.facts.tracks:
        scale = step(track, found, data)
        expected = packets(data, track.track_id - 1)
        samples = list(found.stream(track.track_id))
        assert [one.data for one in samples] == [bytes_ for _, _, bytes_ in expected]
        for one, (pts, dts, _) in zip(samples, expected, strict=True):
            assert pts is None or one.presentation == pts * scale
            assert dts is None or one.decode == dts * scale


@pytest.mark.parametrize("suffix", ["mkv", "webm", "flv", "ogg", "flac"])
def test_times_are_those_that_ffprobe_sees(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"film.{suffix}"
    path.write_bytes(made(suffix))
    seen = [one for one in tools.ffprobe(path)["packets"] if int(one["size"])]
    found = media(path)
    for track in found.facts.tracks:
        ours = [(one.presentation, len(one.data or b"")) for one in found.stream(track.track_id)]
        theirs = [(int(one["pts"]), int(one["size"])) for one in seen if one["stream_index"] == track.track_id - 1]
        assert ours == theirs


@pytest.mark.parametrize("suffix", ["mkv", "mpg", "flv", "ts", "nut"])
def test_decoding_never_comes_after_showing(suffix: str) -> None:
    found = media(made(suffix))
    (track,) = tracks(found, MediaType.VIDEO)
    samples = list(found.stream(track.track_id))
    assert all(one.decode <= one.presentation for one in samples)
    decode = [one.decode for one in samples]
    assert decode == sorted(decode)
    assert samples[0].is_sync
    assert len(samples) == FRAMES


@pytest.mark.parametrize(("suffix", "priming"), [("mkv", 1024), ("ogg", 312), ("mp3", 1105), ("webm", 312)])
def test_priming_is_said_with_the_first_packet(suffix: str, priming: int) -> None:
    found = media(made(suffix))
    (track,) = tracks(found, MediaType.AUDIO)
    samples = list(found.stream(track.track_id))
    assert samples[0].skip_start == priming
    assert not any(one.skip_start for one in samples[1:])


# -- from a moment on --------------------------------------------------------------------------------------------------


def key(one: StoredSample) -> Any:
    return one.presentation, one.data, one.is_sync


@pytest.mark.parametrize("suffix", [name for name in ALL if name not in ("wav", "aiff", "caf", "au")])
@pytest.mark.parametrize("share", [0, 0.2, 0.5, 0.73, 1, 1.4])
def test_a_stream_from_a_moment_is_the_rest_of_the_whole(suffix: str, share: float) -> None:
    found = media(made(suffix))
    for track in found.facts.tracks:
        whole = list(found.stream(track.track_id))
        begin, end = whole[0].presentation, max(one.presentation for one in whole)
        start = begin + round((end - begin) * share)
        rest = list(found.stream(track.track_id, start))
        assert rest
        assert list(map(key, rest)) == list(map(key, whole[len(whole) - len(rest) :]))
        assert rest[0].is_sync
        assert rest[0].presentation <= start


@pytest.mark.parametrize("suffix", ["wav", "aiff", "caf", "au"])
def test_linear_pcm_from_a_moment_is_the_same_sound(suffix: str) -> None:
    found = media(made(suffix))
    whole = b"".join(one.data or b"" for one in found.stream(1))
    frame = found.facts.tracks[0].formats[0].bytes_per_frame
    for start in (1, 4096, 70_001):
        rest = list(found.stream(1, start))
        assert rest[0].presentation <= start
        assert b"".join(one.data or b"" for one in rest) == whole[rest[0].presentation * frame :]


def test_sound_is_given_a_little_early_for_its_decoder() -> None:
    found = media(made("ogg"))
    first = next(iter(found.stream(1, 96_000)))
    assert first.presentation <= 96_000 - 3840  # 80 ms, RFC 7845


@pytest.mark.parametrize("name", REAL)
def test_real_files_can_be_entered_anywhere(name: str) -> None:
    found = media(real(f"media3/{name}"))
    for track in found.facts.tracks:
        whole = list(found.stream(track.track_id))
        end = max(one.presentation + one.duration for one in whole)
        for share in (0.1, 0.5, 0.9):
            start = round(end * share)
            rest = list(found.stream(track.track_id, start))
            assert list(map(key, rest[1:])) == list(map(key, whole[len(whole) - len(rest) + 1 :]))
            assert rest[0].presentation <= max(start, whole[0].presentation)


# -- life --------------------------------------------------------------------------------------------------------------


def test_without_data_the_same_samples_come_without_bytes() -> None:
    found = media(made("mkv"))
    with_data, without = list(found.stream(1)), list(found.stream(1, with_data=False))
    assert {one.data for one in without} == {None}
    assert [one.presentation for one in without] == [one.presentation for one in with_data]


def test_there_is_no_index() -> None:
    assert media(made("mkv")).index(1) is None


def test_a_track_that_is_not_there() -> None:
    found = media(made("mkv"))
    with pytest.raises(InvalidMediaError, match=r"no track 7.*1, 2"):
        found.stream(7)
    with pytest.raises(InvalidMediaError):
        found.index(0)


def test_streams_are_independent_and_outlive_each_other() -> None:
    found = media(made("mkv"))
    first, second = found.stream(1), found.stream(1)
    kept = [next(iter(first))]
    first.close()
    assert len(list(second)) == FRAMES
    assert list(first) == []
    assert kept[0].data


@pytest.mark.parametrize("from_path", [True, False])
def test_closing_the_file_ends_its_streams(tmp_path: Path, from_path: bool) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(made("mkv"))
    found = media(path if from_path else made("mkv"))
    stream = found.stream(1)
    next(iter(stream))
    found.close()
    with pytest.raises(InvalidMediaError, match="closed"):
        list(stream)
    with pytest.raises(InvalidMediaError, match="closed"):
        found.stream(1)


def test_threads_read_at_once() -> None:
    found = media(made("ts"))
    expected = [one.data for one in found.stream(1)]
    results: list[list[bytes | None]] = []

    def read() -> None:
        results.append([one.data for one in found.stream(1)])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_streams_that_appear_on_the_way() -> None:
    data = made("flv")
    # A tag of sound before its time turns into one of text: FFmpeg makes a stream of it when it comes by.
    found = media(data + b"\x12" + (3).to_bytes(3, "big") + bytes(7) + b"abc" + (14).to_bytes(4, "big"))
    assert len(list(found.stream(1))) == FRAMES


# -- broken files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ALL)
def test_cut_short_anywhere(suffix: str) -> None:
    data = made(suffix)
    for length in {1, 4, 11, 40, 188, 500, *range(1000, len(data), max(1, len(data) // 9))}:
        try:
            found = media(data[:length])
            for track in found.facts.tracks:
                whole = list(found.stream(track.track_id))
                assert len(whole) <= len(data)
                list(found.stream(track.track_id, 90_000))
        except InvalidMediaError:
            pass  # any other error fails


@pytest.mark.parametrize("suffix", FILMS)
def test_bytes_turned_over(suffix: str) -> None:
    data = bytearray(made(suffix))
    for place in range(5, len(data), max(1, len(data) // 25)):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        broken[place // 2] ^= 0x55
        try:
            found = media(bytes(broken))
            for track in found.facts.tracks:
                list(found.stream(track.track_id))
        except InvalidMediaError:
            pass
