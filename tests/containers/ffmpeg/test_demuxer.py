"""The one door to FFmpeg's demuxers: what may pass, what must not, and whose errors come back."""

from __future__ import annotations

import errno
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from tests.containers.ffmpeg.made import film, made

from reelwright.containers.ffmpeg.demuxer import Demuxer
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, open_source

POINTERS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\n{url}\n#EXT-X-ENDLIST\n",
    "hls after a mark": "\ufeff#EXTM3U\n#EXTINF:3,\n{url}\n",
    "concat": "ffconcat version 1.0\nfile '{url}'\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na={url}",
    "pls": "[playlist]\nFile1={url}\n",
    "asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
}


@pytest.fixture
def server() -> Iterator[tuple[str, list[bool]]]:
    """An address on this machine, and whether anybody called."""
    called: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                called.append(True)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/film.ts", called
        stop.set()
        thread.join()


@pytest.mark.parametrize("kind", POINTERS)
@pytest.mark.parametrize("as_file", [True, False])
def test_files_that_only_point_elsewhere_are_refused(kind: str, as_file: bool, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.ts"
    target.write_bytes(made("ts"))
    path = tmp_path / "list.m3u8"
    path.write_text(POINTERS[kind].format(url=target.as_uri()), encoding="utf-8")
    source = open_source(path if as_file else path.read_bytes())
    with pytest.raises(InvalidMediaError, match="what it points to is not opened"):
        FFmpegMedia(source)
    source.close()


@pytest.mark.parametrize("kind", POINTERS)
def test_nobody_is_called(kind: str, server: tuple[str, list[bool]]) -> None:
    url, called = server
    text = POINTERS[kind].format(url=url)
    for disguised in (text, "\n" * 1100 + text, "# a comment\n" + text):
        with pytest.raises(InvalidMediaError):
            FFmpegMedia(open_source(disguised.encode()))
    assert not called


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"Once upon a time there was a text file.\n" * 40),
        ("a.ans", b"\x1b[31mred\x1b[0m" * 100),
        ("a.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHello\n\n" * 3),
        ("a.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"),
        ("frame%03d.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("a.ffmeta", b";FFMETADATA1\ntitle=x\n"),
        ("random.bin", bytes(range(256)) * 20),
        ("zeros.bin", bytes(5000)),
    ],
)
def test_what_is_no_media_of_ours(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    source = open_source(path)
    with pytest.raises(InvalidMediaError) as raised:
        FFmpegMedia(source)
    assert raised.value.hint
    assert raised.value.path == str(path)
    source.close()


@pytest.mark.parametrize("container", ["mp4", "mov", "ismv"])
def test_movie_files_are_not_for_ffmpeg(container: str) -> None:
    with pytest.raises(InvalidMediaError, match="of a kind that is not read here"):
        FFmpegMedia(open_source(film(container, "libx264", None)))


def test_the_name_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(made("mkv"))
    source = open_source(path)
    assert FFmpegMedia(source).facts.container == "matroska,webm"
    source.close()


class Failing:
    """A source whose disk fails after so many bytes."""

    path: str | None = None

    def __init__(self, data: bytes, good: int) -> None:
        self.name = "the failing disk"
        self._data, self.good = data, good
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        if offset + size > self.good and offset < self.size:
            raise OSError(errno.EIO, "the disk failed")
        return self._data[offset : offset + size]

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("suffix", ["mkv", "ts", "wav", "avi"])
def test_the_disks_own_errors_arrive_unchanged(suffix: str) -> None:
    source: Source = Failing(made(suffix), 2000)
    with pytest.raises(OSError, match="the disk failed") as raised:
        FFmpegMedia(source)
    assert raised.value.errno == errno.EIO


def wave(frames: int) -> bytes:
    """A WAV file of silence, one channel of 8 bits, too long to be read ahead at once."""
    rate = (48000).to_bytes(4, "little")
    form = b"WAVEfmt " + bytes([16, 0, 0, 0, 1, 0, 1, 0]) + rate + rate + bytes([1, 0, 8, 0])
    body = form + b"data" + frames.to_bytes(4, "little") + bytes([128]) * frames
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def test_a_disk_that_fails_later() -> None:
    data = wave(20 << 20)
    source = Failing(data, 10 * len(data))
    samples = iter(FFmpegMedia(source).stream(1))
    assert next(samples).data
    source.good = len(data) // 2
    with pytest.raises(OSError, match="the disk failed"):
        list(samples)


def test_one_files_trouble_is_not_anothers() -> None:
    with pytest.raises(OSError, match="the disk failed"):
        FFmpegMedia(Failing(made("mkv"), 1000))
    with pytest.raises(InvalidMediaError, match="Invalid data"):
        FFmpegMedia(open_source(bytes(range(7)) * 100))
    with pytest.raises(av.FFmpegError, match="Invalid data"):
        av.open(io.BytesIO(bytes(range(7)) * 100))


def test_an_interrupt_passes_through() -> None:
    demuxer = Demuxer(open_source(made("mkv")))
    with pytest.raises(KeyboardInterrupt), demuxer.watched():
        raise KeyboardInterrupt
    demuxer.close()
    demuxer.close()
