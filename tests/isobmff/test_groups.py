"""Roll groups: which formats need them, and their bytes."""

from __future__ import annotations

import pytest

from reelwright.isobmff.groups import roll_distance, roll_groups
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType


def test_all_samples_are_in_one_roll_group() -> None:
    description, members = roll_groups(-1, 237)
    assert description.render() == bytes.fromhex("0000001a 73677064 01000000 726f6c6c 00000002 00000001 ffff")
    assert members.render() == bytes.fromhex("0000001c 73626770 00000000 726f6c6c 00000001 000000ed 00000001")


@pytest.mark.parametrize(
    ("subtype", "distance"), [("aac ", -1), ("mp4a", -1), ("aach", -1), ("usac", None), ("alac", None)]
)
def test_aac_needs_one_packet_before(subtype: str, distance: int | None) -> None:
    assert roll_distance(FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype)) == distance


@pytest.mark.parametrize(("frames", "distance"), [(960, -4), (2880, -2), (0, -32)])
def test_opus_needs_80_ms_before(frames: int, distance: int) -> None:
    opus = FormatDescription(media_type=MediaType.AUDIO, media_subtype="Opus", frames_per_packet=frames)
    assert roll_distance(opus) == distance


def test_pcm_and_pictures_need_none() -> None:
    pcm = FormatDescription(media_type=MediaType.AUDIO, media_subtype="lpcm", pcm=PcmLayout())
    assert roll_distance(pcm) is None
    assert roll_distance(FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1")) is None
