"""Films in fragments: what the file is at every moment, what sealing leaves, and what is refused."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.isobmff.fakes import RATE, Memory, jpeg, pcm, pictures, sound
from tests.isobmff.fragmented import FPS, SECONDS, START, Film, Fragmented, material, plain, seen
from tests.isobmff.reading import Atom, atoms, edits, movie, samples

from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.fragment_writer import FragmentedMovieWriter, FragmentStep
from reelwright.isobmff.movie_writer import Chunk, MovieTrack, TrackOptions
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
from reelwright.storage.source import open_source
from reelwright.storage.spill import Spill

MOVIES = [FileType.MOV, FileType.MP4]
VIDEO, AUDIO = 1, 2
SOUND = [0, 46, 93, 140, 189]  # packets in so many seconds
WHOLE = {VIDEO: FPS * SECONDS, AUDIO: len(material().packets)}


class Small:
    """A writer with tracks of pictures and sound, whose chunks are made by hand."""

    def __init__(
        self, file_type: FileType = FileType.MP4, *, video_scale: int = 0, described: bool = True,
        chunk_alignment: int = 0, memory: Memory | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.memory = memory or Memory()
        self.spill = Spill(None, limit=None)
        options: dict[str, Any] = {"session_start": lambda: None} | settings
        self.writer = FragmentedMovieWriter(self.memory, file_type, self.spill.queue(), **options)
        self.video = self.writer.add_track(
            TrackOptions(media_type=MediaType.VIDEO, chunk_alignment=chunk_alignment), video_scale
        )
        self.audio = self.writer.add_track(TrackOptions(media_type=MediaType.AUDIO))
        self.video.describe(jpeg())
        if described:
            self.audio.describe(pcm())
        self.writer.begin()

    def add(self, track: MovieTrack, chunk: Any) -> None:
        self.writer.write_chunk(track, chunk)

    def finish(self, start: Time | None = None, end: Time | None = None) -> Any:
        return self.writer.finish(session_start=start, session_end=end, header_first=False)

    @property
    def data(self) -> bytes:
        return bytes(self.memory.data)

    def index(self, track_id: int) -> Any:
        media = MovieMedia(open_source(self.data))
        try:
            return media.index(track_id)
        finally:
            media.close()

    def box(self, *path: str, number: int = 0) -> Atom:
        return inside(self.data, *path)[number]


def inside(data: bytes, *path: str) -> list[Atom]:
    """Boxes along a path, those of fragments too."""
    found = [atom for atom in atoms(data) if atom.kind == path[0]]
    for kind in path[1:]:
        found = [child for atom in found for child in atoms(atom.body, atom.offset + atom.header) if child.kind == kind]
    return found


def kinds(data: bytes) -> list[str]:
    return [atom.kind for atom in atoms(data)]


# The film of reordered pictures and primed sound


@pytest.mark.parametrize("file_type", MOVIES)
def test_a_sealed_film_is_the_film_written_whole(file_type: FileType) -> None:
    made = Fragmented(file_type)
    before = made.states[-3][1]  # as it was with its last fragment
    assert [step for step, _ in made.states[-3:]] == ["fragment", "header", "sealed"]
    assert kinds(made.data) == ["ftyp", "mdat", "moov"]
    place = next(iter(atoms(made.data))).header + len(next(iter(atoms(made.data))).body)
    changed = {at for at in range(len(before)) if before[at] != made.data[at]}
    assert changed <= set(range(place, place + 16))  # not a byte of what is there moves or changes
    whole = plain(file_type)
    for ours, theirs in zip(movie(made.data).all("trak"), movie(whole).all("trak"), strict=True):
        assert samples(ours, made.data) == samples(theirs, whole)
        assert edits(ours) == edits(theirs)
        assert ours.one("tkhd").body[20:] == theirs.one("tkhd").body[20:]  # behind the dates
    assert made.summary.header_method == "last"
    assert made.summary.duration == SECONDS
    assert made.summary.tracks[0].samples == FPS * SECONDS


@pytest.mark.parametrize("file_type", MOVIES)
def test_after_each_step_the_file_is_a_film_of_all_that_was_promised(file_type: FileType) -> None:
    made = Fragmented(file_type)
    assert [step for step, _ in made.states] == ["media", "fragment"] * SECONDS + ["header", "sealed"]
    reference = {track: seen(plain(file_type), track) for track in WHOLE}
    for number, (step, data) in enumerate(made.states):
        fragments = min(SECONDS, (number + 1) // 2)
        for track, whole in reference.items():
            found = seen(data, track)
            assert found == whole[: len(found)], (step, number)
            assert len(found) == (FPS * fragments if track == VIDEO else SOUND[fragments])


@pytest.mark.parametrize("file_type", MOVIES)
def test_a_film_cut_anywhere_keeps_every_whole_fragment(file_type: FileType) -> None:
    made = Fragmented(file_type, finish=False)
    reference = {track: seen(made.data, track) for track in WHOLE}
    ends = [atom.offset + atom.header + len(atom.body) for atom in atoms(made.data) if atom.kind == "mdat"]
    header = inside(made.data, "moov")[0]
    places = random.Random(5)
    for cut in sorted(places.sample(range(len(made.data)), 50)):
        whole = sum(end <= cut for end in ends)
        source = open_source(made.data[:cut])
        if cut < header.offset + header.header + len(header.body):
            continue
        media = MovieMedia(source)
        for track, samples_there in reference.items():
            count = FPS * whole if track == VIDEO else SOUND[whole]
            index = media.index(track)
            assert len(index) >= count
            read = [
                source.read(place, size) for place, size in zip(index.offsets[:count], index.sizes[:count], strict=True)
            ]
            assert read == [sample.data for sample in samples_there[:count]]
        media.close()


@pytest.mark.parametrize("file_type", MOVIES)
def test_a_film_that_stays_in_fragments(file_type: FileType) -> None:
    made = Fragmented(file_type, is_sealed=False)
    assert kinds(made.data) == ["ftyp", "free", "moov", *["moof", "mdat"] * SECONDS, "mfra"]
    assert made.summary.header_method == "fragmented"
    assert made.summary.duration == SECONDS
    for track in WHOLE:
        assert seen(made.data, track) == seen(plain(file_type), track)
    scale = made.summary.movie_time_scale
    assert inside(made.data, "moov", "mvex", "mehd")[0].numbers("Q") == (SECONDS * scale,)
    video, sound_track = movie(made.data).all("trak")
    assert edits(video) == [(SECONDS * scale, 2)]  # two pictures are reordered
    assert edits(sound_track) == [(SECONDS * scale, material().priming)]
    media = MovieMedia(open_source(made.data))
    assert [track.duration.fraction for track in media.facts.tracks] == [SECONDS, SECONDS]
    media.close()
    mfra = inside(made.data, "mfra")[0]
    assert int.from_bytes(made.data[-4:], "big") == len(made.data) - mfra.offset
    fragments = [atom.offset for atom in inside(made.data, "moof")]
    for number, table in enumerate(inside(made.data, "mfra", "tfra"), 1):
        track_id, lengths, count = table.numbers("III")
        assert (track_id, lengths, count) == (number, 0b111111, SECONDS)
        rows = [table.numbers("QQIII", 16 + 28 * row) for row in range(count)]
        assert [row[1] for row in rows] == fragments
        assert [row[2:] for row in rows] == [(number, 1, 1)] * SECONDS
    first_shown = [table.numbers("Q", 16)[0] for table in inside(made.data, "mfra", "tfra")]
    assert first_shown == [2, 0]


def test_fragments_that_can_only_be_appended() -> None:
    class Stream(Memory):
        def overwrite(self, offset: int, data: Any) -> None:
            raise AssertionError("nothing can be replaced")

    stream = Stream()
    with Spill(None, limit=None) as spill:
        writer = FragmentedMovieWriter(
            stream, FileType.MP4, spill.queue(), session_start=lambda: Time(START), is_sealed=False, is_append_only=True
        )
        film = Film(writer)
        writer.begin()
        film.fill(every=2, after=writer.end_fragment)
        film.finish()
    data = bytes(stream.data)
    assert kinds(data)[-1] == "mfra"
    for track in WHOLE:
        assert seen(data, track) == seen(plain(), track)
    assert not inside(data, "moov", "mvex", "mehd")  # nobody knew how long it would be


def test_combinable_fragments_keep_the_times_of_the_source() -> None:
    made = Fragmented(FileType.MP4, is_sealed=False, is_combinable=True, first_sequence_number=7)
    assert not any(trak.all("edts") for trak in movie(made.data).all("trak"))
    assert [box.numbers("I") for box in inside(made.data, "moof", "mfhd")] == [(7,), (8,), (9,), (10,)]
    times = [box.numbers("Q")[0] for box in inside(made.data, "moof", "traf", "tfdt")]
    assert times[:2] == [START * FPS - 2, START * RATE - material().priming]
    assert times[2::2] == [START * FPS - 2 + FPS * second for second in range(1, SECONDS)]


def test_the_hint_of_the_duration_is_written_until_it_is_known() -> None:
    made = Fragmented(FileType.MP4, duration_hint=Time(90), finish=False)
    assert inside(made.data, "moov", "mvex", "mehd")[0].numbers("Q") == (90 * 48000,)
    assert not inside(Fragmented(FileType.MP4, finish=False).data, "moov", "mvex", "mehd")
    known = Fragmented(FileType.MP4, duration_hint=Time(90), is_sealed=False)
    assert inside(known.data, "moov", "mvex", "mehd")[0].numbers("Q") == (SECONDS * 48000,)


class Disk(Memory):
    """Remembers every write, and after which of them all before was brought to the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[int, bytes] | str] = []

    def write(self, *buffers: Any) -> int:
        offset = self.size
        for buffer in buffers:
            self.events.append((self.size, bytes(buffer)))
            super().write(buffer)
        return offset

    def overwrite(self, offset: int, data: Any) -> None:
        self.events.append((offset, bytes(data)))
        super().overwrite(offset, data)

    def after_the_lights_went_out(self, chance: random.Random) -> tuple[bytes, int]:
        """A file of all that was safe at some moment and any sectors of what came later; and its whole fragments."""
        brink = [number for number, event in enumerate(self.events) if isinstance(event, str)]
        moment = chance.choice([brink[-1], chance.choice(brink), chance.randrange(len(self.events) + 1)])
        events = self.events[:moment]
        steps = [number for number, event in enumerate(events) if isinstance(event, str)]
        safe = steps[-1] if steps else 0
        data = bytearray()
        for number, event in enumerate(events):
            if isinstance(event, str):
                continue
            offset, piece = event
            for at in range(0, len(piece), 512):
                if number < safe or chance.random() < 0.7:
                    sector = piece[at : at + 512]
                    data.extend(bytes(max(0, offset + at + len(sector) - len(data))))
                    data[offset + at : offset + at + len(sector)] = sector
        return bytes(data), events.count("fragment")


@pytest.mark.parametrize("is_sealed", [True, False])
def test_when_the_power_goes_no_fragment_is_lost(is_sealed: bool) -> None:
    disk, chance = Disk(), random.Random(11)
    with Spill(None, limit=None) as spill:
        writer = FragmentedMovieWriter(
            disk, FileType.MOV, spill.queue(), session_start=lambda: Time(START), is_sealed=is_sealed,
            at_step=lambda step: disk.events.append(str(step)),
        )  # fmt: skip
        film = Film(writer)
        writer.begin()
        film.fill(every=1, after=writer.end_fragment)
        film.finish()
    whole = seen(bytes(disk.data), VIDEO)
    for _ in range(150):
        data, fragments = disk.after_the_lights_went_out(chance)
        if fragments:
            found = seen(data, VIDEO)
            assert len(found) >= fragments * FPS // 2
            assert found == whole[: len(found)]


# Small films


def test_a_film_shorter_than_a_fragment_is_an_ordinary_one() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 24))
    film.finish()
    assert kinds(film.data) == ["ftyp", "mdat", "moov"]
    assert len(samples(movie(film.data).all("trak")[0], film.data)) == 24
    assert len(film.data) == sum(atom.header + len(atom.body) for atom in atoms(film.data))


def test_nothing_collected_is_no_fragment() -> None:
    film = Small()
    assert not film.writer.end_fragment()
    film.add(film.video, pictures([1]))
    assert film.writer.end_fragment()
    assert not film.writer.end_fragment()
    assert kinds(film.data) == ["ftyp", "free", "moov", "moof", "mdat"]


def test_a_film_without_samples_that_stays_in_fragments() -> None:
    film = Small(is_sealed=False)
    film.finish()
    assert kinds(film.data) == ["ftyp", "free", "moov"]


def test_single_frames_of_sound_cost_nothing() -> None:
    film = Small()
    for second in range(10):
        film.add(film.audio, sound(RATE, second * RATE, fill=second))
    film.writer.end_fragment()
    moof = film.box("moof")
    assert len(moof.body) < 120
    assert film.box("moof", "traf", "trun").numbers("II", 0) == (1, 10 * RATE)
    index = film.index(AUDIO)
    assert (index.sample_count, int(index.durations.sum())) == (10 * RATE, 10 * RATE)


def test_sample_flags() -> None:
    from reelwright.isobmff.movie_writer import SampleFlag, dependency_flags

    droppable = dependency_flags(depends_on=1, is_depended_on=2)
    flags = [SampleFlag.SYNC, 0, droppable, SampleFlag.PARTIAL_SYNC]
    film = Small()
    film.add(film.video, pictures([1] * 4, flags=[int(flag) for flag in flags]))
    film.writer.end_fragment()
    trun = film.box("moof", "traf", "trun")
    assert trun.numbers("I", 0)[0] & 0xFFFFFF == 0x001 | 0x200 | 0x400
    rows = [trun.numbers("II", 12 + 8 * row) for row in range(4)]
    assert [row[1] for row in rows] == [0x02000000, 0x01010000, 0x01810000, 0x02010000]
    index = film.index(VIDEO)
    assert index.sync.tolist() == [True, False, False, False]
    assert index.dependencies.tolist() == [0x20, 0x10, 0x18, 0x20]


def test_only_the_first_picture_is_a_start() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 4, flags=[1, 0, 0, 0], sizes=[9] * 4))
    film.writer.end_fragment()
    trun = film.box("moof", "traf", "trun")
    assert trun.numbers("I", 0)[0] & 0xFFFFFF == 0x001 | 0x004  # no table at all
    assert trun.numbers("I", 12) == (0x02000000,)
    assert film.index(VIDEO).sync.tolist() == [True, False, False, False]


@pytest.mark.parametrize("file_type", MOVIES)
def test_a_hole_and_another_format_begin_a_track_fragment(file_type: FileType) -> None:
    film = Small(file_type)
    other = film.video.describe(jpeg(width=160))
    film.add(film.video, pictures([1] * 3))
    film.add(film.video, pictures([1] * 3, 5, fill=70))
    film.add(film.video, pictures([1] * 3, 8, description=other, fill=80))
    film.writer.end_fragment()
    assert [box.numbers("Q")[0] for box in inside(film.data, "moof", "traf", "tfdt")] == [0, 5, 8]
    index = film.index(VIDEO)
    assert index.decode.tolist() == [0, 1, 2, 5, 6, 7, 8, 9, 10]
    assert index.descriptions.tolist() == [0] * 6 + [1] * 3
    film.finish()
    assert [sample["dts"] for sample in samples(movie(film.data).all("trak")[0], film.data)] == list(range(9))
    assert edits(movie(film.data).all("trak")[0]) == [(3, 0), (2, -1), (6, 3)]


def test_a_track_that_begins_late() -> None:
    """Its media begins a second before the session, so that what decodes before its first presentation has room."""
    film = Small()
    film.add(film.video, pictures([1] * 24, 240))
    film.writer.end_fragment()
    trak = movie(film.data).all("trak")[AUDIO - 1]
    assert edits(trak) == [(0, RATE)]
    film.add(film.audio, sound(100, 10 * RATE + 50))
    film.writer.end_fragment()
    assert inside(film.data, "moof", "traf", "tfdt")[-1].numbers("Q") == (RATE + 50,)


def test_sound_before_the_head_room_is_refused_and_the_film_goes_on() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 24, 240))
    film.writer.end_fragment()
    with pytest.raises(TimestampError, match="comes before 9 s") as raised:
        film.add(film.audio, sound(1, 8 * RATE))
    assert raised.value.track == AUDIO
    film.add(film.audio, sound(1, 9 * RATE))
    film.finish()
    assert len(samples(movie(film.data).all("trak")[1], film.data)) == 1


def test_an_empty_edit_until_a_track_begins() -> None:
    film = Small(session_start=lambda: Time(9), is_sealed=False)
    film.add(film.video, pictures([1] * 24, 240))
    film.writer.end_fragment()
    assert edits(movie(film.data).all("trak")[0]) == [(24, -1), (0, 0)]
    summary = film.finish(Time(9), Time(21, 2))
    assert edits(movie(film.data).all("trak")[0]) == [(24, -1), (12, 0)]
    assert summary.duration == Fraction(3, 2)


def test_the_session_may_begin_inside_the_first_fragment() -> None:
    film = Small(session_start=lambda: Time(41, 4))
    film.add(film.video, pictures([1] * 24, 240))
    film.writer.end_fragment()
    assert edits(movie(film.data).all("trak")[0]) == [(0, 6)]


def test_until_the_first_fragment_ticks_become_finer() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 2))
    film.add(film.video, pictures([1001] * 2, 2500, timescale=30000))
    film.writer.end_fragment()
    index = film.index(VIDEO)
    assert index.time_scale == 30000
    assert index.decode.tolist() == [0, 1250, 2500, 3501]
    with pytest.raises(TimestampError, match="written already") as raised:
        film.add(film.video, pictures([1], 1000, timescale=7000))
    assert "media_time_scale" in str(raised.value.hint)
    film.add(film.video, pictures([1], 2, timescale=1))
    assert film.finish().tracks[0].samples == 5


def test_a_time_scale_of_its_own_rounds() -> None:
    film = Small(video_scale=600)
    film.add(film.video, pictures([1] * 24))
    film.writer.end_fragment()
    film.add(film.video, pictures([333], 1001, timescale=1000))
    film.writer.end_fragment()
    assert film.index(VIDEO).decode.tolist()[-1] == 601
    assert film.finish().tracks[0].largest_rounding > 0


def test_a_sealed_films_edges_are_exact_again() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 24))
    film.writer.end_fragment()
    summary = film.finish(Time(1, 7), Time(6, 7))
    assert summary.tracks[0].media_time_scale == 168
    assert summary.duration == Fraction(5, 7)
    assert summary.tracks[0].edit_rounding == 0


def test_a_track_without_a_format_names_the_way_out() -> None:
    film = Small(described=False)
    film.add(film.video, pictures([1] * 24))
    with pytest.raises(InvalidStateError, match="track 2") as raised:
        film.writer.end_fragment()
    assert "source_format_hint" in str(raised.value.hint)
    film.audio.describe(pcm())
    assert film.writer.end_fragment()


def test_a_track_that_is_through_without_a_format_is_left_out() -> None:
    film = Small(described=False, is_through=lambda track: track.track_id == AUDIO)
    film.add(film.video, pictures([1] * 24))
    film.writer.end_fragment()
    assert len(movie(film.data).all("trak")) == 1
    film.audio.describe(pcm())
    with pytest.raises(FrameError, match="came after the header"):
        film.add(film.audio, sound(1))


def test_a_format_that_comes_after_the_first_fragment_is_refused() -> None:
    film = Small()
    film.add(film.video, pictures([1]))
    film.writer.end_fragment()
    number = film.video.describe(jpeg(width=100))
    with pytest.raises(FrameError, match="description 2 came after the header"):
        film.add(film.video, pictures([1], 1, description=number))
    film.add(film.video, pictures([1], 1))
    film.finish()


def test_alignment_holds_in_fragments() -> None:
    film = Small(chunk_alignment=64)
    for second in range(3):
        film.add(film.video, pictures([1] * 24, 24 * second))
        film.add(film.audio, sound(333, 333 * second))
    film.writer.end_fragment()
    firsts = film.index(VIDEO).offsets[::24]
    assert (firsts % 64 == 0).all()
    film.finish()
    assert [sample["data"][:1] for sample in samples(movie(film.data).all("trak")[0], film.data)[:2]] == [b"A", b"B"]


def test_a_fragment_ends_by_itself_before_it_outgrows_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelwright.isobmff.fragment_writer._MOST_BYTES", 1000)
    film = Small()
    for second in range(3):
        film.add(film.audio, sound(300, 300 * second))
    assert kinds(film.data).count("moof") == 2
    film.writer.end_fragment()
    assert film.index(AUDIO).sample_count == 900


def test_negative_offsets_after_the_first_fragment() -> None:
    film = Small(is_sealed=False)
    film.add(film.video, pictures([1] * 3, offsets=[1, -1, 0]))
    film.writer.end_fragment()
    assert edits(movie(film.data).all("trak")[0]) == [(0, 1)]
    film.add(film.video, pictures([1] * 3, 3, offsets=[2, -2, 0]))
    film.writer.end_fragment()
    versions = [box.version for box in inside(film.data, "moof", "traf", "trun")]
    assert versions == [0, 1]
    assert (film.index(VIDEO).presentation - 1).tolist() == [1, 0, 2, 5, 2, 5]


@pytest.mark.parametrize(
    "settings", [{"is_append_only": True}, {"is_combinable": True}, {"first_sequence_number": 0}, {"created": 1}]
)
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises((InvalidArgumentError, AttributeError)):
        Small(**settings)


def test_combinable_fragments_cannot_begin_before_zero() -> None:
    film = Small(is_combinable=True, is_sealed=False)
    film.add(film.video, pictures([1], -1))
    with pytest.raises(TimestampError, match="negative"):
        film.writer.end_fragment()


def test_calls_out_of_order() -> None:
    film = Small()
    calls: list[Callable[[], Any]] = [film.writer.begin, lambda: film.writer.add_track(TrackOptions(media_type=MediaType.VIDEO))]  # fmt: skip  # noqa: E501
    film.add(film.video, pictures([1]))
    for call in calls:
        with pytest.raises(InvalidStateError):
            call()
    film.finish()
    for call in (film.writer.end_fragment, film.finish, lambda: film.add(film.video, pictures([1], 1))):
        with pytest.raises(InvalidStateError, match="finished"):
            call()


def test_a_refused_chunk_leaves_the_fragment_as_it_was() -> None:
    film = Small()
    film.add(film.video, pictures([1] * 2))
    with pytest.raises(TimestampError):
        film.add(film.video, pictures([1], 1))
    with pytest.raises(FrameError):
        film.add(film.video, pictures([1], 2, description=9))
    film.add(film.video, pictures([1], 2, fill=70))
    film.writer.end_fragment()
    assert film.index(VIDEO).decode.tolist() == [0, 1, 2]


def test_trouble_of_the_destination_comes_through() -> None:
    class Full(Memory):
        def overwrite(self, offset: int, data: Any) -> None:
            raise OutputError("the disk is full")

    film = Small(memory=Full())
    film.add(film.video, pictures([1]))
    with pytest.raises(OutputError, match="full"):
        film.writer.end_fragment()


def test_five_gibibytes_are_sealed_with_places_of_64_bits() -> None:
    class Sparse(Memory):
        """Forgets the media of chunks and counts it."""

        gone = 0

        @property
        def size(self) -> int:
            return len(self.data) + self.gone

        def write(self, *buffers: Any) -> int:
            offset = self.size
            for buffer in buffers:
                if isinstance(buffer, memoryview):
                    self.gone += buffer.nbytes
                else:
                    self.data += buffer
            return offset

        def overwrite(self, offset: int, data: Any) -> None:
            pass

    class Nothing:
        def write(self, *buffers: Any) -> None:
            pass

        def read(self, length: int) -> memoryview:
            return zeros[:length]

    zeros = memoryview(bytes(1 << 18))
    large = memoryview(bytes(1 << 28))
    writer = FragmentedMovieWriter(Sparse(), FileType.MP4, Nothing(), session_start=lambda: None)
    track = writer.add_track(TrackOptions(media_type=MediaType.VIDEO))
    track.describe(jpeg())
    writer.begin()
    for number in range(20):
        writer.write_chunk(track, Chunk(1, 24, [large], 1, large.nbytes, number, 1))
    summary = writer.finish(session_start=None, session_end=None, header_first=False)
    assert summary.bytes > 5 << 30
    assert track.table.chunk_offsets().kind == "co64"


def test_a_real_file(tmp_path: Any) -> None:
    destination = open_destination(tmp_path / "film.mov")
    destination.open()
    with Spill(None, limit=None) as spill:
        writer = FragmentedMovieWriter(destination, FileType.MOV, spill.queue(), session_start=lambda: Time(START))
        film = Film(writer)
        writer.begin()
        film.fill(every=2, after=writer.end_fragment)
        film.finish()
    destination.commit()
    assert seen(tmp_path / "film.mov", VIDEO) == seen(plain(FileType.MOV), VIDEO)


def test_a_fragment_that_waits_on_the_disk() -> None:
    stream = io.BytesIO()
    destination = open_destination(stream)
    destination.open()
    noise = np.random.default_rng(1).integers(0, 256, 1 << 21, np.uint8)
    with Spill(None, limit=None, budget=1 << 18) as spill:
        writer = FragmentedMovieWriter(destination, FileType.MOV, spill.queue(), session_start=lambda: None)
        track = writer.add_track(TrackOptions(media_type=MediaType.AUDIO))
        track.describe(pcm())
        writer.begin()
        for start in range(0, 1 << 20, 1 << 18):
            chunk = sound(1 << 18, start)
            chunk.payload = [noise[2 * start : 2 * start + (1 << 19)].data]
            writer.write_chunk(track, chunk)
        writer.end_fragment()
        assert spill.peak > 1 << 20
        writer.finish(session_start=None, session_end=None, header_first=False)
    destination.commit()
    assert noise.tobytes() in stream.getvalue()


def test_steps_have_names() -> None:
    assert [str(step) for step in FragmentStep] == ["media", "fragment", "header", "sealed"]
