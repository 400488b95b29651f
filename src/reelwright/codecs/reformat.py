"""A decoded frame in another layout, range and size: one chain of FFmpeg's filters, told all that it would guess.

Deep RGB and floats leave the chain as 16-bit planes, which FFmpeg's scaler counts as 8-bit ones with eight bits more
(white is 65280), and get their own scale here. So does deep alpha, which the scaler shifts to fewer bits as if it were
luma.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reelwright.codecs import _av
from reelwright.codecs.frame_facts import FrameFacts, assumed_matrix
from reelwright.codecs.tags import SCALE_MATRIX
from reelwright.codecs.tone_map import sdr_table
from reelwright.model.errors import SettingsError
from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = ["Reformatter"]

Array = npt.NDArray[Any]

_CHAINS = 4  # kept: pictures of several sizes may take turns
_STRIP = 64  # rows worked on at a time: few enough to stay in the processor's cache
_WHITE = 255 << 8
_FULL_CHROMA = "accurate_rnd+full_chroma_int+full_chroma_inp"
_FATAL = "yaf32"  # grey and alpha as floats, at whose sight FFmpeg's scaler ends the process
_INDIVISIBLE = "bayer"  # and at slices of these with an odd number of rows
_ALPHA_PLANES = ("yuva", "gbrap")
_PLANAR = {(2, 2): "420", (2, 1): "422", (1, 1): "444"}
_PACK = ("scale", "flags=bilinear+accurate_rnd")
_RGB = 0  # colour space code (H.273 table 4)
# Chroma lies left, between two rows (type 0 of H.264, HEVC and MPEG-2), by subsampling.
_POSITIONS = {(2, 2): ("h_chr_pos=0", "v_chr_pos=128"), (2, 1): ("h_chr_pos=0",)}
_CENTERED = {(2, 2): ("h_chr_pos=128", "v_chr_pos=128"), (2, 1): ("h_chr_pos=128",)}  # JFIF (ITU-T T.871, 9)


class _Task(NamedTuple):
    """Everything that decides how a frame is converted; frames of one task share a chain."""

    layout: str
    size: tuple[int, int]
    facts: FrameFacts
    target: PixelFormat
    target_size: tuple[int, int]
    target_full: bool
    peak: float | None  # of an HDR or wide-gamut picture that becomes sRGB


class Reformatter:
    """Converts frames; belongs to one thread at a time.

    Args:
        threads: of the filters; 0 for as many as there are processors.
    """

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads
        self._chains: dict[_Task, _av.FilterChain] = {}

    def planes(
        self,
        frame: _av.VideoFrame,
        facts: FrameFacts,
        target: PixelFormat,
        size: tuple[int, int],
        full_range: bool,
        *,
        peak: float | None = None,
    ) -> list[Array]:
        """A frame's values in another pixel format, size and range: read-only planes.

        With a ``peak`` (see ``tone_mapped``) they become sRGB too; ``target`` is an 8-bit RGB format then.

        Raises:
            SettingsError: a matrix that cannot be computed with.
        """
        task = _Task(frame.format.name, (frame.width, frame.height), facts, target, size, full_range, peak)
        result = self._chain(task).run(frame)
        alpha = _deep_alpha(frame, target) if size == task.size else None
        if target.is_rgb and target.bits > 8:
            return [_packed(result, target, alpha)]
        if alpha is not None:
            last = _av.picture_planes(result, target)[-1]
            np.copyto(last if target.has_alpha_plane else last[:, :, target.channels.index("A")], alpha)
        return _av.read_only_planes(result, target)

    def _chain(self, task: _Task) -> _av.FilterChain:
        chain = self._chains.pop(task, None)
        if chain is None:
            while len(self._chains) >= _CHAINS:
                self._chains.pop(next(iter(self._chains)))
            span = _av.FULL if task.facts.full_range else _av.VIDEO
            space = _RGB if task.facts.is_rgb else int(assumed_matrix(task.facts.color, *task.size))
            chain = self._built(task, (task.layout, *task.size, space, span))
        self._chains[task] = chain  # last used, last to go
        return chain

    def _built(self, task: _Task, source: tuple[str, int, int, int, int]) -> _av.FilterChain:
        if not task.layout.startswith(_FATAL):
            try:
                threads = 1 if task.layout.startswith(_INDIVISIBLE) else self._threads
                return _av.FilterChain(source, _filters(task), threads, _table(task))
            except (_av.FFmpegError, NotImplementedError):
                pass
        raise SettingsError(
            f"FFmpeg converts no pictures of the layout {task.layout} to {task.target.name}.",
            hint="Read the stored samples (no output settings), or convert the file first.",
        )


def _filters(task: _Task) -> list[tuple[str, str]]:
    facts, target = task.facts, task.target
    matrix = SCALE_MATRIX[assumed_matrix(facts.color, *task.size)]
    arguments = [
        f"w={task.target_size[0]}:h={task.target_size[1]}",
        f"in_range={_span(facts.full_range)}:out_range={_span(task.target_full)}",
        f"flags={_algorithm(task)}+{_FULL_CHROMA}:sws_dither=none",
    ]
    if not facts.is_rgb:
        arguments.append(f"in_color_matrix={matrix}")
        positions = _CENTERED if facts.centered_chroma else _POSITIONS
        arguments += [f"in_{position}" for position in positions.get(facts.kind.subsampling, ())]
    if target.is_yuv:
        arguments.append(f"out_color_matrix={matrix}")
        arguments += [f"out_{position}" for position in _POSITIONS.get(target.subsampling, ())]
    layouts = [_result_layout(target)]
    if task.peak is not None:
        planar, packed = ("format", "pix_fmts=gbrp16le"), ("format", "pix_fmts=rgb48le")
        mapping = [_PACK, packed, ("haldclut", "interp=tetrahedral")]
        return [("scale", ":".join(arguments)), planar, *mapping, _PACK, ("format", f"pix_fmts={layouts[0]}")]
    if target.is_yuv and target.bits == 8 and len(target.planes) < 3 and facts.kind.bits > 8:
        # FFmpeg dithers on its way to interleaved chroma, whatever it is told.
        layouts.insert(0, f"yuv{_PLANAR[target.subsampling]}p")
    if target.is_rgb and target.bits == 8 and not facts.is_rgb:
        # The same values in half the time: FFmpeg computes planes in vectors, and packs them in a second step.
        layouts.insert(0, "gbrap" if target.has_alpha else "gbrp")
    first, *rest = [("format", f"pix_fmts={layout}") for layout in layouts]
    return [("scale", ":".join(arguments)), first, *(item for last in rest for item in (_PACK, last))]


def _table(task: _Task) -> _av.VideoFrame | None:
    """The table of a mapping to sRGB, as the picture that FFmpeg's filter takes: packed, as it mixes up planes."""
    if task.peak is None:
        return None
    assert task.facts.color is not None
    return _av.copied(PixelBuffer([sdr_table(task.facts.color, task.peak)], PixelFormat.RGB48))


def _algorithm(task: _Task) -> str:
    """Areas are averaged where a picture becomes much smaller, which bicubic would alias."""
    width, height = task.target_size
    if task.size == task.target_size:
        return "bilinear"
    shrinks = 2 * width <= task.size[0] and 2 * height <= task.size[1]
    return "area" if shrinks else "bicubic"


def _span(full_range: bool) -> str:
    return "pc" if full_range else "tv"


def _result_layout(target: PixelFormat) -> str:
    if target.is_rgb and target.bits > 8:
        return "gbrap16le" if target.has_alpha else "gbrp16le"
    return target.ffmpeg_name


def _deep_alpha(frame: _av.VideoFrame, target: PixelFormat) -> Array | None:
    """A frame's alpha in the target's scale, rounded to nearest; None where there is none of more than 8 bits."""
    layout = frame.format
    if not target.has_alpha or not layout.name.startswith(_ALPHA_PLANES) or not layout.name.endswith("le"):
        return None
    bits = layout.components[3].bits
    return np.take(_alpha_scale(bits, target), _av.frame_planes(frame)[3], mode="clip")


@cache
def _alpha_scale(bits: int, target: PixelFormat) -> Array:
    shares = np.arange(1 << bits) / ((1 << bits) - 1)
    if target.dtype.kind == "f":
        return shares.astype(target.dtype)
    most = (1 << target.bits) - 1
    return np.floor(shares * most + 0.5).astype(target.dtype)


def _packed(frame: _av.VideoFrame, target: PixelFormat, alpha: Array | None) -> Array:
    """16-bit planes as packed RGB of the target's type, in its own scale."""
    planes = dict(zip("GBRA", _av.frame_planes(frame), strict=False))
    result = np.empty(target.plane_shape(0, frame.width, frame.height), target.dtype)
    scale = _as_floats if target.dtype.kind == "f" else _as_integers
    for top in range(0, frame.height, _STRIP):
        rows = slice(top, top + _STRIP)
        for position, letter in enumerate(target.channels):
            known = alpha if letter == "A" else None
            result[rows, :, position] = scale(planes[letter][rows]) if known is None else known[rows]
    result.setflags(write=False)
    return result


def _as_integers(values: Array) -> Array:
    """White from 65280 to 65535, rounded down by less than one part in 65536; what lies above white stays there."""
    white = np.minimum(values, _WHITE)
    shares: Array = white >> 8
    return np.add(white, shares, out=shares)


def _as_floats(values: Array) -> Array:
    return np.minimum(values, _WHITE).astype(np.float32) / np.float32(_WHITE)
