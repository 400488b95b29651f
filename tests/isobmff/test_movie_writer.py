"""Whole movies: layout, sizes beyond 32 bits, sessions, time scales, header first and last, and what is refused."""

from __future__ import annotations

import doctest
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.isobmff.fakes import RATE, ZEROS, Memory, Sparse, aac, jpeg, pcm, pictures, sound
from tests.isobmff.reading import Atom, atoms, chunk_places, edits, movie, samples

from reelwright.isobmff import box, column, movie_writer
from reelwright.isobmff.movie_writer import Chunk, MovieSummary, MovieTrack, MovieWriter, SampleFlag, TrackOptions
from reelwright.model.errors import (
    FrameError,
    InvalidArgumentError,
    InvalidStateError,
    OutputError,
    TimestampError,
)
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.storage.destination import open_destination

CREATED = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
VIDEO = TrackOptions(media_type=MediaType.VIDEO)
AUDIO = TrackOptions(media_type=MediaType.AUDIO)
EMPTY = -1


class Film:
    """A writer with its memory, a picture track and a sound track, ready for chunks."""

    def __init__(
        self,
        file_type: FileType = FileType.MP4,
        *,
        memory: Memory | None = None,
        video_scale: int = 0,
        audio_scale: int = 0,
        video: TrackOptions = VIDEO,
        audio: TrackOptions = AUDIO,
        **settings: Any,
    ) -> None:
        self.memory = memory or Memory()
        self.writer = MovieWriter(self.memory, file_type, **({"created": CREATED} | settings))
        self.video = self.writer.add_track(video, video_scale)
        self.audio = self.writer.add_track(audio, audio_scale)
        self.video.describe(jpeg())
        self.audio.describe(pcm())
        self.writer.begin()

    def add(self, *chunks: Chunk) -> None:
        for chunk in chunks:
            self.writer.write_chunk(self.audio if chunk.timescale >= 8000 else self.video, chunk)

    def finish(
        self, *, header_first: bool = False, start: Time | None = Time.ZERO, end: Time | None = None
    ) -> MovieSummary:
        return self.writer.finish(session_start=start, session_end=end, header_first=header_first)

    @property
    def data(self) -> bytes:
        return bytes(self.memory.data)

    @property
    def boxes(self) -> list[Atom]:
        return list(atoms(self.data))

    @property
    def traks(self) -> list[Atom]:
        return movie(self.data).all("trak")


def simple(film: Film) -> None:
    film.add(pictures([1] * 24), sound(RATE, fill=7), pictures([1] * 24, 24, fill=70), sound(RATE, RATE, fill=8))


# Layout


@pytest.mark.parametrize(
    ("file_type", "first", "kinds"),
    [
        (FileType.MOV, False, ["ftyp", "wide", "mdat", "moov"]),
        (FileType.MOV, True, ["ftyp", "moov", "wide", "mdat"]),
        (FileType.MP4, False, ["ftyp", "free", "mdat", "moov"]),
        (FileType.MP4, True, ["ftyp", "moov", "free", "mdat"]),
        (FileType.M4V, True, ["ftyp", "moov", "free", "mdat"]),
    ],
)
def test_the_order_of_boxes(file_type: FileType, first: bool, kinds: list[str]) -> None:
    film = Film(file_type)
    simple(film)
    summary = film.finish(header_first=first)
    assert [atom.kind for atom in film.boxes] == kinds
    assert summary.header_method == ("first, in memory" if first else "last")
    assert summary.bytes == len(film.data)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_every_sample_is_found_where_the_tables_say(file_type: FileType, first: bool) -> None:
    film = Film(file_type)
    simple(film)
    film.finish(header_first=first)
    video, audio = (samples(trak, film.data) for trak in film.traks)
    expected = [bytes([base + n % 26]) * (3 + n % 5) for base in (65, 70) for n in range(24)]
    assert [sample["data"] for sample in video] == expected
    assert [sample["dts"] for sample in video] == list(range(48))
    assert [sample["data"] for sample in audio] == [b"\7\7"] * RATE + [b"\x08\x08"] * RATE


def test_the_movie_header() -> None:
    film = Film()
    simple(film)
    summary = film.finish()
    mvhd = movie(film.data).one("mvhd")
    created = int(CREATED.timestamp()) + 2082844800
    assert mvhd.numbers("IIII") == (created, created, 48000, 96000)
    assert mvhd.numbers("I", 96) == (3,)
    assert (summary.movie_time_scale, summary.duration) == (48000, 2)
    assert [trak.one("tkhd").numbers("IIIII") for trak in film.traks] == [
        (created, created, 1, 0, 96000),
        (created, created, 2, 0, 96000),
    ]
    assert [trak.one("mdia", "mdhd").numbers("IIII") for trak in film.traks] == [
        (created, created, 24, 48),
        (created, created, 48000, 96000),
    ]


def test_a_given_date_makes_films_repeatable() -> None:
    first, second = Film(), Film()
    for film in (first, second):
        simple(film)
        film.finish(header_first=True)
    assert first.data == second.data


def test_without_a_date_it_is_now() -> None:
    before = int(time.time())
    film = Film(created=None)
    film.finish()
    written = movie(film.data).one("mvhd").numbers("I")[0] - 2082844800
    assert before <= written <= int(time.time())


def test_a_film_without_any_sample() -> None:
    film = Film()
    summary = film.finish(header_first=True)
    assert [atom.kind for atom in film.boxes] == ["ftyp", "moov", "free", "mdat"]
    assert film.boxes[3].body == b""
    assert (summary.movie_time_scale, summary.duration) == (600, 0)
    assert [edits(trak) for trak in film.traks] == [[], []]
    assert [track.presented_start for track in summary.tracks] == [None, None]


def test_a_film_without_any_track() -> None:
    memory = Memory()
    writer = MovieWriter(memory, FileType.MOV, created=CREATED)
    writer.begin()
    summary = writer.finish(session_start=None, session_end=None, header_first=False)
    assert (summary.duration, summary.tracks) == (0, ())
    assert [atom.kind for atom in movie(bytes(memory.data)).children] == ["mvhd"]


def test_tracks_that_never_got_a_description_are_left_out() -> None:
    memory = Memory()
    writer = MovieWriter(memory, FileType.MOV, created=CREATED)
    silent = writer.add_track(AUDIO)
    track = writer.add_track(TrackOptions(media_type=MediaType.VIDEO, references={"fall": [silent.track_id]}))
    writer.begin()
    writer.write_chunk(track, pictures([1], description=track.describe(jpeg())))
    summary = writer.finish(session_start=Time.ZERO, session_end=None, header_first=False)
    (trak,) = movie(bytes(memory.data)).all("trak")
    assert trak.one("tkhd").numbers("I", 12) == (2,)
    assert "tref" not in trak.kinds
    assert [entry.is_written for entry in summary.tracks] == [False, True]


def test_alignment_pads_between_chunks() -> None:
    for first in (False, True):
        options = TrackOptions(media_type=MediaType.VIDEO, chunk_alignment=512)
        film = Film(video=options, audio=TrackOptions(media_type=MediaType.AUDIO, chunk_alignment=48))
        simple(film)
        film.finish(header_first=first)
        for trak, alignment in zip(film.traks, (512, 48), strict=True):
            assert all(place % alignment == 0 for place in chunk_places(trak.one("mdia", "minf", "stbl")))
        video, audio = (samples(trak, film.data) for trak in film.traks)
        assert video[24]["data"] == b"F" * 3
        assert audio[RATE]["data"] == b"\x08\x08"
        assert [atom.kind for atom in film.boxes if atom.kind not in ("free", "moov")] == ["ftyp", "mdat"]


@pytest.mark.parametrize("alignment", [1, 2, 16, 37, 4096])
def test_free_space_behind_a_first_header_is_one_box(alignment: int) -> None:
    for name in ("", "x", "xxxxxxx", "xxxxxxxxxx"):
        film = Film(video=TrackOptions(media_type=MediaType.VIDEO, chunk_alignment=alignment, name=name))
        simple(film)
        film.finish(header_first=True)
        assert [atom.kind for atom in film.boxes] == ["ftyp", "moov", "free", "mdat"]
        assert chunk_places(film.traks[0].one("mdia", "minf", "stbl"))[0] % alignment == 0


# Beyond 32 bits

GIB = 1 << 30
_BLOCK = memoryview(ZEROS)


def huge(count: int, decode: int, size: int = GIB) -> Chunk:
    """A chunk of gibibytes that take no room: ``count`` pictures of ``size`` bytes."""
    pieces: list[Any] = [_BLOCK] * (count * size // len(_BLOCK))
    rest = count * size % len(_BLOCK)
    return Chunk(1, 24, [*pieces, *([_BLOCK[:rest]] if rest else [])], count, size, decode, 1)


def top(data: bytes) -> list[tuple[str, int, int]]:
    """Type, header size and size of the boxes up to ``mdat``, whose contents are elsewhere."""
    found, offset = [], 0
    while offset < len(data):
        size, header = int.from_bytes(data[offset : offset + 4], "big"), 8
        kind = data[offset + 4 : offset + 8].decode()
        if size == 1:
            size, header = int.from_bytes(data[offset + 8 : offset + 16], "big"), 16
        found.append((kind, header, size))
        offset += size if kind != "mdat" else len(data) - offset
    return found


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4])
def test_media_of_five_gibibytes(file_type: FileType, first: bool) -> None:
    memory = Sparse()
    film = Film(file_type, memory=memory)
    for number in range(5):
        film.add(huge(1, number))
    summary = film.finish(header_first=first)
    data = bytes(memory.data)
    boxes = top(data)
    assert [kind for kind, _, _ in boxes] == (["ftyp", "moov", "mdat"] if first else ["ftyp", "mdat"])
    assert boxes[-1][1:] == (16, 5 * GIB + 16)
    assert summary.bytes == memory.size
    moov = movie(data[boxes[0][2] :][: boxes[1][2]] if first else bytes(memory.tail))
    video, audio = (trak.one("mdia", "minf", "stbl") for trak in moov.all("trak"))
    assert video.one("co64").table("Q") == [(len(data) + number * GIB,) for number in range(5)]
    assert "stco" in audio.kinds


@pytest.mark.parametrize(("payload", "header"), [((1 << 32) - 9, 8), ((1 << 32) - 8, 16)])
def test_the_media_header_grows_exactly_when_it_must(payload: int, header: int) -> None:
    memory = Sparse()
    film = Film(memory=memory)
    film.add(huge(3, 0), huge(1, 3, payload - 3 * GIB))
    film.finish()
    mdat = top(bytes(memory.data))[-1]
    assert mdat == ("mdat", header, payload + header)


def test_a_header_in_front_can_push_offsets_over_four_gibibytes() -> None:
    """The last chunk begins below 4 GiB as it is written, and beyond once the header is in front."""
    for spare in (5000, 0):
        memory = Sparse()
        film = Film(memory=memory)
        start = memory.size
        last = (1 << 32) - 1 - spare
        film.add(huge(3, 0), huge(1, 3, last - start - 3 * GIB), huge(1, 4, 10))
        film.finish(header_first=True)
        data = bytes(memory.data)
        (_, _, ftyp), (_, _, size) = top(data)[:2]
        stbl = movie(data[ftyp : ftyp + size]).all("trak")[0].one("mdia", "minf", "stbl")
        assert chunk_places(stbl)[-1] == last + size
        assert ("co64" in stbl.kinds) == (last + size > (1 << 32) - 1)
        assert "co64" in stbl.kinds or spare


def test_long_durations_take_64_bit_headers() -> None:
    film = Film(movie_time_scale=RATE)
    film.add(Chunk(1, RATE, [b"..", b".."], 2, 2, 0, (1 << 31) + 1))
    film.finish()
    trak = film.traks[1]
    assert movie(film.data).one("mvhd").version == 1
    assert trak.one("tkhd").version == 1
    assert trak.one("mdia", "mdhd").numbers("QQIQ")[2:] == (RATE, (1 << 32) + 2)
    assert edits(trak) == [((1 << 32) + 2, 0)]
    assert film.traks[0].one("mdia", "mdhd").version == 0


# Sessions


def test_a_late_track_and_a_session_start() -> None:
    film = Film()
    film.add(pictures([1] * 48, 240), sound(RATE, 10 * RATE + RATE // 2))
    summary = film.finish(start=Time(10))
    assert [edits(trak) for trak in film.traks] == [[(96000, 0)], [(24000, EMPTY), (48000, 0)]]
    assert [track.presented_start for track in summary.tracks] == [0, Fraction(1, 2)]
    assert [track.presented_duration for track in summary.tracks] == [2, 1]
    assert summary.duration == 2


def test_a_session_trims_and_keeps_the_samples() -> None:
    film = Film()
    simple(film)
    summary = film.finish(start=Time(1, 4), end=Time(3, 2))
    assert [edits(trak) for trak in film.traks] == [[(60000, 6)], [(60000, 12000)]]
    assert [trak.one("mdia", "mdhd").numbers("I", 16) for trak in film.traks] == [(48,), (96000,)]
    assert summary.duration == Fraction(5, 4)
    assert [track.media_duration for track in summary.tracks] == [2, 2]
    assert [track.samples for track in summary.tracks] == [48, 2 * RATE]


def test_without_a_session_the_movie_begins_with_its_earliest_sample() -> None:
    film = Film()
    film.add(pictures([1] * 24, 72), sound(RATE, 2 * RATE))
    film.finish(start=None)
    assert [edits(trak) for trak in film.traks] == [[(48000, EMPTY), (48000, 0)], [(48000, 0)]]


@pytest.mark.parametrize(("end", "duration"), [(None, 48000), (Time(3), 144000)])
def test_a_track_without_samples_is_empty_for_the_whole_session(end: Time | None, duration: int) -> None:
    film = Film()
    film.add(sound(RATE))
    summary = film.finish(end=end)
    assert [edits(trak) for trak in film.traks] == [[(duration, EMPTY)], [(48000, 0)]]
    assert film.traks[0].one("tkhd").numbers("I", 20) == (duration,)
    assert summary.tracks[0].presented_start is None


def test_pictures_out_of_order() -> None:
    film = Film(FileType.MOV)
    film.add(pictures([1, 1, 1, 1], offsets=[0, 2, -1, -1], flags=[1, 0, 0, 0]), pictures([1, 2], 4, offsets=[2, -1]))
    film.finish()
    trak = film.traks[0]
    assert [sample["cts"] for sample in samples(trak, film.data)] == [1, 4, 2, 3, 7, 5]
    assert edits(trak) == [(7, 1)]
    assert trak.one("mdia", "minf", "stbl", "ctts").version == 0
    assert trak.one("mdia", "minf", "stbl", "cslg").numbers("5i") == (0, 0, 3, 1, 8)


def test_a_hole_is_an_empty_edit() -> None:
    film = Film()
    film.add(pictures([1] * 24), pictures([1] * 24, 36), sound(2 * RATE))
    film.finish()
    assert edits(film.traks[0]) == [(48000, 0), (24000, EMPTY), (48000, 24)]
    assert film.traks[0].one("mdia", "mdhd").numbers("I", 16) == (48,)
    assert [sample["dts"] for sample in samples(film.traks[0], film.data)] == list(range(48))


def compressed(packets: int, decode: int) -> Chunk:
    return Chunk(1, RATE, [bytes(100 * packets)], packets, 100, decode, 1024)


def test_priming_and_tail_of_sound() -> None:
    memory = Memory()
    writer = MovieWriter(memory, FileType.M4A, created=CREATED)
    track = writer.add_track(AUDIO)
    track.describe(aac())
    writer.begin()
    writer.write_chunk(track, compressed(237, -2112))
    track.trim_start, track.trim_end = Time(2112, RATE), Time(576, RATE)
    summary = writer.finish(session_start=Time.ZERO, session_end=None, header_first=False)
    (trak,) = movie(bytes(memory.data)).all("trak")
    assert edits(trak) == [(240000, 2112)]
    assert trak.one("mdia", "mdhd").numbers("II", 12) == (RATE, 237 * 1024)
    assert trak.one("mdia", "minf", "stbl", "sbgp").numbers("4sIII") == (b"roll", 1, 237, 1)
    assert trak.one("mdia", "minf", "stbl", "sgpd").numbers("4sIIh") == (b"roll", 2, 1, -1)
    assert (summary.duration, summary.tracks[0].presented_duration) == (5, 5)


# Time scales


@pytest.mark.parametrize(
    ("video", "settings", "expected"),
    [
        (24, {}, 48000),
        (30000, {}, 240000),
        (1001, {}, 48048000),
        (44101, {}, 2116848000),
        (44773, {}, RATE),
        (24, {"movie_time_scale": 600}, 600),
    ],
)
def test_the_movies_time_scale(video: int, settings: dict[str, Any], expected: int) -> None:
    film = Film(**settings)
    film.writer.write_chunk(film.video, pictures([1], timescale=video))
    film.writer.write_chunk(film.audio, sound(10))
    assert film.finish().movie_time_scale == expected


def test_without_sound_the_largest_scale_is_taken() -> None:
    writer = MovieWriter(Memory(), FileType.MOV)
    tracks = [writer.add_track(VIDEO) for _ in range(2)]
    for track in tracks:
        track.describe(jpeg())
    writer.begin()
    for track, scale in zip(tracks, (2147483647, 2147483646), strict=True):
        writer.write_chunk(track, pictures([scale // 10], timescale=scale))
    assert writer.finish(session_start=Time.ZERO, session_end=None, header_first=False).movie_time_scale == 2147483647


def test_variable_frame_rates_are_exact() -> None:
    film = Film()
    film.add(pictures([1001, 1001], timescale=6000), pictures([1, 2, 3], 1001, timescale=3000))
    summary = film.finish()
    assert summary.tracks[0].media_time_scale == 6000
    assert [sample["dts"] for sample in samples(film.traks[0], film.data)] == [0, 1001, 2002, 2004, 2008]
    assert summary.tracks[0].largest_rounding == 0
    assert summary.tracks[0].edit_rounding == 0


def test_a_given_media_time_scale_rounds_and_says_how_much() -> None:
    film = Film(video_scale=600)
    for number in range(10):
        film.writer.write_chunk(film.video, pictures([1001] * 30, 30030 * number, timescale=30000))
    summary = film.finish()
    track = summary.tracks[0]
    assert track.media_time_scale == 600
    assert track.media_duration == Fraction(6006, 600)
    assert 0 < track.largest_rounding <= Fraction(1, 1200)
    durations = [sample["duration"] for sample in samples(film.traks[0], film.data)]
    assert set(durations) == {20, 21}
    assert sum(durations) == 6006


def test_the_rounding_of_edits_is_told() -> None:
    film = Film(movie_time_scale=600)
    film.add(sound(RATE + 10), pictures([1] * 12))
    summary = film.finish()
    assert [track.edit_rounding for track in summary.tracks] == [0, Fraction(10, RATE)]
    assert edits(film.traks[1]) == [(600, 0)]


# What is refused


def test_calls_out_of_order_are_refused() -> None:
    writer = MovieWriter(Memory(), FileType.MP4)
    track = writer.add_track(VIDEO)
    track.describe(jpeg())
    finish: Callable[[], MovieSummary] = lambda: writer.finish(session_start=None, session_end=None, header_first=False)  # noqa: E731
    with pytest.raises(InvalidStateError, match=r"write_chunk\(\) is not possible: the movie is new"):
        writer.write_chunk(track, pictures([1]))
    with pytest.raises(InvalidStateError, match="finish"):
        finish()
    writer.begin()
    with pytest.raises(InvalidStateError, match="begin"):
        writer.begin()
    with pytest.raises(InvalidStateError, match="Add all tracks before"):
        writer.add_track(AUDIO)
    finish()
    with pytest.raises(InvalidStateError, match="the movie is finished"):
        writer.write_chunk(track, pictures([1]))
    with pytest.raises(InvalidStateError, match="finish"):
        finish()


def test_a_refused_chunk_leaves_the_film_as_it_was() -> None:
    film = Film()
    simple(film)
    size = film.memory.size
    wrong = pictures([1], 48)
    wrong.payload = [b"too many bytes"]
    for chunk, error in [
        (pictures([1], 40), TimestampError),
        (wrong, FrameError),
        (pictures([1], 48, description=3), FrameError),
    ]:
        with pytest.raises(error) as raised:
            film.writer.write_chunk(film.video, chunk)
        assert raised.value.track == 1  # type: ignore[attr-defined]
        assert raised.value.time == Time(chunk.decode, 24)  # type: ignore[attr-defined]
    with pytest.raises(TimestampError) as raised:
        film.writer.write_chunk(film.video, pictures([1], timescale=0))
    assert raised.value.time is None  # type: ignore[attr-defined]
    assert film.memory.size == size
    film.add(pictures([1], 48))
    assert film.finish().tracks[0].samples == 49


def test_a_session_that_is_no_interval_is_refused() -> None:
    film = Film()
    simple(film)
    with pytest.raises(TimestampError, match="cannot end at"):
        film.finish(end=Time.INVALID)
    with pytest.raises(TimestampError, match="cannot start at"):
        film.finish(start=Time.INVALID)
    with pytest.raises(TimestampError, match="ends at 1 s, before it starts at 2 s"):
        film.finish(start=Time(2), end=Time(1))
    assert film.finish().duration == 2


@pytest.mark.parametrize("scale", [-1, 1 << 31])
def test_movie_time_scales_that_cannot_be_written_are_refused(scale: int) -> None:
    with pytest.raises(InvalidArgumentError, match="movie time scale"):
        MovieWriter(Memory(), FileType.MP4, movie_time_scale=scale)


def test_other_files_and_bad_dates_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="no movie file"):
        MovieWriter(Memory(), FileType.WAV)
    with pytest.raises(InvalidArgumentError, match="time zone"):
        MovieWriter(Memory(), FileType.MP4, created=datetime(2024, 1, 1))


def test_references_to_nowhere_are_refused_before_anything_is_written() -> None:
    memory = Memory()
    writer = MovieWriter(memory, FileType.MOV)
    writer.add_track(TrackOptions(media_type=MediaType.VIDEO, references={"tmcd": [2, 3]}))
    writer.add_track(AUDIO)
    with pytest.raises(InvalidArgumentError, match=r"track 1 refers \('tmcd'\) to tracks \[3\]"):
        writer.begin()
    assert memory.size == 0


def test_trouble_of_the_destination_comes_through() -> None:
    class Full(Memory):
        def write(self, *buffers: Any) -> int:
            if self.size:
                raise OutputError("the disk is full.")
            return super().write(*buffers)

    film = Film(memory=Full())
    with pytest.raises(OutputError, match="disk is full"):
        film.add(pictures([1]))


# With the real destination, by its own example, and at speed


def test_the_examples_run() -> None:
    for module in (movie_writer, box, column):
        result = doctest.testmod(module)
        assert result.attempted
        assert not result.failed


@pytest.mark.parametrize("first", [False, True])
def test_a_real_file(tmp_path: Any, first: bool) -> None:
    path = tmp_path / "film.mov"
    destination = open_destination(path)
    destination.open()
    film = Film(FileType.MOV, memory=destination)  # type: ignore[arg-type]
    simple(film)
    summary = film.finish(header_first=first)
    destination.commit()
    reference = Film(FileType.MOV)
    simple(reference)
    reference.finish(header_first=first)
    assert path.read_bytes() == reference.data
    assert path.stat().st_size == summary.bytes


def test_a_hundred_thousand_samples_take_no_time() -> None:
    """The aim is a second for a million; this leaves room for slow machines and still finds anything quadratic."""
    memory = Sparse()
    film = Film(memory=memory)
    sizes = [900 + n for n in range(30)]
    total = sum(sizes)
    offsets = [0, 3, 1, -2, -1, -1] * 5
    flags = [int(SampleFlag.SYNC), *([0x1800] * 29)]
    started = time.perf_counter()
    for number in range(3334):
        film.writer.write_chunk(film.video, Chunk(1, 24, [_BLOCK[:total]], 30, sizes, 30 * number, 1, offsets, flags))
    summary = film.finish(header_first=True)
    assert time.perf_counter() - started < 2
    assert summary.tracks[0].samples == 100_020
    track: MovieTrack = film.video
    assert track.table.nbytes <= 12 * 100_020
