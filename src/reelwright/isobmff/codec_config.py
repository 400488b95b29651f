"""One door to the codecs' configurations: what a format's record says, and the names codecs go by.

A ``FormatDescription`` carries its codec's configuration as the source gave it. Here it becomes the payload of the box
that the sample entry needs, the facts the description lacks, and the string by which browsers are asked what they play.
"""

from __future__ import annotations

from typing import Any

from reelwright.isobmff import avc, hevc
from reelwright.isobmff.av1 import av1_record, sequence_header_of
from reelwright.isobmff.avc import avc_configuration, describe_avc
from reelwright.isobmff.codec_strings import record_string
from reelwright.isobmff.esds import (
    AAC_OBJECT,
    AAC_OBJECTS,
    audio_facts,
    elementary_stream_descriptor,
    read_elementary_stream_descriptor,
)
from reelwright.isobmff.framing import NAL_CODECS, NalFraming
from reelwright.isobmff.hevc import describe_hevc, hevc_configuration
from reelwright.isobmff.parameter_facts import ParameterFacts
from reelwright.isobmff.picture_records import describe_record, describe_tags
from reelwright.isobmff.sound_configuration import configured_sound
from reelwright.isobmff.vp9 import described_vp9, vp9_atom
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType

__all__ = [
    "audio_facts",
    "avc_configuration",
    "codec_string",
    "complete_format",
    "configuration",
    "configuration_box",
    "describe_avc",
    "describe_hevc",
    "describe_parameters",
    "hevc_configuration",
    "is_aac",
    "is_pcm",
    "media_subtype",
    "nal_framing",
]

# Core Audio's names for members of the AAC family; all of them are "mp4a" in a file.
_AAC_SUBTYPES = frozenset({"mp4a", "aac ", "aach", "aacp", "aacl", "aace", "aacf", "usac"})
_PCM_SUBTYPES = frozenset({"lpcm", "sowt", "twos", "raw ", "in24", "in32", "fl32", "fl64", "ipcm", "fpcm"})
_CONFIGURATION_ATOMS = {"avc1": "avcC", "avc3": "avcC", "hvc1": "hvcC", "hev1": "hvcC", "mp4a": "esds"}
_CONFIGURATION_ATOMS |= {"av01": "av1C"}
_SQUARE = PixelAspectRatio(1, 1)


def is_pcm(format: FormatDescription) -> bool:
    """Whether the samples are linear PCM, under whichever of its names."""
    return format.media_type == MediaType.AUDIO and (format.pcm is not None or format.media_subtype in _PCM_SUBTYPES)


def is_aac(format: FormatDescription) -> bool:
    """Whether the samples are MPEG-4 audio, carried by ``mp4a``."""
    return format.media_type == MediaType.AUDIO and not is_pcm(format) and format.media_subtype in _AAC_SUBTYPES


def media_subtype(format: FormatDescription) -> str:
    """The one name of an encoding: ``mp4a`` for the AAC family, ``lpcm`` for PCM of any layout, else as given."""
    if is_pcm(format):
        return "lpcm"
    return "mp4a" if is_aac(format) else format.media_subtype


def configuration(format: FormatDescription) -> bytes:
    """The codec's configuration as the source gave it: ``codec_config``, or the atom that carries it; else empty."""
    if format.codec_config:
        return bytes(format.codec_config)
    return bytes(format.atoms.get(_CONFIGURATION_ATOMS.get(media_subtype(format), ""), b""))


def _required(format: FormatDescription) -> bytes:
    config = configuration(format)
    if not config:
        what = "SPS and PPS" if format.media_subtype[:3] == "avc" else "VPS, SPS and PPS"
        raise InvalidMediaError(
            f"a format description of {format.media_subtype!r} holds no parameter sets ({what}).",
            hint="Give codec_config: the encoder's extradata, or the record of the file the packets come from.",
        )
    return config


def nal_framing(format: FormatDescription) -> NalFraming | None:
    """How the packets of this format become samples; None when they are samples as they are.

    Raises:
        InvalidMediaError: an H.264 or HEVC format whose parameter sets are missing or broken.
    """
    if format.media_subtype not in NAL_CODECS:
        return None
    return NalFraming(format.media_subtype, _required(format))


def configuration_box(format: FormatDescription) -> tuple[str, bytes] | None:
    """Type and payload of the sample entry's configuration box; None for encodings without one that is known here.

    Raises:
        InvalidMediaError: the configuration is missing or broken.
    """
    subtype = media_subtype(format)
    if subtype in ("avc1", "avc3"):
        return "avcC", _avc_box(format)
    if subtype in ("hvc1", "hev1"):
        return "hvcC", _hevc_box(format)
    if subtype == "av01" and (config := configuration(format)):
        return "av1C", av1_record(config)
    if subtype == "vp09" and "vpcC" in format.atoms:
        return "vpcC", bytes(format.atoms["vpcC"])
    return ("esds", _esds_box(format)) if subtype == "mp4a" else None


def _avc_box(format: FormatDescription) -> bytes:
    return avc_configuration(_required(format))


def _hevc_box(format: FormatDescription) -> bytes:
    config = _required(format)
    if format.media_subtype == "hvc1":
        return hevc_configuration(config)
    return hevc.hevc_record(hevc.parameter_sets(config), complete=False)


def _esds_box(format: FormatDescription) -> bytes:
    ready = format.atoms.get("esds")
    if ready is not None:
        read_elementary_stream_descriptor(ready)
        return bytes(ready)
    if not format.codec_config:
        raise InvalidMediaError(
            "a format description of AAC holds no AudioSpecificConfig.",
            hint="Give codec_config: the encoder's extradata, or the decoder specific info of an 'esds' box.",
        )
    return elementary_stream_descriptor(format.codec_config, format.bit_rate)


def describe_parameters(format: FormatDescription) -> ParameterFacts | None:
    """What an H.264 or HEVC format's parameter sets say; None for other encodings and where there are none."""
    config = configuration(format)
    if not config or format.media_subtype not in NAL_CODECS:
        return None
    return describe_avc(config) if format.media_subtype.startswith("avc") else describe_hevc(config)


def complete_format(format: FormatDescription) -> FormatDescription:
    """The description with what it lacks filled in from the codec's configuration; what is there stays.

    A configuration given as the atom of a sample entry (``avcC``, ``hvcC``, ``esds``) becomes ``codec_config`` too.

    Raises:
        InvalidMediaError: the configuration is broken.
    """
    if is_aac(format):
        return _complete_audio(format)
    if format.media_type == MediaType.AUDIO:
        return configured_sound(format)
    completer = {"av01": _complete_av1, "vp09": _complete_vp9}.get(format.media_subtype)
    return _complete_nal(format) if completer is None else completer(format)


def _complete_nal(format: FormatDescription) -> FormatDescription:
    facts = describe_parameters(format)
    if facts is None:
        return format
    changes: dict[str, Any] = {} if format.codec_config else {"codec_config": configuration(format)}
    if not format.width and not format.height:
        changes |= {"width": facts.width, "height": facts.height}
    if format.pixel_aspect_ratio is None and facts.pixel_aspect_ratio not in (None, _SQUARE):
        changes["pixel_aspect_ratio"] = facts.pixel_aspect_ratio
    found: dict[str, Any] = {"color": facts.color, "full_range": facts.full_range}
    found |= {"bits_per_component": facts.bit_depth, "chroma": facts.chroma}
    changes |= {name: value for name, value in found.items() if getattr(format, name) is None}
    return format.with_(**changes)


def _complete_av1(format: FormatDescription) -> FormatDescription:
    """With the record as configuration and atom; size and colour stand in its sequence header."""
    config = configuration(format)
    if not config:
        return format
    record = av1_record(config)
    format = format.with_(codec_config=record, atoms={**format.atoms, "av1C": record})
    header = sequence_header_of(record)
    if header is not None and not format.width and not format.height:
        format = format.with_(width=header.width, height=header.height)
    return describe_tags(describe_record(format))


def _complete_vp9(format: FormatDescription) -> FormatDescription:
    """With what the record says; without one, and without a picture to tell, it says what the description does."""
    if "vpcC" not in format.atoms:
        facts = described_vp9(format)
        return format if facts is None else format.with_(atoms={**format.atoms, "vpcC": vp9_atom(facts, format)})
    return describe_record(format)


def _complete_audio(format: FormatDescription) -> FormatDescription:
    config = audio_configuration(format)
    if not config:
        return format
    facts = audio_facts(config)
    found: dict[str, Any] = {
        "sample_rate": facts.sample_rate,
        "channels": facts.channels,
        "frames_per_packet": facts.frames_per_packet,
    }
    found |= {"codec_config": config}
    changes = {name: value for name, value in found.items() if not getattr(format, name)}
    return format.with_(**changes) if changes else format


def audio_configuration(format: FormatDescription) -> bytes:
    """The AudioSpecificConfig of an AAC format, out of a ready ``esds`` if need be; empty if there is none.

    An ``esds`` also carries sound of other encodings, whose configuration is none of AAC's.
    """
    ready = format.atoms.get("esds")
    if ready is None:
        return bytes(format.codec_config)
    kind, specific = read_elementary_stream_descriptor(ready)
    return bytes(format.codec_config) or specific if kind in AAC_OBJECTS else b""


def codec_string(format: FormatDescription) -> str:
    """The encoding's name for ``codecs=`` parameters (RFC 6381; ISO/IEC 14496-15, annex E), such as ``avc1.64001f``.

    Linear PCM is ``lpcm``, and an encoding without parameters here goes by its four-character code.

    Raises:
        InvalidMediaError: the configuration is missing or broken.
    """
    subtype = media_subtype(format)
    if subtype in ("av01", "vp09"):
        format = complete_format(format)
    if subtype in ("avc1", "avc3"):
        sets = avc.parameter_sets(_required(format))
        return f"{subtype}.{avc.avc_record(sets)[1:4].hex()}"
    if subtype in ("hvc1", "hev1"):
        return _hevc_string(subtype, hevc.profile_tier_level(_required(format)))
    return _audio_string(format) if subtype == "mp4a" else record_string(format) or subtype.strip()


def _hevc_string(subtype: str, tier: hevc.ProfileTierLevel) -> str:
    space = ("", "A", "B", "C")[tier.profile_space]
    compatibility = int(f"{tier.compatibility:032b}"[::-1], 2)
    constraints = tier.constraints.to_bytes(6, "big").rstrip(b"\0")
    pieces = [subtype, f"{space}{tier.profile}", f"{compatibility:X}", f"{'H' if tier.high_tier else 'L'}{tier.level}"]
    return ".".join([*pieces, *(f"{byte:X}" for byte in constraints)])


def _audio_string(format: FormatDescription) -> str:
    ready = format.atoms.get("esds")
    kind = AAC_OBJECT if ready is None else read_elementary_stream_descriptor(ready)[0]
    if kind != AAC_OBJECT:
        return f"mp4a.{kind:02X}"
    config = audio_configuration(format)
    if not config:
        raise InvalidMediaError(
            "a format description of AAC holds no AudioSpecificConfig.",
            hint="Give codec_config: the encoder's extradata, or the decoder specific info of an 'esds' box.",
        )
    return f"mp4a.40.{audio_facts(config).object_type}"
