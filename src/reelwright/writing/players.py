"""Will it play? What well-known players make of a film's container, encodings and picture format.

A film of encodings known here plays when no rule (``player_rules``) speaks against it; several reasons are all given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType
from reelwright.writing.judged_track import JudgedTrack
from reelwright.writing.player_rules import RULES, YES, Player

__all__ = ["Player", "PlayerVerdict", "judge_players"]


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


def judge_players(file_type: FileType, formats: Sequence[FormatDescription]) -> dict[str, PlayerVerdict]:
    """A verdict for every player known, by its name."""
    tracks = [JudgedTrack(file_type, each) for each in formats]
    return {player.value: _verdict(player, tracks) for player in Player}


def _verdict(player: Player, tracks: Sequence[JudgedTrack]) -> PlayerVerdict:
    found = [rule for track in tracks for rule in RULES if player in rule.players and rule.applies(track)]
    unknown = [track.format.media_subtype for track in tracks if not track.is_judged]
    outcomes = {rule.plays for rule in found}
    plays = False if False in outcomes else None if None in outcomes or unknown else True
    said = [f"nothing is known here about {subtype!r} in this kind of file" for subtype in unknown]
    reasons = tuple(dict.fromkeys([*said, *(rule.reason for rule in found)]))
    evidence = (*(YES[player] if plays else ()), *(rule.evidence for rule in found))
    return PlayerVerdict(player, plays, reasons, tuple(dict.fromkeys(evidence)))
