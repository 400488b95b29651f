"""The boxes of lossless sound and Opus out of what encoders and other containers give, and what is none of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reelwright.isobmff.alac import alac_record
from reelwright.isobmff.flac import flac_record
from reelwright.isobmff.opus import opus_record, opus_roll_distance
from reelwright.isobmff.sound_configuration import configured_by_packet, configured_sound, waits_for_packet
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

COOKIE = bytes.fromhex("00001000 00 18 280a0e 06 0000 00012004 00697800 0000bb80")
STREAMINFO = bytes.fromhex("120012000000200000220bb80b7000001388dc0a6a891c22b7b63bc69ce69a4fb268")
OPUS_HEAD = b"OpusHead" + bytes.fromhex("01 06 3801 80bb0000 0001 01 0402 000401020305")
OPUS_BOX = bytes.fromhex("00 06 0138 0000bb80 0100 01 0402 000401020305")


def sound(subtype: str, config: bytes = b"", **facts: object) -> FormatDescription:
    made = FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype, sample_rate=48000, channels=6)
    return made.with_(codec_config=config, **facts)


@pytest.mark.parametrize(
    "config",
    [
        COOKIE,
        bytes(4) + COOKIE,
        bytes.fromhex("00000024") + b"alac" + bytes(4) + COOKIE,
        bytes.fromhex("0000000c") + b"frmaalac" + bytes.fromhex("00000024") + b"alac" + bytes(4) + COOKIE,
    ],
)
def test_apple_lossless_in_all_its_wrappings(config: bytes) -> None:
    assert alac_record(config) == bytes(4) + COOKIE
    assert configured_sound(sound("alac", config)).atoms == {"alac": bytes(4) + COOKIE}


def test_apple_lossless_may_carry_a_layout() -> None:
    layout = bytes.fromhex("00000018") + b"chan" + bytes(16)
    assert alac_record(COOKIE + layout) == bytes(4) + COOKIE + layout


def test_flac_from_encoders_files_and_boxes() -> None:
    box = bytes(4) + bytes.fromhex("80000022") + STREAMINFO
    comment = bytes.fromhex("84000004") + bytes(4)
    assert flac_record(STREAMINFO) == box
    assert flac_record(b"fLaC" + bytes.fromhex("00000022") + STREAMINFO + comment) == box
    more = bytes(4) + bytes.fromhex("00000022") + STREAMINFO + comment
    assert flac_record(more) == more
    assert configured_sound(sound("fLaC", STREAMINFO)).atoms == {"dfLa": box}


def test_opus_from_its_header_and_its_box() -> None:
    assert opus_record(OPUS_HEAD) == OPUS_BOX == opus_record(OPUS_BOX)
    stereo = b"OpusHead" + bytes.fromhex("01 02 3801 44ac0000 00ff 00")
    assert opus_record(stereo) == bytes.fromhex("00 02 0138 0000ac44 ff00 00")
    assert configured_sound(sound("Opus", OPUS_HEAD)).atoms == {"dOps": OPUS_BOX}


@pytest.mark.parametrize(("frames", "distance"), [(960, -4), (120, -32), (2880, -2), (0, -32), (1000, -4)])
def test_opus_needs_80_ms_of_packets_before(frames: int, distance: int) -> None:
    assert opus_roll_distance(frames) == distance


@pytest.mark.parametrize("record", [alac_record, flac_record, opus_record])
@pytest.mark.parametrize(
    "config",
    [
        b"",
        bytes(24),
        bytes(4) + COOKIE[:23],
        COOKIE[:9] + b"\0" + COOKIE[10:],  # of no channels
        STREAMINFO[:33],
        b"fLaC" + bytes.fromhex("04000022") + STREAMINFO,
        b"OpusHead" + bytes.fromhex("11 02 3801 44ac0000 0000 00"),
        OPUS_HEAD[:18],
        OPUS_HEAD[:-1],
        b"OpusHead" + bytes.fromhex("01 03 3801 44ac0000 0000 00"),
        b"OpusHead" + bytes.fromhex("01 00 3801 44ac0000 0000 00"),
        b"\1" + OPUS_BOX[1:],
    ],
)
def test_what_is_broken_is_refused(record: Callable[[bytes], bytes], config: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        record(config)


def test_a_box_that_was_given_stays() -> None:
    given = sound("Opus", OPUS_HEAD, atoms={"dOps": b"\0\2"})
    assert configured_sound(given) is given
    assert configured_sound(sound("Opus")).atoms == {}
    assert configured_sound(sound("ac-3", b"anything")).atoms == {}


def test_dolbys_boxes_come_from_packets() -> None:
    first = bytes.fromhex("0b7728191e40ebf8403eff99c2084108210420555e3e7cf9")
    described = sound("ac-3")
    assert waits_for_packet(described)
    told = configured_by_packet(described, first)
    assert told.atoms == {"dac3": bytes.fromhex("103de0")}
    assert not waits_for_packet(told)
    assert not waits_for_packet(sound("Opus"))
    enhanced = configured_by_packet(sound("ec-3", bit_rate=192_000), bytes.fromhex("0b77017f3487c0002000000045008c04"))
    assert enhanced.atoms == {"dec3": bytes.fromhex("0600200400")}
    with pytest.raises(InvalidMediaError, match="does not begin with a frame of AC-3"):
        configured_by_packet(described, b"\x77\x0b")
