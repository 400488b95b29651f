"""What can be said of a track as something to choose: by its kind, by its formats, and by the tags it carries.

AVFoundation's characteristics mix all three; here they become one set of names.
"""

from __future__ import annotations

from reelwright.model.facts import TrackFacts
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaCharacteristic, MediaType

__all__ = ["characteristics_of"]

_BY_TYPE = {
    MediaType.VIDEO: (MediaCharacteristic.VISUAL, MediaCharacteristic.FRAME_BASED),
    MediaType.AUDIO: (MediaCharacteristic.AUDIBLE,),
    MediaType.MUXED: (MediaCharacteristic.VISUAL, MediaCharacteristic.AUDIBLE, MediaCharacteristic.FRAME_BASED),
    MediaType.TEXT: (MediaCharacteristic.VISUAL, MediaCharacteristic.LEGIBLE),
    MediaType.SUBTITLE: (MediaCharacteristic.VISUAL, MediaCharacteristic.LEGIBLE),
    MediaType.CLOSED_CAPTION: (MediaCharacteristic.VISUAL, MediaCharacteristic.LEGIBLE),
    MediaType.AUXILIARY_PICTURE: (MediaCharacteristic.FRAME_BASED,),
}
_WITH_ALPHA = frozenset({"ap4h", "ap4x", "muxa"})  # ProRes 4444, 4444 XQ, HEVC with alpha
_STEREO_BOXES = frozenset({"vexu", "lhvC"})


def characteristics_of(facts: TrackFacts) -> frozenset[str]:
    """All characteristics of a track, as AVFoundation's strings."""
    found = {str(name) for name in _BY_TYPE.get(facts.media_type, ())}
    found.update(facts.characteristics)
    for format in facts.formats if facts.media_type is MediaType.VIDEO else ():
        if _has_alpha(format):
            found.add(str(MediaCharacteristic.CONTAINS_ALPHA_CHANNEL))
        if format.color is not None and format.color.is_hdr:
            found.add(str(MediaCharacteristic.CONTAINS_HDR_VIDEO))
        if _STEREO_BOXES & format.atoms.keys():
            found.add(str(MediaCharacteristic.CONTAINS_STEREO_MULTIVIEW_VIDEO))
    return frozenset(found)


def _has_alpha(format: FormatDescription) -> bool:
    return format.media_subtype in _WITH_ALPHA or bool(format.extensions.get("ContainsAlphaChannel"))
