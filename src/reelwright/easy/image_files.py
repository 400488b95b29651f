"""Images as files: formats by suffix, folders made, nothing replaced unasked, never half a file."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from reelwright.model.errors import InvalidArgumentError, output_error
from reelwright.storage.destination import open_destination

__all__ = ["IMAGE_SUFFIXES", "check_image_name", "write_image"]

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
IMAGE_SUFFIXES = tuple(_FORMATS)
_OPTIONS = {"JPEG": {"quality": 90, "subsampling": 0}, "WEBP": {"quality": 90}}


def check_image_name(path: str | os.PathLike[str]) -> str:
    """Pillow's format for a file of that name.

    Raises:
        InvalidArgumentError: another suffix.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in _FORMATS:
        raise InvalidArgumentError(
            f"{os.fspath(path)!r} is no name of a picture.", hint=f"Let it end in {', '.join(_FORMATS)}.", path=path
        )
    return _FORMATS[suffix]


def write_image(image: Image.Image, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write an image; its folder is made if it is not there.

    Raises:
        InvalidArgumentError: another suffix. OutputError: it cannot be written, or is there already.
    """
    format = check_image_name(path)
    encoded = io.BytesIO()
    image.save(encoded, format, **_OPTIONS.get(format, {}))
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(error, "make the folder of", path) from error
    destination = open_destination(path, overwrite=overwrite)
    try:
        destination.open()
        destination.write(encoded.getbuffer())
        destination.commit()
    finally:
        destination.close()
