"""Sound arrays as sample buffers: numpy dtypes on one side, linear PCM layouts on the other.

An array of frames × channels already lies in memory as interleaved PCM does; wrapping it copies nothing, unless its
bytes are in another order or its rows are not side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.keys import whole
from reelwright.model.kinds import MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["DTYPES", "layout_of", "unwrap", "wrap"]

DTYPES: dict[str, PcmLayout] = {
    "u1": PcmLayout(bits=8, is_signed=False),
    "i2": PcmLayout(bits=16),
    "i4": PcmLayout(bits=32),
    "f4": PcmLayout(bits=32, is_float=True),
    "f8": PcmLayout(bits=64, is_float=True),
}

_IN_NUMPY = frozenset(("f16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"))


def layout_of(dtype: np.dtype[Any]) -> PcmLayout:
    """The PCM layout of an array's values.

    Raises:
        FrameError: a dtype that sound does not come in.
    """
    kind = f"{dtype.kind}{dtype.itemsize}"
    if kind not in DTYPES:
        raise FrameError(
            f"sound of dtype {dtype} is not understood.",
            hint="Use int16, int32, uint8, float32 or float64 (floats within ±1).",
        )
    return DTYPES[kind]


def _check_layout(layout: str | None, channels: int) -> None:
    named = channels if layout is None else ChannelLayout.of(layout).channels
    if named != channels:
        raise FrameError(
            f"the channel layout {layout!r} has {named} channels, the sound has {channels}.",
            hint=f"Use {ChannelLayout.default(channels).name!r}, or leave it out.",
        )


def wrap(samples: Any, rate: int, time: Time, layout: str | None, attachments: Mapping[str, Any]) -> SampleBuffer:
    """See ``SampleBuffer.from_audio``."""
    array = np.asarray(samples)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not 1 <= array.shape[1] <= 64:
        raise FrameError(
            f"sound of shape {np.shape(samples)} is not frames × channels (1 to 64 channels).",
            hint="Transpose it if the channels come first.",
        )
    rate = whole("sample rate", rate, 1, (1 << 31) - 1, "(frames a second)", hint="For example 48000.")
    _check_layout(layout, array.shape[1])
    pcm = layout_of(array.dtype)
    native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    description = FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=rate,
        channels=native.shape[1],
        channel_layout=layout,
        pcm=pcm,
        frames_per_packet=1,
    )
    return SampleBuffer(
        native.reshape(-1).view(np.uint8).data if native.size else b"",
        format=description,
        timings=[SampleTiming(time, Time(1, rate))],
        num_samples=native.shape[0],
        attachments=attachments,
    )


def unwrap(buffer: SampleBuffer) -> npt.NDArray[Any]:
    """See ``SampleBuffer.array``."""
    format, pcm = buffer.format, buffer.pcm
    if buffer.image is not None:
        raise InvalidArgumentError("a picture is no array of sound.", hint="Take buffer.image.planes.")
    if buffer.data is None or format is None:
        raise InvalidArgumentError(
            "this buffer holds no samples: it is a marker, or says where they lie.",
            hint="Pass over buffers whose data is None.",
        )
    if pcm is None or not format.channels:
        raise InvalidArgumentError(
            f"samples of {format.media_subtype!r} are no linear PCM: their bytes are no array.",
            hint='Have the reader decode sound: AssetReaderTrackOutput(track, AudioSettings("lpcm")).',
        )
    if not pcm.is_interleaved and format.channels > 1:
        raise InvalidArgumentError(
            "the channels of this sound do not lie side by side.",
            hint='Have it read interleaved: AssetReaderTrackOutput(track, AudioSettings("lpcm")).',
        )
    array = _values(buffer.data, pcm).reshape(-1, format.channels)
    array.flags.writeable = False
    return array


def _values(data: memoryview, pcm: PcmLayout) -> npt.NDArray[Any]:
    kind = "f" if pcm.is_float else "i" if pcm.is_signed else "u"
    if pcm.bits == 24 and not pcm.is_float:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
        wide = np.zeros((len(parts), 4), np.uint8)
        wide[:, 1:] = parts[:, ::-1] if pcm.is_big_endian else parts
        return wide.reshape(-1).view(f"<{kind}4")
    if f"{kind}{pcm.bits}" not in _IN_NUMPY:
        raise InvalidArgumentError(
            f"numpy has no dtype for values of {pcm.bits} bits.", hint="Read the bytes in buffer.data."
        )
    return np.frombuffer(data, f"{'>' if pcm.is_big_endian else '<'}{kind}{pcm.bytes_per_value}")
