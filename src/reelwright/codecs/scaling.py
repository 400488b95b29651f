"""How FFmpeg's filters are told to bring a picture into an encoder's format: matrix, range, chroma position, filter.

Everything that FFmpeg would otherwise guess is said. Where it would dither down to the target's depth, or compute too
coarsely, the filters deliver 16 bits, which are then rounded once (``pixels.narrow``).
"""

from __future__ import annotations

from typing import NamedTuple

from reelwright.codecs.frame_spec import TARGETS, FrameSpec
from reelwright.codecs.tags import SCALE_MATRIX, conversion_names, output_color
from reelwright.model.color import ColorMatrix, ColorProperties
from reelwright.model.pixel import PixelFormat

__all__ = ["DEEP_RGB", "Kind", "conversion", "delivered", "film_matrix", "filters", "is_deep_rgb", "resizing"]

DEEP_RGB = "gbrp16le"  # how 16-bit and float RGB is shown to the filters (``pixels.spread``)
# Chroma is averaged from all pixels by a triangle (measured: faster than FFmpeg's default, and closer to the exact
# result); sizes change by bicubic, FFmpeg's own choice for quality.
_SAME_SIZE = "bilinear+full_chroma_inp"
_RESIZED = "bicubic+full_chroma_inp+accurate_rnd"
_CHROMA = {(2, 2): "420", (2, 1): "422", (1, 1): "444"}
# Where chroma lies: left of its pixels, and between two rows where these share it. It must not be said of RGB and
# 4:4:4, nor of 4:2:2 from row to row: chroma would be moved by it.
_POSITIONS = {(2, 2): ("h_chr_pos=0", "v_chr_pos=128"), (2, 1): ("h_chr_pos=0",)}
_CENTERED = ("h_chr_pos=128", "v_chr_pos=128")


class Kind(NamedTuple):
    """Everything that decides how a picture is converted; pictures of one kind share a filter chain."""

    pixel_format: PixelFormat
    width: int
    height: int
    full_range: bool
    color: ColorProperties | None  # only where a real conversion is due
    to_width: int
    to_height: int

    @property
    def keeps_size(self) -> bool:
        return (self.width, self.height) == (self.to_width, self.to_height)


def is_deep_rgb(kind: PixelFormat) -> bool:
    return kind.is_rgb and kind.bits > 8


def delivered(kind: Kind, target: FrameSpec) -> str:
    """FFmpeg's name of what the filters deliver: the target's layout, or its chroma in 16 bits, still to be rounded."""
    source, wanted = kind.pixel_format, target.pixel_format
    recolored = kind.color is not None and (source.is_rgb or target.centered_chroma)
    dithers = wanted.bits == 8 and (source.bits > 8 or recolored)
    # In full range FFmpeg's scaler is up to a whole code value off, and from 12 bits to 10 it does not round.
    coarse = target.full_range if source.is_rgb else source.bits > 10
    if not (dithers or coarse):
        return wanted.ffmpeg_name
    return "p016le" if len(wanted.planes) == 2 else f"yuv{_CHROMA[wanted.subsampling]}p16le"


def filters(kind: Kind, target: FrameSpec) -> list[tuple[str, str]]:
    """Filters, with their arguments, from pictures of a kind to what is ``delivered``.

    Raises:
        SettingsError: colours that cannot be converted.
    """
    if kind.color is not None:
        return _recoloring(kind, kind.color, target)
    source = kind.pixel_format
    arguments = [
        f"w={kind.to_width}:h={kind.to_height}:flags={_flags(kind, target)}:sws_dither=none",
        f"in_range={_span(kind.full_range)}:out_range={_span(target.full_range)}",
        *_chroma_in(source),
        *_chroma_out(target),
    ]
    if source.is_rgb:
        arguments.append(f"out_color_matrix={SCALE_MATRIX[film_matrix(target)]}")
    return [("scale", ":".join(arguments)), ("format", f"pix_fmts={delivered(kind, target)}")]


def resizing(kind: Kind) -> list[tuple[str, str]]:
    """Filters that only change the size of grey; called full range at both ends, its values stay what they are."""
    size = f"w={kind.to_width}:h={kind.to_height}"
    return [
        ("scale", f"{size}:in_range=pc:out_range=pc:flags={_RESIZED}"),
        ("format", f"pix_fmts={kind.pixel_format.ffmpeg_name}"),
    ]


def _flags(kind: Kind, target: FrameSpec) -> str:
    if not kind.keeps_size:
        return _RESIZED
    # Without it BGR to planar takes a short cut in FFmpeg that truncates and uses every second row's chroma only.
    wanted = delivered(kind, target)
    short_cut = kind.pixel_format is PixelFormat.BGR24 and wanted.startswith(("yuv420p", "yuva420p"))
    rounds = short_cut or kind.pixel_format in TARGETS or target.full_range
    return f"{_SAME_SIZE}+accurate_rnd" if rounds else _SAME_SIZE


def _recoloring(kind: Kind, color: ColorProperties, target: FrameSpec) -> list[tuple[str, str]]:
    """Filters that really convert primaries, curves and matrix; at 4:4:4 and 12 bits where the source is RGB."""
    result = delivered(kind, target)
    scale = [f"w={kind.to_width}:h={kind.to_height}:flags={_RESIZED}:sws_dither=none"]
    if kind.pixel_format.is_rgb:
        chroma, bits, span, deeper = "444", 12, False, 12
        scale.append(f"out_color_matrix={SCALE_MATRIX[film_matrix(target)]}:out_range=tv")
        moved = _chroma_out(target)
    else:
        # FFmpeg moves no chroma where both ends share it among the same pixels.
        shared = (1, 1) if target.centered_chroma else target.pixel_format.subsampling
        chroma, bits, span = _CHROMA[shared], min(kind.pixel_format.bits, 12), kind.full_range
        deeper = 12 if "16le" in result else max(bits, target.pixel_format.bits)
        scale += [f"in_range={_span(span)}:out_range={_span(span)}", *_chroma_in(kind.pixel_format)]
        scale += [] if target.centered_chroma else _chroma_out(target)
        moved = _chroma_out(target) if target.centered_chroma else [*_chroma_out(target, "in"), *_chroma_out(target)]
    names, to_names = conversion(kind.pixel_format, color, target)
    (primaries, curve, matrix), (to_primaries, to_curve, to_matrix) = names, to_names
    source = f"ispace={matrix}:iprimaries={primaries}:itrc={curve}:irange={_span(span)}"
    wanted = f"space={to_matrix}:primaries={to_primaries}:trc={to_curve}:range={_span(target.full_range)}"
    return [
        ("scale", ":".join(scale)),
        ("format", f"pix_fmts={_planar(chroma, bits)}"),
        ("colorspace", f"{source}:{wanted}:format={_planar(chroma, deeper).removesuffix('le')}"),
        ("scale", ":".join([*moved, "flags=bilinear+accurate_rnd:sws_dither=none"])),
        ("format", f"pix_fmts={result}"),
    ]


def _planar(chroma: str, bits: int) -> str:
    return f"yuv{chroma}p" if bits == 8 else f"yuv{chroma}p{bits}le"


def conversion(kind: PixelFormat, color: ColorProperties, target: FrameSpec) -> tuple[list[str], list[str]]:
    """FFmpeg's names for both ends; RGB (and grey, as RGB) has been put through the film's matrix before.

    Raises:
        SettingsError: a property that cannot be converted.
    """
    film = target.color or color
    if not kind.is_yuv:
        matrix = film_matrix(target)
        color = ColorProperties(color.primaries, color.transfer_function, matrix)
        film = ColorProperties(film.primaries, film.transfer_function, matrix)
    return conversion_names(color, film)


def film_matrix(target: FrameSpec) -> ColorMatrix:
    """What RGB is put through: the film's matrix, BT.709's in an untagged film."""
    color, _ = output_color(target.color, None, source_is_rgb=True)
    assert color is not None
    return color.matrix


def _chroma_in(kind: PixelFormat) -> list[str]:
    """Where a source's chroma lies, as arguments of the scale filter."""
    return [f"in_{position}" for position in _POSITIONS.get(kind.subsampling, ())]


def _chroma_out(target: FrameSpec, end: str = "out") -> list[str]:
    """Where the film's chroma lies."""
    positions = _POSITIONS.get(target.pixel_format.subsampling, ())
    return [f"{end}_{position}" for position in (_CENTERED if positions and target.centered_chroma else positions)]


def _span(full_range: bool) -> str:
    """FFmpeg's name of a range."""
    return "pc" if full_range else "tv"
