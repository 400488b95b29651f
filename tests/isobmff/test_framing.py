from __future__ import annotations

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.isobmff.encoded import Recipe, configuration, encode_video

from reelwright.isobmff.avc import avc_configuration
from reelwright.isobmff.framing import NalFraming, updated_configuration
from reelwright.isobmff.hevc import hevc_configuration
from reelwright.isobmff.nal import units
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError

AVC = Recipe("libx264")
HEVC = Recipe("libx265", tag="hvc1")
AVC_REPEATING = Recipe("libx264", options=(("x264-params", "repeat-headers=1:aud=1:keyint=4:min-keyint=4:slices=2"),))
HEVC_REPEATING = Recipe("libx265", tag="hvc1", options=(("x265-params", "repeat-headers=1:aud=1:keyint=4"),))
ALL = [AVC, HEVC, AVC_REPEATING, HEVC_REPEATING]


def codec(recipe: Recipe) -> str:
    return "avc1" if recipe.codec == "libx264" else "hvc1"


def record(recipe: Recipe) -> bytes:
    extradata = encode_video(recipe).extradata
    return avc_configuration(extradata) if codec(recipe) == "avc1" else hevc_configuration(extradata)


def lengths(packet: bytes, size: int = 4) -> bytes:
    return b"".join(len(unit).to_bytes(size, "big") + unit for unit in units(packet))


def muxed_samples(recipe: Recipe) -> list[bytes]:
    """The samples as FFmpeg's own muxer wrote them."""
    with av.open(io.BytesIO(encode_video(recipe).file)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("recipe", [AVC, HEVC], ids=codec)
def test_samples_are_those_of_ffmpegs_muxer(recipe: Recipe) -> None:
    film = encode_video(recipe)
    framing = NalFraming(codec(recipe), film.extradata)
    samples = [framing.access_unit(packet) for packet in film.packets]
    assert [b"".join(sample.buffers) for sample in samples] == muxed_samples(recipe)
    assert [sample.size for sample in samples] == [len(sample) for sample in muxed_samples(recipe)]


@pytest.mark.parametrize("recipe", ALL)
def test_facts_agree_with_the_encoder(recipe: Recipe) -> None:
    film = encode_video(recipe)
    framing = NalFraming(codec(recipe), film.extradata)
    samples = [framing.access_unit(packet) for packet in film.packets]
    assert tuple(sample.is_sync for sample in samples) == film.keyframes
    assert any(sample.is_disposable for sample in samples)
    assert not samples[0].is_disposable
    if (
        recipe is HEVC
    ):  # FFmpeg's x265 wrapper marks the pictures that x265 calls unreferenced; its x264 wrapper does not.
        assert tuple(sample.is_disposable for sample in samples) == film.disposable


@pytest.mark.parametrize("recipe", [AVC_REPEATING, HEVC_REPEATING], ids=codec)
def test_repeated_parameter_sets_and_delimiters_are_taken_out(recipe: Recipe) -> None:
    film = encode_video(recipe)
    framing = NalFraming(codec(recipe), film.extradata)
    out = {7, 8, 9} if codec(recipe) == "avc1" else {32, 33, 34, 35}
    for packet in film.packets:
        sample = framing.access_unit(packet)
        written = b"".join(sample.buffers)
        kept = [unit for unit, kind in zip(units(packet), sample.nal_types, strict=True) if kind not in out]
        assert written == b"".join(len(unit).to_bytes(4, "big") + unit for unit in kept)
        assert sample.size == len(written)
        assert sample.parameter_sets == ()
    first = framing.access_unit(film.packets[0])
    assert out <= set(first.nal_types)


@pytest.mark.parametrize("recipe", ALL)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_every_framing_gives_the_same_samples(recipe: Recipe, size: int) -> None:
    film = encode_video(recipe)
    reference = NalFraming(codec(recipe), film.extradata)
    changed = bytearray(record(recipe))
    changed[4 if codec(recipe) == "avc1" else 21] &= 0xFC
    changed[4 if codec(recipe) == "avc1" else 21] |= size - 1
    framing = NalFraming(codec(recipe), changed)
    for packet in film.packets:
        expected = b"".join(reference.access_unit(packet).buffers)
        assert b"".join(framing.access_unit(packet).buffers) == expected  # a byte stream, though lengths are announced
        if max(map(len, units(packet))) < 1 << 8 * size:
            assert b"".join(framing.access_unit(lengths(packet, size)).buffers) == expected
        assert b"".join(reference.access_unit(lengths(packet)).buffers) == expected


@pytest.mark.parametrize("recipe", [AVC, HEVC], ids=codec)
@pytest.mark.parametrize("extra", range(0, 300, 7))
def test_a_sample_whose_first_length_looks_like_a_start_code_is_understood(recipe: Recipe, extra: int) -> None:
    film = encode_video(recipe)
    unit = units(film.packets[1])[0]
    grown = (unit + b"\x55" * 512)[: 256 + extra % 256]
    sample = len(grown).to_bytes(4, "big") + grown
    assert sample[:3] == b"\0\0\1"
    for config in (film.extradata, record(recipe)):
        framing = NalFraming(codec(recipe), config)
        assert b"".join(framing.access_unit(sample).buffers) == sample


@pytest.mark.parametrize("recipe", [AVC, HEVC], ids=codec)
def test_a_byte_stream_whose_first_start_code_looks_like_a_length_is_understood(recipe: Recipe) -> None:
    film = encode_video(recipe)
    unit = units(film.packets[1])[0]
    grown = (unit + b"\x55" * 1024)[: 0x100 + unit[0] + 1]  # 00 00 01 and the header: a length that fits exactly
    packet = b"\0\0\1" + grown
    assert int.from_bytes(packet[:4], "big") + 4 == len(packet)
    framing = NalFraming(codec(recipe), record(recipe))
    assert b"".join(framing.access_unit(packet).buffers) == len(grown).to_bytes(4, "big") + grown


@pytest.mark.parametrize("recipe", [AVC, HEVC], ids=codec)
def test_parameter_sets_that_change_are_handed_back(recipe: Recipe) -> None:
    options = AVC_REPEATING.options if recipe is AVC else HEVC_REPEATING.options
    later = encode_video(Recipe(recipe.codec, 96, 80, tag=recipe.tag, options=options))
    framing = NalFraming(codec(recipe), encode_video(recipe).extradata)
    sample = framing.access_unit(later.packets[0])
    assert len(sample.parameter_sets) == (2 if recipe is AVC else 3)
    renewed = updated_configuration(codec(recipe), encode_video(recipe).extradata, sample.parameter_sets)
    sets = (avc_configuration if recipe is AVC else _without_sei)(later.extradata)
    assert (renewed if recipe is AVC else _without_sei(renewed)) == sets
    assert NalFraming(codec(recipe), renewed).access_unit(later.packets[0]).parameter_sets == ()


def _without_sei(config: bytes) -> bytes:
    from dataclasses import replace

    from reelwright.isobmff import hevc

    return hevc.hevc_record(replace(hevc.parameter_sets(config), sei=()))


@pytest.mark.parametrize(("recipe", "name"), [(AVC_REPEATING, "avc3"), (HEVC_REPEATING, "hev1")])
def test_entries_with_sets_in_band_keep_every_unit(recipe: Recipe, name: str) -> None:
    film = encode_video(recipe)
    sample = NalFraming(name, film.extradata).access_unit(film.packets[0])
    assert b"".join(sample.buffers) == lengths(film.packets[0])
    assert sample.parameter_sets == ()


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview])
def test_payloads_are_views_of_the_packet(wrap: type) -> None:
    film = encode_video(AVC)
    packet = wrap(film.packets[0])
    sample = NalFraming("avc1", film.extradata).access_unit(packet)
    views = [piece for piece in sample.buffers if isinstance(piece, memoryview)]
    expected = packet.obj if isinstance(packet, memoryview) else packet
    assert views
    assert all(view.obj is expected for view in views)


@pytest.mark.parametrize("recipe", [AVC_REPEATING, HEVC_REPEATING], ids=codec)
def test_a_packet_of_parameter_sets_alone_is_no_sample(recipe: Recipe) -> None:
    film = encode_video(recipe)
    with pytest.raises(InvalidMediaError, match="holds no picture"):
        NalFraming(codec(recipe), film.extradata).access_unit(
            b"".join(b"\0\0\1" + unit for unit in units(film.packets[0])[1:3])
        )


def test_an_empty_packet_is_no_sample() -> None:
    with pytest.raises(InvalidMediaError, match="holds no picture"):
        NalFraming("avc1", encode_video(AVC).extradata).access_unit(b"")


def test_units_that_the_codec_forbids_are_refused() -> None:
    with pytest.raises(InvalidMediaError, match=r"H\.264 forbids"):
        NalFraming("avc1", encode_video(AVC).extradata).access_unit(b"\0\0\0\1\xe5\x88")
    for unit in (b"\xa6\x01", b"\x26\x00", b"\x26"):
        with pytest.raises(InvalidMediaError, match="HEVC forbids"):
            NalFraming("hvc1", encode_video(HEVC).extradata).access_unit(b"\0\0\0\1" + unit)


@pytest.mark.parametrize(
    ("header", "sync", "disposable"), [(0x65, True, False), (0x41, False, False), (0x01, False, True)]
)
def test_flags_of_h264_units(header: int, sync: bool, disposable: bool) -> None:
    sample = NalFraming("avc1", encode_video(AVC).extradata).access_unit(b"\0\0\0\1" + bytes([header, 0x88]))
    assert (sample.is_sync, sample.is_disposable, sample.nal_type) == (sync, disposable, header & 31)


@pytest.mark.parametrize("kind", range(32))
def test_flags_of_hevc_units(kind: int) -> None:
    """Types 16 to 21 begin a sequence; even types below 16 are referred to by none of their own sub-layer."""
    sample = NalFraming("hvc1", encode_video(HEVC).extradata).access_unit(b"\0\0\0\1" + bytes([kind << 1, 1, 0x80]))
    assert sample.is_sync == (16 <= kind <= 21)
    assert sample.is_disposable == (kind in (0, 2, 4, 6, 8, 10, 12, 14))
    assert sample.nal_type == kind


def test_a_picture_below_the_highest_sub_layer_is_not_disposable() -> None:
    layered = Recipe("libx265", tag="hvc1", options=(("x265-params", "temporal-layers=3"),))
    framing = NalFraming("hvc1", encode_video(layered).extradata)
    flags = [framing.access_unit(b"\0\0\0\1" + bytes([0, layer, 0x80])).is_disposable for layer in (1, 2, 3)]
    assert flags == [False, False, True]


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_a_sample_or_invalid(data: bytes) -> None:
    for recipe in (AVC, HEVC):
        framing = NalFraming(codec(recipe), encode_video(recipe).extradata)
        try:
            sample = framing.access_unit(data)
        except InvalidMediaError:
            continue
        assert sample.size == sum(map(len, sample.buffers))


@pytest.mark.parametrize("recipe", ALL)
def test_a_truncated_sample_is_refused(recipe: Recipe) -> None:
    film = encode_video(recipe)
    framing = NalFraming(codec(recipe), record(recipe))
    sample = lengths(film.packets[0])
    ends = {0}
    for unit in units(film.packets[0]):
        ends.add(max(ends) + 4 + len(unit))
    for length in range(1, len(sample)):
        if length not in ends:
            with pytest.raises(InvalidMediaError):
                framing.access_unit(sample[:length])


def test_other_codecs_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'av01' are not NAL units"):
        NalFraming("av01", b"\x81")


@pytest.mark.parametrize("config", [b"", b"junk", b"\x01", b"\0\0\1"])
@pytest.mark.parametrize("name", ["avc1", "hvc1"])
def test_a_broken_configuration_is_refused(name: str, config: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        NalFraming(name, config)


def test_configurations_of_the_muxed_file_serve_as_well() -> None:
    film = encode_video(AVC)
    framing = NalFraming("avc1", configuration(film.file, "avcC"))
    assert [b"".join(framing.access_unit(sample).buffers) for sample in muxed_samples(AVC)] == muxed_samples(AVC)
