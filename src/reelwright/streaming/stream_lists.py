"""A stream's multivariant playlist and manifest, by what its tracks have written so far."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from reelwright.model.color import TransferFunction
from reelwright.streaming.bit_rates import BitRates
from reelwright.streaming.dash import AdaptationSet, ContentType, LiveManifest, Representation, TextFile, dash_manifest
from reelwright.streaming.multivariant import (
    IFrameVariant,
    Rendition,
    RenditionType,
    Variant,
    VideoRange,
    multivariant_playlist,
)
from reelwright.streaming.stream_track import StreamTrack
from reelwright.streaming.subtitle_track import SubtitleTrack

__all__ = ["manifest_of", "playlist_of"]

_RANGES = {
    TransferFunction.SMPTE_ST_2084_PQ: VideoRange.PQ,
    TransferFunction.ITU_R_2100_HLG: VideoRange.HLG,
}


def playlist_of(
    pictures: Sequence[StreamTrack],
    sounds: Sequence[StreamTrack],
    subtitles: Sequence[SubtitleTrack],
    rate: Fraction | None,
    *,
    is_final: bool,
) -> str:
    """The multivariant playlist. Where there are no pictures, sound is a variant, not something that goes with one.

    Args:
        rate: pictures a second. is_final: whether nothing follows, so that what was measured is all there is.
    """
    renditions = [
        Rendition(
            RenditionType.AUDIO,
            group=sounds[0].name,
            name=_label(track, number),
            uri=track.playlist_name,
            language=track.language,
            is_default=number == 0,
            channels=str(track.known_format.channels),
            codec=track.codec,
            bit_rates=track.bit_rates(is_final=is_final),
        )
        for number, track in enumerate(sounds if pictures else ())
    ]
    renditions += _text_renditions(subtitles)
    variants = [
        Variant(
            uri=track.playlist_name,
            bit_rates=_rates(track, is_final),
            codecs=[track.codec],
            resolution=track.size,
            frame_rate=rate if pictures else None,
            video_range=_range(track),
            audio=sounds[0].name if sounds and pictures else None,
            subtitles=subtitles[0].name if subtitles else None,
        )
        for track in pictures or sounds
    ]
    return multivariant_playlist(variants, renditions, list(_fast(pictures)))


def _text_renditions(subtitles: Sequence[SubtitleTrack]) -> list[Rendition]:
    return [
        Rendition(
            RenditionType.SUBTITLES,
            group=subtitles[0].name,
            name=track.label,
            uri=track.playlist_name,
            language=track.source.language,
            is_default=track.source.is_default,
            is_forced=track.source.is_forced,
        )
        for track in subtitles
    ]


def _fast(pictures: Sequence[StreamTrack]) -> list[IFrameVariant]:
    found = []
    for track in pictures:
        rates = track.rendition.playlist.picture_bit_rates
        if track.has_pictures_list and rates is not None:
            found.append(IFrameVariant(track.pictures_name, rates, [track.codec], track.size, _range(track)))
    return found


def manifest_of(
    pictures: Sequence[StreamTrack],
    sounds: Sequence[StreamTrack],
    subtitles: Sequence[SubtitleTrack],
    rate: Fraction | None,
    *,
    begin: Fraction | None,
    live: LiveManifest | None,
) -> str:
    """The DASH manifest; ``begin`` is the moment of the segments' time line at which the presentation begins."""
    alike: dict[tuple[str, VideoRange], list[StreamTrack]] = {}  # among which players can switch
    for track in pictures:
        alike.setdefault((track.known_format.media_subtype, _range(track)), []).append(track)
    sets = [
        AdaptationSet(
            ContentType.VIDEO,
            [_representation(track, rate, is_final=live is None) for track in tracks],
            video_range=video_range,
        )
        for (_, video_range), tracks in alike.items()
    ]
    sets += [
        AdaptationSet(
            ContentType.AUDIO,
            [_representation(track, None, is_final=live is None)],
            language=track.language,
            label=_label(track, number) if len(sounds) > 1 else None,
            is_main=number == 0,
        )
        for number, track in enumerate(sounds)
    ]
    sets += [
        AdaptationSet(
            ContentType.TEXT,
            [TextFile(track.name, track.whole_name)],
            language=track.source.language,
            label=track.label,
        )
        for track in subtitles
    ]
    return dash_manifest(sets, origin=begin, live=live)


def _label(track: StreamTrack, number: int) -> str:
    """What people read where they choose."""
    return track.language or ("Audio" if number == 0 else f"Audio {number + 1}")


def _representation(track: StreamTrack, rate: Fraction | None, *, is_final: bool) -> Representation:
    known = track.known_format
    return Representation(
        track.name,
        track.codec,
        _rates(track, is_final),
        track.rendition.segments(),
        track.time_scale,
        track.rendition.template,
        track.rendition.first_number,
        track.size,
        rate,
        known.sample_rate or None,
        known.channels or None,
    )


def _rates(track: StreamTrack, is_final: bool) -> BitRates:
    rates = track.bit_rates(is_final=is_final)
    assert rates is not None
    return rates


def _range(track: StreamTrack) -> VideoRange:
    color = track.known_format.color
    return VideoRange.SDR if color is None else _RANGES.get(color.transfer_function, VideoRange.SDR)
