"""What judges that are web browsers have in common: a page with ``<video src=...>``, a server of byte ranges, an end.

A browser is a command that is given the page's address and a folder for its profile; the page plays the film and posts
one report.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Protocol

from tests.interop.tools import HERE, Film, JudgeError, Report

TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".html": "text/html; charset=utf-8",
}


def play(path: Film, command: Callable[[str, str], list[str]], seconds: float, rate: float) -> Report:
    """Play one film in the browser that ``command(address, profile)`` starts, until it ends, fails, or time is up.

    Returns what the page saw: ``why`` ("ended", "error", "time"), ``videoWidth``, ``videoHeight``, ``duration`` and
    ``currentTime`` (s), ``frames``, ``dropped``, ``error``, ``events``, ``hasAudio`` (Firefox), ``audioBytes`` and
    ``videoBytes`` decoded (Chromium), and ``pixels``: mean red, green and blue of the last picture. ``overGreen``:
    those of its left and its right part over full green, which shows where there is alpha. ``errors`` is empty if the
    film was played to its end.
    """
    film = Path(path).resolve()
    with _serve(film) as (address, reports), _profile() as profile:
        query = urllib.parse.urlencode({"src": f"/film{film.suffix}", "seconds": seconds, "rate": rate})
        with process(command(f"{address}/player.html?{query}", profile)) as started:
            report = wait(reports, started, seconds + 30)
    report["errors"] = faults(report)
    return report


def wait(reports: queue.Queue[Report], process: subprocess.Popen[bytes], seconds: float) -> Report:
    """The page's report; a browser that ends, or says nothing for so long, is an error."""
    for _ in range(round(seconds * 5)):
        with contextlib.suppress(queue.Empty):
            return reports.get(timeout=0.2)
        if process.poll() is not None:
            raise JudgeError(f"the browser ended by itself (status {process.returncode})")
    raise JudgeError(f"the browser did not answer within {seconds:g} s")


def faults(report: Report) -> list[str]:
    """Why a film was not played to its end without fault."""
    found = [] if report["why"] == "ended" else [f"not played to its end: {report['why']} at {report['currentTime']} s"]
    if report["error"]:
        found.append(f"error {report['error']['code']}: {report['error']['message']}")
    if report.get("corrupted"):
        found.append(f"{report['corrupted']} corrupted frames")
    return found


def _profile() -> tempfile.TemporaryDirectory[str]:
    # The last of its helpers may still be writing there when they are killed.
    return tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)


@contextlib.contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A browser that runs, and all of its helpers with it."""
    null = subprocess.DEVNULL
    started = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, start_new_session=True)
    try:
        yield started
    finally:
        # Its helpers hold the profile open: the whole session has to go.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextlib.contextmanager
def _serve(film: Path) -> Iterator[tuple[str, queue.Queue[Report]]]:
    """A server that knows the page, the film, and where to put the page's report."""
    reports: queue.Queue[Report] = queue.Queue()

    class FilmHandler(Handler):
        files: ClassVar = {"/player.html": HERE / "judges" / "player.html", f"/film{film.suffix}": film}
        inbox = reports

    with serving(FilmHandler) as address:
        yield address, reports


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server's address."""
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser drops connections when it has enough."""


class Files(Protocol):
    """Which file an address stands for."""

    def get(self, address: str, /) -> Path | None: ...


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with files and byte ranges of them, and takes the page's report."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[Files]
    types: ClassVar[dict[str, str]] = TYPES
    inbox: ClassVar[queue.Queue[Report]]

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' output is for the tests."""

    def do_POST(self) -> None:
        self.inbox.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._head(204, 0, "text/plain")

    def do_GET(self) -> None:
        path = self.files.get(urllib.parse.urlsplit(self.path).path)
        if path is None:
            self._head(404, 0, "text/plain")
            return
        size = path.stat().st_size
        first, last, partial = self._range(size)
        kind = self.types.get(path.suffix.lower(), "application/octet-stream")
        more = {"Content-Range": f"bytes {first}-{last}/{size}"} if partial else {}
        self._head(206 if partial else 200, last - first + 1, kind, more)
        with path.open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left and (block := file.read(min(left, 1 << 18))):
                self.wfile.write(block)
                left -= len(block)

    def _range(self, size: int) -> tuple[int, int, bool]:
        match = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if match is None or int(match[1]) >= size:
            return 0, size - 1, False
        return int(match[1]), min(int(match[2] or size - 1), size - 1), True

    def _head(self, status: int, length: int, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), "Accept-Ranges": "bytes"}.items():
            self.send_header(name, value)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
