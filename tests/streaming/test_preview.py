"""The preview server: who may ask, what they get, and that nothing outside the folder can be had."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reelwright.model.errors import InvalidArgumentError, OutputError, OutputNotFoundError
from reelwright.streaming.blocking_reload import Progress, progress
from reelwright.streaming.output import FolderOutput
from reelwright.streaming.preview import PreviewServer
from reelwright.streaming.preview_files import requested_range

SECRET = b"not for everybody"
DATA = bytes(range(256)) * 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PreviewServer]:
    folder = tmp_path / "stream"
    (folder / "720p").mkdir(parents=True)
    (folder / "720p" / "1.m4s").write_bytes(DATA)
    (folder / "live.m3u8").write_text("#EXTM3U\n")
    (folder / ".live.m3u8.part").write_bytes(SECRET)
    (folder / "a b%41.vtt").write_bytes(b"WEBVTT")
    (folder / "empty.mp4").write_bytes(b"")
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "stream-other").mkdir()
    (tmp_path / "stream-other" / "secret").write_bytes(SECRET)
    with PreviewServer(folder) as made:
        yield made


def ask(server: PreviewServer, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    host, port = server.url[7:-1].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": f"{host}:{port}", **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "kind", "data"),
    [
        ("/media/720p/1.m4s", "video/iso.segment", DATA),
        ("/media/720p/1.m4s?token=1", "video/iso.segment", DATA),
        ("/media/live.m3u8", "application/vnd.apple.mpegurl", b"#EXTM3U\n"),
        ("/media/a%20b%2541.vtt", "text/vtt; charset=utf-8", b"WEBVTT"),
        ("/media/empty.mp4", "video/mp4", b""),
        ("/stream.json", "application/json", b'{"playlist": "/media/live.m3u8"}'),
    ],
)
def test_what_is_served(server: PreviewServer, path: str, kind: str, data: bytes) -> None:
    status, headers, body = ask(server, path)
    assert (status, headers["Content-Type"], body) == (200, kind, data)
    assert headers["Cache-Control"] == "no-store"
    status, headers, body = ask(server, path, "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(data)), b"")


def test_the_page_and_its_player(server: PreviewServer) -> None:
    status, headers, page = ask(server, "/")
    assert status == 200
    assert b"/player/hls.min.js" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    for path in ("/player/preview.js", "/player/hls.min.js"):
        status, headers, body = ask(server, path)
        assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
        assert body


ESCAPES = [
    "/media/../secret", "/media/720p/../../secret", "/media/%2e%2e/secret", "/media/.%2e/secret", "/media/..%2fsecret",
    "/media/%2e%2e%2fsecret", "/media/..\\secret", "/media/..%5csecret", "/media//etc/passwd", "/media/%2fetc%2fpasswd",
    "/media/720p%00/../secret", "/media/live.m3u8%00", "/media/%252e%252e/secret", "/media/../stream-other/secret",
    "/media/.live.m3u8.part", "/media/720p/", "/media/720p", "/media/", "/media/.", "/media/%ff", "/media/c:%5csecret",
    "/media/720p/./1.m4s", "/../secret", "//etc/passwd", "/player/../preview.py", "/player/preview.html", "/etc/passwd",
    "/media/link", "/media/linked/secret", "/media/pipe", "/media/" + "a" * 5000, "http://127.0.0.1/../secret",
]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_nothing_else_is(server: PreviewServer, tmp_path: Path) -> None:
    (server.folder / "link").symlink_to(tmp_path / "secret")
    (server.folder / "linked").symlink_to(tmp_path / "stream-other")
    os.mkfifo(server.folder / "pipe")
    for path in ESCAPES:
        status, _, body = ask(server, path)
        assert (status, SECRET in body) == (404, False), path
    assert b"root:" not in ask(server, "/media/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")[2]


def test_links_inside_the_folder_work(server: PreviewServer) -> None:
    (server.folder / "latest.m4s").symlink_to(server.folder / "720p" / "1.m4s")
    assert ask(server, "/media/latest.m4s")[2] == DATA


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=1000-", range(1000, 1024)),
        ("bytes=-24", range(1000, 1024)),
        ("bytes=-5000", range(1024)),
        ("bytes=10-99999", range(10, 1024)),
        ("bytes=1024-", range(1024, 1024)),
        ("bytes=-0", range(1024, 1024)),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("pages=1-2", None),
        ("bytes=" + "9" * 19 + "-", None),
        (None, None),
    ],
)
def test_ranges(header: str | None, expected: range | None) -> None:
    found = requested_range(header, 1024)
    assert found == expected
    assert (found is None) == (expected is None)


def test_ranges_over_http(server: PreviewServer) -> None:
    status, headers, body = ask(server, "/media/720p/1.m4s", Range="bytes=250-259")
    assert (status, headers["Content-Range"], body) == (206, "bytes 250-259/1024", DATA[250:260])
    status, headers, body = ask(server, "/media/720p/1.m4s", Range="bytes=2000-")
    assert (status, headers["Content-Range"]) == (416, "bytes */1024")
    assert ask(server, "/media/720p/1.m4s", Range="bytes=0-1", If_Range='"x"')[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "0.0.0.0:80", "localhost:80@evil"])
def test_names_that_merely_point_here_are_turned_away(server: PreviewServer, host: str) -> None:
    assert ask(server, "/media/720p/1.m4s", Host=host)[0] == 421


def test_localhost_is_welcome(server: PreviewServer) -> None:
    assert ask(server, "/", Host="localhost:1234")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_nothing_can_be_changed(server: PreviewServer, method: str) -> None:
    status, headers, _ = ask(server, "/media/720p/1.m4s", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    assert (server.folder / "720p" / "1.m4s").exists()


def test_only_this_machine_is_listened_to(server: PreviewServer) -> None:
    port = int(server.url[7:-1].split(":")[1])
    assert server.url.startswith("http://127.0.0.1:")
    with socket.socket(socket.AF_INET) as other, pytest.raises(OSError):  # noqa: PT011
        other.connect(("127.0.0.2", port))


def test_the_multivariant_playlist_comes_first(server: PreviewServer) -> None:
    (server.folder / "z.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n")
    assert ask(server, "/stream.json")[2] == b'{"playlist": "/media/z.m3u8"}'
    with PreviewServer(server.folder, playlist="b c.m3u8") as other:
        assert ask(other, "/stream.json")[2] == b'{"playlist": "/media/b%20c.m3u8"}'


def test_before_there_is_a_playlist(tmp_path: Path) -> None:
    with PreviewServer(tmp_path) as server:
        assert ask(server, "/stream.json")[2] == b'{"playlist": null}'


def test_servers_that_cannot_be(tmp_path: Path, server: PreviewServer) -> None:
    with pytest.raises(OutputNotFoundError, match="no folder"):
        PreviewServer(tmp_path / "nowhere")
    with pytest.raises(InvalidArgumentError, match="no port"):
        PreviewServer(tmp_path, port=70_000)
    with pytest.raises(OutputError, match="listen on"):
        PreviewServer(tmp_path, port=int(server.url[7:-1].split(":")[1]))


def test_closing_frees_the_port(tmp_path: Path) -> None:
    server = PreviewServer(tmp_path)
    before = threading.active_count()
    server.start()
    server.start()
    port = int(server.url[7:-1].split(":")[1])
    server.close()
    assert threading.active_count() == before
    PreviewServer(tmp_path, port=port).close()


# Requests that wait

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n"
PART = '#EXT-X-PART:DURATION=0.5,URI="x.m4s"\n'
SEGMENT = "#EXTINF:1,\nx.m4s\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Progress(0, 0, 0, False)),
        (HEAD, Progress(7, 0, 1, False)),
        (HEAD + PART, Progress(7, 1, 1, False)),
        (HEAD + PART + PART + SEGMENT, Progress(8, 0, 1, False)),
        (HEAD + PART + SEGMENT + PART + SEGMENT + PART + PART, Progress(9, 2, 1, False)),
        (HEAD + SEGMENT + "#EXT-X-ENDLIST\n", Progress(8, 0, 1, True)),
    ],
)
def test_how_far_a_playlist_has_come(text: str, expected: Progress) -> None:
    assert progress(text) == expected


def test_what_a_playlist_has() -> None:
    state = Progress(9, 2, 1, False)
    assert [state.has(8, None), state.has(9, None), state.has(9, 1), state.has(9, 2), state.has(8, 7)] == [True, False, True, False, True]  # fmt: skip  # noqa: E501
    assert Progress(9, 2, 1, True).has(50, None)


def later(call: Any) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_a_playlist_is_sent_the_moment_it_has_the_part(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    output.write("live.m3u8", [(HEAD + SEGMENT).encode()])
    answers: list[bytes] = []
    with PreviewServer(tmp_path) as server:
        waiting = [
            later(lambda: answers.append(ask(server, "/media/live.m3u8?_HLS_msn=8&_HLS_part=0")[2])),
            later(lambda: answers.append(ask(server, "/media/live.m3u8?_HLS_msn=8")[2])),
        ]
        time.sleep(0.1)
        assert answers == []
        output.write("live.m3u8", [(HEAD + SEGMENT + PART).encode()])
        waiting[0].join()
        output.write("live.m3u8", [(HEAD + SEGMENT + PART + SEGMENT).encode()])
        waiting[1].join()
    assert [each.decode().removeprefix(HEAD) for each in answers] == [SEGMENT + PART, SEGMENT + PART + SEGMENT]


def test_an_announced_part_is_waited_for(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    output.write("v/live.m3u8", [(HEAD + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="7.0.m4s"\n').encode()])
    answers: list[bytes] = []
    with PreviewServer(tmp_path) as server:
        waiting = later(lambda: answers.append(ask(server, "/media/v/7.0.m4s")[2]))
        assert ask(server, "/media/v/7.1.m4s")[0] == 404
        output.write("v/7.0.m4s", [DATA])
        waiting.join()
    assert answers == [DATA]


def test_a_part_that_is_no_longer_announced_is_given_up(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    output.write("live.m3u8", [(HEAD + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="7.4.m4s"\n').encode()])
    statuses: list[int] = []
    with PreviewServer(tmp_path) as server:
        waiting = later(lambda: statuses.append(ask(server, "/media/7.4.m4s")[0]))
        time.sleep(0.05)
        output.write("live.m3u8", [(HEAD + SEGMENT + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="8.0.m4s"\n').encode()])
        waiting.join(1.0)  # three target durations would be three seconds
        assert statuses == [404]


def test_what_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "live.m3u8").write_text(HEAD)
    with PreviewServer(tmp_path) as server:
        assert ask(server, "/media/live.m3u8?_HLS_msn=10")[0] == 503  # too far ahead
        assert ask(server, "/media/none.m3u8?_HLS_msn=1")[0] == 503
        assert ask(server, "/media/live.m3u8?_HLS_msn=x")[0] == 400
        assert ask(server, "/media/live.m3u8?_HLS_msn=7&_HLS_part=-1")[0] == 400
        (tmp_path / "live.m3u8").write_text(HEAD + "#EXT-X-ENDLIST\n")
        assert ask(server, "/media/live.m3u8?_HLS_msn=8")[0] == 200


def test_closing_does_not_wait_for_those_who_wait(tmp_path: Path) -> None:
    (tmp_path / "live.m3u8").write_text(HEAD.replace("DURATION:1", "DURATION:60"))
    server = PreviewServer(tmp_path)
    server.start()
    statuses: list[int] = []
    waiting = later(lambda: statuses.append(ask(server, "/media/live.m3u8?_HLS_msn=7")[0]))
    time.sleep(0.1)
    server.close()
    waiting.join()
    assert statuses == [503]
