"""Captions out of a track's samples, whatever their form, and the groups in which they are shown together.

Samples become captions; a caption that goes on in the next sample (a WebVTT cue, a TTML paragraph cut at a fragment) is
joined again; then the time line is cut wherever a caption begins or ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from reelwright.codecs.cea608 import Cea608Decoder
from reelwright.containers.ttml import read_ttml
from reelwright.isobmff.caption_samples import (
    LinePair,
    caption_data,
    cue_captions,
    packet_pairs,
    plain_caption,
    timed_text_caption,
)
from reelwright.isobmff.text_entry import TextDefaults
from reelwright.model.caption import Caption, CaptionGroup
from reelwright.model.errors import DecoderNotFoundError, InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

__all__ = ["CAPTION_FORMATS", "caption_groups", "captions", "groups_of"]

CaptionSample = tuple[bytes, Time, Time]  # data, start and duration

_MOST_AT_ONCE = 1000

CAPTION_FORMATS = ("tx3g", "text", "wvtt", "stpp", "c608", "c708")


def caption_groups(
    samples: Iterable[CaptionSample], format: FormatDescription, *, channel: int = 1
) -> Iterator[CaptionGroup]:
    """The captions of a track, cut wherever one begins or ends; gaps between them are groups without captions.

    Args:
        samples: data, start and duration of each sample in the order of time.
        format: their description. channel: which of CC1–CC4 is decoded of CEA-608 data.

    Raises (iterating):
        DecoderNotFoundError: a form that is not read here. InvalidMediaError: a damaged sample, with its time.
        MissingDependencyError: TTML without ttconv.
    """
    return groups_of(captions(samples, format, channel=channel))


def captions(samples: Iterable[CaptionSample], format: FormatDescription, *, channel: int = 1) -> Iterator[Caption]:
    """The captions of a track in the order of their start, each with the whole time it is shown.

    Args and errors: those of ``caption_groups``.
    """
    return _joined(_pieces(samples, format, channel))


def _pieces(samples: Iterable[CaptionSample], format: FormatDescription, channel: int) -> Iterator[Caption]:
    kind = format.media_subtype
    if kind in ("c608", "c708"):
        yield from _line_captions(samples, kind, channel)
        return
    read = _reader(kind, format)
    for data, start, duration in samples:
        try:
            yield from read(data, TimeRange(start, duration))
        except InvalidMediaError as error:
            raise error.about(time=start) from None


def _reader(kind: str, format: FormatDescription) -> Callable[[bytes, TimeRange], Iterable[Caption]]:
    # QuickTime's text describes its style in other words, and its samples are read without it.
    defaults = TextDefaults.of(format.extensions if kind == "tx3g" else {})

    def one(caption: Caption | None) -> tuple[Caption, ...]:
        return () if caption is None else (caption,)

    readers: dict[str, Callable[[bytes, TimeRange], Iterable[Caption]]] = {
        "tx3g": lambda data, when: one(timed_text_caption(data, when, defaults)),
        "text": lambda data, when: one(plain_caption(data, when)),
        "wvtt": cue_captions,
        "stpp": read_ttml,
    }
    if kind not in readers:
        raise DecoderNotFoundError(
            f"captions in the form {kind!r} are not read here.", hint=f"Known are {', '.join(CAPTION_FORMATS)}."
        )
    return readers[kind]


def _line_captions(samples: Iterable[CaptionSample], kind: str, channel: int) -> Iterator[Caption]:
    """Decoded line 21 data; the pairs of a sample are spread evenly over its duration."""
    decoder = Cea608Decoder(channel)
    end, has_pairs, has_service = Time.ZERO, False, False
    for data, start, duration in samples:
        try:
            pairs, service = (caption_data(data), b"") if kind == "c608" else packet_pairs(data)
        except InvalidMediaError as error:
            raise error.about(time=start) from None
        frames = max((pair.frame for pair in pairs), default=0) + 1
        for pair in pairs:
            yield from decoder.decode(pair.field, pair.data, _moment(pair, frames, start, duration))
        end, has_pairs, has_service = start + duration, has_pairs or bool(pairs), has_service or bool(service)
    yield from decoder.finish(end)
    if has_service and not has_pairs:
        raise DecoderNotFoundError(
            "the captions are CEA-708 service data without CEA-608 beside it, which is not decoded here.",
            hint="Read the samples as stored and decode them elsewhere.",
        )


def _moment(pair: LinePair, frames: int, start: Time, duration: Time) -> Time:
    return start + duration * Fraction(pair.frame, frames) if pair.frame else start


def _joined(pieces: Iterable[Caption]) -> Iterator[Caption]:
    """Captions that go on without a gap made one again."""
    going_on: dict[Caption, TimeRange] = {}
    nowhere = TimeRange(Time.ZERO, Time.ZERO)
    for piece in pieces:
        start = piece.time_range.start
        while going_on:
            look, shown = next(iter(going_on.items()))
            if shown.end >= start:
                break
            del going_on[look]
            yield look.with_(time_range=shown)
        look = piece.with_(time_range=nowhere)
        known = going_on.get(look)
        if known is not None and known.end == start:
            going_on[look] = TimeRange.from_times(known.start, piece.time_range.end)
            continue
        if known is not None:
            yield from (other.with_(time_range=shown) for other, shown in going_on.items())
            going_on.clear()
        going_on[look] = piece.time_range
    yield from (look.with_(time_range=shown) for look, shown in going_on.items())


def groups_of(captions: Iterable[Caption]) -> Iterator[CaptionGroup]:
    """Cut time wherever a caption begins or ends.

    Args:
        captions: in the order of their start.

    Raises (iterating):
        InvalidMediaError: more of them at once than make sense.
    """
    shown: list[_Shown] = []
    position: Time | None = None
    for caption in captions:
        start = caption.time_range.start
        if position is None or position < start:
            if position is not None:
                yield from _until(shown, position, start)
            position = start
            shown = [other for other in shown if position < other[0]]
        shown.append((caption.time_range.end, caption))
        if len(shown) > _MOST_AT_ONCE:
            crowd = InvalidMediaError(f"more than {_MOST_AT_ONCE} captions are shown at once, which makes no sense.")
            raise crowd.about(time=start)
    if position is not None:
        yield from _until(shown, position, max(end for end, _ in shown))


_Shown = tuple[Time, Caption]  # with its end, which is asked for often


def _until(shown: list[_Shown], position: Time, stop: Time) -> Iterator[CaptionGroup]:
    """The groups from one moment to another in which no caption begins."""
    ends = sorted({end for end, _ in shown if position < end < stop} | {stop})
    for end in ends:
        if position < end:
            now = tuple(caption for last, caption in shown if position < last)
            yield CaptionGroup(TimeRange.from_times(position, end), now)
            position = end
