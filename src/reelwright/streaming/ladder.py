"""Which renditions of its pictures a stream has: sizes and bit rates, by the source's size and rate.

"1080p" names the shorter side, as people mean it of films that stand upright, too. Nothing is made larger than the
source is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from reelwright.model.compression import VideoCompressionSettings
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.keys import whole
from reelwright.model.kinds import ScalingMode, VideoCodec
from reelwright.model.settings import VideoSettings

__all__ = ["Ladder", "Rendition", "ladder_for"]

Ladder = Iterable["Rendition | int | str | Mapping[str, Any]"]

_USUAL = (2160, 1080, 720, 480, 360, 240)
_MOST = 4  # renditions, unless the caller names more
_LARGEST = 65535
_TAKEN = re.compile(r"(?:audio|subtitles)(?:-\d+)?")  # the folders of sound and subtitles
_HINT = 'Give renditions such as 720, "720p" or Rendition(height=720, bit_rate=3_000_000).'
# 6 Mbit/s for 1080p at 30 pictures a second, as Apple's HLS Authoring Specification has it for H.264; else by
# the power of 3/4 of pixels a second, which meets its rows down to 540p within a tenth; the rest by what codecs save.
_RATE, _RATE_PIXELS = 6_000_000, 1920 * 1080 * 30
_SAVES = {VideoCodec.HEVC: 0.65, VideoCodec.AV1: 0.55, VideoCodec.VP9: 0.7}
_PEAK = Fraction(3, 2)  # of the average bit rate, for the stretch of a buffer of two seconds
_BUFFER = 2
_OWN_RATES = ("crf", "qp", "b")  # options of encoders that say how bits are to be spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """Pictures of a stream in one size and encoding.

    Attributes:
        height, width: pixels; one of them is enough, neither means the source's size. short_side: whichever of them is
            the shorter one, instead.
        bit_rate: average, bits a second; None for one that suits the size and the codec.
        codec: H.264 unless told.
        name: of its folder; None for one such as ``"720p"``.
        encoder_options: for the FFmpeg encoder, as they are; they win over everything else.

    Raises:
        InvalidArgumentError: sides or a bit rate that are none.
    """

    height: int | None = None
    width: int | None = None
    bit_rate: int | None = None
    codec: VideoCodec | str = VideoCodec.H264
    name: str | None = None
    short_side: int | None = None
    encoder_options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for what, value, most in (
            ("height", self.height, _LARGEST),
            ("width", self.width, _LARGEST),
            ("short_side", self.short_side, _LARGEST),
            ("bit_rate", self.bit_rate, 1 << 40),
        ):
            if value is not None:
                whole(f"a rendition's {what}", value, 2, most, hint=_HINT)
        if self.short_side is not None and (self.height or self.width):
            raise InvalidArgumentError("short_side= excludes height= and width=.", hint=_HINT)
        object.__setattr__(self, "codec", VideoSettings(self.codec).codec)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), once both are known."""
        assert self.width is not None
        assert self.height is not None
        return self.width, self.height

    @property
    def shows_hdr(self) -> bool:
        """Whether HDR is left as it is: hardly anything plays H.264 of more than 8 bits."""
        return self.codec is not VideoCodec.H264

    def settings(self, rate: Fraction | None, segment: Fraction, *, is_low_latency: bool = False) -> VideoSettings:
        """What an encoder is told.

        Args:
            rate: pictures a second, where they come evenly. segment: seconds of a segment.
            is_low_latency: each picture is to come out before the next one goes in.
        """
        assert self.bit_rate is not None
        # Segments bring key frames of their own, at times that need not be whole intervals apart.
        compression: dict[str, Any] = {"max_key_frame_interval_duration": segment + 1}
        if not any(name in self.encoder_options for name in _OWN_RATES):
            compression |= {"average_bit_rate": self.bit_rate, **self._peaks(self.bit_rate, is_low_latency)}
        if rate is not None:
            compression["expected_source_frame_rate"] = rate
        return VideoSettings(
            self.codec,
            *self.size,
            scaling_mode=ScalingMode.RESIZE,
            compression=VideoCompressionSettings(**compression),
            encoder_specification=EncoderSpecification(low_latency=True) if is_low_latency else None,
            encoder_options=dict(self.encoder_options),
        )

    def _peaks(self, bit_rate: int, is_low_latency: bool) -> dict[str, Any]:
        """How far the bit rate may rise for a while; nothing for encoders that are not told."""
        most = int(bit_rate * _PEAK)
        if self.codec not in (VideoCodec.H264, VideoCodec.HEVC):
            return {}
        if is_low_latency:  # which excludes a buffer of one's own
            return {"data_rate_limits": [most * _BUFFER // 8, _BUFFER]}
        return {"vbv_max_bit_rate": most, "vbv_buffer_duration": _BUFFER}


def ladder_for(size: tuple[int, int], rate: Fraction | None, wanted: Ladder | None = None) -> list[Rendition]:
    """The renditions of a source, complete, the largest first.

    Args:
        size: of the source as it is shown, with square pixels. rate: pictures a second, nominal.
        wanted: renditions, or their shorter sides (``720``, ``"720p"``); None for up to four usual ones.

    Larger ones than the source get the source's size; of equal ones one is left.

    Raises:
        InvalidArgumentError: none, or something that is no rendition; two of one name.
    """
    rungs = list(_usual(size) if wanted is None else map(_rung, wanted))
    if not rungs:
        raise InvalidArgumentError("a ladder without renditions shows nothing.", hint=_HINT)
    found: list[Rendition] = []
    for rung in rungs:
        made = _complete(rung, size, rate or Fraction(30))
        if not any(_same(made, other) for other in found):
            found.append(made)
    found.sort(key=lambda each: (-each.size[0] * each.size[1], -(each.bit_rate or 0)))
    return _named(found)


def _usual(size: tuple[int, int]) -> Iterator[Rendition]:
    largest = max(2, min(*size, _USUAL[0]))
    yield Rendition(short_side=largest)
    smaller = [rung for rung in _USUAL if rung * 5 <= largest * 4]
    yield from (Rendition(short_side=rung) for rung in smaller[: _MOST - 1])


def _rung(value: Any) -> Rendition:
    if isinstance(value, Rendition):
        return value
    if isinstance(value, Mapping):
        try:
            return Rendition(**value)
        except TypeError:
            raise InvalidArgumentError(f"{value!r} is no rendition.", hint=_HINT) from None
    text = str(value).strip().lower().removesuffix("p")
    if isinstance(value, bool) or not text.isdecimal() or not 2 <= int(text) <= _LARGEST:
        raise InvalidArgumentError(f"{value!r} is no rendition.", hint=_HINT)
    return Rendition(short_side=int(text))


def _complete(rung: Rendition, size: tuple[int, int], rate: Fraction) -> Rendition:
    wide, tall = _scaled(rung, size)
    bits = rung.bit_rate or _bit_rate(wide * tall * rate, VideoCodec(rung.codec))
    return replace(rung, width=wide, height=tall, short_side=None, bit_rate=bits)


def _scaled(rung: Rendition, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the source's shape unless both are given; even, and no larger than the source."""
    width, height = size
    if rung.short_side is not None:
        is_tall = height > width
        rung = Rendition(width=rung.short_side) if is_tall else Rendition(height=rung.short_side)
    wide, tall = min(rung.width or width, width), min(rung.height or height, height)
    if rung.width is None:
        wide = round(Fraction(width * tall, height))
    elif rung.height is None:
        tall = round(Fraction(height * wide, width))
    return max(2, wide // 2 * 2), max(2, tall // 2 * 2)


def _bit_rate(pixels: Fraction, codec: VideoCodec) -> int:
    rate = _RATE * math.pow(pixels / _RATE_PIXELS, 0.75) * _SAVES.get(codec, 1.0)
    return max(32_000, int(round(rate, -4 if rate > 1_000_000 else -3)))


def _same(one: Rendition, other: Rendition) -> bool:
    return (one.size, one.codec, one.bit_rate) == (other.size, other.codec, other.bit_rate)


def _named(rungs: list[Rendition]) -> list[Rendition]:
    names = [rung.name or f"{min(rung.size)}p" for rung in rungs]
    for more in (_codec_word, _rate_word):
        shared = [rung.name is None and names.count(name) > 1 for rung, name in zip(rungs, names, strict=True)]
        names = [
            f"{name}-{more(rung)}" if is_shared else name
            for rung, name, is_shared in zip(rungs, names, shared, strict=True)
        ]
    if len(set(names)) < len(names) or any(map(_TAKEN.fullmatch, names)):
        raise InvalidArgumentError(
            f"the names of renditions, {names}, are not all different, or one is that of sound or subtitles.",
            hint="Give other names.",
        )
    return [replace(rung, name=name) for rung, name in zip(rungs, names, strict=True)]


def _codec_word(rung: Rendition) -> str:
    return VideoCodec(rung.codec).name.lower()


def _rate_word(rung: Rendition) -> str:
    return f"{(rung.bit_rate or 0) // 1000}k"
