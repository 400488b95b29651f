"""What a Matroska file, as FFmpeg's muxer writes it, cannot say of a track.

What would change how a track looks, sounds or is chosen is refused; what only describes it further is told in the
report's notes. The film is never silently less than it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reelwright.containers.movie import TrackOptions
from reelwright.isobmff.codec_config import describe_parameters, is_pcm
from reelwright.model.errors import SettingsError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType, VideoCodec
from reelwright.model.layout import ChannelLayout

__all__ = ["check_format", "check_options", "untold"]

_TURNS = frozenset({(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)})
# FFmpeg's muxer tells the shape of pixels only where PyAV cannot reach; these encodings tell it themselves.
_TELL_SHAPE = frozenset({"avc1", "avc3", "hvc1", "hev1", VideoCodec.JPEG.value})
# What FFmpeg takes linear PCM for that does not say; other encodings have orders of their own.
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_TOLD = frozenset(
    {
        *("MasteringDisplayColorVolume", "ContentLightLevelInfo", "CVFieldCount", "CVFieldDetail"),
        *("ContainsAlphaChannel", "Depth", "FormatName", "Vendor", "SpatialQuality", "TemporalQuality"),
    }
)
_TOLD_BOXES = frozenset(
    {
        *("avcC", "hvcC", "av1C", "vpcC", "esds", "dac3", "dec3", "dOps", "dfLa", "alac", "wave", "chan", "chnl"),
        *("pcmC", "colr", "pasp", "clap", "fiel", "mdcv", "clli", "btrt", "dvcC", "dvvC", "st3d", "frma", "enda"),
    }
)


def check_options(options: TrackOptions, file_type: FileType) -> None:
    """See that everything asked of a track can be written.

    Raises:
        SettingsError: Matroska, or FFmpeg's muxer of it, cannot say that of a track.
    """
    turn = None if options.transform is None else tuple(options.transform[:4])
    asked = {
        "alternate groups": bool(options.alternate_group),
        "track references": bool(options.references),
        "a volume": options.volume not in (None, 1),
        "chunk alignment": options.chunk_alignment > 1,
        "transforms but quarter turns": turn is not None and turn not in _TURNS,
        "a natural size": bool(options.natural_size and any(options.natural_size)),
        "languages' scripts and regions": "-" in (options.extended_language_tag or ""),
    }
    for what, is_asked in asked.items():
        if is_asked:
            raise _refused(what, file_type)


def check_format(format: FormatDescription, options: TrackOptions, file_type: FileType) -> None:
    """See that the track's format can be told.

    Raises:
        SettingsError: the same, of what depends on the format.
    """
    if options.transform is not None and not _is_plain_move(options.transform, format):
        raise _refused("transforms that move pictures to another place", file_type)
    ratio = format.pixel_aspect_ratio
    if ratio is None or ratio.horizontal_spacing == ratio.vertical_spacing:
        return
    facts = describe_parameters(format)
    is_told = format.media_subtype in _TELL_SHAPE and (facts is None or facts.pixel_aspect_ratio == ratio)
    if not is_told:
        raise SettingsError(
            f"{file_type.suffixes[0]} files are written without the shape of pixels "
            f"({ratio.horizontal_spacing}:{ratio.vertical_spacing}), which {format.media_subtype!r} does not tell "
            "itself.",
            hint="Scale the pictures to square pixels, or write .mov or .mp4.",
        )


def untold(format: FormatDescription) -> tuple[str, ...]:
    """What the file leaves out of a format that it carries, in words for the report."""
    lost = [key for key in format.extensions if key not in _TOLD and not key.startswith("FFmpeg")]
    lost += [f"the box {kind!r}" for kind in format.atoms if kind not in _TOLD_BOXES]
    notes = [f"the file does not tell what the description held besides: {', '.join(sorted(lost))}"] if lost else []
    layout = format.channel_layout
    if is_pcm(format) and layout and ChannelLayout.of(layout).name != _USUAL_LAYOUTS.get(format.channels):
        notes.append(f"the file does not tell the layout {layout!r}: players guess one by the number of channels")
    return tuple(notes)


def _is_plain_move(transform: Sequence[Any], format: FormatDescription) -> bool:
    """Whether a quarter turn leaves the pictures where they are, or puts them back there, as turns do."""
    a, b, c, d, *move = transform
    width, height = format.width, format.height
    back = [max(0, -(a * width), -(c * height)), max(0, -(b * width), -(d * height))]
    return not any(move) or move == back or format.media_type is not MediaType.VIDEO


def _refused(what: str, file_type: FileType) -> SettingsError:
    return SettingsError(
        f"{file_type.suffixes[0]} files are written without {what}.",
        hint="Leave it out, or write .mov or .mp4.",
    )
