"""HDR10's static metadata: bytes as the standards lay them out, and plain units."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.hdr import ContentLightLevel, MasteringDisplay


class TestMasteringDisplay:
    def test_bytes_by_hand(self) -> None:
        # Green, blue, red, white as (x, y) in 0.00002, then the luminances in 0.0001: SMPTE ST 2086 in an SEI message.
        points = (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450)
        expected = b"".join(value.to_bytes(2, "big") for value in points)
        expected += (10_000_000).to_bytes(4, "big") + (1).to_bytes(4, "big")
        assert MasteringDisplay("P3-D65", 1000, 0.0001).payload == expected
        assert len(expected) == MasteringDisplay.SIZE

    @pytest.mark.parametrize("primaries", ["BT.2020", "bt2020", "P3-D65", "P3_D65", "BT.709"])
    def test_it_reads_its_own_bytes(self, primaries: str) -> None:
        made = MasteringDisplay(primaries, 4000, 0.005)
        assert MasteringDisplay.of(made.payload) == made
        assert MasteringDisplay.of(bytearray(made.payload)) == made
        assert MasteringDisplay.of(made) is made

    def test_chromaticities_and_white_can_be_given(self) -> None:
        made = MasteringDisplay(((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), white=(0.314, 0.351))
        assert made.red == (Fraction(68, 100), Fraction(32, 100))
        assert made.white == (Fraction(314, 1000), Fraction(351, 1000))
        assert MasteringDisplay("BT.2020").red == (Fraction(708, 1000), Fraction(292, 1000))

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            (("Adobe RGB",), "'Adobe RGB'"),
            ((((0.1, 0.1), (0.2, 0.2)),), "primaries"),
            ((((0.1, 0.1), (0.2, 0.2), 0.3),), "blue"),
            ((((0.1, 0.1), (0.2, 1.2), (0.3, 0.3)),), "green"),
            (("P3-D65", 0), "max_luminance"),
            (("P3-D65", 0.00001, 0), "nits"),
            (("P3-D65", 100, 100), "100 nits"),
            (("P3-D65", -1), "max_luminance"),
            (("P3-D65", 1e9), "max_luminance"),
            (("P3-D65", 100, "dark"), "min_luminance"),
        ],
    )
    def test_what_it_refuses(self, arguments: tuple[Any, ...], named: str) -> None:
        with refused(*([] if named == "max_luminance" and arguments[1] == 0 else [named])):
            MasteringDisplay(*arguments)

    @pytest.mark.parametrize("bad", [b"", b"\0" * 23, b"\0" * 25, "P3-D65", None, 24])
    def test_other_payloads(self, bad: Any) -> None:
        with refused("MasteringDisplayColorVolume", "24 bytes", way_out="MasteringDisplay("):
            MasteringDisplay.of(bad)

    def test_payloads_that_mean_nothing(self) -> None:
        good = MasteringDisplay().payload
        with refused("green"):
            MasteringDisplay.of((50_001).to_bytes(2, "big") + good[2:])
        with refused("0 nits"):
            MasteringDisplay.of(good[:16] + bytes(8))


class TestContentLightLevel:
    def test_bytes(self) -> None:
        assert ContentLightLevel(1000, 400).payload == b"\x03\xe8\x01\x90"
        assert ContentLightLevel.of(b"\x03\xe8\x01\x90") == ContentLightLevel(1000, 400)
        assert ContentLightLevel.of((1000, 400)) == ContentLightLevel.of([1000, 400]) == ContentLightLevel(1000, 400)
        assert ContentLightLevel(0, 400).max_fall == 400  # the peak is not known

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ((-1,), "max_cll"),
            ((65536,), "max_cll"),
            ((1000, 70000), "max_fall"),
            ((400, 1000), "1000"),
            ((1.5,), "1.5"),
        ],
    )
    def test_what_it_refuses(self, arguments: tuple[Any, ...], named: str) -> None:
        with refused(named):
            ContentLightLevel(*arguments)

    @pytest.mark.parametrize("bad", [b"\0" * 3, b"\0" * 5, "1000,400", (1000,), None])
    def test_other_payloads(self, bad: Any) -> None:
        with refused("ContentLightLevelInfo", "4 bytes", way_out="ContentLightLevel("):
            ContentLightLevel.of(bad)
