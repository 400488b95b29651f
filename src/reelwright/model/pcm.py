"""Sound arrays as sample buffers: numpy dtypes on one side, linear PCM layouts on the other.

An array of frames × channels already lies in memory as interleaved PCM does; wrapping it copies nothing, unless its
bytes are in another order or its rows are not side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reelwright.model.errors import FrameError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.keys import whole
from reelwright.model.kinds import MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.time import Time

__all__ = ["DTYPES", "layout_of", "wrap"]

DTYPES: dict[str, PcmLayout] = {
    "u1": PcmLayout(bits=8, is_signed=False),
    "i2": PcmLayout(bits=16),
    "i4": PcmLayout(bits=32),
    "f4": PcmLayout(bits=32, is_float=True),
    "f8": PcmLayout(bits=64, is_float=True),
}


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
