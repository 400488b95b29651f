"""Judges of streams: a strict reader of playlists, a packager that reads CMAF, players of the web in Chromium."""

from __future__ import annotations

import contextlib
import platform
import queue
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from tests.interop import browser, chromium
from tests.interop.tools import HERE, MODULES, Film, Report, ToolMissing, find, find_module, run

TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".js": "text/javascript",
}


def hls_parser(*paths: Film) -> dict[str, Report]:
    """Each playlist as hls-parser reads it in strict mode: ``errors``, and ``playlist`` (its own objects)."""
    find_module("hls-parser")
    reports: dict[str, Report] = run(find("node", "nodejs"), HERE / "judges" / "hls_parser.cjs", *paths).json()
    return reports


def shaka_packager(*descriptors: str) -> list[str]:
    """What Shaka Packager complains of while it packages streams, each described as on its command line."""
    names = {("linux", "x86_64"): "linux-x64", ("linux", "aarch64"): "linux-arm64", ("darwin", "arm64"): "osx-arm64"}
    name = names.get((sys.platform, platform.machine()))
    if name is None:
        raise ToolMissing(f"there is no Shaka Packager for {sys.platform} on {platform.machine()}")
    answer = run(find_module("shaka-packager") / "bin" / f"packager-{name}", "--quiet", *descriptors)
    complaints = [line for line in answer.err.splitlines() if line.strip()]
    return complaints or ([f"exit status {answer.status}"] if answer.status else [])


def play_stream(
    folder: Film,
    name: str,
    *,
    player: str = "hls",
    seconds: float = 20.0,
    rate: float = 1.0,
    level: str | None = None,
    seek: float | None = None,
) -> Report:
    """Play the playlist or manifest ``name`` of a folder in headless Chromium with hls.js or dash.js, to its end.

    Args:
        rate: of playback. level: the number of the rendition to stay with, or "all" to switch through them.
        seek: seconds to jump to at the start.

    Returns what the page saw: as ``browser.play``, and ``manifest``, ``levels`` played, ``starts`` (first presentation
    of each kind of media, s), ``greys`` ([time, green of a pixel at the left, width, the same at the right, clock]).
    ``errors`` is empty if all went well.
    """
    find_module("dashjs" if player == "dash" else "hls.js")
    query = {"player": player, "src": f"/media/{name}", "seconds": seconds, "rate": rate, "level": level, "seek": seek}
    words = urllib.parse.urlencode({key: value for key, value in query.items() if value is not None})
    with serve_folder(folder) as (address, reports):
        return watch(f"{address}/stream.html?{words}", reports, seconds)


def watch(address: str, reports: queue.Queue[Report], seconds: float) -> Report:
    """Open a page in Chromium and wait for its report."""
    program = chromium.program()
    with contextlib.ExitStack() as stack:
        profile = stack.enter_context(tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True))
        command = [program, *chromium.FLAGS, f"--user-data-dir={profile}", address]
        report = browser.wait(reports, stack.enter_context(browser.process(command)), seconds + 30)
    report["errors"] += browser.faults(report)
    return report


@contextlib.contextmanager
def serve_folder(folder: Film) -> Iterator[tuple[str, queue.Queue[Report]]]:
    """A server that knows the page, the players, a folder, and where to put the page's report."""
    reports: queue.Queue[Report] = queue.Queue()

    class Handler(browser.Handler):
        files: ClassVar = _Files(Path(folder))
        types: ClassVar = {**browser.TYPES, **TYPES}
        inbox = reports

    with browser.serving(Handler) as address:
        yield address, reports


@contextlib.contextmanager
def serve_with(address: str, script: str = "") -> Iterator[tuple[str, queue.Queue[Report], list[str]]]:
    """All that another server answers, in its page a script of ``judges/`` that posts a report, and our own pages.

    The list grows with each path that the page asks for.
    """
    reports: queue.Queue[Report] = queue.Queue()
    seen: list[str] = []
    addition = f'<script src="/{script}"></script>'.encode() if script else b""
    own_files = _Files(None)

    class Handler(browser.Handler):
        files: ClassVar = own_files
        types: ClassVar = {**browser.TYPES, **TYPES}
        inbox = reports

        def do_GET(self) -> None:
            if own_files.get(urllib.parse.urlsplit(self.path).path):
                super().do_GET()
                return
            seen.append(self.path)
            asked = urllib.request.Request(address.rstrip("/") + self.path)
            if "Range" in self.headers:
                asked.add_header("Range", self.headers["Range"])
            try:
                with urllib.request.urlopen(asked) as answer:
                    status, kind, data = answer.status, answer.headers["Content-Type"], answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    status, kind, data = error.code, "text/plain", error.read()
            data += addition if self.path == "/" else b""
            self._head(status, len(data), kind)
            self.wfile.write(data)

    with browser.serving(Handler) as own:
        yield own, reports, seen


class _Files:
    """Addresses as paths; only this suite asks."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, address: str) -> Path | None:
        _, place, name = urllib.parse.unquote(address).split("/", 2) if address.count("/") > 1 else ("", "", address)
        root = {"media": self._folder, "modules": MODULES, "": HERE / "judges"}.get(place)
        path = root / name.removeprefix("/") if root is not None else None
        return path if path is not None and path.is_file() else None
