"""Files from strangers: FFmpeg's demuxers in a process of its own, with limits, behind the same interface.

A file that crashes FFmpeg, makes it loop or eats memory ends that process and nothing else. Only the demuxer is apart:
samples are decoded here, as always.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from reelwright.containers.ffmpeg import wire
from reelwright.containers.ffmpeg.child import Child
from reelwright.containers.ffmpeg.worker import Limits
from reelwright.containers.media import SampleStream, StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import MediaFacts
from reelwright.model.sample_index import SampleIndex
from reelwright.storage.source import Source

__all__ = ["IsolatedMedia", "Limits"]

_PIECE = 1 << 20
_DEFAULT = Limits()


class IsolatedMedia:
    """What ``FFmpegMedia`` is, demuxed in a child process (``Media``).

    The child opens a local file by its path; bytes and file objects are handed to it whole. On Windows, which has no
    such limits, memory is not bounded, only time.

    Args:
        source: closed with this. limits: of the child.

    Raises:
        InvalidMediaError: as ``FFmpegMedia``; the child crashed or took too long; bytes too many to hand over.
        OSError: the file cannot be read, or no process can be started.
    """

    def __init__(self, source: Source, limits: Limits = _DEFAULT) -> None:
        self._source = source
        held = 0 if source.path is not None else source.size
        if held > limits.in_memory:
            raise InvalidMediaError(
                f"{source.name} is too large to be handed to another process ({held} bytes).",
                hint="Write it to a file and open that, or open it without isolation.",
            )
        self._child = Child(source.name, source.path, limits.seconds)
        path = None if source.path is None else os.path.abspath(source.path)
        try:
            question = {"ask": "open", "path": path, "limits": limits.plain()}
            header, _ = self._child.ask(question, _pieces(source, held), held)
            self._facts = wire.facts_from(header.get("facts"))
        except BaseException:
            self._child.close()
            raise

    @property
    def facts(self) -> MediaFacts:
        return self._facts

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._child.pid

    def index(self, track_id: int) -> SampleIndex | None:
        """None: these containers have no tables of all samples."""
        return None

    def stream(self, track_id: int, start: int | None = None, *, with_data: bool = True) -> SampleStream:
        """The track's samples in the order of the file; it may begin earlier than asked, never later.

        Raises:
            InvalidMediaError: no such track, the file was closed, or the child ended. OSError: it cannot be read.
        """
        question = {"ask": "stream", "track": track_id, "start": start, "with_data": with_data}
        header, _ = self._child.ask(question)
        return _Stream(self._child, header.get("stream"))

    def close(self) -> None:
        self._child.close()
        self._source.close()


def _pieces(source: Source, size: int) -> Iterator[bytes]:
    for place in range(0, size, _PIECE):
        piece = source.read(place, min(_PIECE, size - place))
        if len(piece) < min(_PIECE, size - place):
            raise InvalidMediaError(f"{source.name} ended while it was being read.", path=source.path)
        yield piece


class _Stream:
    """Samples fetched from the child some at a time."""

    def __init__(self, child: Child, number: object) -> None:
        self._child = child
        self._number = number
        self._samples = self._fetched()
        self._closed = False

    def __iter__(self) -> Iterator[StoredSample]:
        return self._samples

    def _fetched(self) -> Iterator[StoredSample]:
        while not self._closed:
            header, body = self._child.ask({"ask": "read", "stream": self._number})
            samples = wire.samples_from(header.get("samples"), body)
            if not samples:
                return
            yield from samples

    def close(self) -> None:
        """Let go of the stream in the child, if that still lives."""
        if not self._closed:
            self._closed = True
            self._child.leave(self._number)
