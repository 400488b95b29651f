"""What each video encoding can hold, whoever encodes it: subsampling, depths, alpha, whether pictures lean on others.

Facts of the formats themselves. What an encoder here can do besides is the catalogue's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.model.color import ColorMatrix
from reelwright.model.kinds import VideoCodec

__all__ = ["CodecTraits", "traits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecTraits:
    """What a video encoding can hold.

    Attributes:
        name: how people call it. chroma: the subsampling written here: ``"4:2:0"``, ``"4:2:2"`` or ``"4:4:4"``.
        depths: bits a component that are written here, the usual one first.
        has_alpha: whether it can carry an alpha channel. is_intra: whether every picture stands for itself.
        matrix: the only matrix that it can have; None for any. is_full_range: whether values always use all bits.
    """

    name: str
    chroma: str = "4:2:0"
    depths: tuple[int, ...] = (8,)
    has_alpha: bool = False
    is_intra: bool = False
    matrix: ColorMatrix | None = None
    is_full_range: bool = False


_422 = CodecTraits(name="ProRes 422", chroma="4:2:2", depths=(10,), is_intra=True)
_4444 = CodecTraits(name="ProRes 4444", chroma="4:4:4", depths=(10,), is_intra=True, has_alpha=True)
_TRAITS = {
    VideoCodec.H264: CodecTraits(name="H.264", depths=(8, 10)),
    VideoCodec.HEVC: CodecTraits(name="HEVC", depths=(8, 10)),
    VideoCodec.PRORES_422_PROXY: _422,
    VideoCodec.PRORES_422_LT: _422,
    VideoCodec.PRORES_422: _422,
    VideoCodec.PRORES_422_HQ: _422,
    VideoCodec.PRORES_4444: _4444,
    VideoCodec.PRORES_4444_XQ: _4444,
    # JFIF (ITU-T T.871): BT.601's matrix over all 256 values.
    VideoCodec.JPEG: CodecTraits(name="JPEG", is_intra=True, matrix=ColorMatrix.ITU_R_601, is_full_range=True),
    VideoCodec.AV1: CodecTraits(name="AV1", depths=(8, 10)),
    VideoCodec.VP9: CodecTraits(name="VP9", has_alpha=True),
}


def traits(codec: VideoCodec) -> CodecTraits:
    """The entry of an encoding.

    >>> traits(VideoCodec.PRORES_422).chroma
    '4:2:2'
    """
    return _TRAITS[codec]
