"""Compression properties: every one read and checked, contradictions refused, what has no effect kept apart."""

from __future__ import annotations

import pickle
from dataclasses import fields
from fractions import Fraction
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.compression import EntropyMode, HDRMetadataInsertionMode, VideoCompressionSettings
from reelwright.model.compression_keys import ELSEWHERE, KEYS, REFUSED, WITHOUT_EFFECT
from reelwright.model.hdr import MasteringDisplay
from reelwright.model.profile import ProfileLevel

P3_1000 = MasteringDisplay("P3-D65", 1000, 0.0001)
# Each property by Video Toolbox's name: a value, and what is stored.
GOOD: list[tuple[str, Any, Any]] = [
    ("AverageBitRate", 8_000_000, 8_000_000),
    ("AverageBitRate", 8e6, 8_000_000),
    ("AverageBitRate", 0, None),
    ("Quality", 0.5, 0.5),
    ("Quality", 1, 1.0),
    ("MaxKeyFrameInterval", 30, 30),
    ("MaxKeyFrameInterval", 0, None),
    ("MaxKeyFrameIntervalDuration", 0.1, Fraction(1, 10)),
    ("MaxKeyFrameIntervalDuration", 0.0, None),
    ("AllowFrameReordering", False, False),
    ("AllowFrameReordering", 1, True),
    ("AllowTemporalCompression", False, False),
    ("AllowOpenGOP", False, False),
    ("ProfileLevel", "H264_High_4_1", ProfileLevel.of("H264_High_4_1")),
    ("H264EntropyMode", "CABAC", EntropyMode.CABAC),
    ("H264EntropyMode", "AVVideoH264EntropyModeCAVLC", EntropyMode.CAVLC),
    ("ExpectedFrameRate", 29.97, Fraction(30000, 1001)),
    ("ExpectedFrameRate", 0, None),
    ("ExpectedSourceFrameRate", 12.5, Fraction(25, 2)),
    ("AverageNonDroppableFrameRate", 15, Fraction(15)),
    ("DataRateLimits", [1000, 1.5], ((1000, Fraction(3, 2)),)),
    ("DataRateLimits", [(1000, 1), (3000, 5)], ((1000, Fraction(1)), (3000, Fraction(5)))),
    ("DataRateLimits", (1000, 1, 3000, 5), ((1000, Fraction(1)), (3000, Fraction(5)))),
    ("VariableBitRate", 5_000, 5_000),
    ("VBVMaxBitRate", 5_000, 5_000),
    ("PrioritizeEncodingSpeedOverQuality", True, True),
    ("RealTime", False, False),
    ("MaxFrameDelayCount", 3, 3),
    ("MaxFrameDelayCount", 0, 0),
    ("MaxFrameDelayCount", -1, None),
    ("SuggestedLookAheadFrameCount", 20, 20),
    ("MaxH264SliceBytes", 1400, 1400),
    ("MaxH264SliceBytes", 0, None),
    ("ReferenceBufferCount", 4, 4),
    ("MaxAllowedFrameQP", 51, 51),
    ("MinAllowedFrameQP", 0, 0),
    ("SpatialAdaptiveQPLevel", 0, 0),
    ("SpatialAdaptiveQPLevel", -1, None),
    ("OutputBitDepth", 10, 10),
    ("PreserveAlphaChannel", True, True),
    ("MasteringDisplayColorVolume", P3_1000.payload, P3_1000.payload),
    ("MasteringDisplayColorVolume", P3_1000, P3_1000.payload),
    ("ContentLightLevelInfo", b"\x03\xe8\x01\x90", b"\x03\xe8\x01\x90"),
    ("ContentLightLevelInfo", (1000, 400), b"\x03\xe8\x01\x90"),
    ("HDRMetadataInsertionMode", "Auto", HDRMetadataInsertionMode.AUTO),
    ("HDRMetadataInsertionMode", "None", HDRMetadataInsertionMode.NONE),
]
BAD: list[tuple[str, Any]] = [
    *[
        (key, value)
        for key in ("AverageBitRate", "MaxKeyFrameInterval", "MaxH264SliceBytes")
        for value in (-1, 1.5, "8")
    ],
    *[(key, value) for key in ("ConstantBitRate", "VariableBitRate", "VBVMaxBitRate") for value in (0, -1, "8", True)],
    *[("Quality", value) for value in (-0.1, 1.1, float("nan"), "high", True)],
    *[("MaxKeyFrameIntervalDuration", value) for value in (-1, float("inf"), "2")],
    *[(key, 2) for key in ("AllowFrameReordering", "AllowTemporalCompression", "AllowOpenGOP", "RealTime")],
    ("PrioritizeEncodingSpeedOverQuality", "yes"),
    *[("H264EntropyMode", value) for value in ("CABAK", 1)],
    *[(key, value) for key in ("ExpectedSourceFrameRate", "AverageNonDroppableFrameRate") for value in (-1, "30", 1e9)],
    *[("DataRateLimits", value) for value in ([], [1000], [1, 1, 1], [1, 1] * 3, 1000, "1000", {1: 1})],
    *[("VBVBufferDuration", value) for value in (0, -1, "1")],
    *[("VBVInitialDelayPercentage", value) for value in (-1, 101)],
    *[("MaxFrameDelayCount", value) for value in (-2, 1.5)],
    ("SuggestedLookAheadFrameCount", -1),
    *[("ReferenceBufferCount", value) for value in (0, 17)],
    *[(key, value) for key in ("MaxAllowedFrameQP", "MinAllowedFrameQP") for value in (-1, 52, 1.5)],
    *[("SpatialAdaptiveQPLevel", value) for value in (1, -2)],
    *[("OutputBitDepth", value) for value in (9, 12, True, "10")],
    ("PreserveAlphaChannel", 2),
    ("HDRMetadataInsertionMode", "Maybe"),
]


def field_of(key: str) -> str:
    found = KEYS.field(key)
    assert found is not None
    return found


class TestProperties:
    @pytest.mark.parametrize(("key", "value", "stored"), GOOD)
    def test_each_is_read(self, key: str, value: Any, stored: Any) -> None:
        made = VideoCompressionSettings.of({key: value})
        assert getattr(made, field_of(key)) == stored
        assert type(getattr(made, field_of(key))) is type(stored)
        assert made == VideoCompressionSettings(**{field_of(key): value})

    def test_each_field_is_tested(self) -> None:
        tested = {field_of(key) for key, _, _ in GOOD} | {"constant_bit_rate", "vbv_buffer_duration"}
        assert tested | {"vbv_initial_delay_percentage", "ignored"} == {
            item.name for item in fields(VideoCompressionSettings)
        }

    @pytest.mark.parametrize(("key", "value"), BAD, ids=repr)
    def test_each_is_checked(self, key: str, value: Any) -> None:
        shown = KEYS.shown(field_of(key))
        with refused(shown, repr(value)):
            VideoCompressionSettings(**{field_of(key): value})

    @pytest.mark.parametrize("shape", ["{}", "AVVideo{}Key", "kVTCompressionPropertyKey_{}"])
    def test_spellings(self, shape: str) -> None:
        made = VideoCompressionSettings.of({shape.format("MaxKeyFrameIntervalDuration"): 2})
        assert made.max_key_frame_interval_duration == 2
        if shape != "AVVideo{}Key":
            made = VideoCompressionSettings.of({shape.format("ExpectedFrameRate"): 25})
            assert made.expected_source_frame_rate == 25

    @pytest.mark.parametrize("bad", [[0, 1], [1.5, 1], [1000, 0], [1000, -1], [1000, 1, 1000, "5"]])
    def test_limits_are_bytes_and_seconds(self, bad: Any) -> None:
        with refused("in AVVideoDataRateLimitsKey"):
            VideoCompressionSettings(data_rate_limits=bad)

    def test_an_unknown_property_names_the_nearest(self) -> None:
        with refused("'AverageBitrate'", way_out="'AverageBitRate'"):
            VideoCompressionSettings.of({"AverageBitrate": 1, "Quality": 0.5})

    def test_they_are_values(self) -> None:
        made = VideoCompressionSettings.of({"AverageBitRate": 5, "MaximizePowerEfficiency": True})
        assert pickle.loads(pickle.dumps(made)) == made
        assert hash(made) == hash(VideoCompressionSettings(average_bit_rate=5))
        assert made != VideoCompressionSettings(average_bit_rate=5)
        assert VideoCompressionSettings.of(made) is made


CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"ConstantBitRate": 9, "AverageBitRate": 8, "ExpectedFrameRate": 30}, "Keep the one"),
    ({"ConstantBitRate": 9, "VariableBitRate": 8, "ExpectedFrameRate": 30}, "Keep the one"),
    ({"ConstantBitRate": 9, "DataRateLimits": [8, 1], "ExpectedFrameRate": 30}, "Keep the one"),
    ({"ConstantBitRate": 9, "VBVMaxBitRate": 8, "ExpectedFrameRate": 30}, "Keep the one"),
    ({"VariableBitRate": 9, "AverageBitRate": 8}, "Keep the one"),
    ({"VariableBitRate": 9, "DataRateLimits": [8, 1]}, "Keep the one"),
    ({"DataRateLimits": [9, 1], "VBVMaxBitRate": 8}, "Keep the one"),
    ({"DataRateLimits": [9, 1], "VBVBufferDuration": 8}, "Keep the one"),
    ({"Quality": 0.5, "AverageBitRate": 8}, "Keep the one"),
    ({"Quality": 0.5, "ConstantBitRate": 8, "ExpectedFrameRate": 30}, "Keep the one"),
    ({"Quality": 0.5, "VariableBitRate": 8}, "Keep the one"),
    ({"ConstantBitRate": 8}, "expected_source_frame_rate"),
    ({"AverageBitRate": 8001, "DataRateLimits": [1000, 1]}, "Raise the limit"),
    ({"AverageBitRate": 8, "DataRateLimits": [1000, 1, 1, 2]}, "Raise the limit"),
    ({"AverageBitRate": 9, "VBVMaxBitRate": 8}, "Raise it"),
    ({"VariableBitRate": 9, "VBVMaxBitRate": 8}, "Raise it"),
    ({"VBVBufferDuration": 2}, "vbv_max_bit_rate"),
    ({"VBVInitialDelayPercentage": 50}, "vbv_max_bit_rate"),
    ({"VBVBufferDuration": 2, "AverageBitRate": 8}, "vbv_max_bit_rate"),
    ({"MinAllowedFrameQP": 30, "MaxAllowedFrameQP": 20}, "Swap"),
    ({"MaxFrameDelayCount": 5, "SuggestedLookAheadFrameCount": 6}, "Lower"),
    ({"AverageNonDroppableFrameRate": 31, "ExpectedSourceFrameRate": 30}, "Lower it"),
    ({"HDRMetadataInsertionMode": "None", "ContentLightLevelInfo": (1000, 400)}, "Leave one"),
]
HARMONIES: list[dict[str, Any]] = [
    {"AverageBitRate": 8000, "DataRateLimits": [1000, 1]},
    {"AverageBitRate": 0, "Quality": 0.5},
    {"Quality": 0.5, "DataRateLimits": [1000, 1]},
    {"Quality": 0.5, "VBVMaxBitRate": 8000, "VBVBufferDuration": 1},
    {"VariableBitRate": 8, "VBVMaxBitRate": 8, "VBVBufferDuration": 1, "VBVInitialDelayPercentage": 90},
    {"ConstantBitRate": 8, "ExpectedFrameRate": 30, "VBVBufferDuration": 1},
    {"MinAllowedFrameQP": 20, "MaxAllowedFrameQP": 20},
    {"MaxFrameDelayCount": 6, "SuggestedLookAheadFrameCount": 6},
    {"MaxFrameDelayCount": -1, "SuggestedLookAheadFrameCount": 60},
    {"ExpectedFrameRate": 30, "AverageNonDroppableFrameRate": 30},
]


class TestContradictions:
    @pytest.mark.parametrize(("given", "way_out"), CONTRADICTIONS, ids=repr)
    def test_what_excludes_each_other(self, given: dict[str, Any], way_out: str) -> None:
        first = next(iter(given))
        with refused(first, way_out=way_out):
            VideoCompressionSettings.of(given)

    @pytest.mark.parametrize("given", HARMONIES, ids=repr)
    def test_what_goes_together(self, given: dict[str, Any]) -> None:
        assert VideoCompressionSettings.of(given)


class TestOtherProperties:
    @pytest.mark.parametrize("key", WITHOUT_EFFECT)
    def test_what_has_no_effect_is_kept_and_reported(self, key: str) -> None:
        made = VideoCompressionSettings.of({key: 1, "Quality": 0.5})
        assert made.ignored == {key: 1}
        assert made.quality == 0.5
        assert made.inapplicable() == [(key, WITHOUT_EFFECT[key])]

    @pytest.mark.parametrize("key", REFUSED)
    def test_what_would_give_another_film_is_refused(self, key: str) -> None:
        with refused(key, REFUSED[key], way_out="Leave it out"):
            VideoCompressionSettings.of({f"kVTCompressionPropertyKey_{key}": 1})

    @pytest.mark.parametrize(("key", "field"), ELSEWHERE.items())
    def test_what_belongs_beside_the_codec(self, key: str, field: str) -> None:
        with refused(key, way_out=f"VideoSettings({field}="):
            VideoCompressionSettings.of({key: 1})

    def test_ignored_takes_nothing_else(self) -> None:
        with refused("'Nonsense'"):
            VideoCompressionSettings(ignored={"Nonsense": 1})

    def test_ignored_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            VideoCompressionSettings().ignored["a"] = 1  # type: ignore[index]
