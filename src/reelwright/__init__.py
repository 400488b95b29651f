"""Write films anywhere Python runs, with the concepts of AVFoundation's writing stack.

This is the front door: every public name is ``reelwright.<name>``, and the room it lives in is opened when the name is
first used, so that ``import reelwright`` costs nothing. To add a name, add it in two places, one line each: to
``_ROOMS`` (where it lives, for Python) and to the imports below it (the same, for type checkers); a test compares them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Room -> the names that it gives to the public.
_ROOMS: dict[str, tuple[str, ...]] = {
    "model.color": (
        "ColorMatrix",
        "ColorPrimaries",
        "ColorProperties",
        "TransferFunction",
    ),
    "model.errors": (
        "DiskFullError",
        "EncodeError",
        "EncoderNotFoundError",
        "FrameError",
        "InvalidArgumentError",
        "InvalidMediaError",
        "InvalidStateError",
        "MissingDependencyError",
        "NotReadyError",
        "OperationCancelledError",
        "OutputError",
        "OutputExistsError",
        "OutputNotFoundError",
        "OutputPermissionError",
        "ReelwrightError",
        "SettingsError",
        "TimestampError",
        "WritingIncompleteError",
    ),
    "model.format": (
        "CleanAperture",
        "FormatDescription",
        "PcmLayout",
        "PixelAspectRatio",
    ),
    "model.kinds": (
        "AudioFormat",
        "FileType",
        "MediaType",
        "OnFull",
        "ScalingMode",
        "VideoCodec",
        "WriterStatus",
    ),
    "model.pixel": (
        "PixelBuffer",
        "PixelBufferAttributes",
        "PixelFormat",
    ),
    "model.pool": (
        "PixelBufferPool",
        "PoolStatistics",
    ),
    "model.sample": (
        "BufferAttachment",
        "SampleAttachments",
        "SampleBuffer",
        "SampleTiming",
    ),
}

if TYPE_CHECKING:
    from reelwright.model.color import ColorMatrix as ColorMatrix
    from reelwright.model.color import ColorPrimaries as ColorPrimaries
    from reelwright.model.color import ColorProperties as ColorProperties
    from reelwright.model.color import TransferFunction as TransferFunction
    from reelwright.model.errors import DiskFullError as DiskFullError
    from reelwright.model.errors import EncodeError as EncodeError
    from reelwright.model.errors import EncoderNotFoundError as EncoderNotFoundError
    from reelwright.model.errors import FrameError as FrameError
    from reelwright.model.errors import InvalidArgumentError as InvalidArgumentError
    from reelwright.model.errors import InvalidMediaError as InvalidMediaError
    from reelwright.model.errors import InvalidStateError as InvalidStateError
    from reelwright.model.errors import MissingDependencyError as MissingDependencyError
    from reelwright.model.errors import NotReadyError as NotReadyError
    from reelwright.model.errors import OperationCancelledError as OperationCancelledError
    from reelwright.model.errors import OutputError as OutputError
    from reelwright.model.errors import OutputExistsError as OutputExistsError
    from reelwright.model.errors import OutputNotFoundError as OutputNotFoundError
    from reelwright.model.errors import OutputPermissionError as OutputPermissionError
    from reelwright.model.errors import ReelwrightError as ReelwrightError
    from reelwright.model.errors import SettingsError as SettingsError
    from reelwright.model.errors import TimestampError as TimestampError
    from reelwright.model.errors import WritingIncompleteError as WritingIncompleteError
    from reelwright.model.format import CleanAperture as CleanAperture
    from reelwright.model.format import FormatDescription as FormatDescription
    from reelwright.model.format import PcmLayout as PcmLayout
    from reelwright.model.format import PixelAspectRatio as PixelAspectRatio
    from reelwright.model.kinds import AudioFormat as AudioFormat
    from reelwright.model.kinds import FileType as FileType
    from reelwright.model.kinds import MediaType as MediaType
    from reelwright.model.kinds import OnFull as OnFull
    from reelwright.model.kinds import ScalingMode as ScalingMode
    from reelwright.model.kinds import VideoCodec as VideoCodec
    from reelwright.model.kinds import WriterStatus as WriterStatus
    from reelwright.model.pixel import PixelBuffer as PixelBuffer
    from reelwright.model.pixel import PixelBufferAttributes as PixelBufferAttributes
    from reelwright.model.pixel import PixelFormat as PixelFormat
    from reelwright.model.pool import PixelBufferPool as PixelBufferPool
    from reelwright.model.pool import PoolStatistics as PoolStatistics
    from reelwright.model.sample import BufferAttachment as BufferAttachment
    from reelwright.model.sample import SampleAttachments as SampleAttachments
    from reelwright.model.sample import SampleBuffer as SampleBuffer
    from reelwright.model.sample import SampleTiming as SampleTiming

_HOME = {name: f"{__name__}.{room}" for room, names in _ROOMS.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
