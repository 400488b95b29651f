"""One line on what a box says, for the boxes whose fields are known.

Nothing is read beyond their first few kilobytes, and what is wrong in them is said in the line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from reelwright.isobmff import header_reader as headers
from reelwright.isobmff.parse import BoxPlace, Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source

__all__ = ["summary_of"]

_ENOUGH = 4096
_SHOWN = 4  # entries of a list
_TEXT = 80


def summary_of(place: BoxPlace, source: Source, path: str) -> str:
    """What a box says.

    Args:
        path: of the box it is in (``"/moov/trak"``): sample entries and items are told by where they lie.
    """
    parse = _by_place(path) or _SUMMARIES.get(place.kind)
    if parse is None:
        return ""
    content = Parser(source.read(place.content, min(place.size, _ENOUGH)), f"the box {place.kind!r}")
    try:
        return _printable(parse(content))
    except InvalidMediaError as error:
        return f"damaged: {error.message}"


def _by_place(path: str) -> Callable[[Parser], str] | None:
    parent = path.rpartition("/")[2]
    if parent == "stsd":
        return _sample_entry
    if parent == "tref":
        return lambda content: "tracks " + _few([content.u32() for _ in range(min(content.left // 4, 64))])
    return None


def _few(values: list[object] | list[int] | list[str], total: int | None = None) -> str:
    shown = ", ".join(map(str, values[:_SHOWN]))
    return shown + (" …" if (total or len(values)) > _SHOWN else "")


def _seconds(ticks: int | None, scale: int) -> str:
    if ticks is None:
        return "unknown length"
    return f"{ticks}/{scale}" + (f" = {float(Fraction(ticks, scale)):.3f} s" if scale else "")


def _text(data: bytes) -> str:
    text = data[:_TEXT].decode("utf-8", "replace").rstrip("\0")
    return repr(_printable(text)) + (" …" if len(data) > _TEXT else "")


def _printable(text: str) -> str:
    """One line, and nothing that steers a terminal: codes and names hold whatever their writer liked."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


# -- headers -----------------------------------------------------------------------------------------------------------


def _file_type(content: Parser) -> str:
    major, minor = content.fourcc(), content.u32()
    brands = [content.fourcc() for _ in range(min(content.left // 4, 32))]
    return f"{major!r} {minor}, compatible {' '.join(map(repr, brands)) or 'with nothing'}"


def _movie_header(content: Parser) -> str:
    header = headers.read_movie_header(content)
    rate = "" if header.rate == 1 else f", rate {float(header.rate):g}"
    return f"{_seconds(header.duration, header.time_scale)}{rate}{_created(header.created)}"


def _created(seconds: int | None) -> str:
    if seconds is None or not 0 <= seconds < 1 << 36:
        return ""
    return f", created {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _track_header(content: Parser) -> str:
    header = headers.read_track_header(content)
    flags = " ".join(
        word for bit, word in enumerate(("enabled", "in-movie", "in-preview", "in-poster")) if header.flags >> bit & 1
    )
    width, height = (f"{float(side):g}" for side in header.size)
    group = f", group {header.alternate_group}" if header.alternate_group else ""
    layer = f", layer {header.layer}" if header.layer else ""
    length = "unknown length" if header.duration is None else f"{header.duration} ticks"
    return f"track {header.track_id}, {length}, {width}×{height}, {flags or 'disabled'}{group}{layer}"


def _media_header(content: Parser) -> str:
    header = headers.read_media_header(content)
    letters, tag = headers.language_of(header.language)
    return f"{_seconds(header.duration, header.time_scale)}, language {tag or letters or 'und'}"


def _handler(content: Parser) -> str:
    component, handler, name = headers.read_handler(content)
    kind = f"{component}/" if component.strip("\0") else ""
    return f"{kind}{handler} {name!r}"


def _edit_list(content: Parser) -> str:
    content.position = 4
    stated = content.u32()
    content.position = 0
    edits = headers.read_edits(content, [])
    shown = [
        f"{edit.duration}@{'empty' if edit.media_time is None else edit.media_time}"
        + ("" if edit.rate == 1 else f"×{float(edit.rate):g}")
        for edit in edits
    ]
    return f"{stated} edits: {_few(shown, stated)}"


def _extended_language(content: Parser) -> str:
    content.full_header()
    return repr(content.cstring())


def _data_reference(content: Parser) -> str:
    _, flags = content.full_header()
    return "this file" if flags & 1 else _text(content.rest())


def _sample_entry(content: Parser) -> str:
    content.skip(6)
    return f"data reference {content.u16()}"


def _track_extends(content: Parser) -> str:
    found = headers.read_track_extends(content)
    return (
        f"track {found.track_id}: description {found.description}, duration {found.duration}, "
        f"size {found.size}, flags {found.flags:#010x}"
    )


def _extends_header(content: Parser) -> str:
    duration = headers.read_extends_header(content)
    return "unknown length" if duration is None else f"{duration} ticks"


# -- tables ------------------------------------------------------------------------------------------------------------


def _runs(content: Parser, *, signed: bool = False) -> str:
    content.full_header()
    count = content.u32()
    there = min(count, content.left // 8, _SHOWN + 1)
    pairs = [f"{content.u32()}×{content.i32() if signed else content.u32()}" for _ in range(there)]
    return f"{count} runs: {_few(pairs, count)}"


def _signed_runs(content: Parser) -> str:
    return _runs(content, signed=True)


def _numbers(content: Parser) -> str:
    content.full_header()
    count = content.u32()
    values = [content.u32() for _ in range(min(count, content.left // 4, _SHOWN + 1))]
    return f"{count} entries: {_few(values, count)}"


def _large_numbers(content: Parser) -> str:
    content.full_header()
    count = content.u32()
    values = [content.u64() for _ in range(min(count, content.left // 8, _SHOWN + 1))]
    return f"{count} entries: {_few(values, count)}"


def _chunk_runs(content: Parser) -> str:
    content.full_header()
    count = content.u32()
    there = min(count, content.left // 12, _SHOWN + 1)
    runs = [f"from {content.u32()}: {content.u32()} of {content.u32()}" for _ in range(there)]
    return f"{count} runs: {_few(runs, count)}"


def _sizes(content: Parser) -> str:
    content.full_header()
    each, count = content.u32(), content.u32()
    if each:
        return f"{count} samples of {each} bytes each"
    values = [content.u32() for _ in range(min(count, content.left // 4, _SHOWN + 1))]
    return f"{count} samples: {_few(values, count)}"


def _compact_sizes(content: Parser) -> str:
    content.full_header()
    bits = content.u32() & 0xFF
    return f"{content.u32()} samples, sizes of {bits} bits"


def _entries(content: Parser) -> str:
    content.full_header()
    return f"{content.u32()} entries"


def _shift(content: Parser) -> str:
    version, _ = content.full_header()
    values = [content.i64() if version else content.i32() for _ in range(5)]
    return "shift {}, least {}, greatest {}, start {}, end {}".format(*values)


def _group_members(content: Parser) -> str:
    version, _ = content.full_header()
    kind = content.fourcc()
    content.skip(4 if version == 1 else 0)
    return f"{kind!r}: {content.u32()} runs"


def _group_descriptions(content: Parser) -> str:
    version, _ = content.full_header()
    kind = content.fourcc()
    content.skip(4 * min(version, 2))
    return f"{kind!r}: {content.u32()} descriptions"


# -- fragments ---------------------------------------------------------------------------------------------------------


def _sequence(content: Parser) -> str:
    content.full_header()
    return f"number {content.u32()}"


def _fragment_header(content: Parser) -> str:
    _, flags = content.full_header()
    return f"track {content.u32()}, flags {flags:#08x}"


def _decode_time(content: Parser) -> str:
    version, _ = content.full_header()
    return f"{content.u64() if version else content.u32()} ticks"


def _run(content: Parser) -> str:
    _, flags = content.full_header()
    count = content.u32()
    offset = f", data at {content.i32():+d}" if flags & 1 else ""
    return f"{count} samples{offset}, flags {flags:#05x}"


def _segment_index(content: Parser) -> str:
    version, _ = content.full_header()
    track_id, scale = content.u32(), content.u32()
    start = content.u64() if version else content.u32()
    content.skip(8 if version else 4)
    content.skip(2)
    return f"track {track_id}, from {_seconds(start, scale)}, {content.u16()} references"


# -- metadata ----------------------------------------------------------------------------------------------------------


def _data(content: Parser) -> str:
    kind = content.u32()
    content.skip(4)
    if kind == 1:
        return _text(content.rest())
    return f"type {kind}, {content.left} bytes"


def _color(content: Parser) -> str:
    kind = content.fourcc()
    if kind not in ("nclx", "nclc"):
        return kind
    codes = f"{content.u16()}-{content.u16()}-{content.u16()}"
    return f"{kind} {codes}" + (
        (" full" if content.u8() >> 7 else " limited") if kind == "nclx" and content.left else ""
    )


def _pixel_aspect(content: Parser) -> str:
    return f"{content.u32()}:{content.u32()}"


def _scheme(content: Parser) -> str:
    content.full_header()
    return content.fourcc()


_SUMMARIES: dict[str, Callable[[Parser], str]] = {
    "ftyp": _file_type,
    "styp": _file_type,
    "mvhd": _movie_header,
    "tkhd": _track_header,
    "mdhd": _media_header,
    "hdlr": _handler,
    "elst": _edit_list,
    "elng": _extended_language,
    "url ": _data_reference,
    "alis": _data_reference,
    "trex": _track_extends,
    "mehd": _extends_header,
    "stts": _runs,
    "ctts": _signed_runs,
    "stss": _numbers,
    "stps": _numbers,
    "stco": _numbers,
    "co64": _large_numbers,
    "stsc": _chunk_runs,
    "stsz": _sizes,
    "stz2": _compact_sizes,
    "stsd": _entries,
    "dref": _entries,
    "cslg": _shift,
    "sbgp": _group_members,
    "sgpd": _group_descriptions,
    "mfhd": _sequence,
    "tfhd": _fragment_header,
    "tfdt": _decode_time,
    "trun": _run,
    "sidx": _segment_index,
    "data": _data,
    "colr": _color,
    "pasp": _pixel_aspect,
    "schm": _scheme,
    "frma": Parser.fourcc,
}
