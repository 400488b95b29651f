"""What a chart of a media file shows, as numbers ready to be drawn: one record for each track, and the interleave.

Everything is on the asset's time line, in float seconds. Drawing is elsewhere; nothing here knows of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from reelwright.easy.codec_names import codec_name
from reelwright.easy.format_words import number
from reelwright.easy.inspection import FileLayout, file_layout, overall_bit_rate, track_numbers
from reelwright.easy.media_words import bit_rate_words, bytes_words, frame_rate_words, span_words
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import MediaType
from reelwright.model.sample_index import Column, SampleIndex
from reelwright.model.time import Time
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.sample_statistics import (
    BitRates,
    GroupsOfPictures,
    Interleave,
    bit_rates,
    groups_of_pictures,
    interleave,
    picture_kinds,
)

__all__ = ["ChartData", "Pictures", "TrackChart", "chart_data"]

_STRETCHES = 400  # of bit rate across a chart
_PANELS = 12  # tracks with a panel of their own
_INTERVALS = (Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(1))
_FEWEST = 24  # stretches that an interval should give
_DRAWN = (MediaType.VIDEO, MediaType.AUDIO)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a track one by one, in decode order.

    Attributes:
        times: float64, seconds at which each is shown. durations: float64, seconds. sizes: int64, bytes.
        kinds: uint8, ``PictureKind``. groups: what lies between key frames.
    """

    times: Column
    durations: Column
    sizes: Column
    kinds: Column
    groups: GroupsOfPictures

    def mean_size(self, kind: int) -> float | None:
        """Bytes of a picture of one kind on average; None where there is none."""
        chosen = self.sizes[self.kinds == kind]
        return float(chosen.mean()) if chosen.size else None

    @property
    def all_key(self) -> bool:
        """Decoding can begin with every picture."""
        return len(self.groups) == self.sizes.size


@dataclass(frozen=True, slots=True)
class TrackChart:
    """A track's panel.

    Attributes:
        title: what it is, in words. rates: bit rates over stretches that can be told apart on a chart.
        peaks: the highest rate over ``peak_interval`` within each stretch. peak: of all of them.
        peak_interval: seconds over which peaks are taken. pictures: None for what has none.
    """

    track_id: int
    media_type: MediaType
    title: str
    rates: BitRates
    peaks: Column
    peak: float
    peak_interval: Fraction
    pictures: Pictures | None


@dataclass(frozen=True, slots=True)
class ChartData:
    """A chart.

    Attributes:
        title, subtitle: the file in words. begin, end: seconds that the chart spans.
        tracks: in the order of the file. left_out: tracks without a panel for want of room.
        interleave: where samples lie; None where no place is known. names: of tracks, for its legend.
        layout: where the header lies; None for other files than movies. size: bytes of the file.
    """

    title: str
    subtitle: str
    begin: float
    end: float
    tracks: tuple[TrackChart, ...]
    left_out: int
    interleave: Interleave | None
    names: dict[int, tuple[MediaType, str]]
    layout: FileLayout | None
    size: int


def chart_data(asset: Asset, track_id: int | None = None) -> ChartData:
    """Work out what a chart shows; of files without tables of samples, all samples are gone through.

    Args:
        track_id: only this track.

    Raises:
        InvalidArgumentError: no such track, or no samples at all.
        InvalidMediaError, OSError: the file cannot be read.
    """
    chosen = [track for track in asset.tracks if track_id in (None, track.track_id)]
    if track_id is not None and not chosen:
        known = ", ".join(str(track.track_id) for track in asset.tracks)
        raise InvalidArgumentError(f"there is no track {track_id} in it.", hint=f"Its tracks are {known}.")
    indexes = {track.track_id: track.sample_index for track in chosen}
    indexes = {number: index for number, index in indexes.items() if len(index)}
    if not indexes:
        raise InvalidArgumentError(f"{asset.path or 'the file'} has no samples that could be charted.")
    starts = {track.track_id: _start(track) for track in chosen if track.track_id in indexes}
    drawn = [track for track in chosen if track.track_id in indexes and track.media_type in _DRAWN]
    spans = [_span(index, starts[number]) for number, index in indexes.items()]
    placed = {
        track.track_id: indexes[track.track_id]
        for track in chosen
        if track.track_id in indexes and track.is_self_contained and (indexes[track.track_id].offsets >= 0).any()
    }
    return ChartData(
        title=_printable(os.path.basename(asset.path or "")) or "media",
        subtitle=_subtitle(asset),
        begin=min(0.0, *(begin for begin, _ in spans)),
        end=max(end for _, end in spans),
        tracks=tuple(_track_chart(track, indexes[track.track_id], starts[track.track_id]) for track in drawn[:_PANELS]),
        left_out=max(0, len(drawn) - _PANELS),
        interleave=interleave(placed, starts, {track.track_id for track in drawn}) if placed else None,
        names={track.track_id: (track.media_type, _short_name(track)) for track in chosen},
        layout=file_layout(asset),
        size=max(asset.facts.size, 0),
    )


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in name)


def _start(track: AssetTrack) -> Fraction:
    """What brings a track's media times to the asset's time line: the first edit that plays something decides."""
    for segment in track.segments:
        mapping = segment.time_mapping
        if not segment.is_empty:
            return mapping.target.start.fraction - mapping.source.start.fraction
    return Fraction(0)


def _span(index: SampleIndex, start: Fraction) -> tuple[float, float]:
    return float(Fraction(int(index.presentation.min()), index.time_scale) + start), float(
        Fraction(index.end, index.time_scale) + start
    )


def _subtitle(asset: Asset) -> str:
    facts, rate = asset.facts, overall_bit_rate(asset)
    parts = [span_words(asset.duration)]
    if facts.size >= 0:
        parts.append(bytes_words(facts.size))
    if rate:
        parts.append(f"{bit_rate_words(rate)} overall")
    layout = file_layout(asset)
    if layout is not None and layout.fragments:
        parts.append(f"header and {len(layout.fragments):,} fragments")
    elif layout is not None:
        parts.append("header first" if layout.header_first else "header last")
    return "  ·  ".join(parts)


def _short_name(track: AssetTrack) -> str:
    kind = track.facts.handler if track.media_type is MediaType.OTHER else track.media_type.name.lower()
    return f"{track.track_id} {kind.replace('_', ' ')}"


def _title(track: AssetTrack) -> str:
    format = next(iter(track.format_descriptions), None)
    parts = [_short_name(track)]
    if format is not None:
        parts.append(codec_name(format).words)
        if format.width and format.height:
            parts.append(f"{format.width}×{format.height}")
        if format.sample_rate:
            parts.append(f"{number(Fraction(format.sample_rate, 1000), 3)} kHz")
            parts.append(format.channel_layout or f"{format.channels} channels")
    if track.nominal_frame_rate and len(track.sample_index) > 1:
        words = frame_rate_words(track.nominal_frame_rate, varies=track_numbers(track).varies)
        parts.append(words.partition(" (")[0])
    if track.language_code:
        parts.append(track.language_code)
    return _printable("  ·  ".join(parts))


def _track_chart(track: AssetTrack, index: SampleIndex, start: Fraction) -> TrackChart:
    length = Time(int(index.end - index.presentation.min()), index.time_scale).fraction
    fitting = [interval for interval in _INTERVALS if length / interval >= _FEWEST]
    fine = bit_rates(index, fitting[-1] if fitting else _INTERVALS[0], start=start)
    rates, peaks = fine.pooled(_STRETCHES)
    seconds = bit_rates(index, 1, start=start) if length >= 1 else fine
    return TrackChart(
        track_id=track.track_id,
        media_type=track.media_type,
        title=_title(track),
        rates=rates,
        peaks=peaks,
        peak=seconds.peak,
        peak_interval=seconds.interval,
        pictures=_pictures(index, start) if track.media_type is MediaType.VIDEO else None,
    )


def _pictures(index: SampleIndex, start: Fraction) -> Pictures:
    return Pictures(
        times=index.presentation / index.time_scale + float(start),
        durations=index.durations / index.time_scale,
        sizes=np.asarray(index.sizes),
        kinds=picture_kinds(index),
        groups=groups_of_pictures(index, start=start),
    )
