"""The films that are written against the clock, each hard for another reason."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bench.job import Job
from bench.writers import WRITERS, Writer

__all__ = ["SCENARIOS", "Scenario"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of film.

    Attributes:
        title: what it is, for tables. size: (width, height). frames: pictures in a film, more than an encoder looks
            ahead. pictures: different ones among them, shown forwards and backwards. films: written one after the
            other, timed as one. rounds: that count. short: frames and films of a quick run.
        rate, preset, crf, codec, pixel_format: as in ``Job``. others: whether all writers take part that can, or only
            those that encode alike.
    """

    title: str
    size: tuple[int, int]
    frames: int
    pictures: int = 60
    films: int = 1
    rounds: int = 5
    short: tuple[int, int] = (30, 1)
    rate: Fraction = Fraction(30)
    preset: str = "ultrafast"
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    others: bool = False

    def job(self, path: str, *, crf: int, threads: int) -> Job:
        return Job(
            path=path,
            preset=self.preset,
            crf=crf,
            threads=threads,
            rate=self.rate,
            codec=self.codec,
            pixel_format=self.pixel_format,
        )

    @property
    def bits(self) -> int:
        """Of a component of the pictures that come in."""
        return 16 if "10" in self.pixel_format else 8

    def takes(self, writer: Writer) -> bool:
        return writer.bits >= self.bits and (self.others or writer.encodes_alike)

    @property
    def writers(self) -> list[str]:
        return [name for name, writer in WRITERS.items() if self.takes(writer)]


_FULL_HD, _ULTRA_HD = (1920, 1080), (3840, 2160)

SCENARIOS = {
    "ultrafast": Scenario(title="1080p, ultrafast", size=_FULL_HD, frames=150, rounds=7, others=True),
    "veryfast": Scenario(title="1080p, veryfast", size=_FULL_HD, frames=90, preset="veryfast"),
    "medium": Scenario(title="1080p, medium", size=_FULL_HD, frames=64, preset="medium"),
    "small": Scenario(
        title="64×64 at 1000 frames a second",
        size=(64, 64),
        frames=6000,
        rate=Fraction(1000),
        short=(1500, 1),
        others=True,
    ),
    "short": Scenario(
        title="100 films of 10 pictures, 640×360",
        size=(640, 360),
        frames=10,
        pictures=10,
        films=100,
        rounds=3,
        short=(10, 10),
        others=True,
    ),
    "hevc10": Scenario(
        title="4K, 10 bits, HEVC ultrafast",
        size=_ULTRA_HD,
        frames=16,
        pictures=8,
        rounds=3,
        short=(6, 1),
        codec="libx265",
        pixel_format="yuv420p10le",
    ),
    "h264-10": Scenario(
        title="4K, 10 bits, H.264 ultrafast",
        size=_ULTRA_HD,
        frames=24,
        pictures=8,
        rounds=3,
        short=(6, 1),
        pixel_format="yuv420p10le",
    ),
}
"""By the names they are chosen by."""
