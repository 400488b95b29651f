"""What speaks against a film with each player, rule by rule, and where that is known from.

The evidence is a test of this project's own, or what the player's maker publishes; nothing is guessed. Where decoding
is left to hardware or to the system, machines differ, and rules say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from reelwright.writing.judged_track import JudgedTrack

__all__ = ["RULES", "YES", "Player", "Rule"]


class Player(StrEnum):
    SAFARI = "Safari/QuickTime"
    CHROME = "Chrome"
    FIREFOX = "Firefox"
    ANDROID = "Android"
    VLC = "VLC"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where it ``applies`` to a track the film does not play (``plays`` False), only on some machines or for all that
    is published (None), or it plays with a flaw (True)."""

    players: tuple[Player, ...]
    applies: Callable[[JudgedTrack], bool]
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
RULES: tuple[Rule, ...] = (
    Rule(
        _SAFARI,
        lambda track: track.format.media_subtype == "hev1",
        False,
        "HEVC must be tagged hvc1, not hev1",
        _APPLE,
    ),
    Rule(
        _SAFARI,
        lambda track: track.h264_profile > 100,
        None,
        "H.264 above the High profile is more than Apple promises to decode",
        _APPLE,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_hevc and not track.is_apple_hevc,
        None,
        "HEVC above the Main 10 profile is more than Apple promises to decode",
        _APPLE,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_pcm and not track.file_type.is_quicktime,
        None,
        "Apple publishes linear PCM for .mov, and nothing about it in ISO files",
        _QUICKTIME,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_av1,
        None,
        "AV1 needs an Apple device that decodes it in hardware (iPhone 15 Pro, M3 and later ones)",
        _CAN_I_USE,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_vp9 and not track.is_webm,
        None,
        "Apple publishes nothing about VP9 in ISO files",
        _APPLE,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_webm,
        None,
        "Apple's documentation of its files does not speak of WebM",
        _QUICKTIME,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_prores,
        None,
        "ProRes plays on Macs; on other devices it is up to their hardware",
        _APPLE_PRORES,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_jpeg,
        None,
        "JPEG is one of QuickTime's encodings, but nothing says which of today's devices play it",
        _QUICKTIME,
    ),
    Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_prores or track.is_jpeg,
        False,
        "pictures of ProRes and JPEG are not shown",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    Rule(_CHROME, lambda track: track.is_hevc, None, "HEVC needs a hardware decoder", _CHROMIUM),
    Rule(
        _CHROME,
        lambda track: track.is_pcm and not track.is_pcm_for_chromium,
        False,
        "linear PCM of this kind is silent (16 and 24 bits are heard, and 32 in little-endian)",
        _TESTED_CHROMIUM,
    ),
    Rule(
        _FIREFOX,
        lambda track: track.is_hevc,
        None,
        "HEVC needs hardware or the system's decoder",
        _MOZILLA,
    ),
    Rule(
        _FIREFOX,
        lambda track: track.h264_profile > 100,
        None,
        "H.264 above the High profile is up to the system's decoder (FFmpeg's can, Windows' cannot)",
        _WINDOWS,
    ),
    Rule(
        _FIREFOX,
        lambda track: track.is_pcm,
        False,
        "linear PCM is silent, or the film is refused",
        _TESTED_FIREFOX,
    ),
    Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_odd,
        True,
        "the part outside the clean aperture is shown too",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.file_type.is_quicktime,
        None,
        ".mov is not among the containers Android promises",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_av1,
        None,
        "Android promises AV1 from its version 10 on",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_vp9 and not track.is_webm,
        None,
        "Android promises VP9 in WebM and Matroska",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_prores or track.is_jpeg,
        None,
        "ProRes and JPEG are not among the encodings Android promises",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.h264_profile >= 100,
        None,
        "Android demands H.264's Main profile of every device; more is up to the device",
        _ANDROID_DEVICES,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_hevc and not track.is_plain_hevc,
        None,
        "Android promises HEVC's Main profile only",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_aac and (track.format.channels > 6 or track.format.sample_rate > 48000),
        None,
        "Android promises AAC of up to 5.1 channels and 48 kHz",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_pcm,
        None,
        "Android promises linear PCM in WAVE files only",
        _ANDROID,
    ),
    Rule(
        _SAFARI,
        lambda track: track.is_opus or track.is_flac,
        None,
        "Opus and FLAC are not among the encodings that Apple's documentation of its files names",
        _QUICKTIME,
    ),
    Rule(
        (Player.CHROME, Player.FIREFOX),
        lambda track: track.is_alac or track.is_dolby,
        False,
        "Apple Lossless, AC-3 and E-AC-3 are silent, and a file of nothing else is refused",
        f"{_TESTED_CHROMIUM}; {_TESTED_FIREFOX}",
    ),
    Rule(
        _FIREFOX,
        lambda track: track.is_opus and not track.is_webm,
        True,
        "the padding of Opus' last packet is played too, up to 20 ms",
        _TESTED_FIREFOX,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_alac or track.is_dolby,
        None,
        "Apple Lossless, AC-3 and E-AC-3 are not among the encodings Android promises",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_opus and not track.is_webm,
        None,
        "Android promises Opus in Ogg and Matroska",
        _ANDROID,
    ),
    Rule(
        _ON_ANDROID,
        lambda track: track.is_flac,
        None,
        "Android promises FLAC in MPEG-4 files from its version 10 on, of two channels and 48 kHz at most",
        _ANDROID,
    ),
    Rule(_VLC, lambda track: track.is_small_pcm, False, "8-bit sound is played twice too fast", _TESTED_VLC),
)

YES: dict[Player, tuple[str, ...]] = {
    Player.SAFARI: (_APPLE, _QUICKTIME),
    Player.CHROME: (_TESTED_CHROMIUM,),
    Player.FIREFOX: (_TESTED_FIREFOX, _MOZILLA),
    Player.ANDROID: (_ANDROID,),
    Player.VLC: (_TESTED_VLC,),
}
