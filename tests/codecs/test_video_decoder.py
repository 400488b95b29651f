"""Samples into pictures: order, tags, every encoding at hand, damage, and starting again."""

from __future__ import annotations

import gc
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.codecs.decoding import Film, decoded, film, values
from tests.interop import tools

from reelwright.codecs import _av
from reelwright.codecs.video_decoder import VideoDecoder
from reelwright.model.errors import DecodeError, DecoderNotFoundError, ProtectedMediaError
from reelwright.model.format import FormatDescription

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
OPTIONS = {"crf": "4", "bf": "3", "b_strategy": "0", "g": "12", "sc_threshold": "0"}


@pytest.fixture(scope="module")
def h264() -> Film:
    return film("libx264", "avc1", options=OPTIONS)


def close(frame: Any, planes: list[Any]) -> bool:
    """Whether a frame is the picture, not quite lossless, and not the next one (which differs by 11)."""
    pairs = zip(values(frame), planes, strict=True)
    return all(np.abs(ours.astype(int) - theirs).mean() < 3 for ours, theirs in pairs)


def same(frame: Any, planes: list[Any]) -> bool:
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(values(frame), planes, strict=True))


@pytest.mark.parametrize("settings", [{}, {"threads": 1}, {"threads": 3}, {"low_delay": True}], ids=str)
def test_pictures_come_in_order_with_their_samples_tags(h264: Film, settings: dict[str, Any]) -> None:
    assert [tag for _, tag in h264.samples] != sorted(tag for _, tag in h264.samples)
    found = decoded(h264, **settings)
    assert [tag for _, tag in found] == sorted(h264.pictures)
    assert all(close(frame, h264.pictures[tag]) for frame, tag in found)


@pytest.mark.parametrize(
    ("encoder", "subtype", "layout"),
    [
        ("ffv1", "FFV1", "yuv420p"),
        ("ffv1", "FFV1", "yuva420p"),
        ("ffv1", "FFV1", "yuv444p12le"),
        ("png", "png ", "rgb24"),
        ("qtrle", "rle ", "rgb24"),
        ("v210", "v210", "yuv422p10le"),
        ("libx265", "hvc1", "yuv420p10le"),
        ("libvpx-vp9", "vp09", "yuv420p"),
        ("libsvtav1", "av01", "yuv420p"),
        ("prores_ks", "apch", "yuv422p10le"),
        ("mpeg4", "mp4v", "yuv420p"),
        ("mjpeg", "jpeg", "yuvj420p"),
        ("dnxhd", "AVdh", "yuv422p"),
    ],
)
def test_every_encoding(encoder: str, subtype: str, layout: str) -> None:
    if not _av.find_encoder(encoder):
        pytest.skip(f"FFmpeg was built without {encoder}")
    options = {
        "libx265": {"x265-params": "lossless=1:log-level=none"},
        "libvpx-vp9": {"lossless": "1"},
        "libsvtav1": {"svtav1-params": "lp=1", "crf": "10"},
        "dnxhd": {"profile": "dnxhr_hq"},
        "mpeg4": {"q": "2", "bf": "2"},
    }
    size = (256, 128) if encoder in ("dnxhd", "libsvtav1") else (64, 48)
    facts = {"extensions": {"Depth": 24}}
    made = film(encoder, subtype, layout, size, 6, options.get(encoder), **facts)
    found = decoded(made)
    assert [tag for _, tag in found] == sorted(made.pictures)
    exact = encoder in ("ffv1", "png", "qtrle", "v210", "libx265", "libvpx-vp9")
    for frame, tag in found:
        assert (frame.width, frame.height) == size
        if exact:
            assert frame.format.name == layout
            assert same(frame, made.pictures[tag])


def test_odd_sizes_are_cropped() -> None:
    made = film("libx264", "avc1", "yuv444p", (63, 47), 3, {"qp": "0"})
    for frame, tag in decoded(made):
        assert (frame.width, frame.height) == (63, 47)
        assert same(frame, made.pictures[tag])


def test_reset_starts_anywhere(h264: Film) -> None:
    decoder = VideoDecoder(h264.format)
    for _ in range(3):
        found: list[tuple[Any, int]] = []
        for data, tag in h264.samples[:5]:
            found += decoder.decode(data, tag)
        decoder.reset()
    for data, tag in h264.samples:
        found += decoder.decode(data, tag)
    while frames := decoder.drain():
        found += frames
    last = found[-len(h264.pictures) :]
    assert [tag for _, tag in last] == sorted(h264.pictures)
    assert all(close(frame, h264.pictures[tag]) for frame, tag in last)
    decoder.reset()
    assert decoder.drain() == []


def test_pictures_nobody_depends_on_are_skipped(h264: Film) -> None:
    decoder = VideoDecoder(h264.format)
    decoder.skip_non_reference(True)
    found: list[tuple[Any, int]] = []
    for data, tag in h264.samples:
        decoder.skip_non_reference(tag < 110)
        found += decoder.decode(data, tag)
    while frames := decoder.drain():
        found += frames
    tags = [tag for _, tag in found]
    assert len(tags) < len(h264.pictures)
    assert tags[-2:] == [110, 120]
    assert all(close(frame, h264.pictures[tag]) for frame, tag in found)


def test_parameter_sets_may_change_in_the_samples() -> None:
    first = film("libx264", "avc3", size=(64, 48), count=3, options={"qp": "0"})
    second = film("libx264", "avc3", size=(96, 80), count=3, options={"qp": "0"})
    start = bytes(second.format.codec_config)  # Annex B parameter sets, put before the key frame
    (data, tag), *rest = second.samples
    samples = first.samples + [(start + data, tag + 1000)] + [(data, tag + 1000) for data, tag in rest]
    found = decoded(first, samples)
    assert [(tag, frame.width) for frame, tag in found] == [
        (10, 64),
        (20, 64),
        (30, 64),
        (1010, 96),
        (1020, 96),
        (1030, 96),
    ]
    assert all(same(frame, second.pictures[tag - 1000]) for frame, tag in found if tag > 1000)


# ------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("extensions", [{"ProtectionScheme": "cenc"}, {"ProtectionScheme": "fairplay"}])
def test_protected_samples_reach_no_decoder(h264: Film, extensions: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(_av, "decoder_context", lambda name: pytest.fail("a decoder was made"))
    with pytest.raises(ProtectedMediaError, match=f"encrypted.*{extensions['ProtectionScheme']}"):
        VideoDecoder(h264.format.with_(extensions=extensions))


def test_unknown_encodings_are_named() -> None:
    with pytest.raises(DecoderNotFoundError, match="'zzzz'"):
        VideoDecoder(FormatDescription(media_type="vide", media_subtype="zzzz", width=4, height=4))  # type: ignore[arg-type]


def test_a_broken_configuration(h264: Film) -> None:
    with pytest.raises(DecodeError, match="huffyuv refuses the configuration of 'HFYU'"):
        VideoDecoder(h264.format.with_(media_subtype="HFYU", codec_config=b"\xff" * 8))


@pytest.mark.parametrize("threads", [1, 2])
def test_damage_is_told_and_decoding_goes_on(threads: int) -> None:
    made = film("libx264", "avc1", count=12, options={"qp": "0", "g": "4", "bf": "0", "sc_threshold": "0"})
    decoder, found, errors = VideoDecoder(made.format, threads=threads), [], []
    for data, tag in made.samples:
        try:
            found += decoder.decode(data[: len(data) // 2] if tag == 60 else data, tag)
        except DecodeError as error:
            errors.append(error)
    for _ in range(5):
        try:
            found += decoder.drain()
        except DecodeError as error:
            errors.append(error)
    assert errors
    assert "damaged" in str(errors[0])
    intact = [(frame, tag) for frame, tag in found if tag <= 50 or tag >= 90]
    assert [tag for _, tag in intact] == [10, 20, 30, 40, 50, 90, 100, 110, 120]
    assert all(same(frame, made.pictures[tag]) for frame, tag in intact)


def test_nothing_but_damage(h264: Film) -> None:
    decoder = VideoDecoder(h264.format)
    rng, errors = np.random.default_rng(5), 0
    for tag in range(20):
        try:
            assert decoder.decode(rng.bytes(300), tag) == []
        except DecodeError:
            errors += 1
    assert errors > 10
    assert decoder.decode(b"", 100) == []


def test_damage_leaves_stderr_alone() -> None:
    code = (
        "from tests.codecs.decoding import film\n"
        "from reelwright.codecs.video_decoder import VideoDecoder\n"
        "made = film('libx264', 'avc1', options={'x264-params': 'log-level=none'})\n"
        "decoder = VideoDecoder(made.format)\n"
        "for data, tag in made.samples:\n"
        "    try: decoder.decode(bytes(len(data)) if tag % 20 else data[:30], tag)\n"
        "    except Exception as error: assert type(error).__name__ == 'DecodeError', error\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_pictures_outlive_their_decoder(h264: Film) -> None:
    found = decoded(h264)
    planes = values(found[0][0])
    before = [plane.copy() for plane in planes]
    del found
    gc.collect()
    assert len(decoded(h264)) == 12
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(planes, before, strict=True))
    with pytest.raises(ValueError, match=r"read-only|WRITEABLE"):
        planes[0].flags.writeable = True


# ------------------------------------------------------------------------------------------------- others' files


@pytest.mark.parametrize(
    "name",
    [
        "media3/bt601.mov",
        "metadata-extractor/Issue 515 (java).mp4",
        "media3/h265_bframes.mp4",
        "media3/sample_av1.mp4",
        "media3/bbb_800x640_768kbps_30fps_vp9.mp4",
        "media3/bbb_176x144_128kbps_15fps_h263.3gp",
        "media3/bbb_176x144_192kbps_15fps_mpeg4.mp4",
        "torchcodec/h265_10bits.mp4",
    ],
)
def test_the_ffmpeg_command_decodes_the_same(name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip("the collection of real files is not here")
    ffmpeg = tools.ffmpeg()
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stream = container.streams.video[0]
        tag = stream.codec_context.codec_tag
        format = FormatDescription(
            media_type="vide",  # type: ignore[arg-type]
            media_subtype=tag if tag.strip("\0") else "    ",
            codec_config=bytes(stream.codec_context.extradata or b""),
            extensions={"FFmpegCodec": stream.codec_context.codec.canonical_name},
        )
        samples = [(bytes(packet), packet.pts) for packet in container.demux(stream) if packet.size]
    made = Film(format, samples, {})
    found = decoded(made)
    ours = [
        hashlib.md5(b"".join(plane.tobytes() for plane in _av.frame_planes(frame))).hexdigest() for frame, _ in found
    ]
    command = [str(ffmpeg), "-v", "error", "-ignore_editlist", "1", "-i", str(path), "-map", "0:v:0", "-vsync", "0"]
    ran = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, text=True, timeout=120, check=True)
    theirs = [line.split(",")[-1].strip() for line in ran.stdout.splitlines() if line and not line.startswith("#")]
    assert ours == theirs
