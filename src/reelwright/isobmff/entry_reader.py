"""Sample entries read: a box of ``stsd`` becomes the description of a format (ISO/IEC 14496-12, 8.5.2; QTFF).

Which fields an entry has depends on the kind of its track, and their meaning on its four-character code; one module
reads each kind. Encrypted entries are described as what they are once decrypted, with the scheme beside it.
"""

from __future__ import annotations

from typing import NamedTuple

from reelwright.isobmff.entry_protection import is_protected, protection_scheme
from reelwright.isobmff.other_entry_reader import read_other_entry
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.picture_entry_reader import read_picture_entry
from reelwright.isobmff.sound_entry_reader import read_sound_entry
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

__all__ = ["EntryRead", "is_protected", "protection_scheme", "read_sample_entry"]

_PICTURES = (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE, MediaType.DEPTH_DATA)


class EntryRead(NamedTuple):
    """A sample entry, read.

    Attributes:
        format: what samples are. data_reference: number, from 1, of the data reference that says where they are.
        problems: a sentence for everything in the entry that is broken and was left out.
    """

    format: FormatDescription
    data_reference: int
    problems: tuple[str, ...] = ()


def read_sample_entry(kind: str, content: Parser, media_type: MediaType, *, quicktime: bool) -> EntryRead:
    """Read one sample entry; what is broken behind its fixed fields is left out.

    Args:
        kind: the box's type. content: what is in it. media_type: of the track.
        quicktime: the file is of QuickTime's dialect, whose fixed fields say more.

    Raises:
        InvalidMediaError: it ends before its fixed fields do.
    """
    problems: list[str] = []
    reference = _data_reference(content, media_type, problems)
    if media_type in _PICTURES:
        format = read_picture_entry(kind, content, media_type, problems, quicktime=quicktime)
    elif media_type == MediaType.AUDIO:
        format = read_sound_entry(kind, content, problems)
    else:
        format = read_other_entry(kind, content, media_type, problems)
    return EntryRead(format, reference, tuple(problems))


def _data_reference(content: Parser, media_type: MediaType, problems: list[str]) -> int:
    """Passes over the entry's head; some writers of metadata forget it and begin with their own fields."""
    if any(content.take(6)) and media_type not in (*_PICTURES, MediaType.AUDIO):
        content.position = 0
        problems.append(f"{content.what} lacks the reserved bytes and the data reference at its beginning.")
        return 1
    return content.u16()
