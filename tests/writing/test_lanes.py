"""Which lane an input gets, and what its settings mean."""

from __future__ import annotations

from typing import Any

import pytest
from tests.writing import scene

from reelwright import AudioFormat, AudioSettings, EncoderSpecification, FormatDescription, MediaType
from reelwright.model.errors import EncoderNotFoundError, SettingsError
from reelwright.writing.audio_lane import AudioLane
from reelwright.writing.clock import MediaClock
from reelwright.writing.lane import LaneOptions
from reelwright.writing.lanes import codec_of, make_lane, resolve_settings
from reelwright.writing.passthrough_lane import PassthroughLane
from reelwright.writing.video_lane import VideoLane

AAC = AudioSettings(AudioFormat.AAC, 48000, 2)


def lane(kind: MediaType, settings: Any, hint: FormatDescription | None = None) -> Any:
    return make_lane(kind, settings, hint, MediaClock(), LaneOptions(), lambda _: None)


@pytest.mark.parametrize(
    ("kind", "settings", "expected", "capacity"),
    [
        (MediaType.VIDEO, scene.video_settings(), VideoLane, 6),
        (MediaType.AUDIO, AAC, AudioLane, 0.5),
        (MediaType.VIDEO, None, PassthroughLane, 0),
        (MediaType.AUDIO, None, PassthroughLane, 0),
        (MediaType.TIMECODE, None, PassthroughLane, 0),
    ],
)
def test_lanes(kind: MediaType, settings: Any, expected: type, capacity: float) -> None:
    made = lane(kind, settings)
    assert type(made) is expected
    assert made.capacity == capacity
    assert (made.facts.appended, made.facts.encoded) == (0, 0)
    made.close()
    made.close()


def test_what_cannot_be_encoded_is_noticed_when_the_lane_is_made() -> None:
    with pytest.raises(EncoderNotFoundError):
        lane(MediaType.VIDEO, scene.video_settings(encoder_specification=EncoderSpecification(encoder_id="nonesuch")))
    with pytest.raises(SettingsError):
        lane(MediaType.VIDEO, scene.video_settings(encoder_options={"profile": "nonsense"}))


def test_codec_of() -> None:
    hint = FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1")
    assert codec_of(scene.video_settings(), hint) == "avc1"
    assert codec_of(AAC, None) == "aac "
    assert codec_of(None, hint) == "hvc1"
    assert codec_of(None, None) is None


def test_resolved_settings_are_the_settings() -> None:
    settings = scene.video_settings()
    assert resolve_settings(MediaType.VIDEO, settings, None) is settings
    assert resolve_settings(MediaType.VIDEO, None, None) is None


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (MediaType.VIDEO, scene.video_settings()),
        (MediaType.AUDIO, AAC),
        (MediaType.AUDIO, AudioSettings(AudioFormat.AAC)),
    ],
)
def test_an_empty_track_has_a_format(kind: MediaType, settings: Any) -> None:
    made = lane(kind, settings)
    described = made.empty_format()
    assert described is not None
    assert described.media_type is kind
    assert described.codec_config
    hint = FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1")
    assert lane(MediaType.VIDEO, None, hint).empty_format() is hint
    assert lane(MediaType.VIDEO, None).empty_format() is None
