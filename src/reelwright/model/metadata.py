"""Metadata: one item says one thing about a file, a track or a stretch of time, in one of several key spaces.

An item keeps its key space's own key and value; what it means in common terms is looked up (``common_key``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reelwright.model.time import Time

__all__ = ["MetadataItem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataItem:
    """One piece of metadata (``AVMetadataItem``).

    Attributes:
        key_space: ``"mdta"``, ``"udta"``, ``"uiso"``, ``"itsk"``, ``"org.id3"`` …
        key: text, a number (a four-character code) or bytes.
        value: text, a number, bytes, or a tuple of numbers.
        data_type: CoreMedia's name of the value's type (``"com.apple.metadata.datatype.UTF-8"``); None when not said.
        extended_language_tag: BCP 47, None for any language.
        time, duration: of an item that belongs to a moment; INVALID otherwise.
        extra_attributes: what else the file says about it.
    """

    key_space: str
    key: str | int | bytes
    value: Any = None
    data_type: str | None = None
    extended_language_tag: str | None = None
    time: Time = Time.INVALID
    duration: Time = Time.INVALID
    extra_attributes: Mapping[str, Any] = field(default_factory=dict)
