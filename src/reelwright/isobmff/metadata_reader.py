"""Reading static metadata: the user data box ``udta`` and the metadata box ``meta``, wherever they lie in a movie.

Each says in its own way what it holds: ``udta`` by the types of its boxes, ``meta`` by its handler. Damage costs the
item it strikes, never the rest.
"""

from __future__ import annotations

from reelwright.isobmff.id3 import read_id3
from reelwright.isobmff.itunes_metadata import read_item_list
from reelwright.isobmff.language import shortest_tag, unpacked_language
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.quicktime_metadata import read_keyed_items
from reelwright.isobmff.user_data import ISO_BOXES, read_international_text, read_iso_box, read_raw_atom
from reelwright.model.facts import ChapterFacts
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time

__all__ = ["nero_chapters", "read_meta", "read_user_data"]

_HUNDRED_NANOSECONDS = 10_000_000  # in a second
_MOST_CHAPTERS = 10_000
_STRUCTURE = frozenset({"free", "skip", "wide", "chpl", "tagc", "hnti", "hinf"})  # not metadata, or read elsewhere


def read_user_data(content: Parser, problems: list[str] | None = None) -> tuple[MetadataItem, ...]:
    """The items in the content of a ``udta`` box, those of a ``meta`` within it too.

    Args:
        problems: gets a sentence for everything that is left out or lived with.
    """
    findings = Findings(problems)
    for kind, box in findings.boxes(content):
        with findings.tolerating():
            if kind == "meta":
                _meta(box, findings)
            elif kind.startswith("©"):
                read_international_text(kind, box, findings)
            elif kind in ISO_BOXES:
                read_iso_box(kind, box, findings)
            elif kind == "ID32":
                _id32(box, findings)
            elif kind not in _STRUCTURE:
                read_raw_atom(kind, box, findings)
    return tuple(findings.items)


def read_meta(content: Parser, problems: list[str] | None = None) -> tuple[MetadataItem, ...]:
    """The items in the content of a ``meta`` box, be it QuickTime's plain box or ISO's full box.

    Args:
        problems: gets a sentence for everything that is left out or lived with.
    """
    findings = Findings(problems)
    with findings.tolerating():
        _meta(content, findings)
    return tuple(findings.items)


def _meta(content: Parser, findings: Findings) -> None:
    start = content.position
    if bytes(content.data[start + 4 : start + 8]) != b"hdlr" and bytes(content.data[start : start + 4]) == bytes(4):
        content.skip(4)
    start = content.position
    kinds = {kind: box for kind, box in findings.boxes(content) if kind in ("hdlr", "keys", "ilst", "ID32")}
    handler = ""
    if "hdlr" in kinds and kinds["hdlr"].left >= 12:
        kinds["hdlr"].skip(8)
        handler = kinds["hdlr"].fourcc()
    content.position = start
    if handler == "mdta" or "keys" in kinds:
        read_keyed_items(content, findings)
    elif handler in ("mdir", "") and "ilst" in kinds:
        read_item_list(kinds["ilst"], findings)
    elif "ID32" in kinds:
        for kind, box in findings.boxes(content):
            if kind == "ID32":
                with findings.tolerating():
                    _id32(box, findings)


def _id32(content: Parser, findings: Findings) -> None:
    """An ID3 tag with a language of its own (ID3v2 in an MP4 file: MP4 Registration Authority)."""
    content.full_header()
    letters = unpacked_language(content.u16() & 0x7FFF)
    read_id3(content, findings, shortest_tag(letters) if letters else None)


def nero_chapters(content: Parser, duration: Time) -> tuple[ChapterFacts, ...]:
    """The chapters in the content of a ``chpl`` box; each lasts until the next one starts, the last to the end.

    Args:
        duration: of the movie; INVALID leaves the last chapter's end at its start.

    Raises:
        InvalidMediaError: not even the number of chapters is there.
    """
    version, _ = content.full_header()
    content.skip(1 if version else 0)
    left = min(content.u32() if version else content.u8(), _MOST_CHAPTERS)
    found: list[tuple[Time, str]] = []
    while left and content.left >= 9:
        start = Time(min(content.u64(), (1 << 63) - 1), _HUNDRED_NANOSECONDS)
        found.append((start, str(content.take(min(content.u8(), content.left)), "utf-8", "replace").rstrip("\0")))
        left -= 1
    found.sort(key=lambda chapter: chapter[0])
    last = [duration if duration.is_numeric and found and duration > found[-1][0] else found[-1][0]] if found else []
    ends = [start for start, _ in found[1:]] + last
    return tuple(ChapterFacts(start, end, title) for (start, title), end in zip(found, ends, strict=True))
