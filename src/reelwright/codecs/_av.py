"""The one thin place that knows PyAV and its versions: pictures in and out of FFmpeg without copies, errors as text.

FFmpeg counts references to the memory it is shown, so a wrapped array (and the pool block behind it) lives exactly as
long as FFmpeg looks at it. What an older PyAV cannot wrap is copied, never refused.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import av
import numpy as np
import numpy.typing as npt
from av._core import library_meta
from av.codec.codec import Codec, UnknownCodecError
from av.codec.context import CodecContext, Flags
from av.filter import Graph
from av.logging import Capture
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame, supported_np_pix_fmts

from reelwright.model.pixel import PixelBuffer, PixelFormat

__all__ = [
    "FULL",
    "GLOBAL_HEADER",
    "LOW_DELAY",
    "SHARED_PLANES",
    "VERSION",
    "VIDEO",
    "FFmpegError",
    "FilterChain",
    "FrameLayout",
    "PictureType",
    "VideoFrame",
    "copied",
    "decoder_context",
    "empty_frame",
    "encoder_context",
    "encoder_formats",
    "find_encoder",
    "frame_layout",
    "frame_planes",
    "has_decoder",
    "libraries",
    "logged",
    "option_names",
    "packet",
    "read_only_planes",
    "reason",
    "tag",
    "try_sound",
    "wrap",
]

FFmpegError = av.FFmpegError
VERSION = tuple(int(part) for part in re.findall(r"\d+", av.__version__)[:2])
# How many planes a picture may have for FFmpeg to share its memory: the door for two came with 17, for three with 18.
SHARED_PLANES = {1} | ({2} if VERSION >= (17, 0) else set()) | ({3} if VERSION >= (18, 0) else set())
_HAS_PRIMARIES = hasattr(VideoFrame, "color_primaries")
_SHARED_PAIRS = ("nv12", "p010le")  # of interleaved chroma PyAV shares these
VIDEO, FULL = 1, 2  # FFmpeg's range codes
GLOBAL_HEADER = int(Flags.global_header)
LOW_DELAY = int(Flags.low_delay)
Array = npt.NDArray[Any]

# FFmpeg's vector code may read this far past the last value of a picture; within one memory page that is harmless.
_READ_AHEAD = 64
_PAGE = 4096


def reason(error: BaseException) -> str:
    """FFmpeg's own words for an error, without PyAV's decoration."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def empty_frame(pixel_format: str, width: int, height: int) -> VideoFrame:
    """A frame with memory of its own, values not set."""
    return VideoFrame(width, height, pixel_format)


def frame_planes(frame: VideoFrame) -> list[Array]:
    """Writable views of a frame's planes: (rows, columns), or (rows, columns, 2) where two chroma values interleave."""
    deep = any(component.bits > 8 for component in frame.format.components)
    dtype = np.dtype("<u2" if deep else "u1")
    pairs = len(frame.planes) == 2
    views = []
    for index, plane in enumerate(frame.planes):
        rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, plane.line_size // dtype.itemsize)
        if pairs and index:
            views.append(rows[:, : 2 * plane.width].reshape(plane.height, plane.width, 2))
        else:
            views.append(rows[:, : plane.width])
    return views


class FrameLayout(NamedTuple):
    """FFmpeg's description of a pixel layout, in a few facts."""

    name: str
    is_rgb: bool
    is_palette: bool
    is_float: bool
    has_alpha: bool
    components: int
    bits: int
    subsampling: tuple[int, int]


def frame_layout(frame: VideoFrame) -> FrameLayout:
    """How a frame's values lie."""
    format, components = frame.format, frame.format.components
    return FrameLayout(
        format.name,
        format.is_rgb,
        format.has_palette,
        components[0].bits == 32 or "f16" in format.name or "f32" in format.name,
        any(component.is_alpha for component in components),
        len(components),
        max(component.bits for component in components),
        (16 // (format.chroma_width(16) or 16), 16 // (format.chroma_height(16) or 16)),
    )


def read_only_planes(frame: VideoFrame, kind: PixelFormat) -> list[Array]:
    """Views of a frame's planes in the shapes of a pixel format, which nobody can make writable; they keep the frame.

    Rows that lie in memory from the last to the first are copied, for a pixel buffer's rows never do.
    """
    views = _views(frame, kind, writable=False)
    for index, plane in enumerate(frame.planes[: len(views)]):
        if plane.line_size < 0:
            views[index] = views[index][::-1].copy()
            views[index].setflags(write=False)
    return views


def picture_planes(frame: VideoFrame, kind: PixelFormat) -> list[Array]:
    """Writable views of a frame's planes in the shapes of a pixel format; its rows lie from the first to the last."""
    return _views(frame, kind)


def _views(frame: VideoFrame, kind: PixelFormat, *, writable: bool = True) -> list[Array]:
    views = []
    for index, plane in enumerate(frame.planes[: len(kind.planes)]):
        memory = memoryview(plane) if writable else memoryview(plane).toreadonly()
        shape, size = kind.plane_shape(index, frame.width, frame.height), kind.dtype.itemsize
        inner = (shape[2] * size, size) if len(shape) == 3 else (size,)
        strides = (abs(plane.line_size), *inner)
        values = np.frombuffer(memory, np.uint8)  # remembers, unlike ndarray(), that the memory is read-only
        views.append(np.ndarray(shape, kind.dtype, values, strides=strides))
    return views


def has_decoder(name: str) -> bool:
    """Whether FFmpeg was built with a decoder, by its name or the encoding's."""
    try:
        Codec(name, "r")
    except UnknownCodecError:
        return False
    return True


def decoder_context(name: str) -> VideoCodecContext:
    """A video decoder, not open yet."""
    context = CodecContext.create(name, "r")
    assert isinstance(context, VideoCodecContext)
    return context


def packet(data: bytes, tag: int, is_key: bool = False) -> Any:
    """A sample as FFmpeg's decoders take it; what comes of it carries the tag as its ``pts``.

    The bytes are copied into FFmpeg's own memory. A packet around Python's would be let go of by one of the decoder's
    threads, which needs the interpreter's lock for that: while a decoder is being closed, whoever closes it holds the
    lock and waits for that very thread, for ever.
    """
    made: Any = av.Packet(len(data))
    made.update(data)
    made.pts = made.dts = tag
    made.is_keyframe = is_key
    return made


def find_encoder(name: str) -> Codec | None:
    """FFmpeg's encoder of a name; None when it was built without."""
    try:
        return Codec(name, "w")
    except UnknownCodecError:
        return None


@lru_cache(maxsize=64)
def encoder_formats(name: str) -> frozenset[str]:
    """FFmpeg pixel formats that an encoder takes; the usual ones where it does not say and only opening it tells."""
    codec = find_encoder(name)
    if codec is None:
        return frozenset()
    return frozenset(item.name for item in codec.video_formats or ()) or frozenset({"yuv420p", "nv12"})


def encoder_context(name: str) -> VideoCodecContext:
    """A video encoder, not open yet."""
    context = CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    return context


def try_sound(name: str) -> str:
    """Let a sound encoder encode a moment of silence: FFmpeg's words when it does not, else nothing."""
    context: Any = CodecContext.create(name, "w")
    kind = (Codec(name, "w").audio_formats or [av.AudioFormat("s16")])[0]
    context.sample_rate, context.layout, context.format = 48_000, "stereo", kind
    try:
        context.open()
        frame = av.AudioFrame(kind.name, "stereo", context.frame_size or 1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48_000, 0
        packets = [*context.encode(frame), *context.encode(None)]
    except FFmpegError as error:
        return reason(error)
    return "" if packets else "nothing came out"


def option_names(context: Any) -> list[str]:
    """Names of the options an encoder takes, where PyAV can tell (from version 18 on)."""
    options = getattr(context, "supported_options", None)
    return [] if options is None else [item.name for item in (*options.private, *options.generic)]


def libraries() -> dict[str, dict[str, Any]]:
    """FFmpeg's libraries by name: version, licence and configuration."""
    return {name: dict(facts) for name, facts in library_meta.items()}


def wrap(buffer: PixelBuffer) -> VideoFrame:
    """See a picture as FFmpeg's frame. Its memory is shared and kept alive; whoever changes it changes the frame."""
    kind = buffer.pixel_format
    name = kind.ffmpeg_name
    planes = [_readable_past_the_end(plane) for plane in buffer.planes]
    if len(planes) == 1 and name in supported_np_pix_fmts and not kind.is_yuv:
        return VideoFrame.from_numpy_buffer(planes[0], name)
    even = not (buffer.width % 2 or buffer.height % 2)
    lone_values = all(plane.values == 1 for plane in kind.planes) or name in _SHARED_PAIRS
    if even and lone_values and len(planes) in SHARED_PLANES:
        return VideoFrame.from_dlpack(tuple(_writable(plane) for plane in planes), name)
    return copied(buffer)


def tag(frame: VideoFrame, codes: tuple[int, int, int], full_range: bool) -> VideoFrame:
    """Write colour tags (primaries, transfer function, matrix) onto a frame; encoders go by their own."""
    primaries, curve, frame.colorspace = codes
    frame.color_range = FULL if full_range else VIDEO
    if _HAS_PRIMARIES:
        frame.color_primaries, frame.color_trc = primaries, curve
    return frame


def copied(buffer: PixelBuffer) -> VideoFrame:
    """A frame with its own copy of a picture's planes."""
    frame = empty_frame(buffer.pixel_format.ffmpeg_name, buffer.width, buffer.height)
    for target, source in zip(_views(frame, buffer.pixel_format), buffer.planes, strict=True):
        np.copyto(target, source)
    return frame


def _readable_past_the_end(plane: Array) -> Array:
    """The plane itself, or a copy with room behind it when reading a little too far would leave its memory page."""
    last = plane.ctypes.data + (plane.shape[0] - 1) * plane.strides[0] + plane.shape[1] * plane.strides[1] - 1
    if last % _PAGE + _READ_AHEAD < _PAGE:
        return plane
    roomy = np.empty(plane.nbytes + _READ_AHEAD, np.uint8)[: plane.nbytes].view(plane.dtype).reshape(plane.shape)
    np.copyto(roomy, plane)
    return roomy


class _Alias:
    """The same memory without its read-only mark, which DLPack cannot express; FFmpeg's encoders only read."""

    def __init__(self, array: Array) -> None:
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface
        self._keep = array


def _writable(array: Array) -> Array:
    return array if array.flags.writeable else np.asarray(_Alias(array))


class FilterChain:
    """A row of FFmpeg filters from one kind of frame to another; frames' memory comes from FFmpeg's own pool.

    Args:
        source: (FFmpeg pixel format, width, height, colour space code, range code) of the frames pushed.
        filters: (name, arguments) in order.
        threads: for the filters themselves.
        second: the one frame that the filter ``haldclut`` among them takes at its second input.
    """

    def __init__(
        self,
        source: tuple[str, int, int, int, int],
        filters: Iterable[tuple[str, str]],
        threads: int,
        second: VideoFrame | None = None,
    ) -> None:
        name, width, height, space, span = source
        self._graph = Graph()
        if hasattr(self._graph, "threads"):  # PyAV 17.0 cannot say; FFmpeg then takes all processors
            self._graph.threads = threads
        first = f"video_size={width}x{height}:pix_fmt={name}:time_base=1/1000000:pixel_aspect=1/1"
        filters = list(filters)
        nodes = [self._graph.add("buffer", f"{first}:colorspace={space}:range={span}")]
        nodes += [self._graph.add(*item) for item in filters]
        nodes.append(self._graph.add("buffersink"))
        self._graph.link_nodes(*nodes)
        if second is not None:
            self._feed(second, nodes[1 + [name for name, _ in filters].index("haldclut")])
        self._graph.configure()
        if second is not None:
            self._second.push(second)
            self._second.push(None)
        self._source, self._sink = nodes[0], nodes[-1]
        self._space, self._span = space, span
        self._count = 0

    def _feed(self, frame: VideoFrame, node: Any) -> None:
        shape = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1000000"
        self._second = self._graph.add("buffer", f"{shape}:pixel_aspect=1/1:colorspace=0:range={FULL}")
        frame.pts, frame.colorspace, frame.color_range = 0, 0, FULL
        self._second.link_to(node, 0, 1)

    def run(self, frame: VideoFrame) -> VideoFrame:
        """Push one frame through. (Its tags and time are set for that, and set back.)"""
        before = frame.colorspace, frame.color_range, frame.pts
        result = self.consume(frame)
        frame.colorspace, frame.color_range, frame.pts = before
        return result

    def consume(self, frame: VideoFrame) -> VideoFrame:
        """Push one frame through that nobody else needs: its tags and time are changed."""
        frame.colorspace, frame.color_range, frame.pts = self._space, self._span, self._count
        self._count += 1
        self._source.push(frame)
        result = self._sink.pull()
        assert isinstance(result, VideoFrame)
        return result


_logging = threading.Lock()


def logged(call: Any, *arguments: Any) -> tuple[Any, Sequence[str]]:
    """Call something and return its result with what FFmpeg logged on this thread at warning level or worse."""
    with _logging:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.WARNING)
        try:
            with Capture(local=True) as lines:
                result = call(*arguments)
            return result, [text.strip() for _, _, text in lines]
        finally:
            av.logging.set_level(before)
