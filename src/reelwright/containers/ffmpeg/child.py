"""A worker process seen from the parent: started, asked, ended. Whatever it does, the parent goes on.

A question has a deadline; when it passes, or the child dies, the child is killed and every further question gets the
same error. Nothing of it is left behind: no process, no descriptor.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from reelwright.containers.ffmpeg import wire
from reelwright.model.errors import InvalidMediaError

__all__ = ["Child"]

# The child finds the library where we did, and nothing else: no site of the user's, no PYTHON… variables.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from reelwright.containers.ffmpeg.worker import serve; serve()"
)
# What a process needs to start at all; libraries of numerics must not start threads (and reserve memory for them).
_ENVIRONMENT = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
_SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_STARTING = 30  # seconds to start Python and load FFmpeg
_PIECE = 1 << 16
_CAN_POLL = hasattr(select, "poll")


class Child:
    """One worker process.

    Args:
        name: how messages call the file. path: its, if it has one. seconds: for one answer.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, name: str, path: str | None, seconds: int) -> None:
        self._name = name
        self._path = path
        self._seconds = seconds
        self._lock = threading.Lock()
        self._end_reason: str | None = None
        self._process = _started()
        self._finalizer = weakref.finalize(self, _end, self._process)
        self._extra = _STARTING

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, header: Mapping[str, Any], body: Iterable[bytes] = (), body_size: int = 0) -> wire.Message:
        """Send a question, with so many bytes, and wait for the answer. Threads take turns.

        Raises:
            InvalidMediaError: the child's complaint about the file, or the child died or took too long.
            OSError: the system's, as the child met it.
        """
        with self._lock:
            if self._end_reason is not None:
                raise self._ended()
            deadline = time.monotonic() + self._seconds + self._extra
            try:
                answer = self._exchange(header, body, body_size, deadline)
            except BaseException as error:
                self._give_up(error)
                raise
            self._extra = 0
        return self._understood(*answer)

    def leave(self, stream: object) -> None:
        """Close a stream in the child; a child that has ended holds none."""
        with contextlib.suppress(InvalidMediaError):  # it died unnoticed: whoever asks next is told
            if self._end_reason is None:
                self.ask({"ask": "leave", "stream": stream})

    def close(self) -> None:
        """End the process; a question under way gets an error."""
        self._end_reason = self._end_reason or "was closed"
        if self._process.poll() is None:
            self._process.kill()
        with self._lock:
            self._finalizer()

    def _exchange(
        self, header: Mapping[str, Any], body: Iterable[bytes], body_size: int, deadline: float
    ) -> wire.Message:
        try:
            self._write(wire.pack(header, body_size), deadline)
            for piece in body:
                self._write(piece, deadline)
            answer = wire.receive(lambda size: self._read(size, deadline))
        except TimeoutError:
            self._end_reason = f"took longer than {self._seconds} s"
            raise self._ended() from None
        except BrokenPipeError:
            answer = None
        if answer is None:
            self._end_reason = self._end_reason or _death(self._process)
            raise self._ended()
        return answer

    def _give_up(self, error: BaseException) -> None:
        """After an exchange that went wrong nothing further can be understood."""
        self._end_reason = self._end_reason or f"was given up ({type(error).__name__})"
        self._finalizer()

    def _ended(self) -> InvalidMediaError:
        return InvalidMediaError(
            f"the process that reads {self._name} {self._end_reason}.",
            path=self._path,
            hint="Nothing else is harmed. A file that does this is damaged, or made to do it.",
        )

    def _understood(self, header: dict[str, Any], body: bytes) -> wire.Message:
        kind = header.get("error")
        if kind is None:
            return header, body
        message, hint = header.get("message"), header.get("hint")
        if kind == "system" and isinstance(header.get("errno"), int):
            raise OSError(header["errno"], str(message))
        if kind == "memory":
            raise InvalidMediaError(
                f"{self._name} asks for more memory than its process may use.",
                path=self._path,
                hint="It is damaged, or made to do so.",
            )
        raise InvalidMediaError(str(message), path=self._path, hint=str(hint) if hint else None)

    # -- pipes ---------------------------------------------------------------------------------------------------------

    def _write(self, data: bytes, deadline: float) -> None:
        assert self._process.stdin is not None
        descriptor = self._process.stdin.fileno()
        view = memoryview(data)
        while view:
            _wait(descriptor, select.POLLOUT if _CAN_POLL else 0, deadline)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(descriptor, view[:_PIECE]) :]

    def _read(self, size: int, deadline: float) -> bytes:
        """That many bytes; fewer when the child has ended."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        pieces, missing = [], size
        while missing:
            _wait(descriptor, select.POLLIN if _CAN_POLL else 0, deadline)
            with contextlib.suppress(BlockingIOError):
                piece = os.read(descriptor, min(missing, 1 << 20))
                if not piece:
                    break
                pieces.append(piece)
                missing -= len(piece)
        return b"".join(pieces)


def _started() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | _SINGLE
    apart: dict[str, Any] = {"start_new_session": True}  # Ctrl-C in the terminal is the parent's
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _START, json.dumps([os.path.abspath(place) for place in sys.path])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        close_fds=True,
        cwd=os.path.abspath(os.sep),
        env=environment,
        **apart,
    )
    if _CAN_POLL and process.stdin is not None and process.stdout is not None:
        os.set_blocking(process.stdin.fileno(), False)
        os.set_blocking(process.stdout.fileno(), False)
    return process


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Wait until a pipe is ready. Where that cannot be waited for (Windows), the child's own watch ends the waiting."""
    if not _CAN_POLL:
        return
    poller = select.poll()
    poller.register(descriptor, event)
    if not poller.poll(max(0, int((deadline - time.monotonic()) * 1000))):
        raise TimeoutError


def _death(process: subprocess.Popen[bytes]) -> str:
    """How a child ended that sends nothing any more."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "fell silent"
    if code >= 0:
        return f"crashed on it (exit status {code})"
    if -code == getattr(signal, "SIGXCPU", 0):
        return "used up its processor time"
    names = {int(one): one.name for one in signal.Signals}
    return f"crashed on it ({names.get(-code, f'signal {-code}')})"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()
