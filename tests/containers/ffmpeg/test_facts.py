"""Facts that no muxer at hand writes: protected tracks, hand-made; and what codes are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from reelwright.containers.ffmpeg.formats import describe, frame_rate
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.model.kinds import MediaType
from reelwright.storage.source import open_source


def element(code: str, *content: bytes) -> bytes:
    """An EBML element (RFC 8794): its identifier, an 8-byte length, what it holds."""
    body = b"".join(content)
    return bytes.fromhex(code) + b"\x01" + len(body).to_bytes(7, "big") + body


def matroska(*in_the_track: bytes) -> bytes:
    """The least Matroska file: one track of PCM, one block."""
    header = element("1a45dfa3", element("4282", b"matroska"), element("4287", b"\x04"), element("4285", b"\x02"))
    sound = element(
        "e1", element("b5", bytes.fromhex("40bf400000000000")), element("9f", b"\x01"), element("6264", b"\x10")
    )
    numbers = (element("d7", b"\x01"), element("73c5", b"\x01"), element("83", b"\x02"))
    track = element("ae", *numbers, element("86", b"A_PCM/INT/LIT"), sound, *in_the_track)
    block = element("a3", b"\x81\x00\x00\x80" + bytes(1600))
    info = element("1549a966", element("2ad7b1", (1_000_000).to_bytes(4, "big")))
    return header + element(
        "18538067", info, element("1654ae6b", track), element("1f43b675", element("e7", b"\x00"), block)
    )


def encodings(*content: bytes) -> bytes:
    """ContentEncodings with one ContentEncoding (RFC 9559, 5.1.4.1.31)."""
    return element("6d80", element("6240", *content))


def test_a_clear_track() -> None:
    (track,) = FFmpegMedia(open_source(matroska())).facts.tracks
    assert track.formats[0].media_subtype == "lpcm"
    assert not track.is_protected


def test_an_encrypted_track_says_so() -> None:
    key = element("5035", element("47e1", b"\x05"), element("47e2", bytes(range(16))))  # AES, key identifier
    (track,) = FFmpegMedia(open_source(matroska(encodings(element("5033", b"\x01"), key)))).facts.tracks
    assert track.is_protected
    assert track.formats[0].extensions["ProtectionScheme"]  # by which decoders refuse it


@dataclass
class Stream:
    """As much of a stream of FFmpeg's as its description looks at."""

    type: str
    codec_context: Any = None
    average_rate: Fraction | None = None
    base_rate: Fraction | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def context(name: str, **facts: Any) -> Any:
    return SimpleNamespace(
        codec=SimpleNamespace(canonical_name=name), extradata=None, codec_tag="[0][0][0][0]", **facts
    )


@pytest.mark.parametrize(
    ("name", "code"), [("subrip", "srt "), ("webvtt", "wvtt"), ("dvb_teletext", "dvb_"), ("xyz", "xyz ")]
)
def test_codes_are_four_characters(name: str, code: str) -> None:
    found = describe(Stream("subtitle", context(name)))
    assert (found.media_subtype, found.media_type) == (code, MediaType.SUBTITLE)
    assert found.extensions["FFmpegCodec"] == name
    assert "FFmpegCodecTag" not in found.extensions


def test_a_stream_that_nothing_is_known_of() -> None:
    found = describe(Stream("data"))
    assert (found.media_type, found.extensions["FFmpegCodec"]) == (MediaType.OTHER, "unknown")


@pytest.mark.parametrize(
    ("average", "base", "rate"),
    [
        (Fraction(24000, 1001), Fraction(24000, 1001), Fraction(24000, 1001)),
        (Fraction(20), Fraction(60), Fraction(20)),
        (Fraction(1000), Fraction(60), None),  # the bitstream's clock, taken for a rate
        (None, Fraction(25), None),
        (Fraction(0), Fraction(0), None),
    ],
)
def test_rates_that_contradict_themselves(average: Any, base: Any, rate: Fraction | None) -> None:
    assert frame_rate(Stream("video", None, average, base)) == rate
