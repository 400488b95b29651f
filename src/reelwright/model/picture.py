"""Whatever a program holds a picture or sound in, as what the library works with: pixel buffers and numpy arrays.

Arrays of other libraries come in through DLPack or numpy's own protocols, without a copy and without importing anybody;
Pillow's images are turned upright, brought to sRGB by their ICC profile and to a mode that a pixel format has.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reelwright.model.errors import FrameError
from reelwright.model.pixel import PixelBuffer, PixelFormat

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["is_array", "is_image", "orientation", "pixel_buffer", "plain_array", "sound_array", "upright_size"]

Array = npt.NDArray[Any]

_logger = logging.getLogger(__name__)

# DLPack's device types whose memory a processor reads: the CPU's own, and what CUDA or ROCm pinned or manages.
_READABLE_DEVICES = frozenset((1, 3, 11, 13))
_PROTOCOLS = ("__array_interface__", "__array_struct__", "__array__")
_MOST_CHANNELS = 64
_ORIENTATION = 0x0112  # EXIF tag
# Modes that become another one first; a mode whose transparency is kept elsewhere becomes RGBA.
_MODES = {"1": "L", "P": "RGB", "HSV": "RGB", "YCbCr": "RGB", "LAB": "RGB", "CMYK": "RGB", "RGBX": "RGB"}
_WITH_ALPHA = frozenset(("LA", "La", "PA", "RGBA", "RGBa"))
# Formats whose files hold at most 16 bits: what Pillow opens from them in mode I are 16-bit values.
_SIXTEEN_BIT_FORMATS = frozenset(("PNG", "PPM"))


def pixel_buffer(value: Any, *, layout: str = "HWC", pixel_format: PixelFormat | str | None = None) -> PixelBuffer:
    """See one picture as a pixel buffer, without copying where the memory allows it.

    Args:
        value: a ``PixelBuffer``; an array (numpy, or anything with DLPack or an array interface: torch, JAX,
            TensorFlow …) of rows × columns × values or rows × columns, uint8, uint16, float (0…1, sRGB-encoded), bool;
            or an image of Pillow's in any mode but F and, unless read from a 16-bit file, I.
        layout: ``"HWC"``, or ``"CHW"`` for values × rows × columns. Arrays only.
        pixel_format: how to read an array; told from its dtype and values when left out.

    Images of Pillow's are turned by their EXIF orientation and converted to sRGB by their ICC profile. Several pictures
    in one file: the current one.

    Raises:
        FrameError: something that is no picture, or that lies in the memory of a graphics card.
    """
    if not isinstance(value, PixelBuffer) and not is_image(value):
        return PixelBuffer.from_array(plain_array(value, "picture"), pixel_format, layout=layout)
    buffer = value if isinstance(value, PixelBuffer) else PixelBuffer.from_array(_image_array(value))
    if pixel_format is not None and buffer.pixel_format is not PixelFormat.of(pixel_format):
        raise FrameError(
            f"this {_name_of(value)} is a {buffer.pixel_format.name} picture, not {PixelFormat.of(pixel_format).name}.",
            hint="Leave pixel_format out: it says how to read an array.",
        )
    return buffer


def sound_array(value: Any) -> Array:
    """See sound as an array of frames × channels; an array of frames becomes one channel.

    Args:
        value: an array (numpy, or anything with DLPack or an array interface) of int16, int32, uint8, or floats within
            ±1; float16 becomes float32.

    Raises:
        FrameError: something that is not frames × channels (1 to 64), or that lies in the memory of a graphics card.
    """
    array = plain_array(value, "sound")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not 1 <= array.shape[1] <= _MOST_CHANNELS:
        raise FrameError(
            f"sound of shape {np.shape(array)} is not frames × channels (1 to {_MOST_CHANNELS} channels).",
            hint="Transpose it (samples.T) if the channels come first.",
        )
    return array.astype(np.float32) if array.dtype == np.float16 else array


def is_image(value: Any) -> bool:
    """Whether it is an image of Pillow's. Does not import Pillow: without it there are no such images."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def is_array(value: Any) -> bool:
    """Whether it is an array in memory, of any library that can hand its memory over.

    What numpy could only read as a whole (``__array__`` alone) is none if it can be gone through: files of arrays are
    like that, and may be larger than the memory.
    """
    if isinstance(value, np.ndarray):
        return True
    if isinstance(value, (np.generic, type)) or is_image(value):
        return False
    if any(hasattr(value, protocol) for protocol in ("__dlpack__", "__array_interface__", "__array_struct__")):
        return True
    return hasattr(value, "__array__") and not isinstance(value, Iterable)


def plain_array(value: Any, what: str) -> Array:
    """Any library's array as numpy's, sharing its memory where both can.

    Args:
        what: what it should be (``"picture"``), for messages.

    Raises:
        FrameError: nothing with memory that can be read as numbers.
    """
    if isinstance(value, np.ndarray):
        return value
    if value is None or isinstance(value, (str, bytes, bytearray, dict, set)):
        way_out = {
            "picture": "Open files first (Image.open), or use write_images.",
            "sound": "Pass an array of numbers.",
        }
        raise FrameError(f"a {type(value).__name__} is no {what}.", hint=way_out.get(what))
    try:
        if hasattr(value, "__dlpack__"):
            return _from_dlpack(value)
        if any(hasattr(value, protocol) for protocol in _PROTOCOLS) or isinstance(value, (list, tuple, memoryview)):
            return np.asarray(value)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, FrameError):
            raise
        raise FrameError(
            f"this {_name_of(value)} cannot be read as numbers: {error}.", hint="Pass a numpy array."
        ) from error
    raise FrameError(
        f"a {_name_of(value)} is no {what}.", hint="Pass a numpy array, a tensor on the CPU, or an image of Pillow's."
    )


def _from_dlpack(value: Any) -> Array:
    if getattr(value, "requires_grad", False):
        value = value.detach()
    device, _ = value.__dlpack_device__()
    if int(device) not in _READABLE_DEVICES:
        raise FrameError(
            f"this {_name_of(value)} lies in the memory of a device ({getattr(value, 'device', device)}), "
            "where it cannot be read.",
            hint=f"Copy it to the processor's memory first, {_way_home(value)}.",
        )
    if str(getattr(value, "dtype", "")).endswith("bfloat16"):
        raise FrameError(
            "values of type bfloat16 are not understood.",
            hint='Convert them first: tensor.float(), array.astype("float32").',
        )
    return np.from_dlpack(value)


def _way_home(value: Any) -> str:
    library = type(value).__module__.partition(".")[0]
    known = {"torch": "tensor.cpu()", "cupy": "array.get()"}
    known |= dict.fromkeys(("jax", "jaxlib"), "jax.device_get(array)")
    if library in known:
        return f"with {known[library]}"
    return f"with the function that {library} has for it, and pass the numpy array"


def _name_of(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__.partition('.')[0]} {kind.__name__}"


# ---------------------------------------------------------------------- Pillow's images


def orientation(image: Image.Image) -> int:
    """How the picture is to be turned, by EXIF's numbers: 1 for as it is, 2 to 8 for the rest."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:  # Pillow's parser raises anything on damaged EXIF; the picture itself is whole
        _logger.warning("EXIF data that cannot be read (%s); the picture is taken as upright", error)
        return 1
    return value if value in range(1, 9) else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) once it is turned by its EXIF orientation; reads the file's head only."""
    width, height = image.size
    return (height, width) if orientation(image) >= 5 else (width, height)


def _image_array(image: Image.Image) -> Array:
    """The image's values: upright, in sRGB, as grey, RGB or RGBA of 8 bits or grey of 16."""
    if orientation(image) != 1:
        from PIL import ImageOps

        image = ImageOps.exif_transpose(image)
    if image.mode == "F" or (image.mode == "I" and image.format not in _SIXTEEN_BIT_FORMATS):
        raise FrameError(
            f"an image of mode {image.mode} does not say what its values mean (which is black, which white).",
            hint="Scale them to 0…255 or 0…65535 and pass np.asarray(image).astype(np.uint8) or (np.uint16).",
        )
    profile = image.info.get("icc_profile")
    if image.mode == "I" or image.mode.startswith("I;16"):
        wide = np.asarray(image).astype(np.uint16)
        if not profile:
            return wide
        image = _eight_bit(wide)
    if profile:
        from reelwright.model.icc import to_srgb

        image = to_srgb(_simple(image, keep="CMYK"), profile)
    return np.asarray(_simple(image))


def _eight_bit(wide: Array) -> Image.Image:
    """16-bit grey as the most that Little CMS converts."""
    from PIL import Image as pillow

    return pillow.fromarray((wide >> 8).astype(np.uint8))


def _simple(image: Image.Image, keep: str = "") -> Image.Image:
    """The image in mode L, RGB or RGBA (or the mode to keep)."""
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        target = "RGBA"
    else:
        target = image.mode if image.mode == keep else _MODES.get(image.mode, image.mode)
    if target not in ("L", "RGB", "RGBA", keep):
        raise FrameError(f"images of mode {image.mode} are not understood.", hint='Convert it: image.convert("RGB").')
    if image.mode == "La":
        image = image.convert("LA")
    return image if image.mode == target else image.convert(target)
