"""iTunes' words on what an encoder added: when they count, and as what."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reelwright.isobmff.gapless import with_gapless_edit
from reelwright.model.facts import EditEntry, TrackFacts
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time

SCALE = 48000


def sound(**details: object) -> TrackFacts:
    facts: dict[str, object] = {"media_type": MediaType.AUDIO, "time_scale": SCALE, "media_duration": 96000, **details}
    return TrackFacts(track_id=1, handler="soun", **facts)  # type: ignore[arg-type]


def words(priming: int = 2112, padding: int = 100, valid: int = 48000, text: str | None = None) -> MetadataItem:
    said = f" 00000000 {priming:08X} {padding:08x} {valid:016X} 00000000 00000000" if text is None else text
    return MetadataItem(key_space="itlk", key="com.apple.iTunes.iTunSMPB", value=said)


def edits_of(*items: MetadataItem, track: TrackFacts | None = None, scale: int = SCALE) -> tuple[EditEntry, ...]:
    return with_gapless_edit((track or sound(),), items, scale)[0].edits


def test_priming_and_length_become_an_edit() -> None:
    (track,) = with_gapless_edit((sound(),), [words()], SCALE)
    assert track.edits == (EditEntry(48000, 2112),)
    assert track.duration == Time(1, 1)


def test_the_edit_lasts_in_ticks_of_the_movie() -> None:
    (track,) = with_gapless_edit((sound(),), [words(valid=4800)], 600)
    assert track.edits == (EditEntry(60, 2112),)
    assert track.duration.fraction == Fraction(1, 10)


@pytest.mark.parametrize(
    "item",
    [
        words(text="nothing of the kind"),
        words(text=" 00000000 00000840 000001C0"),
        words(valid=0),
        words(valid=96000 - 2111),  # more than the media has
        words(priming=0xFFFFFFFF),
        words(valid=(1 << 64) - 1),
        MetadataItem(key_space="itlk", key="com.apple.iTunes.iTunSMPB", value=None),
        MetadataItem(key_space="itlk", key="com.apple.iTunes.iTunSMPB", value=b"\0\1"),
        MetadataItem(key_space="itlk", key="com.apple.iTunes.iTunNORM", value=words().value),
    ],
)
def test_words_that_say_nothing(item: MetadataItem) -> None:
    assert edits_of(item) == ()


def test_all_of_the_media_is_not_too_much() -> None:
    assert edits_of(words(valid=96000 - 2112)) == (EditEntry(96000 - 2112, 2112),)


def test_the_first_words_that_make_sense_count() -> None:
    assert edits_of(words(text="?"), words(priming=7), words(priming=8)) == (EditEntry(48000, 7),)


@pytest.mark.parametrize(
    "tracks",
    [
        (),
        (sound(edits=(EditEntry(5, 0),)),),
        (sound(), sound()),
        (sound(media_type=MediaType.VIDEO),),
    ],
)
def test_files_to_which_they_do_not_apply(tracks: tuple[TrackFacts, ...]) -> None:
    assert with_gapless_edit(tracks, [words()], SCALE) is tracks
