"""Media playlists of HTTP Live Streaming (RFC 8216, and its successor for parts), made from segments that were written.

A playlist takes segments as they come and can be printed at any time: what it says then is true and complete. What
players may rely on between two prints is kept, too: sequence numbers, a window that is never too short, and files that
stay for as long as somebody may still fetch them.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.streaming.bit_rates import BitRateMeter, BitRates
from reelwright.streaming.hls_listed import Listed, media_lines, rounded, with_state
from reelwright.streaming.hls_tags import (
    VERSION,
    attributes,
    decimal,
    moment,
    nearest,
    part_tag,
    quoted,
)
from reelwright.streaming.stream_segments import Resource, StreamPart, StreamSegment

__all__ = ["LowLatency", "MediaPlaylist", "PlaylistType"]

_log = logging.getLogger(__name__)

_LEAST_WINDOW = 3
"""Target durations that a live playlist holds at the least (RFC 8216, 6.2.2), and for which parts are listed."""


class PlaylistType(StrEnum):
    """What may happen to a playlist: nothing once it is printed; growth; growth at its end and removal at its start."""

    VOD = "VOD"
    EVENT = "EVENT"
    LIVE = "LIVE"


@dataclass(frozen=True, slots=True)
class LowLatency:
    """How parts of segments are offered (rfc8216bis, 4.4.3.7 and 4.4.3.8).

    Attributes:
        part_target: the longest duration of a part, seconds.
        can_block_reload: the server holds a request for a playlist until the part asked for is there; ``PreviewServer``
            does, servers of plain files do not.
    """

    part_target: Fraction
    can_block_reload: bool = False

    def __post_init__(self) -> None:
        if self.part_target <= 0:
            raise InvalidArgumentError(f"a part of {self.part_target} s holds nothing.")

    def tags(self) -> list[str]:
        """Three part targets is the recommended distance from the end, two the least."""
        control: dict[str, str | int | None] = {
            "CAN-BLOCK-RELOAD": "YES" if self.can_block_reload else None,
            "PART-HOLD-BACK": decimal(3 * self.part_target, 5),
        }
        return [
            attributes("EXT-X-SERVER-CONTROL", control),
            f"#EXT-X-PART-INF:PART-TARGET={decimal(self.part_target, 5)}",
        ]


class MediaPlaylist:
    """A playlist of segments of one rendition.

    Args:
        target_duration: the longest duration of a segment, in seconds. Needed unless all segments are known before the
            playlist is first printed (VOD), for it may not change.
        window: seconds that a live playlist holds; at least three target durations.
        low_latency: parts are offered.
        first_sequence: the media sequence number of the first segment.

    Attributes:
        problems: what broke a rule although the playlist was printed, in words.

    Raises:
        InvalidArgumentError: no target duration where one is needed, or a window or parts where they mean nothing.

    Example:
        >>> from fractions import Fraction
        >>> from reelwright.streaming.stream_segments import Resource, StreamSegment
        >>> playlist = MediaPlaylist(PlaylistType.VOD)
        >>> playlist.add_segment(StreamSegment(Resource("1.m4s"), Fraction(6), 10_000, Resource("init.mp4")))
        >>> playlist.finish()
        >>> playlist.text().splitlines()[-2]
        '1.m4s'
    """

    def __init__(
        self,
        playlist_type: PlaylistType,
        *,
        target_duration: int | None = None,
        window: Fraction | None = None,
        low_latency: LowLatency | None = None,
        first_sequence: int = 0,
    ) -> None:
        _check(playlist_type, target_duration, window, low_latency)
        self._type = playlist_type
        self._target = target_duration or 0
        self._window = window
        self._low_latency = low_latency
        self._listed: deque[Listed] = deque()
        self._length = Fraction(0)  # of what is listed
        self._longest = Fraction(0)  # that the playlist ever was
        self._end = Fraction(0)  # of everything that ever was listed
        self._sequence = first_sequence
        self._discontinuities = 0  # that are gone
        self._pictures = 0  # I-frames that are gone
        self._parts: list[StreamPart] = []  # of the segment in the making
        self._first_with_parts = first_sequence  # segment
        self._hint: Resource | None = None
        self._gone: deque[tuple[StreamSegment, Fraction]] = deque()  # and the time until which its file stays
        self._meters = (BitRateMeter(self._target), BitRateMeter(self._target)) if target_duration else None
        self._all_independent = True
        self._finished = False
        self.problems: list[str] = []

    # What comes in

    @property
    def next_sequence(self) -> int:
        """The media sequence number of the next segment: by default its initialization vector, too."""
        return self._sequence + len(self._listed)

    def add_segment(self, segment: StreamSegment) -> None:
        """List a segment, with the parts that were announced for it.

        Raises:
            InvalidStateError: the playlist is finished.
        """
        self._require_open("add_segment")
        if self._parts:
            segment = replace(segment, parts=(*segment.parts, *self._parts))
        segment = self._dated(segment)
        start, self._end = self._end, self._end + segment.duration
        listed = Listed(segment, rounded(self._end) - rounded(start))
        self._listed.append(listed)
        self._length += segment.duration
        self._longest = max(self._longest, self._length)
        self._parts, self._hint = [], None
        self._all_independent = self._all_independent and segment.is_independent
        self._keep_target(listed.printed)
        if self._meters is not None:
            _count(self._meters, segment)
        self._slide()
        self._drop_old_parts()

    def add_part(self, part: StreamPart) -> None:
        """Announce a part of the segment that is being made.

        Raises:
            InvalidStateError, InvalidArgumentError: as ``check_part``.
        """
        self.check_part(part)
        self._parts.append(part)
        self._hint = None
        self._drop_old_parts()

    def check_part(self, part: StreamPart) -> None:
        """Raise what ``add_part`` would.

        Raises:
            InvalidStateError: the playlist is finished, or offers no parts.
            InvalidArgumentError: it is longer than parts may be.
        """
        self._require_open("add_part")
        if self._low_latency is None:
            raise InvalidStateError("this playlist offers no parts.", hint="Give it low_latency=LowLatency(…).")
        if part.duration > self._low_latency.part_target:
            raise InvalidArgumentError(
                f"a part of {part.duration} s is longer than {self._low_latency.part_target} s, which parts may last."
            )

    def hint(self, resource: Resource) -> None:
        """Name the part that comes next, so that players can ask for it before it is there.

        Raises:
            InvalidStateError: the playlist is finished, or offers no parts.
        """
        self._require_open("hint")
        if self._low_latency is None:
            raise InvalidStateError("this playlist offers no parts.", hint="Give it low_latency=LowLatency(…).")
        self._hint = resource
        self._drop_old_parts()

    def finish(self) -> None:
        """Nothing follows."""
        self._parts, self._hint = [], None
        self._finished = True

    def expired(self) -> list[StreamSegment]:
        """Segments that nobody needs any more, each told once: those out of the window for as long as a player that has
        an old playlist may ask for them (RFC 8216, 6.2.2)."""
        found = []
        while self._gone and self._gone[0][1] <= self._end:
            found.append(self._gone.popleft()[0])
        return found

    def _require_open(self, call: str) -> None:
        if self._finished:
            raise InvalidStateError(f"{call}() is not possible: the playlist is finished.")

    def _dated(self, segment: StreamSegment) -> StreamSegment:
        """Dates go on by themselves from the last that was given: the one given first leaves a live window soon."""
        last = self._listed[-1].segment if self._listed else None
        if last is None or segment.program_date_time or segment.is_discontinuous or last.program_date_time is None:
            return segment
        gone_by = timedelta(microseconds=nearest(last.duration * 1_000_000))
        return replace(segment, program_date_time=last.program_date_time + gone_by)

    def _keep_target(self, duration: Fraction) -> None:
        """Durations beyond the target would be a fault in every print; a target that grows is one only in this."""
        target = nearest(duration)
        if target <= self._target:
            return
        if self._meters is not None:
            words = (
                f"a segment lasts {float(duration):g} s: the target duration rises from {self._target} to {target} s."
            )
            self.problems.append(words)
            _log.warning("%s", words)
        self._target = target

    def _slide(self) -> None:
        if self._type is not PlaylistType.LIVE:
            return
        least = max(self._window or Fraction(0), Fraction(_LEAST_WINDOW * self._target))
        while self._length - self._listed[0].segment.duration >= least:
            segment = self._listed.popleft().segment
            self._length -= segment.duration
            self._sequence += 1
            self._discontinuities += segment.is_discontinuous
            self._pictures += segment.picture is not None
            self._gone.append((segment, self._end + segment.duration + self._longest))

    # What goes out

    @property
    def playlist_type(self) -> PlaylistType:
        return self._type

    @property
    def segments_with_parts(self) -> int:
        """How many segments at the end are listed with their parts while segments are made."""
        return self.next_sequence - max(self._sequence, self._first_with_parts)

    def _drop_old_parts(self) -> None:
        """Parts are listed for three target durations before the end of what is announced. What is left out once stays
        so, even if the end comes nearer again: players go by the order in which parts come and go."""
        left = _LEAST_WINDOW * self.target_duration - sum((part.duration for part in self._parts), Fraction(0))
        if self._hint is not None and self._low_latency is not None:
            left -= self._low_latency.part_target
        first = self.next_sequence
        for listed in reversed(self._listed):
            left -= listed.segment.duration
            if left < 0:
                break
            first -= 1
        self._first_with_parts = max(self._first_with_parts, first)

    @property
    def target_duration(self) -> int:
        """Seconds, at least 1."""
        return max(1, self._target)

    @property
    def segments(self) -> tuple[StreamSegment, ...]:
        """What is listed, in order."""
        return tuple(listed.segment for listed in self._listed)

    @property
    def is_finished(self) -> bool:
        return self._finished

    @property
    def bit_rates(self) -> BitRates | None:
        """Of everything that was ever listed; None before the first segment."""
        return self._measured()[0].rates

    @property
    def picture_bit_rates(self) -> BitRates | None:
        """As ``bit_rates``, of what the I-frame playlist lists."""
        return self._measured()[1].rates

    def _measured(self) -> tuple[BitRateMeter, BitRateMeter]:
        if self._meters is not None:
            return self._meters
        meters = BitRateMeter(self.target_duration), BitRateMeter(self.target_duration)
        for listed in self._listed:
            _count(meters, listed.segment)
        return meters

    def text(self) -> str:
        """The playlist.

        Raises:
            InvalidStateError: it is one for video on demand and not finished.
            InvalidArgumentError: a URI that cannot be written.
        """
        return _lines([*self._head(), *self._body(), *self._foot()])

    def i_frame_text(self) -> str:
        """The playlist of the segments' first pictures, for fast play and preview pictures (RFC 8216, 4.3.3.6).

        Raises:
            InvalidStateError: as ``text``; no segment has such a picture that can be fetched by itself.
        """
        pictures = list(self._picture_segments())
        if not pictures:
            raise InvalidStateError(
                "no segment has a first picture that can be fetched by itself.",
                hint="Segments of sound, and encrypted ones, have no I-frame playlist.",
            )
        longest = max(self.target_duration, *(nearest(listed.printed) for listed in pictures))
        head = self._common_head(self._pictures, longest, i_frames=True)
        body = [line for listed, state in with_state(pictures) for line in [*state, *media_lines(listed)]]
        return _lines([*head, *body, *self._foot()])

    def _head(self) -> list[str]:
        parts = self._low_latency.tags() if self._low_latency else []
        return self._common_head(self._sequence, self.target_duration, parts=parts)

    def _common_head(
        self, sequence: int, target: int, *, parts: Iterable[str] = (), i_frames: bool = False
    ) -> list[str]:
        if self._type is PlaylistType.VOD and not self._finished:
            raise InvalidStateError(
                "a playlist for video on demand may not change, and this one is not finished.",
                hint="Call finish() first, or make an EVENT playlist.",
            )
        head = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", f"#EXT-X-TARGETDURATION:{target}", *parts]
        head.append(f"#EXT-X-MEDIA-SEQUENCE:{sequence}")
        if self._discontinuities:
            head.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._discontinuities}")
        if self._type is not PlaylistType.LIVE:
            head.append(f"#EXT-X-PLAYLIST-TYPE:{self._type}")
        if self._all_independent:
            head.append("#EXT-X-INDEPENDENT-SEGMENTS")
        return [*head, "#EXT-X-I-FRAMES-ONLY"] if i_frames else head

    def _body(self) -> Iterator[str]:
        before_parts = len(self._listed) - (0 if self._finished else self.segments_with_parts)
        for number, (listed, state) in enumerate(with_state(self._listed)):
            segment = listed.segment
            yield from state
            if segment.program_date_time is not None:
                yield f"#EXT-X-PROGRAM-DATE-TIME:{moment(segment.program_date_time)}"
            if number >= before_parts:
                yield from map(part_tag, segment.parts)
            yield from media_lines(listed)

    def _foot(self) -> list[str]:
        if self._finished:
            return ["#EXT-X-ENDLIST"]
        lines = [part_tag(part) for part in self._parts]
        if self._hint is not None:
            place = self._hint.byte_range
            start = place.offset if place else None
            values: dict[str, str | int | None] = {"TYPE": "PART", "URI": quoted(self._hint.uri)}
            lines.append(attributes("EXT-X-PRELOAD-HINT", values | {"BYTERANGE-START": start}))
        return lines

    def _picture_segments(self) -> Iterator[Listed]:
        """The first pictures, each lasting until the next; what comes before the first of them is left out."""
        waiting: Listed | None = None
        for listed in self._listed:
            picture = listed.segment.picture
            if picture is None or picture.byte_range is None:
                if waiting is not None:
                    waiting.printed += listed.printed
                continue
            if waiting is not None:
                yield waiting
            waiting = Listed(replace(listed.segment, resource=picture, parts=()), listed.printed)
        if waiting is not None:
            yield waiting


def _check(
    playlist_type: PlaylistType, target_duration: int | None, window: Fraction | None, low_latency: LowLatency | None
) -> None:
    if target_duration is None and playlist_type is not PlaylistType.VOD:
        raise InvalidArgumentError(
            f"a playlist of type {playlist_type} is printed before all its segments are known.",
            hint="Give target_duration, the longest duration of a segment in whole seconds.",
        )
    if target_duration is not None and target_duration < 1:
        raise InvalidArgumentError(f"target_duration is {target_duration}; it is at least one second.")
    if window is not None and playlist_type is not PlaylistType.LIVE:
        raise InvalidArgumentError(f"a playlist of type {playlist_type} has no window.", hint="Make a LIVE playlist.")
    if low_latency is not None and playlist_type is PlaylistType.VOD:
        raise InvalidArgumentError("parts are for playlists that are printed while segments are made.")


def _count(meters: tuple[BitRateMeter, BitRateMeter], segment: StreamSegment) -> None:
    whole, pictures = meters
    whole.add(segment.duration, segment.size)
    if segment.picture is not None and segment.first_picture is not None:
        pictures.add(segment.duration, segment.first_picture)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
