"""Reading a file to the last corner: everything that can be asked of it short of decoding its pictures and sound.

What the library promises of any bytes whatever: an answer, or one of its own errors. Everything else that comes out of
here is a fault.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from reelwright.containers.media import Media
from reelwright.isobmff.box_tree import box_tree
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import ReelwrightError
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.storage.source import open_source

__all__ = ["EXPECTED", "exercise"]

EXPECTED = (ReelwrightError,)
_MOST_SAMPLES = 300
_ASSET_PROPERTIES = [
    name for name in dir(Asset) if not name.startswith("_") and isinstance(getattr(Asset, name, None), property)
]


def _tried(call: Callable[[], Any]) -> Any:
    """The call's result; None where it raised one of the errors that are promised."""
    try:
        return call()
    except EXPECTED:
        return None


def exercise(data: bytes) -> None:
    """Ask everything of a file in memory.

    Raises:
        whatever is not promised: the fault that was looked for.
    """
    _tried(lambda: _walk_boxes(data))
    asset = Asset(data)
    try:
        for name in _ASSET_PROPERTIES:
            _tried(lambda name=name: getattr(asset, name))  # type: ignore[misc]
        for track in _tried(lambda: asset.tracks) or ():
            _exercise_track(asset, track)
    finally:
        asset.close()


def _walk_boxes(data: bytes) -> None:
    for node in itertools.islice(box_tree(open_source(data)), 10_000):
        assert node.summary is not None


def _exercise_track(asset: Asset, track: Any) -> None:
    for name in dir(type(track)):
        if not name.startswith("_") and isinstance(getattr(type(track), name, None), property):
            _tried(lambda name=name: getattr(track, name))  # type: ignore[misc]
    media: Media | None = _tried(lambda: asset.media)
    if media is None:
        return
    _tried(lambda: _columns(media, track.track_id))
    _tried(lambda: _samples(media, track.track_id))
    _tried(lambda: _read(asset, track))


def _columns(media: Media, track_id: int) -> None:
    index = media.index(track_id)
    if index is not None and len(index):
        assert index.sample_count >= 0
        assert len(index.presentation) == len(index.presentation_order) == len(index)
        index.row_shown_at(int(index.presentation[len(index) // 2]))


def _samples(media: Media, track_id: int) -> None:
    for start in (None, 0, 1 << 40):
        stream = media.stream(track_id, start)
        try:
            for sample in itertools.islice(stream, _MOST_SAMPLES):
                assert sample.data is not None
        finally:
            stream.close()


def _read(asset: Asset, track: Any) -> None:
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(track)
        reader.add(output)
        reader.start_reading()
        for _ in itertools.islice(output, _MOST_SAMPLES):
            pass


def exercise_box(reader: Callable[[Parser], Any], data: bytes) -> None:
    """Have one box's reader read damaged content."""
    _tried(lambda: reader(Parser(data, "a damaged box")))
