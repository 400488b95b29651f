"""The writers that are timed, ours and our peers', each as somebody would write it who knows the library.

All encode with x264 at the same preset, quality, pixel format, threads and distance of key frames; whatever else
differs is the writer's own doing. Each function returns when the file is finished and could be played.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["WRITERS", "Job", "Writer", "programs"]

KEY_FRAMES = 250
"""Pictures from one key frame to the next at most: x264's own choice."""
# Without these FFmpeg makes BT.601 pixels that nobody can tell from BT.709 ones; with them everybody encodes the same.
# Older ones read the options, newer ones only believe the filter.
_COLORS = [
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One film to write.

    Attributes:
        path: where. preset, crf: as x264 means them. threads: of the encoder. rate: frames a second.
    """

    path: str
    preset: str
    crf: int = 23
    threads: int = 0
    rate: Fraction = Fraction(30)

    @property
    def options(self) -> dict[str, str]:
        """What every encoder is told, in FFmpeg's words."""
        return {"preset": self.preset, "crf": str(self.crf), "g": str(KEY_FRAMES)}


Frames = Sequence[Any]
Write = Callable[[Frames, Job], None]


def asset_writer(frames: Frames, job: Job) -> None:
    from reelwright import AssetWriter, AssetWriterInput, MediaType, Time, VideoCodec, VideoSettings

    height, width = frames[0].shape[:2]
    settings = VideoSettings(
        VideoCodec.H264,
        width,
        height,
        compression={"expected_source_frame_rate": job.rate},
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


def _loop(frames: Frames, job: Job, **threading: Any) -> None:
    import av

    height, width = frames[0].shape[:2]
    with av.open(job.path, "w") as container:
        stream = container.add_stream("libx264", rate=job.rate, options=job.options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for name, value in threading.items():
            setattr(stream.codec_context, name, value)
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def imageio(frames: Frames, job: Job) -> None:
    import imageio_ffmpeg

    height, width = frames[0].shape[:2]
    film = imageio_ffmpeg.write_frames(
        job.path,
        (width, height),
        fps=job.rate,
        codec="libx264",
        quality=None,
        macro_block_size=1,  # 16, the default, would stretch 1080 rows to 1088
        output_params=[*_COLORS, *_arguments(job.options), "-threads", str(job.threads)],
    )
    film.send(None)
    for frame in frames:
        film.send(frame)
    film.close()


def _pipe(program: str, frames: Frames, job: Job) -> None:
    height, width = frames[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(job.rate), "-i", "-"]
    coded = ["-c:v", "libx264", "-pix_fmt", "yuv420p", *_COLORS, *_arguments(job.options)]
    coded += ["-threads", str(job.threads)]
    with subprocess.Popen([program, "-v", "error", "-y", *raw, *coded, job.path], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame in frames:
            process.stdin.write(frame)
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"{program} ended with {process.returncode}")


def pipe_current(frames: Frames, job: Job) -> None:
    _pipe(programs()["ffmpeg of imageio-ffmpeg"], frames, job)


def pipe_system(frames: Frames, job: Job) -> None:
    _pipe(programs()["ffmpeg of the system"], frames, job)


def _arguments(options: dict[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in (f"-{name}", value)]


def programs() -> dict[str, str]:
    """The ffmpeg programs there are, by what they are called here."""
    import imageio_ffmpeg

    found = {"ffmpeg of imageio-ffmpeg": imageio_ffmpeg.get_ffmpeg_exe()}
    system = shutil.which("ffmpeg")
    return found | ({"ffmpeg of the system": system} if system else {})


@dataclass(frozen=True, slots=True)
class Writer:
    """A writer in the tables.

    Attributes:
        name: what it is called. write: writes one film. needs: the program it cannot do without; "" for none.
        is_ours: whether it is timed against the others, or they against it.
        as_shipped: whether its threads are left to its own defaults; it is then timed at ultrafast only, and listed
            apart from those that encode alike. tagged: whether its films say that they are BT.709, and are.
    """

    name: str
    write: Write
    needs: str = ""
    is_ours: bool = False
    as_shipped: bool = False
    tagged: bool = True

    def takes_part(self, preset: str) -> bool:
        return not self.as_shipped or preset == "ultrafast"


_ALL = (
    Writer("reelwright AssetWriter", asset_writer, is_ours=True),
    Writer("reelwright write_video", write_video, is_ours=True),
    Writer("PyAV loop", pyav_loop, tagged=False),
    Writer("PyAV loop, as shipped", pyav_as_shipped, as_shipped=True, tagged=False),
    Writer("imageio-ffmpeg", imageio),
    Writer("pipe to ffmpeg (imageio's)", pipe_current),
    Writer("pipe to ffmpeg (system's)", pipe_system, needs="ffmpeg of the system"),
)
WRITERS = {writer.name: writer for writer in _ALL}
