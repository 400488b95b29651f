"""Properties that are set before writing starts: a default, a reader that checks what is set, and the text for readers.

Each is one declaration in the body of the writer's class; when it may be set is the business of ``states``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from reelwright.writing.states import Action, Outcome

__all__ = ["Setting"]

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
