"""Reading a file to the last corner: everything that can be asked of it, in four ways, each a part of the torture.

What the library promises of any bytes whatever: an answer, or one of its own errors. Everything else that comes out of
here is a fault.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

from rich.console import Console

from reelwright.cli.info_text import show
from reelwright.containers.media import Media
from reelwright.easy.chart_data import chart_data
from reelwright.easy.inspection import inspect_asset, sample_rows
from reelwright.isobmff.box_tree import box_tree
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import ReelwrightError
from reelwright.model.kinds import MediaCharacteristic, MediaType, TrackAssociation
from reelwright.model.pixel import PixelFormat
from reelwright.reading.adaptors import AssetReaderOutputCaptionAdaptor, AssetReaderOutputMetadataAdaptor
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.audio_mix_output import AssetReaderAudioMixOutput
from reelwright.reading.sample_cursor import SampleCursor
from reelwright.reading.sample_reference_output import AssetReaderSampleReferenceOutput
from reelwright.reading.track_output import AssetReaderTrackOutput
from reelwright.storage.source import open_source

__all__ = ["check_for_children", "decode", "movie", "open_descriptors", "strange"]

EXPECTED = (ReelwrightError,)
_MOST_SAMPLES = 300
_MOST_TRACKS = 20
_CAPTIONS = (MediaType.TEXT, MediaType.SUBTITLE, MediaType.CLOSED_CAPTION)


def _tried(call: Callable[[], Any]) -> Any:
    """The call's result; None where it raised one of the errors that are promised."""
    try:
        return call()
    except EXPECTED:
        return None


def _few(items: Iterable[Any]) -> None:
    for _ in itertools.islice(items, _MOST_SAMPLES):
        pass


@cache
def _properties(kind: type) -> tuple[str, ...]:
    """What can be loaded of an asset or a track, or asked of a cursor."""
    members = ((name, getattr(kind, name)) for name in dir(kind) if not name.startswith("_"))
    return tuple(name for name, member in members if isinstance(member, (property, cached_property)))


def movie(name: str, data: bytes) -> None:
    """Ask everything of a movie in memory, in a file object or in a file, short of decoding pictures and sound.

    What only puts into words what was found takes longest, and is asked for one file in four.

    Raises:
        whatever is not promised: the fault that was looked for.
    """
    kind = zlib.crc32(data) % 16
    if kind == 0:
        _asset(data, io.BytesIO(data))
    elif kind == 1:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(data)
            _asset(data, path)
    else:
        _asset(data, data)


def strange(name: str, data: bytes) -> None:
    """Ask the same of a file of another kind, demuxed in a process of its own, of which nothing may be left."""
    before = open_descriptors()
    asset = Asset(data, isolated=True)
    try:
        _ask(asset)
    finally:
        asset.close()
    del asset
    check_for_children()
    assert open_descriptors() <= before, f"{open_descriptors()} descriptors are open, before there were {before}"


def decode(name: str, data: bytes) -> None:
    """Decode pictures and sound whose bytes are damaged."""
    with Asset(data) as asset:
        for track in _tried(lambda: asset.tracks) or ():
            if track.media_type is MediaType.VIDEO:
                _tried(lambda track=track: _read(asset, AssetReaderTrackOutput(track, PixelFormat.RGB24)))  # type: ignore[misc]
            elif track.media_type is MediaType.AUDIO:
                _tried(lambda track=track: _read(asset, AssetReaderTrackOutput(track, AudioSettings("lpcm"))))  # type: ignore[misc]
                _tried(lambda track=track: _read(asset, AssetReaderAudioMixOutput([track])))  # type: ignore[misc]


def open_descriptors() -> int:
    """Files, pipes and sockets that this process has open; 0 where the system does not tell."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def check_for_children() -> None:
    """See that nothing which this process started is still there, dead or alive.

    Raises:
        AssertionError: something is.
    """
    if not hasattr(os, "waitid"):
        return
    with suppress(ChildProcessError):
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        raise AssertionError(f"a child process is left: {found or 'it goes on'}")


def _asset(data: bytes, target: Any) -> None:
    _tried(lambda: _walk_boxes(data))
    asset = Asset(target)
    try:
        _ask(asset)
        if zlib.crc32(data) % 4 == 0:
            _put_into_words(asset)
    finally:
        asset.close()


def _put_into_words(asset: Asset) -> None:
    _tried(lambda: asyncio.run(asset.load_async("duration", "chapters")))
    _tried(lambda: show(Console(file=io.StringIO(), width=100), asset))
    _tried(lambda: chart_data(asset))
    _tried(lambda: asset._repr_html_())
    _tried(lambda: repr(asset))


def _walk_boxes(data: bytes) -> None:
    for node in itertools.islice(box_tree(open_source(data)), 10_000):
        assert node.summary is not None


def _ask(asset: Asset) -> None:
    tracks = _tried(lambda: asset.tracks)
    if tracks is None:
        return
    for name in _properties(Asset):
        _tried(lambda name=name: asset.load(name))  # type: ignore[misc]
    _tried(lambda: inspect_asset(asset))
    for characteristic in MediaCharacteristic:
        _tried(lambda kind=characteristic: asset.tracks_with_media_characteristic(kind))  # type: ignore[misc]
        _tried(lambda kind=characteristic: asset.media_selection_group(kind))  # type: ignore[misc]
    for kind in _tried(lambda: asset.available_metadata_formats) or ():
        _tried(lambda kind=kind: asset.metadata_for_format(kind))  # type: ignore[misc]
    _tried(lambda: asset.chapter_metadata_groups(containing_items_with_common_keys=("artwork",)))
    _tried(lambda: asset.chapter_metadata_groups_best_matching(["de", "en"]))
    for track in tracks[:_MOST_TRACKS]:
        _ask_track(asset, track)


def _ask_track(asset: Asset, track: AssetTrack) -> None:
    for name in _properties(AssetTrack):
        _tried(lambda name=name: track.load(name))  # type: ignore[misc]
    for association in TrackAssociation:
        _tried(lambda kind=association: track.associated_tracks(kind))  # type: ignore[misc]
    for time in (0, 0.5, 1e9, -1):
        _tried(lambda time=time: track.segment_for_track_time(time))  # type: ignore[misc]
        _tried(lambda time=time: track.sample_presentation_time_for_track_time(time))  # type: ignore[misc]
    media: Media | None = _tried(lambda: asset.media)
    if media is None:
        return
    _tried(lambda: _columns(media, track.track_id))
    _tried(lambda: _samples(media, track.track_id))
    _tried(lambda: _few(sample_rows(track, _MOST_SAMPLES)))
    _tried(lambda: _cursors(track))
    _tried(lambda: _read(asset, AssetReaderTrackOutput(track)))
    _tried(lambda: _read(asset, AssetReaderSampleReferenceOutput(track)))
    if track.media_type is MediaType.METADATA:
        _tried(lambda: _adapted(asset, track, AssetReaderOutputMetadataAdaptor))
    elif track.media_type in _CAPTIONS:
        _tried(lambda: _adapted(asset, track, AssetReaderOutputCaptionAdaptor))


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


def _cursors(track: AssetTrack) -> None:
    makers = (
        track.make_sample_cursor_at_first_sample_in_decode_order,
        track.make_sample_cursor_at_last_sample_in_decode_order,
        lambda: track.make_sample_cursor(0.5),
        lambda: track.make_sample_cursor(-1e6),
    )
    for make in makers:
        cursor = _tried(make)
        if cursor is None:
            continue
        for step in (1, -(1 << 40), 7, 1 << 40):
            cursor.step_in_decode_order(step)
            _look(cursor)
            cursor.step_in_presentation_order(step)
            _look(cursor)
        cursor.step_by_decode_time(0.1)
        cursor.step_by_presentation_time(-0.1)
        _look(cursor)


def _look(cursor: SampleCursor) -> None:
    for name in _properties(SampleCursor):
        getattr(cursor, name)


def _read(asset: Asset, output: Any) -> None:
    with AssetReader(asset) as reader:
        reader.add(output)
        reader.start_reading()
        _few(output)


def _adapted(asset: Asset, track: AssetTrack, adaptor: Any) -> None:
    with AssetReader(asset) as reader:
        output = AssetReaderTrackOutput(track)
        adapted = adaptor(output)
        reader.add(output)
        reader.start_reading()
        _few(adapted)
