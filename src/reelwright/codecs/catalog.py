"""Which encoders there are, really: FFmpeg lists what it was built with, only opening one tells what this machine has.

Also what is linked and under which licences, for ``reelwright doctor``: the wheel that brings FFmpeg decides both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from reelwright.codecs import _av
from reelwright.model.codec_traits import traits
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import EncoderNotFoundError
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelFormat

__all__ = [
    "Library",
    "Licence",
    "candidates",
    "choose",
    "device_options",
    "ffmpeg_codec",
    "formats",
    "hardware",
    "input_format",
    "is_hardware",
    "libraries",
    "licence",
    "software",
    "trouble",
]

_HARDWARE = ("nvenc", "videotoolbox", "qsv", "amf", "mf", "vaapi", "v4l2m2m")
# FFmpeg's names of the encodings, the software encoder of each, and the kinds of hardware that FFmpeg can ask for it.
_FAMILY = {VideoCodec.H264: "h264", VideoCodec.HEVC: "hevc", VideoCodec.AV1: "av1", VideoCodec.VP9: "vp9"}
_SOFTWARE = {
    VideoCodec.H264: "libx264",
    VideoCodec.HEVC: "libx265",
    VideoCodec.AV1: "libsvtav1",
    VideoCodec.VP9: "libvpx-vp9",
    VideoCodec.JPEG: "mjpeg",
}
_KINDS = {
    "h264": _HARDWARE,
    "hevc": _HARDWARE,
    "av1": ("nvenc", "qsv", "amf", "mf", "vaapi"),
    "vp9": ("qsv", "vaapi"),
    "prores": ("videotoolbox",),
    "mjpeg": ("qsv", "vaapi"),
}
_GPL = ("libx264", "libx265", "libxvid", "librubberband", "libvidstab", "frei0r", "libdavs2", "libxavs2")
# Cheapest first for encoders that take several: x264 keeps its pictures as NV12 inside.
_FORMATS = {
    ("4:2:0", 8): (PixelFormat.NV12, PixelFormat.YUV420P),
    ("4:2:0", 10): (PixelFormat.YUV420P10, PixelFormat.P010),
    ("4:2:2", 10): (PixelFormat.YUV422P10,),
    ("4:4:4", 10): (PixelFormat.YUV444P10,),
}
_ALPHA_FORMATS = {("4:2:0", 8): (PixelFormat.YUVA420P,), ("4:4:4", 10): (PixelFormat.YUVA444P10,)}


@dataclass(frozen=True, slots=True)
class Library:
    """One of FFmpeg's libraries as it is linked here."""

    name: str
    version: str
    licence: str
    configuration: str


@dataclass(frozen=True, slots=True)
class Licence:
    """``stated`` by FFmpeg's libraries; ``in_effect`` also counts the GPL libraries (``gpl_parts``) built into them."""

    stated: str
    gpl_parts: tuple[str, ...]
    in_effect: str


def ffmpeg_codec(codec: VideoCodec) -> str:
    """FFmpeg's name of an encoding."""
    return "prores" if codec.is_prores else "mjpeg" if codec is VideoCodec.JPEG else _FAMILY[codec]


def software(codec: VideoCodec) -> str:
    """The encoder that needs no device."""
    return "prores_ks" if codec.is_prores else _SOFTWARE[codec]


def hardware(codec: VideoCodec) -> tuple[str, ...]:
    """Names of the encoders that need a device, whether they are here or not."""
    family = ffmpeg_codec(codec)
    return tuple(f"{family}_{kind}" for kind in _KINDS[family])


def candidates(codec: VideoCodec, specification: EncoderSpecification | None) -> tuple[str, ...]:
    """Encoders to try, in order. Hardware only where it was asked for; software after it unless it was required."""
    spec = specification or EncoderSpecification()
    if spec.encoder_id is not None:
        return (spec.encoder_id,)
    if spec.required_gpu is not None:  # only NVENC can be told which device to use
        return tuple(name for name in hardware(codec) if name.endswith("_nvenc"))
    if spec.require_hardware:
        return hardware(codec)
    return (*hardware(codec), software(codec)) if spec.wants_hardware else (software(codec),)


@lru_cache(maxsize=64)
def choose(codec: VideoCodec, specification: EncoderSpecification | None, bits: int, alpha: bool = False) -> str:
    """FFmpeg's name of the encoder to use; hardware ones are opened once to see whether they work.

    Raises:
        EncoderNotFoundError: names everything that was tried, each with what was wrong.
    """
    spec = specification or EncoderSpecification()
    tried: list[str] = []
    for name in candidates(codec, specification):
        wrong = trouble(codec, name, bits, alpha, spec)
        if not wrong:
            return name
        tried.append(f"{name} ({wrong})")
    kind = "hardware encoder" if spec.require_hardware or spec.required_gpu is not None else "encoder"
    what = f"{codec.name} at {bits} bits{' with alpha' if alpha else ''}"
    raise EncoderNotFoundError(
        f"no {kind} for {what} works here. Tried: {'; '.join(tried) or 'none, for FFmpeg knows of none'}.",
        hint="'reelwright encoders' lists the encoders that work; leave encoder_specification out for the usual one.",
    )


def trouble(codec: VideoCodec, name: str, bits: int, alpha: bool, spec: EncoderSpecification) -> str:
    """Why an encoder cannot be used, in a few words (FFmpeg's own where a device fails); empty when it can."""
    found = _av.find_encoder(name)
    if found is None:
        return "not in this FFmpeg"
    if found.canonical_name != ffmpeg_codec(codec):
        return f"encodes {found.canonical_name}"
    device = is_hardware(name)
    if not device and (spec.require_hardware or spec.required_gpu is not None):
        return "not hardware"
    if device and spec.enable_hardware is False:
        return "hardware, which enable_hardware=False forbids"
    if not formats(name, codec, bits, alpha):
        return f"takes no {_described(codec, bits, alpha)} pictures"
    return _opens(name, formats(name, codec, bits, alpha)[0], _device(name, spec)) if device else ""


def _described(codec: VideoCodec, bits: int, alpha: bool) -> str:
    return f"{bits}-bit {traits(codec).chroma}{' with alpha' if alpha else ''}"


def _device(name: str, spec: EncoderSpecification) -> int | None:
    if not name.endswith("_nvenc"):
        return None
    return spec.preferred_gpu if spec.required_gpu is None else spec.required_gpu


def device_options(name: str, specification: EncoderSpecification | None) -> dict[str, str]:
    """FFmpeg options that pick the device asked for."""
    device = _device(name, specification or EncoderSpecification())
    return {} if device is None else {"gpu": str(device)}


def is_hardware(name: str) -> bool:
    return name.rpartition("_")[2] in _HARDWARE


def formats(name: str, codec: VideoCodec, bits: int, alpha: bool = False) -> tuple[PixelFormat, ...]:
    """Pictures of a depth that an encoder takes from memory, of the chroma that the codec is written with."""
    taken = _av.encoder_formats(name)
    if alpha and not traits(codec).has_alpha:
        return ()
    kinds = (_ALPHA_FORMATS if alpha else _FORMATS).get((traits(codec).chroma, bits), ())
    return tuple(kind for kind in kinds if kind.ffmpeg_name in taken)


def input_format(
    name: str, codec: VideoCodec, bits: int, source: PixelFormat | None = None, *, alpha: bool = False
) -> PixelFormat:
    """What pictures an encoder is given: the source's own format where it takes that, else the one that costs least.

    Raises:
        EncoderNotFoundError: the encoder takes no pictures of that depth.
    """
    taken = formats(name, codec, bits, alpha)
    if source in taken and source is not None:
        return source
    if not taken:
        raise EncoderNotFoundError(
            f"encoder {name} takes no {_described(codec, bits, alpha)} pictures.",
            hint="Choose another encoder_id, or another output_bit_depth.",
        )
    return taken[0]


@lru_cache(maxsize=64)
def _opens(name: str, pixel_format: PixelFormat, device: int | None) -> str:
    """Open an encoder and let it go. What FFmpeg said when it could not; empty when it could."""
    options = {} if device is None else {"gpu": str(device)}

    def attempt() -> str:
        try:
            _try(name, pixel_format, options)
        except _av.FFmpegError as error:
            return _av.reason(error)
        return ""

    words, said = _av.logged(attempt)
    # What it logs is about the device; the error itself is often "Unknown error occurred".
    return "; ".join(dict.fromkeys(line.rstrip(".") for line in said)) or words if words else ""


def _try(name: str, pixel_format: PixelFormat, options: Mapping[str, str]) -> None:
    """Encode one small picture."""
    context = _av.encoder_context(name)
    context.width, context.height, context.pix_fmt = 320, 240, pixel_format.ffmpeg_name
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.options = dict(options)
    frame = _av.empty_frame(pixel_format.ffmpeg_name, 320, 240)
    for plane in _av.frame_planes(frame):
        plane[...] = 0
    frame.pts, frame.time_base = 0, context.time_base
    context.encode(frame)
    context.encode(None)


@lru_cache(maxsize=1)
def libraries() -> tuple[Library, ...]:
    """FFmpeg's libraries: versions, licences, and how they were configured."""
    return tuple(
        Library(name, ".".join(map(str, facts["version"])), facts["license"], facts["configuration"])
        for name, facts in _av.libraries().items()
    )


def licence() -> Licence:
    """Under which licence the linked FFmpeg may be passed on, as it says itself and in effect."""
    parts = libraries()
    stated = max((part.licence for part in parts), key=_strictness)
    built = " ".join(part.configuration for part in parts)
    strict = tuple(name for name in _GPL if f"--enable-{name}" in built.split())
    if not strict or not stated.startswith("LGPL"):
        return Licence(stated, strict, stated)
    return Licence(stated, strict, stated.removeprefix("L").replace("version 2.1", "version 2"))


def _strictness(text: str) -> tuple[bool, bool, int]:
    digits = re.findall(r"version ([0-9])", text)
    return text.startswith("nonfree"), not text.startswith("LGPL"), int(digits[0]) if digits else 0
