"""Samples that lie in other files: which may be opened, and where they are.

A movie file can name any file as the home of its samples. Ours opens none but those in the movie's own folder and
below, and never the network; ``ReferenceRestrictions`` (``AVAssetReferenceRestrictions``) can only forbid more.
"""

from __future__ import annotations

import os
from types import ModuleType
from urllib.parse import unquote_to_bytes, urlsplit

from reelwright.model.errors import ForbiddenReferenceError, InvalidMediaError, MediaNotFoundError
from reelwright.model.facts import DataReference
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.storage.address import as_path
from reelwright.storage.source import Source, open_source

__all__ = ["open_reference"]

_LOCAL_TO_LOCAL = ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_LOCAL
_HINT = "Samples are read from the movie's own folder only; put the file there, or copy the samples into the movie."


def open_reference(
    movie: Source, reference: DataReference, restrictions: ReferenceRestrictions, *, alias_references: bool
) -> Source:
    """Open the file that holds a movie's samples.

    Args:
        movie: the movie file. reference: an entry of its ``dref`` that is not the movie itself.
        alias_references: follow Macintosh alias records too (``AVURLAssetShouldSupportAliasDataReferencesKey``).

    Raises:
        ForbiddenReferenceError: it may not be opened: elsewhere, on the network, an alias, or restricted.
        InvalidMediaError: the reference is not understood. MediaNotFoundError: there is no such file.
        OSError: it cannot be opened.
    """
    named = f"{reference.kind.strip()!r} to {reference.location!r}"
    if reference.location is None or reference.kind not in ("url ", "alis"):
        raise InvalidMediaError(
            f"{movie.name} has samples in another file, but its reference {named} is not understood.", path=movie.path
        )
    if reference.kind == "alis" and not alias_references:
        raise _forbidden(movie, named, "an alias record", "Allow alias references for this file if you trust it.")
    if restrictions & _LOCAL_TO_LOCAL:
        raise _forbidden(movie, named, "another local file, which its restrictions forbid", None)
    path = _path_within(movie, reference, named)
    try:
        return open_source(path)
    except MediaNotFoundError as error:
        raise MediaNotFoundError(
            f"{movie.name} has samples in {path!r}, which does not exist.", path=path, hint="Put that file back."
        ) from error


def _path_within(movie: Source, reference: DataReference, named: str) -> str:
    """The file's real path, once it is known to lie in the movie's folder.

    Its name is judged before the disk is asked: looking at a path elsewhere can already reach a network.
    """
    if movie.path is None:
        raise _forbidden(movie, named, "another file, but the movie itself lies in no folder", "Read it from its path.")
    target = _local_path(movie, reference, named)
    folder = os.path.dirname(os.path.abspath(movie.path))
    real = os.path.realpath(folder)
    if is_within(folder, target) or is_within(real, target):
        path = os.path.realpath(os.path.join(folder, target))
        if is_within(real, path):
            return path
    raise _forbidden(movie, named, "a file outside the movie's folder", _HINT)


def is_within(folder: str, target: str, paths: ModuleType = os.path) -> bool:
    """Whether a path, seen from an absolute folder, lies below that by its name alone; the disk is not asked.

    Args:
        paths: the system's rules (``posixpath`` or ``ntpath``).
    """
    path = paths.normcase(paths.normpath(paths.join(folder, target)))
    folder = paths.normcase(paths.normpath(folder))
    if paths.splitdrive(path)[0] != paths.splitdrive(folder)[0]:
        return False
    return bool(path != folder and paths.commonpath([folder, path]) == folder)


def _local_path(movie: Source, reference: DataReference, named: str) -> str:
    location = reference.location or ""
    try:
        path = location if reference.kind == "alis" else _path_of_url(movie, location, named)
    except ValueError as error:
        if isinstance(error, ForbiddenReferenceError):
            raise
        raise InvalidMediaError(
            f"{movie.name} has a reference {named} that is no URL of a file: {error}.", path=movie.path
        ) from error
    if not path or "\0" in path:
        raise InvalidMediaError(f"{movie.name} has a reference {named} that names no file.", path=movie.path)
    return path


def _path_of_url(movie: Source, location: str, named: str) -> str:
    parts = urlsplit(location)
    if parts.scheme.lower() not in ("", "file") or parts.netloc.lower() not in ("", "localhost"):
        raise _forbidden(movie, named, "another machine or a service", _HINT)
    return as_path(location) if parts.scheme else os.fsdecode(unquote_to_bytes(parts.path))


def _forbidden(movie: Source, named: str, what: str, hint: str | None) -> ForbiddenReferenceError:
    return ForbiddenReferenceError(
        f"{movie.name} has samples in {what}: its reference {named} is not followed.", path=movie.path, hint=hint
    )
