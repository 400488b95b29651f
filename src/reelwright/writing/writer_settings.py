"""What a writer is told before it starts, about the film as a whole: one declaration for each property.

Each says what it is while nobody sets it, how what is set is checked, and what it does.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.kinds import FileTypeProfile
from reelwright.model.time import Time
from reelwright.writing.clock import LARGEST_TIMESCALE
from reelwright.writing.configuration import Setting

__all__ = ["WriterSettings"]


def _flag(value: Any, name: str) -> bool:
    return bool(value)


def _flag_or_none(value: Any, name: str) -> bool | None:
    return None if value is None else bool(value)


def _interval(value: Any, name: str) -> Time:
    """A time above 0, or an invalid one for none."""
    time = Time.of(value)
    if time.is_valid and (not time.is_numeric or time <= Time.ZERO):
        raise TimestampError(
            f"{name} cannot be {time}.", hint="Give seconds above 0, or Time.INVALID for none.", time=time
        )
    return time


def _interval_or_indefinite(value: Any, name: str) -> Time:
    """A time above 0, an indefinite or an invalid one."""
    time = Time.of(value)
    return time if time.is_indefinite else _interval(time, name)


def _duration_hint(value: Any, name: str) -> Time:
    """A time from 0 on, or an invalid one where it is not known."""
    time = Time.of(value)
    if time.is_valid and (not time.is_numeric or time < Time.ZERO):
        raise TimestampError(
            f"a film cannot last {time}.", hint="Give seconds, or Time.INVALID when it is not known.", time=time
        )
    return time


def _start_time(value: Any, name: str) -> Time:
    """A numeric or an invalid time."""
    time = Time.of(value)
    if time.is_valid and not time.is_numeric:
        raise TimestampError(f"{name} cannot be {time}.", hint="Give a moment of the source's time line.", time=time)
    return time


def _profile(value: Any, name: str) -> FileTypeProfile | None:
    return None if value is None else FileTypeProfile(value)


def _sequence_number(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1 << 32:
        raise InvalidArgumentError(f"{name} {value!r} is no whole number from 1 to 2³² − 1.", hint="The first is 1.")
    return value


def _byte_limit(value: Any, name: str) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise InvalidArgumentError(
            f"{name}={value!r} is no number of bytes.", hint="Use for example 10 << 30, or None for no limit."
        )
    return value


def _time_scale(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_TIMESCALE:
        raise InvalidArgumentError(
            f"movie time scale {value!r} is not a whole number from 0 to {LARGEST_TIMESCALE}.",
            hint="Use for example 600, or 0 to have one chosen.",
        )
    return value


def _timeout(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < threading.TIMEOUT_MAX:
        raise InvalidArgumentError(
            f"{name}={value!r} is no number of seconds.", hint="Use for example 30, or None to wait for ever."
        )
    return float(value)


def _folder(value: Any, name: str) -> str | os.PathLike[str] | None:
    folder: str | os.PathLike[str] | None = value
    return folder


class WriterSettings:
    """The properties of ``AssetWriter`` that can be set until ``start_writing``."""

    should_optimize_for_network_use = Setting(
        False,
        _flag,
        """Put the header before the media, so that players can begin before they have the whole file. Without effect on
        films in fragments or segments.""",
    )

    overall_duration_hint = Setting(
        Time.INVALID,
        _duration_hint,
        """How long the film will be, at most, as far as it is known before (seconds or ``Time``); invalid by default.

        With ``should_optimize_for_network_use`` room for the header is left by it, so that a long film is finished in
        no time; a header that needs more room goes in front another way. A film in fragments tells it to its players.
        The film itself may be of any length.

        Raises:
            TimestampError: when set, a time that is negative or infinite.
        """,
    )

    movie_fragment_interval = Setting(
        Time.INVALID,
        _interval,
        """Write the film in fragments of so many seconds (``movieFragmentInterval``); invalid, the default, for none.

        Such a film can be played while it is written, and is what it was at the end of its last fragment if the
        program dies or the power fails: it stands under its final name from the start (with ``overwrite`` from its
        first fragment on), and stays there after a failure. When it is finished it becomes an ordinary film without a
        byte of its media being moved, unless ``seals_fragments`` says otherwise.

        Encoded pictures get a key frame where a fragment begins. Stored pictures go on for up to a tenth of the
        interval, a second at most, to the next sync sample; fragments need not begin with one. Fragments of more than
        48 MiB are ended before their time. When the first interval ends, the formats of all inputs must be known, from
        a first sample or a ``source_format_hint``, except of those that are finished. Without effect for files that
        know no fragments (``.webm``, ``.mkv``).

        Raises:
            TimestampError: when set, a time that is not above 0.
        """,
    )

    initial_movie_fragment_interval = Setting(
        Time.INVALID,
        _interval,
        """Seconds of the first fragment, before which nothing can be played; invalid, the default, for as many as the
        others have. Without effect unless ``movie_fragment_interval`` is set.

        Raises:
            TimestampError: when set, a time that is not above 0.
        """,
    )

    initial_movie_fragment_sequence_number = Setting(
        1,
        _sequence_number,
        """The number of the first fragment or segment, 1 by default. Where pieces of several writers are put together,
        the numbers must grow over the whole.

        Raises:
            InvalidArgumentError: when set, no whole number from 1 to 2³² − 1.
        """,
    )

    produces_combinable_fragments = Setting(
        False,
        _flag,
        """Whether fragments of several writers with the same settings are to be put together to one film: their times
        are those of the source, which must not be negative, and there are no edits. Such a film stays in fragments.""",
    )

    seals_fragments = Setting(
        True,
        _flag,
        """Whether a film in fragments becomes an ordinary film when it is finished. False keeps the fragments.""",
    )

    keeps_journal = Setting[bool | None](
        None,
        _flag_or_none,
        """Whether a journal beside the working file tells where its samples are, so that ``recover`` can make a film
        of what was written when the program is killed, the disk is full or the power fails. True from the start, False
        never; None, the default, from 60 s of media on, where there is a place for it: for movie files with a path.
        Films in fragments and in segments need none.

        What is lost is no more than the last ten seconds of encoded media, or what was encoded in the last second of
        the clock, and what comes while the disk is being waited for; what an encoder holds, and what waits for the turn
        of its track, is in no file yet. A film that fails is kept, with its journal, and the error's hint says how to
        recover it; one that is cancelled, or whose ``with`` block an exception leaves, is not.

        About every eight seconds of media, at most once a second, the film is brought to the disk by a thread of its
        own, and so it is before it gets its name, as if ``durable``. The journal takes about 7 bytes a sample on the
        disk. A header in front for which no room was left may take a second copy of the film while it is made, where
        the file system cannot insert room.
        """,
    )

    output_file_type_profile = Setting[FileTypeProfile | None](
        None,
        _profile,
        """Whose rules segments keep (``FileTypeProfile``); None, the default, for Apple's HTTP Live Streaming.

        Raises:
            InvalidArgumentError: when set, an unknown profile.
        """,
    )

    preferred_output_segment_interval = Setting(
        Time.INVALID,
        _interval_or_indefinite,
        """Seconds of a segment; ``Time.INDEFINITE`` where ``flush_segment`` says where one ends, which needs stored
        samples; invalid, the default, for 6 s.

        A segment begins with the first picture at or behind a whole number of intervals from
        ``initial_segment_start_time``: one that is encoded becomes a key frame, for stored pictures it is the next
        sync sample.

        Raises:
            TimestampError: when set, a time that is not above 0.
        """,
    )

    preferred_output_part_interval = Setting(
        Time.INVALID,
        _interval,
        """The most seconds of a part of a segment, for streams of low latency; invalid, the default, for no parts.
        ``segments()`` gives each part when it is complete, and then the segment as a whole.

        Raises:
            TimestampError: when set, a time that is not above 0.
        """,
    )

    initial_segment_start_time = Setting(
        Time.INVALID,
        _start_time,
        """The moment of the source's time line from which segments of a number of seconds are counted, which it must
        be set for; in general that of the first sample. Ten seconds leave room before it for sound's priming.

        Raises:
            TimestampError: when set, an infinite or indefinite time.
        """,
    )

    directory_for_temporary_files = Setting[str | os.PathLike[str] | None](
        None,
        _folder,
        """Where scratch files go; None leaves the choice to the writer. All are deleted at the end, whatever the end
        is.""",
    )

    spill_limit = Setting[int | None](
        None,
        _byte_limit,
        """The most bytes that encoded samples may take beside the film while they wait for other tracks; None, the
        default, lets them take what the disk has.

        Tracks take turns in the file, whatever the order in which they are fed. What one is ahead of the others waits:
        64 MiB of all tracks together in memory, the rest in a hidden file in the film's folder (for a file object in
        ``directory_for_temporary_files``, or the system's) that is deleted at the end, whatever the end is. Beyond
        the limit, samples are written out of turn, the earliest first, and the report counts the chunks: such a film
        is as good as any other on a disk, but players that read it from a network must jump about in it. 0 forbids
        the hidden file. No call ever waits because of this.
        """,
    )

    movie_time_scale = Setting(
        0,
        _time_scale,
        """Ticks a second of the movie's own times (durations, edits); 0 finds one that holds every edit exactly.""",
    )

    stall_timeout = Setting[float | None](
        None,
        _timeout,
        """Seconds for which a call may wait while nothing moves: nothing goes into or comes out of any encoder, and no
        byte is written. Then the writer fails with ``StalledError``, which says where everybody stood. None, the
        default, waits for ever.

        Only calls that wait can stall (``append`` for room, request blocks and receivers too, and ``finish_writing``):
        a source may be silent for as long as it likes. A picture takes an encoder one step, and so does what it still
        holds at the end, so the time-out must be longer than either. An encoder that hangs cannot be ended from
        outside: its thread is left behind, named in the error, and ends with the process. What hangs in the thread of
        the caller itself, such as the disk while the header is written, is not noticed.
        """,
    )
