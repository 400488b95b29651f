"""Photographs from files: which ones a path, a pattern or a list means, and reading them one at a time.

A file is opened only when its turn comes, and a JPEG far larger than the film is decoded at a fraction of its size, so
that thousands of large photographs need no more memory than one.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from reelwright.easy.frames import each_frame, frame_count
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.model.picture import is_array, is_image, pixel_buffer, upright_size
from reelwright.model.pixel import PixelBuffer

__all__ = ["Photographs", "natural_order", "photographs", "read", "size_of"]

# What a folder's pictures are told by. A file of such a name that cannot be read is an error, others are passed over.
_COMMON = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".avif", ".heic", ".heif")
_RARE = (".jpe", ".jfif", ".apng", ".hif", ".jp2", ".j2k", ".jpx", ".jxl", ".qoi", ".psd", ".sgi", ".pcx", ".tga")
_PLAIN = (".ppm", ".pgm", ".pbm", ".pnm")
_SUFFIXES = frozenset((*_COMMON, *_RARE, *_PLAIN))
_MAGIC = re.compile(r"[*?\[]")
_FINER = 2  # a JPEG is decoded at no less than so many times the film's size
_NEEDS_PLUGIN = {
    ".heic": "pip install pillow-heif, and call pillow_heif.register_heif_opener().",
    ".heif": "pip install pillow-heif, and call pillow_heif.register_heif_opener().",
    ".hif": "pip install pillow-heif, and call pillow_heif.register_heif_opener().",
    ".jxl": "pip install pillow-jxl-plugin, and import pillow_jxl.",
}


class Photographs(NamedTuple):
    """What is to be filmed: paths and pictures, in order, and how many (None when only going through them tells)."""

    items: Iterator[Any]
    total: int | None


def photographs(source: Any) -> Photographs:
    """What a caller means: a folder, a pattern, one file, or paths and pictures in any mixture.

    A folder gives its pictures, a pattern (``"shots/*.png"``, ``**`` goes into folders) the files it matches, both in
    natural order (img2 before img10); anything else keeps its own order.

    Raises:
        MediaNotFoundError: no such file. InvalidArgumentError: a folder or pattern without pictures, or something else.
    """
    if isinstance(source, (str, os.PathLike)):
        paths = _named(os.fspath(source))
        return Photographs(iter(paths), len(paths))
    if is_image(source) or isinstance(source, PixelBuffer):
        return Photographs(iter([source]), 1)
    if is_array(source):
        return Photographs(each_frame(source, "HWC"), frame_count(source))
    if isinstance(source, (bytes, dict)) or not isinstance(source, Iterable):
        raise InvalidArgumentError(
            f"{source!r:.80} gives no pictures.", hint="Pass a folder, a pattern such as 'shots/*.png', or a list."
        )
    if isinstance(source, Sequence):
        for item in source:
            _check_there(item)
    return Photographs(iter(source), frame_count(source))


def natural_order(path: str) -> list[Any]:
    """A sort key that reads numbers as numbers, whatever their case: img2, IMG3, img10."""
    return [
        [int(piece) if index % 2 else piece for index, piece in enumerate(re.split(r"([0-9]+)", part.casefold()))]
        for part in path.replace(os.sep, "/").split("/")
    ]


def _named(name: Any) -> list[str]:
    if not isinstance(name, str):
        raise InvalidArgumentError(f"a path must be text, not {name!r}.", hint="Decode it with os.fsdecode.")
    if os.path.isdir(name):
        return _in_folder(name)
    if os.path.exists(name) or not _MAGIC.search(name):
        _check_there(name)
        return [name]
    found = [path for path in glob.glob(name, recursive=True) if os.path.isfile(path)]
    if not found:
        raise InvalidArgumentError(f"no file matches {name!r}.", hint="Check the pattern and the folder.", path=name)
    return sorted(found, key=natural_order)


def _in_folder(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if _is_picture(entry)]
    if not names:
        raise InvalidArgumentError(
            f"the folder {folder!r} holds no pictures.",
            hint="Name a folder of JPEG, PNG, TIFF, WebP … files, or a pattern such as 'shots/**/*.png'.",
            path=folder,
        )
    return [os.path.join(folder, name) for name in sorted(names, key=natural_order)]


def _is_picture(entry: os.DirEntry[str]) -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()
    return suffix in _SUFFIXES and not entry.name.startswith(".") and entry.is_file()


def _check_there(item: Any) -> None:
    if isinstance(item, (str, os.PathLike)) and not os.path.exists(item):
        raise _missing(os.fspath(item))


def _missing(path: str) -> MediaNotFoundError:
    return MediaNotFoundError(f"there is no file {path!r}.", path=path, hint="Check the name and the folder.")


def size_of(item: Any) -> tuple[int, int]:
    """(width, height) of a picture as it stands upright; of a file only the head is read."""
    if isinstance(item, (str, os.PathLike)):
        with _Reading(item), Image.open(item) as image:
            return upright_size(image)
    return upright_size(item) if is_image(item) else pixel_buffer(item).size


def read(item: Any, film_size: tuple[int, int]) -> PixelBuffer:
    """A picture, read from its file if it is a path.

    Raises:
        MediaNotFoundError, InvalidMediaError: no file, or none that can be read as a picture; both name it.
        FrameError: a picture that is not understood.
    """
    if not isinstance(item, (str, os.PathLike)):
        return pixel_buffer(item)
    with _Reading(item), Image.open(item) as image:
        enough = _FINER * max(film_size)
        image.draft(None, (enough, enough))
        image.load()
        return pixel_buffer(image)


class _Reading:
    """Turns whatever goes wrong while a file is read into an error that names the file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise _missing(self.path) from None
        if isinstance(error, IsADirectoryError):
            raise InvalidMediaError(f"{self.path!r} is a folder, not a picture.", path=self.path) from None
        if isinstance(error, FrameError):
            error.message, error.path = f"{self.path!r}: {error.message}", self.path
        elif isinstance(error, Image.DecompressionBombError):
            raise InvalidMediaError(
                f"{self.path!r} is larger than Pillow opens: {error}.",
                path=self.path,
                hint="If you trust it, raise PIL.Image.MAX_IMAGE_PIXELS.",
            ) from error
        elif isinstance(error, UnidentifiedImageError):
            suffix = os.path.splitext(self.path)[1].lower()
            hint = _NEEDS_PLUGIN.get(suffix, "Leave it out, or convert it to JPEG or PNG.")
            raise InvalidMediaError(
                f"{self.path!r} is no picture that Pillow reads.", path=self.path, hint=hint
            ) from None
        elif isinstance(error, (SyntaxError, ValueError, EOFError)) or _is_damage(error):
            raise InvalidMediaError(
                f"{self.path!r} cannot be read as a picture: {error}.",
                path=self.path,
                hint="Check that it is whole and that a viewer shows it.",
            ) from error


def _is_damage(error: BaseException | None) -> bool:
    """Pillow reports damaged files as system errors without a number; those with one are the disk's own."""
    return isinstance(error, OSError) and error.errno is None
