"""Settings dictionaries: from AVFoundation's many spellings of a key to one field name, and checks of single values.

A key may be written as the constant (``AVVideoWidthKey``), as its runtime string (``AverageBitRate``), with Video
Toolbox's prefix, or as our field (``average_bit_rate``); a ``KeyTable`` knows them all, and which one was nearly meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any, TypeVar

from reelwright.model.errors import SettingsError

__all__ = ["KeyTable", "choice", "flag", "number", "quoted", "snake", "whole"]

Choice = TypeVar("Choice", bound=Enum)


def snake(name: str) -> str:
    """``MaxKeyFrameInterval`` → ``max_key_frame_interval``; capitals in a row stay together (``encoder_id``)."""
    pieces: list[str] = []
    for index, letter in enumerate(name):
        before = name[index - 1] if index else "_"
        after = name[index + 1] if index + 1 < len(name) else ""
        starts = letter.isupper() and before != "_" and (not before.isupper() or after.islower())
        pieces.append(f"_{letter.lower()}" if starts else letter.lower())
    return "".join(pieces)


def quoted(values: Iterable[object]) -> str:
    """``'a', 'b'`` for a message."""
    return ", ".join(repr(str(value)) for value in values)


class KeyTable:
    """Every spelling of a settings dictionary's keys.

    Args:
        what: the dictionary's name in messages.
        prefixes: constant prefixes in use, the one shown in messages first (``"AVVideo"``).
        fields: our field for each key's core (``{"Width": "width"}``): ``AVVideoWidthKey``, ``AVVideoWidth``, ``Width``
            and ``width`` all name it.
        more: further spellings, each with its field.
    """

    def __init__(
        self,
        what: str,
        prefixes: Sequence[str],
        fields: Mapping[str, str],
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.what = what
        self._fields: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        for core, ours in fields.items():
            self._shown.setdefault(ours, core if prefixes[0].endswith("_") else f"{prefixes[0]}{core}Key")
            for spelling in (ours, snake(core), core, f"{core}Key"):
                self._fields.setdefault(spelling, ours)
            for prefix in prefixes:
                self._fields[f"{prefix}{core}"] = ours
                self._fields[f"{prefix}{core}Key"] = ours
        self._fields.update(more or {})

    def field(self, key: object) -> str | None:
        """Our field for a key, None when the key is not known."""
        return self._fields.get(key) if isinstance(key, str) else None

    def shown(self, field: str) -> str:
        """The key by which developers know a field, for messages."""
        return self._shown.get(field, field)

    def nearest(self, key: object) -> str:
        """The way out for an unknown key: the one that was nearly meant, and all there are."""
        from difflib import get_close_matches

        close = get_close_matches(str(key), list(self._fields), n=1)
        known = f"Known keys: {', '.join(self._shown.values())}."
        return f"Did you mean {close[0]!r}?" if close else known

    def read(self, value: object) -> dict[str, Any]:
        """{field: value} of a mapping.

        Raises:
            SettingsError: not a mapping, an unknown key, one thing said twice, or no key that is known.
        """
        if not isinstance(value, Mapping):
            raise SettingsError(
                f"{self.what} must be a mapping or the dataclass itself, not {value!r}.",
                hint=f"Known keys: {', '.join(self._shown.values())}.",
            )
        found: dict[str, Any] = {}
        first: dict[str, str] = {}
        unknown = [key for key in value if self.field(key) is None]
        if value and len(unknown) == len(value):
            raise SettingsError(
                f"{self.what} {dict(value)!r} hold no key that is recognised.", hint=self.nearest(unknown[0])
            )
        if unknown:
            raise SettingsError(f"{self.what} hold the unknown key {unknown[0]!r}.", hint=self.nearest(unknown[0]))
        for key, item in value.items():
            ours = self._fields[key]
            if ours in found:
                raise SettingsError(
                    f"{self.what} say {self.shown(ours)} twice, as {first[ours]!r} and as {key!r}.",
                    hint="Keep one of them.",
                )
            found[ours], first[ours] = item, key
        return found


def whole(what: str, value: object, low: int, high: int, unit: str = "", *, hint: str | None = None) -> int:
    """A whole number within bounds (a float such as 44100.0 counts, as AVFoundation's numbers do).

    Raises:
        SettingsError: anything else.
    """
    integral = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not integral or not low <= int(value) <= high:  # type: ignore[call-overload]
        bounds = f"from {low} to {high}" if high < 1 << 31 else f"of at least {low}"
        raise SettingsError(
            f"{what} must be a whole number {bounds}{unit and ' ' + unit}, not {value!r}.",
            hint=hint or f"Give a number {bounds}, or leave it out.",
        )
    return int(value)  # type: ignore[call-overload, no-any-return]


def number(
    what: str, value: object, low: float, high: float = float("inf"), unit: str = "", *, hint: str | None = None
) -> Fraction:
    """A number within bounds, exact; a float is read as the decimal it prints as (0.1 → 1/10).

    Raises:
        SettingsError: no number, not finite, or out of bounds.
    """
    real = isinstance(value, Real) and not isinstance(value, bool) and value == value
    if not real or not low <= value <= high or value in (float("inf"), float("-inf")):  # type: ignore[operator]
        bounds = f"from {low:g} to {high:g}" if high != float("inf") else f"of at least {low:g}"
        raise SettingsError(
            f"{what} must be a number {bounds}{unit and ' ' + unit}, not {value!r}.",
            hint=hint or f"Give a number {bounds}, or leave it out.",
        )
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    return Fraction(repr(float(value)))  # type: ignore[arg-type]


def flag(what: str, value: object) -> bool:
    """True or False (0 and 1 count, as in AVFoundation's dictionaries).

    Raises:
        SettingsError: anything else.
    """
    if isinstance(value, (bool, Integral)) and value in (0, 1):
        return bool(value)
    raise SettingsError(f"{what} must be True or False, not {value!r}.", hint="Leave it out for the default.")


def choice(what: str, kind: type[Choice], value: object, prefix: str = "") -> Choice:
    """A member of an enumeration, by itself, its value, or its name (``"LONG_TERM_AVERAGE"``, ``"LongTermAverage"``).

    Raises:
        SettingsError: none of these; the message lists them.
    """
    if isinstance(value, kind):
        return value
    bare = value.removeprefix(prefix).lstrip("_") if isinstance(value, str) else value
    for member in kind:
        named = isinstance(bare, str) and (bare == member.value or snake(bare).upper() == member.name)
        if not isinstance(value, bool) and (value == member.value or named):
            return member
    allowed = quoted(member.value for member in kind)
    raise SettingsError(f"{what} cannot be {value!r}.", hint=f"Use one of {allowed}.")
