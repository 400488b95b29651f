"""Will it play? What well-known players make of a film's container, encodings and picture format.

Each rule names its evidence: a test of this project's own, or what the player's maker publishes. A film plays when no
rule speaks against it; several reasons are all given. Machines differ where decoding is left to hardware, and rules
say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType

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
        player: its name. plays: True, False, or None where it depends on the machine.
        reasons: why not, or on what it depends. evidence: where each reason, or the "yes", is known from.
    """

    player: Player
    plays: bool | None
    reasons: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    def __str__(self) -> str:
        word = {True: "plays", False: "does not play", None: "may play"}[self.plays]
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        return f"{self.player.value} {word}{why}"


@dataclass(frozen=True, slots=True)
class _Track:
    """What the rules ask of a track."""

    file_type: FileType
    format: FormatDescription

    @property
    def is_hevc(self) -> bool:
        return self.format.media_subtype in ("hvc1", "hev1")

    @property
    def is_h264(self) -> bool:
        return self.format.media_subtype in ("avc1", "avc3")

    @property
    def is_pcm(self) -> bool:
        return self.format.pcm is not None

    @property
    def is_deep(self) -> bool:
        return (self.format.bits_per_component or 8) > 8

    @property
    def is_subsampled(self) -> bool:
        return self.format.media_type is not MediaType.VIDEO or self.format.chroma in (None, "4:2:0")


@dataclass(frozen=True, slots=True)
class _Rule:
    """``applies`` to a track, then the film does not play (``plays`` False) or only on some machines (None)."""

    players: tuple[Player, ...]
    applies: Callable[[_Track], bool]
    plays: bool | None
    reason: str
    evidence: str


_APPLE = "developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices"
_ANDROID = "developer.android.com/media/platform/supported-formats"
_CHROMIUM = "chromestatus.com/feature/5186511939567616"
_MOZILLA = "developer.mozilla.org/docs/Web/Media/Guides/Formats/Video_codecs"
_TESTED = "tested here"

_RULES: tuple[_Rule, ...] = (
    _Rule(
        (Player.SAFARI,),
        lambda track: track.format.media_subtype == "hev1",
        False,
        "HEVC must be tagged hvc1, not hev1",
        _APPLE,
    ),
    _Rule(
        (Player.SAFARI, Player.FIREFOX, Player.ANDROID),
        lambda track: track.is_h264 and track.is_deep,
        False,
        "H.264 of more than 8 bits has no decoder there",
        _MOZILLA,
    ),
    _Rule(
        (Player.SAFARI, Player.FIREFOX, Player.ANDROID),
        lambda track: not track.is_subsampled,
        False,
        "only 4:2:0 pictures are decoded",
        _MOZILLA,
    ),
    _Rule((Player.CHROME,), lambda track: track.is_hevc, None, "HEVC needs a hardware decoder", _CHROMIUM),
    _Rule((Player.FIREFOX,), lambda track: track.is_hevc, None, "HEVC needs the system's decoder", _MOZILLA),
    _Rule(
        (Player.ANDROID,),
        lambda track: track.is_hevc and track.is_deep,
        None,
        "HEVC Main 10 is up to the device",
        _ANDROID,
    ),
    _Rule(
        (Player.ANDROID,),
        lambda track: track.file_type.is_quicktime,
        None,
        ".mov is not among the containers Android promises",
        _ANDROID,
    ),
    _Rule(
        (Player.CHROME, Player.FIREFOX, Player.ANDROID, Player.VLC, Player.SAFARI),
        lambda track: track.is_pcm and not track.file_type.is_quicktime,
        None,
        "linear PCM in an ISO file is young and read by few players",
        "ISO/IEC 23003-5",
    ),
)

_YES: dict[Player, str] = {
    Player.SAFARI: _APPLE,
    Player.CHROME: _TESTED,
    Player.FIREFOX: _MOZILLA,
    Player.ANDROID: _ANDROID,
    Player.VLC: "videolan.org/vlc/features.html",
}


def judge_players(file_type: FileType, formats: Sequence[FormatDescription]) -> dict[str, PlayerVerdict]:
    """A verdict for every player known, by its name."""
    tracks = [_Track(file_type, each) for each in formats]
    return {player.value: _verdict(player, tracks) for player in Player}


def _verdict(player: Player, tracks: Iterable[_Track]) -> PlayerVerdict:
    found = [rule for track in tracks for rule in _RULES if player in rule.players and rule.applies(track)]
    if not found:
        return PlayerVerdict(player, True, (), (_YES[player],))
    plays = False if any(rule.plays is False for rule in found) else None
    reasons = tuple(dict.fromkeys(rule.reason for rule in found))
    return PlayerVerdict(player, plays, reasons, tuple(dict.fromkeys(rule.evidence for rule in found)))
