"""What a container refuses, and what it offers instead."""

from __future__ import annotations

import pytest

from reelwright.containers.registry import alpha_refusal, container, refusal
from reelwright.model.errors import SettingsError
from reelwright.model.kinds import FileType, MediaType

WRITTEN = {FileType.MOV, FileType.MP4, FileType.M4V, FileType.M4A}
MATROSKA = {FileType.WEBM, FileType.MATROSKA}


@pytest.mark.parametrize("file_type", sorted(set(FileType) - WRITTEN - MATROSKA))
def test_containers_without_an_engine_say_so(file_type: FileType) -> None:
    error = refusal(file_type, MediaType.AUDIO, "lpcm")
    assert isinstance(error, SettingsError)
    assert f"{file_type.suffixes[0]} files" in error.message
    assert "not written yet" in error.message
    assert error.hint == "Write .mov, .mp4 or .m4v instead, or .m4a for sound alone."


@pytest.mark.parametrize("file_type", sorted(WRITTEN))
def test_the_ones_offered_are_written(file_type: FileType) -> None:
    assert container(file_type).is_movie
    assert refusal(file_type, MediaType.AUDIO, "mp4a") is None


def test_an_encoding_that_does_not_fit_is_told_from_a_container_that_is_not_there() -> None:
    error = refusal(FileType.MP4, MediaType.VIDEO, "jpeg")
    assert error is not None
    assert "Choose another encoding" in str(error.hint)


@pytest.mark.parametrize("media_type", [MediaType.OTHER, MediaType.HAPTIC, MediaType.DEPTH_DATA])
@pytest.mark.parametrize("file_type", sorted(WRITTEN))
def test_kinds_of_tracks_that_are_only_read(file_type: FileType, media_type: MediaType) -> None:
    error = refusal(file_type, media_type, None)
    assert error is not None
    assert "only read" in str(error.hint)


@pytest.mark.parametrize("codec", ["av01", "vp09"])
def test_encodings_without_a_place_in_quicktime_are_stored_only(codec: str) -> None:
    error = refusal(FileType.MOV, MediaType.VIDEO, codec, is_encoded=True)
    assert error is not None
    assert "has no place for" in error.message
    assert ".mp4" in str(error.hint)
    assert refusal(FileType.MOV, MediaType.VIDEO, codec) is None
    assert refusal(FileType.MP4, MediaType.VIDEO, codec, is_encoded=True) is None
    assert refusal(FileType.MOV, MediaType.VIDEO, "avc1", is_encoded=True) is None


@pytest.mark.parametrize("file_type", [FileType.MOV, FileType.MP4, FileType.M4V])
def test_alpha_that_is_a_film_of_its_own(file_type: FileType) -> None:
    error = alpha_refusal(file_type, "vp09")
    assert error is not None
    assert ".webm" in str(error.hint)
    assert alpha_refusal(file_type, "ap4h") is None
    assert alpha_refusal(file_type, "avc1") is None


def test_what_webm_and_matroska_carry() -> None:
    for codec in ("av01", "vp09"):
        assert refusal(FileType.WEBM, MediaType.VIDEO, codec, is_encoded=True) is None
    error = refusal(FileType.WEBM, MediaType.VIDEO, "avc1", is_encoded=True)
    assert error is not None
    assert "Encode as VP9 or AV1" in str(error.hint)
    for codec in ("avc1", "hvc1", "av01", "vp09", "apch", "jpeg"):
        assert refusal(FileType.MATROSKA, MediaType.VIDEO, codec, is_encoded=True) is None
    for codec in ("aac ", "lpcm", "alac", "ac-3", "ec-3", "opus", "flac"):
        assert refusal(FileType.MATROSKA, MediaType.AUDIO, codec, is_encoded=True) is None
        assert (refusal(FileType.WEBM, MediaType.AUDIO, codec) is None) == (codec == "opus")
    assert alpha_refusal(FileType.WEBM, "vp09") is None
    assert refusal(FileType.MATROSKA, MediaType.METADATA, None) is not None


@pytest.mark.parametrize("file_type", sorted(WRITTEN | MATROSKA))
def test_what_is_usual_is_carried(file_type: FileType) -> None:
    usual = container(file_type)
    assert refusal(file_type, MediaType.AUDIO, usual.usual_sound.value, is_encoded=True) is None
    if MediaType.VIDEO in usual.media_types:
        assert refusal(file_type, MediaType.VIDEO, usual.usual_video.value, is_encoded=True) is None


@pytest.mark.parametrize("codec", ["alac", "ac-3", "ec-3", "opus", "Opus", "flac", "fLaC"])
def test_sound_that_each_movie_carries(codec: str) -> None:
    for file_type in (FileType.MOV, FileType.MP4, FileType.M4V):
        assert refusal(file_type, MediaType.AUDIO, codec, is_encoded=True) is None
    refused = refusal(FileType.M4A, MediaType.AUDIO, codec)
    assert (refused is not None) == (codec.lower() in ("opus", "flac"))
