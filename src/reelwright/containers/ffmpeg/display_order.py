"""When pictures are shown, where a container knows only the order in which they are decoded (AVI, raw H.264 and HEVC).

Only a decoder can tell: it is shown the samples, its pictures thrown away, and the order in which they come out is the
order of showing. The first one shown takes the first decode time, the second one the second, and so on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import av

from reelwright.codecs._av import FFmpegError
from reelwright.containers.media import StoredSample

__all__ = ["display_order", "needs_order"]

_CODECS = frozenset({"h264", "hevc"})
_CONTAINERS = frozenset({"avi", "h264", "hevc"})
_USUAL_DEPTH = 2
_MOST_HELD = 64  # a sample that still gave no picture by then gives none
# What a picture looks like does not matter here.
_HASTY = {"skip_loop_filter": "all", "skip_idct": "all", "flags2": "+fast"}


def needs_order(container: str, codec: str, context: Any) -> bool:
    """Whether pictures of this stream are moved around without the container saying so."""
    return codec in _CODECS and not _CONTAINERS.isdisjoint(container.split(",")) and bool(context.has_b_frames)


def display_order(samples: Iterable[StoredSample], context: Any, with_data: bool) -> Iterator[StoredSample]:
    """The samples, in decode order still, with the times at which they are shown.

    Args:
        samples: with their data. context: of their stream; it only says what decoder to open. with_data: False takes
            the data away.
    """
    decoder = av.CodecContext.create(context.codec.canonical_name, "r")
    decoder.extradata, decoder.options, decoder.thread_count = context.extradata, dict(_HASTY), 1
    order = _Order()
    for sample in samples:
        order.add(sample)
        packet = av.Packet(sample.data or b"")
        packet.pts = packet.dts = order.count - 1
        order.shown(_pictures(decoder, packet))
        yield from _given(order.ready(), decoder, with_data)
    order.shown(_pictures(decoder, None))
    yield from _given(order.rest(), decoder, with_data)


def _pictures(decoder: Any, packet: av.Packet[Any] | None) -> list[Any]:
    try:
        return list(decoder.decode(packet))
    except FFmpegError:
        return []  # damage is for whoever wants to see the picture


def _given(samples: Iterable[StoredSample], decoder: Any, with_data: bool) -> Iterator[StoredSample]:
    """Samples decoded as much earlier as pictures are moved around, so that none is decoded after it is shown."""
    for sample in samples:
        depth = getattr(decoder, "reorder_depth", _USUAL_DEPTH)  # older PyAV does not say
        data = sample.data if with_data else None
        yield replace(sample, data=data, decode=sample.decode - depth * sample.duration)


class _Order:
    """Samples that wait until it is known when they are shown."""

    def __init__(self) -> None:
        self.count = 0
        self._rank = 0
        self._waiting: deque[tuple[int, StoredSample]] = deque()
        self._slots: dict[int, int] = {}  # decode times by number; those before the oldest in use are dropped
        self._known: dict[int, int] = {}

    def add(self, sample: StoredSample) -> None:
        self._waiting.append((self.count, sample))
        self._slots[self.count] = sample.decode
        self._slots.pop(self.count - 4 * _MOST_HELD, None)
        self.count += 1

    def shown(self, pictures: Iterable[Any]) -> None:
        for picture in pictures:
            if picture.pts is None:
                continue
            if picture.key_frame:
                self._rank = max(self._rank, picture.pts)  # what was lost before it shifts nothing behind it
            if self._rank in self._slots:
                self._known[picture.pts] = self._slots[self._rank]
            self._rank += 1

    def ready(self) -> Iterator[StoredSample]:
        while self._waiting and (self._waiting[0][0] in self._known or len(self._waiting) > _MOST_HELD):
            yield self._next()

    def rest(self) -> Iterator[StoredSample]:
        while self._waiting:
            yield self._next()

    def _next(self) -> StoredSample:
        number, sample = self._waiting.popleft()
        sample.presentation = self._known.pop(number, sample.decode)
        return sample
