"""Samples in other files: what is opened, and what never is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.isobmff.movies import Track, film, tables

from reelwright.containers.movie_media import MovieMedia
from reelwright.isobmff.box import Box, cstring, full_box, i16, u16
from reelwright.model.errors import ForbiddenReferenceError, InvalidMediaError, MediaNotFoundError
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.storage.source import open_source

SAMPLES = b"0123456789abcdef"


def url(location: str) -> Box:
    return full_box("url ", 0, 0, cstring(location))


def alias(path: str) -> Box:
    """An alias record whose tag 18 is a POSIX path."""
    text = path.encode()
    record = bytes(50) + bytes([4]) + b"name".ljust(63, b"\0") + bytes(36)
    tags = i16(18) + u16(len(text)) + text + bytes(len(text) % 2) + i16(-1) + u16(0)
    return full_box("alis", 0, 0, record, tags)


def movie(folder: Path, *references: Box) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "movie.mov"
    path.write_bytes(film(Track(tables([4, 6], start=2), references=references)))
    return path


def read(path: Path, **options: object) -> bytes:
    media = MovieMedia(open_source(path), **options)  # type: ignore[arg-type]
    try:
        return b"".join(sample.data or b"" for sample in media.stream(1))
    finally:
        media.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with samples in it, and others outside."""
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    for place in (inside / "samples.bin", inside / "deep" / "a b.bin", tmp_path / "outside.bin"):
        place.write_bytes(SAMPLES)
    return inside


@pytest.mark.parametrize("location", ["samples.bin", "./samples.bin", "deep/a%20b.bin", "deep/../samples.bin"])
def test_files_in_the_movies_folder_are_read(folder: Path, location: str) -> None:
    assert read(movie(folder, url(location))) == SAMPLES[2:12]


def test_absolute_urls_into_the_folder_are_read(folder: Path) -> None:
    assert read(movie(folder, url((folder / "samples.bin").as_uri()))) == SAMPLES[2:12]


def test_what_facts_say_of_a_reference(folder: Path) -> None:
    media = MovieMedia(open_source(movie(folder, url("samples.bin"))))
    reference = media.facts.tracks[0].data_references[0]
    assert (reference.kind, reference.location, reference.is_self_contained) == ("url ", "samples.bin", False)
    assert media.index(1).problems == ()  # offsets of another file are not judged by the movie's size
    media.close()


@pytest.mark.parametrize("location", ["../outside.bin", "deep/../../outside.bin", "%2e%2e/outside.bin", "..", "."])
def test_nothing_outside_the_folder_is_opened(folder: Path, location: str) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url(location)))


def test_absolute_urls_outside_are_refused(folder: Path) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url((folder.parent / "outside.bin").as_uri())))


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_out_of_the_folder_are_seen_through(folder: Path) -> None:
    (folder / "link.bin").symlink_to(folder.parent / "outside.bin")
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, url("link.bin")))


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/x", "https://e.org/x", "//host/x", "file://host/x", "ftp://a/b"]
)
@pytest.mark.parametrize("restrictions", [ReferenceRestrictions.NONE, ReferenceRestrictions.FORBID_ALL])
def test_the_network_is_never_asked(folder: Path, location: str, restrictions: ReferenceRestrictions) -> None:
    with pytest.raises(ForbiddenReferenceError):
        read(movie(folder, url(location)), restrictions=restrictions)


@pytest.mark.parametrize(
    "restrictions", [ReferenceRestrictions.FORBID_ALL, ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_LOCAL]
)
def test_local_references_can_be_forbidden(folder: Path, restrictions: ReferenceRestrictions) -> None:
    with pytest.raises(ForbiddenReferenceError, match="restrictions forbid") as caught:
        read(movie(folder, url("samples.bin")), restrictions=restrictions)
    assert "samples.bin" in caught.value.message


def test_other_restrictions_do_not_concern_local_files(folder: Path) -> None:
    path = movie(folder, url("samples.bin"))
    assert read(path, restrictions=ReferenceRestrictions.FORBID_LOCAL_REFERENCE_TO_REMOTE) == SAMPLES[2:12]


def test_aliases_are_followed_only_when_told_to(folder: Path) -> None:
    path = movie(folder, alias(str(folder / "samples.bin")))
    with pytest.raises(ForbiddenReferenceError, match="alias"):
        read(path)
    assert read(path, alias_references=True) == SAMPLES[2:12]


def test_aliases_cannot_leave_the_folder_either(folder: Path) -> None:
    with pytest.raises(ForbiddenReferenceError, match="outside the movie's folder"):
        read(movie(folder, alias(str(folder.parent / "outside.bin"))), alias_references=True)


def test_a_movie_in_memory_has_no_folder() -> None:
    media = MovieMedia(open_source(film(Track(tables([4]), references=[url("samples.bin")]))))
    with pytest.raises(ForbiddenReferenceError, match="lies in no folder"):
        list(media.stream(1))


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(MediaNotFoundError, match="has samples in"):
        read(movie(folder, url("lost.bin")))


@pytest.mark.parametrize("reference", [full_box("rsrc", 0, 0, bytes(9)), full_box("alis", 0, 0, bytes(9)), url("%00")])
def test_references_that_are_not_understood(folder: Path, reference: Box) -> None:
    with pytest.raises(InvalidMediaError, match="reference"):
        read(movie(folder, reference), alias_references=True)


def test_without_data_no_reference_is_followed(folder: Path) -> None:
    media = MovieMedia(open_source(movie(folder, url("http://example.org/x"))))
    assert len(list(media.stream(1, with_data=False))) == 2
    media.close()
