"""Peak and average bit rates of a stream, measured over the segments that were written.

The peak is the one a multivariant playlist must state: the largest bit rate of any contiguous set of segments whose
total duration is between 0.5 and 1.5 target durations (draft-pantos-hls-rfc8216bis, 4.1).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["BitRateMeter", "BitRates"]


@dataclass(frozen=True, slots=True)
class BitRates:
    """Bits per second, rounded up."""

    peak: int
    average: int

    def __add__(self, other: BitRates) -> BitRates:
        return BitRates(self.peak + other.peak, self.average + other.average)


class BitRateMeter:
    """Takes segments as they are made; remembers only the last few.

    Args:
        target_duration: of the playlist, seconds.
    """

    def __init__(self, target_duration: int) -> None:
        self._shortest = Fraction(target_duration, 2)
        self._longest = Fraction(3 * target_duration, 2)
        self._recent: deque[tuple[Fraction, int]] = deque()
        self._recent_duration = Fraction(0)
        self._peak = Fraction(0)
        self._duration = Fraction(0)
        self._bytes = 0

    def add(self, duration: Fraction, size: int) -> None:
        """Count a segment of so many seconds and bytes."""
        self._duration += duration
        self._bytes += size
        self._recent.append((duration, size))
        self._recent_duration += duration
        # One segment alone may be longer than a set may be; it still is what a player has to fetch.
        while self._recent_duration > self._longest and len(self._recent) > 1:
            self._recent_duration -= self._recent.popleft()[0]
        self._measure()

    def _measure(self) -> None:
        length, size = Fraction(0), 0
        for duration, count in reversed(self._recent):
            length += duration
            size += count
            if length >= self._shortest:
                self._peak = max(self._peak, size * 8 / length)

    @property
    def rates(self) -> BitRates | None:
        """What was measured; None before the first segment. A stream that is shorter than a set has its average."""
        if not self._duration:
            return None
        average = self._bytes * 8 / self._duration
        return BitRates((self._peak or average).__ceil__(), average.__ceil__())
