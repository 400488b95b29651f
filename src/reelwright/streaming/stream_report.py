"""What a stream that was written holds: its playlists, its renditions, and what was measured on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from reelwright.model.kinds import MediaType
from reelwright.streaming.bit_rates import BitRates
from reelwright.writing.report import WritingReport

__all__ = ["RenditionReport", "StreamReport", "SubtitleReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionReport:
    """One rendition of a stream.

    Attributes:
        name: of its folder. media_type: pictures or sound. playlist: its media playlist, as seen from the stream's
            folder.
        codec: as RFC 6381 names it. size: of the pictures. bit_rates: as measured: peak and average.
        segments: that were written. bytes: of them. duration: seconds.
        writing: what its writer tells about samples, times and encoder.
    """

    name: str
    media_type: MediaType
    playlist: str
    codec: str
    size: tuple[int, int] | None
    bit_rates: BitRates
    segments: int
    bytes: int
    duration: Fraction
    writing: WritingReport

    def __str__(self) -> str:
        size = "" if self.size is None else f"{self.size[0]}×{self.size[1]}, "
        count = f"{self.segments:,} segment{'' if self.segments == 1 else 's'}"
        rates = f"{self.bit_rates.average / 1000:,.0f} kbit/s, {self.bit_rates.peak / 1000:,.0f} at the most"
        return f"{self.name:<8} {self.codec}, {size}{count}, {rates}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleReport:
    """Subtitles of a stream.

    Attributes:
        name: of their folder. language: RFC 5646's tag, where it is known. playlist: their media playlist, as seen
            from the stream's folder.
        cues: in all. unseen: of them, begin only after the last picture, so that no segment has them.
        segments: that were written. bytes: of them.
    """

    name: str
    language: str | None
    playlist: str
    cues: int
    unseen: int
    segments: int
    bytes: int

    def __str__(self) -> str:
        late = f", {self.unseen:,} after the end" if self.unseen else ""
        return f"{self.name:<8} {self.language or 'no language'}, {self.cues:,} subtitles{late}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """What was written, and where.

    Attributes:
        folder: as given. playlist: the multivariant playlist, in it. manifest: the DASH manifest, where one was made.
        renditions: pictures, the largest first, then sound. subtitles: those that go with them.
        key: with which segments are encrypted. problems: what broke a rule of playlists, in words.
    """

    folder: str
    playlist: str
    manifest: str | None
    renditions: tuple[RenditionReport, ...]
    subtitles: tuple[SubtitleReport, ...] = ()
    key: bytes | None = field(default=None, repr=False)
    problems: tuple[str, ...] = ()

    @property
    def duration(self) -> Fraction:
        """Seconds, of the longest rendition."""
        return max((each.duration for each in self.renditions), default=Fraction(0))

    @property
    def bytes(self) -> int:
        """Of all segments."""
        return sum(each.bytes for each in self.renditions) + sum(each.bytes for each in self.subtitles)

    def __str__(self) -> str:
        names = ", ".join(name for name in (self.playlist, self.manifest) if name)
        first = f"{self.folder}: {names}, {float(self.duration):.3f} s, {self.bytes:,} bytes"
        return "\n  ".join([first, *map(str, (*self.renditions, *self.subtitles, *self.problems))])
