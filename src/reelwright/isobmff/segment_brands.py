"""The brands of initialization and media segments: which rules they keep (ISO/IEC 14496-12, 8.16.2; ISO/IEC 23000-19).

A CMAF track also names its media profile, where there is one for what it holds; players choose tracks by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reelwright.isobmff.box import Box, fourcc, u32
from reelwright.isobmff.codec_config import codec_string, is_aac
from reelwright.model.color import TransferFunction
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileTypeProfile, MediaType

__all__ = ["initialization_type_box", "media_profile", "segment_brands"]

_HD = (1920, 1080)
_UHD = (3840, 2160)
_AVC_LEVEL_HD, _AVC_LEVEL_HD_FAST = 40, 42
_HDR = {TransferFunction.SMPTE_ST_2084_PQ: "chd1", TransferFunction.ITU_R_2100_HLG: "clg1"}


def initialization_type_box(profile: FileTypeProfile, formats: Iterable[FormatDescription]) -> Box:
    """``ftyp`` of an initialization segment."""
    if profile is FileTypeProfile.MPEG4_APPLE_HLS:
        brands = ["iso6", "mp41"]
    else:
        profiles = {name for name in map(media_profile, formats) if name is not None}
        brands = ["iso6", "cmfc", "cmf2", *sorted(profiles)]
    return Box("ftyp", fourcc("iso6"), u32(1), *map(fourcc, brands))


def media_profile(format: FormatDescription) -> str | None:
    """The brand of the CMAF media profile that a track keeps (ISO/IEC 23000-19, annexes A and B); None for none."""
    if format.media_type is MediaType.AUDIO:
        return "caac" if is_aac(format) else None
    if format.media_subtype in ("avc1", "avc3"):
        return _avc_profile(format)
    return _hevc_profile(format) if format.media_subtype in ("hvc1", "hev1") else None


def _fits(format: FormatDescription, size: tuple[int, int]) -> bool:
    return format.width <= size[0] and format.height <= size[1]


def _avc_profile(format: FormatDescription) -> str | None:
    level = int(codec_string(format)[-2:], 16)  # avc1.PPCCLL
    if not _fits(format, _HD) or level > _AVC_LEVEL_HD_FAST:
        return None
    return "cfhd" if level <= _AVC_LEVEL_HD else "chdf"


def _hevc_profile(format: FormatDescription) -> str | None:
    if not _fits(format, _UHD):
        return None
    depth = format.bits_per_component or 8
    if depth == 10 and format.color is not None and format.color.is_hdr:
        return _HDR[format.color.transfer_function]
    is_hd = _fits(format, _HD)
    return {8: "chhd" if is_hd else "cud8", 10: "chh1" if is_hd else "cud1"}.get(depth)


def segment_brands(profile: FileTypeProfile, *, is_part: bool, is_last: bool, is_indexed: bool) -> list[str]:
    """Brands of ``styp``: a whole segment or a part of one, with an index of itself, the last of all."""
    brands = ["msdh"]
    if profile is FileTypeProfile.MPEG4_CMAF_COMPLIANT:
        brands.append("cmfl" if is_part else "cmfs")
    return brands + ["msix"] * is_indexed + ["lmsg"] * is_last
