"""Sound in FFmpeg's frames, always interleaved, and a row of its filters on the caller's thread.

PyAV miscounts the planes of planar sound from eight channels on; one plane there always is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

__all__ = ["SoundGraph", "frame_bytes", "nameless", "sound_frame"]


def nameless(channels: int) -> str:
    """A layout that names no speakers, so that FFmpeg has nothing to mix."""
    return f"{channels} channels"


def sound_frame(data: Any, samples: int, kind: tuple[str, str, int], position: int) -> av.AudioFrame:
    """A frame with a copy of interleaved values.

    Args:
        data: the values; exactly ``samples`` frames. kind: FFmpeg's sample format (not planar), layout, and the rate.
        position: frames since the start, which become its time.
    """
    sample_format, layout, rate = kind
    frame = av.AudioFrame(format=sample_format, layout=layout, samples=samples)
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = position
    frame.planes[0].update(data)
    return frame


def frame_bytes(frame: av.AudioFrame) -> memoryview:
    """The values of an interleaved frame: a view that keeps the frame alive."""
    plane: Any = frame.planes[0]
    return memoryview(plane)[: frame.samples * frame.layout.nb_channels * frame.format.bytes]


class SoundGraph:
    """Frames of sound in, frames of sound out.

    Args:
        sample_format, layout, rate: FFmpeg's names for what goes in.
        filters: (name, arguments) in order.
        frame_size: frames of sound in each that comes out (the last may be shorter); 0 for whatever the filters make.

    Raises:
        FFmpegError: filters that cannot be set up for that sound.
    """

    def __init__(
        self, sample_format: str, layout: str, rate: int, filters: Iterable[tuple[str, str]], frame_size: int = 0
    ) -> None:
        self._graph = Graph()
        if hasattr(self._graph, "threads"):  # older PyAVs keep idle threads; none of these filters has work for them
            self._graph.threads = 1
        what = {
            "sample_rate": str(rate),
            "sample_fmt": sample_format,
            "channel_layout": layout,
            "time_base": f"1/{rate}",
        }
        nodes = [self._graph.add("abuffer", None, **what)]
        nodes += [self._graph.add(name, arguments) for name, arguments in filters]
        nodes.append(self._graph.add("abuffersink"))
        self._graph.link_nodes(*nodes).configure()
        if frame_size:
            self._graph.set_audio_frame_size(frame_size)

    def run(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        """Push one frame, or None at the end, and take what is ready."""
        self._graph.push(frame)
        while True:
            try:
                ready = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(ready, av.AudioFrame)
            yield ready
