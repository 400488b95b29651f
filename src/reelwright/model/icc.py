"""Embedded ICC profiles: a picture's own colours brought to sRGB before anything else looks at them.

Pillow's ImageCms (Little CMS) does the arithmetic: relative colorimetric with black point compensation, as photo
programs do. A transform is made once per profile, and none is applied where the profile is sRGB in other words.
"""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

__all__ = ["to_srgb"]

_logger = logging.getLogger(__name__)

_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_NEGLIGIBLE = 1  # of 255: what a profile that is sRGB in other words may move a colour by
_PROBE_STEPS = 9


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The image in sRGB, in mode RGB, RGBA or L; one whose profile cannot be used is taken as sRGB, and that is logged.

    Args:
        image: of mode L, RGB, RGBA or CMYK. profile: the ICC profile it was tagged with.
    """
    space, transform, trouble = _transform(profile)
    if trouble is None and (space == "CMYK") != (image.mode == "CMYK"):
        trouble = f"it is for {space}, the picture is {image.mode}"
    elif trouble is None and space == "L" and image.mode != "L":
        trouble = f"it is for grey pictures, this one is {image.mode}"
    if trouble is not None:
        _logger.warning("an ICC profile that cannot be used (%s); the picture is taken as sRGB", trouble)
        return image
    if transform is None:
        return image
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    done: Image.Image = transform.apply(image if image.mode == space else image.convert(space))
    if alpha is not None:
        done.putalpha(alpha)
    return done


@lru_cache(maxsize=16)
def _transform(profile: bytes) -> tuple[str, Any, str | None]:
    """(mode it takes, transform or None when it would change nothing, what is wrong with it)."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES.get(source.profile.xcolor_space, "")
        if not space:
            return "", None, f"its colour space is {source.profile.xcolor_space!r}"
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            space,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ImageCms.PyCMSError) as error:
        return "", None, str(error)
    return space, None if _changes_nothing(space, transform) else transform, None


def _changes_nothing(space: str, transform: Any) -> bool:
    if space == "CMYK":
        return False
    steps = np.linspace(0, 255, _PROBE_STEPS).round().astype(np.uint8)
    gray = space == "L"
    grid = np.stack([steps] if gray else np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 1 if gray else 3)
    probe = Image.fromarray(grid[:, :, 0] if gray else grid)
    moved = np.asarray(transform.apply(probe)).astype(np.int16) - grid
    return bool(np.abs(moved).max() <= _NEGLIGIBLE)
