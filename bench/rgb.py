"""``python -m bench.rgb``: roads from 8-bit RGB to 4:2:0, each on one thread, in turns; how long, and how far off.

Every road gets the same pictures, never one that another has just brought into the cache. Its planes are held against
H.273 in floating point: BT.709 in video range, chroma left of its pixels and between two rows, filtered by the triangle
that the library uses. Times are the thread's own, so that others on the machine count less. Roads that need a package
which is not there are left out and said to be. ``--film`` asks what the fastest exact road would give a whole film.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from bench.figures import table
from bench.machine import describe, processors
from bench.scene import order, scene
from bench.stages import Stages
from bench.writers import Job
from reelwright.codecs import _av
from reelwright.codecs.convert import FrameSpec, PixelConverter
from reelwright.model.color import ColorProperties
from reelwright.model.pixel import PixelBuffer, PixelFormat

Array = Any
Road = Callable[[Array], Any]  # from a picture to luma and chroma (or to whatever it gets to)

KR, KB = 0.2126, 0.0722
_SIZE = (1920, 1080)
_PICTURES = 6
_SIDES = {"h": "out_h_chr_pos=0", "v": "out_v_chr_pos=128"}
_LAYOUTS = {
    "rgb24": (PixelFormat.RGB24, [0, 1, 2]),
    "bgr24": (PixelFormat.BGR24, [2, 1, 0]),
    "rgba": (PixelFormat.RGBA32, [0, 1, 2, 3]),
    "bgra": (PixelFormat.BGRA32, [2, 1, 0, 3]),
}


class Candidate(NamedTuple):
    """One road.

    Attributes:
        takes: layout of the pictures. road: returns the luma plane and the chroma plane (rows × columns × 2); None
            where it does not get that far. remark: what is not right about it.
    """

    takes: str
    road: Road
    remark: str = ""


# -------------------------------------------------------------------------------------------------- what is right


def exact(rgb: Array) -> tuple[Array, Array]:
    """Luma and chroma by H.273, not rounded."""
    wide = rgb[..., :3].astype(np.float64)
    edged = np.pad(wide, ((1, 1), (1, 0), (0, 0)), "edge")
    down = edged[0:-3:2] + 3 * (edged[1:-2:2] + edged[2:-1:2]) + edged[3::2]
    filtered = (down[:, 0:-2:2] + 2 * down[:, 1:-1:2] + down[:, 2::2]) / 32
    weights = [KR, 1 - KR - KB, KB]
    grey = filtered @ weights
    cb, cr = (filtered[..., 2] - grey) / (2 * (1 - KB)), (filtered[..., 0] - grey) / (2 * (1 - KR))
    return 16 + 219 / 255 * (wide @ weights), 128 + 224 / 255 * np.stack([cb, cr], -1)


def error(found: Any, rgb: Array) -> list[str]:
    """The largest error of luma and chroma, in code values."""
    if found is None:
        return ["", ""]
    return [f"{np.abs(a - b).max():.2f}" for a, b in zip(found, exact(rgb), strict=True)]


# ------------------------------------------------------------------------------------------------------ the roads


def by_us() -> Road:
    converter = PixelConverter(
        FrameSpec(pixel_format=PixelFormat.NV12, width=_SIZE[0], height=_SIZE[1], color=ColorProperties.HD)
    )

    return planes_of(converter.convert)


def by_swscale(layout: str, flags: str, target: str = "nv12") -> Road:
    """FFmpeg's scaler as the library asks it, but for the flags and the target."""
    matrix = "in_range=pc:out_range=tv:out_color_matrix=bt709:sws_dither=none"
    sides = ":".join(_SIDES.values()) if target in ("nv12", "yuv420p") else ""
    steps = [("scale", f"flags={flags}:{matrix}:{sides}".rstrip(":")), ("format", f"pix_fmts={target}")]
    chain = _av.FilterChain((layout, *_SIZE, 0, _av.FULL), steps, 1)

    def convert(picture: Array) -> Any:
        planes = _av.frame_planes(chain.run(_av.wrap(picture)))
        return planes if target == "nv12" else None

    return convert


def by_numpy(picture: Array) -> None:
    """4:4:4, by a product of matrices on floats, in strips that stay in the cache."""
    weights = np.array([[KR, 0, 0.5], [1 - KR - KB, 0, 0], [KB, 0.5, 0]], np.float32)
    for top in range(0, _SIZE[1], 16):
        strip = picture[top : top + 16].reshape(-1, 3).astype(np.float32)
        np.dot(strip, weights).astype(np.uint8)


def by_pillow(picture: Array) -> None:
    """4:4:4: ``Image.convert`` with a matrix of ours."""
    from PIL import Image

    Image.fromarray(picture).convert("RGB", tuple(_video_matrix().ravel().tolist()))


def by_opencv(picture: Array) -> Any:
    import cv2

    planes: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
    return _planar(planes)


def by_opencv_twice(picture: Array) -> Any:
    """Colours changed first so that the wrong matrix gives the right result."""
    import cv2

    kr, kb = 0.299, 0.114
    wrong, right = _analog(kr, kb), _analog(KR, KB)
    changed = cv2.transform(picture, np.linalg.inv(wrong) @ right)
    return _planar(cv2.cvtColor(changed, cv2.COLOR_RGB2YUV_I420))


def by_opencv_stepwise(picture: Array) -> Any:
    """The right matrix at 4:4:4, then chroma averaged from four pixels."""
    import cv2

    luma, cb, cr = cv2.split(cv2.transform(picture, _video_matrix()))
    half = (_SIZE[0] // 2, _SIZE[1] // 2)
    return luma, np.stack([cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (cb, cr)], -1)


def by_numba() -> Road:
    """From a picture to a frame."""
    from bench import rgb_kernel

    matrix = rgb_kernel.coefficients(KR, KB)

    def convert(picture: Array) -> Any:
        height, width = picture.shape[:2]
        frame = _av.empty_frame("nv12", width, height)
        luma, chroma = _av.frame_planes(frame)
        pairs = chroma.reshape(height // 2, width).view("<u2")
        rgb_kernel.to_nv12(picture.reshape(height, -1), luma, pairs, matrix)
        return frame

    return convert


def planes_of(road: Road) -> Road:
    return lambda picture: _av.frame_planes(road(picture))


def _analog(kr: float, kb: float) -> Array:
    luma = np.array([kr, 1 - kr - kb, kb])
    blue, red = np.array([0, 0, 1]) - luma, np.array([1, 0, 0]) - luma
    return np.array([luma, blue / (2 * (1 - kb)), red / (2 * (1 - kr))])


def _video_matrix() -> Array:
    scaled = _analog(KR, KB) * np.array([[219], [224], [224]]) / 255
    return np.hstack([scaled, [[16], [128], [128]]])


def _planar(planes: Array) -> Any:
    width, height = _SIZE
    cb, cr = planes[height:].reshape(2, height // 2, width // 2)
    return planes[:height], np.stack([cb, cr], -1)


def candidates() -> Iterator[tuple[str, str, Callable[[], Candidate]]]:
    """What is timed: its name, the package it needs, and how it is made ready."""
    for layout in _LAYOUTS:
        yield f"reelwright, {layout}", "av", lambda layout=layout: Candidate(layout, by_us())
    ours = "bilinear+full_chroma_inp"
    for flags in ("bicubic", "fast_bilinear", "bilinear", "area", ours, f"{ours}+accurate_rnd", f"{ours}+unstable"):
        for layout in ("rgb24", "bgr24"):
            name = f"swscale {flags}, {layout}"
            remark = "" if flags.startswith(ours) else "chroma of another filter"
            made = lambda layout=layout, flags=flags, remark=remark: Candidate(  # noqa: E731
                layout, by_swscale(layout, flags), remark
            )
            yield name, "av", made
    for target in ("gbrp", "yuv444p"):
        for flags in ("bilinear", "bilinear+unstable"):
            made = lambda target=target, flags=flags: Candidate(  # noqa: E731
                "rgb24", by_swscale("rgb24", flags, target), f"only {target}"
            )
            yield f"swscale {flags} to {target}, rgb24", "av", made
    yield "numpy, floats", "numpy", lambda: Candidate("rgb24", by_numpy, "only 4:4:4")
    yield "Pillow, matrix", "PIL", lambda: Candidate("rgb24", by_pillow, "only 4:4:4")
    wrong = "BT.601; chroma of one pixel in four"
    yield "OpenCV cvtColor", "cv2", lambda: Candidate("rgb24", by_opencv, wrong)
    yield (
        "OpenCV transform, cvtColor",
        "cv2",
        lambda: Candidate("rgb24", by_opencv_twice, "chroma of one pixel in four"),
    )
    yield "OpenCV transform, resize", "cv2", lambda: Candidate("rgb24", by_opencv_stepwise, "chroma centred")
    yield "loops compiled by numba", "numba", lambda: Candidate("rgb24", planes_of(by_numba()))


# --------------------------------------------------------------------------------------------------------- timing


def measure(rounds: int) -> str:
    pictures = {
        layout: [_as_layout(picture, channels) for picture in scene(_PICTURES, *_SIZE)]
        for layout, (_, channels) in _LAYOUTS.items()
    }
    ready, absent = _ready()
    noise = np.random.default_rng(5).integers(0, 256, (_SIZE[1], _SIZE[0], 3)).astype(np.uint8)
    errors = {}
    for name, item in ready.items():
        hard = _as_layout(noise, _LAYOUTS[item.takes][1])
        errors[name] = error(item.road(_given(name, item, hard)), noise)
    times: dict[str, list[float]] = {name: [] for name in ready}
    for turn in range(rounds):
        for place, (name, item) in enumerate(ready.items()):
            picture = _given(name, item, pictures[item.takes][(turn + place) % _PICTURES])
            began = time.thread_time()
            item.road(picture)
            times[name].append(1000 * (time.thread_time() - began))
    ours = times["reelwright, rgb24"]
    rows = [
        [
            name,
            f"{median(found):.2f}",
            f"{min(found):.2f}",
            f"{median(a / b for a, b in zip(found, ours, strict=True)):.2f}",
            *errors[name],
            ready[name].remark,
        ]
        for name, found in times.items()
    ]
    head = ["road", "CPU ms", "least", "× ours", "luma off by", "chroma off by", "remark"]
    notes = [f"Left out: {name}: {reason}." for name, reason in absent.items()]
    return "\n".join([table(head, rows), "", *notes])


def _as_layout(picture: Array, channels: Sequence[int]) -> Array:
    whole = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    return np.ascontiguousarray(whole[..., channels])


def _given(name: str, item: Candidate, picture: Array) -> Any:
    """A picture as the road takes it."""
    if not name.startswith(("reelwright", "swscale")):
        return picture
    return PixelBuffer.from_array(picture, _LAYOUTS[item.takes][0])


def _ready() -> tuple[dict[str, Candidate], dict[str, str]]:
    ready, absent = {}, {}
    if importlib.util.find_spec("cv2"):
        import cv2

        cv2.setNumThreads(1)
    for name, package, make in candidates():
        if importlib.util.find_spec(package) is None:
            absent[name] = f"{package} is not installed"
            continue
        try:
            ready[name] = make()
        except _av.FFmpegError as failure:
            absent[name] = f"FFmpeg here refuses it ({_av.reason(failure)})"
    return ready, absent


def film(preset: str, count: int, rounds: int) -> str:
    """Encode-only, the film as it is, and the film with numba's loops in place of the conversion."""
    road = by_numba()

    def instead(converter: PixelConverter, picture: PixelBuffer, *_: Any) -> Any:
        return road(picture.planes[0])

    pictures = list(scene(60, *_SIZE))
    frames = [pictures[index] for index in order(count, len(pictures))]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        job = Job(path=str(Path(folder) / "film.mp4"), preset=preset, threads=processors() * 3 // 2)
        stages = Stages(frames, job)
        costs: dict[str, list[Any]] = {"encode only": [], "film": [], "film, numba's loops": []}
        for _ in range(rounds):
            costs["encode only"].append(stages.cost(stages.encode))
            costs["film"].append(stages.cost(stages.film))
            with mock.patch.object(PixelConverter, "_scaled", instead):
                costs["film, numba's loops"].append(stages.cost(stages.film))
    alone = costs["encode only"]
    rows = [
        [
            name,
            f"{1000 * median(cost.wall for cost in found) / count:.2f}",
            f"{1000 * median(cost.user + cost.system for cost in found) / count:.2f}",
            f"{median(a.wall / b.wall for a, b in zip(alone, found, strict=True)):.2f}",
        ]
        for name, found in costs.items()
    ]
    head = [f"{preset}, {count} pictures", "ms a picture", "CPU ms", "times as fast as encoding alone"]
    return table(head, rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rgb", description="Roads from RGB to 4:2:0.")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--film", metavar="PRESET", help="a whole film with each road instead, of this x264 preset")
    parser.add_argument("--frames", type=int, default=300, help="pictures in the film")
    arguments = parser.parse_args()
    has_numba = importlib.util.find_spec("numba") is not None
    if arguments.film and not has_numba:
        parser.error("--film needs numba, which is not installed.")
    print("\n".join(f"{name}: {value}" for name, value in describe().items()), flush=True)
    if has_numba:
        print(f"numba: {importlib.metadata.version('numba')}")
    if arguments.film:
        print(f"\n{film(arguments.film, arguments.frames, arguments.rounds)}")
    else:
        print(f"\n{measure(arguments.rounds)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
