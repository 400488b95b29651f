"""Channel layouts: which speaker each channel of sound feeds, under the names of FFmpeg, Core Audio and MPEG.

A ``ChannelLayout`` is a tuple of speakers in the order their channels are stored. Everything else is looked up from
it: FFmpeg's name, Core Audio's layout tag and labels (``chan``), MPEG's channel configuration and positions (``chnl``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from reelwright.model.errors import SettingsError

__all__ = ["ChannelLayout", "Speaker"]


class Speaker(IntEnum):
    """A loudspeaker, by FFmpeg's short name; the value is its place in FFmpeg's (and WAVE's) channel order."""

    FL = 0
    FR = 1
    FC = 2
    LFE = 3
    BL = 4
    BR = 5
    FLC = 6
    FRC = 7
    BC = 8
    SL = 9
    SR = 10
    TC = 11
    TFL = 12
    TFC = 13
    TFR = 14
    TBL = 15
    TBC = 16
    TBR = 17


# FFmpeg's names, each with its speakers in FFmpeg's order; the first of each count is the one meant by a bare count.
_NAMED: dict[str, tuple[Speaker, ...]] = {
    name: tuple(Speaker[speaker] for speaker in speakers.split())
    for name, speakers in {
        "mono": "FC",
        "stereo": "FL FR",
        "3.0": "FL FR FC",
        "2.1": "FL FR LFE",
        "3.0(back)": "FL FR BC",
        "4.0": "FL FR FC BC",
        "quad": "FL FR BL BR",
        "quad(side)": "FL FR SL SR",
        "3.1": "FL FR FC LFE",
        "5.0": "FL FR FC BL BR",
        "5.0(side)": "FL FR FC SL SR",
        "4.1": "FL FR FC LFE BC",
        "5.1": "FL FR FC LFE BL BR",
        "5.1(side)": "FL FR FC LFE SL SR",
        "6.0": "FL FR FC BC SL SR",
        "6.0(front)": "FL FR FLC FRC SL SR",
        "3.1.2": "FL FR FC LFE TFL TFR",
        "hexagonal": "FL FR FC BL BR BC",
        "6.1": "FL FR FC LFE BC SL SR",
        "6.1(back)": "FL FR FC LFE BL BR BC",
        "6.1(front)": "FL FR LFE FLC FRC SL SR",
        "7.0": "FL FR FC BL BR SL SR",
        "7.0(front)": "FL FR FC FLC FRC SL SR",
        "7.1": "FL FR FC LFE BL BR SL SR",
        "7.1(wide)": "FL FR FC LFE BL BR FLC FRC",
        "7.1(wide-side)": "FL FR FC LFE FLC FRC SL SR",
        "5.1.2": "FL FR FC LFE SL SR TFL TFR",
        "5.1.2(back)": "FL FR FC LFE BL BR TFL TFR",
        "octagonal": "FL FR FC BL BR BC SL SR",
        "cube": "FL FR BL BR TFL TFR TBL TBR",
    }.items()
}
_NAMES = {frozenset(speakers): name for name, speakers in _NAMED.items()}

# Core Audio's layout tags (CoreAudioBaseTypes.h): number, channels, and the labels in the order the tag fixes. The
# upper half of a tag is the number, the lower half the channel count. The first tag of an order is the one we write.
_TAGS = """
100 1 C | 101 2 L R | 102 2 L R | 103 2 L R | 106 2 L R
113 3 L R C | 114 3 C L R | 131 3 L R Cs | 133 3 L R LFE
115 4 L R C Cs | 116 4 C L R Cs | 108 4 L R Ls Rs | 132 4 L R Ls Rs | 185 4 L R Rls Rrs
136 4 L R C LFE | 134 4 L R LFE Cs
117 5 L R C Ls Rs | 186 5 L R C Rls Rrs | 118 5 L R Ls Rs C | 119 5 L C R Ls Rs | 120 5 C L R Ls Rs | 109 5 L R Ls Rs C
137 5 L R C LFE Cs | 135 5 L R LFE Ls Rs | 138 5 L R Ls Rs LFE
121 6 L R C LFE Ls Rs | 187 6 L R C LFE Rls Rrs | 122 6 L R Ls Rs C LFE | 123 6 L C R Ls Rs LFE | 124 6 C L R Ls Rs LFE
139 6 L R Ls Rs C Cs | 141 6 C L R Ls Rs Cs
125 7 L R C LFE Ls Rs Cs | 188 7 L R C LFE Cs Ls Rs | 142 7 C L R Ls Rs Cs LFE
140 7 L R Ls Rs C Rls Rrs | 143 7 C L R Ls Rs Rls Rrs | 148 7 L R Ls Rs C Lc Rc
126 8 L R C LFE Ls Rs Lc Rc | 127 8 C Lc Rc L R Ls Rs LFE | 129 8 L R Ls Rs C LFE Lc Rc
189 8 L R C LFE Rls Rrs Ls Rs | 128 8 L R C LFE Ls Rs Rls Rrs | 183 8 C L R Ls Rs Rls Rrs LFE
144 8 C L R Ls Rs Rls Rrs Cs
"""
_DISCRETE, _DESCRIPTIONS, _BITMAP = 147 << 16, 0, 1 << 16

# Core Audio's labels by its abbreviations, and the speakers they are. "Ls Rs" are whichever surround pair a layout has;
# where there are two pairs, they are the one at the sides, and "Rls Rrs" the one behind.
_LABELS = {"L": 1, "R": 2, "C": 3, "LFE": 4, "Ls": 5, "Rs": 6, "Lc": 7, "Rc": 8, "Cs": 9, "Rls": 33, "Rrs": 34}
_SPEAKERS = {label: Speaker(label - 1) for label in range(1, 19)} | {33: Speaker.BL, 34: Speaker.BR, 42: Speaker.FC}
# ISO/IEC 23001-8 table 8, output channel positions, for "chnl".
_POSITIONS = dict(
    zip(Speaker, (0, 1, 2, 3, 8, 9, 6, 7, 10, 4, 5, 25, 17, 19, 18, 20, 22, 21), strict=True)  # in Speaker's order
)
# ISO/IEC 14496-3 table 1.19 (AAC) and ISO/IEC 23001-8 table 9 ("chnl", which also fixes the order of the channels).
_AAC = {"mono": 1, "stereo": 2, "3.0": 3, "4.0": 4, "5.0": 5, "5.0(side)": 5, "5.1": 6, "5.1(side)": 6}
_AAC |= {"7.1(wide)": 7, "7.1(wide-side)": 7, "6.1": 11, "6.1(back)": 11, "7.1": 12, "5.1.2": 14, "5.1.2(back)": 14}
_CHNL = {"mono": 1, "stereo": 2, "3.0(back)": 9, "quad": 10, "quad(side)": 10}
# The labels of each ChannelConfiguration in its order, and what else ISO/IEC 23001-8 calls a pair at the sides.
_CHNL_LABELS = {1: (3,), 2: (1, 2), 3: (3, 1, 2), 4: (3, 1, 2, 9), 5: (3, 1, 2, 5, 6), 6: (3, 1, 2, 5, 6, 4)}
_CHNL_LABELS |= {7: (3, 7, 8, 1, 2, 5, 6, 4), 9: (1, 2, 9), 10: (1, 2, 5, 6), 11: (3, 1, 2, 5, 6, 9, 4)}
_CHNL_LABELS |= {12: (3, 1, 2, 5, 6, 33, 34, 4), 14: (3, 1, 2, 5, 6, 4, 13, 15)}
_SIDE_POSITIONS = {13: Speaker.SL, 14: Speaker.SR}


def _speakers(labels: Sequence[int]) -> tuple[Speaker, ...] | None:
    """Core Audio's labels as speakers; None when one of them is no speaker we know, or one comes twice."""
    back = [_SPEAKERS.get(label) for label in labels]
    side = [Speaker(label + 4) if label in (5, 6) else _SPEAKERS.get(label) for label in labels]
    pairs = [side] if 33 in labels or 34 in labels else [back, side]
    known = [tuple(pair) for pair in pairs if None not in pair and len(set(pair)) == len(pair)]
    return max(known, key=_familiarity, default=None)  # type: ignore[arg-type,return-value]


def _familiarity(speakers: tuple[Speaker, ...]) -> int:
    """How well a reading of the ambiguous "Ls Rs" agrees with FFmpeg: a named layout, and in FFmpeg's order."""
    name = _NAMES.get(frozenset(speakers))
    return 0 if name is None else 1 + (speakers == _NAMED[name])


def _read_tags() -> dict[int, tuple[Speaker, ...]]:
    tags: dict[int, tuple[Speaker, ...]] = {}
    for entry in _TAGS.replace("\n", " | ").split(" | "):
        if not entry.strip():
            continue
        number, count, *labels = entry.split()
        speakers = _speakers([_LABELS[label] for label in labels])
        assert speakers is not None
        tags[int(number) << 16 | int(count)] = speakers
    tags[132 << 16 | 4] = _NAMED["quad(side)"]  # ITU 2.2's pair stands at the sides, quadraphonic's behind
    return tags


_BY_TAG = _read_tags()
_TAG_OF: dict[tuple[Speaker, ...], int] = {}
for _tag, _order in _BY_TAG.items():
    _TAG_OF.setdefault(_order, _tag)
# One surround pair is Core Audio's "Ls Rs", whether FFmpeg calls it back or side.
for _name in ("5.0", "5.1"):
    _TAG_OF[_NAMED[_name + "(side)"]] = _TAG_OF[_NAMED[_name]]


@dataclass(frozen=True, slots=True)
class ChannelLayout:
    """Which speaker each channel feeds (``AVChannelLayoutKey``, Core Audio's ``AudioChannelLayout``).

    Args:
        speakers: in the order their channels are stored; empty for channels that feed no particular speaker.
        channels: how many channels; taken from ``speakers`` when left out.

    >>> ChannelLayout.of("5.1").tag == 121 << 16 | 6
    True

    Raises:
        SettingsError: no channels, more than 64, one speaker twice, or counts that contradict each other.
    """

    speakers: tuple[Speaker, ...]
    channels: int = 0

    def __post_init__(self) -> None:
        speakers = tuple(self.speakers)
        channels = self.channels or len(speakers)
        object.__setattr__(self, "speakers", speakers)
        object.__setattr__(self, "channels", channels)
        if not 1 <= channels <= 64:
            raise SettingsError(f"a channel layout of {channels} channels is not possible.", hint="1 to 64 are.")
        if len(set(speakers)) != len(speakers):
            names = "+".join(speaker.name for speaker in speakers)
            raise SettingsError(f"the channel layout {names} feeds a speaker twice.", hint="Name each speaker once.")
        if speakers and len(speakers) != channels:
            raise SettingsError(
                f"{len(speakers)} speakers were named for {channels} channels.", hint="Name one for each channel."
            )

    @classmethod
    def of(cls, value: Any) -> ChannelLayout:
        """Read a layout: itself, FFmpeg's name, a Core Audio layout tag, or an ``AudioChannelLayout`` as bytes.

        Raises:
            SettingsError: none of these, or one that is not known.
        """
        if isinstance(value, ChannelLayout):
            return value
        if isinstance(value, str):
            return cls._named(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return cls.from_bytes(bytes(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return cls.of_tag(value)
        raise SettingsError(
            f"{value!r} is no channel layout.",
            hint="Use a name such as 'stereo' or '5.1', a tag, or AudioChannelLayout bytes.",
        )

    @classmethod
    def _named(cls, name: str) -> ChannelLayout:
        if name in _NAMED:
            return cls(_NAMED[name])
        count, _, word = name.partition(" ")
        if word in ("channel", "channels") and count.isdigit():
            return cls((), int(count))
        parts = name.split("+")
        if all(part in Speaker.__members__ for part in parts):
            return cls(tuple(Speaker[part] for part in parts))
        raise SettingsError(
            f"{name!r} is no channel layout known here.",
            hint=f"Use one of: {', '.join(_NAMED)}; or speakers joined by plus signs, such as 'FL+FR+LFE'.",
        )

    @classmethod
    def default(cls, channels: int) -> ChannelLayout:
        """The usual layout for a number of channels: mono, stereo, 3.0, 4.0, 5.0, 5.1, 6.1, 7.1, then no speakers."""
        for speakers in _NAMED.values():
            if len(speakers) == channels:
                return cls(speakers)
        return cls((), channels)

    @classmethod
    def of_tag(cls, tag: int) -> ChannelLayout:
        """The layout of a Core Audio tag (``kAudioChannelLayoutTag_…``), in the order the tag fixes.

        Raises:
            SettingsError: a tag that is not known.
        """
        if tag in _BY_TAG:
            return cls(_BY_TAG[tag])
        if tag & 0xFFFF0000 == _DISCRETE and tag & 0xFFFF:
            return cls((), tag & 0xFFFF)
        if 0 < tag <= 64:
            raise SettingsError(
                f"{tag} is a number of channels, not a channel layout tag.", hint=f"Use {cls.default(tag).name!r}."
            )
        raise SettingsError(
            f"the channel layout tag {tag:#010x} is not known here.",
            hint="Use a name such as '5.1', or an AudioChannelLayout with channel descriptions.",
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> ChannelLayout:
        """Read Core Audio's ``AudioChannelLayout`` as it lies in memory (little-endian): tag, bitmap, descriptions.

        Raises:
            SettingsError: too short, or a tag, bitmap or label that is not known.
        """
        if len(data) < 12:
            raise SettingsError(
                f"{len(data)} bytes are no AudioChannelLayout: tag, bitmap and count alone take 12.",
                hint="Leave AVChannelLayoutKey out for mono and stereo, or use a name such as '5.1'.",
            )
        tag, bitmap, count = (int.from_bytes(data[at : at + 4], "little") for at in (0, 4, 8))
        if tag == _BITMAP:
            return cls.of_bitmap(bitmap)
        if tag != _DESCRIPTIONS:
            return cls.of_tag(tag)
        if len(data) < 12 + 20 * count:
            raise SettingsError(
                f"the AudioChannelLayout announces {count} channel descriptions but has {len(data)} bytes, "
                f"not {12 + 20 * count}.",
                hint="Pass the whole structure: 12 bytes and 20 for each channel.",
            )
        return cls.of_labels([int.from_bytes(data[at : at + 4], "little") for at in range(12, 12 + 20 * count, 20)])

    @classmethod
    def of_bitmap(cls, bitmap: int) -> ChannelLayout:
        """Core Audio's channel bitmap: one bit a speaker, and the channels in the order of the bits.

        Raises:
            SettingsError: no bits, or one that is not known.
        """
        if not bitmap or bitmap >> 18:
            raise SettingsError(
                f"the channel bitmap {bitmap:#x} names no speaker or one that is not known.",
                hint="Use the low 18 bits (kAudioChannelBit_…), or a name such as '5.1'.",
            )
        return cls(tuple(speaker for speaker in Speaker if bitmap >> speaker.value & 1))

    @classmethod
    def of_labels(cls, labels: Sequence[int]) -> ChannelLayout:
        """The layout of Core Audio's channel labels (``kAudioChannelLabel_…``), one a channel.

        Raises:
            SettingsError: no labels, one that is not known, or the same twice.
        """
        if labels and all(label == 0xFFFFFFFF or label >> 16 == 1 or label == 400 for label in labels):
            return cls((), len(labels))
        speakers = _speakers(labels)
        if not speakers:
            raise SettingsError(
                f"the channel labels {list(labels)!r} name no layout known here.",
                hint="Use kAudioChannelLabel_Left … TopBackRight, RearSurroundLeft and …Right, each once.",
            )
        return cls(speakers)

    @classmethod
    def of_positions(cls, positions: Sequence[int]) -> ChannelLayout:
        """The layout of ISO/IEC 23001-8's output channel positions, one a channel; 127 is "unknown".

        Raises:
            SettingsError: no positions, one that is not known, or the same twice.
        """
        if positions and all(position == 127 for position in positions):
            return cls((), len(positions))
        places = {position: speaker for speaker, position in _POSITIONS.items()}
        if _SIDE_POSITIONS.keys() & set(positions):
            places |= _SIDE_POSITIONS | {4: Speaker.BL, 5: Speaker.BR}
        pairs = [places] if {8, 9} & set(positions) else [places | {4: Speaker.BL, 5: Speaker.BR}, places]
        known = [tuple(pair[place] for place in positions) for pair in pairs if all(map(pair.__contains__, positions))]
        if not known or not positions:
            raise SettingsError(f"the channel positions {list(positions)!r} name no layout known here.")
        return cls(max(known, key=_familiarity))

    @classmethod
    def of_chnl_configuration(cls, configuration: int, omitted: int = 0) -> ChannelLayout:
        """The layout of a ChannelConfiguration (ISO/IEC 23001-8, table 9), less the channels whose bits are set.

        Raises:
            SettingsError: one that is not known, or nothing left of it.
        """
        labels = [label for at, label in enumerate(_CHNL_LABELS.get(configuration, ())) if not omitted >> at & 1]
        if not labels:
            raise SettingsError(f"the channel configuration {configuration} is not known here.")
        return cls.of_labels(labels)

    def to_bytes(self) -> bytes:
        """Core Audio's ``AudioChannelLayout`` for this layout: a tag where there is one, else descriptions."""
        if self.tag:
            return self.tag.to_bytes(4, "little") + bytes(8)
        head = bytes(8) + self.channels.to_bytes(4, "little")
        return head + b"".join(label.to_bytes(4, "little") + bytes(16) for label in self.labels)

    @property
    def name(self) -> str:
        """FFmpeg's name (``"5.1(side)"``), or its notation where there is none (``"FL+FR+TC"``, ``"9 channels"``)."""
        if not self.speakers:
            return f"{self.channels} channels"
        return _NAMES.get(frozenset(self.speakers)) or "+".join(speaker.name for speaker in self.native.speakers)

    @property
    def native(self) -> ChannelLayout:
        """The same speakers in FFmpeg's order, which is the order of arrays and of every file written here."""
        return ChannelLayout(tuple(sorted(self.speakers, key=lambda speaker: speaker.value)), self.channels)

    @property
    def tag(self) -> int:
        """Core Audio's tag for exactly this order of speakers; 0 (use channel descriptions) where there is none."""
        return _TAG_OF.get(self.speakers, 0) if self.speakers else _DISCRETE | self.channels

    @property
    def labels(self) -> tuple[int, ...]:
        """Core Audio's label for each channel (``kAudioChannelLabel_…``)."""
        if not self.speakers:
            return tuple(1 << 16 | index for index in range(self.channels))
        return tuple(self._label(speaker) for speaker in self.speakers)

    def _label(self, speaker: Speaker) -> int:
        if speaker in (Speaker.SL, Speaker.SR):
            return speaker.value - 4
        if speaker in (Speaker.BL, Speaker.BR) and {Speaker.SL, Speaker.SR} & set(self.speakers):
            return speaker.value + 29
        return speaker.value + 1

    @property
    def positions(self) -> tuple[int, ...]:
        """ISO/IEC 23001-8's output channel position for each channel; 127 ("unknown") where there is no speaker."""
        if not self.speakers:
            return (127,) * self.channels
        # A single surround pair is "Ls Rs", wherever it stands.
        single = {} if {Speaker.SL, Speaker.SR} & set(self.speakers) else {Speaker.BL: 4, Speaker.BR: 5}
        return tuple(single.get(speaker, _POSITIONS[speaker]) for speaker in self.speakers)

    @property
    def aac_configuration(self) -> int:
        """AAC's channelConfiguration (ISO/IEC 14496-3 table 1.19); 0 where only a program config element would do."""
        return _AAC.get(self.name, 0)

    @property
    def chnl_configuration(self) -> int:
        """The ChannelConfiguration of ``chnl`` whose channel order is this one; 0: write ``positions`` instead."""
        return _CHNL.get(self.name, 0) if self == self.native else 0
