"""How the encoders of ProRes, JPEG, AV1 and VP9 behave: threads, memory, silence, latency, options, refusals."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.codecs.encoding import NEW, PRORES, decoded, make, moving, run, settings_for

from reelwright.codecs import _av
from reelwright.codecs.video_encoder import VideoEncoder
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import SettingsError, SettingsWarning
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer, PixelFormat

AV1, VP9, JPEG = VideoCodec.AV1, VideoCodec.VP9, VideoCodec.JPEG
FAMILIES = [VideoCodec.PRORES_422, VideoCodec.PRORES_4444, JPEG, AV1, VP9]
LOW_LATENCY = EncoderSpecification(low_latency=True)
INTRA = [*PRORES, JPEG]


def tasks() -> int:
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()


def level(frame: Any) -> float:
    plane = _av.frame_planes(frame)[0]
    return float(plane.mean()) / (1 << (_av.frame_layout(frame).bits - 8))


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("codec", FAMILIES)
def test_a_buffer_filled_again_changes_no_picture_before(codec: VideoCodec, threads: int) -> None:
    """Encoders that work on several frames at a time would look at memory that holds the next picture by then."""
    quality = {} if codec.is_prores else {"quality": 0.9}
    shades = [40 + 12 * index for index in range(12)]
    with make(settings_for(codec, 192, 128, **quality), threads=threads) as encoder:
        spec = encoder.frame_spec
        kind = spec.pixel_format
        buffer = PixelBuffer.empty(kind, 192, 128, full_range=spec.full_range)
        packets = []
        for tick, shade in enumerate(shades):
            for index, plane in enumerate(buffer.planes):
                plane[...] = (shade if index == 0 else 128) << (kind.bits - 8)
            done = encoder.encode(_av.wrap(buffer), tick)
            assert len(done) == 1 or codec not in INTRA
            packets += done
        packets += encoder.flush()
        assert encoder.format is not None
        frames = decoded(codec, packets, encoder.format.codec_config)
    assert [level(frame) for frame in frames] == pytest.approx(shades, abs=1)


@pytest.mark.parametrize("codec", FAMILIES)
def test_closing_with_wrapped_memory_inside_ends_threads_and_lets_memory_go(codec: VideoCodec) -> None:
    """Memory of Python's, let go of by an encoder's own thread, would need the lock that whoever closes it holds."""
    gc.collect()
    before = tasks()
    encoder = make(settings_for(codec, 192, 128), threads=4)
    plane = np.full((128, 192), 90, encoder.frame_spec.pixel_format.dtype)
    kind = encoder.frame_spec.pixel_format
    for tick in range(6):
        buffer = PixelBuffer.empty(kind, 192, 128, full_range=encoder.frame_spec.full_range)
        buffer.planes[0][...] = plane
        encoder.encode(_av.wrap(buffer), tick)
    del buffer
    closing = threading.Thread(target=encoder.close)
    closing.start()
    closing.join(30)
    assert not closing.is_alive()
    del encoder
    gc.collect()
    for _ in range(200):  # a thread that has ended may be listed for a moment
        if tasks() <= before:
            break
        threading.Event().wait(0.01)
    assert tasks() <= before


def test_svt_av1_has_as_many_threads_as_it_is_allowed() -> None:
    counts = []
    for threads in (1, 8):
        gc.collect()
        before = tasks()
        with make(settings_for(AV1), threads=threads):
            counts.append(tasks() - before)
    if os.path.isdir("/proc/self/task"):
        assert 0 < counts[0] < counts[1]


SILENT = """
from tests.codecs.encoding import NEW, make, moving, run, settings_for
from reelwright.codecs.encoder_list import video_encoders
from reelwright.model.color import ColorProperties
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import VideoCodec
import os, warnings
warnings.simplefilter("error")
low = EncoderSpecification(low_latency=True)
for codec in NEW:
    for specification in (None, low):
        with make(settings_for(codec, specification=specification), threads=3) as encoder:
            run(encoder, moving(encoder.frame_spec, 3))
    encoder = make(settings_for(codec))
    for tick, frame in enumerate(moving(encoder.frame_spec, 20)):
        encoder.encode(frame, tick)
    encoder.close()  # with pictures inside
    for options in ({"nonsense": 1}, {"preset": "x", "cpu-used": "x", "profile": "x", "qmin": "x"}):
        try:
            make(settings_for(codec, options=options))
        except SettingsError:
            continue
        raise SystemExit(f"{codec} took {options}")
for codec in (VideoCodec.AV1, VideoCodec.HEVC, VideoCodec.H264):
    given = {"content_light_level_info": (1000, 400)}
    options = {"preset": 10 if codec is VideoCodec.AV1 else "ultrafast"}
    with make(settings_for(codec, options=options, **given), ColorProperties.HDR10) as encoder:
        run(encoder, moving(encoder.frame_spec, 2))
for size in ((20, 20), (4, 4), (64, 64)):
    given = {"average_bit_rate": 50_000} if size == (64, 64) else {}
    with make(settings_for(VideoCodec.AV1, *size, **given)) as encoder:
        run(encoder, moving(encoder.frame_spec, 2))
assert "SVT_LOG" not in os.environ
video_encoders()
"""


def test_nothing_reaches_the_terminal() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, cwd=root, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_whoever_wants_to_hear_svt_av1_does() -> None:
    program = """
from tests.codecs.encoding import make, settings_for
from reelwright.model.kinds import VideoCodec
make(settings_for(VideoCodec.AV1)).close()
"""
    environment = {**os.environ, "SVT_LOG": "3"}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=root, env=environment, timeout=60)
    assert done.returncode == 0
    assert b"SVT" in done.stderr


@pytest.mark.parametrize("codec", NEW)
def test_low_latency_holds_nothing_back_and_has_one_key_frame(codec: VideoCodec) -> None:
    with make(settings_for(codec, specification=LOW_LATENCY)) as encoder:
        packets = [encoder.encode(frame, tick) for tick, frame in enumerate(moving(encoder.frame_spec, 30))]
        assert [len(done) for done in packets] == [1] * 30
        assert encoder.flush() == []
    keys = [tick for tick, done in enumerate(packets) if done[0].is_key]
    assert keys == (list(range(30)) if codec in INTRA else [0])


@pytest.mark.parametrize(("codec", "count"), [(AV1, 0), (AV1, 4), (AV1, 18), (VP9, 0), (VP9, 3), (JPEG, 0)])
def test_no_more_frames_are_held_back_than_allowed(codec: VideoCodec, count: int) -> None:
    with make(settings_for(codec, max_frame_delay_count=count), threads=2) as encoder:
        given = came = 0
        for tick, frame in enumerate(moving(encoder.frame_spec, 40)):
            given, came = given + 1, came + len(encoder.encode(frame, tick))
            assert given - came <= count
        assert came + len(encoder.flush()) == 40


def size_of(codec: VideoCodec, **compression: Any) -> int:
    with make(settings_for(codec, 192, 128, **compression)) as encoder:
        return sum(len(packet.data) for packet in run(encoder, moving(encoder.frame_spec, 24)))


@pytest.mark.parametrize("codec", [AV1, VP9, JPEG])
def test_quality_is_monotonic(codec: VideoCodec) -> None:
    sizes = [size_of(codec, quality=quality) for quality in (0.0, 0.5, 1.0)]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("codec", [AV1, VP9])
@pytest.mark.parametrize("setting", ["average_bit_rate", "variable_bit_rate", "constant_bit_rate"])
def test_bit_rates_are_aimed_at(codec: VideoCodec, setting: str) -> None:
    more = {"expected_source_frame_rate": 30}
    low, high = (size_of(codec, **{setting: rate, **more}) for rate in (100_000, 1_600_000))
    assert low < high


def test_svt_av1_keeps_no_bit_rate_in_small_pictures() -> None:
    with pytest.raises(SettingsError, match=r"keeps no bit rate \(50000\) in pictures of 80×62") as caught:
        make(settings_for(AV1, 80, 62, average_bit_rate=50_000))
    assert "quality" in str(caught.value)
    make(settings_for(AV1, 80, 64, average_bit_rate=50_000)).close()


def test_a_ceiling_beside_a_bit_rate_is_refused_where_it_would_not_be_kept() -> None:
    with pytest.raises(SettingsError, match=r"VBVMaxBitRate.*libsvtav1"):
        make(settings_for(AV1, 96, 64, average_bit_rate=100_000, vbv_max_bit_rate=200_000))
    make(settings_for(AV1, quality=0.5, vbv_max_bit_rate=200_000)).close()


@pytest.mark.parametrize(
    ("codec", "compression", "key"),
    [
        (AV1, {"reference_buffer_count": 2}, "ReferenceBufferCount"),
        (AV1, {"max_allowed_frame_qp": 30}, "MaxAllowedFrameQP"),  # beside constant quality
        (VP9, {"reference_buffer_count": 2}, "ReferenceBufferCount"),
        (VideoCodec.PRORES_422, {"prioritize_encoding_speed_over_quality": True}, "PrioritizeEncodingSpeed"),
        (JPEG, {"suggested_look_ahead_frame_count": 3}, "SuggestedLookAheadFrameCount"),
    ],
)
def test_hints_without_an_equivalent_are_told(codec: VideoCodec, compression: dict[str, Any], key: str) -> None:
    with pytest.warns(SettingsWarning, match=key):
        make(settings_for(codec, **compression)).close()


@pytest.mark.parametrize("codec", INTRA)
def test_limits_that_are_kept_anyway_are_not_warned_about(codec: VideoCodec) -> None:
    limits = {"max_key_frame_interval": 30, "max_key_frame_interval_duration": 2, "max_frame_delay_count": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(settings_for(codec, real_time=True, allow_frame_reordering=False, **limits)).close()


@pytest.mark.parametrize(
    ("codec", "options", "message"),
    [
        (AV1, {"svtav1-params": "nonsense=1"}, "nonsense"),
        (AV1, {"svtav1-params": "tune=many"}, "tune"),
        (VP9, {"deadline": "yesterday"}, "deadline='yesterday'.*realtime"),
        (VideoCodec.PRORES_422, {"profle": "3"}, "no option 'profle'"),
        (VideoCodec.PRORES_422, {"profile": "3"}, "profile='3'.*2"),
        (VideoCodec.PRORES_4444, {"alpha_bits": "8"}, "alpha_bits='8'.*0"),
        (JPEG, {"huffman": "best"}, "huffman=best"),
        (JPEG, {"global_quality": 236}, "global_quality='236' has no effect"),
    ],
)
def test_options_that_an_encoder_does_not_know(codec: VideoCodec, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        make(settings_for(codec, options=options))


def test_encoder_options_win() -> None:
    with make(settings_for(AV1, options={"svtav1-params": "keyint=5"}, max_key_frame_interval=9)) as encoder:
        assert "svtav1-params" in encoder._plan.options
        assert encoder._plan.options["svtav1-params"].endswith("keyint=5")
    with make(settings_for(VP9, options={"crf": 60}, quality=1.0)) as encoder:
        assert encoder.overridden
        assert "Quality" in encoder.overridden[0]
    coarse = {"qmin": 20, "qmax": 20, "lmin": 2360, "lmax": 2360}
    with make(settings_for(JPEG, options=coarse, quality=1.0)) as encoder:
        assert "Quality" in encoder.overridden[0]
        assert len(run(encoder, moving(encoder.frame_spec, 1))[0].data) < size_of(JPEG, quality=1.0) / 24


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_422_LT, VideoCodec.PRORES_4444, JPEG])
def test_threads_change_no_picture(codec: VideoCodec) -> None:
    pictures = []
    for threads in (1, 4):
        with make(settings_for(codec, 192, 160), threads=threads) as encoder:
            packets = run(encoder, moving(encoder.frame_spec, 3))
        pictures.append([np.array(_av.frame_planes(frame)[0]) for frame in decoded(codec, packets)])
    assert all(np.array_equal(one, other) for one, other in zip(*pictures, strict=True))


@pytest.mark.parametrize("codec", [AV1, VP9])
def test_key_frames_are_forced_with_low_latency_too(codec: VideoCodec) -> None:
    with make(settings_for(codec, specification=LOW_LATENCY)) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 12), forced=(5,))
    assert [packet.ticks for packet in packets if packet.is_key] == [0, 5]


@pytest.mark.parametrize("codec", [VideoCodec.PRORES_422_HQ, VideoCodec.PRORES_4444])
def test_the_other_encoder_of_prores_writes_the_same_codec(codec: VideoCodec) -> None:
    source = PixelFormat.RGBA32 if codec is VideoCodec.PRORES_4444 else PixelFormat.RGB24
    settings = settings_for(codec, specification=EncoderSpecification(encoder_id="prores_aw"))
    with make(settings, source=source) as encoder:
        packets = run(encoder, moving(encoder.frame_spec, 3))
        assert encoder._context.codec_tag == codec.value
    assert len(decoded(codec, packets)) == 3
    assert bytes(packets[0].data[12:16]) == b"apl0"
    assert packets[0].data[25] & 15 == (2 if codec is VideoCodec.PRORES_4444 else 0)


@pytest.mark.parametrize("codec", NEW)
def test_the_encoder_says_who_it_is(codec: VideoCodec) -> None:
    encoder: VideoEncoder = make(settings_for(codec))
    expected = {AV1: "libsvtav1", VP9: "libvpx-vp9", JPEG: "mjpeg"}.get(codec, "prores_ks")
    assert (encoder.name, encoder.is_hardware) == (expected, False)
    encoder.close()
