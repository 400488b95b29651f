"""Movie files: what the writer needs of the QuickTime/ISO engine, in the writer's own terms.

The engine knows boxes and tables; here lies what stands between it and samples from anywhere: packets in either framing
become samples with lengths, parameter sets that change become a new description, facts about a sample become flags.
"""

from __future__ import annotations

from typing import NamedTuple

from reelwright.isobmff.box import Buffer
from reelwright.isobmff.codec_config import codec_string, complete_format, nal_framing
from reelwright.isobmff.framing import updated_configuration
from reelwright.isobmff.movie_writer import MovieSummary, MovieWriter, TrackSummary
from reelwright.isobmff.sample_table import Chunk, SampleFlag, dependency_flags
from reelwright.isobmff.track import MovieTrack, TrackOptions
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
        source: what the packets are; H.264 and HEVC need their parameter sets in ``codec_config``.

    Raises:
        InvalidMediaError: a configuration that is missing or cannot be understood.
    """

    def __init__(self, source: FormatDescription) -> None:
        self.source = source
        self.format = complete_format(source)
        self._nal = nal_framing(self.format)

    def frame(self, packet: Buffer) -> FramedSample:
        """One packet as a sample. Parameter sets that differ from the description's begin a new description.

        Raises:
            InvalidMediaError: a packet whose framing does not add up.
        """
        if self._nal is None:
            return FramedSample([packet], memoryview(packet).nbytes, self.format, False)
        unit = self._nal.access_unit(packet)
        if unit.parameter_sets:
            config = updated_configuration(self.format.media_subtype, self.format.codec_config, unit.parameter_sets)
            self.format = complete_format(self.source.with_(codec_config=config, width=0, height=0))
            self._nal = nal_framing(self.format)
        return FramedSample(unit.buffers, unit.size, self.format, unit.is_disposable, unit.is_sync)


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
