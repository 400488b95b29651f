"""Movie files: what the writer needs of the QuickTime/ISO engine, in the writer's own terms.

The engine knows boxes and tables; here lies what stands between it and samples from anywhere: packets become samples,
streams that change become a new description, facts about a sample become flags.
"""

from __future__ import annotations

from fractions import Fraction

from reelwright.containers.packets import FramedSample, Framer, family_of
from reelwright.isobmff.box import Buffer
from reelwright.isobmff.codec_config import codec_string, complete_format
from reelwright.isobmff.header_room import ExpectedTrack, room_for
from reelwright.isobmff.movie_writer import MovieSummary, MovieWriter, TrackSummary
from reelwright.isobmff.sample_table import Chunk, SampleFlag, dependency_flags
from reelwright.isobmff.track import MovieTrack, TrackOptions
from reelwright.model.format import FormatDescription
from reelwright.model.sample import SampleAttachments

__all__ = [
    "Buffer",
    "Chunk",
    "ExpectedTrack",
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
    "room_for",
]


class SampleFraming:
    """Turns the packets of one format into samples.

    Args:
        source: what the packets are. Where the description leaves open what the stream is (H.264 or HEVC without
            parameter sets, AV1 without a sequence header, VP9 without its ``vpcC``), the first packet must tell.
        frame_rate: pictures a second, where they are known; VP9's level depends on them.

    Raises:
        InvalidMediaError: a configuration that cannot be understood.
    """

    def __init__(self, source: FormatDescription, *, frame_rate: Fraction | None = None) -> None:
        self.source = source
        self.format = complete_format(source)
        self._rate = frame_rate
        self._family = family_of(source)
        self._framer: Framer | None = None
        if not self._family.is_open(source):
            self._adopt(self.format)

    @property
    def keeps_packets(self) -> bool:
        """Whether packets are samples as they are from here on, so that they need not be framed one by one."""
        return self._framer is not None and self._family.keeps_packets

    def frame(self, packet: Buffer) -> FramedSample:
        """One packet as a sample. Where its stream is another one than described, a new description begins.

        Raises:
            InvalidMediaError: a packet whose framing does not add up; a first packet without what the description
                lacks.
        """
        framer = self._framer or self._adopt(self._family.begun(self.source, packet, self._rate))
        sample = framer(packet)
        if sample.format is not self.format:
            self._adopt(sample.format)
        return sample

    def _adopt(self, format: FormatDescription) -> Framer:
        framer = self._family.framer(self.source, format, self._rate)
        self.format, self._framer = format, framer
        return framer


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
