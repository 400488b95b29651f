"""``python -m bench.stages``: where a film's time goes, stage by stage, each alone and then all together.

Every stage is fed with what the one before it makes, all made beforehand, so that its figure is its own; they take
turns for some rounds. What the whole film costs beyond its stages is hand-over, waiting and the processors' quarrels.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import table
from bench.machine import describe, processors
from bench.scenarios import SCENARIOS, Scenario
from bench.scene import order, scene
from bench.writers import Job
from reelwright import AssetWriter, AssetWriterInput, MediaType, SampleBuffer, SampleTiming, Time, VideoSettings
from reelwright.codecs import _av
from reelwright.codecs.convert import PixelConverter
from reelwright.codecs.tags import output_color
from reelwright.codecs.video_encoder import EncodedPacket, FrameSpec, VideoEncoder, frame_spec
from reelwright.model.kinds import VideoCodec
from reelwright.model.pixel import PixelBuffer
from reelwright.model.sample import SampleAttachments


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run of a stage; ``waited`` are those in which the caller stood before a full queue."""

    wall: float
    user: float
    system: float
    waited: float = 0.0


class Stages:
    """One film, cut into what it takes to write it.

    Args:
        frames: RGB pictures, in order. job: as for the writers.
    """

    def __init__(self, frames: Sequence[Any], job: Job) -> None:
        self._frames, self._job, self._rate = frames, job, job.rate
        height, width = frames[0].shape[:2]
        self._settings = VideoSettings(
            VideoCodec.H264,
            width,
            height,
            compression={"expected_source_frame_rate": job.rate},
            encoder_options=job.options,
        )
        first = PixelBuffer.from_array(frames[0])
        tags, _ = output_color(self._settings.color, first.color, source_is_rgb=True)
        self._spec: FrameSpec = frame_spec(self._settings, tags, False, source=first.pixel_format)
        converter = PixelConverter(self._spec)
        converted: dict[int, Any] = {}
        for frame in frames:
            if id(frame) not in converted:
                converted[id(frame)] = converter.convert(PixelBuffer.from_array(frame))
        self._planes = [converted[id(frame)] for frame in frames]
        self._packets: list[EncodedPacket] = []
        self._described: Any = None
        self._waited = 0.0
        self.encode()

    @property
    def all(self) -> dict[str, Callable[[], None]]:
        return {
            "wrap the array": self.wrap,
            "convert to 4:2:0": self.convert,
            "encode (x264)": self.encode,
            "make the file": self.store,
            "whole film": self.film,
        }

    def wrap(self) -> None:
        for frame in self._frames:
            _av.wrap(PixelBuffer.from_array(frame))

    def convert(self) -> None:
        converter = PixelConverter(self._spec)
        for frame in self._frames:
            converter.convert(PixelBuffer.from_array(frame))

    def encode(self) -> None:
        packets: list[EncodedPacket] = []
        with VideoEncoder(
            self._settings, self._spec, time_base=1 / self._rate, frame_rate=self._rate, threads=self._job.threads
        ) as encoder:
            for index, planes in enumerate(self._planes):
                packets += encoder.encode(planes, index)
            packets += encoder.flush()
            self._described = encoder.format
        self._packets = packets

    def store(self) -> None:
        with AssetWriter(self._job.path, overwrite=True) as writer:
            track = AssetWriterInput(MediaType.VIDEO, None, self._described)
            writer.add(track)
            writer.start_writing()
            writer.start_session(Time.ZERO)
            for index, packet in enumerate(self._packets):
                timing = SampleTiming(
                    Time.of(1 / self._rate), Time.of(packet.ticks / self._rate), Time.of(index / self._rate)
                )
                facts = SampleAttachments(not_sync=not packet.is_key)
                track.append(
                    SampleBuffer(packet.data, format=self._described, timings=[timing], sample_attachments=[facts])
                )

    def film(self) -> None:
        with AssetWriter(self._job.path, overwrite=True) as writer:
            video = AssetWriterInput(MediaType.VIDEO, self._settings, threads=self._job.threads)
            writer.add(video)
            writer.start_writing()
            writer.start_session(Time.ZERO)
            for index, frame in enumerate(self._frames):
                video.append(frame, Time.of(index / self._rate))
            self._waited = video.statistics().waited

    def cost(self, stage: Callable[[], None]) -> Cost:
        self._waited = 0.0
        before, began = os.times(), time.perf_counter()
        stage()
        wall, after = time.perf_counter() - began, os.times()
        return Cost(wall, after.user - before.user, after.system - before.system, self._waited)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description="Where a film's time goes.")
    parser.add_argument("--quick", action="store_true", help="two rounds of short films: to see that it works")
    parser.add_argument("--scenarios", nargs="+", default=["ultrafast", "medium", "small"], choices=_SINGLE)
    parser.add_argument("--rounds", type=int, help="that count (default 5)")
    parser.add_argument("--threads", type=int, default=processors() * 3 // 2, help="of x264")
    parser.add_argument("--out", default="bench/results", help="where the figures are put")
    arguments = parser.parse_args()
    print("\n".join(f"{name}: {value}" for name, value in describe().items()), flush=True)
    rounds = arguments.rounds or (2 if arguments.quick else 5)
    texts = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in arguments.scenarios:
            scenario = SCENARIOS[name]
            job = scenario.job(str(Path(folder) / "film.mp4"), crf=23, threads=arguments.threads)
            frames = _shown(scenario, scenario.short[0] if arguments.quick else scenario.frames)
            texts.append(_text(Stages(frames, job), scenario, len(frames), rounds))
            print(f"\n{texts[-1]}", flush=True)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "stages.md").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    return 0


_SINGLE = [name for name, scenario in SCENARIOS.items() if scenario.films == 1 and scenario.pixel_format == "yuv420p"]


def _shown(scenario: Scenario, count: int) -> list[Any]:
    views = list(scene(min(count, scenario.pictures), *scenario.size))
    return [views[index] for index in order(count, len(views))]


def _text(stages: Stages, scenario: Scenario, count: int, rounds: int) -> str:
    costs: dict[str, list[Cost]] = {name: [] for name in stages.all}
    for _ in range(rounds):
        for name, stage in stages.all.items():
            costs[name].append(stages.cost(stage))
    unit, factor = ("microseconds", 1e6) if scenario.size[1] < 100 else ("milliseconds", 1e3)
    rows = [
        [name, *(f"{factor * median(values) / count:.2f}" for values in _columns(costs[name]))] for name in stages.all
    ]
    parts = list(costs)[:-1]
    cpu = {name: median(cost.user + cost.system for cost in values) for name, values in costs.items()}
    beyond = cpu["whole film"] - sum(cpu[name] for name in parts)
    ratio = median(
        whole.wall / alone.wall for whole, alone in zip(costs["whole film"], costs["encode (x264)"], strict=True)
    )
    waited = median(cost.waited / cost.wall for cost in costs["whole film"])
    return "\n\n".join(
        [
            f"**{scenario.title}**: {count} pictures, {rounds} rounds, medians, {unit} a picture.",
            table(["stage", "wall", "user CPU", "system CPU"], rows),
            f"The whole film takes {ratio:.2f} × the time of its encoding alone. Of its processor time "
            f"{factor * beyond / count:.2f} {unit} a picture belong to no stage alone. The caller stood before a full "
            f"queue for {100 * waited:.0f} % of the time.",
        ]
    )


def _columns(costs: Sequence[Cost]) -> tuple[list[float], list[float], list[float]]:
    return [cost.wall for cost in costs], [cost.user for cost in costs], [cost.system for cost in costs]


if __name__ == "__main__":
    sys.exit(main())
