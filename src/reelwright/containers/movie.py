"""Movie files: what the writer needs of the QuickTime/ISO engine, in the writer's own terms.

The engine knows boxes and tables; here lies what stands between it and samples from anywhere: packets in either framing
become samples with lengths, parameter sets that change become a new description, facts about a sample become flags.
"""

from __future__ import annotations

from typing import NamedTuple

from reelwright.isobmff.box import Buffer
from reelwright.isobmff.codec_config import codec_string, complete_format, has_own_sets, nal_framing
from reelwright.isobmff.framing import NalFraming, found_configuration, updated_configuration
from reelwright.isobmff.movie_writer import MovieSummary, MovieWriter, TrackSummary
from reelwright.isobmff.sample_table import Chunk, SampleFlag, dependency_flags
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleAttachments

__all__ = [
    "Buffer",
    "Chunk",
    "FramedSample",
    "MovieSummary",
    "MovieTrack",
    "MovieWriter",
    "SampleFlag",
    "SampleFraming",
    "TrackOptions",
    "TrackSummary",
    "codec_string",
    "flags_of",
]


class FramedSample(NamedTuple):
    """A packet as the file stores it: pieces to be written, their size, and the description they belong to.

    ``is_sync`` says what the bitstream says; None where it is not looked into.
    """

    payload: list[Buffer]
    size: int
    format: FormatDescription
    is_disposable: bool
    is_sync: bool | None = None


class SampleFraming:
    """Turns the packets of one format into samples.

    Args:
        source: what the packets are. Where H.264 or HEVC comes without ``codec_config`` (and without the record as an
            atom), the first packet must bring its parameter sets along, and describes the stream.

    Raises:
        InvalidMediaError: a configuration that cannot be understood.
    """

    def __init__(self, source: FormatDescription) -> None:
        self.source = source
        self.format = complete_format(source)
        self._is_open = has_own_sets(self.format)  # what the stream is shows with its first packet
        self._nal: NalFraming | None = None if self._is_open else nal_framing(self.format)

    def frame(self, packet: Buffer) -> FramedSample:
        """One packet as a sample. Parameter sets that differ from the description's begin a new description.

        Raises:
            InvalidMediaError: a packet whose framing does not add up; a first packet without the parameter sets that
                the description lacks.
        """
        if self._is_open:
            self._begin(packet)
        if self._nal is None:
            return FramedSample([packet], memoryview(packet).nbytes, self.format, False)
        unit = self._nal.access_unit(packet)
        if unit.parameter_sets:
            codec, known = self.format.media_subtype, self.format.codec_config
            self._configure(updated_configuration(codec, known, unit.parameter_sets))
        return FramedSample(unit.buffers, unit.size, self.format, unit.is_disposable, unit.is_sync)

    def _begin(self, packet: Buffer) -> None:
        codec = self.source.media_subtype
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
        self._configure(config)
        self._is_open = False

    def _configure(self, config: bytes) -> None:
        self.format = complete_format(self.source.with_(codec_config=config, width=0, height=0))
        self._nal = nal_framing(self.format)


def flags_of(facts: SampleAttachments) -> int:
    """A sample's attachments as the flags of the sample tables (``stss``, ``stps``, ``sdtp``)."""
    sync = 0 if facts.not_sync or facts.partial_sync else SampleFlag.SYNC
    partial = SampleFlag.PARTIAL_SYNC if facts.partial_sync else 0
    known = dependency_flags(
        is_leading=1 if facts.earlier_display_times_allowed else 0,
        depends_on=_two_bits(facts.depends_on_others),
        is_depended_on=_two_bits(facts.is_depended_on_by_others),
        has_redundancy=_two_bits(facts.has_redundant_coding),
    )
    return int(sync | partial | known)


def _two_bits(fact: bool | None) -> int:
    return 0 if fact is None else 1 if fact else 2
