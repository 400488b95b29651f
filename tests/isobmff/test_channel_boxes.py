from __future__ import annotations

import pytest
from tests.isobmff.entry_cases import read_sound, sound_fields

from reelwright.isobmff.box import Box, full_box, u8, u32, u64
from reelwright.model.layout import ChannelLayout


def chan(tag: int, bitmap: int = 0, labels: tuple[int, ...] = ()) -> Box:
    return full_box("chan", 0, 0, u32(tag, bitmap, len(labels)), *(u32(label, 0, 0, 0, 0) for label in labels))


@pytest.mark.parametrize(
    ("box", "channels", "compressed", "linear"),
    [
        (chan(100 << 16 | 1), 1, "mono", "mono"),
        (chan(101 << 16 | 2), 2, "stereo", "stereo"),
        (chan(121 << 16 | 6), 6, "5.1", "5.1"),
        (chan(124 << 16 | 6), 6, "5.1", "FC+FL+FR+BL+BR+LFE"),
        (chan(1 << 16, 0x3F), 6, "5.1", "5.1"),
        (chan(1 << 16, 0x60F), 6, "5.1(side)", "5.1(side)"),
        (chan(0, 0, (1, 2, 3, 4, 33, 34, 5, 6)), 8, "7.1", "7.1"),
        (chan(0, 0, (3, 1, 2)), 3, "3.0", "FC+FL+FR"),
        (chan(147 << 16 | 5), 5, "5 channels", "5 channels"),
        (full_box("chnl", 0, 0, u8(1, 2), u64(0)), 2, "stereo", "stereo"),
        (full_box("chnl", 0, 0, u8(1, 6), u64(0)), 6, "5.1", "FC+FL+FR+BL+BR+LFE"),
        (full_box("chnl", 0, 0, u8(1, 12), u64(0)), 8, "7.1", "FC+FL+FR+SL+SR+BL+BR+LFE"),
        (full_box("chnl", 0, 0, u8(1, 6), u64(1)), 5, "quad+LFE", "FL+FR+BL+BR+LFE"),
        (full_box("chnl", 0, 0, u8(1, 0, 0, 1, 2)), 3, "3.0", "3.0"),
        (full_box("chnl", 0, 0, u8(1, 0, 127, 127, 127)), 3, "3 channels", "3 channels"),
        (full_box("chnl", 1, 0, u8(0x10, 2, 2, 0)), 2, "stereo", "stereo"),
        (full_box("chnl", 1, 0, u8(0x10, 6, 6, 1), u64(0)), 6, "5.1", "FC+FL+FR+BL+BR+LFE"),
        (full_box("chnl", 1, 0, u8(0x10, 2, 0, 2, 0, 1)), 2, "stereo", "stereo"),
    ],
)
def test_layouts(box: Box, channels: int, compressed: str, linear: str) -> None:
    for kind, name in (("QDM2", compressed), ("twos", linear)):
        read = read_sound(kind, sound_fields(channels), box)
        assert read.problems == ()
        found = read.format.channel_layout
        assert found is not None
        assert (
            ChannelLayout.of(found) == ChannelLayout.of("FL+FR+LFE+BL+BR").native
            if name == "quad+LFE"
            else found == name
        )
        assert box.kind not in read.format.atoms


def test_what_is_said_of_more_or_fewer_channels_is_left_out() -> None:
    read = read_sound("twos", sound_fields(6), chan(101 << 16 | 2))
    assert read.format.channel_layout is None
    assert read.problems == ("the box 'chan' speaks of 2 channels, the sound has 6.",)
    assert "chan" in read.format.atoms


@pytest.mark.parametrize("tag", [0xFFFF0002, 0])
def test_boxes_that_say_nothing(tag: int) -> None:
    read = read_sound("twos", sound_fields(4), chan(tag))
    assert (read.format.channel_layout, read.problems) == (None, ())


@pytest.mark.parametrize(
    "box",
    [
        chan(999 << 16 | 4),
        chan(1 << 16, 0x80000000),
        chan(0, 0, (1, 2, 1, 2)),
        full_box("chan", 0, 0, u32(0, 0, 0xFFFFFFFF)),
        full_box("chan", 0, 0, u32(0)),
        full_box("chnl", 0, 0, u8(1, 0, 0, 1)),
        full_box("chnl", 0, 0, u8(1, 200), u64(0)),
        full_box("chnl", 0, 0, u8(1, 0, 0, 0, 0, 0)),
        full_box("chnl", 0, 0, u8(1, 6), u64(0xFF)),
        full_box("chnl", 0, 0, u8(1, 0, 126, 0, 0, 0, 0, 1, 2)),
    ],
)
def test_boxes_that_are_broken_or_not_known(box: Box) -> None:
    read = read_sound("twos", sound_fields(4), box)
    assert (read.format.channel_layout, len(read.problems)) == (None, 1)
    assert box.kind in read.format.atoms


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (2, "stereo"), (3, None), (6, None)])
def test_one_and_two_channels_need_no_box(channels: int, layout: str | None) -> None:
    assert read_sound("twos", sound_fields(channels)).format.channel_layout == layout


def test_objects_have_no_layout() -> None:
    assert read_sound("twos", sound_fields(4), full_box("chnl", 0, 0, u8(2, 4))).format.channel_layout is None
