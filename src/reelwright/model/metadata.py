"""Metadata: one item says one thing about a file, a track or a stretch of time, in one of several key spaces.

An item keeps its key space's own key and value; what it means in common terms is looked up (``common_key``), and what
its value is as text, number, date or bytes is worked out when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Self

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.metadata_keys import (
    COMMON_KEYS,
    FORMATS,
    MetadataFormat,
    MetadataKey,
    MetadataKeySpace,
    identifier_for_key,
    key_for_identifier,
    key_space_for_identifier,
)
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange

__all__ = [
    "DateRangeMetadataGroup",
    "MetadataGroup",
    "MetadataItem",
    "MetadataKey",
    "TimedMetadataGroup",
    "is_language_tag",
]

_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\s*")
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d\d))?")
_DIGITS = 400  # of a number written as text; longer ones are refused rather than worked out


def is_language_tag(text: str) -> bool:
    """Whether the text has the shape of a BCP 47 tag (RFC 5646, 2.1): parts of 1–8 letters or digits."""
    return _TAG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataItem:
    """One piece of metadata (``AVMetadataItem``).

    >>> item = MetadataItem.for_identifier("mdta/com.apple.quicktime.title", "A day", extended_language_tag="en")
    >>> item.common_key, item.string_value, item.locale
    ('title', 'A day', 'en')

    Attributes:
        key_space: ``"mdta"``, ``"udta"``, ``"uiso"``, ``"itsk"``, ``"org.id3"`` … (``MetadataKeySpace``).
        key: text (four-character codes too: ``"©nam"``), a number (a four-character code) or bytes.
        value: text, a number, a date, bytes, or a tuple of numbers.
        data_type: CoreMedia's name of the value's type (``MetadataDataType``); None when not said.
        extended_language_tag: BCP 47, None for any language.
        time, duration: of an item that belongs to a moment; INVALID otherwise.
        start_date: of an item that belongs to a stretch of real time; None otherwise.
        extra_attributes: what else the file says about it (``"info"``, ``"mean"``, ``"name"`` …).

    Raises:
        InvalidArgumentError: a key space or key that is empty, a value that is none of these, a language tag that
            cannot be one.
    """

    key_space: str
    key: MetadataKey
    value: Any = None
    data_type: str | None = None
    extended_language_tag: str | None = None
    time: Time = Time.INVALID
    duration: Time = Time.INVALID
    start_date: datetime | None = None
    extra_attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.key_space, str) or not self.key_space:
            raise InvalidArgumentError(
                f"key space {self.key_space!r} is no text.", hint='Use a MetadataKeySpace, or for own keys "mdta".'
            )
        object.__setattr__(self, "key_space", str(self.key_space))
        _check_key(self.key)
        value = self.value
        if isinstance(value, (bytearray, memoryview)):
            value = bytes(value)
        elif isinstance(value, list):
            value = tuple(value)
        _check_value(value)
        object.__setattr__(self, "value", value)
        tag = self.extended_language_tag
        if tag is not None and not (isinstance(tag, str) and is_language_tag(tag)):
            raise InvalidArgumentError(
                f"language tag {tag!r} is no BCP 47 tag.", hint='Write it like "en", "pt-BR" or "zh-Hant", or as None.'
            )
        object.__setattr__(self, "extra_attributes", MappingProxyType(dict(self.extra_attributes)))

    def __hash__(self) -> int:
        return hash((self.key_space, self.key, self.value, self.data_type, self.extended_language_tag))

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _item, ({**state, "extra_attributes": dict(self.extra_attributes)},)

    @classmethod
    def for_identifier(cls, identifier: str, value: Any = None, **more: Any) -> Self:
        """An item by its identifier instead of key space and key.

        Raises:
            InvalidArgumentError: no identifier, or what the class itself refuses.
        """
        space, key = key_space_for_identifier(identifier), key_for_identifier(identifier)
        if space is None or key is None:
            raise InvalidArgumentError(
                f"{identifier!r} is no identifier of metadata.",
                hint='Write the key space and the key with a slash between, for example "mdta/com.example.mood".',
            )
        return cls(key_space=space, key=key, value=value, **more)

    def with_(self, **changes: Any) -> Self:
        """The same item with some attributes changed."""
        return replace(self, **changes)

    @property
    def identifier(self) -> str | None:
        """Key space and key as one text; None when they cannot be written so."""
        return identifier_for_key(self.key, self.key_space)

    @property
    def common_key(self) -> str | None:
        """What it means in terms that all key spaces share (``AVMetadataKey.commonKey…``); None without such a one."""
        key = self.key
        if isinstance(key, int):
            key = key.to_bytes(4, "big")
        if isinstance(key, bytes):
            key = key.decode("latin-1")
        if self.key_space == MetadataKeySpace.VORBIS_COMMENT:
            key = key.upper()  # field names have no case (Vorbis I, 5.2.1)
        return COMMON_KEYS.get((self.key_space, key.lstrip("\0")))

    @property
    def format(self) -> MetadataFormat:
        """The form in which files hold items of this key space."""
        return FORMATS.get(self.key_space, MetadataFormat.UNKNOWN)

    @property
    def locale(self) -> str | None:
        """The language tag as locales are spelled (``"pt_BR"``); None for any."""
        return None if self.extended_language_tag is None else self.extended_language_tag.replace("-", "_")

    @property
    def string_value(self) -> str | None:
        """The value as text: text itself, numbers in figures, dates by ISO 8601; None for anything else."""
        value = self.value
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, (int, float, Fraction)):
            return str(int(value)) if isinstance(value, bool) else str(value)
        return None

    @property
    def number_value(self) -> int | float | Fraction | None:
        """The value as a number: a number itself, or text that is nothing but one; None for anything else."""
        value = self.value
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, (int, float, Fraction)):
            return value
        if isinstance(value, str) and len(value) <= _DIGITS and _NUMBER.fullmatch(value):
            return float(value) if set(value) & set(".eE") else int(value)
        return None

    @property
    def date_value(self) -> datetime | None:
        """The value as a moment: a date itself, or text by ISO 8601 (a year alone is its first day); else None."""
        value = self.value
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        return _parsed_date(value.strip()) if isinstance(value, str) else None

    @property
    def data_value(self) -> bytes | None:
        """The value as bytes: bytes themselves, or text in UTF-8; None for anything else."""
        if isinstance(self.value, bytes):
            return self.value
        return self.value.encode("utf-8", "surrogatepass") if isinstance(self.value, str) else None

    identifier_for_key = staticmethod(identifier_for_key)
    key_for_identifier = staticmethod(key_for_identifier)
    key_space_for_identifier = staticmethod(key_space_for_identifier)

    @staticmethod
    def items_filtered_by_identifier(items: Iterable[MetadataItem], identifier: str) -> list[MetadataItem]:
        """The items of that identifier, or that conform to it (``AVMetadataItem.metadataItems(from:filteredBy…)``).

        ``"common/title"`` finds every item whose common key is ``title``, in any key space.
        """
        common = None
        if key_space_for_identifier(identifier) == MetadataKeySpace.COMMON:
            common = key_for_identifier(identifier)
        return [
            item
            for item in items
            if item.identifier == identifier or (common is not None and item.common_key == common)
        ]

    @staticmethod
    def items_filtered_and_sorted_by_languages(
        items: Iterable[MetadataItem], languages: Iterable[str]
    ) -> list[MetadataItem]:
        """The items in one of the languages, the most wanted first.

        A wanted tag matches an item's that equals it or goes on behind it (``"en"`` finds ``"en-GB"``), and then one
        that is less exact (``"en-GB"`` finds ``"en"``; RFC 4647, 3.4). Items of any language follow at the end. The
        order of equals stays (``AVMetadataItem.metadataItems(from:filteredAndSortedAccordingToPreferredLanguages:)``).

        Args:
            languages: BCP 47 tags, the most wanted first.
        """
        wanted = [language.lower() for language in languages]
        ranked = [(rank, item) for item in items if (rank := _rank(item.extended_language_tag, wanted)) is not None]
        return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]


def _item(state: dict[str, Any]) -> MetadataItem:
    return MetadataItem(**state)


def _check_key(key: Any) -> None:
    fits = 0 <= key < 1 << 32 if isinstance(key, int) else isinstance(key, (str, bytes)) and bool(key)
    if not fits or isinstance(key, bool):
        raise InvalidArgumentError(
            f"metadata key {key!r} is neither text, bytes nor a number of 32 bits.",
            hint='Give it as its key space spells it, for example "com.apple.quicktime.title" or "©nam".',
        )


def _check_value(value: Any) -> None:
    numbers = (int, float, Fraction)
    if value is None or isinstance(value, (str, bytes, date, *numbers)):
        return
    if not (isinstance(value, tuple) and all(isinstance(number, numbers) for number in value)):
        raise InvalidArgumentError(
            f"a metadata value cannot be a {type(value).__name__}.",
            hint="Give text, a number, a date, bytes, or a tuple of numbers; JSON goes in as text.",
        )


def _parsed_date(text: str) -> datetime | None:
    try:
        if partial := _PARTIAL_DATE.fullmatch(text):
            return datetime(int(partial[1]), int(partial[2] or 1), 1)
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rank(tag: str | None, wanted: list[str]) -> tuple[int, int] | None:
    if tag is None:
        return len(wanted), 0
    tag = tag.lower()
    for place, language in enumerate(wanted):
        if tag == language:
            return place, 0
        if tag.startswith(f"{language}-"):
            return place, 1
        if language.startswith(f"{tag}-"):
            return place, 2
    return None


@dataclass(frozen=True, slots=True)
class MetadataGroup:
    """Items that belong together (``AVMetadataGroup``).

    Attributes:
        items: as given. classifying_label, unique_id: what a playlist calls the group; None elsewhere.
    """

    items: tuple[MetadataItem, ...]
    classifying_label: str | None = None
    unique_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", _items(self.items))


@dataclass(frozen=True, slots=True)
class TimedMetadataGroup:
    """Items that hold for a stretch of an asset's time (``AVTimedMetadataGroup``).

    Without items it says that there is nothing to be said in that time.

    Raises:
        InvalidArgumentError: what is no item. TimestampError: a time range that cannot be read.
    """

    items: tuple[MetadataItem, ...]
    time_range: TimeRange

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", _items(self.items))
        if not isinstance(self.time_range, TimeRange):
            raise InvalidArgumentError(
                f"time range {self.time_range!r} is no TimeRange.", hint="Write TimeRange(start, duration)."
            )


@dataclass(frozen=True, slots=True)
class DateRangeMetadataGroup:
    """Items that hold for a stretch of real time (``AVDateRangeMetadataGroup``); ``end_date`` None leaves it open.

    Raises:
        InvalidArgumentError: what is no item, no date, or an end before the start.
    """

    items: tuple[MetadataItem, ...]
    start_date: datetime
    end_date: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", _items(self.items))
        dates = [self.start_date] if self.end_date is None else [self.start_date, self.end_date]
        zoned = {isinstance(moment, datetime) and moment.tzinfo is not None for moment in dates}
        if not all(isinstance(moment, datetime) for moment in dates) or len(zoned) > 1 or dates[-1] < dates[0]:
            raise InvalidArgumentError(
                f"{self.start_date!r} to {self.end_date!r} is no stretch of time.",
                hint="Give two datetimes, both with a time zone or both without, the earlier one first.",
            )


def _items(items: Iterable[MetadataItem]) -> tuple[MetadataItem, ...]:
    found = tuple(items)
    for item in found:
        if not isinstance(item, MetadataItem):
            raise InvalidArgumentError(
                f"{item!r} is no metadata item.", hint="Make one with MetadataItem.for_identifier(identifier, value)."
            )
    return found
