"""A film that is watched while it is written: its playlist at every step, and what the server shows of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.streaming.test_preview import ask

from reelwright.easy.films import write_video
from reelwright.model.errors import InvalidArgumentError, OutputNotFoundError
from reelwright.reading.asset import Asset
from reelwright.streaming.film_stream import FilmStream
from reelwright.streaming.preview import PreviewServer

RATE, SECONDS = 8, 4
FAST = {"preset": "ultrafast"}


def frames() -> Iterator[np.ndarray]:
    for number in range(RATE * SECONDS):
        yield np.full((48, 64, 3), number * 7, np.uint8)


def ranges(text: str) -> list[tuple[int, int]]:
    """(offset, length) of each segment."""
    return [(int(offset), int(length)) for length, offset in re.findall(r"#EXT-X-BYTERANGE:(\d+)@(\d+)", text)]


def longer_than(count: int, server: PreviewServer) -> str:
    """The playlist once it has more segments."""
    for _ in range(1000):
        text = ask(server, "/film/index.m3u8")[2].decode()
        if len(ranges(text)) > count:
            return text
        time.sleep(0.02)
    raise AssertionError(f"there are only {count} segments")


def test_a_film_is_a_growing_playlist_while_it_is_written_and_ends_when_it_does(tmp_path: Path) -> None:
    film = tmp_path / "a film.mp4"
    texts: list[str] = []
    with PreviewServer(film) as server:

        def watched() -> Iterator[np.ndarray]:
            assert json.loads(ask(server, "/stream.json")[2]) == {"playlist": None, "film": None}
            assert ask(server, "/film/index.m3u8")[0] == 404
            for number, frame in enumerate(frames()):
                yield frame
                if number % RATE == RATE // 2 and number > RATE:  # a second is over, and will be encoded soon
                    texts.append(longer_than(len(texts), server))

        options = {**FAST, "tune": "zerolatency"}
        write_video(watched(), film, fps=RATE, movie_fragment_interval=1, encoder_options=options)
        assert json.loads(ask(server, "/stream.json")[2]) == {"playlist": "/film/index.m3u8", "film": None}
        texts.append(ask(server, "/film/index.m3u8")[2].decode())
        pieces = [ask(server, "/film/init.mp4")[2]]
        for offset, length in ranges(texts[-1]):
            pieces.append(ask(server, "/film/film", Range=f"bytes={offset}-{offset + length - 1}")[2])
    assert [len(ranges(text)) for text in texts] == [1, 2, 3, SECONDS]
    assert ["#EXT-X-ENDLIST" in text for text in texts] == [False, False, False, True]
    for before, after in pairwise(texts):
        assert after.startswith(before), "an event's playlist only grows"
    assert '#EXT-X-MAP:URI="init.mp4"' in texts[0]
    assert "film" in texts[0].splitlines()
    with Asset(b"".join(pieces)) as played, Asset(film) as written:
        (ours,), (theirs,) = played.tracks, written.tracks
        assert ours.sample_index.sample_count == theirs.sample_index.sample_count == RATE * SECONDS
        assert list(ours.sample_index.sizes) == list(theirs.sample_index.sizes)


def test_a_finished_film_is_played_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    film = tmp_path / "elsewhere" / ".a film: 50%.mp4"
    write_video(frames(), film, fps=RATE, movie_fragment_interval=1, encoder_options=FAST)
    link = tmp_path / "link.mp4"
    link.symlink_to(film)
    with PreviewServer(link) as server:
        assert json.loads(ask(server, "/stream.json")[2]) == {"playlist": None, "film": "/film/film"}
        assert ask(server, "/film/film")[2] == film.read_bytes()
        assert ask(server, "/film/init.mp4")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/media/film.mp4",
        "/media/secret.mp4",
        "/film/film/",
        "/media/other/film.mp4",
        "/film/secret.mp4",
        "/film/../secret.mp4",
    ],
)
def test_nothing_beside_a_film_is_shown(tmp_path: Path, path: str) -> None:
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "film.mp4").write_bytes(b"secret")
    with PreviewServer(tmp_path / "film.mp4") as server:
        assert ask(server, "/film/film")[2] == b"film"
        assert ask(server, path)[0] == 404


def test_other_files_and_films_that_can_never_be_are_refused(tmp_path: Path) -> None:
    (tmp_path / "film.webm").write_bytes(b"film")
    with pytest.raises(InvalidArgumentError, match="neither a folder nor a film"):
        PreviewServer(tmp_path / "film.webm")
    with pytest.raises(OutputNotFoundError, match="no folder"):
        PreviewServer(tmp_path / "nowhere" / "film.mp4")


def test_another_film_of_the_same_name_begins_anew(tmp_path: Path) -> None:
    film, other = tmp_path / "film.mp4", tmp_path / "other.mp4"
    write_video(frames(), film, fps=RATE, encoder_options=FAST)
    stream = FilmStream(film)
    assert stream.is_whole
    other.write_bytes(b"")
    other.replace(film)
    assert not stream.is_whole
    assert stream.playlist is None
    assert stream.header is None
