"""Real movie files, sample by sample, against what FFmpeg's demuxer makes of them when edits are left aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from reelwright.containers.movie_media import MovieMedia
from reelwright.storage.source import open_source

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
SUFFIXES = {".mov", ".mp4", ".m4a", ".m4v", ".3gp"}
# FFmpeg opens only the clear part of the first, gives nothing of the second's samples that were cut off, and does not
# open the third; other judges are asked about them.
NO_JUDGE = {"sample_fragmented_clearkey.mp4", "broken.mp4", "sample_malformed_free_box.mp4"}
FOUND = sorted(path for path in MEDIA.rglob("*") if path.suffix.lower() in SUFFIXES) if MEDIA.is_dir() else []
FILES = [path for path in FOUND if path.name not in NO_JUDGE]


def packets_of(path: Path) -> dict[int, list[Any]]:
    """FFmpeg's packets by track number."""
    found: dict[int, list[Any]] = {}
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        numbers = {stream.index: stream.id for stream in container.streams if stream.type in ("video", "audio")}
        for packet in container.demux():
            if packet.stream.index in numbers and packet.size:
                found.setdefault(numbers[packet.stream.index], []).append(
                    (packet.pos, packet.size, packet.pts, packet.is_keyframe)
                )
    return found


@pytest.mark.skipif(not FILES, reason="the collection of real media is not beside the repository")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_samples_lie_where_ffmpeg_finds_them(path: Path) -> None:
    media = MovieMedia(open_source(path))
    try:
        for number, packets in packets_of(path).items():
            if number == 0:  # a cover, which FFmpeg calls a stream
                continue
            index = media.index(number)
            if index.counts is not None:  # runs of frames are cut elsewhere, but they are the same bytes
                assert index.total_bytes == sum(size for _, size, _, _ in packets)
                continue
            assert index.offsets.tolist() == [position for position, _, _, _ in packets]
            assert index.sizes.tolist() == [size for _, size, _, _ in packets]
            assert index.presentation.tolist() == [shown for _, _, shown, _ in packets]
            assert [bool(sync) for sync in (index.sync if index.sync is not None else [True] * len(index))] == [
                sync for _, _, _, sync in packets
            ]
    finally:
        media.close()
