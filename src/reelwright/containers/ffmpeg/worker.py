"""The child process that opens one file with FFmpeg's demuxers and answers questions about it: ``serve``.

It may open no more files than it has to, write none, and use so much memory and processor time; a question that takes
too long ends it. The limits are the system's (``setrlimit``); Windows has none of them, there only the time is watched.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from reelwright.containers.ffmpeg import wire
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.media import SampleStream, StoredSample
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import open_source

__all__ = ["Limits", "serve"]

_BATCH_SAMPLES = 64
_BATCH_BYTES = 4 << 20
_GRACE = 5  # seconds that the parent, which says it better, is ahead of the child's own watch


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use.

    Attributes:
        seconds: wall clock, and processor time, for one answer. memory: bytes beyond what the program itself needs.
        files: open at once. in_memory: bytes of a source that is no file, which the child holds whole.
    """

    seconds: int = 30
    memory: int = 1 << 30
    files: int = 64
    in_memory: int = 256 << 20

    def plain(self) -> dict[str, int]:
        return asdict(self)


def serve() -> None:
    """Answer on the standard output what is asked on the standard input, until it ends."""
    questions, answers = _pipes()
    desk: _Desk | None = None
    while (message := wire.receive(questions.read)) is not None:
        header, body = message
        limits = desk.limits if desk is not None else Limits(**header["limits"])
        if desk is None:
            _confine(limits, len(body))
        with _watched(limits):
            if desk is None:
                desk = _Desk(limits)
            answer, data = desk.answer(header, body)
        answers.write(wire.pack(answer, len(data)))
        answers.write(data)
        answers.flush()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; whatever else the process might print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return sys.stdin.buffer, answers


def _confine(limits: Limits, held: int) -> None:
    """Bind this process, for good. A limit that the system does not know or refuses is left as it is."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": limits.files,
        "RLIMIT_AS": _address_space() + held + limits.memory,
    }
    for name, most in wanted.items():
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _address_space() -> int:
    """Bytes of addresses in use; on systems without /proc an amount that libraries usually take."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 8 << 30


@contextlib.contextmanager
def _watched(limits: Limits) -> Iterator[None]:
    """End the process when what is within takes too long, even inside FFmpeg."""
    with open(os.devnull, "wb") as nowhere:
        faulthandler.dump_traceback_later(limits.seconds + _GRACE, exit=True, file=nowhere)
        try:
            _allow_processor(limits.seconds + _GRACE)
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _allow_processor(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


class _Desk:
    """The open file and its streams; every question gets an answer, if only an error."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._media: FFmpegMedia | None = None
        self._streams: dict[int, _Batches] = {}
        self._count = 0

    def answer(self, header: dict[str, Any], body: bytes) -> wire.Message:
        try:
            return getattr(self, f"_{header['ask']}")(header, body)  # type: ignore[no-any-return]
        except InvalidMediaError as error:
            return {"error": "media", "message": error.message, "hint": error.hint}, b""
        except MemoryError:
            return {"error": "memory"}, b""
        except OSError as error:
            return {"error": "system", "errno": error.errno, "message": error.strerror or str(error)}, b""

    def _open(self, header: dict[str, Any], body: bytes) -> wire.Message:
        self._media = FFmpegMedia(open_source(body if header["path"] is None else header["path"]))
        return {"facts": wire.plain(self._media.facts)}, b""

    def _stream(self, header: dict[str, Any], body: bytes) -> wire.Message:
        assert self._media is not None
        stream = self._media.stream(header["track"], header["start"], with_data=header["with_data"])
        self._count += 1
        self._streams[self._count] = _Batches(stream)
        return {"stream": self._count}, b""

    def _read(self, header: dict[str, Any], body: bytes) -> wire.Message:
        samples = self._streams[header["stream"]].next()
        data = b"".join(sample.data for sample in samples if sample.data is not None)
        return {"samples": wire.samples_plain(samples)}, data

    def _leave(self, header: dict[str, Any], body: bytes) -> wire.Message:
        self._streams.pop(header["stream"]).close()
        return {}, b""


class _Batches:
    """A stream in portions worth a message; an error comes after the samples before it."""

    def __init__(self, stream: SampleStream) -> None:
        self._stream = stream
        self._samples = iter(stream)
        self._trouble: InvalidMediaError | OSError | None = None

    def next(self) -> list[StoredSample]:
        """The next samples; none at the end."""
        if self._trouble is not None:
            raise self._trouble
        batch: list[StoredSample] = []
        size = 0
        try:
            for sample in self._samples:
                batch.append(sample)
                size += len(sample.data or b"")
                if len(batch) == _BATCH_SAMPLES or size >= _BATCH_BYTES:
                    break
        except (InvalidMediaError, OSError) as error:
            if not batch:
                raise
            self._trouble = error
        return batch

    def close(self) -> None:
        self._stream.close()
