"""MPEG-DASH manifests (ISO/IEC 23009-1) over the same CMAF segments that HLS playlists list, one track each.

All times are those of the segments: a manifest says at which of them the presentation begins, and where each segment
lies. Segments are addressed by a template where their names follow one, else one by one, by name and byte range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from xml.etree import ElementTree

from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.bit_rates import BitRates
from reelwright.streaming.hls_tags import decimal, moment, nearest
from reelwright.streaming.multivariant import VideoRange
from reelwright.streaming.stream_segments import Resource, StreamSegment

__all__ = ["AdaptationSet", "ContentType", "LiveManifest", "Representation", "TextFile", "dash_manifest"]

_PROFILES = {
    True: "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019",
    False: "urn:mpeg:dash:profile:isoff-main:2011",
}
_CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
# ISO/IEC 23003-3's numbers of channel configurations, by the number of channels.
_CONFIGURATIONS = {**{count: count for count in range(1, 7)}, 7: 11, 8: 12}
_TRANSFER = {VideoRange.PQ: "16", VideoRange.HLG: "18"}
_NUMBER = re.compile(r"\$Number(?:%0(\d+)d)?\$")


class ContentType(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Representation:
    """One encoding of a track.

    Attributes:
        name: its id, unique in the manifest. codecs: as RFC 6381 names them. bit_rates: as measured.
        segments: of one track, in order. time_scale: of the track.
        template: how its segments are called, with ``$Number$`` or ``$Number%05d$``; None lists them one by one.
        first_number: that of the first segment.
        resolution, frame_rate: of pictures. sample_rate, channels: of sound.
    """

    name: str
    codecs: str
    bit_rates: BitRates
    segments: Sequence[StreamSegment]
    time_scale: int
    template: str | None = None
    first_number: int = 1
    resolution: tuple[int, int] | None = None
    frame_rate: Fraction | None = None
    sample_rate: int | None = None
    channels: int | None = None

    def boundaries(self) -> list[Fraction]:
        return [segment.start for segment in self.segments]


@dataclass(frozen=True, slots=True)
class TextFile:
    """Subtitles in a file of their own, times counted from the start of the presentation."""

    name: str
    uri: str
    mime_type: str = "text/vtt"


@dataclass(frozen=True, slots=True)
class AdaptationSet:
    """Encodings of the same content, between which a player may switch.

    Attributes:
        language: RFC 5646's tag. label: for people. is_main: what plays without a choice.
        video_range: of pictures.
    """

    content_type: ContentType
    representations: Sequence[Representation | TextFile]
    language: str | None = None
    label: str | None = None
    is_main: bool = True
    video_range: VideoRange = VideoRange.SDR

    def encoded(self) -> list[Representation]:
        return [each for each in self.representations if isinstance(each, Representation)]


@dataclass(frozen=True, slots=True)
class LiveManifest:
    """What a manifest says while segments are still being made.

    Attributes:
        available_from: when the presentation's first moment was captured, with a time zone.
        published: when this manifest was made; now if None.
        update_period: seconds after which players may look for a new manifest.
        window: seconds for which segments stay; None for all of them.
        delay: how far behind players should stay, seconds; None leaves it to them.
    """

    available_from: datetime
    update_period: Fraction
    published: datetime | None = None
    window: Fraction | None = None
    delay: Fraction | None = None

    def attributes(self) -> dict[str, str]:
        if self.available_from.tzinfo is None or (self.published is not None and self.published.tzinfo is None):
            raise InvalidArgumentError("a moment has no time zone.", hint="Give one, for example UTC.")
        found = {
            "type": "dynamic",
            "availabilityStartTime": moment(self.available_from),
            "publishTime": moment(self.published or datetime.now(UTC)),
            "minimumUpdatePeriod": _period(self.update_period),
        }
        if self.window is not None:
            found["timeShiftBufferDepth"] = _period(self.window)
        if self.delay is not None:
            found["suggestedPresentationDelay"] = _period(self.delay)
        return found


def dash_manifest(
    sets: Sequence[AdaptationSet], *, origin: Fraction | None = None, live: LiveManifest | None = None
) -> str:
    """The manifest (MPD), as XML.

    Args:
        origin: the moment of the segments' time line at which the presentation begins, seconds; None for the start of
            the first segment with pictures, or of the first at all.
        live: segments will follow.

    Raises:
        InvalidArgumentError: nothing to present; segments that do not follow their template, are encrypted as a whole,
            or do not go on from one another; names that are not unique.
    """
    tracks = [each for one in sets for each in one.encoded() if each.segments]
    if not tracks:
        raise InvalidArgumentError("a manifest needs segments.")
    _check(sets, tracks)
    begin = _origin(sets, tracks) if origin is None else origin
    longest = max(segment.duration for track in tracks for segment in track.segments)
    end = max(track.segments[-1].start + track.segments[-1].duration for track in tracks)
    root = ElementTree.Element("MPD", xmlns="urn:mpeg:dash:schema:mpd:2011")
    root.set("profiles", _PROFILES[all(track.template for track in tracks)])
    root.attrib |= live.attributes() if live else {"type": "static", "mediaPresentationDuration": _period(end - begin)}
    root.attrib |= {"minBufferTime": _period(longest), "maxSegmentDuration": _period(longest)}
    period = ElementTree.SubElement(root, "Period", id="0", start="PT0S")
    for number, one in enumerate(sets):
        period.append(_adaptation_set(number, one, begin))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _period(seconds: Fraction) -> str:
    """An ISO 8601 duration."""
    return f"PT{decimal(seconds, 6)}S"


def _origin(sets: Sequence[AdaptationSet], tracks: Sequence[Representation]) -> Fraction:
    pictures = [
        each for one in sets if one.content_type is ContentType.VIDEO for each in one.encoded() if each.segments
    ]
    return min(track.segments[0].start for track in pictures or tracks)


def _check(sets: Sequence[AdaptationSet], tracks: Sequence[Representation]) -> None:
    names = [each.name for one in sets for each in one.representations]
    if len(set(names)) < len(names) or any(not name or re.search(r"\s", name) for name in names):
        raise InvalidArgumentError(f"the names of representations, {names}, are not all different and without blanks.")
    for track in tracks:
        if any(segment.key is not None for segment in track.segments):
            raise InvalidArgumentError(
                f"the segments of {track.name!r} are encrypted as a whole, which DASH does not know.",
                hint="Make a manifest of clear segments, or playlists for HLS.",
            )
        if any(segment.is_discontinuous for segment in track.segments[1:]):
            raise InvalidArgumentError(
                f"the segments of {track.name!r} do not go on from one another.",
                hint="Make a manifest for each stretch.",
            )
        if track.template is not None:
            _check_template(track, track.template)


def _check_template(track: Representation, template: str) -> None:
    if len(_NUMBER.findall(template)) != 1 or "$" in _NUMBER.sub("", template):
        raise InvalidArgumentError(f"the template {template!r} does not hold $Number$ once, and no other identifier.")
    for number, segment in enumerate(track.segments, track.first_number):
        expected = _expanded(template, number)
        if segment.resource != Resource(expected):
            raise InvalidArgumentError(
                f"segment {number} of {track.name!r} is {segment.resource}, not the whole of {expected!r}.",
                hint="Without a template, segments are listed one by one.",
            )


def _expanded(template: str, number: int) -> str:
    return _NUMBER.sub(lambda found: str(number).zfill(int(found[1] or 1)), template)


def _adaptation_set(number: int, one: AdaptationSet, origin: Fraction) -> ElementTree.Element:
    element = ElementTree.Element("AdaptationSet", id=str(number), contentType=str(one.content_type))
    tracks = one.encoded()
    if one.language:
        element.set("lang", one.language)
    if tracks:
        segments = [segment for track in tracks for segment in track.segments]
        aligned = all(track.boundaries() == tracks[0].boundaries() for track in tracks)
        element.attrib |= {"mimeType": _mime(one.content_type), "segmentAlignment": str(aligned).lower()}
        if all(segment.is_independent for segment in segments):
            element.set("startWithSAP", "1")
    if one.video_range in _TRANSFER:
        scheme = "urn:mpeg:mpegB:cicp:TransferCharacteristics"
        _property(element, "SupplementalProperty", scheme, _TRANSFER[one.video_range])
    if one.label:
        ElementTree.SubElement(element, "Label").text = one.label
    _property(element, "Role", "urn:mpeg:dash:role:2011", _role(one))
    for each in one.representations:
        element.append(_text_file(each) if isinstance(each, TextFile) else _representation(each, origin))
    return element


def _mime(content: ContentType) -> str:
    return "application/mp4" if content is ContentType.TEXT else f"{content}/mp4"


def _role(one: AdaptationSet) -> str:
    if one.content_type is ContentType.TEXT:
        return "subtitle"
    return "main" if one.is_main else "alternate"


def _property(parent: ElementTree.Element, kind: str, scheme: str, value: str) -> None:
    ElementTree.SubElement(parent, kind, schemeIdUri=scheme, value=value)


def _text_file(file: TextFile) -> ElementTree.Element:
    # A bandwidth is compulsory; text needs next to none.
    element = ElementTree.Element("Representation", id=file.name, mimeType=file.mime_type, bandwidth="1000")
    ElementTree.SubElement(element, "BaseURL").text = file.uri
    return element


def _representation(track: Representation, origin: Fraction) -> ElementTree.Element:
    element = ElementTree.Element(
        "Representation", id=track.name, bandwidth=str(track.bit_rates.peak), codecs=track.codecs
    )
    if track.resolution is not None:
        element.attrib |= {"width": str(track.resolution[0]), "height": str(track.resolution[1])}
    if track.frame_rate is not None:
        element.set("frameRate", str(track.frame_rate))
    if track.sample_rate is not None:
        element.set("audioSamplingRate", str(track.sample_rate))
    if track.channels in _CONFIGURATIONS:
        _property(element, "AudioChannelConfiguration", _CHANNELS, str(_CONFIGURATIONS[track.channels]))
    if track.segments:
        element.append(_addresses(track, origin))
    return element


def _addresses(track: Representation, origin: Fraction) -> ElementTree.Element:
    kind = "SegmentList" if track.template is None else "SegmentTemplate"
    element = ElementTree.Element(kind, timescale=str(track.time_scale))
    element.set("presentationTimeOffset", str(nearest(origin * track.time_scale)))
    initialization = track.segments[0].initialization
    if initialization is None:
        raise InvalidArgumentError(f"{track.name!r} has no initialization segment.", hint="Text is a TextFile.")
    if track.template is not None:
        if initialization.byte_range is not None:
            raise InvalidArgumentError("with a template, the initialization segment is an object of its own.")
        element.attrib |= {"startNumber": str(track.first_number), "media": track.template}
        element.set("initialization", initialization.uri.replace("$", "$$"))
    else:
        ElementTree.SubElement(element, "Initialization", _place(initialization, "sourceURL", "range"))
    nominal = _nominal_duration(track, origin) if track.template is None else None
    if nominal is not None:
        element.set("duration", str(nominal))
    else:
        timeline = ElementTree.SubElement(element, "SegmentTimeline")
        for attributes in _timeline(track.segments, track.time_scale):
            ElementTree.SubElement(timeline, "S", attributes)
    if track.template is None:
        for segment in track.segments:
            ElementTree.SubElement(element, "SegmentURL", _place(segment.resource, "media", "mediaRange"))
    return element


def _nominal_duration(track: Representation, origin: Fraction) -> int | None:
    """The duration, in ticks, of which all segments of a list are multiples apart, to half of one (5.3.9.2.1); None if
    there is none. dash.js knows no time lines of lists."""
    starts = [(segment.start - origin) * track.time_scale for segment in track.segments]
    last = track.segments[-1]
    nominal = nearest(starts[-1] / (len(starts) - 1) if len(starts) > 1 else last.duration * track.time_scale)
    fits = all(abs(start - number * nominal) <= Fraction(nominal, 2) for number, start in enumerate(starts))
    return nominal if nominal > 0 and fits else None


def _place(resource: Resource, uri: str, within: str) -> dict[str, str]:
    place = resource.byte_range
    return {uri: resource.uri} | ({within: f"{place.offset}-{place.last}"} if place else {})


def _timeline(segments: Iterable[StreamSegment], scale: int) -> Iterator[dict[str, str]]:
    """``S`` elements: runs of equal durations; a start is told where it is not the end of what came before."""
    run: list[int] = []  # start, duration, count
    told = -1
    for segment in segments:
        start = nearest(segment.start * scale)
        length = nearest((segment.start + segment.duration) * scale) - start
        if run and length == run[1] and start == run[0] + run[1] * run[2]:
            run[2] += 1
            continue
        if run:
            yield _element(run, told)
            told = run[0] + run[1] * run[2]
        run = [start, length, 1]
    if run:
        yield _element(run, told)


def _element(run: Sequence[int], told: int) -> dict[str, str]:
    start, length, count = run
    found = {} if start == told else {"t": str(start)}
    found["d"] = str(length)
    return found | ({"r": str(count - 1)} if count > 1 else {})
