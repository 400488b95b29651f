"""Facts of files and tracks: what they say when a file says nothing."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest

from reelwright.model.facts import IDENTITY, DataReference, EditEntry, MediaFacts, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.time import Time

TRACK = TrackFacts(track_id=1, handler="vide", media_type=MediaType.VIDEO)
MEDIA = MediaFacts(container="mov", tracks=(TRACK,))


def test_what_a_file_does_not_say_is_no_guess() -> None:
    assert (MEDIA.size, MEDIA.created, MEDIA.modified, MEDIA.metadata, MEDIA.chapters) == (-1, None, None, (), ())
    assert not MEDIA.duration.is_numeric
    assert not MEDIA.duration_hint.is_numeric
    assert (MEDIA.can_contain_fragments, MEDIA.contains_fragments) == (False, False)


def test_what_a_track_does_not_say_is_no_guess() -> None:
    assert not TRACK.duration.is_numeric
    assert (TRACK.language_code, TRACK.extended_language_tag, TRACK.name, TRACK.sample_count) == (None,) * 4
    assert (TRACK.edits, TRACK.formats, TRACK.problems, TRACK.references) == ((), (), (), {})
    assert not TRACK.is_protected


def test_samples_lie_in_the_file_itself_unless_it_says_otherwise() -> None:
    (reference,) = TRACK.data_references
    assert reference == DataReference("url ", None, True)


def test_nothing_is_transformed_unless_it_says_so() -> None:
    assert TRACK.transform == MEDIA.transform == IDENTITY == (1, 0, 0, 1, 0, 0)
    assert all(isinstance(number, Fraction) for number in IDENTITY)


def test_edits_play_at_their_own_rate_unless_they_say_otherwise() -> None:
    assert EditEntry(10, 0).rate == 1
    assert EditEntry(10, None) != EditEntry(10, -1)


def test_facts_are_values() -> None:
    assert MediaFacts(container="mov", tracks=(TRACK,)) == MEDIA
    assert hash(EditEntry(1, 2)) == hash(EditEntry(1, 2, Fraction(1)))
    with pytest.raises(FrozenInstanceError):
        TRACK.track_id = 2  # type: ignore[misc]


def test_tracks_do_not_share_what_can_be_changed() -> None:
    other = TrackFacts(track_id=2, handler="soun", media_type=MediaType.AUDIO)
    assert other.references is not TRACK.references


def test_times_are_exact() -> None:
    assert MediaFacts(container="mov", tracks=(), duration=Time(1001, 30000)).duration.fraction == Fraction(1001, 30000)
