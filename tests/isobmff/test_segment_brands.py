"""Brands of segments, and the CMAF media profile that a format keeps."""

from __future__ import annotations

from typing import Any

import pytest
from tests.isobmff.fakes import aac, jpeg, pcm
from tests.isobmff.fragmented import material

from reelwright.isobmff.segment_brands import initialization_type_box, media_profile, segment_brands
from reelwright.model.color import ColorProperties
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileTypeProfile, MediaType

HLS, CMAF = FileTypeProfile.MPEG4_APPLE_HLS, FileTypeProfile.MPEG4_CMAF_COMPLIANT


def avc(level: int, width: int = 1280, height: int = 720) -> FormatDescription:
    record = bytearray(material().picture.codec_config)
    record[record.index(0x67) + 3] = level  # of the sequence parameter set
    return FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="avc1", width=width, height=height, codec_config=bytes(record)
    )


def hevc(width: int = 1280, height: int = 720, **facts: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", width=width, height=height, **facts)


PQ = ColorProperties(9, 16, 9)
HLG = ColorProperties(9, 18, 9)


@pytest.mark.parametrize(
    ("format", "brand"),
    [
        (material().picture, "cfhd"),
        (avc(40), "cfhd"),
        (avc(42), "chdf"),
        (avc(50), None),
        (avc(40, 2000), None),
        (hevc(), "chhd"),
        (hevc(bits_per_component=10), "chh1"),
        (hevc(3840, 2160), "cud8"),
        (hevc(3840, 2160, bits_per_component=10), "cud1"),
        (hevc(1920, 1080, bits_per_component=10, color=PQ), "chd1"),
        (hevc(3840, 2160, bits_per_component=10, color=HLG), "clg1"),
        (hevc(8000, 100), None),
        (hevc(bits_per_component=12), None),
        (jpeg(), None),
        (aac(), "caac"),
        (pcm(), None),
    ],
)
def test_the_media_profile(format: FormatDescription, brand: str | None) -> None:
    assert media_profile(format) == brand


def test_the_type_of_the_initialization_segment() -> None:
    assert initialization_type_box(HLS, [aac()]).render()[8:] == b"iso6\0\0\0\1iso6mp41"
    assert initialization_type_box(CMAF, [aac()]).render()[8:] == b"iso6\0\0\0\1iso6cmfccmf2caac"
    assert initialization_type_box(CMAF, [jpeg()]).render()[8:] == b"iso6\0\0\0\1iso6cmfccmf2"


def test_the_types_of_segments() -> None:
    plain = {"is_part": False, "is_last": False, "is_indexed": False}
    assert segment_brands(HLS, **plain) == ["msdh"]
    assert segment_brands(HLS, **(plain | {"is_part": True, "is_indexed": True})) == ["msdh", "msix"]
    assert segment_brands(CMAF, **(plain | {"is_last": True})) == ["msdh", "cmfs", "lmsg"]
    assert segment_brands(CMAF, **(plain | {"is_part": True})) == ["msdh", "cmfl"]
