"""Messages between us and a demuxer in a process of its own: a length, JSON, and bytes that follow.

The other end is not to be trusted: lengths are bounded, and of what comes in only plain values and the records named
here are built. (Python's pickle would run whatever the other end pleased.)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import IntEnum
from fractions import Fraction
from typing import Any

from reelwright.containers.media import StoredSample
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError, ReelwrightError
from reelwright.model.facts import ChapterFacts, DataReference, EditEntry, MediaFacts, TrackFacts
from reelwright.model.format import CleanAperture, FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import MediaType
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time

__all__ = ["Message", "facts_from", "pack", "plain", "receive", "samples_from", "samples_plain"]

Message = tuple[dict[str, Any], bytes]

_LENGTH = 8
_LARGEST_HEADER = 64 << 20
_LARGEST_BODY = 256 << 20
_RECORDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        *(MediaFacts, TrackFacts, ChapterFacts, DataReference, EditEntry, MetadataItem),
        *(FormatDescription, PcmLayout, PixelAspectRatio, CleanAperture, ColorProperties),
    )
}
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, ReelwrightError)
_NUMBERS = ("decode", "presentation", "duration", "count", "skip_start", "skip_end", "frames", "offset")


def pack(header: Mapping[str, Any], body_size: int = 0) -> bytes:
    """The beginning of a message; its body, of so many bytes, is sent after it."""
    text = json.dumps(header).encode("ascii")
    return len(text).to_bytes(_LENGTH, "big") + body_size.to_bytes(_LENGTH, "big") + text


def receive(read: Callable[[int], bytes]) -> Message | None:
    """The next message; None at the end.

    Args:
        read: gives exactly as many bytes as asked for, fewer only at the end.

    Raises:
        InvalidMediaError: what came in is no message.
    """
    lengths = read(2 * _LENGTH)
    if len(lengths) < 2 * _LENGTH:
        return None
    size = int.from_bytes(lengths[:_LENGTH], "big")
    body_size = int.from_bytes(lengths[_LENGTH:], "big")
    if size > _LARGEST_HEADER or body_size > _LARGEST_BODY:
        raise _nonsense("a message of impossible length")
    text, body = read(size), read(body_size)
    if len(text) < size or len(body) < body_size:
        return None
    try:
        header = json.loads(text)
    except _BROKEN as error:
        raise _nonsense(str(error)) from None
    if not isinstance(header, dict):
        raise _nonsense("a message without a header")
    return header, body


def _nonsense(what: str) -> InvalidMediaError:
    return InvalidMediaError(f"the demuxer's process sent nonsense ({what}).", hint="The file is not to be trusted.")


def plain(value: Any) -> Any:
    """Facts as JSON can carry them; each record and each kind of value that JSON lacks by its name."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, MediaType):
        return {"MediaType": value.value}
    if isinstance(value, (int, str)):
        return int(value) if isinstance(value, IntEnum) else value
    if isinstance(value, Fraction):
        return {"Fraction": [value.numerator, value.denominator]}
    if isinstance(value, Time):
        return {"Time": list(value.__reduce__()[1])}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, date):
        return {"datetime" if isinstance(value, datetime) else "date": value.isoformat()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {"map": [[plain(key), plain(item)] for key, item in value.items()]}
    if is_dataclass(value) and type(value).__name__ in _RECORDS:
        return {type(value).__name__: [plain(getattr(value, field.name)) for field in fields(value)]}
    raise TypeError(f"a {type(value).__name__} is no fact that can be sent")


def _built(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    if not isinstance(value, dict):
        return value
    (kind, content), *rest = value.items()
    if rest:
        raise ValueError("a value of two kinds")
    if kind in _RECORDS:
        record = _RECORDS[kind]
        names = [field.name for field in fields(record)]
        return record(**dict(zip(names, map(_built, content), strict=True)))
    return _VALUES[kind](content)


_VALUES: dict[str, Callable[[Any], Any]] = {
    "MediaType": MediaType,
    "Fraction": lambda content: Fraction(*map(int, content)),
    "Time": lambda content: Time(*map(int, content)),
    "bytes": lambda content: base64.b64decode(content, validate=True),
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "map": lambda content: {_built(key): _built(item) for key, item in content},
}


def facts_from(value: Any) -> MediaFacts:
    """Facts that ``plain`` made.

    Raises:
        InvalidMediaError: anything else.
    """
    try:
        facts = _built(value)
        if not isinstance(facts, MediaFacts) or not all(isinstance(track, TrackFacts) for track in facts.tracks):
            raise TypeError("no facts")
        for track in facts.tracks:
            if not all(isinstance(one, FormatDescription) for one in track.formats):
                raise TypeError("no formats")
    except _BROKEN as error:
        raise _nonsense(str(error)) from None
    return facts


def samples_plain(samples: Iterable[StoredSample]) -> list[list[int]]:
    """Samples as rows of numbers; the last is the length of the data, -1 for none."""
    return [
        [int(getattr(one, name)) for name in _NUMBERS] + [int(one.is_sync), -1 if one.data is None else len(one.data)]
        for one in samples
    ]


def samples_from(rows: Any, body: bytes) -> list[StoredSample]:
    """Samples from such rows and their data, one after the other.

    Raises:
        InvalidMediaError: rows that are none, or that do not fit the data.
    """
    samples, place = [], 0
    try:
        for *numbers, is_sync, size in rows:
            facts: dict[str, Any] = {name: int(number) for name, number in zip(_NUMBERS, numbers, strict=True)}
            data = None if size < 0 else body[place : place + size]
            if data is not None and len(data) != size:
                raise ValueError("samples longer than their data")
            place += max(0, size)
            samples.append(StoredSample(data=data, is_sync=bool(is_sync), **facts))
    except _BROKEN as error:
        raise _nonsense(str(error)) from None
    return samples
