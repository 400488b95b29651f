"""A media file that exists only in memory: the double of every engine, made of facts and samples given by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reelwright.containers.media import StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import MediaFacts, TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample_index import SampleIndex

__all__ = [
    "AAC",
    "AVC",
    "VP9",
    "FakeMedia",
    "FakeStream",
    "index_of",
    "media_facts",
    "sound_track",
    "track_facts",
    "video_track",
]

AVC = FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=64, height=48)
VP9 = FormatDescription(media_type=MediaType.VIDEO, media_subtype="vp09", width=64, height=48)
AAC = FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=48000, channels=2)


def index_of(
    durations: Sequence[int], time_scale: int = 600, *, offsets: Sequence[int] | None = None, **columns: Any
) -> SampleIndex:
    """An index of samples that follow one another; sample k has 10 + k bytes, one behind the other from 100 on.

    Args:
        offsets: composition offsets.
    """
    lengths = np.array(durations, np.int64)
    sizes = np.arange(10, 10 + len(lengths), dtype=np.int64)
    return SampleIndex(
        time_scale=time_scale,
        offsets=100 + np.cumsum(sizes) - sizes,
        sizes=sizes,
        decode=np.cumsum(lengths) - lengths,
        durations=lengths,
        composition=None if offsets is None else np.array(offsets, np.int64),
        **columns,
    )


def track_facts(track_id: int = 1, media_type: MediaType = MediaType.VIDEO, **more: Any) -> TrackFacts:
    given = {"handler": media_type.value, "time_scale": 600, **more}
    return TrackFacts(track_id=track_id, media_type=media_type, **given)


def video_track(track_id: int = 1, **more: Any) -> TrackFacts:
    return track_facts(track_id, MediaType.VIDEO, **{"formats": (AVC,), **more})


def sound_track(track_id: int = 2, **more: Any) -> TrackFacts:
    return track_facts(track_id, MediaType.AUDIO, **{"formats": (AAC,), "time_scale": 48000, **more})


def media_facts(*tracks: TrackFacts, **more: Any) -> MediaFacts:
    return MediaFacts(**{"container": "mov", "time_scale": 600, **more}, tracks=tracks)


class FakeStream:
    """Samples from a list (``SampleStream``)."""

    def __init__(self, samples: Sequence[StoredSample]) -> None:
        self._samples = samples
        self.is_closed = False

    def __iter__(self) -> Iterator[StoredSample]:
        return iter(self._samples)

    def close(self) -> None:
        self.is_closed = True


class FakeMedia:
    """``Media`` without a file.

    Args:
        indexes: samples by track. has_tables: False hides them, as containers without tables do.
        data: bytes of samples by track; without them a sample's bytes are zeros.

    Attributes:
        asked: tracks whose index was asked for, each time. streams: all that were opened. is_closed.
    """

    def __init__(
        self,
        facts: MediaFacts,
        indexes: Mapping[int, SampleIndex] | None = None,
        *,
        has_tables: bool = True,
        data: Mapping[int, Sequence[bytes]] | None = None,
    ) -> None:
        self._facts = facts
        self._indexes = dict(indexes or {})
        self._has_tables = has_tables
        self._data = dict(data or {})
        self._lock = threading.Lock()
        self.asked: list[int] = []
        self.streams: list[FakeStream] = []
        self.is_closed = False

    @property
    def facts(self) -> MediaFacts:
        return self._facts

    def index(self, track_id: int) -> SampleIndex | None:
        with self._lock:
            self.asked.append(track_id)
        self._check(track_id)
        return self._found(track_id) if self._has_tables else None

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> FakeStream:
        self._check(track_id)
        index = self._found(track_id)
        shown = None if start is None else index.row_shown_at(start)
        first = 0 if shown is None else index.sync_before(shown)
        stream = FakeStream([self._sample(track_id, index, row, with_data) for row in range(first, len(index))])
        self.streams.append(stream)
        return stream

    def close(self) -> None:
        self.is_closed = True

    def _check(self, track_id: int) -> None:
        if self.is_closed:
            raise InvalidMediaError("the fake was closed.")
        if track_id not in {track.track_id for track in self._facts.tracks}:
            raise InvalidMediaError(f"the fake has no track {track_id}.")

    def _found(self, track_id: int) -> SampleIndex:
        scale = next(track.time_scale for track in self._facts.tracks if track.track_id == track_id)
        return self._indexes.get(track_id) or index_of([], scale)

    def _sample(self, track_id: int, index: SampleIndex, row: int, with_data: bool) -> StoredSample:
        texts = self._data.get(track_id)
        data = bytes(int(index.sizes[row])) if texts is None else texts[row]
        return StoredSample(
            data=data if with_data else None,
            decode=int(index.decode[row]),
            presentation=int(index.presentation[row]),
            duration=int(index.durations[row]),
            is_sync=index.sync is None or bool(index.sync[row]),
            description=0 if index.descriptions is None else int(index.descriptions[row]),
            count=1 if index.counts is None else int(index.counts[row]),
            row=row if self._has_tables else -1,
            offset=int(index.offsets[row]) if self._has_tables else -1,
        )
