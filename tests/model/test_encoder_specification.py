"""Which encoder may work: Video Toolbox's dictionary, and what cannot be asked for at once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.encoder_specification import EncoderSpecification

KEYS: dict[str, tuple[str, Any]] = {
    "EncoderID": ("encoder_id", "libx264"),
    "EnableHardwareAcceleratedVideoEncoder": ("enable_hardware", True),
    "RequireHardwareAcceleratedVideoEncoder": ("require_hardware", True),
    "RequiredEncoderGPURegistryID": ("required_gpu", 3),
    "PreferredEncoderGPURegistryID": ("preferred_gpu", 1 << 40),
    "EnableLowLatencyRateControl": ("low_latency", True),
}


@pytest.mark.parametrize("shape", ["{}", "kVTVideoEncoderSpecification_{}"])
def test_video_toolboxs_keys(shape: str) -> None:
    made = EncoderSpecification.of({shape.format(key): value for key, (_, value) in KEYS.items()})
    assert made == EncoderSpecification(**dict(KEYS.values()))
    assert EncoderSpecification.of(made) is made
    assert hash(made)


def test_an_unknown_key() -> None:
    with refused("'EncoderId'", way_out="'EncoderID'"):
        EncoderSpecification.of({"EncoderId": "x", "EncoderID": "x"})


@pytest.mark.parametrize("bad", ["", "  ", 5])
def test_an_encoder_has_a_name(bad: Any) -> None:
    with refused("EncoderID", repr(bad), way_out="libx264"):
        EncoderSpecification(encoder_id=bad)


@pytest.mark.parametrize("name", ["enable_hardware", "require_hardware", "low_latency"])
def test_truth_values(name: str) -> None:
    with refused("'yes'"):
        EncoderSpecification(**{name: "yes"})
    assert getattr(EncoderSpecification(**{name: 1}), name) is True


@pytest.mark.parametrize("name", ["required_gpu", "preferred_gpu"])
@pytest.mark.parametrize("bad", [-1, 1.5, True, "0", 1 << 64])
def test_devices_are_numbers(name: str, bad: Any) -> None:
    with refused("EncoderGPURegistryID", repr(bad)):
        EncoderSpecification(**{name: bad})


@pytest.mark.parametrize(("name", "value"), [("require_hardware", True), ("required_gpu", 0), ("preferred_gpu", 2)])
def test_hardware_forbidden_and_asked_for(name: str, value: Any) -> None:
    key = next(key for key, (field, _) in KEYS.items() if field == name)
    with refused(key, str(value), "EnableHardwareAcceleratedVideoEncoder (False)", way_out="Drop one"):
        EncoderSpecification(enable_hardware=False, **{name: value})


@pytest.mark.parametrize(
    ("given", "wants"),
    [
        ({}, None),
        ({"enable_hardware": True}, True),
        ({"enable_hardware": False}, False),
        ({"require_hardware": True}, True),
        ({"required_gpu": 0}, True),
        ({"preferred_gpu": 0, "required_gpu": 1}, True),
        ({"enable_hardware": False, "require_hardware": False}, False),
    ],
)
def test_what_is_wanted(given: dict[str, Any], wants: bool | None) -> None:
    assert EncoderSpecification(**given).wants_hardware is wants
