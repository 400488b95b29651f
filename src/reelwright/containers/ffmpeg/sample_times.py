"""Times that packets lack, told by their neighbours: generators from samples to samples.

Few containers say how long a picture is shown, and those that do say it in round milliseconds; as in a movie file, a
picture lasts until the next one shown. Matroska has no decode times either; the first ones are counted backwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reelwright.containers.media import StoredSample

__all__ = ["Timed", "decode_times", "shown_durations"]

# Encodings move a picture by at most 16 places (H.264 and HEVC, clause A.4; AV1 and VP9 by fewer).
_REORDERED = 17


@dataclass(slots=True)
class Timed:
    """A sample whose times may still be missing. ``usual``: how long such a sample lasts if nothing better is known."""

    sample: StoredSample
    decode: int | None
    presentation: int | None
    usual: int


def decode_times(timed: Iterable[Timed], begin: int = 0) -> Iterator[StoredSample]:
    """Samples with both times.

    Those before the first known decode time are counted back from it; one without times follows the one before, and
    the first of all, if nothing says when, is at ``begin``.
    """
    waiting: list[Timed] = []
    after: int | None = None
    for one in timed:
        if after is None and one.decode is None and one.presentation is not None and len(waiting) < _REORDERED:
            waiting.append(one)
            continue
        for early in _counted_back(waiting, one):
            after = _settle(early, after, begin)
            yield early.sample
        waiting = []
        after = _settle(one, after, begin)
        yield one.sample
    for early in waiting:
        after = _settle(early, after, begin)
        yield early.sample


def _counted_back(waiting: list[Timed], known: Timed) -> list[Timed]:
    if known.decode is not None:
        time = known.decode
        for early in reversed(waiting):
            time -= early.usual
            early.decode = min(time, early.presentation if early.presentation is not None else time)
    return waiting


def _settle(one: Timed, after: int | None, begin: int) -> int:
    """Fix the sample's times; returns when the next would be decoded."""
    decode = one.decode if one.decode is not None else after
    if decode is None:
        decode = begin if one.presentation is None else one.presentation
    one.sample.decode = decode
    one.sample.presentation = decode if one.presentation is None else one.presentation
    return decode + one.usual


def shown_durations(samples: Iterable[StoredSample]) -> Iterator[StoredSample]:
    """The same samples of pictures, each lasting until the next one shown; the last as long as it says itself.

    Where decode times go back (recordings joined to one file), what follows is measured by itself.
    """
    held: deque[StoredSample] = deque()
    shown: deque[int] = deque(maxlen=2 * _REORDERED)  # when those held are shown, and some before them
    for sample in samples:
        if held and sample.decode < held[-1].decode:
            yield from _last(held, shown)
            shown.clear()
        held.append(sample)
        shown.append(sample.presentation)
        if len(held) > _REORDERED:
            yield _measured(held.popleft(), shown)
    yield from _last(held, shown)


def _last(held: deque[StoredSample], shown: Iterable[int]) -> Iterator[StoredSample]:
    """All that are held, when nothing comes behind them; one that says nothing lasts as long as the one before."""
    duration = 0
    while held:
        sample = _measured(held.popleft(), shown)
        sample.duration = duration = sample.duration or duration
        yield sample


def _measured(sample: StoredSample, shown: Iterable[int]) -> StoredSample:
    later = [time for time in shown if time > sample.presentation]
    if later:
        sample.duration = min(later) - sample.presentation
    return sample
