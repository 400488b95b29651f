"""Packets that bring their parameter sets along, as cameras, hardware encoders and network protocols send them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.interop import tools
from tests.isobmff.encoded import Recipe, encode_video
from tests.writing import scene

from reelwright import AssetWriterInput, FormatDescription, MediaType, SampleBuffer, SampleTiming, Time
from reelwright.containers.movie import SampleFraming
from reelwright.isobmff.nal import units
from reelwright.model.errors import InvalidMediaError

ENCODERS = {
    "avc1": ("libx264", {"preset": "ultrafast", "x264-params": "keyint=4:log-level=none"}),
    "hvc1": ("libx265", {"preset": "ultrafast", "x265-params": "keyint=4:log-level=none:pools=1:repeat-headers=1"}),
}


def live(codec: str, count: int = 8) -> list[av.Packet]:
    """Packets of an encoder that was not asked for a global header: each key frame carries the parameter sets."""
    name, options = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    context.width = context.height = scene.SIDE
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    context.options, context.thread_count = options, 1
    packets = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(scene.picture(number), format="gray").reformat(format="yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    return packets + context.encode(None)


def bare(codec: str, side: int = scene.SIDE) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=codec, width=side, height=side)


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_a_stream_that_carries_its_parameter_sets_needs_no_configuration(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    path = tmp_path / f"live{suffix}"
    input = AssetWriterInput(MediaType.VIDEO, None, bare(codec))
    with scene.filming(path, input) as writer:
        for packet in live(codec):
            timing = SampleTiming(Time(packet.pts, 25), Time.INVALID, Time(packet.dts, 25))
            input.append(SampleBuffer(bytes(packet), bare(codec), [timing]))
    assert writer.report is not None
    assert writer.report.tracks[0].written == 8
    assert [(shown.at, shown.number) for shown in scene.shown(path)] == [(Fraction(n, 25), n) for n in range(8)]
    assert tools.ffprobe(path)["errors"] == []
    keys = [packet.is_keyframe for packet in live(codec)]
    assert [row["sync"] for row in scene.samples(path)] == keys
    assert keys.count(True) == 2


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
def test_size_and_colour_are_those_of_the_stream(codec: str) -> None:
    framing = SampleFraming(bare(codec, 16))
    sample = framing.frame(bytes(live(codec, 1)[0]))
    assert sample.is_sync
    assert (sample.format.width, sample.format.height) == (scene.SIDE, scene.SIDE)
    assert (sample.format.chroma, sample.format.bits_per_component) == ("4:2:0", 8)


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
def test_packets_framed_by_lengths_may_carry_them_too(codec: str) -> None:
    packet = bytes(live(codec, 1)[0])
    framed = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units(packet))
    one, other = SampleFraming(bare(codec)).frame(packet), SampleFraming(bare(codec)).frame(framed)
    assert b"".join(one.payload) == b"".join(other.payload)
    assert one.format == other.format


@pytest.mark.parametrize(("codec", "sets"), [("avc1", "SPS and PPS"), ("hvc1", "VPS, SPS and PPS")])
def test_a_first_packet_without_them_is_refused_and_forgotten(codec: str, sets: str) -> None:
    first, second = (bytes(packet) for packet in live(codec, 2))
    framing = SampleFraming(bare(codec))
    with pytest.raises(InvalidMediaError, match=rf"brings no parameter sets \({sets}\)") as caught:
        framing.frame(second)
    assert "Begin with a key frame" in str(caught.value.hint)
    assert "codec_config" in str(caught.value.hint)
    assert framing.frame(first).format.codec_config


def test_some_of_the_sets_are_not_enough() -> None:
    packet = bytes(live("avc1", 1)[0])
    without_pps = b"".join(b"\0\0\1" + unit for unit in units(packet) if unit[0] & 31 != 8)
    with pytest.raises(InvalidMediaError, match="brings no parameter sets"):
        SampleFraming(bare("avc1")).frame(without_pps)


def test_a_configuration_given_as_the_atom_is_used(tmp_path: Path) -> None:
    film = encode_video(Recipe("libx264"))
    from reelwright.isobmff.avc import avc_configuration

    source = bare("avc1").with_(atoms={"avcC": avc_configuration(film.extradata)})
    assert SampleFraming(source).frame(film.packets[1]).format.codec_config
