"""What waits for a fragment: order, padding, ticks that became finer, and places that tracks are told."""

from __future__ import annotations

import numpy as np
from tests.isobmff.fakes import RATE, jpeg, pcm, pictures, sound

from reelwright.isobmff.fragment_media import FragmentMedia, TrackClock, fragment_header
from reelwright.isobmff.sample_table import Chunk
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.kinds import FileType, MediaType
from reelwright.storage.spill import Spill


def track(number: int, media_type: MediaType, alignment: int = 0) -> MovieTrack:
    made = MovieTrack(number, TrackOptions(media_type=media_type, chunk_alignment=alignment), FileType.MP4)
    made.describe(jpeg() if media_type is MediaType.VIDEO else pcm())
    return made


def add(media: FragmentMedia, to: MovieTrack, chunk: Chunk) -> None:
    media.add(chunk, to, to.append(chunk, 0))


def waiting(**settings: bool) -> FragmentMedia:
    return FragmentMedia(Spill(None, limit=None).queue(), **settings)


def test_chunks_keep_their_order_and_get_their_places() -> None:
    media, video, audio = waiting(), track(1, MediaType.VIDEO, 16), track(2, MediaType.AUDIO)
    assert not media
    add(media, video, pictures([1] * 2))
    add(media, audio, sound(3, fill=7))
    add(media, video, pictures([1] * 1, 2, fill=80))
    assert (bool(media), media.payload) == (True, 16)
    media.lay_out(6)
    assert media.length == 29
    data = b"".join(bytes(piece) for piece in media.drain())
    assert data == bytes(10) + b"AAABBBB" + bytes([7] * 6) + bytes(3) + b"PPP"
    media.settle(6)
    assert video.table.chunk_offsets().render()[-8:] == (16).to_bytes(4, "big") + (32).to_bytes(4, "big")
    assert audio.table.chunk_offsets().render()[-4:] == (23).to_bytes(4, "big")
    assert (bool(media), media.payload, media.length) == (False, 0, 0)


def test_times_are_those_of_the_ticks_at_the_end() -> None:
    media, video = waiting(), track(1, MediaType.VIDEO)
    add(media, video, pictures([1] * 2, 24, offsets=[1, 0]))
    add(media, video, pictures([1] * 2, 131, timescale=120))
    media.lay_out(0)
    clock = TrackClock(video, 100, 7, 120, 1)
    ((first,), (second,)) = media.trafs({1: clock})[1]
    assert (first.decode, first.duration) == (20, 10)
    assert np.asarray(first.durations).tolist() == [5, 5]
    assert np.asarray(first.offsets).tolist() == [12, 7]
    assert (second.decode, np.asarray(second.durations).tolist(), second.offsets) == (31, [1, 1], 7)


def test_holes_are_kept_or_closed() -> None:
    counts = []
    for closes in (False, True):
        media, video = waiting(closes_holes=closes), track(1, MediaType.VIDEO)
        add(media, video, pictures([1] * 2))
        add(media, video, pictures([1] * 2, 9))
        media.lay_out(0)
        clocks = {1: TrackClock(video, 0, 0, 24, 1)}
        trafs = media.trafs(clocks)
        counts.append([len(runs) for runs in trafs[1]])
        assert fragment_header(trafs, clocks, 1, base=None, start=8).kind == "moof"
    assert counts == [[1, 1], [1]]


def test_tracks_without_chunks_have_no_track_fragment() -> None:
    media, video, audio = waiting(), track(1, MediaType.VIDEO), track(2, MediaType.AUDIO)
    add(media, audio, sound(RATE))
    media.lay_out(0)
    clocks = {1: TrackClock(video, 0, 0, 24, 1), 2: TrackClock(audio, 0, 0, RATE, 1)}
    assert list(media.trafs(clocks)) == [2]
