"""Subtitles of a stream while it is written: for each segment of the pictures one of text, as long as they are.

All cues are known from the start, so that segments follow those of the pictures whenever these come. A cue that is
shown across a boundary stands in both segments, with its own times: players know it again by them (RFC 8216, 3.5).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from fractions import Fraction

from reelwright.streaming.output import StreamOutput
from reelwright.streaming.rendition import PLAYLIST, SegmentFacts, StreamRendition
from reelwright.streaming.stream_report import SubtitleReport
from reelwright.streaming.stream_segments import StreamSegment
from reelwright.streaming.subtitle_cues import Cue, SubtitleSource, vtt_text

__all__ = ["SubtitleTrack"]

_WHOLE = "all.vtt"


class SubtitleTrack:
    """Subtitles and their rendition.

    Args:
        source: its cues are counted from the stream's first moment. label: for people.
        origin: where that moment lies on the time line of segments, seconds.
    """

    def __init__(self, source: SubtitleSource, rendition: StreamRendition, label: str, origin: Fraction) -> None:
        self.source = source
        self.rendition = rendition
        self.label = label
        self._origin = origin
        self._cues = sorted(source.cues, key=lambda cue: (cue.start, cue.end))
        self._waiting = deque(self._cues)
        self._shown: list[Cue] = []  # at the end of the last segment
        self._reached: Fraction | None = None  # start of the pictures' segment that was followed last
        self._segments = 0
        self._bytes = 0

    @property
    def name(self) -> str:
        return self.rendition.name

    @property
    def playlist_name(self) -> str:
        """Of its media playlist, as seen from the stream's folder."""
        return f"{self.name}/{PLAYLIST}"

    @property
    def whole_name(self) -> str:
        """Of the file that holds all cues, for DASH."""
        return f"{self.name}/{_WHOLE}"

    def write_whole(self, output: StreamOutput) -> None:
        """Write all cues in one file.

        Raises:
            OutputError: it could not be written.
        """
        output.write(self.whole_name, [vtt_text(self._cues).encode()])

    def follow(self, segments: Iterable[StreamSegment]) -> None:
        """Write segments for those of the pictures that are new.

        Raises:
            OutputError: one could not be written.
        """
        for segment in segments:
            if self._reached is None or segment.start > self._reached:
                self._follow(segment)
                self._reached = segment.start

    def _follow(self, segment: StreamSegment) -> None:
        end = segment.start + segment.duration - self._origin
        while self._waiting and self._waiting[0].start < end:
            self._shown.append(self._waiting.popleft())
        data = vtt_text(self._shown, origin=self._origin).encode()
        facts = SegmentFacts(segment.start, segment.duration, True, None)
        made = self.rendition.add([data], facts, program_date_time=segment.program_date_time)
        self._shown = [cue for cue in self._shown if cue.end > end]
        self._segments += 1
        self._bytes += made.size

    def report(self) -> SubtitleReport:
        return SubtitleReport(
            name=self.name,
            language=self.source.language,
            playlist=self.playlist_name,
            cues=len(self._cues),
            unseen=len(self._waiting),
            segments=self._segments,
            bytes=self._bytes,
        )
