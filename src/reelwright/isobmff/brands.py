"""The first box of a file: which specification it follows, and which others its readers may rely on.

One row a file type: major brand, minor version and compatible brands in the order that AVFoundation's files show them
(ISO/IEC 14496-12, 4.3; QuickTime File Format, "The File Type Compatibility Atom"; 3GPP TS 26.244, 5.3).
"""

from __future__ import annotations

from reelwright.isobmff.box import Box, fourcc, u32
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.kinds import FileType

__all__ = ["file_type_box", "movie_file_types"]

_BRANDS: dict[FileType, tuple[str, int, tuple[str, ...]]] = {
    FileType.MOV: ("qt  ", 0, ("qt  ",)),
    FileType.QTA: ("qt  ", 0, ("qt  ",)),
    FileType.MP4: ("mp42", 1, ("isom", "mp41", "mp42")),
    FileType.M4V: ("M4V ", 1, ("isom", "M4V ", "mp42")),
    FileType.M4A: ("M4A ", 0, ("M4A ", "mp42", "isom")),
    FileType.MOBILE_3GPP: ("3gp6", 0x100, ("3gp6", "isom")),
    FileType.MOBILE_3GPP2: ("3g2a", 0x10000, ("3g2a", "isom")),
}

movie_file_types = frozenset(_BRANDS)
"""The file types that the movie engine writes."""


def file_type_box(file_type: FileType, *more: str) -> Box:
    """``ftyp``: the file's own brand and those it is compatible with, and ``more`` of these (ISO/IEC 14496-12, 4.3).

    Raises:
        InvalidArgumentError: a file type that is no movie file.
    """
    if file_type not in _BRANDS:
        allowed = ", ".join(sorted(kind.name for kind in _BRANDS))
        raise InvalidArgumentError(
            f"{file_type.value} is no movie file: no brand is known for it.", hint=f"Movie files are {allowed}."
        )
    major, minor, compatible = _BRANDS[file_type]
    return Box("ftyp", fourcc(major), u32(minor), *(fourcc(brand) for brand in (*compatible, *more)))
