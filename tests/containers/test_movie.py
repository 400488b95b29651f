"""Packets that bring their parameter sets along, as cameras, hardware encoders and network protocols send them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.interop import tools
from tests.isobmff.encoded import Recipe, encode_video
from tests.writing import scene

from reelwright import AssetWriterInput, FormatDescription, MediaType, SampleBuffer, SampleTiming, Time
from reelwright.codecs.quiet import silenced
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


# ------------------------------------------------------------------ AV1 and VP9

WEB_ENCODERS = {
    "av01": ("libsvtav1", {"preset": "12", "crf": "20", "g": "4", "svtav1-params": "pred-struct=1"}),
    "vp09": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0", "g": "4"}),
}


def web(codec: str, count: int = 8, side: int = 64, **options: str) -> list[bytes]:
    """Packets of an encoder that keeps nothing beside its stream."""
    name, usual = WEB_ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    context.width = context.height = side
    context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    context.color_primaries = context.color_trc = context.colorspace = 1
    context.options, context.thread_count = {**usual, **options}, 1
    packets = []
    with silenced(name):
        for number in range(count):
            shade = np.full((side, side), 40 + 20 * (number % 8), np.uint8)
            frame = av.VideoFrame.from_ndarray(shade, format="gray").reformat(format="yuv420p")
            frame.pts = number
            packets += context.encode(frame)
        return [bytes(packet) for packet in packets + context.encode(None)]


@pytest.mark.parametrize("codec", WEB_ENCODERS)
def test_av1_and_vp9_tell_what_they_are_by_themselves(codec: str, tmp_path: Path) -> None:
    path, source = tmp_path / "film.mp4", bare(codec, 16)
    input = AssetWriterInput(MediaType.VIDEO, None, source)
    with scene.filming(path, input) as writer:
        for number, packet in enumerate(web(codec)):
            input.append(SampleBuffer(packet, source, [SampleTiming(Time(number, 25))]))
    assert writer.report is not None
    found = writer.report.tracks[0].format
    assert found is not None
    assert (found.width, found.height, found.chroma, found.bits_per_component) == (64, 64, "4:2:0", 8)
    assert [row["sync"] for row in scene.samples(path)] == [number % 4 == 0 for number in range(8)]
    probed = tools.ffprobe(path)
    assert probed["errors"] == []
    assert len(probed["packets"]) == 8
    assert tools.ffmpeg_decode_errors(path) == ""


@pytest.mark.parametrize("codec", WEB_ENCODERS)
def test_a_stream_that_goes_on_as_another_begins_a_description(codec: str) -> None:
    small, large = web(codec, 5), web(codec, 5, side=96)
    framing = SampleFraming(bare(codec), frame_rate=Fraction(25))
    formats = [framing.frame(packet).format for packet in (*small, *large, *small)]
    assert [format.width for format in formats] == [64] * 5 + [96] * 5 + [64] * 5
    assert all(format is formats[0] for format in formats[:5])
    assert formats[0] == formats[10] != formats[5]


@pytest.mark.parametrize("codec", WEB_ENCODERS)
def test_a_first_packet_that_tells_nothing_is_refused_and_forgotten(codec: str) -> None:
    first, second = web(codec, 2)
    framing = SampleFraming(bare(codec))
    for packet in (second, b"\0\0\0\1"):
        with pytest.raises(InvalidMediaError) as caught:
            framing.frame(packet)
    assert caught.value.message
    assert framing.frame(first).is_sync is True
    assert framing.frame(second).is_sync is False


@pytest.mark.parametrize("codec", WEB_ENCODERS)
def test_a_description_that_was_given_is_believed(codec: str) -> None:
    packets = web(codec, 2)
    known = SampleFraming(bare(codec))
    atoms = known.frame(packets[0]).format.atoms
    framing = SampleFraming(bare(codec, 48).with_(atoms=atoms))
    described = framing.format
    assert [framing.frame(packet).format for packet in packets] == [described, described]
    assert described.width == 48


def test_a_record_without_a_header_is_left_as_it_is() -> None:
    record = bytes.fromhex("81000c00")
    framing = SampleFraming(bare("av01").with_(atoms={"av1C": record}))
    assert framing.frame(web("av01", 1)[0]).format.atoms["av1C"] == record


def test_hidden_pictures_of_vp9_stay_in_their_samples(tmp_path: Path) -> None:
    """libvpx's second pass joins them with the next shown picture: a superframe, whose index ends it (Annex B)."""
    packets = two_passes(tmp_path, 30)
    joined = [packet for packet in packets if packet[-1] & 0xE0 == 0xC0]
    assert joined, "nothing was hidden: nothing is proved"
    path, source = tmp_path / "film.mp4", bare("vp09")
    input = AssetWriterInput(MediaType.VIDEO, None, source)
    with scene.filming(path, input) as writer:
        for number, packet in enumerate(packets):
            input.append(SampleBuffer(packet, source, [SampleTiming(Time(number, 25))]))
    assert writer.report is not None
    assert writer.report.tracks[0].written == len(packets) == 30
    data = path.read_bytes()
    assert all(packet in data for packet in joined)
    assert [row["sync"] for row in scene.samples(path)] == [True] + [False] * 29
    assert tools.ffmpeg_decode_errors(path) == ""
    assert len(tools.ffprobe(path, packets=False, frames=True)["frames"]) == 30


def two_passes(folder: Path, count: int) -> list[bytes]:
    """Packets of a moving picture, from FFmpeg's own program."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size=96x64:rate=25:duration={count / 25}"]
    coding = ["-c:v", "libvpx-vp9", "-b:v", "100k", "-cpu-used", "4", "-auto-alt-ref", "1", "-g", "99"]
    log = ["-passlogfile", str(folder / "log")]
    for number, output in ((1, ["-f", "null", "-"]), (2, [str(folder / "theirs.webm")])):
        answer = tools.run(tools.ffmpeg(), "-v", "error", *source, *coding, "-pass", str(number), *log, *output)
        assert answer.status == 0, answer.err
    with av.open(str(folder / "theirs.webm")) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


def test_vp9_level_follows_size_and_rate() -> None:
    packet = web("vp09", 1, side=256)[0]
    levels = [SampleFraming(bare("vp09"), frame_rate=rate).frame(packet).format.atoms["vpcC"][5] for rate in RATES]
    assert levels == [11, 11, 20]


RATES = (None, Fraction(30), Fraction(60))


def test_vp9_level_of_stored_samples_follows_how_long_they_last(tmp_path: Path) -> None:
    source = bare("vp09", 256)
    input = AssetWriterInput(MediaType.VIDEO, None, source)
    with scene.filming(tmp_path / "film.mp4", input) as writer:
        input.append(SampleBuffer(web("vp09", 1, side=256)[0], source, [SampleTiming(Time(0, 60), Time(1, 60))]))
    assert writer.report is not None
    assert writer.report.tracks[0].format is not None
    assert writer.report.tracks[0].format.atoms["vpcC"][5] == 20
