"""Which speaker's sound goes to which other speaker when a layout becomes another.

A channel whose speaker the target has is copied as it is. One whose speaker is missing is folded into its neighbours
with the coefficients of ITU-R BS.775-4 (annex 4) and ATSC A/52 (7.8); then everything is turned down by one factor, so
that no mix can exceed full scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import av
import numpy as np
from numpy.typing import NDArray

from reelwright.model.errors import SettingsError
from reelwright.model.layout import ChannelLayout

__all__ = ["Remix", "speakers"]

_EQUAL_POWER = 2**-0.5

# Where a missing speaker's sound goes: the first alternative whose speakers all exist in the target, and how loud.
_FOLDS: dict[str, tuple[tuple[tuple[str, ...], float], ...]] = {
    "FC": ((("FL", "FR"), _EQUAL_POWER),),
    "FL": ((("FC",), _EQUAL_POWER),),
    "FR": ((("FC",), _EQUAL_POWER),),
    "BL": ((("SL",), 1.0), (("BC",), _EQUAL_POWER), (("FL",), _EQUAL_POWER), (("FC",), 0.5)),
    "BR": ((("SR",), 1.0), (("BC",), _EQUAL_POWER), (("FR",), _EQUAL_POWER), (("FC",), 0.5)),
    "SL": ((("BL",), 1.0), (("BC",), _EQUAL_POWER), (("FL",), _EQUAL_POWER), (("FC",), 0.5)),
    "SR": ((("BR",), 1.0), (("BC",), _EQUAL_POWER), (("FR",), _EQUAL_POWER), (("FC",), 0.5)),
    "BC": ((("BL", "BR"), _EQUAL_POWER), (("SL", "SR"), _EQUAL_POWER), (("FL", "FR"), 0.5), (("FC",), 0.5)),
    "FLC": ((("FL",), 1.0), (("FC",), _EQUAL_POWER)),
    "FRC": ((("FR",), 1.0), (("FC",), _EQUAL_POWER)),
    "WL": ((("FL",), 1.0), (("FC",), _EQUAL_POWER)),
    "WR": ((("FR",), 1.0), (("FC",), _EQUAL_POWER)),
    "DL": ((("FL",), 1.0), (("FC",), _EQUAL_POWER)),
    "DR": ((("FR",), 1.0), (("FC",), _EQUAL_POWER)),
    "TFL": ((("FL",), _EQUAL_POWER), (("FC",), 0.5)),
    "TFR": ((("FR",), _EQUAL_POWER), (("FC",), 0.5)),
    "TFC": ((("FC",), _EQUAL_POWER), (("FL", "FR"), 0.5)),
    "TSL": ((("SL",), _EQUAL_POWER), (("BL",), _EQUAL_POWER), (("FL",), _EQUAL_POWER), (("FC",), 0.5)),
    "TSR": ((("SR",), _EQUAL_POWER), (("BR",), _EQUAL_POWER), (("FR",), _EQUAL_POWER), (("FC",), 0.5)),
    "TBL": ((("BL",), _EQUAL_POWER), (("SL",), _EQUAL_POWER), (("FL",), 0.5), (("FC",), 0.5)),
    "TBR": ((("BR",), _EQUAL_POWER), (("SR",), _EQUAL_POWER), (("FR",), 0.5), (("FC",), 0.5)),
    "TBC": ((("BC",), _EQUAL_POWER), (("BL", "BR"), 0.5), (("SL", "SR"), 0.5), (("FL", "FR"), 0.5), (("FC",), 0.5)),
    "TC": ((("FL", "FR"), 0.5), (("FC",), 0.5)),
    "BFL": ((("FL",), _EQUAL_POWER), (("FC",), 0.5)),
    "BFR": ((("FR",), _EQUAL_POWER), (("FC",), 0.5)),
    "BFC": ((("FC",), _EQUAL_POWER), (("FL", "FR"), 0.5)),
    # Low-frequency effects are an addition to the main channels, not a part of them: both standards leave them out.
    "LFE": ((("LFE2",), 1.0), ((), 0.0)),
    "LFE2": ((("LFE",), 1.0), ((), 0.0)),
}


def speakers(layout: str | None, channels: int) -> tuple[str, ...]:
    """The speakers of a layout in channel order, by FFmpeg's short names (FL, FR, FC, LFE, BL …).

    Args:
        layout: FFmpeg's name of a layout (``"5.1"``, ``"FL+FR+LFE"``); None for the usual one of that many channels.
            Channels that feed no particular speaker are ``"?0"``, ``"?1"`` …

    Raises:
        SettingsError: a layout that FFmpeg does not know, or of another number of channels.
    """
    name = layout or ChannelLayout.default(channels).name
    try:
        known = av.AudioLayout(name)
    except ValueError as error:
        raise SettingsError(
            f"channel layout {name!r} is not known.",
            hint="Use FFmpeg's names, for example 'mono', 'stereo', '5.1', '7.1' or 'FL+FR+LFE'.",
        ) from error
    if known.nb_channels != channels:
        raise SettingsError(
            f"channel layout {name!r} has {known.nb_channels} channels, the sound has {channels}.",
            hint="Make the number of channels and the layout agree.",
        )
    named = [channel.name for channel in known.channels]
    return tuple(f"?{index}" if one == "NONE" else one for index, one in enumerate(named))


class Remix:
    """The way from one list of speakers to another.

    Attributes:
        picks: for each target channel the source channel it copies, or -1 for silence; None when sums are needed.
        matrix: target channels × source channels, what each contributes.

    >>> Remix(("FC",), ("FL", "FR")).picks
    (0, 0)

    Raises:
        SettingsError: a speaker without a rule, as in layouts that name no speakers.
    """

    def __init__(self, source: Sequence[str], target: Sequence[str]) -> None:
        self.matrix = _matrix(tuple(source), tuple(target))
        self.picks = _picks(self.matrix)
        self.is_identity = self.picks == tuple(range(len(source))) and len(source) == len(target)


def _matrix(source: tuple[str, ...], target: tuple[str, ...]) -> NDArray[np.float64]:
    matrix = np.zeros((len(target), len(source)))
    if _nameless(source, target) and len(source) == len(target):
        np.fill_diagonal(matrix, 1.0)
        return matrix
    for column, speaker in enumerate(source):
        for row, level in _destinations(speaker, source, target):
            matrix[row, column] += level
    loudest = float(np.abs(matrix).sum(axis=1).max())
    return matrix / loudest if loudest > 1 else matrix


def _nameless(source: tuple[str, ...], target: tuple[str, ...]) -> bool:
    return all(name.startswith("?") for name in source) or all(name.startswith("?") for name in target)


def _destinations(speaker: str, source: tuple[str, ...], target: tuple[str, ...]) -> list[tuple[int, float]]:
    if speaker in target:
        return [(target.index(speaker), 1.0)]
    for places, level in _FOLDS.get(speaker, ()):
        if all(place in target for place in places):
            # Mono is not a point between two speakers but all there is: it keeps its level. A neighbour that has
            # sound of its own shares its place at equal power.
            alone = len(source) == 1
            shared = level == 1.0 and any(place in source for place in places)
            loudness = 1.0 if alone else _EQUAL_POWER if shared else level
            return [(target.index(place), loudness) for place in places]
    raise SettingsError(
        f"sound of speaker {speaker!r} has no place in the layout {'+'.join(target)}.",
        hint="Give both sides a channel layout that names its speakers, or the same number of channels.",
    )


def _picks(matrix: NDArray[np.float64]) -> tuple[int, ...] | None:
    if not np.isin(matrix, (0.0, 1.0)).all() or (matrix.sum(axis=1) > 1).any():
        return None
    return tuple(int(row.argmax()) if row.any() else -1 for row in matrix)
