"""Will it play? What well-known players make of a film's container, encodings and picture format.

Each rule names its evidence: a test of this project's own, or what the player's maker publishes; nothing is guessed. A
film of encodings known here plays when no rule speaks against it; several reasons are all given. Where decoding is left
to hardware or to the system, machines differ, and rules say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reelwright.containers.movie import codec_string
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType, VideoCodec

__all__ = ["Player", "PlayerVerdict", "judge_players"]


class Player(StrEnum):
    SAFARI = "Safari/QuickTime"
    CHROME = "Chrome"
    FIREFOX = "Firefox"
    ANDROID = "Android"
    VLC = "VLC"


@dataclass(frozen=True, slots=True)
class PlayerVerdict:
    """What one player makes of a film.

    Attributes:
        player: its name. plays: True, False, or None where it depends on the machine or nobody promises it.
        reasons: why not, on what it depends, or what is not right. evidence: where each reason, or the "yes", is known
            from: ``"tested here: …"`` or the page of whoever makes the player.
    """

    player: Player
    plays: bool | None
    reasons: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    def __str__(self) -> str:
        word = {True: "plays", False: "does not play", None: "may play"}[self.plays]
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        return f"{self.player.value} {word}{why}"


_LOSSLESS_OF_APPLE, _DOLBY, _OF_THE_WEB = ("alac",), ("ac-3", "ec-3"), ("Opus", "fLaC")
_PRORES = frozenset(codec.value for codec in VideoCodec if codec.is_prores)
_JUDGED = frozenset({FileType.MOV, FileType.MP4, FileType.M4V, FileType.M4A})


@dataclass(frozen=True, slots=True)
class _Track:
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


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where it ``applies`` to a track the film does not play (``plays`` False), only on some machines or for all that
    is published (None), or it plays with a flaw (True)."""

    players: tuple[Player, ...]
    applies: Callable[[_Track], bool]
    plays: bool | None
    reason: str
    evidence: str


# What the makers publish. Apple's page is about streams, and is the only one where it says what its decoders take.
_APPLE = "developer.apple.com/documentation/http_live_streaming/hls_authoring_specification_for_apple_devices"
_QUICKTIME = "developer.apple.com/documentation/quicktime-file-format"
_APPLE_PRORES = "support.apple.com/en-us/102207"
_CAN_I_USE = "caniuse.com/av1"
_ANDROID = "developer.android.com/media/platform/supported-formats"
_ANDROID_DEVICES = (
    "android.googlesource.com/platform/compatibility/cdd/+/refs/heads/main/5_multimedia/5_3_video-decoding.md"
)
_CHROMIUM = "www.chromium.org/audio-video"
_MOZILLA = "developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats/Video_codecs"
_WINDOWS = "learn.microsoft.com/en-us/windows/win32/medfound/h-264-video-decoder"
# What our own tests saw (tests/acceptance/test_plays.py), and in which versions.
_TESTED_CHROMIUM = "tested here: Chromium 156 on Linux"
_TESTED_FIREFOX = "tested here: Firefox 153 on Linux"
_TESTED_VLC = "tested here: VLC 3.0.24 on Linux"

_SAFARI, _CHROME, _FIREFOX, _ON_ANDROID, _VLC = ((player,) for player in Player)
_RULES: tuple[_Rule, ...] = (
    _Rule(
        _SAFARI,
        lambda track: track.format.media_subtype == "hev1",
        False,
        "HEVC must be tagged hvc1, not hev1",
        _APPLE,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.h264_profile > 100,
        None,
        "H.264 above the High profile is more than Apple promises to decode",
        _APPLE,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_hevc and not track.is_apple_hevc,
        None,
        "HEVC above the Main 10 profile is more than Apple promises to decode",
        _APPLE,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_pcm and not track.file_type.is_quicktime,
        None,
        "Apple publishes linear PCM for .mov, and nothing about it in ISO files",
        _QUICKTIME,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_av1,
        None,
        "AV1 needs an Apple device that decodes it in hardware (iPhone 15 Pro, M3 and later ones)",
        _CAN_I_USE,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_vp9 and not track.is_webm,
        None,
        "Apple publishes nothing about VP9 in ISO files",
        _APPLE,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_webm,
        None,
        "Apple's documentation of its files does not speak of WebM",
        _QUICKTIME,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_prores,
        None,
        "ProRes plays on Macs; on other devices it is up to their hardware",
        _APPLE_PRORES,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_jpeg,
        None,
        "JPEG is one of QuickTime's encodings, but nothing says which of today's devices play it",
        _QUICKTIME,
    ),
    _Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_prores or track.is_jpeg,
        False,
        "pictures of ProRes and JPEG are not shown",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    _Rule(_CHROME, lambda track: track.is_hevc, None, "HEVC needs a hardware decoder", _CHROMIUM),
    _Rule(
        _CHROME,
        lambda track: track.is_pcm and not track.is_pcm_for_chromium,
        False,
        "linear PCM of this kind is silent (16 and 24 bits are heard, and 32 in little-endian)",
        _TESTED_CHROMIUM,
    ),
    _Rule(
        _FIREFOX,
        lambda track: track.is_hevc,
        None,
        "HEVC needs hardware or the system's decoder",
        _MOZILLA,
    ),
    _Rule(
        _FIREFOX,
        lambda track: track.h264_profile > 100,
        None,
        "H.264 above the High profile is up to the system's decoder (FFmpeg's can, Windows' cannot)",
        _WINDOWS,
    ),
    _Rule(
        _FIREFOX,
        lambda track: track.is_pcm,
        False,
        "linear PCM is silent, or the film is refused",
        _TESTED_FIREFOX,
    ),
    _Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_odd,
        True,
        "the part outside the clean aperture is shown too",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.file_type.is_quicktime,
        None,
        ".mov is not among the containers Android promises",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_av1,
        None,
        "Android promises AV1 from its version 10 on",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_vp9 and not track.is_webm,
        None,
        "Android promises VP9 in WebM and Matroska",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_prores or track.is_jpeg,
        None,
        "ProRes and JPEG are not among the encodings Android promises",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.h264_profile >= 100,
        None,
        "Android demands H.264's Main profile of every device; more is up to the device",
        _ANDROID_DEVICES,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_hevc and not track.is_plain_hevc,
        None,
        "Android promises HEVC's Main profile only",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_aac and (track.format.channels > 6 or track.format.sample_rate > 48000),
        None,
        "Android promises AAC of up to 5.1 channels and 48 kHz",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_pcm,
        None,
        "Android promises linear PCM in WAVE files only",
        _ANDROID,
    ),
    _Rule(
        _SAFARI,
        lambda track: track.is_opus or track.is_flac,
        None,
        "Opus and FLAC are not among the encodings that Apple's documentation of its files names",
        _QUICKTIME,
    ),
    _Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_alac or track.is_dolby,
        False,
        "Apple Lossless, AC-3 and E-AC-3 are silent, and a file of nothing else is refused",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    _Rule(
        _FIREFOX,
        lambda track: track.is_opus and not track.is_webm,
        True,
        "the padding of Opus' last packet is played too, up to 20 ms",
        _TESTED_FIREFOX,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_alac or track.is_dolby,
        None,
        "Apple Lossless, AC-3 and E-AC-3 are not among the encodings Android promises",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_opus and not track.is_webm,
        None,
        "Android promises Opus in Ogg and Matroska",
        _ANDROID,
    ),
    _Rule(
        _ON_ANDROID,
        lambda track: track.is_flac,
        None,
        "Android promises FLAC in MPEG-4 files from its version 10 on, of two channels and 48 kHz at most",
        _ANDROID,
    ),
    _Rule(_VLC, lambda track: track.is_small_pcm, False, "8-bit sound is played twice too fast", _TESTED_VLC),
)

_YES: dict[Player, tuple[str, ...]] = {
    Player.SAFARI: (_APPLE, _QUICKTIME),
    Player.CHROME: (_TESTED_CHROMIUM,),
    Player.FIREFOX: (_TESTED_FIREFOX, _MOZILLA),
    Player.ANDROID: (_ANDROID,),
    Player.VLC: (_TESTED_VLC,),
}


def judge_players(file_type: FileType, formats: Sequence[FormatDescription]) -> dict[str, PlayerVerdict]:
    """A verdict for every player known, by its name."""
    tracks = [_Track(file_type, each) for each in formats]
    return {player.value: _verdict(player, tracks) for player in Player}


def _verdict(player: Player, tracks: Sequence[_Track]) -> PlayerVerdict:
    found = [rule for track in tracks for rule in _RULES if player in rule.players and rule.applies(track)]
    unknown = [track.format.media_subtype for track in tracks if not track.is_judged]
    outcomes = {rule.plays for rule in found}
    plays = False if False in outcomes else None if None in outcomes or unknown else True
    said = [f"nothing is known here about {subtype!r} in this kind of file" for subtype in unknown]
    reasons = tuple(dict.fromkeys([*said, *(rule.reason for rule in found)]))
    evidence = (*(_YES[player] if plays else ()), *(rule.evidence for rule in found))
    return PlayerVerdict(player, plays, reasons, tuple(dict.fromkeys(evidence)))
