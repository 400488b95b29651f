"""Facts that no muxer at hand writes: protected tracks, hand-made; and what codes are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from tests.containers.ffmpeg.made import film

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


def locked(data: bytes, object_id: str, body: bytes) -> bytes:
    """An ASF file with one more object in its header (ASF specification, 3.14 and 3.15)."""
    more = UUID(object_id).bytes_le + (24 + len(body)).to_bytes(8, "little") + body
    size, count = int.from_bytes(data[16:24], "little"), int.from_bytes(data[24:28], "little")
    header = (size + len(more)).to_bytes(8, "little") + (count + 1).to_bytes(4, "little")
    return data[:16] + header + data[28:30] + more + data[30:]


def counted(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "little") + part for part in parts)


@pytest.mark.parametrize(
    ("object_id", "body"),
    [
        ("2211b3fb-bd23-11d2-b4b7-00a0c955fc6e", counted(b"xx", b"DRM\0", b"key\0", b"url\0")),
        ("298ae614-2622-4c17-b935-dae07ee9289c", counted(b"secret")),
    ],
)
def test_an_encrypted_asf_file_says_so(object_id: str, body: bytes) -> None:
    clear = film("asf", "mpeg4", "mp3")
    assert not any(track.is_protected for track in FFmpegMedia(open_source(clear)).facts.tracks)
    tracks = FFmpegMedia(open_source(locked(clear, object_id, body))).facts.tracks
    assert [track.is_protected for track in tracks] == [True, True]
    assert [track.formats[0].extensions["ProtectionScheme"] for track in tracks] == ["asf", "asf"]


@dataclass
class Stream:
    """As much of a stream of FFmpeg's as its description looks at."""

    type: str
    codec_context: Any = None
    average_rate: Fraction | None = None
    base_rate: Fraction | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    container: Any = field(default_factory=lambda: SimpleNamespace(metadata={}, format=SimpleNamespace(name="nut")))


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
