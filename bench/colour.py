"""``python -m bench.colour``: twelve flat patches through us and five peers, each with its defaults, and what is seen.

A film's planes are decoded, turned back into RGB as a player does it (by the film's tags, or as BT.709 where it has
none) and compared with what went in. The figure is the worst channel of the worst pixel inside any patch.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.acceptance import patches
from tests.interop import decoded, tools

SIZES = [(1280, 720), (640, 480)]
FRAMES = 25
ASSUMED = 1  # BT.709: what players take for granted in untagged films of these days


def by_us(path: Path, frames: list[patches.Array]) -> None:
    import reelwright

    reelwright.write_video(frames, path, fps=25)


def by_pyav(path: Path, frames: list[patches.Array]) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.height, stream.width, _ = frames[0].shape
        stream.pix_fmt = "yuv420p"
        for array in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
        container.mux(stream.encode())


def by_imageio_ffmpeg(path: Path, frames: list[patches.Array]) -> None:
    import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(str(path), frames[0].shape[1::-1], fps=25)
    writer.send(None)
    for array in frames:
        writer.send(array)
    writer.close()


def by_opencv(path: Path, frames: list[patches.Array]) -> None:
    import cv2

    # Its wheel has no H.264 encoder; this is what everybody writes instead.
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, frames[0].shape[1::-1])
    for array in frames:
        writer.write(np.ascontiguousarray(array[..., ::-1]))
    writer.release()


def by_moviepy(path: Path, frames: list[patches.Array]) -> None:
    from moviepy import ImageSequenceClip

    ImageSequenceClip(frames, fps=25).write_videofile(str(path), logger=None)


def by_mediapy(path: Path, frames: list[patches.Array]) -> None:
    import mediapy

    mediapy.set_ffmpeg(tools.ffmpeg("wheel"))
    mediapy.write_video(str(path), frames, fps=25)


class Writer(NamedTuple):
    name: str
    package: str
    write: Callable[[Path, list[patches.Array]], None]


WRITERS = [
    Writer("reelwright", "reelwright", by_us),
    Writer("PyAV, plain loop", "av", by_pyav),
    Writer("imageio-ffmpeg", "imageio-ffmpeg", by_imageio_ffmpeg),
    Writer("OpenCV VideoWriter", "opencv-python-headless", by_opencv),
    Writer("MoviePy", "moviepy", by_moviepy),
    Writer("mediapy", "mediapy", by_mediapy),
]


class Seen(NamedTuple):
    """What a player makes of a film: the tags it finds, and how far the worst patch is off (8-bit units)."""

    tags: str
    error: float
    patch: str


def see(path: Path) -> Seen:
    matrix, full_range, tags = _tags(path)
    video = decoded.ffmpeg_raw_video(path, build="wheel")
    how: dict[str, Any] = {"full_range": full_range, "bits": 10 if "10" in video.pix_fmt else 8}
    found = [patches.errors(planes, matrix, **how) for planes in video.frames]
    error, patch = max((error, patch) for errors in found for patch, error in errors.items())
    return Seen(tags, error, patch)


def _tags(path: Path) -> tuple[int, bool, str]:
    """The matrix and range to decode by, and the film's own words about them."""
    about = tools.run(tools.ffmpeg("wheel"), "-hide_banner", "-i", path).err
    match = re.search(r"Video: .*?, \w+\(([^)]*)\)", about)
    words = re.split(r"[,/] ?", match[1]) if match else []
    named = next((word for word in words if word in patches.MATRICES), None)
    return patches.MATRICES[named] if named else ASSUMED, "pc" in words, named or "none"


def measure(writer: Writer, size: tuple[int, int], folder: Path) -> Seen | str:
    """What comes of the patches; or why nothing does."""
    try:
        importlib.metadata.version(writer.package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
    path = folder / f"{writer.package}-{size[0]}x{size[1]}.mp4"
    writer.write(path, [patches.picture(*size)] * FRAMES)
    return see(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.colour", description=__doc__.split("\n\n")[1])
    parser.add_argument("--out", default="bench/results", help="where the table is put")
    arguments = parser.parse_args()
    heads = [f"{width}×{height}: tags | largest error" for width, height in SIZES]
    lines = [f"| writer, with its defaults | version | {' | '.join(heads)} |", "|---" * (2 + 2 * len(SIZES)) + "|"]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for writer in WRITERS:
            lines.append(_line(writer, Path(folder)))
            print(lines[-1], flush=True)
    kept = Path(arguments.out, "colour.md")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"\nKept in {kept}")
    return 0


def _line(writer: Writer, folder: Path) -> str:
    cells = []
    for size in SIZES:
        seen = measure(writer, size, folder)
        cells += [seen.tags, f"{seen.error:.1f} / 255 ({seen.patch})"] if isinstance(seen, Seen) else ["–", seen]
    try:
        version = importlib.metadata.version(writer.package)
    except importlib.metadata.PackageNotFoundError:
        version = "–"
    return f"| {writer.name} | {version} | {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
