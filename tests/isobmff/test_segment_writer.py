"""Segments: init and media together are the film written whole; reports are exact; profiles keep their rules."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.isobmff.fakes import RATE, jpeg, pcm, pictures, sound
from tests.isobmff.fragmented import FPS, GROUP, SECONDS, START, Film, Segmented, chunks, material, plain, seen
from tests.isobmff.reading import atoms, edits, movie
from tests.isobmff.test_fragment_writer import SOUND, inside, kinds

from reelwright.isobmff.movie_writer import TrackOptions
from reelwright.isobmff.segment_writer import MediaSegment, SegmentWriter
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidStateError, TimestampError
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.time import Time

HLS, CMAF = FileTypeProfile.MPEG4_APPLE_HLS, FileTypeProfile.MPEG4_CMAF_COMPLIANT
VIDEO, AUDIO = MediaType.VIDEO, MediaType.AUDIO
REORDERED = 2  # pictures by which decoding is ahead


@pytest.mark.parametrize(
    ("profile", "media"), [(HLS, (VIDEO, AUDIO)), (HLS, (VIDEO,)), (CMAF, (VIDEO,)), (CMAF, (AUDIO,))]
)
def test_all_segments_together_are_the_film(profile: FileTypeProfile, media: tuple[MediaType, ...]) -> None:
    made = Segmented(profile, media)
    for track_id, kind in enumerate(media, 1):
        found = seen(made.data, track_id)
        whole = seen(plain(), 1 if kind is VIDEO else 2)
        early = whole[0].presentation - found[0].presentation  # CMAF shows the first picture when it is decoded
        assert early == (Fraction(REORDERED, FPS) if profile is CMAF and kind is VIDEO else 0)
        assert [sample._replace(presentation=sample.presentation + early) for sample in found] == whole


def test_the_shape_of_segments() -> None:
    made = Segmented(HLS)
    assert kinds(made.initialization) == ["ftyp", "moov"]
    for box in ("stts", "stsc", "stco"):
        for table in inside(made.initialization, "moov", "trak", "mdia", "minf", "stbl", box):
            assert table.body == bytes(8)
    assert [kinds(segment) for segment in made.segments] == [["moof", "mdat"]] * SECONDS
    assert made.writer.initialization() == made.writer.initialization()
    assert b"".join(made.writer.initialization()) == made.initialization
    numbers = [box.numbers("I") for box in inside(made.data, "moof", "mfhd")]
    assert numbers == [(number,) for number in range(1, SECONDS + 1)]
    assert [made.sequence_number for made in made.reports] == [1, 2, 3, 4]


def test_reports_of_apples_profile() -> None:
    made = Segmented(HLS)
    for number, (report, data) in enumerate(zip(made.reports, made.segments, strict=True)):
        video, audio = report.tracks
        assert (video.earliest_presentation, video.duration) == (Time(START + number), Time(1))
        assert (video.samples, audio.samples) == (FPS, SOUND[number + 1] - SOUND[number])
        first = material().pictures[number * FPS]
        assert video.first_sample is not None
        assert video.first_sample.is_sync
        assert video.first_sample.presentation == Time(START + number)
        place, length = video.first_sample.offset, video.first_sample.length
        assert data[place : place + length] == b"".join(first.payload)
        start = START * RATE - material().priming + 1024 * SOUND[number]
        assert audio.earliest_presentation == Time(start, RATE)
        assert audio.duration == Time(1024 * audio.samples, RATE)
        assert audio.first_sample is None
        assert video.late_by == audio.late_by == Time.ZERO
    assert not any(trak.all("edts") for trak in movie(made.initialization).all("trak"))
    times = [box.numbers("Q")[0] for box in inside(made.segments[0], "moof", "traf", "tfdt")]
    assert times == [START * FPS - REORDERED, START * RATE - material().priming]
    assert {box.version for box in inside(made.data, "moof", "traf", "trun")} == {0}


def test_a_stream_that_begins_at_zero_is_late_as_a_whole() -> None:
    made = Segmented(HLS, start=0)
    video, audio = made.reports[0].tracks
    late = Time(REORDERED, FPS)  # more than the priming of the sound
    assert video.late_by == audio.late_by == video.earliest_presentation == late
    assert audio.earliest_presentation.fraction == late.fraction - Fraction(material().priming, RATE)


def test_cmaf_pictures() -> None:
    made = Segmented(CMAF, (VIDEO,))
    times = [box.numbers("Q")[0] for box in inside(made.data, "moof", "traf", "tfdt")]
    assert times == [FPS * (START + second) for second in range(SECONDS)]
    assert {box.version for box in inside(made.data, "moof", "traf", "trun")} == {1}
    for number, report in enumerate(made.reports):
        (video,) = report.tracks
        assert video.earliest_presentation == Time(START + number)
        assert video.first_sample is not None
        assert video.first_sample.presentation == Time(START + number)
    assert made.initialization[16:32] == b"iso6cmfccmf2cfhd"
    assert not movie(made.initialization).one("trak").all("edts")


@pytest.mark.parametrize("start", [0, START])
def test_cmaf_sound_hides_its_priming_behind_an_edit(start: int) -> None:
    made = Segmented(CMAF, (AUDIO,), start=start)
    priming = material().priming
    assert edits(movie(made.initialization).one("trak")) == [(0, priming)]
    assert inside(made.data, "moof", "traf", "tfdt")[0].numbers("Q") == (start * RATE,)
    first = made.reports[0].tracks[0]
    hidden = 0 if start else priming  # nothing is presented before 0
    assert first.earliest_presentation == Time(start * RATE - (0 if hidden else priming), RATE)
    assert first.duration == Time(1024 * SOUND[1] - hidden, RATE)
    assert made.reports[1].tracks[0].earliest_presentation == Time(start * RATE + 1024 * SOUND[1] - priming, RATE)
    assert b"caac" in made.initialization[:40]
    assert len(inside(made.data, "moof", "traf", "sbgp")) == SECONDS


def test_what_may_stand_before_a_segment() -> None:
    made = Segmented(CMAF, (VIDEO,), has_type_box=True, has_index=True)
    for number, (data, report) in enumerate(zip(made.segments, made.reports, strict=True)):
        assert kinds(data) == ["styp", "sidx", "moof", "mdat"]
        last = [b"lmsg"] if number == SECONDS - 1 else []
        assert inside(data, "styp")[0].body == b"".join([b"msdh", bytes(4), b"msdh", b"cmfs", b"msix", *last])
        sidx = inside(data, "sidx")[0]
        assert sidx.numbers("IIQQHH") == (1, FPS, FPS * (START + number), 0, 0, 1)
        behind = len(data) - sidx.offset - sidx.header - len(sidx.body)
        assert sidx.numbers("III", 4 + 28) == (behind, FPS, 0x90000000)
        first = report.tracks[0].first_sample
        assert first is not None
        assert data[first.offset :][: first.length] == b"".join(material().pictures[number * FPS].payload)


def test_parts_and_the_producers_clock() -> None:
    writer = SegmentWriter(CMAF, has_type_box=True)
    track = writer.add_track(TrackOptions(media_type=VIDEO))
    track.describe(jpeg())
    writer.write_chunk(track, pictures([1] * 2, 240, flags=[1, 0]))
    writer.initialization()
    whole = writer.end_segment(is_part=True, produced=datetime(2024, 1, 2, 3, 4, 5, 500_000, UTC))
    assert whole is not None
    data = b"".join(whole.buffers)
    assert kinds(data) == ["styp", "prft", "moof", "mdat"]
    assert inside(data, "styp")[0].body[-4:] == b"cmfl"
    ntp = 3913153445  # seconds from 1900, by datetime(2024, 1, 2, 3, 4, 5) - datetime(1900, 1, 1)
    assert inside(data, "prft")[0].numbers("IIIQ") == (1, ntp, 1 << 31, 240)
    first = whole.tracks[0].first_sample
    assert first is not None
    assert data[first.offset : first.offset + first.length] == b"AAA"
    writer.write_chunk(track, pictures([1] * 2, 242, flags=[0, 0]))
    part = writer.end_segment(is_part=True)
    assert part is not None
    assert part.tracks[0].first_sample is not None
    assert not part.tracks[0].first_sample.is_sync


def small(profile: FileTypeProfile = HLS, **settings: Any) -> tuple[SegmentWriter, Any]:
    writer = SegmentWriter(profile, **settings)
    track = writer.add_track(TrackOptions(media_type=VIDEO))
    track.describe(jpeg())
    return writer, track


def ended(writer: SegmentWriter) -> MediaSegment:
    made = writer.end_segment()
    assert made is not None
    return made


def test_a_hole_belongs_to_the_sample_before_it() -> None:
    writer, track = small(CMAF)
    writer.write_chunk(track, pictures([1] * 3, 24))
    writer.write_chunk(track, pictures([1] * 3, 30))
    data = b"".join(writer.initialization())
    made = ended(writer)
    data += b"".join(made.buffers)
    assert len(inside(data, "moof", "traf")) == 1
    assert [sample.duration * 24 for sample in seen(data, 1)] == [1, 1, 4, 1, 1, 1]
    assert made.tracks[0].duration == Time(9, 24)
    writer.write_chunk(track, pictures([1] * 3, 40))  # a hole between segments is one in the times of segments
    assert ended(writer).tracks[0].earliest_presentation == Time(40, 24)


def test_negative_offsets_become_positive_for_apple() -> None:
    writer, track = small()
    writer.write_chunk(track, pictures([1] * 3, 24, offsets=[1, -1, 0]))
    writer.initialization()
    made = ended(writer)
    data = b"".join(made.buffers)
    assert inside(data, "moof", "traf", "tfdt")[0].numbers("Q") == (23,)
    assert inside(data, "moof", "traf", "trun")[0].version == 0
    assert made.tracks[0].earliest_presentation == Time(24, 24)
    assert made.tracks[0].first_sample is not None
    assert made.tracks[0].first_sample.presentation == Time(25, 24)


def test_the_writer_forgets_what_it_has_handed_out() -> None:
    writer, track = small()
    writer.write_chunk(track, pictures([1], 24))
    writer.initialization()
    for number in range(25, 2000):
        ended(writer)
        writer.write_chunk(track, pictures([1], number, sizes=[1 + number % 7]))
    assert track.table.nbytes < 200
    assert track.sample_count == 1
    with pytest.raises(TimestampError, match="last sample ends"):
        writer.write_chunk(track, pictures([1], 30))


def test_a_track_that_comes_with_a_later_segment() -> None:
    writer, track = small()
    other = writer.add_track(TrackOptions(media_type=AUDIO))
    other.describe(pcm())
    writer.write_chunk(track, pictures([1] * 24, 240))
    writer.initialization()
    assert len(ended(writer).tracks) == 1
    writer.write_chunk(other, sound(100, 11 * RATE))
    (late,) = ended(writer).tracks
    assert (late.track_id, late.earliest_presentation) == (2, Time(11))
    assert writer.end_segment() is None


def test_a_later_track_cannot_begin_before_zero() -> None:
    writer, track = small()
    other = writer.add_track(TrackOptions(media_type=AUDIO))
    other.describe(pcm())
    writer.write_chunk(track, pictures([1] * 24, 240))
    writer.initialization()
    ended(writer)
    writer.write_chunk(other, sound(100, -5))
    with pytest.raises(TimestampError, match="before 0") as raised:
        writer.end_segment()
    assert raised.value.track == 2


def test_what_is_refused() -> None:
    writer, track = small(CMAF)
    with pytest.raises(InvalidArgumentError, match="one track"):
        writer.add_track(TrackOptions(media_type=AUDIO))
    writer.write_chunk(track, pictures([1], 24))
    with pytest.raises(InvalidStateError, match="initialization"):
        writer.end_segment()
    other = track.describe(jpeg(width=100))
    writer.write_chunk(track, pictures([1], 25, description=other))
    writer.initialization()
    with pytest.raises(FrameError, match="two sample descriptions"):
        writer.end_segment()
    with pytest.raises(InvalidStateError, match="is made"):
        writer.add_track(TrackOptions(media_type=AUDIO))
    third = track.describe(jpeg(width=200))
    with pytest.raises(FrameError, match="came after the header"):
        writer.write_chunk(track, pictures([1], 26, description=third))
    with pytest.raises(InvalidArgumentError, match="sequence number"):
        SegmentWriter(HLS, first_sequence_number=0)
    bare = SegmentWriter(HLS)
    bare.add_track(TrackOptions(media_type=VIDEO))
    with pytest.raises(InvalidStateError, match="no sample description"):
        bare.initialization()


def test_the_initialization_may_come_before_any_sample() -> None:
    """For low latency: formats and scales are enough."""
    writer = SegmentWriter(CMAF)
    track = writer.add_track(TrackOptions(media_type=VIDEO), FPS)
    track.describe(material().picture)
    early = b"".join(writer.initialization())
    late = Segmented(CMAF, (VIDEO,), created=datetime(2024, 1, 1, tzinfo=UTC)).initialization
    assert movie(early).one("trak", "mdia", "mdhd").numbers("I", 12) == (FPS,)
    assert [atom.kind for atom in atoms(early)] == [atom.kind for atom in atoms(late)]
    film = SegmentWriter(HLS)
    made = Film(film, media=(VIDEO,))
    film.initialization()  # no scale is known: one that holds all usual rates
    made.fill()
    assert ended(film).tracks[0].duration == Time(SECONDS)
    assert sum(chunk.count for kind, chunk in chunks() if kind is VIDEO) == 2 * SECONDS * GROUP


def test_a_segment_that_nobody_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelwright.isobmff.segment_writer._MOST_BYTES", 10)
    writer, track = small()
    writer.write_chunk(track, pictures([1] * 2, 24, sizes=[5, 5]))
    with pytest.raises(InvalidStateError, match="more than 10 bytes"):
        writer.write_chunk(track, pictures([1], 26))
    writer.initialization()
    ended(writer)
    writer.write_chunk(track, pictures([1] * 2, 26, sizes=[5, 5]))
    assert ended(writer).tracks[0].samples == 2
