"""Encodings by their names: which decoder, with which configuration, and how far back it must begin."""

from __future__ import annotations

from typing import Any

import pytest
from av.codec.codec import Codec

from reelwright.codecs import sound_decoders
from reelwright.codecs.sound_decoders import preroll_packets, sound_codec
from reelwright.model.errors import DecoderNotFoundError, InvalidMediaError, ProtectedMediaError
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType

OPUS_HEAD = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\x10\xff\0"
DOPS = b"\0\x02\x01\x38\0\0\xbb\x80\xff\x10\0"
STREAM_INFO = bytes(range(34))
COOKIE = bytes(range(24))


def sound_format(code: str, *, rate: int = 48000, channels: int = 2, **more: Any) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO, media_subtype=code, sample_rate=rate, channels=channels, **more
    )


@pytest.mark.parametrize(
    ("code", "decoder"),
    [
        *(("mp4a", "aac"), (".mp3", "mp3float"), ("ms\0U", "mp3float"), ("ac-3", "ac3"), ("ec-3", "eac3")),
        *(("samr", "amrnb"), ("ulaw", "pcm_mulaw"), ("alaw", "pcm_alaw"), ("ima4", "adpcm_ima_qt")),
        ("ms\0\x02", "adpcm_ms"),
    ],
)
def test_codes_of_movie_files(code: str, decoder: str) -> None:
    assert sound_codec(sound_format(code)).decoder == decoder


@pytest.mark.parametrize(
    ("kind", "decoder"), [(0x40, "aac"), (0x67, "aac"), (0x6B, "mp3float"), (0xA5, "ac3"), (0xDD, "vorbis")]
)
def test_object_types(kind: int, decoder: str) -> None:
    found = sound_codec(sound_format("mp4a", extensions={"ObjectTypeIndication": kind}))
    assert found.decoder == decoder


def test_every_decoder_of_the_table_exists() -> None:
    wanted = {*sound_decoders._DECODERS.values(), *sound_decoders._OBJECT_TYPES.values()}
    assert {name for name in wanted if not Codec(name, "r").is_decoder} == set()


@pytest.mark.parametrize(
    ("name", "decoder"), [("mp3", "mp3float"), ("amr_nb", "amrnb"), ("dts", "dca"), ("wavpack", "wavpack")]
)
def test_names_of_ffmpeg_s_demuxers(name: str, decoder: str) -> None:
    assert sound_codec(sound_format("----", extensions={"FFmpegCodec": name})).decoder == decoder


@pytest.mark.parametrize(
    ("name", "pcm"),
    [
        ("pcm_s16le", PcmLayout(16)),
        ("pcm_s24be", PcmLayout(24, is_big_endian=True)),
        ("pcm_u8", PcmLayout(8, is_signed=False)),
        ("pcm_f64be", PcmLayout(64, is_float=True, is_big_endian=True)),
        ("pcm_s16le_planar", PcmLayout(16, is_interleaved=False)),
    ],
)
def test_names_of_linear_pcm(name: str, pcm: PcmLayout) -> None:
    found = sound_codec(sound_format("----", extensions={"FFmpegCodec": name}))
    assert (found.decoder, found.pcm) == (None, pcm)


@pytest.mark.parametrize("name", ["pcm_mulaw", "pcm_s64le", "pcm_bluray"])
def test_what_only_sounds_like_linear_pcm_is_decoded(name: str) -> None:
    assert sound_codec(sound_format("----", extensions={"FFmpegCodec": name})).decoder == name


def test_a_layout_wins_over_the_code() -> None:
    assert sound_codec(sound_format("lpcm", pcm=PcmLayout(16))).pcm == PcmLayout(16)


@pytest.mark.parametrize("code", ["mha1", "ac-4", "iamf", "lpcm", "    "])
def test_unknown_encodings(code: str) -> None:
    with pytest.raises(DecoderNotFoundError, match="no decoder") as caught:
        sound_codec(sound_format(code))
    assert caught.value.hint
    with pytest.raises(DecoderNotFoundError):
        preroll_packets(sound_format(code))


def test_an_unknown_object_type_is_named() -> None:
    with pytest.raises(DecoderNotFoundError, match="0xe7"):
        sound_codec(sound_format("mp4a", extensions={"ObjectTypeIndication": 0xE7}))


@pytest.mark.parametrize(
    "format",
    [
        sound_format("mp4a", extensions={"ProtectionScheme": "cbcs"}),
        sound_format("lpcm", pcm=PcmLayout(16), extensions={"ProtectionScheme": "cenc"}),
        sound_format("drms"),
    ],
)
def test_encrypted_sound_is_shown_to_no_decoder(format: FormatDescription) -> None:
    with pytest.raises(ProtectedMediaError, match="encrypted"):
        sound_codec(format)


@pytest.mark.parametrize(
    ("code", "stored", "atoms", "extradata"),
    [
        ("Opus", b"", {"dOps": DOPS}, OPUS_HEAD),
        ("Opus", DOPS, {}, OPUS_HEAD),
        ("Opus", OPUS_HEAD, {}, OPUS_HEAD),
        ("fLaC", b"", {"dfLa": b"\0\0\0\0\x80\0\0\x22" + STREAM_INFO}, STREAM_INFO),
        ("fLaC", STREAM_INFO, {}, STREAM_INFO),
        ("fLaC", b"fLaC\x80\0\0\x22" + STREAM_INFO + b"more", {}, STREAM_INFO),
        ("alac", b"", {"alac": bytes(4) + COOKIE}, b"\0\0\0\x24alac" + bytes(4) + COOKIE),
        ("alac", COOKIE, {}, b"\0\0\0\x24alac" + bytes(4) + COOKIE),
        ("alac", b"\0\0\0\x24alac" + bytes(4) + COOKIE, {}, b"\0\0\0\x24alac" + bytes(4) + COOKIE),
        ("QDM2", b"", {"wave": b"frma"}, b"frma"),
        ("mp4a", b"\x11\x90", {}, b"\x11\x90"),
    ],
)
def test_configurations_as_decoders_read_them(
    code: str, stored: bytes, atoms: dict[str, bytes], extradata: bytes
) -> None:
    assert sound_codec(sound_format(code, codec_config=stored, atoms=atoms)).extradata == extradata


@pytest.mark.parametrize("code", ["Opus", "fLaC", "alac"])
def test_configurations_that_are_too_short(code: str) -> None:
    for stored in (b"", b"short"):
        with pytest.raises(InvalidMediaError, match="bytes, not"):
            sound_codec(sound_format(code, codec_config=stored))


@pytest.mark.parametrize(
    ("name", "config", "channels", "size"),
    [
        ("adpcm_ms", b"\xf4\x03\x07\0", 2, "1024"),
        ("adpcm_ima_wav", b"\xf9\x07", 1, "1024"),
        ("adpcm_ima_wav", b"\xf9\x03", 2, "1024"),
    ],
)
def test_block_sizes_are_reckoned_from_the_frames_in_a_block(
    name: str, config: bytes, channels: int, size: str
) -> None:
    format = sound_format("----", channels=channels, codec_config=config, extensions={"FFmpegCodec": name})
    assert sound_codec(format).options["block_align"] == size
    told = format.with_(extensions={"FFmpegCodec": name, "BytesPerPacket": 512})
    assert sound_codec(told).options["block_align"] == "512"


@pytest.mark.parametrize(
    ("format", "packets"),
    [
        (sound_format("lpcm", pcm=PcmLayout(16)), 0),
        (sound_format("fLaC", codec_config=STREAM_INFO), 0),
        (sound_format("mp4a", codec_config=b"\x11\x90"), 2),
        (sound_format("mp4a", codec_config=b"\x2b\x11\x88\0"), 24),
        (sound_format("mp4a", rate=22050), 24),
        (sound_format("Opus", codec_config=DOPS, frames_per_packet=960), 50),
        (sound_format("Opus", codec_config=DOPS, frames_per_packet=2880), 17),
        (sound_format(".mp3"), 10),
        (sound_format(".mp3", rate=24000), 26),
        (sound_format("ac-3"), 1),
    ],
)
def test_how_far_back_decoding_begins(format: FormatDescription, packets: int) -> None:
    assert preroll_packets(format) == packets
