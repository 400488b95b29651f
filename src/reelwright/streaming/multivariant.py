"""Multivariant playlists: which renditions of a stream there are, and what each asks of network and player.

Everything stated is what was measured on the files: bit rates by ``BitRateMeter``, codecs as the sample entries tell
them. A variant's bit rates and codecs include the most demanding rendition of each group that it plays with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.bit_rates import BitRates
from reelwright.streaming.hls_tags import VERSION, attributes, quoted, uri_line

__all__ = ["IFrameVariant", "Rendition", "RenditionType", "Variant", "VideoRange", "multivariant_playlist"]


class RenditionType(StrEnum):
    AUDIO = "AUDIO"
    SUBTITLES = "SUBTITLES"


class VideoRange(StrEnum):
    """Of brightness: by the transfer function of the pictures (rfc8216bis, 4.4.6.2)."""

    SDR = "SDR"
    HLG = "HLG"
    PQ = "PQ"


@dataclass(frozen=True, slots=True)
class Rendition:
    """An alternative of sound or subtitles that goes with variants (``EXT-X-MEDIA``).

    Attributes:
        group: its name for variants to refer to. name: for people; unique in the group.
        uri: of its media playlist. language: RFC 5646's tag.
        is_default: what plays without a choice. is_autoselect: a player may choose it by the system's language.
        is_forced: of subtitles: to be shown even if none were asked for.
        channels: of sound, as HLS writes them: ``"2"``, ``"6"``, ``"16/JOC"``.
        characteristics: Apple's uniform type identifiers, for example ``public.accessibility.describes-video``.
        codec: as RFC 6381 names it; None where there is no name (WebVTT in files of its own).
        bit_rates: as measured; None where sizes do not matter (text).
    """

    rendition_type: RenditionType
    group: str
    name: str
    uri: str
    language: str | None = None
    is_default: bool = False
    is_autoselect: bool = True
    is_forced: bool = False
    channels: str | None = None
    characteristics: Sequence[str] = ()
    codec: str | None = None
    bit_rates: BitRates | None = None

    def tag(self) -> str:
        subtitles = self.rendition_type is RenditionType.SUBTITLES
        return attributes(
            "EXT-X-MEDIA",
            {
                "TYPE": self.rendition_type,
                "GROUP-ID": quoted(self.group),
                "LANGUAGE": quoted(self.language) if self.language else None,
                "NAME": quoted(self.name),
                "DEFAULT": _yes(self.is_default),
                # What is played by default may be chosen, too (4.3.4.1).
                "AUTOSELECT": _yes(self.is_autoselect or self.is_default),
                "FORCED": _yes(self.is_forced) if subtitles else None,
                "CHARACTERISTICS": quoted(",".join(self.characteristics)) if self.characteristics else None,
                "CHANNELS": quoted(self.channels) if self.channels else None,
                "URI": quoted(self.uri),
            },
        )


@dataclass(frozen=True, slots=True)
class Variant:
    """A rendition that can be played, alone or with those of its groups (``EXT-X-STREAM-INF``).

    Attributes:
        uri: of its media playlist. bit_rates: its own, as measured, without its groups'.
        codecs: of its own tracks, as RFC 6381 names them.
        resolution: width and height at which pictures are shown; None without pictures.
        frame_rate: the highest, pictures a second. video_range: of the pictures.
        audio, subtitles: groups that it plays with.
    """

    uri: str
    bit_rates: BitRates
    codecs: Sequence[str]
    resolution: tuple[int, int] | None = None
    frame_rate: Fraction | None = None
    video_range: VideoRange = VideoRange.SDR
    audio: str | None = None
    subtitles: str | None = None

    def lines(self, renditions: Sequence[Rendition]) -> list[str]:
        played = [_members(renditions, kind, group) for kind, group in self._groups()]
        rates = self.bit_rates
        for members in played:
            measured = [member.bit_rates for member in members if member.bit_rates is not None]
            if measured:
                rates += BitRates(max(each.peak for each in measured), max(each.average for each in measured))
        codecs = [*self.codecs, *(member.codec for members in played for member in members if member.codec)]
        values: dict[str, str | int | None] = {
            **_common(rates, codecs, self.resolution, self.video_range),
            "FRAME-RATE": f"{float(self.frame_rate):.3f}" if self.frame_rate else None,
            "AUDIO": quoted(self.audio) if self.audio else None,
            "SUBTITLES": quoted(self.subtitles) if self.subtitles else None,
            "CLOSED-CAPTIONS": "NONE",
        }
        return [attributes("EXT-X-STREAM-INF", values), uri_line(self.uri)]

    def _groups(self) -> list[tuple[RenditionType, str]]:
        wanted = ((RenditionType.AUDIO, self.audio), (RenditionType.SUBTITLES, self.subtitles))
        return [(kind, group) for kind, group in wanted if group is not None]


@dataclass(frozen=True, slots=True)
class IFrameVariant:
    """A playlist of I-frames (``EXT-X-I-FRAME-STREAM-INF``): as ``Variant``, pictures only."""

    uri: str
    bit_rates: BitRates
    codecs: Sequence[str]
    resolution: tuple[int, int] | None = None
    video_range: VideoRange = VideoRange.SDR

    def tag(self) -> str:
        common = _common(self.bit_rates, self.codecs, self.resolution, self.video_range)
        return attributes("EXT-X-I-FRAME-STREAM-INF", {**common, "URI": quoted(self.uri)})


def multivariant_playlist(
    variants: Sequence[Variant], renditions: Sequence[Rendition] = (), i_frame_variants: Sequence[IFrameVariant] = ()
) -> str:
    """The playlist that a player opens first; the first variant is the one it tries before it has measured anything.

    Raises:
        InvalidArgumentError: no variants; a group that is referred to and has no members, or whose members share a
            name, or with two defaults; text that cannot be written.
    """
    if not variants:
        raise InvalidArgumentError("a multivariant playlist needs a variant.")
    _check_groups(renditions)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}"]  # what segments are like, their own playlists say
    lines += [rendition.tag() for rendition in renditions]
    for variant in variants:
        lines += variant.lines(renditions)
    lines += [variant.tag() for variant in i_frame_variants]
    return "\n".join(lines) + "\n"


def _common(
    rates: BitRates, codecs: Iterable[str], resolution: tuple[int, int] | None, video_range: VideoRange
) -> dict[str, str | int | None]:
    names = list(dict.fromkeys(codecs))
    return {
        "BANDWIDTH": rates.peak,
        "AVERAGE-BANDWIDTH": rates.average,
        "CODECS": quoted(",".join(names)) if names else None,
        "RESOLUTION": f"{resolution[0]}x{resolution[1]}" if resolution else None,
        "VIDEO-RANGE": str(video_range) if resolution else None,
    }


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _members(renditions: Sequence[Rendition], kind: RenditionType, group: str) -> list[Rendition]:
    found = [each for each in renditions if each.rendition_type is kind and each.group == group]
    if not found:
        raise InvalidArgumentError(f"a variant plays with the {kind} group {group!r}, which has no renditions.")
    return found


def _check_groups(renditions: Sequence[Rendition]) -> None:
    """RFC 8216, 4.3.4.1.1: names are unique within a group, and at most one rendition is the default."""
    names: set[tuple[str, str, str]] = set()
    defaults: set[tuple[str, str]] = set()
    for each in renditions:
        group = (each.rendition_type, each.group)
        if (*group, each.name) in names:
            where = f"of the {each.rendition_type} group {each.group!r}"
            raise InvalidArgumentError(f"two renditions {where} are called {each.name!r}.")
        if each.is_default and group in defaults:
            raise InvalidArgumentError(f"the {each.rendition_type} group {each.group!r} has two defaults.")
        names.add((*group, each.name))
        if each.is_default:
            defaults.add(group)
