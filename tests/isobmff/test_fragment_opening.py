"""What the header of a fragmented film settles: zeros, edits, scales, and which chunks fit it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.isobmff.fakes import RATE, jpeg, pcm, pictures, sound
from tests.isobmff.reading import Atom, edits

from reelwright.isobmff.fragment_opening import FragmentOpening, check_chunk, check_description, ticks, time_scale_of
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.errors import FrameError, TimestampError
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time


def track(number: int, media_type: MediaType, time_scale: int = 0) -> MovieTrack:
    made = MovieTrack(number, TrackOptions(media_type=media_type), FileType.MP4, time_scale)
    made.describe(jpeg() if media_type is MediaType.VIDEO else pcm())
    return made


def film() -> tuple[MovieTrack, MovieTrack]:
    """Pictures of the eleventh second, reordered; sound from 10.5 s on, of which the first 100 frames are priming."""
    video, audio = track(1, MediaType.VIDEO), track(2, MediaType.AUDIO)
    video.append(pictures([1] * 24, 240, offsets=[0, 1, -1] * 8), 0)
    audio.append(sound(RATE, 10 * RATE + RATE // 2 - 100), 0)
    audio.trim_start = Time(100, RATE)
    return video, audio


def header(opening: FragmentOpening, **known: Fraction) -> Atom:
    ends = {int(name[1:]): end for name, end in known.items()}
    return Atom("moov", 0, 8, opening.header(0, None, ends).render()[8:])


def test_moments_in_ticks() -> None:
    assert [ticks(Fraction(n, 4), 2) for n in (-3, -1, 1, 2, 3)] == [-2, -1, 1, 1, 2]


def test_scales_are_settled() -> None:
    assert time_scale_of(track(1, MediaType.AUDIO)) == RATE
    assert time_scale_of(track(1, MediaType.VIDEO)) == 240_000
    assert time_scale_of(track(1, MediaType.VIDEO, 600)) == 600
    video, _ = film()
    assert time_scale_of(video) == 24
    with pytest.raises(TimestampError, match="written already"):
        video.append(pictures([1], 20 * 25, timescale=25), 0)


def test_zeros_and_edits() -> None:
    opening = FragmentOpening(film(), Fraction(10), 0, is_combinable=False)
    video, audio = opening.clocks[1], opening.clocks[2]
    assert (video.base, video.shift, video.time_scale, video.descriptions) == (240, 1, 24, 1)
    assert (audio.base, audio.shift) == (10 * RATE + RATE // 2 - 100, 0)
    pictures_, sound_ = header(opening).all("trak")
    assert edits(pictures_) == [(0, 1)]
    assert edits(sound_) == [(RATE // 2, -1), (0, 100)]
    known = header(opening, t1=Fraction(12), t2=Fraction(45, 4))
    assert [edits(trak)[-1][0] for trak in known.all("trak")] == [2 * RATE, RATE * 3 // 4]
    assert len(known.body) == len(header(opening).body)


def test_without_a_session_the_earliest_presentation_is_zero() -> None:
    opening = FragmentOpening(film(), None, 0, is_combinable=False)
    assert edits(header(opening).all("trak")[0]) == [(0, 1)]


def test_a_session_that_begins_behind_the_first_fragment() -> None:
    opening = FragmentOpening(film(), Fraction(100), 0, is_combinable=False)
    assert [edits(trak)[0][1] for trak in header(opening).all("trak")] == [90 * 24 + 1, 89 * RATE + RATE // 2 + 100]


def test_tracks_without_samples_have_room_before_the_session() -> None:
    video, _ = film()
    opening = FragmentOpening([video, track(2, MediaType.AUDIO)], Fraction(10), 0, is_combinable=False)
    assert opening.clocks[2].base == 9 * RATE
    assert edits(header(opening).all("trak")[1]) == [(0, RATE)]


def test_combinable_fragments_have_no_zero_of_their_own() -> None:
    opening = FragmentOpening(film(), Fraction(10), 0, is_combinable=True)
    assert [(clock.base, clock.shift) for clock in opening.clocks.values()] == [(0, 0), (0, 0)]
    assert not any(trak.all("edts") for trak in header(opening).all("trak"))


def test_chunks_that_do_not_fit() -> None:
    video, audio = film()
    nameless = MovieTrack(3, TrackOptions(media_type=MediaType.TEXT), FileType.MP4)
    clocks = FragmentOpening([video, audio, nameless], Fraction(10), 0, is_combinable=False).clocks
    assert sorted(clocks) == [1, 2]
    assert check_description(clocks, video, pictures([1], 0)) is clocks[1]
    check_chunk(clocks, video, pictures([1], 264))
    with pytest.raises(FrameError, match="which has 1 of track 1"):
        check_chunk(clocks, video, pictures([1], 264, description=2))
    with pytest.raises(FrameError, match="which has 0 of track 3"):
        check_chunk(clocks, nameless, pictures([1], 264))
    with pytest.raises(TimestampError, match="before 10 s"):
        check_chunk(clocks, video, pictures([1], 239))
