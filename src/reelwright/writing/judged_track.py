"""What rules about players ask of a film's track: its encoding, its profile, its kind of file.

Each question is one that some player answers by; a track whose encoding and file nobody looked into says so itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.containers.movie import codec_string
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType, VideoCodec

__all__ = ["JudgedTrack"]

_LOSSLESS_OF_APPLE, _DOLBY, _OF_THE_WEB = ("alac",), ("ac-3", "ec-3"), ("Opus", "fLaC")
_PRORES = frozenset(codec.value for codec in VideoCodec if codec.is_prores)
_JUDGED = frozenset({FileType.MOV, FileType.MP4, FileType.M4V, FileType.M4A})


@dataclass(frozen=True, slots=True)
class JudgedTrack:
    """What the rules ask of a track."""

    file_type: FileType
    format: FormatDescription

    @property
    def is_judged(self) -> bool:
        """Whether the rules below know this encoding in this kind of file at all."""
        if self.is_webm:
            return self.is_av1 or self.is_vp9 or self.is_opus
        known = self.is_hevc or self.is_aac or self.is_pcm or self.format.media_subtype in ("avc1", "avc3")
        known |= (self.is_av1 or self.is_vp9) and not self.file_type.is_quicktime
        known |= (self.is_prores or self.is_jpeg) and self.file_type.is_quicktime
        known |= self.format.media_subtype in (*_LOSSLESS_OF_APPLE, *_DOLBY, *_OF_THE_WEB)
        return known and self.file_type in _JUDGED

    @property
    def is_webm(self) -> bool:
        return self.file_type is FileType.WEBM

    @property
    def is_hevc(self) -> bool:
        return self.format.media_subtype in ("hvc1", "hev1")

    @property
    def is_av1(self) -> bool:
        return self.format.media_subtype == VideoCodec.AV1

    @property
    def is_vp9(self) -> bool:
        return self.format.media_subtype == VideoCodec.VP9

    @property
    def is_prores(self) -> bool:
        return self.format.media_subtype in _PRORES

    @property
    def is_jpeg(self) -> bool:
        return self.format.media_subtype == VideoCodec.JPEG

    @property
    def h264_profile(self) -> int:
        """``profile_idc`` of H.264 (66 Baseline, 77 Main, 100 High, 110 High 10 …); 0 for anything else."""
        configured = self.format.media_subtype in ("avc1", "avc3") and self.format.codec_config
        return int(codec_string(self.format)[5:7], 16) if configured else 0

    @property
    def is_plain_hevc(self) -> bool:
        """HEVC's Main profile: 8 bits, 4:2:0."""
        return self.is_hevc and (self.format.bits_per_component or 8) == 8 and self.format.chroma in (None, "4:2:0")

    @property
    def is_apple_hevc(self) -> bool:
        """At most HEVC's Main 10 profile."""
        return self.is_hevc and (self.format.bits_per_component or 8) <= 10 and self.format.chroma in (None, "4:2:0")

    @property
    def is_aac(self) -> bool:
        return self.format.media_subtype in ("aac ", "mp4a")

    @property
    def is_alac(self) -> bool:
        return self.format.media_subtype in _LOSSLESS_OF_APPLE

    @property
    def is_dolby(self) -> bool:
        return self.format.media_subtype in _DOLBY

    @property
    def is_opus(self) -> bool:
        return self.format.media_subtype == "Opus"

    @property
    def is_flac(self) -> bool:
        return self.format.media_subtype == "fLaC"

    @property
    def is_pcm(self) -> bool:
        return self.format.pcm is not None

    @property
    def is_small_pcm(self) -> bool:
        return self.format.pcm is not None and self.format.pcm.bits == 8

    @property
    def is_pcm_for_chromium(self) -> bool:
        """Linear PCM that Chromium's FFmpeg is built with."""
        pcm = self.format.pcm
        if pcm is None or pcm.is_float:
            return pcm is not None and pcm.bits == 32 and not pcm.is_big_endian
        return pcm.bits in (16, 24) or (pcm.bits == 32 and not pcm.is_big_endian)

    @property
    def is_odd(self) -> bool:
        """Padded to even sides, and shown without the padding by players that read clean apertures."""
        return self.format.media_type is MediaType.VIDEO and self.format.clean_aperture is not None
