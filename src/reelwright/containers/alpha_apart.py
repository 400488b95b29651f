"""A picture and the picture of its alpha as one sample, on the way from the encoder to the file that keeps them apart.

The sample is the picture, the alpha, and the alpha's length in four bytes, so that it passes through everything that
knows samples as bytes. ``FormatDescription.extensions["ContainsAlphaChannel"]`` of VP9 says that samples are such.
"""

from __future__ import annotations

from collections.abc import Sequence

from reelwright.containers.movie import Buffer
from reelwright.model.errors import EncodeError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import VideoCodec

__all__ = ["brings_alpha", "joined", "parted"]

_LENGTH = 4


def brings_alpha(format: FormatDescription) -> bool:
    """Whether samples of a format are such."""
    return format.media_subtype == VideoCodec.VP9.value and bool(format.extensions.get("ContainsAlphaChannel"))


def joined(picture: Sequence[Buffer], alpha: Buffer) -> list[Buffer]:
    """One sample of both."""
    return [*picture, alpha, memoryview(alpha).nbytes.to_bytes(_LENGTH, "big")]


def parted(sample: Buffer) -> tuple[Buffer, Buffer]:
    """The picture and its alpha.

    Raises:
        EncodeError: a sample that is too short to be both.
    """
    view = memoryview(sample).cast("B")
    both = view.nbytes - _LENGTH
    length = int.from_bytes(view[-_LENGTH:], "big")
    if not 0 < length < both:
        raise EncodeError("a sample of VP9 with alpha does not hold both.", hint="Please report this.")
    return view[: both - length], view[both - length : both]
