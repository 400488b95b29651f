"""A lane turns what is appended to one input into samples of one track: encoding pictures, encoding sound, or storing.

``prepare``, ``take`` and ``drop`` run in the caller's thread: the first checks a sample, converts it, raises what is
wrong with it and changes nothing; the others take it for good or give it up, and cannot fail. ``feed`` and ``finish``
run in the input's own thread, or in the caller's for lanes that encode nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol

from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleBuffer
from reelwright.model.time import Time
from reelwright.writing.clock import MediaClock
from reelwright.writing.feed import Sample
from reelwright.writing.live import Latency

__all__ = ["Lane", "LaneFacts", "LaneOptions", "Prepared"]


@dataclass(frozen=True, slots=True)
class LaneOptions:
    """What an input was configured with that concerns its lane.

    Attributes:
        background: RGB (0…1, sRGB-encoded) put behind transparent pixels; None refuses them.
        assume: colour tags for untagged YUV pictures; None leaves them untagged.
        threads: encoder threads, 0 for the encoder's own choice.
        conversion_threads: threads for one picture's conversion.
        is_live: whether samples come in real time.
        carries_alpha_apart: whether the file has a place for alpha beside the pictures (VP9's).
        is_key_moment: tells of each picture, in the order they are shown, whether it has to be a key frame.
    """

    background: tuple[float, float, float] | None = None
    assume: Any = None
    threads: int = 0
    conversion_threads: int = 1
    is_live: bool = False
    carries_alpha_apart: bool = False
    is_key_moment: Callable[[Time], bool] | None = None


@dataclass(slots=True)
class LaneFacts:
    """What a lane knows for the report.

    Attributes:
        appended: samples taken (pictures, packets; frames of sound to be encoded). encoded: samples that came out for
            the file.
        frames_in: frames of sound that the encoder must get, silence to be put between them included.
        frames_out: frames that the track must present.
        trim_start, trim_end: sound at the ends of the media that is not presented (priming, padding).
        frames_heard: frames of sound that reached the encoder, silence put between them included.
        gaps: holes in appended sound that were closed up: (time, length); negative for overlaps.
        filled: length of silence put into holes.
        overridden: settings that ``encoder_options`` won over. notes: what a reader of the report should know.
        encoder: who encodes; empty until it is known, and for stored samples.
        latency: how long samples were on their way through the queue and the encoder.
    """

    appended: int = 0
    encoded: int = 0
    frames_in: int = 0
    frames_heard: int = 0
    frames_out: int = 0
    trim_start: Time = Time.ZERO
    trim_end: Time = Time.ZERO
    gaps: list[tuple[Time, Time]] = field(default_factory=list)
    filled: Time = Time.ZERO
    overridden: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    encoder: str = ""
    latency: Latency = field(default_factory=Latency)


class Prepared(Protocol):
    """A checked sample on its way through the queue; without weight it is a mark between the others."""

    @property
    def weight(self) -> Fraction | int: ...

    @property
    def time(self) -> Time: ...


class Lane(Protocol):
    """See the module's text; ``capacity`` bounds the queue in the unit of ``Prepared.weight``; 0 means no thread."""

    capacity: Fraction | int
    clock: MediaClock
    facts: LaneFacts

    def prepare(self, buffer: SampleBuffer, *, convert: bool) -> Any:
        """Check a sample; ``convert=False`` leaves the work on its memory to ``feed``. Nothing is changed."""

    def take(self, item: Any) -> None:
        """Count a prepared sample as appended."""

    def drop(self, items: Sequence[Any]) -> None:
        """Samples that were taken will not be fed: the queue was full."""

    def feed(self, item: Any) -> Iterable[Sample]:
        """What comes out for the file, by now."""

    def finish(self) -> Iterable[Sample]:
        """What is still inside."""

    def close(self) -> None:
        """Let go of encoders and samples. May be repeated."""

    def empty_format(self) -> FormatDescription | None:
        """The format of a track that got no sample at all, if it can be known."""
