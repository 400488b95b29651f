"""One film to write, as every writer is told: where, of what, and how the encoder is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["KEY_FRAMES", "Frames", "Job"]

KEY_FRAMES = 250
"""Pictures from one key frame to the next at most: x264's and x265's own choice."""

Frames = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One film to write.

    Attributes:
        path: where. preset, crf: as x264 and x265 mean them. threads: of the encoder. rate: frames a second.
        codec: FFmpeg's name of the encoder. pixel_format: FFmpeg's name of what is encoded.
    """

    path: str
    preset: str
    crf: int = 23
    threads: int = 0
    rate: Fraction = Fraction(30)
    codec: str = "libx264"
    pixel_format: str = "yuv420p"

    @property
    def bits(self) -> int:
        """Of a component in the film."""
        return 10 if "10" in self.pixel_format else 8

    @property
    def source(self) -> str:
        """FFmpeg's name of the RGB pictures that come in: 8 bits a component for films of 8 bits, else 16."""
        return "rgb24" if self.bits == 8 else "rgb48le"

    @property
    def options(self) -> dict[str, str]:
        """What every encoder is told, in FFmpeg's words."""
        told = {"preset": self.preset, "crf": str(self.crf), "g": str(KEY_FRAMES)}
        if self.codec == "libx265":
            # It counts its threads itself; left alone, FFmpeg's open groups of pictures would differ from ours.
            told["x265-params"] = f"pools={self.threads or '*'}:frame-threads=1:open-gop=0:log-level=none"
        return told
