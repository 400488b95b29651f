"""The writers that are timed, ours and our peers', each as somebody would write it who knows the library.

All encode with the same encoder at the same preset, quality, pixel format, threads and distance of key frames; whatever
else differs is the writer's own doing. Each function returns when the file is finished and could be played.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.job import Frames, Job
from bench.program_writers import imageio, mediapy, moviepy, opencv, pipe_current, pipe_system, programs

__all__ = ["WRITERS", "Job", "Writer", "asset_writer", "imageio", "programs", "pyav_loop", "write_video"]

Write = Callable[[Frames, Job], None]
Prepare = Callable[[Any, Job], Any]


def asset_writer(frames: Frames, job: Job) -> None:
    from reelwright import AssetWriter, AssetWriterInput, MediaType, PixelBuffer, Time, VideoCodec, VideoSettings

    first = frames[0]
    height, width = (first.height, first.width) if isinstance(first, PixelBuffer) else first.shape[:2]
    compression: dict[str, Any] = {"expected_source_frame_rate": job.rate}
    if job.bits != 8:
        compression["output_bit_depth"] = job.bits
    settings = VideoSettings(
        VideoCodec.HEVC if job.codec == "libx265" else VideoCodec.H264,
        width,
        height,
        compression=compression,
        encoder_options=job.options,
    )
    with AssetWriter(job.path, overwrite=True) as writer:
        video = AssetWriterInput(MediaType.VIDEO, settings, threads=job.threads)
        writer.add(video)
        writer.start_writing()
        writer.start_session(Time.ZERO)
        for index, frame in enumerate(frames):
            video.append(frame, Time.of(index / job.rate))


def write_video(frames: Frames, job: Job) -> None:
    import reelwright

    reelwright.write_video(
        frames, job.path, fps=job.rate, encoder_options=job.options, threads=job.threads, overwrite=True
    )


def pyav_loop(frames: Frames, job: Job) -> None:
    """With the threads that everybody has: left alone, PyAV has x264 cut each frame into slices instead."""
    _loop(frames, job, thread_type="FRAME", thread_count=job.threads)


def pyav_as_shipped(frames: Frames, job: Job) -> None:
    """The loop as it stands in PyAV's own examples."""
    _loop(frames, job)


def encode_only(frames: Frames, job: Job) -> None:
    """PyAV's loop once more, of frames that are ready for the encoder: what no writer of RGB can be faster than."""
    import av

    with av.open(job.path, "w") as container:
        stream = _stream(container, job, frames[0].width, frames[0].height)
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.colorspace = stream.codec_context.color_range = 1
        stream.codec_context.thread_type, stream.codec_context.thread_count = "FRAME", job.threads
        for index, frame in enumerate(frames):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _loop(frames: Frames, job: Job, **threading: Any) -> None:
    import av

    height, width = frames[0].shape[:2]
    with av.open(job.path, "w") as container:
        stream = _stream(container, job, width, height)
        for name, value in threading.items():
            setattr(stream.codec_context, name, value)
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format=job.source)))
        container.mux(stream.encode())


def _stream(container: Any, job: Job, width: int, height: int) -> Any:
    stream = container.add_stream(job.codec, rate=job.rate, options=job.options)
    stream.width, stream.height, stream.pix_fmt = width, height, job.pixel_format
    return stream


def _planes(picture: Any, job: Job) -> Any:
    """A picture as the encoder wants it, converted as our writer does it."""
    from reelwright.codecs.convert import PixelConverter
    from reelwright.codecs.frame_spec import FrameSpec
    from reelwright.model.color import ColorProperties
    from reelwright.model.pixel import PixelBuffer, PixelFormat

    height, width = picture.shape[:2]
    kind = PixelFormat[_FORMATS[job.pixel_format]]
    spec = FrameSpec(pixel_format=kind, width=width, height=height, color=ColorProperties.HD)
    return PixelConverter(spec).convert(PixelBuffer.from_array(picture))


_FORMATS = {"yuv420p": "YUV420P", "yuv420p10le": "YUV420P10"}


def _planes_for_pyav(picture: Any, job: Job) -> Any:
    frame = _planes(picture, job)
    frame.time_base = 1 / job.rate
    return frame


def _planes_for_us(picture: Any, job: Job) -> Any:
    from reelwright import ColorProperties, PixelBuffer

    planes = _planes(picture, job).to_ndarray()
    return PixelBuffer.from_array(planes, _FORMATS[job.pixel_format], color=ColorProperties.HD)


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer in the tables.

    Attributes:
        name: what it is called. write: writes one film. defaults: what it does where nobody tells it anything.
        needs: the program it cannot do without; "" for none.
        is_ours: whether it is timed against the others, or they against it.
        as_shipped: whether its threads are left to its own defaults; it is then timed at ultrafast only, and listed
            apart from those that encode alike. tagged: whether its films say that they are BT.709, and are.
        own_codec: the codec it writes instead, which makes its times no comparison of writers; "" for the common one.
        bits: the most it takes of a component. prepare: makes of a picture what it is given, outside the time.
    """

    name: str
    write: Write
    defaults: str = ""
    needs: str = ""
    is_ours: bool = False
    as_shipped: bool = False
    tagged: bool = True
    own_codec: str = ""
    bits: int = 16
    prepare: Prepare | None = None

    @property
    def encodes_alike(self) -> bool:
        """Whether its films should be as good as everybody's, made with the same settings."""
        return not self.as_shipped and not self.own_codec


_FFMPEG = "x264: medium, CRF 23"
_ALL = (
    Writer("reelwright AssetWriter", asset_writer, is_ours=True),
    Writer("reelwright write_video", write_video, is_ours=True, bits=8),
    Writer("reelwright, planes ready", asset_writer, is_ours=True, prepare=_planes_for_us),
    Writer("encode only, planes ready", encode_only, prepare=_planes_for_pyav),
    Writer("PyAV loop", pyav_loop, f"{_FFMPEG}; threads share a picture", tagged=False),
    Writer("PyAV loop, as shipped", pyav_as_shipped, as_shipped=True, tagged=False),
    Writer("imageio-ffmpeg", imageio, "x264: medium, CRF 25; sizes stretched to multiples of 16"),
    Writer("pipe to ffmpeg (imageio's)", pipe_current, f"{_FFMPEG}; 4:4:4 for RGB"),
    Writer("pipe to ffmpeg (system's)", pipe_system, needs="ffmpeg of the system"),
    Writer("MoviePy", moviepy, f"{_FFMPEG}; rates rounded to hundredths", bits=8),
    Writer("mediapy", mediapy, "x264: medium, QP 28 (up to 640×480: 20)"),
    Writer("OpenCV (mp4v)", opencv, "MPEG-4 part 2", tagged=False, own_codec="MPEG-4 part 2", bits=8),
)
WRITERS = {writer.name: writer for writer in _ALL}
