"""Names: values are AVFoundation's, members are found by name too, and what is unknown is named with a way out."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from tests.model.refusal import refused

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import AudioFormat, FileType, MediaType, OnFull, ScalingMode, VideoCodec, WriterStatus


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ("vide", MediaType.VIDEO),
        ("soun", MediaType.AUDIO),
        ("VIDEO", MediaType.VIDEO),
        ("com.apple.quicktime-movie", FileType.MOV),
        ("public.mpeg-4", FileType.MP4),
        ("com.apple.m4a-audio", FileType.M4A),
        ("mp4", FileType.MP4),
        ("avc1", VideoCodec.H264),
        ("hvc1", VideoCodec.HEVC),
        ("h264", VideoCodec.H264),
        ("H.264", VideoCodec.H264),
        ("hevc", VideoCodec.HEVC),
        ("aac ", AudioFormat.AAC),
        ("lpcm", AudioFormat.LINEAR_PCM),
        ("linear_pcm", AudioFormat.LINEAR_PCM),
        ("AVVideoScalingModeResizeAspect", ScalingMode.RESIZE_ASPECT),
        ("ResizeAspectFill", ScalingMode.RESIZE_ASPECT_FILL),
        ("resize-aspect", ScalingMode.RESIZE_ASPECT),
        ("drop-oldest", OnFull.DROP_OLDEST),
        ("DROP_OLDEST", OnFull.DROP_OLDEST),
    ],
)
def test_values_and_names_find_the_member(value: str, member: MediaType) -> None:
    assert type(member)(value) is member


@pytest.mark.parametrize("kind", [MediaType, FileType, VideoCodec, AudioFormat, ScalingMode, OnFull])
def test_unknown_names_are_refused_with_what_is_known(kind: type[MediaType]) -> None:
    with refused("'zzzz'", kind.__name__, kind=InvalidArgumentError, way_out=next(iter(kind.__members__))):
        kind("zzzz")


def test_a_near_miss_is_guessed() -> None:
    with refused("'vidoe'", kind=InvalidArgumentError, way_out="MediaType.VIDEO"):
        MediaType("vidoe")


@pytest.mark.parametrize("value", [None, 7, b"vide"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with refused(repr(value), kind=InvalidArgumentError):
        MediaType(value)


def test_members_are_text_and_survive_pickling() -> None:
    assert f"{VideoCodec.HEVC}" == "hvc1"
    assert pickle.loads(pickle.dumps(VideoCodec.HEVC)) is VideoCodec.HEVC


@pytest.mark.parametrize("file_type", FileType)
def test_every_suffix_leads_back(file_type: FileType) -> None:
    assert file_type.suffixes
    for suffix in file_type.suffixes:
        assert FileType.for_path(f"/some.where/film{suffix}") is file_type
        assert FileType.for_path(Path(f"FILM{suffix.upper()}")) is file_type


@pytest.mark.parametrize("path", ["film", "film.xyz", ".mov/film", "film.mov.part"])
def test_a_path_without_a_known_suffix(path: str) -> None:
    with refused(repr(path), repr(os.path.splitext(path)[1]), kind=InvalidArgumentError, way_out="file_type="):
        FileType.for_path(path)


def test_suffixes_that_are_suggested_are_those_that_are_written() -> None:
    with refused(".avi", kind=InvalidArgumentError, way_out=".mov, .mp4 or .m4v, sound alone as .m4a"):
        FileType.for_path("film.avi")
    with pytest.raises(InvalidArgumentError) as caught:
        FileType.for_path("film.avi")
    assert ".wav" not in str(caught.value)


def test_the_two_dialects() -> None:
    assert [kind for kind in FileType if kind.is_quicktime] == [FileType.MOV, FileType.QTA]


def test_status_numbers_are_avfoundations() -> None:
    assert [status.value for status in WriterStatus] == [0, 1, 2, 3, 4]
    assert WriterStatus.FAILED == 3
