"""From packets to samples, one family of encodings at a time.

A ``Family`` says what its streams leave to the first packet, how that packet completes the description, and how packets
of a complete description become samples. None of it keeps a state: a sample whose description is another one than
before begins a new description, and whoever frames the stream goes on with that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from reelwright.isobmff.av1 import av1_record, av1_sample, sequence_header_bytes, updated_av1_record
from reelwright.isobmff.box import Buffer
from reelwright.isobmff.codec_config import complete_format, configuration, nal_framing
from reelwright.isobmff.framing import NAL_CODECS, found_configuration, updated_configuration
from reelwright.isobmff.sound_configuration import configured_by_packet, waits_for_packet
from reelwright.isobmff.vp9 import is_vp9_key_frame, read_vp9_header, vp9_atom
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import VideoCodec

__all__ = ["Family", "FramedSample", "family_of"]


class FramedSample(NamedTuple):
    """A packet as the file stores it: pieces to be written, their size, and the description they belong to.

    ``is_sync`` says what the bitstream says; None where it is not looked into.
    """

    payload: list[Buffer]
    size: int
    format: FormatDescription
    is_disposable: bool = False
    is_sync: bool | None = None


Framer = Callable[[Buffer], FramedSample]
"""A packet as a sample; its format is the one the framer was made for, unless the packet changes it."""


@dataclass(frozen=True, slots=True)
class Family:
    """How streams of some encodings are framed. Rates are frames a second, None where nobody knows.

    Attributes:
        is_open: whether a source's description leaves to the first packet what the stream is.
        begun: the complete description of a source, its first packet and its rate.
        framer: of a source, its complete description and its rate.
    """

    is_open: Callable[[FormatDescription], bool]
    begun: Callable[[FormatDescription, Buffer, Fraction | None], FormatDescription]
    framer: Callable[[FormatDescription, FormatDescription, Fraction | None], Framer]

    @property
    def keeps_packets(self) -> bool:
        """Whether packets of a complete description are samples as they are, whatever is in them."""
        return self.framer is _plain_framer


def family_of(format: FormatDescription) -> Family:
    """The family of an encoding; samples of most are their packets as they are."""
    return _FAMILIES.get(format.media_subtype, _AS_IT_IS)


def _reconfigured(source: FormatDescription, config: bytes) -> FormatDescription:
    """The source with another configuration, which tells the size anew."""
    return complete_format(source.with_(codec_config=config, width=0, height=0))


def _has_no_configuration(source: FormatDescription) -> bool:
    return not configuration(source)


# ------------------------------------------------------------------ packets as they are


def _plain_framer(source: FormatDescription, format: FormatDescription, rate: Fraction | None) -> Framer:
    return lambda packet: FramedSample([packet], memoryview(packet).nbytes, format)


_AS_IT_IS = Family(lambda source: False, lambda source, packet, rate: complete_format(source), _plain_framer)


# ------------------------------------------------------------------ H.264 and HEVC


def _nal_begun(source: FormatDescription, packet: Buffer, rate: Fraction | None) -> FormatDescription:
    codec = source.media_subtype
    unreadable, config = None, None
    try:
        config = found_configuration(codec, packet)
    except InvalidMediaError as error:
        unreadable = error
    if config is None:
        sets = "SPS and PPS" if codec.startswith("avc") else "VPS, SPS and PPS"
        raise InvalidMediaError(
            f"the first packet of a stream of {codec!r} brings no parameter sets ({sets}), and its format "
            "description holds none.",
            hint="Begin with a key frame that carries its parameter sets, or give the encoder's extradata (or the "
            "file's record) as codec_config.",
        ) from unreadable
    return _reconfigured(source, config)


def _nal_framer(source: FormatDescription, format: FormatDescription, rate: Fraction | None) -> Framer:
    framing = nal_framing(format)
    assert framing is not None

    def framed(packet: Buffer) -> FramedSample:
        unit, current = framing.access_unit(packet), format
        if unit.parameter_sets:
            config = updated_configuration(format.media_subtype, format.codec_config, unit.parameter_sets)
            current = _reconfigured(source, config)
        return FramedSample(unit.buffers, unit.size, current, unit.is_disposable, unit.is_sync)

    return framed


# ------------------------------------------------------------------ AV1


def _av1_begun(source: FormatDescription, packet: Buffer, rate: Fraction | None) -> FormatDescription:
    return _reconfigured(source, av1_record(packet))


def _av1_framer(source: FormatDescription, format: FormatDescription, rate: Fraction | None) -> Framer:
    """Encoders' extradata may differ from what they code, and streams may go on as others: the samples count."""
    known = sequence_header_bytes(format.codec_config)

    def framed(packet: Buffer) -> FramedSample:
        sample, current = av1_sample(packet), format
        if known and sample.header not in (b"", known):
            current = _reconfigured(source, updated_av1_record(format.codec_config, sample.header))
        return FramedSample(sample.buffers, sample.size, current, is_sync=sample.is_sync)

    return framed


# ------------------------------------------------------------------ VP9


def _vp9_begun(source: FormatDescription, packet: Buffer, rate: Fraction | None) -> FormatDescription:
    facts = read_vp9_header(packet)
    record = vp9_atom(facts, source, rate)
    return complete_format(
        source.with_(
            width=facts.width,
            height=facts.height,
            bits_per_component=facts.bit_depth,
            chroma=facts.chroma,
            full_range=facts.full_range,
            atoms={**source.atoms, "vpcC": record},
        )
    )


def _vp9_framer(source: FormatDescription, format: FormatDescription, rate: Fraction | None) -> Framer:
    """Packets are superframes where pictures are hidden in them, and stay so; a record that was given is believed."""
    is_told = "vpcC" in source.atoms

    def framed(packet: Buffer) -> FramedSample:
        is_key, current = is_vp9_key_frame(packet), format
        if is_key and not is_told:
            told = _vp9_begun(source, packet, rate)
            current = current if told == current else told
        return FramedSample([packet], memoryview(packet).nbytes, current, is_sync=is_key)

    return framed


# ------------------------------------------------------------------ AC-3 and E-AC-3


def _dolby_begun(source: FormatDescription, packet: Buffer, rate: Fraction | None) -> FormatDescription:
    return configured_by_packet(complete_format(source), packet)


_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(NAL_CODECS, Family(_has_no_configuration, _nal_begun, _nal_framer)),
    VideoCodec.AV1.value: Family(_has_no_configuration, _av1_begun, _av1_framer),
    VideoCodec.VP9.value: Family(lambda source: "vpcC" not in source.atoms, _vp9_begun, _vp9_framer),
    **dict.fromkeys(("ac-3", "ec-3"), Family(waits_for_packet, _dolby_begun, _plain_framer)),
}
