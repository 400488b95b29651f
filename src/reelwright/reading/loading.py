"""Properties that are read when they are asked for, one by one or several at once (``AVAsynchronousKeyValueLoading``).

Reading is plain and blocking; the coroutine does the same in a worker thread of its event loop.
"""

from __future__ import annotations

import asyncio
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from reelwright.model.errors import InvalidArgumentError

__all__ = ["Loadable"]


class Loadable:
    """What has properties that are read on demand; the base of ``Asset`` and ``AssetTrack``."""

    def load(self, *names: str) -> Any:
        """Read properties and give their values: one alone, several as a tuple in the order of the names.

        >>> duration, tracks = asset.load("duration", "tracks")

        Raises:
            InvalidArgumentError: no names, or a name that is no property.
            ReelwrightError, OSError: what reading a property raises.
        """
        _check(type(self), names)
        values = tuple(getattr(self, name) for name in names)
        return values[0] if len(values) == 1 else values

    async def load_async(self, *names: str) -> Any:
        """The same without blocking the event loop.

        A task that is cancelled while it waits stops waiting; what was being read is kept for the next to ask.

        Raises:
            As ``load``.
        """
        _check(type(self), names)
        return await asyncio.to_thread(self.load, *names)

    def is_loaded(self, name: str) -> bool:
        """Whether a property can be had without reading anything (``status(of:)``).

        Raises:
            InvalidArgumentError: no such property.
        """
        _check(type(self), (name,))
        if isinstance(getattr(type(self), name), cached_property):
            return name in self.__dict__
        return self._has_facts

    @property
    def _has_facts(self) -> bool:
        """Whether the file has been opened and understood."""
        raise NotImplementedError


def _check(kind: type[Loadable], names: tuple[str, ...]) -> None:
    if not names:
        raise InvalidArgumentError("no properties were named.", hint='Write for example load("duration", "tracks").')
    for name in names:
        if not isinstance(name, str) or name.startswith("_") or not _is_property(getattr(kind, name, None)):
            known = [key for key in dir(kind) if not key.startswith("_") and _is_property(getattr(kind, key))]
            near = get_close_matches(str(name), known, n=2)
            raise InvalidArgumentError(
                f"{kind.__name__} has no property {name!r} to load.",
                hint=f"Did you mean {' or '.join(map(repr, near))}?" if near else f"It has {', '.join(known)}.",
            )


def _is_property(member: object) -> bool:
    return isinstance(member, (property, cached_property))
