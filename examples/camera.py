"""Recording a camera that does not wait: what the encoder cannot keep up with is dropped, counted and listed.

The camera is simulated, so that this runs anywhere: numbered pictures at a jittery rate, from a thread of its own, as
drivers deliver them. Each picture carries its number as sixteen black or white blocks, so that the finished film can be
asked which pictures it holds. ``--device /dev/video0`` records a real one through FFmpeg instead (Linux).
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

import reelwright as rw

Picture = npt.NDArray[np.uint8]
Deliver = Callable[[Picture, float], None]

BLOCKS = 4  # a side: sixteen bits
TOLERANCE = Fraction(1, 1_000_000)  # seconds by which a time may be rounded


def numbered(number: int, width: int, height: int) -> Picture:
    """A grey picture that carries its number, whatever an encoder does to it."""
    bits = np.array([number >> bit & 1 for bit in range(BLOCKS * BLOCKS)], np.uint8).reshape(BLOCKS, BLOCKS)
    return np.kron(bits * 255, np.ones((height // BLOCKS, width // BLOCKS), np.uint8))


def number_in(picture: npt.NDArray[Any]) -> int:
    """The number that a picture carries."""
    grey = picture.mean(axis=2) if picture.ndim == 3 else picture
    height, width = (side // BLOCKS for side in grey.shape)
    means = grey[: height * BLOCKS, : width * BLOCKS].reshape(BLOCKS, height, BLOCKS, width).mean(axis=(1, 3))
    return sum(1 << bit for bit, mean in enumerate(means.ravel()) if mean > 127)


class SimulatedCamera:
    """Numbered pictures from a thread, never two at once; one that is late does not delay the others.

    Args:
        fps: pictures a second. jitter: how far each may be off its time, as a share of the time between two.
    """

    def __init__(self, width: int = 640, height: int = 480, fps: float = 30, jitter: float = 0.3) -> None:
        self.width, self.height = width, height
        self._interval, self._jitter = 1 / fps, jitter
        self._stop = threading.Event()

    def run(self, seconds: float, deliver: Deliver) -> None:
        """Deliver pictures, each with the machine's clock when it was taken."""
        began, off = time.monotonic(), random.Random(1)
        for number in range(round(seconds / self._interval)):
            due = began + (number + off.uniform(0, self._jitter)) * self._interval
            if self._stop.wait(max(0.0, due - time.monotonic())):
                return
            deliver(numbered(number, self.width, self.height), time.monotonic())

    def stop(self) -> None:
        self._stop.set()


class Device:
    """A camera that FFmpeg knows (``v4l2``); its pictures carry no numbers."""

    def __init__(self, name: str) -> None:
        import av

        self._container = av.open(name, format="v4l2")
        self.width, self.height = self._container.streams.video[0].width, self._container.streams.video[0].height
        self._is_stopped = False

    def run(self, seconds: float, deliver: Deliver) -> None:
        end = time.monotonic() + seconds
        for frame in self._container.decode(video=0):
            now = time.monotonic()
            if self._is_stopped or now > end:
                return
            deliver(frame.to_ndarray(format="rgb24"), now)

    def stop(self) -> None:
        self._is_stopped = True


@dataclass
class Recording:
    """What came of it: the report, the queue's figures at the end, and when each picture was taken."""

    report: rw.WritingReport
    figures: rw.QueueStatistics
    taken: list[rw.Time]


def record(camera: Any, out: Any, seconds: float, *, queue_size: int = 4, **settings: Any) -> Recording:
    """Record a camera for some seconds; its thread appends and never waits."""
    video = rw.AssetWriterInput(
        rw.MediaType.VIDEO,
        rw.VideoSettings(rw.VideoCodec.H264, camera.width, camera.height, **settings),
        on_full=rw.OnFull.DROP_OLDEST,
        queue_size=queue_size,
    )
    video.expects_media_data_in_real_time = True
    taken: list[rw.Time] = []
    errors: list[BaseException] = []

    with rw.AssetWriter(out, overwrite=True, stall_timeout=30) as writer:
        writer.add(video)
        writer.start_writing()

        def deliver(picture: Picture, at: float) -> None:
            moment = rw.Time.of(at)
            if not taken:
                writer.start_session(moment)
            video.append(picture, moment)
            taken.append(moment)

        def run() -> None:
            try:
                camera.run(seconds, deliver)
            except BaseException as error:  # a thread has nobody to raise to
                errors.append(error)

        thread = threading.Thread(target=run, name="camera")
        thread.start()
        try:
            while thread.is_alive():
                thread.join(1)
                now = video.statistics()
                print(f"{now.appended} taken, {now.dropped} dropped, {now.queued} waiting, {now.behind:.2f} s behind")
        finally:
            camera.stop()
            thread.join()
        if errors:
            raise errors[0]
        report = writer.finish_writing()
    return Recording(report, video.statistics(), taken)


def in_film(out: Any) -> Iterator[tuple[int, Fraction]]:
    """The number and time of each picture in a film."""
    with rw.Asset(out) as asset:
        for frame in asset.frames():
            yield number_in(frame.array), frame.time.fraction


def missing(recording: Recording, out: Any) -> list[str]:
    """Everything that is neither in the film, at its time, nor listed as dropped; nothing, if all went well."""
    (track,) = recording.report.tracks
    dropped, found = set(track.dropped), dict(in_film(out))
    start = recording.taken[0].fraction
    wrong = []
    for number, moment in enumerate(recording.taken):
        at = found.pop(number, None)
        if (at is None) != (moment in dropped):
            wrong.append(f"picture {number} is {'lost' if at is None else 'listed as dropped, but in the film'}")
        elif at is not None and abs(at - (moment.fraction - start)) > TOLERANCE:
            wrong.append(f"picture {number} is shown at {float(at):.6f} s")
    return wrong + [f"picture {number} was never taken" for number in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", default="camera.mp4")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 480))
    parser.add_argument("--queue", type=int, default=4, help="pictures that may wait")
    parser.add_argument("--preset", default=None, help="x264's; veryslow shows what dropping is like")
    parser.add_argument("--low-latency", action="store_true", help="a packet for each picture, at once")
    parser.add_argument("--device", help="a real camera, such as /dev/video0")
    given = parser.parse_args()
    camera = Device(given.device) if given.device else SimulatedCamera(*given.size, given.fps)
    options: dict[str, Any] = {"encoder_options": {"preset": given.preset}} if given.preset else {}
    if given.low_latency:
        options["encoder_specification"] = rw.EncoderSpecification(low_latency=True)
    recording = record(camera, given.out, given.seconds, queue_size=given.queue, **options)
    print(recording.report)
    figures = recording.figures
    print(f"from append to encoded: {figures.latency * 1e3:.1f} ms, at most {figures.peak_latency * 1e3:.1f} ms")
    for moment in recording.report.tracks[0].dropped:
        print(f"  dropped: {(moment - recording.taken[0]).seconds:.3f} s")
    if not given.device:
        print("\n".join(missing(recording, given.out)) or "every picture is in the film or in the list of drops")


if __name__ == "__main__":
    main()
