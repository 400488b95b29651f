"""Properties that are set before writing starts: a default, a reader that checks what is set, and the text for readers.

Each is one declaration in the body of the writer's class; when it may be set is the business of ``states``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from reelwright.model.errors import InvalidArgumentError, TimestampError
from reelwright.model.kinds import FileTypeProfile
from reelwright.model.time import Time
from reelwright.writing.states import Action, Outcome

__all__ = [
    "Setting",
    "duration_hint",
    "flag",
    "interval",
    "interval_or_indefinite",
    "profile",
    "sequence_number",
    "start_time",
]

T = TypeVar("T")


class _Configured(Protocol):
    def _judge(self, action: Action, what: str | None = None) -> Outcome: ...


class Setting(Generic[T]):
    """A property of a writer.

    Args:
        default: what it is while nobody sets it. read: turns what is given into what is kept, or raises.
        text: its documentation.
    """

    def __init__(self, default: T, read: Callable[[Any, str], T], text: str) -> None:
        self._default = default
        self._read = read
        self._name = ""
        self.__doc__ = text

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = vars(instance).get(self._name, self._default)
        return value

    def __set__(self, instance: _Configured, value: Any) -> None:
        instance._judge(Action.CONFIGURE, f"set {self._name}")
        vars(instance)[self._name] = self._read(value, self._name)


def flag(value: Any, name: str) -> bool:
    return bool(value)


def interval(value: Any, name: str) -> Time:
    """A time above 0, or an invalid one for none."""
    time = Time.of(value)
    if time.is_valid and (not time.is_numeric or time <= Time.ZERO):
        raise TimestampError(
            f"{name} cannot be {time}.", hint="Give seconds above 0, or Time.INVALID for none.", time=time
        )
    return time


def interval_or_indefinite(value: Any, name: str) -> Time:
    """A time above 0, an indefinite or an invalid one."""
    time = Time.of(value)
    return time if time.is_indefinite else interval(time, name)


def duration_hint(value: Any, name: str) -> Time:
    """A time from 0 on, or an invalid one where it is not known."""
    time = Time.of(value)
    if time.is_valid and (not time.is_numeric or time < Time.ZERO):
        raise TimestampError(
            f"a film cannot last {time}.", hint="Give seconds, or Time.INVALID when it is not known.", time=time
        )
    return time


def start_time(value: Any, name: str) -> Time:
    """A numeric or an invalid time."""
    time = Time.of(value)
    if time.is_valid and not time.is_numeric:
        raise TimestampError(f"{name} cannot be {time}.", hint="Give a moment of the source's time line.", time=time)
    return time


def profile(value: Any, name: str) -> FileTypeProfile | None:
    return None if value is None else FileTypeProfile(value)


def sequence_number(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1 << 32:
        raise InvalidArgumentError(f"{name} {value!r} is no whole number from 1 to 2³² − 1.", hint="The first is 1.")
    return value
