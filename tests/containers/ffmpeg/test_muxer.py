"""The Matroska engine called as the writer calls it: order, times, what is refused, and a disk that fails."""

from __future__ import annotations

import contextlib
import gc
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import av
import pytest
from av.stream import Disposition

from reelwright.containers.ffmpeg.mux_output import MuxOutput
from reelwright.containers.ffmpeg.muxer import MatroskaWriter
from reelwright.containers.movie import Chunk, TrackOptions
from reelwright.model.errors import (
    DiskFullError,
    FrameError,
    InvalidArgumentError,
    InvalidStateError,
    SettingsError,
    TimestampError,
)
from reelwright.model.format import FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import open_destination

RATE = 8000
PICTURES = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=32, height=16)
# An SPS and a PPS that x264 made for 64 × 64 pixels.
SETS = bytes.fromhex("00000001 674d400aeca21342000003000200000300641e244b2c 00000001 68ebe3cb20")
REORDERED = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=64, codec_config=SETS)
SOUND = FormatDescription(
    media_type=MediaType.AUDIO,
    media_subtype="lpcm",
    sample_rate=RATE,
    channels=1,
    pcm=PcmLayout(16),
    frames_per_packet=1,
)
VIDEO, AUDIO = (TrackOptions(media_type=kind) for kind in (MediaType.VIDEO, MediaType.AUDIO))
CREATED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class Made:
    """A file being written into memory."""

    def __init__(self, file_type: FileType = FileType.MATROSKA, **more: Any) -> None:
        self.file = io.BytesIO()
        self.destination = open_destination(self.file)
        self.destination.open()
        self.writer = MatroskaWriter(self.destination, file_type, created=CREATED, **more)

    def track(self, format: FormatDescription, options: TrackOptions | None = None) -> Any:
        track = self.writer.add_track(options or TrackOptions(media_type=format.media_type))
        assert track.describe(format) == 1
        return track

    def finish(self, end: Time | None = None) -> Any:
        summary = self.writer.finish(session_start=None, session_end=end, header_first=False)
        self.destination.commit()
        return summary

    def packets(self) -> list[tuple[int, int, bytes]]:
        """Track, tick and bytes of every packet, in the order of the file."""
        with av.open(io.BytesIO(self.file.getvalue())) as film:
            return [(packet.stream_index, packet.pts, bytes(packet)) for packet in film.demux() if packet.size]


def pictures(first: int, count: int, scale: int = 25, offsets: Sequence[int] | int = 0) -> Chunk:
    """Pictures of ten bytes each: their number, repeated."""
    payload = b"".join(bytes([first + number]) * 10 for number in range(count))
    return Chunk(1, scale, [payload], count, 10, decode=first, durations=1, offsets=offsets)


def sound(first: int, frames: int) -> Chunk:
    return Chunk(1, RATE, [bytes(2 * frames)], frames, 2, decode=first, durations=1)


def test_packets_lie_in_the_order_of_their_times() -> None:
    made = Made()
    video, audio = made.track(PICTURES), made.track(SOUND)
    made.writer.begin()
    for second in range(3):
        made.writer.write_chunk(video, pictures(25 * second, 25))
        made.writer.write_chunk(audio, sound(RATE * second, RATE))
    summary = made.finish()
    packets = made.packets()
    assert [tick for _, tick, _ in packets] == sorted(tick for _, tick, _ in packets)
    assert [data for index, _, data in packets if index == 0] == [bytes([number]) * 10 for number in range(75)]
    assert sum(len(data) for index, _, data in packets if index == 1) == 3 * 2 * RATE
    assert summary.duration == 3
    assert [(track.samples, track.chunks, track.largest_rounding) for track in summary.tracks] == [
        (75, 3, 0),
        (3 * RATE, 3, 0),
    ]
    assert summary.header_method == "last"


@pytest.mark.parametrize("is_through", [False, True])
def test_the_end_of_sound_is_trimmed_though_pictures_go_on(is_through: bool) -> None:
    """How much of the last packet is padding may be known only when the sound has ended."""
    made = Made(is_through=lambda track: is_through)
    video, audio = made.track(PICTURES), made.track(SOUND)
    made.writer.begin()
    if is_through:
        audio.trim_end = Time(100, RATE)
    made.writer.write_chunk(audio, sound(0, 500))
    made.writer.write_chunk(video, pictures(0, 50))
    audio.trim_end = Time(100, RATE)
    made.finish()
    with av.open(io.BytesIO(made.file.getvalue())) as film:
        packets = [packet for packet in film.demux(audio=0) if packet.size]
        assert [packet.has_sidedata("skip_samples") for packet in packets] == [False, True]
        skipped: Any = packets[-1].get_sidedata("skip_samples")
        assert int.from_bytes(bytes(skipped)[4:8], "little") == 100


def test_reordered_pictures_keep_their_times() -> None:
    """Shown 0 3 1 2, decoded in a row: some are shown before what their decode times say."""
    made = Made()
    video = made.track(REORDERED)
    made.writer.begin()
    shown = [0, 3, 1, 2, 6, 4, 5]
    offsets = [at - decoded for decoded, at in enumerate(shown)]
    made.writer.write_chunk(video, pictures(0, len(shown), offsets=offsets))
    assert made.finish().tracks[0].presented_duration == Fraction(7, 25)
    assert [tick for _, tick, _ in made.packets()] == [40 * at for at in shown]


def test_pictures_of_uneven_length_are_reordered_too() -> None:
    made = Made()
    video = made.track(REORDERED)
    made.writer.begin()
    payload = [bytes([number]) * 10 for number in range(4)]
    chunk = Chunk(1, 25, payload, 4, 10, decode=0, durations=[1, 100, 100, 100], offsets=[0, 299, 49, -191])
    made.writer.write_chunk(video, chunk)
    made.finish()
    assert [tick for _, tick, _ in made.packets()] == [40 * at for at in (0, 300, 150, 10)]


def test_pictures_of_an_encoding_without_reordering_are_not_reordered() -> None:
    made = Made()
    video = made.track(PICTURES)
    made.writer.begin()
    with pytest.raises(TimestampError, match="after others that are shown later"):
        made.writer.write_chunk(video, pictures(0, 3, offsets=[0, 0, -2]))


def test_times_are_rounded_one_by_one_and_the_worst_is_told() -> None:
    made = Made()
    video = made.track(PICTURES)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 100, scale=30))
    summary = made.finish()
    assert [tick for _, tick, _ in made.packets()] == [(2000 * number + 30) // 60 for number in range(100)]
    assert summary.tracks[0].largest_rounding == Fraction(1, 3000)


def test_the_session_is_asked_for_with_the_first_chunk() -> None:
    made = Made(session_start=lambda: Time(10, 25))
    video = made.track(PICTURES)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(12, 3))
    assert made.finish(Time(15, 25)).tracks[0].presented_start == Fraction(2, 25)
    assert [tick for _, tick, _ in made.packets()] == [80, 120, 160]


def test_a_session_of_nothing_is_refused() -> None:
    made = Made()
    made.track(PICTURES)
    made.writer.begin()
    with pytest.raises(SettingsError, match="no session of nothing") as caught:
        made.finish(Time(2, 1))
    assert "at least one sample" in str(caught.value.hint)


def test_media_outside_the_session_is_refused() -> None:
    made = Made(session_start=lambda: Time(1, 25))
    video = made.track(PICTURES)
    made.writer.begin()
    with pytest.raises(TimestampError, match="before the session"):
        made.writer.write_chunk(video, pictures(0, 3))
    made = Made()
    video = made.track(PICTURES)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 25))
    with pytest.raises(TimestampError, match="beyond the session's end"):
        made.finish(Time(1, 2))


def test_a_late_track_does_not_hold_the_header_back() -> None:
    made = Made()
    video, audio = made.track(PICTURES), made.track(SOUND)
    made.writer.begin()
    for second in range(5):
        made.writer.write_chunk(video, pictures(25 * second, 25))
    assert made.destination.size > 0
    made.writer.write_chunk(audio, sound(RATE * 5, 80))
    made.finish()
    assert [tick for index, tick, _ in made.packets() if index == 1] == [5000]


def test_an_index_in_front_is_moved_there_and_nothing_is_lost() -> None:
    films = []
    for first in (False, True):
        made = Made(is_index_first=first)
        video = made.track(PICTURES)
        made.writer.begin()
        made.writer.write_chunk(video, pictures(0, 25))
        assert made.finish().header_method == ("first, rewritten" if first else "last")
        films.append(made)
    assert films[0].packets() == films[1].packets()
    cues, cluster = bytes.fromhex("1c53bb6b"), bytes.fromhex("1f43b675")
    places = [(data.rindex(cues) < data.index(cluster)) for data in (film.file.getvalue() for film in films)]
    assert places == [False, True]


def test_the_same_film_twice_is_the_same_bytes() -> None:
    files = set()
    for _ in range(2):
        made = Made(FileType.MATROSKA)
        video = made.track(PICTURES)
        made.writer.begin()
        made.writer.write_chunk(video, pictures(0, 5))
        made.finish()
        files.add(made.file.getvalue())
    assert len(files) == 1
    assert b"2024" not in next(iter(files))  # the date is a number of nanoseconds


@pytest.mark.parametrize(
    "asked",
    [
        {"alternate_group": 1},
        {"references": {"chap": [1]}},
        {"transform": (2, 0, 0, 2, 0, 0)},
        {"natural_size": (10, 10)},
        {"volume": 0.5},
        {"chunk_alignment": 512},
        {"extended_language_tag": "zh-Hant"},
    ],
)
def test_what_the_file_cannot_say_of_a_track_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"\.mkv files are written without") as caught:
        Made().writer.add_track(TrackOptions(media_type=MediaType.VIDEO, **asked))
    assert "write .mov or .mp4" in str(caught.value.hint)


@pytest.mark.parametrize(
    "turn", [(1, 0, 0, 1, 0, 0), (0, 1, -1, 0, 16, 0), (-1, 0, 0, -1, 32, 16), (0, -1, 1, 0, 0, 32)]
)
def test_turns_that_put_pictures_back_are_told_and_other_moves_refused(turn: Any) -> None:
    for move in (turn[4:], (0, 0)):
        made = Made()
        made.track(PICTURES, TrackOptions(media_type=MediaType.VIDEO, transform=(*turn[:4], *move)))
    with pytest.raises(SettingsError, match="move pictures") as caught:
        Made().track(PICTURES, TrackOptions(media_type=MediaType.VIDEO, transform=(*turn[:4], turn[4] + 1, turn[5])))
    assert "write .mov or .mp4" in str(caught.value.hint)


@pytest.mark.parametrize(
    "format", [PICTURES.with_(media_subtype="vp09"), REORDERED, PICTURES.with_(media_subtype="ap4h")]
)
def test_pixels_that_are_not_square_are_refused_where_the_pictures_do_not_tell(format: FormatDescription) -> None:
    with pytest.raises(SettingsError, match=r"the shape of pixels \(4:3\)") as caught:
        Made().track(format.with_(pixel_aspect_ratio=PixelAspectRatio(4, 3)))
    assert "Scale the pictures" in str(caught.value.hint)
    Made().track(format.with_(pixel_aspect_ratio=PixelAspectRatio(2, 2)))


def test_what_the_file_leaves_out_is_noted() -> None:
    made = Made()
    extensions = {"ICCProfile": b"abcd" * 40, "FormatName": "x", "Depth": 24, "FFmpegCodec": "mjpeg"}
    video = made.track(PICTURES.with_(extensions=extensions, atoms={"gama": bytes(4), "btrt": bytes(12)}))
    audio = made.track(SOUND.with_(channels=4, channel_layout="quad"))
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 1))
    made.writer.write_chunk(audio, Chunk(1, RATE, [bytes(80)], 10, 8, decode=0, durations=1))
    notes = [track.notes for track in made.finish().tracks]
    assert notes[0] == ("the file does not tell what the description held besides: ICCProfile, the box 'gama'",)
    assert notes[1] == ("the file does not tell the layout 'quad': players guess one by the number of channels",)
    made = Made()
    made.track(SOUND.with_(channels=2, channel_layout="stereo"))
    video = made.track(PICTURES)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 1))
    assert [track.notes for track in made.finish().tracks] == [(), ()]


def test_a_description_that_ffmpeg_does_not_understand_is_refused() -> None:
    made = Made()
    video = made.track(PICTURES.with_(atoms={"sv3d": b"1234"}))
    made.writer.begin()
    with pytest.raises(SettingsError, match="does not understand the description of 'jpeg'"):
        made.writer.write_chunk(video, pictures(0, 1))


def test_language_and_name_are_told() -> None:
    made = Made()
    options = TrackOptions(media_type=MediaType.VIDEO, language_code="deu", name="Katzen")
    video = made.track(PICTURES, options)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 1))
    made.finish()
    with av.open(io.BytesIO(made.file.getvalue())) as film:
        tags = film.streams[0].metadata
        assert (tags["language"], tags["title"]) == ("deu", "Katzen")


def test_the_first_track_of_a_kind_that_is_enabled_is_the_default() -> None:
    made = Made()
    off = TrackOptions(media_type=MediaType.AUDIO, enabled=False)
    formats = [(SOUND, off), (PICTURES, None), (PICTURES, None), (SOUND, None), (SOUND, None)]
    tracks = [made.track(format, options) for format, options in formats]
    made.writer.begin()
    made.writer.write_chunk(tracks[1], pictures(0, 1))
    made.finish()
    with av.open(io.BytesIO(made.file.getvalue())) as film:
        found = [bool(stream.disposition & Disposition.default) for stream in film.streams]
    assert found == [False, True, False, True, False]


def test_a_track_has_one_description_and_one_kind() -> None:
    track = Made().track(PICTURES)
    with pytest.raises(SettingsError, match="one description"):
        track.describe(PICTURES.with_(width=64))
    with pytest.raises(FrameError, match="do not belong"):
        Made().writer.add_track(VIDEO).describe(SOUND)


def test_payload_that_contradicts_its_sizes_is_refused() -> None:
    made = Made()
    video = made.track(PICTURES)
    made.writer.begin()
    with pytest.raises(FrameError, match="were announced"):
        made.writer.write_chunk(video, Chunk(1, 25, [b"abc"], 2, 2, decode=0, durations=1))


def test_encodings_that_the_muxer_does_not_know_are_refused() -> None:
    made = Made(FileType.WEBM)
    video = made.track(PICTURES)
    made.writer.begin()
    with pytest.raises(SettingsError, match="does not support"):
        made.writer.write_chunk(video, pictures(0, 1))


@pytest.mark.parametrize("scale", [999, 90_000])
def test_other_time_scales_are_refused(scale: int) -> None:
    with pytest.raises(InvalidArgumentError, match="1000 ticks"):
        Made(time_scale=scale)


def test_calls_in_another_order_are_refused() -> None:
    made = Made()
    track = made.track(PICTURES)
    with pytest.raises(InvalidStateError, match="is new"):
        made.writer.write_chunk(track, pictures(0, 1))
    made.writer.begin()
    with pytest.raises(InvalidStateError, match="begun"):
        made.writer.add_track(VIDEO)
    made.writer.write_chunk(track, pictures(0, 1))
    made.finish()
    with pytest.raises(InvalidStateError, match="finished"):
        made.writer.write_chunk(track, pictures(1, 1))


class Full:
    """A destination with room for so many bytes."""

    def __init__(self, room: int) -> None:
        self.size, self._room = 0, room

    def write(self, *buffers: Any) -> int:
        start, self.size = self.size, self.size + sum(memoryview(one).nbytes for one in buffers)
        if self.size > self._room:
            raise DiskFullError("there is no room left.")
        return start

    def overwrite(self, offset: int, data: Any) -> None:
        """Room that was taken before."""

    def read(self, offset: int, length: int) -> bytes:
        return bytes(length)


class Failing(Full):
    """A destination whose errors are numbered."""

    number = 0

    def write(self, *buffers: Any) -> int:
        self.number += 1
        raise DiskFullError(f"this is error {self.number}.")


def test_the_first_thing_that_goes_wrong_is_told() -> None:
    output = MuxOutput(Failing(0))
    for _ in range(2):
        with contextlib.suppress(DiskFullError):
            output.write(b"abc")
    with pytest.raises(DiskFullError, match="this is error 1"), output.watched():
        output.tell()


@pytest.mark.parametrize("room", [0, 700, 400_000])
def test_a_full_disk_is_told_as_such(room: int) -> None:
    writer = MatroskaWriter(Full(room), FileType.MATROSKA)
    track = writer.add_track(VIDEO)
    track.describe(PICTURES)
    writer.begin()

    def write() -> None:
        for number in range(8):
            chunk = Chunk(1, 1, [bytes(100_000)], 1, 100_000, decode=number, durations=1)
            writer.write_chunk(track, chunk)
        writer.finish(session_start=None, session_end=None, header_first=False)

    with pytest.raises(DiskFullError, match="no room left"):
        write()


def test_a_file_that_is_given_up_writes_nothing_into_what_still_takes_it() -> None:
    destination = Full(1 << 30)
    writer = MatroskaWriter(destination, FileType.MATROSKA)
    track = writer.add_track(VIDEO)
    track.describe(PICTURES)
    writer.begin()
    writer.write_chunk(track, pictures(0, 25))
    before = destination.size
    del writer, track
    gc.collect()
    assert destination.size == before


@pytest.mark.parametrize("is_index_first", [False, True])
def test_a_file_that_is_given_up_writes_nothing_more(is_index_first: bool) -> None:
    """Neither when it is collected nor into a destination that is discarded by then."""
    made = Made(is_index_first=is_index_first)
    video = made.track(PICTURES)
    made.writer.begin()
    made.writer.write_chunk(video, pictures(0, 25))
    made.destination.discard()
    before = made.file.getvalue()
    del made.writer, video
    gc.collect()
    assert made.file.getvalue() == before
