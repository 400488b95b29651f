"""Stored samples into PCM: every frame at its place, whatever the encoding, from any start."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.codecs.sound import pcm_format
from tests.codecs.stored_sound import Encoding, Packet, Stored, decode, heard_by_ffmpeg, sound, stored, values, write

from reelwright.codecs.sound_decoder import SoundDecoder
from reelwright.codecs.sound_decoders import preroll_packets
from reelwright.codecs.sound_format import SoundFormat
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import (
    DecodeError,
    DecoderNotFoundError,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
    SettingsError,
)
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.time import Time

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
FLOAT = PcmLayout(32, is_float=True)

LOSSLESS = [
    Encoding("alac16.m4a", "alac", 44100, sample_format="s16p"),
    Encoding("alac24.m4a", "alac", 44100, sample_format="s32p"),
    Encoding("flac16.flac", "flac", 44100, sample_format="s16"),
    Encoding("flac24.mp4", "flac", 96000, sample_format="s32"),
    *(Encoding(f"{kind}.mov", f"pcm_{kind}") for kind in ("u8", "s8", "s16le", "s16be", "s24le", "s24be")),
    *(Encoding(f"{kind}.mov", f"pcm_{kind}") for kind in ("s32le", "s32be", "f32le", "f32be", "f64le", "f64be")),
]
LOSSY = [
    Encoding("aac.m4a", "aac", options=(("aac_pns", "0"),)),
    Encoding("aac51.m4a", "aac", layout="5.1", options=(("aac_pns", "0"),)),
    Encoding("aac.ts", "aac", options=(("aac_pns", "0"),)),
    Encoding("layer3.mp4", "libmp3lame", 44100),
    Encoding("layer3.mp3", "libmp3lame", 44100),
    Encoding("slow.mp3", "libmp3lame", 24000, "mono", bit_rate=16000),
    Encoding("layer2.mp2", "mp2"),
    Encoding("opus.mp4", "libopus"),
    Encoding("opus.ogg", "libopus"),
    Encoding("speech.mp4", "libopus", layout="mono", options=(("frame_duration", "10"), ("application", "voip"))),
    Encoding("vorbis.ogg", "vorbis", 44100, options=(("strict", "-2"),)),
    Encoding("amr.3gp", "libopencore_amrnb", 8000, "mono", bit_rate=12200),
]
DITHERED = [
    Encoding("ac3.mp4", "ac3"),
    Encoding("ac3.ac3", "ac3", layout="5.1"),
    Encoding("eac3.mp4", "eac3"),
]
SIMPLE = [
    Encoding("ima4.mov", "adpcm_ima_qt", 44100),
    Encoding("ulaw.mov", "pcm_mulaw", 8000, "mono"),
    Encoding("alaw.wav", "pcm_alaw", 8000),
    Encoding("ms.wav", "adpcm_ms", 22050),
    Encoding("ima.wav", "adpcm_ima_wav", 22050, "mono"),
]


def names(encodings: list[Encoding]) -> list[Any]:
    return [pytest.param(one, id=one.name) for one in encodings]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("sounds")
    known: dict[str, tuple[Path, Stored]] = {}

    def make(encoding: Encoding) -> tuple[Path, Stored]:
        if encoding.name not in known:
            channels = {"mono": 1, "stereo": 2, "5.1": 6}[encoding.layout]
            path = write(folder, encoding, sound(encoding.rate, channels))
            known[encoding.name] = path, stored(path)
        return known[encoding.name]

    return make


@pytest.mark.parametrize("encoding", names(LOSSLESS))
def test_lossless_sound_comes_out_as_it_went_in(encoding: Encoding, made: Any) -> None:
    path, source = made(encoding)
    format, blocks = decode(source)
    found = values(format, blocks)
    assert (format.rate, format.channels, blocks[0].position) == (encoding.rate, 2, 0)
    assert np.array_equal(found, heard_by_ffmpeg(path, 2))
    step = 2.0 ** -(23 if format.pcm.is_float or format.pcm.bits > 24 else format.pcm.bits - 1)
    assert np.abs(found - sound(encoding.rate, 2)).max() <= step


@pytest.mark.parametrize("encoding", names(LOSSY + SIMPLE))
def test_lossy_sound_is_what_ffmpeg_plays(encoding: Encoding, made: Any) -> None:
    path, source = made(encoding)
    format, blocks = decode(source)
    found = values(format, blocks)
    # FFmpeg's own Vorbis decoder of some versions is less exact than the reference decoder.
    reference = ["-c:a", "libvorbis"] if encoding.codec == "vorbis" else []
    theirs = heard_by_ffmpeg(path, format.channels, *reference)
    # What of the last packet lies past the end, a movie file says by times, which are the reader's business.
    assert 0 <= len(found) - len(theirs) <= 2048
    # Versions of FFmpeg round the steps of IMA's coding in WAVE differently.
    assert np.abs(found[: len(theirs)] - theirs).max() < (5e-3 if encoding.name == "ima.wav" else 2e-4)
    assert format.pcm.is_float == (encoding not in SIMPLE)


@pytest.mark.parametrize("encoding", names(DITHERED))
def test_dolby_sound_is_what_ffmpeg_plays_but_for_dither(encoding: Encoding, made: Any) -> None:
    path, source = made(encoding)
    format, blocks = decode(source)
    found, theirs = values(format, blocks), heard_by_ffmpeg(path, format.channels, "-cons_noisegen", "1")
    assert 0 <= len(found) - len(theirs) <= 1536
    assert np.abs(found[: len(theirs)] - theirs).max() < 2e-4


@pytest.mark.parametrize("encoding", names([one for one in LOSSY + DITHERED if one.name.endswith(("4a", "p4", "3gp"))]))
def test_clicks_are_where_they_were_put(encoding: Encoding, made: Any) -> None:
    _, source = made(encoding)
    format, blocks = decode(source)
    found = np.abs(np.diff(values(format, blocks)[:, 0], prepend=0))
    delay = 40 if encoding.name == "amr.3gp" else 0
    for place in range(encoding.rate // 10, encoding.rate, encoding.rate // 5):
        near = found[place + delay - 200 : place + delay + 200]
        assert abs(int(near.argmax()) - 200) <= (8 if encoding.name != "amr.3gp" else 60)


@pytest.mark.parametrize("encoding", names(LOSSLESS[:6] + LOSSY + DITHERED))
@pytest.mark.parametrize("rate", [None, 32000])
def test_from_any_start_the_sound_is_the_same(encoding: Encoding, rate: int | None, made: Any) -> None:
    _, source = made(encoding)
    output = None if rate is None else SoundFormat(rate, 2 if encoding.layout == "5.1" else 1)
    format, whole = decode(source, output)
    expected = values(format, whole)
    roll = preroll_packets(source.format)
    for target in sorted({len(source.packets) // 3, len(source.packets) * 4 // 5}):
        _, blocks = decode(source, output, max(0, target - roll))
        place = source.packets[target].position * format.rate / source.timescale
        wanted = int(np.ceil(place)) + (0 if rate is None else 200)
        found = values(format, [part for part in (one.cut(wanted, 1 << 40) for one in blocks) if part.frames])
        same = expected[wanted - whole[0].position :]
        assert len(found) == len(same)
        assert np.abs(found - same).max() < 2e-5


def test_pcm_passes_as_a_view() -> None:
    data = np.arange(20, dtype="<i2").tobytes()
    decoder = SoundDecoder(pcm_format(PcmLayout(16)))
    assert decoder.output_format == SoundFormat(48000, 2, None, PcmLayout(16))
    (block,) = decoder.decode(data, 480, 10)
    assert (block.position, block.frames, bytes(block.data)) == (480, 10, data)
    assert block.data.readonly
    assert np.shares_memory(np.frombuffer(block.data, np.uint8), np.frombuffer(data, np.uint8))
    assert decoder.drain() == []


def test_pcm_that_ends_within_a_frame_is_damage() -> None:
    with pytest.raises(DecodeError, match="not whole frames") as caught:
        SoundDecoder(pcm_format(PcmLayout(16))).decode(bytes(6), 24000)
    assert caught.value.time == Time(1, 2)


def test_damage_has_a_time_in_any_scale() -> None:
    with pytest.raises(DecodeError) as caught:
        SoundDecoder(pcm_format(PcmLayout(16)), timescale=(1 << 32) - 1).decode(bytes(1), 3 << 31)
    assert caught.value.time is not None
    assert float(caught.value.time.fraction) == pytest.approx(1.5)


def test_planar_pcm_is_interleaved() -> None:
    planar = np.array([[1, 2, 3], [-1, -2, -3]], "<i2")
    (block,) = SoundDecoder(pcm_format(PcmLayout(16, is_interleaved=False))).decode(planar.tobytes(), 0)
    assert np.array_equal(np.frombuffer(block.data, "<i2").reshape(-1, 2), planar.T)


def test_pcm_without_channels_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="0 channels"):
        SoundDecoder(pcm_format(PcmLayout(16), channels=0))


def test_skips_are_cut_and_carried_over() -> None:
    numbers = np.arange(60, dtype="<i2")
    decoder = SoundDecoder(pcm_format(PcmLayout(16), channels=1))
    found = decoder.decode(numbers[:20].tobytes(), 0, skip_start=25)
    assert found == []
    found += decoder.decode(numbers[20:40].tobytes(), 20)
    found += decoder.decode(numbers[40:].tobytes(), 40, skip_end=7)
    assert [(one.position, one.frames) for one in found] == [(25, 15), (40, 13)]
    assert b"".join(one.data for one in found) == numbers[25:53].tobytes()
    assert decoder.decode(numbers[:5].tobytes(), 60, skip_end=9) == []


def test_a_gap_stays_a_gap() -> None:
    decoder = SoundDecoder(pcm_format(PcmLayout(16), channels=1), output=SoundFormat(24000, 1))
    blocks = decoder.decode(bytes(2000), 0) + decoder.decode(bytes(2000), 3000) + decoder.drain()
    spans = [(blocks[0].position, 0)]
    for one in blocks:
        if one.position != spans[-1][1] and spans[-1][1]:
            spans.append((one.position, 0))
        spans[-1] = spans[-1][0], one.end
    assert spans == [(0, 500), (1500, 2000)]


def test_a_gap_of_one_frame_is_kept_where_ticks_are_exact() -> None:
    decoder = SoundDecoder(pcm_format(PcmLayout(16), channels=1), timescale=96000)
    blocks = decoder.decode(bytes(20), 0) + decoder.decode(bytes(20), 22)
    assert [(one.position, one.end) for one in blocks] == [(0, 10), (11, 21)]


def test_ticks_must_be_known() -> None:
    with pytest.raises(InvalidArgumentError, match="ticks"):
        SoundDecoder(FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a"))


def test_small_jitter_of_packets_is_no_gap(made: Any) -> None:
    _, source = made(LOSSY[0])
    shaken = [replace(one, position=one.position + index % 2) for index, one in enumerate(source.packets)]
    format, blocks = decode(replace(source, packets=shaken))
    assert values(format, blocks).shape == values(*decode(source)).shape


def test_coarse_ticks_are_no_gaps(made: Any) -> None:
    _, source = made(LOSSLESS[0])
    coarse = [replace(one, position=round(one.position * 1000 / source.timescale)) for one in source.packets]
    format, blocks = decode(replace(source, packets=coarse, timescale=1000))
    assert np.array_equal(values(format, blocks), values(*decode(source)))


def test_priming_in_coarse_ticks_ends_at_zero(made: Any) -> None:
    _, source = made(LOSSY[7])
    first = source.packets[0]
    assert (first.position, first.skip_start) == (-312, 312)
    coarse = [replace(one, position=one.position * 1000 // 48000) for one in source.packets]
    assert coarse[0].position == -7
    format, blocks = decode(replace(source, packets=coarse, timescale=1000))
    assert blocks[0].position == 0
    assert np.array_equal(values(format, blocks), values(*decode(source)))


@pytest.mark.parametrize("pcm", [PcmLayout(20), PcmLayout(0), PcmLayout(64), PcmLayout(16, is_float=True)])
def test_pcm_of_odd_widths_is_refused(pcm: PcmLayout) -> None:
    with pytest.raises(DecoderNotFoundError, match="linear PCM of"):
        SoundDecoder(pcm_format(pcm))


@pytest.mark.parametrize("start", [0, 1, 100, 12_345])
def test_resampled_frames_lie_on_the_time_line_s_own_grid(start: int) -> None:
    wave = sound(44100, 1)
    format = pcm_format(FLOAT, 44100, 1)
    output = SoundFormat(48000, 1)

    def run(first: int) -> list[Any]:
        decoder = SoundDecoder(format, output=output)
        blocks = decoder.decode(wave[first:].tobytes(), first)
        return blocks + decoder.drain()

    whole, part = run(0), run(start)
    assert part[0].position == int(start * 48000 / 44100 + 0.5)
    assert part[-1].end == whole[-1].end == int(len(wave) * 48000 / 44100 + 0.5)
    settled = part[0].position + 200
    ours = values(output, [one for one in (block.cut(settled, 1 << 40) for block in part) if one.frames])
    assert np.abs(ours - values(output, whole)[settled:]).max() < 1e-6


def test_settings_are_met(made: Any) -> None:
    _, source = made(LOSSY[0])
    settings = AudioSettings(AudioFormat.LINEAR_PCM, 44100, 1, linear_pcm_bit_depth=24, linear_pcm_is_big_endian=True)
    format, blocks = decode(source, settings)
    assert format == SoundFormat(44100, 1, "mono", PcmLayout(24, is_big_endian=True))
    native = sum(one.frames for one in decode(source)[1])
    assert sum(one.frames for one in blocks) == int(native * 44100 / 48000 + 0.5)
    assert np.abs(values(format, blocks)).max() > 0.4


def test_settings_for_packets_are_refused(made: Any) -> None:
    _, source = made(LOSSY[0])
    with pytest.raises(SettingsError, match="linear PCM"):
        decode(source, AudioSettings(AudioFormat.AAC, 48000, 2))


@pytest.mark.parametrize("encoding", names([LOSSY[0], LOSSLESS[0], LOSSLESS[2], LOSSY[7]]))
def test_damage_is_told_with_its_time_and_decoding_goes_on(encoding: Encoding, made: Any) -> None:
    _, source = made(encoding)
    decoder = SoundDecoder(source.format, timescale=source.timescale)
    damaged = bytes([0xFF] * 7) if encoding.codec == "libopus" else source.packets[3].data[:40] + os.urandom(200)
    for packet in source.packets[:3]:
        decoder.decode(packet.data, packet.position)
    position = source.packets[3].position
    with pytest.raises(DecodeError, match="cannot be decoded") as caught:
        decoder.decode(damaged, position)
    assert caught.value.time == Time(position, source.timescale)
    assert caught.value.hint
    after = [block for one in source.packets[4:7] for block in decoder.decode(one.data, one.position)]
    assert after[-1].frames


def test_no_bytes_and_random_bytes_raise_nothing_else(made: Any) -> None:
    generator = np.random.default_rng(3)
    for encoding in (*LOSSY, *DITHERED, *SIMPLE, LOSSLESS[0], LOSSLESS[2]):
        _, source = made(encoding)
        decoder = SoundDecoder(source.format, timescale=source.timescale)
        for length in (0, 1, 3, 64, 999):
            try:
                decoder.decode(generator.bytes(length), 0)
            except DecodeError:
                continue
        decoder.drain()


@pytest.mark.parametrize("encoding", [LOSSY[0], LOSSLESS[0], LOSSY[7]], ids=lambda encoding: encoding.name)
def test_a_sample_without_bytes_is_no_end(encoding: Encoding, made: Any) -> None:
    _, source = made(encoding)
    blank = replace(source.packets[3], data=b"")
    format, blocks = decode(replace(source, packets=[*source.packets[:3], blank, *source.packets[3:]]))
    assert np.array_equal(values(format, blocks), values(*decode(source)))


def test_tags_beside_raw_streams_are_no_damage(made: Any) -> None:
    _, source = made(LOSSY[4])
    tags = [Packet(tag, 0, 0, 0) for tag in (b"TAG" + bytes(125), b"ID3\4" + bytes(60), b"\n")]
    format, blocks = decode(replace(source, packets=source.packets + tags))
    assert np.array_equal(values(format, blocks), values(*decode(source)))


def test_a_configuration_that_is_refused() -> None:
    format = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=48000, channels=2, codec_config=b"\xff\xff"
    )
    with pytest.raises(InvalidMediaError, match="refused by its decoder"):
        SoundDecoder(format)


@pytest.mark.parametrize(("rate", "channels"), [(48000, 65), (48000, 65535), (1 << 31, 2), (-1, 2)])
@pytest.mark.parametrize("pcm", [None, PcmLayout(16)])
def test_numbers_that_no_sound_has(rate: int, channels: int, pcm: PcmLayout | None) -> None:
    format = FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="mp4a", sample_rate=rate, channels=channels, pcm=pcm
    )
    with pytest.raises(InvalidMediaError, match="is not decoded"):
        SoundDecoder(format, timescale=1000)


def test_a_closed_decoder_says_so(made: Any) -> None:
    _, source = made(LOSSY[0])
    decoder = SoundDecoder(source.format)
    decoder.close()
    with pytest.raises(InvalidStateError, match="closed"):
        decoder.decode(source.packets[0].data, 0)


def test_reset_forgets_what_came_before(made: Any) -> None:
    _, source = made(LOSSY[0])
    decoder = SoundDecoder(source.format, timescale=source.timescale)
    once = [block for one in source.packets[:9] for block in decoder.decode(one.data, one.position)]
    decoder.reset()
    again = [block for one in source.packets[:9] for block in decoder.decode(one.data, one.position)]
    assert [bytes(one.data) for one in once] == [bytes(one.data) for one in again]


REAL = {
    "lofty/m4a_codec_aac.m4a": 68608,
    "lofty/m4a_codec_alac.m4a": 68546,
    "lofty/mp4_codec_flac.mp4": 68546,
    "atldotnet/mp4.m4a": 674816,
    "media3/bear-id3.mp3": 134784,
    "media3/bear.opus": None,
    "media3/bear_vorbis.ogg": None,
    "media3/sample_nb.amr": None,
    "media3/sample_opus.mp4": 48168,
    "media3/sample_ac3.mp4": 13824,
    "media3/sample_eac3joc.mp4": 98304,
    "media3/sample_with_dts.mkv": None,
    "media3/sample_ipcm_16be.mp4": 45056,
    "media3/sample_twos_pcm.mp4": 45056,
    "atldotnet/caf.caf": 35662,
    "osxphotos/Jellyfish.mov": None,
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_what_ffmpeg_plays(name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not here: it belongs to media that are kept outside the repository")
    format, blocks = decode(stored(path))
    found = values(format, blocks)
    noise = ["-cons_noisegen", "1"] if "ac3" in name else []
    theirs = heard_by_ffmpeg(path, format.channels, *noise)
    assert 0 <= len(found) - len(theirs) <= 8192
    lead = len(found) - len(theirs) if name == "media3/sample_eac3joc.mp4" else 0
    assert np.abs(found[lead : lead + len(theirs)] - theirs).max() < 1e-3
    if REAL[name] is not None:
        assert len(found) == REAL[name]
