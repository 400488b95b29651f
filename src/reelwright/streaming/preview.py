"""A small server to watch a stream or a film with while it is being made: its files, and a page that plays them.

It is for the person at this machine only: it listens on 127.0.0.1, answers requests that were meant for that address,
and reads files below one folder, or one film. Each request has a thread of its own, because some of them wait for what
comes next.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import threading
import urllib.parse
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reelwright.model.errors import InvalidArgumentError, OutputNotFoundError, output_error
from reelwright.streaming.blocking_reload import await_part, await_playlist
from reelwright.streaming.film_stream import FILM, FILM_PLAYLIST, INITIALIZATION, FilmStream
from reelwright.streaming.preview_files import (
    ServedFile,
    content_type,
    find_playlist,
    locate,
    open_file,
    requested_range,
)

__all__ = ["PreviewServer"]

_ADDRESS = "127.0.0.1"
_PLAYER = {"/": "preview.html", "/player/preview.js": "preview.js", "/player/hls.min.js": "hls.min.js"}
_FILMS = (".mp4", ".m4v", ".mov", ".m4a")
_PIECE = 1 << 18
_SILENT = 30.0
"""Seconds after which a connection that says nothing is closed."""
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'unsafe-inline'; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


class PreviewServer:
    """Serves a folder to this machine, and a page that plays the stream in it; or one film.

    Args:
        folder: where the stream is being written; or the path of a film, which is played while it grows if it is
            written in fragments (``movie_fragment_interval``). The film need not be there yet.
        port: 0 for any that is free.
        playlist: the one that the page plays, by its name in the folder; None to look for it.

    Raises:
        OutputNotFoundError: there is no such folder.
        InvalidArgumentError: a port that does not exist, or a file that is no film.
        OutputError: the port is taken.

    Example:
        >>> import tempfile, urllib.request
        >>> with tempfile.TemporaryDirectory() as folder, PreviewServer(folder) as server:
        ...     urllib.request.urlopen(server.url).status
        200
    """

    def __init__(self, folder: str | os.PathLike[str], *, port: int = 0, playlist: str | None = None) -> None:
        place = Path(folder).absolute()
        film = FilmStream(place) if _is_film(place) else None
        self.folder = place.parent if film else place
        if not self.folder.is_dir():
            raise OutputNotFoundError(f"there is no folder {os.fspath(self.folder)!r} to watch.", path=folder)
        if not 0 <= port < 1 << 16:
            raise InvalidArgumentError(f"there is no port {port}.")
        self._closing = threading.Event()
        handler = partial(_Handler, self.folder, film, playlist, self._closing)
        try:
            self._server = _Server((_ADDRESS, port), handler)
        except OSError as error:
            raise output_error(error, "listen on", f"{_ADDRESS}:{port}") from error
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{_ADDRESS}:{self._server.server_address[1]}/"

    def start(self) -> None:
        """Answer requests from now on, in threads of its own."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(0.02,), name="reelwright-preview", daemon=True
            )
            self._thread.start()

    def serve_forever(self) -> None:
        """Answer requests in this thread, until it is interrupted or another one calls ``close``."""
        self._server.serve_forever(0.05)

    def close(self) -> None:
        """Stop; requests that wait are given up."""
        self._closing.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_film(place: Path) -> bool:
    """A film that is not there yet is known by its name."""
    if place.is_dir() or place.suffix.lower() in _FILMS:
        return not place.is_dir()
    if place.exists():
        raise InvalidArgumentError(
            f"{os.fspath(place)!r} is neither a folder nor a film of a kind that can be watched.",
            hint=f"Give the folder of a stream, or a film: {', '.join(_FILMS)}.",
        )
    return False


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # players keep connections open for as long as they like

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers drop connections when they have seen enough."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "reelwright"
    sys_version = ""
    timeout = _SILENT

    def __init__(
        self, folder: Path, film: FilmStream | None, playlist: str | None, closing: threading.Event, *args: Any
    ) -> None:
        self._folder = folder
        self._film = film
        self._playlist = playlist
        self._closing = closing
        super().__init__(*args)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a player asks several times a second."""

    def do_GET(self) -> None:
        if not self._is_for_us():
            self._text(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to 127.0.0.1 and localhost.")
            return
        address = urllib.parse.urlsplit(self.path)
        if address.path in _PLAYER:
            self._player(_PLAYER[address.path])
        elif address.path == "/stream.json":
            self._stream()
        elif address.path.startswith("/film/") and self._film is not None:
            self._film_piece(self._film, address.path.removeprefix("/film/"))
        elif address.path.startswith("/media/"):
            self._media(address.path.removeprefix("/media/"), urllib.parse.parse_qs(address.query))
        else:
            self._missing()

    do_HEAD = do_GET

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._refuse_method
        raise AttributeError(name)

    def _refuse_method(self) -> None:
        self.close_connection = True  # a body may follow
        self._text(HTTPStatus.METHOD_NOT_ALLOWED, "Files can be read here.", {"Allow": "GET, HEAD"})

    def _is_for_us(self) -> bool:
        """A page from elsewhere can make a name of its own point to 127.0.0.1; its requests carry that name."""
        host = re.fullmatch(r"(127\.0\.0\.1|localhost)(:\d+)?", self.headers.get("Host", ""), re.IGNORECASE)
        return host is not None

    # What is asked for

    def _player(self, name: str) -> None:
        data = resources.files("reelwright.streaming").joinpath("static", name).read_bytes()
        self._bytes(data, content_type(name), {"Content-Security-Policy": _POLICY})

    def _stream(self) -> None:
        film = self._film
        if film is not None:
            found = f"/film/{FILM_PLAYLIST}" if film.playlist else None
            whole = f"/film/{FILM}" if film.is_whole else None
            self._bytes(json.dumps({"playlist": found, "film": whole}).encode(), "application/json")
            return
        name = self._playlist or find_playlist(self._folder)
        found = f"/media/{urllib.parse.quote(name)}" if name else None
        self._bytes(json.dumps({"playlist": found}).encode(), "application/json")

    def _film_piece(self, film: FilmStream, name: str) -> None:
        served = film.open() if name == FILM else None
        if served is not None:
            with served.file:
                self._file(served, content_type(".mp4"))
            return
        text = film.playlist if name == FILM_PLAYLIST else None
        data = film.header if name == INITIALIZATION else text and text.encode()
        if data:
            self._bytes(data, content_type(name))
        else:
            self._missing()

    def _media(self, name: str, query: Mapping[str, list[str]]) -> None:
        path = locate(self._folder, name)
        if path is None or self._film is not None:
            self._missing()
            return
        if path.suffix == ".m3u8" and "_HLS_msn" in query:
            self._awaited(path, query)
            return
        served = open_file(path)
        if served is None and await_part(path, self._closing.is_set):
            served = open_file(path)
        if served is None:
            self._missing()
            return
        with served.file:
            self._file(served, content_type(path.name))

    def _awaited(self, path: Path, query: Mapping[str, list[str]]) -> None:
        numbers = [query.get(name, [""])[0] for name in ("_HLS_msn", "_HLS_part")]
        if not re.fullmatch(r"\d{1,18}", numbers[0]) or not re.fullmatch(r"\d{0,9}", numbers[1]):
            self._text(HTTPStatus.BAD_REQUEST, "_HLS_msn and _HLS_part are numbers.")
            return
        part = int(numbers[1]) if numbers[1] else None
        text = await_playlist(path, int(numbers[0]), part, self._closing.is_set)
        if text is None:
            self._text(HTTPStatus.SERVICE_UNAVAILABLE, "The playlist has not come so far.")
            return
        self._bytes(text.encode(), content_type(path.name))

    # Answers

    def _file(self, served: ServedFile, kind: str) -> None:
        # With If-Range a player wants the rest of what it knows; whether that is still so, nobody can tell here.
        asked = None if "If-Range" in self.headers else self.headers.get("Range")
        wanted = requested_range(asked, served.size)
        if wanted is not None and not wanted:
            self._text(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "", {"Content-Range": f"bytes */{served.size}"})
            return
        status, more = HTTPStatus.OK, {"Accept-Ranges": "bytes"}
        if wanted is not None:
            status = HTTPStatus.PARTIAL_CONTENT
            more["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{served.size}"
        sent = wanted or range(served.size)
        self._head(status, len(sent), kind, more)
        if self.command != "HEAD":
            self._copy(served, sent)

    def _copy(self, served: ServedFile, sent: range) -> None:
        served.file.seek(sent.start)
        left = len(sent)
        while left:
            piece = served.file.read(min(left, _PIECE))
            if not piece:  # it was cut off meanwhile: the promised length cannot be kept
                self.close_connection = True
                return
            self.wfile.write(piece)
            left -= len(piece)

    def _missing(self) -> None:
        self._text(HTTPStatus.NOT_FOUND, "There is no such file.")

    def _text(self, status: HTTPStatus, words: str, more: Mapping[str, str] | None = None) -> None:
        self._bytes(words.encode(), "text/plain; charset=utf-8", more, status)

    def _bytes(
        self, data: bytes, kind: str, more: Mapping[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self._head(status, len(data), kind, more or {})
        if self.command != "HEAD":
            self.wfile.write(data)

    def _head(self, status: HTTPStatus, length: int, kind: str, more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **_HEADERS, **more}.items():
            self.send_header(name, value)
        self.end_headers()
