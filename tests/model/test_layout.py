"""Channel layouts: FFmpeg's names, Core Audio's tags and memory, MPEG's numbers all mean the same speakers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.errors import SettingsError
from reelwright.model.layout import ChannelLayout, Speaker

NAMES = [
    "mono",
    "stereo",
    "2.1",
    "3.0",
    "3.0(back)",
    "4.0",
    "quad",
    "quad(side)",
    "3.1",
    "5.0",
    "5.0(side)",
    "4.1",
    "5.1",
    "5.1(side)",
    "6.0",
    "6.0(front)",
    "3.1.2",
    "hexagonal",
    "6.1",
    "6.1(back)",
    "6.1(front)",
    "7.0",
    "7.0(front)",
    "7.1",
    "7.1(wide)",
    "7.1(wide-side)",
    "5.1.2",
    "5.1.2(back)",
    "octagonal",
    "cube",
]
S = Speaker
# Core Audio's tags as its header spells them: number, channels, and the speakers in the order of the tag.
TAGS: list[tuple[int, int, str, str]] = [
    (100, 1, "mono", "FC"),
    (101, 2, "stereo", "FL FR"),
    (113, 3, "3.0", "FL FR FC"),
    (114, 3, "3.0", "FC FL FR"),
    (131, 3, "3.0(back)", "FL FR BC"),
    (133, 3, "2.1", "FL FR LFE"),
    (108, 4, "quad", "FL FR BL BR"),
    (132, 4, "quad(side)", "FL FR SL SR"),
    (115, 4, "4.0", "FL FR FC BC"),
    (116, 4, "4.0", "FC FL FR BC"),
    (136, 4, "3.1", "FL FR FC LFE"),
    (117, 5, "5.0", "FL FR FC BL BR"),
    (120, 5, "5.0", "FC FL FR BL BR"),
    (137, 5, "4.1", "FL FR FC LFE BC"),
    (121, 6, "5.1", "FL FR FC LFE BL BR"),
    (122, 6, "5.1", "FL FR BL BR FC LFE"),
    (123, 6, "5.1", "FL FC FR BL BR LFE"),
    (124, 6, "5.1", "FC FL FR BL BR LFE"),
    (125, 7, "6.1(back)", "FL FR FC LFE BL BR BC"),
    (188, 7, "6.1", "FL FR FC LFE BC SL SR"),
    (126, 8, "7.1(wide)", "FL FR FC LFE BL BR FLC FRC"),
    (127, 8, "7.1(wide)", "FC FLC FRC FL FR BL BR LFE"),
    (128, 8, "7.1", "FL FR FC LFE SL SR BL BR"),
    (183, 8, "7.1", "FC FL FR SL SR BL BR LFE"),
    (189, 8, "7.1", "FL FR FC LFE BL BR SL SR"),
]


def speakers(text: str) -> tuple[Speaker, ...]:
    return tuple(Speaker[name] for name in text.split())


def memory(tag: int, bitmap: int = 0, labels: tuple[int, ...] = (), count: int | None = None) -> bytes:
    """An ``AudioChannelLayout`` as Core Audio lays it out."""
    head = (tag, bitmap, len(labels) if count is None else count)
    described = b"".join(label.to_bytes(4, "little") + bytes(16) for label in labels)
    return b"".join(number.to_bytes(4, "little") for number in head) + described


class TestNames:
    @pytest.mark.parametrize("name", NAMES)
    def test_ffmpeg_agrees_on_the_speakers_and_their_order(self, name: str) -> None:
        theirs = pytest.importorskip("av").AudioLayout(name)
        ours = ChannelLayout.of(name)
        assert [speaker.name for speaker in ours.speakers] == [channel.name for channel in theirs.channels]
        assert ours.name == name
        assert ours.native == ours

    @pytest.mark.parametrize(("name", "expected"), [("FL+FR+TC", "FL+FR+TC"), ("FL+FC+FR", "3.0"), ("TC", "TC")])
    def test_speakers_by_themselves(self, name: str, expected: str) -> None:
        assert ChannelLayout.of(name).name == expected
        pytest.importorskip("av").AudioLayout(ChannelLayout.of(name).name)

    def test_channels_without_speakers(self) -> None:
        made = ChannelLayout.of("9 channels")
        assert (made.channels, made.speakers, made.name) == (9, (), "9 channels")
        assert made.native == made
        assert ChannelLayout.of("1 channels").channels == 1

    @pytest.mark.parametrize("name", ["5.2", "", "FL+XX", "x channels", "surround"])
    def test_unknown_names(self, name: str) -> None:
        with refused(repr(name), way_out="5.1(side)"):
            ChannelLayout.of(name)

    @pytest.mark.parametrize(
        ("count", "name"),
        [
            (1, "mono"),
            (2, "stereo"),
            (3, "3.0"),
            (4, "4.0"),
            (5, "5.0"),
            (6, "5.1"),
            (7, "6.1"),
            (8, "7.1"),
            (9, "9 channels"),
        ],
    )
    def test_defaults(self, count: int, name: str) -> None:
        assert ChannelLayout.default(count).name == name

    @pytest.mark.parametrize("value", [None, 1.5, True, ("FL", "FR")])
    def test_what_is_no_layout(self, value: Any) -> None:
        with refused(repr(value), way_out="'stereo'"):
            ChannelLayout.of(value)


class TestConstruction:
    @pytest.mark.parametrize("channels", [0, -1, 65])
    def test_one_to_sixty_four_channels(self, channels: int) -> None:
        with refused(str(channels), way_out="1 to 64"):
            ChannelLayout((), channels)

    def test_a_speaker_is_fed_once(self) -> None:
        with refused("FL", way_out="once"):
            ChannelLayout((S.FL, S.FL))

    def test_a_speaker_for_each_channel(self) -> None:
        with refused("2 speakers", "3 channels", way_out="one for each"):
            ChannelLayout((S.FL, S.FR), 3)

    def test_they_are_values(self) -> None:
        made = ChannelLayout.of("5.1")
        assert pickle.loads(pickle.dumps(made)) == made
        assert ChannelLayout.of(made) is made
        assert len({made, ChannelLayout.of("5.1")}) == 1


class TestTags:
    @pytest.mark.parametrize(("number", "count", "name", "order"), TAGS)
    def test_they_are_read_in_their_order(self, number: int, count: int, name: str, order: str) -> None:
        made = ChannelLayout.of(number << 16 | count)
        assert made.speakers == speakers(order)
        assert (made.name, made.channels) == (name, count)
        assert made.native.speakers == ChannelLayout.of(name).speakers
        assert made.tag == number << 16 | count

    @pytest.mark.parametrize(
        ("name", "tag"),
        [
            ("mono", 0x00640001),
            ("stereo", 0x00650002),
            ("5.1", 0x00790006),
            ("5.1(side)", 0x00790006),
            ("5.0(side)", 0x00750005),
            ("7.1(wide)", 0x007E0008),
            ("hexagonal", 0),
            ("octagonal", 0),
        ],
    )
    def test_they_are_written_for_exactly_that_order(self, name: str, tag: int) -> None:
        assert ChannelLayout.of(name).tag == tag

    def test_discrete_channels(self) -> None:
        made = ChannelLayout.of(147 << 16 | 12)
        assert (made.channels, made.speakers, made.tag) == (12, (), 147 << 16 | 12)

    @pytest.mark.parametrize("tag", [107 << 16 | 4, 147 << 16, 999 << 16 | 2, 0xFFFF0000, -1, 0])
    def test_unknown_tags(self, tag: int) -> None:
        with refused("is not known", f"{tag:#010x}", way_out="'5.1'"):
            ChannelLayout.of(tag)

    def test_a_count_is_no_tag(self) -> None:
        with refused("6 is a number of channels", way_out="'5.1'"):
            ChannelLayout.of(6)


class TestMemory:
    @pytest.mark.parametrize(("number", "count", "name", "order"), TAGS)
    def test_a_tag(self, number: int, count: int, name: str, order: str) -> None:
        made = ChannelLayout.of(memory(number << 16 | count) + bytes(20))
        assert made.speakers == speakers(order)

    def test_a_bitmap(self) -> None:
        assert ChannelLayout.of(memory(1 << 16, 0b111111)).name == "5.1"
        assert ChannelLayout.of(memory(1 << 16, 0x63F)).name == "7.1"

    @pytest.mark.parametrize("bitmap", [0, 1 << 18, 0xFFFFFFFF])
    def test_a_bitmap_of_nothing_known(self, bitmap: int) -> None:
        with refused(f"{bitmap:#x}", way_out="18 bits"):
            ChannelLayout.of(memory(1 << 16, bitmap))

    @pytest.mark.parametrize(
        ("labels", "name"),
        [
            ((1, 2), "stereo"),
            ((42,), "mono"),
            ((3, 1, 2, 5, 6, 4), "5.1"),
            ((1, 2, 3, 4, 33, 34), "5.1"),
            ((1, 2, 3, 4, 5, 6, 33, 34), "7.1"),
            ((1, 2, 3, 4, 5, 6, 10, 11), "7.1"),
            ((1, 2, 3, 4, 10, 11), "5.1(side)"),
            ((1, 2, 3, 9, 5, 6), "6.0"),
            ((1, 2, 7, 8, 5, 6), "6.0(front)"),
            ((1, 2, 13, 15), "FL+FR+TFL+TFR"),
            ((0x10000, 0x10001, 0x10002), "3 channels"),
            ((400, 400), "2 channels"),
            ((0xFFFFFFFF,) * 4, "4 channels"),
        ],
    )
    def test_descriptions(self, labels: tuple[int, ...], name: str) -> None:
        assert ChannelLayout.of(memory(0, 0, labels)).name == name
        assert ChannelLayout.of_labels(labels).name == name

    @pytest.mark.parametrize("labels", [(), (1, 1), (1, 99), (38, 39), (0,), (1, 0x10000)])
    def test_descriptions_of_nothing_known(self, labels: tuple[int, ...]) -> None:
        with refused(str(list(labels)), way_out="kAudioChannelLabel_"):
            ChannelLayout.of(memory(0, 0, labels))

    @pytest.mark.parametrize("size", [0, 4, 11])
    def test_too_short_for_anything(self, size: int) -> None:
        with refused(f"{size} bytes", way_out="AVChannelLayoutKey out"):
            ChannelLayout.of(bytes(size))

    def test_too_short_for_its_descriptions(self) -> None:
        with refused("2 channel descriptions", "32 bytes", "52", way_out="whole structure"):
            ChannelLayout.of(memory(0, 0, (1,), count=2))
        with refused("4294967295 channel descriptions"):
            ChannelLayout.of(memory(0, 0, (), count=0xFFFFFFFF))

    @pytest.mark.parametrize("name", [*NAMES, "FL+FR+TC", "9 channels"])
    def test_there_and_back(self, name: str) -> None:
        made = ChannelLayout.of(name)
        again = ChannelLayout.from_bytes(made.to_bytes())
        assert again.channels == made.channels
        # Core Audio has one name for a single surround pair.
        same = {"5.0(side)": "5.0", "5.1(side)": "5.1", "5.1.2": "5.1.2(back)"}
        assert again.name == same.get(name, name)

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_any_kind_of_bytes(self, kind: type) -> None:
        assert ChannelLayout.of(kind(memory(101 << 16 | 2))).name == "stereo"


class TestMpeg:
    @pytest.mark.parametrize(
        ("name", "configuration"),
        [
            *[("mono", 1), ("stereo", 2), ("3.0", 3), ("4.0", 4), ("5.0", 5), ("5.0(side)", 5), ("5.1", 6)],
            *[("5.1(side)", 6), ("7.1(wide)", 7), ("6.1", 11), ("6.1(back)", 11), ("7.1", 12), ("5.1.2", 14)],
            *[("quad", 0), ("2.1", 0), ("9 channels", 0)],
        ],
    )
    def test_aacs_configuration(self, name: str, configuration: int) -> None:
        assert ChannelLayout.of(name).aac_configuration == configuration

    def test_aacs_configuration_does_not_depend_on_order(self) -> None:
        assert ChannelLayout.of(124 << 16 | 6).aac_configuration == 6

    @pytest.mark.parametrize(
        ("name", "configuration"), [("mono", 1), ("stereo", 2), ("3.0(back)", 9), ("quad", 10), ("5.1", 0)]
    )
    def test_chnls_configuration_says_the_order_too(self, name: str, configuration: int) -> None:
        assert ChannelLayout.of(name).chnl_configuration == configuration
        assert ChannelLayout((S.FR, S.FL)).chnl_configuration == 0

    @pytest.mark.parametrize(
        ("name", "positions"),
        [
            ("mono", (2,)),
            ("stereo", (0, 1)),
            ("5.1", (0, 1, 2, 3, 4, 5)),
            ("5.1(side)", (0, 1, 2, 3, 4, 5)),
            ("7.1", (0, 1, 2, 3, 8, 9, 4, 5)),
            ("7.1(wide)", (0, 1, 2, 3, 4, 5, 6, 7)),
            ("6.1", (0, 1, 2, 3, 10, 4, 5)),
            ("cube", (0, 1, 4, 5, 17, 18, 20, 21)),
            ("FL+FR+TC+TFC+TBC", (0, 1, 25, 19, 22)),
            ("3 channels", (127, 127, 127)),
        ],
    )
    def test_positions(self, name: str, positions: tuple[int, ...]) -> None:
        assert ChannelLayout.of(name).positions == positions

    def test_labels(self) -> None:
        assert ChannelLayout.of("7.1").labels == (1, 2, 3, 4, 33, 34, 5, 6)
        assert ChannelLayout.of("5.1(side)").labels == (1, 2, 3, 4, 5, 6)
        assert ChannelLayout.of("2 channels").labels == (0x10000, 0x10001)


@pytest.mark.parametrize(
    ("configuration", "speakers"),
    [
        (1, "FC"),
        (2, "FL+FR"),
        (3, "FC+FL+FR"),
        (4, "FC+FL+FR+BC"),
        (5, "FC+FL+FR+BL+BR"),
        (6, "FC+FL+FR+BL+BR+LFE"),
        (7, "FC+FLC+FRC+FL+FR+BL+BR+LFE"),
        (9, "FL+FR+BC"),
        (10, "FL+FR+BL+BR"),
        (12, "FC+FL+FR+SL+SR+BL+BR+LFE"),
    ],
)
def test_channel_configurations_of_chnl(configuration: int, speakers: str) -> None:
    assert ChannelLayout.of_chnl_configuration(configuration) == ChannelLayout.of(speakers)


def test_omitted_channels_of_chnl() -> None:
    assert ChannelLayout.of_chnl_configuration(6, 0b100001) == ChannelLayout.of("quad")
    for configuration, omitted in ((0, 0), (8, 0), (200, 0), (2, 3)):
        with pytest.raises(SettingsError, match="is not known here"):
            ChannelLayout.of_chnl_configuration(configuration, omitted)


@pytest.mark.parametrize("name", ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1", "7.1(wide)", "cube"])
def test_positions_lead_back_to_the_layout(name: str) -> None:
    layout = ChannelLayout.of(name)
    assert ChannelLayout.of_positions(layout.positions) == layout


@pytest.mark.parametrize(
    ("positions", "speakers"),
    [
        ((0, 1, 4, 5), "FL+FR+BL+BR"),
        ((0, 1, 8, 9), "FL+FR+BL+BR"),
        ((0, 1, 13, 14), "FL+FR+SL+SR"),
        ((0, 1, 4, 5, 8, 9), "FL+FR+SL+SR+BL+BR"),
        ((0, 1, 4, 5, 13, 14), "FL+FR+BL+BR+SL+SR"),
        ((1, 0), "FR+FL"),
    ],
)
def test_surround_positions(positions: tuple[int, ...], speakers: str) -> None:
    assert ChannelLayout.of_positions(positions) == ChannelLayout.of(speakers)


def test_unknown_positions() -> None:
    assert ChannelLayout.of_positions((127, 127)) == ChannelLayout((), 2)
    for positions in ((), (0, 127), (0, 99), (0, 0)):
        with pytest.raises(SettingsError):
            ChannelLayout.of_positions(positions)


def test_bitmaps() -> None:
    assert ChannelLayout.of_bitmap(0x3F) == ChannelLayout.of("5.1")
    for bitmap in (0, 1 << 18):
        with pytest.raises(SettingsError):
            ChannelLayout.of_bitmap(bitmap)
