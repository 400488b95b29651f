"""What a caller may name as a file: a path, a ``file://`` URL or a file object.

Only what cannot be right whatever happens is refused here (a wrong type, another kind of URL, an object that can never
hold a film); whether a folder exists or a name is taken is a matter of the moment, and found when the output is opened.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes, urlsplit

from reelwright.model.errors import InvalidArgumentError

__all__ = ["as_folder", "as_path", "check_file_object", "is_append_only", "is_file_object"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://|file:/", re.IGNORECASE)
_DRIVE = re.compile(r"/?([A-Za-z])[:|](?=/|$)")

_WHY = "A movie's header is patched after its media is written, so the output must be able to go back and rewrite."
_WAY_OUT = "Write to a path or to io.BytesIO, and send the finished film on from there."


def as_path(target: str | os.PathLike[Any]) -> str:
    """The path that *target* names, as given but for URLs, which are decoded (RFC 8089).

    Raises:
        InvalidArgumentError: another kind of URL, a URL of another host, no file name, or a null character.
    """
    named = os.fspath(target)
    path = os.fsdecode(named) if isinstance(named, bytes) else named
    if isinstance(target, str) and _URL.match(target):
        path = _path_of_url(target, windows=os.name == "nt")
    if "\0" in path:
        raise InvalidArgumentError(f"{path!r} contains a null character, which no file name may.")
    if os.path.basename(path) in ("", os.curdir, os.pardir):
        hint = "Name a file, for instance 'film.mov'."
        raise InvalidArgumentError(f"{path!r} does not name a file.", hint=hint)
    return path


def _path_of_url(url: str, *, windows: bool) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidArgumentError(f"{url!r} is not a URL: {error}.") from error
    if parts.scheme.lower() != "file":
        hint = "Give a path, a file:// URL or a binary file object."
        raise InvalidArgumentError(
            f"{url!r} is not a place on this machine: only file:// URLs can be opened.", hint=hint
        )
    if parts.query or parts.fragment or url[-1] in "?#":
        hint = "Write them as %3F and %23, or give the path itself."
        raise InvalidArgumentError(f"{url!r} has a '?' or '#', which end the path of a URL.", hint=hint)
    host, path = parts.netloc, parts.path
    if windows and re.fullmatch(r"[A-Za-z][:|]", host):
        host, path = "", f"/{host}{path}"  # file://C:/film.mov, a slash short but common and unmistakable
    if host.lower() not in ("", "localhost"):
        hint = "Give the path under which this machine sees that place; a local file has three slashes: file:///…"
        raise InvalidArgumentError(f"{url!r} names the host {host!r}; only local files can be opened.", hint=hint)
    decoded = unquote_to_bytes(path)
    # File names are bytes on POSIX (undecodable ones survive the round trip), Unicode on Windows.
    return _windows_form(decoded.decode("utf-8", "replace")) if windows else os.fsdecode(decoded)


def _windows_form(path: str) -> str:
    """``/C:/films/a.mov`` and ``/C|/films/a.mov`` are ``C:\\films\\a.mov``."""
    return _DRIVE.sub(r"\1:", path, count=1).replace("/", "\\")


def as_folder(folder: str | os.PathLike[Any] | None) -> str | None:
    """The path of a folder for temporary files, None for the system's.

    Raises:
        InvalidArgumentError: not a path.
    """
    if folder is None:
        return None
    if not isinstance(folder, str | os.PathLike):
        kind = type(folder).__name__
        raise InvalidArgumentError(f"temporary_directory must be a path or None, not {kind}: {folder!r}.")
    return os.fsdecode(folder)


def is_file_object(target: object) -> bool:
    """Whether *target* looks like something bytes are written to."""
    return callable(getattr(target, "write", None))


def check_file_object(target: Any) -> None:
    """Refuse objects that can never hold a film.

    Raises:
        InvalidArgumentError: closed, text, read-only, append-only, unseekable or compressing.
    """
    _check_takes_bytes(target)
    name = object_name(target)
    if _appends(target):
        _refuse(name, "appends whatever is written to its end")
    if not _seeks(target):
        _refuse(name, "cannot go back to an earlier position (it is not seekable)")
    if _compresses(target):
        _refuse(name, "compresses as it goes and cannot change what it has written")


def is_append_only(target: Any) -> bool:
    """Whether what was written to a file object can never be changed.

    Raises:
        InvalidArgumentError: an object that takes no bytes at all: closed, text or read-only.
    """
    _check_takes_bytes(target)
    return _appends(target) or not _seeks(target) or _compresses(target)


def _check_takes_bytes(target: Any) -> None:
    name = object_name(target)
    if getattr(target, "closed", False):
        raise InvalidArgumentError(
            f"{name} is closed.", hint="Open it for writing and keep it open until the film is finished."
        )
    if isinstance(target, io.TextIOBase) or hasattr(target, "encoding"):
        raise InvalidArgumentError(
            f"{name} takes text, but a film is bytes.", hint="Open it in binary mode, for instance 'w+b'."
        )
    if hasattr(target, "writable") and not target.writable():
        raise InvalidArgumentError(
            f"{name} is open for reading only.", hint="Open it for writing, for instance with 'w+b'."
        )


def _refuse(name: str, what: str) -> NoReturn:
    raise InvalidArgumentError(f"{name} {what}. {_WHY}", hint=_WAY_OUT)


def object_name(target: object) -> str:
    """How messages name a file object: by its file where it has one, else by its type."""
    name = getattr(target, "name", None)
    kind = type(target).__name__
    return f"the {kind} of {name!r}" if isinstance(name, str) else f"the {kind} object"


def _seeks(target: Any) -> bool:
    if not (callable(getattr(target, "seek", None)) and callable(getattr(target, "tell", None))):
        return False
    return not hasattr(target, "seekable") or bool(target.seekable())


def _appends(target: Any) -> bool:
    if "a" in str(getattr(target, "mode", "")):
        return True
    try:
        descriptor = target.fileno()
    except (AttributeError, OSError, ValueError):
        return False  # in memory, or not a file of the system
    return _appending_descriptor(descriptor)


def _appending_descriptor(descriptor: int) -> bool:
    """Standard output redirected with ``>>`` and files opened with ``O_APPEND`` do not show it in their mode."""
    if sys.platform == "win32":
        return False  # the flag lives in the C runtime there and cannot be asked for
    import fcntl

    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND)


def _compresses(target: object) -> bool:
    """``GzipFile`` calls itself seekable but only goes forward; bz2 and lzma are honest."""
    gzip = sys.modules.get("gzip")  # not imported by anyone: then the object cannot be one
    return gzip is not None and isinstance(target, gzip.GzipFile)
