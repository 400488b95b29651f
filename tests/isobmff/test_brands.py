"""The first box of every kind of movie file."""

from __future__ import annotations

import pytest

from reelwright.isobmff.brands import file_type_box, movie_file_types
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import FileType

EXPECTED = {
    FileType.MOV: b"qt  \0\0\0\0qt  ",
    FileType.QTA: b"qt  \0\0\0\0qt  ",
    FileType.MP4: b"mp42\0\0\0\x01isommp41mp42",
    FileType.M4V: b"M4V \0\0\0\x01isomM4V mp42",
    FileType.M4A: b"M4A \0\0\0\0M4A mp42isom",
    FileType.MOBILE_3GPP: b"3gp6\0\0\x01\x003gp6isom",
    FileType.MOBILE_3GPP2: b"3g2a\0\x01\0\x003g2aisom",
}


def test_every_movie_file_has_its_brands() -> None:
    assert movie_file_types == set(EXPECTED)
    for file_type, contents in EXPECTED.items():
        box = file_type_box(file_type).render()
        assert box == (len(contents) + 8).to_bytes(4, "big") + b"ftyp" + contents


@pytest.mark.parametrize("file_type", [FileType.WAV, FileType.CAF])
def test_other_files_have_none(file_type: FileType) -> None:
    with pytest.raises(InvalidArgumentError, match="no movie file"):
        file_type_box(file_type)
