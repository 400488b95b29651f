"""Format descriptions and the two shapes of a picture: exact, checked, and read from AVFoundation's dictionaries."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import CleanAperture, FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import MediaType


def video(**facts: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", **facts)


class TestPixelAspectRatio:
    @pytest.mark.parametrize(
        "value",
        [
            PixelAspectRatio(4, 3),
            {"HorizontalSpacing": 4, "VerticalSpacing": 3},
            {"AVVideoPixelAspectRatioHorizontalSpacingKey": 4, "AVVideoPixelAspectRatioVerticalSpacingKey": 3},
            {"horizontal_spacing": 4.0, "vertical_spacing": 3.0},
            Fraction(4, 3),
            (4, 3),
        ],
        ids=repr,
    )
    def test_every_way_to_write_it(self, value: Any) -> None:
        assert PixelAspectRatio.of(value) == PixelAspectRatio(4, 3)
        assert PixelAspectRatio.of(value).ratio == Fraction(4, 3)

    @pytest.mark.parametrize("bad", [0, -1, 1.5, True, None, "4", 1 << 32])
    @pytest.mark.parametrize("place", [0, 1])
    def test_spacings_are_positive_integers(self, bad: Any, place: int) -> None:
        spacings = [1, 1]
        spacings[place] = bad
        named = "AVVideoPixelAspectRatio" + ("HorizontalSpacing", "VerticalSpacing")[place]
        with refused(repr(bad), named, way_out="PixelAspectRatio(4, 3)"):
            PixelAspectRatio(*spacings)

    def test_both_spacings_are_required(self) -> None:
        with refused("VerticalSpacing", way_out="Add it"):
            PixelAspectRatio.of({"HorizontalSpacing": 4})

    @pytest.mark.parametrize("value", [1.5, "4:3", (1, 2, 3), {"Horizontal": 4}])
    def test_what_is_none(self, value: Any) -> None:
        with refused(repr(value) if not isinstance(value, dict) else "Horizontal"):
            PixelAspectRatio.of(value)


class TestCleanAperture:
    @pytest.mark.parametrize(
        "value",
        [
            {"Width": 704, "Height": 480, "HorizontalOffset": 1.5, "VerticalOffset": 0},
            {
                "AVVideoCleanApertureWidthKey": 704,
                "AVVideoCleanApertureHeightKey": 480,
                "AVVideoCleanApertureHorizontalOffsetKey": Fraction(3, 2),
                "AVVideoCleanApertureVerticalOffsetKey": 0,
            },
            CleanAperture(Fraction(704), Fraction(480), Fraction(3, 2)),
        ],
        ids=["short", "long", "itself"],
    )
    def test_every_way_to_write_it(self, value: Any) -> None:
        found = CleanAperture.of(value)
        assert (found.width, found.height, found.horizontal_offset, found.vertical_offset) == (704, 480, 1.5, 0)
        assert type(found.width) is Fraction

    @pytest.mark.parametrize(("width", "height"), [(0, 480), (704, -1)])
    def test_sides_are_positive(self, width: int, height: int) -> None:
        with refused(f"{width}×{height}", way_out="Leave it out"):
            CleanAperture(Fraction(width), Fraction(height))

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), None, "704", 1 << 20])
    def test_sides_are_numbers_of_pixels(self, bad: Any) -> None:
        with refused("AVVideoCleanApertureWidthKey", repr(bad)):
            CleanAperture(bad, Fraction(480))

    def test_a_side_is_missing(self) -> None:
        with refused("AVVideoCleanApertureHeightKey"):
            CleanAperture.of({"Width": 704})

    def test_an_unknown_key(self) -> None:
        with refused("'Widht'", way_out="'Width'"):
            CleanAperture.of({"Widht": 704, "Height": 480})

    @pytest.mark.parametrize(
        ("aperture", "fits"),
        [
            (CleanAperture(Fraction(720), Fraction(480)), True),
            (CleanAperture(Fraction(704), Fraction(480), Fraction(8)), True),
            (CleanAperture(Fraction(704), Fraction(480), Fraction(9)), False),
            (CleanAperture(Fraction(704), Fraction(480), Fraction(-9)), False),
            (CleanAperture(Fraction(720), Fraction(470), Fraction(0), Fraction(6)), False),
            (CleanAperture(Fraction(720), Fraction(470), Fraction(0), Fraction(-6)), False),
            (CleanAperture(Fraction(721), Fraction(480)), False),
        ],
    )
    def test_fits(self, aperture: CleanAperture, fits: bool) -> None:
        assert aperture.fits(720, 480) is fits


class TestFormatDescription:
    @pytest.mark.parametrize("subtype", ["aac", "", "avc1x", None, 7])
    def test_the_subtype_is_a_four_character_code(self, subtype: Any) -> None:
        with refused(repr(subtype), kind=InvalidArgumentError, way_out="blanks"):
            FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype)

    def test_the_media_type_is_read(self) -> None:
        assert FormatDescription(media_type="soun", media_subtype="lpcm").media_type is MediaType.AUDIO  # type: ignore[arg-type]
        with refused("'sound'", kind=InvalidArgumentError):
            FormatDescription(media_type="sound", media_subtype="lpcm")  # type: ignore[arg-type]

    def test_it_is_one_value(self) -> None:
        one, two = video(width=640, atoms={"colr": b"x"}), video(width=640, atoms={"colr": b"x"})
        assert one == two
        assert hash(one) == hash(two)
        assert one != video(width=640)

    def test_its_mappings_cannot_be_changed(self) -> None:
        atoms = {"colr": b"x"}
        made = video(atoms=atoms)
        atoms["colr"] = b"y"
        assert made.atoms == {"colr": b"x"}
        with pytest.raises(TypeError):
            made.atoms["colr"] = b"z"  # type: ignore[index]

    def test_pickling(self) -> None:
        made = video(width=640, height=480, codec_config=b"\1", atoms={"a": b"b"}, extensions={"Depth": 24})
        assert pickle.loads(pickle.dumps(made)) == made

    def test_with_changes_only_what_is_named(self) -> None:
        made = video(width=640, height=480, atoms={"a": b"b"})
        assert made.with_(height=360) == video(width=640, height=360, atoms={"a": b"b"})

    @pytest.mark.parametrize(
        ("layout", "channels", "expected"),
        [(PcmLayout(16), 2, 4), (PcmLayout(24), 6, 18), (PcmLayout(64, is_float=True), 1, 8), (None, 2, 0)],
    )
    def test_bytes_per_frame(self, layout: PcmLayout | None, channels: int, expected: int) -> None:
        made = FormatDescription(media_type=MediaType.AUDIO, media_subtype="lpcm", channels=channels, pcm=layout)
        assert made.bytes_per_frame == expected

    def test_display_size(self) -> None:
        assert video(width=720, height=576).display_size == (720, 576)
        clap = CleanAperture(Fraction(702), Fraction(576))
        shown = video(width=720, height=576, clean_aperture=clap, pixel_aspect_ratio=PixelAspectRatio(12, 11))
        assert shown.display_size == (Fraction(702 * 12, 11), 576)
