"""Peers that do not encode with PyAV: those that pipe pictures to an ffmpeg program, and OpenCV with its own codec.

Programs are told to make and tag BT.709; without that they make BT.601 pixels that nobody can tell from BT.709 ones.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from bench.job import Frames, Job

__all__ = ["imageio", "mediapy", "moviepy", "opencv", "pipe_current", "pipe_system", "programs"]

# Older programs read the options, newer ones only believe the filter.
_COLORS = [
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
]


def programs() -> dict[str, str]:
    """The ffmpeg programs there are, by what they are called here."""
    import imageio_ffmpeg

    found = {"ffmpeg of imageio-ffmpeg": imageio_ffmpeg.get_ffmpeg_exe()}
    system = shutil.which("ffmpeg")
    return found | ({"ffmpeg of the system": system} if system else {})


def imageio(frames: Frames, job: Job) -> None:
    import imageio_ffmpeg

    height, width = frames[0].shape[:2]
    film = imageio_ffmpeg.write_frames(
        job.path,
        (width, height),
        pix_fmt_in=job.source,
        pix_fmt_out=job.pixel_format,
        fps=job.rate,
        codec=job.codec,
        quality=None,
        macro_block_size=1,  # 16, the default, would stretch 1080 rows to 1088
        output_params=[*_COLORS, *_arguments(job), "-threads", str(job.threads)],
    )
    film.send(None)
    for frame in frames:
        film.send(frame)
    film.close()


def moviepy(frames: Frames, job: Job) -> None:
    from moviepy import VideoClip

    # ``ImageSequenceClip`` looks through all its pictures for each one it shows.
    rate = float(job.rate)
    clip = VideoClip(lambda t: frames[round(t * rate)], duration=len(frames) / rate)
    told = {"preset": job.preset, "threads": job.threads, "ffmpeg_params": [*_COLORS, *_arguments(job, preset=False)]}
    clip.write_videofile(job.path, fps=rate, codec=job.codec, audio=False, logger=None, **told)


def mediapy(frames: Frames, job: Job) -> None:
    import mediapy as library

    library.set_ffmpeg(programs()["ffmpeg of imageio-ffmpeg"])
    library.write_video(
        job.path,
        frames,
        fps=float(job.rate),
        codec=job.codec,
        encoded_format=job.pixel_format,
        ffmpeg_args=[*_COLORS, *_arguments(job), "-threads", str(job.threads)],
    )


def opencv(frames: Frames, job: Job) -> None:
    """Its wheel has no H.264 encoder; MPEG-4 part 2 at a bit rate of its own is what everybody writes instead."""
    import cv2

    height, width = frames[0].shape[:2]
    film = cv2.VideoWriter(job.path, cv2.VideoWriter.fourcc(*"mp4v"), float(job.rate), (width, height))
    if not film.isOpened():
        raise RuntimeError("OpenCV cannot open its writer")
    for frame in frames:
        film.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    film.release()


def _pipe(program: str, frames: Frames, job: Job) -> None:
    height, width = frames[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", job.source, "-s", f"{width}x{height}", "-r", str(job.rate), "-i", "-"]
    coded = ["-c:v", job.codec, "-pix_fmt", job.pixel_format, *_COLORS, *_arguments(job)]
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


def _arguments(job: Job, *, preset: bool = True) -> list[str]:
    told: dict[str, Any] = {name: value for name, value in job.options.items() if preset or name != "preset"}
    return [part for name, value in told.items() for part in (f"-{name}", value)]
