"""Films in pieces hold what the film written whole holds: every packet of every track, by ffprobe's own digests.

Pictures and sound are stored as one encoder made them, so that nothing but the form of the file differs.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reelwright import AssetWriterInput, FileTypeProfile, MediaType, SampleBuffer
from tests.interop import tools
from tests.writing import scene
from tests.writing.test_fragments import fragmented, sound_format, sound_packets, store
from tests.writing.test_segments import later, segmenting

SECONDS = 2
INTERVAL = Fraction(12, 25)


def inputs() -> dict[str, tuple[AssetWriterInput, list[SampleBuffer]]]:
    stream = scene.stream(count=SECONDS * 25)
    return {
        "video": (scene.stored_input(hint=stream.format), later(stream.buffers())),
        "audio": (scene.stored_input(MediaType.AUDIO, sound_format()), later(sound_packets(SECONDS * 47))),
    }


def digests(path: Path) -> dict[str, list[str]]:
    """Digests of all packets of a film, in the order of the file, by kind."""
    asked = ("-v", "error", "-show_data_hash", "sha256", "-show_packets", "-of", "json")
    answer = tools.run(tools.find("ffprobe", "ffmpeg"), *asked, path)
    assert not answer.err, answer.err
    found: dict[str, list[Any]] = {}
    for packet in answer.json()["packets"]:
        found.setdefault(packet["codec_type"], []).append(packet["data_hash"])
    return found


def whole(path: Path) -> Path:
    """The film written whole."""
    given = inputs()
    with scene.filming(path, *(input for input, _ in given.values()), session=10) as writer:
        for input, buffers in given.values():
            store(writer, input, buffers)
    return path


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
@pytest.mark.parametrize("seals", [True, False])
def test_fragments(tmp_path: Path, suffix: str, seals: bool) -> None:
    path, given = tmp_path / f"fragments{suffix}", inputs()
    writer = fragmented(
        path, *(input for input, _ in given.values()), interval=INTERVAL, session=10, seals_fragments=seals
    )
    for start in range(0, SECONDS * 47, 10):
        for input, buffers in given.values():
            store(writer, input, buffers[start : start + 10])
    writer.finish_writing()
    assert digests(path) == digests(whole(tmp_path / f"whole{suffix}"))


@pytest.mark.parametrize("profile", FileTypeProfile)
def test_segments(tmp_path: Path, profile: FileTypeProfile) -> None:
    expected = digests(whole(tmp_path / "whole.mp4"))
    for kind, (input, buffers) in inputs().items():
        writer = segmenting(input, preferred_output_segment_interval=INTERVAL, output_file_type_profile=profile)
        store(writer, input, buffers)
        writer.finish_writing()
        path = tmp_path / f"{kind}.mp4"
        segments = list(writer.segments())
        path.write_bytes(b"".join(segment.data for segment in segments))
        assert len(segments) > 4
        assert digests(path) == {kind: expected[kind]}
