"""The types of metadata values: numbers out of the file, CoreMedia's names, and what the bytes are in Python.

The same types serve the ``data`` boxes of ``ilst`` and the samples of timed metadata (QuickTime File Format,
"Well-known types"). A value that is not as long as its type says is kept as bytes.
"""

from __future__ import annotations

import struct
from typing import Any

from reelwright.isobmff.mac_text import unicode_text
from reelwright.model.metadata_keys import MetadataDataType as Type

__all__ = ["WELL_KNOWN", "decode_named", "decode_well_known"]

WELL_KNOWN: dict[int, Type] = {
    0: Type.RAW,
    1: Type.UTF8,
    2: Type.UTF16,
    4: Type.UTF8,  # for sorting
    5: Type.UTF16,  # for sorting
    12: Type.GIF,
    13: Type.JPEG,
    14: Type.PNG,
    15: Type.UTF8,  # a URL
    23: Type.FLOAT32,
    24: Type.FLOAT64,
    27: Type.BMP,
    65: Type.INT8,
    66: Type.INT16,
    67: Type.INT32,
    70: Type.POINT_F32,
    71: Type.DIMENSIONS_F32,
    72: Type.RECT_F32,
    74: Type.INT64,
    75: Type.UINT8,
    76: Type.UINT16,
    77: Type.UINT32,
    78: Type.UINT64,
    79: Type.AFFINE_TRANSFORM_F64,
    80: Type.POLYGON_F32,
    81: Type.POLYLINE_F32,
    82: Type.JSON,
    83: Type.PERSPECTIVE_TRANSFORM_F64,
}

_SIGNED, _UNSIGNED = 21, 22  # integers of any length
_OF_LENGTH = {
    _SIGNED: {1: Type.INT8, 2: Type.INT16, 3: Type.INT32, 4: Type.INT32, 8: Type.INT64},
    _UNSIGNED: {1: Type.UINT8, 2: Type.UINT16, 3: Type.UINT32, 4: Type.UINT32, 8: Type.UINT64},
}
_SCALARS = {
    Type.INT8: "b",
    Type.INT16: "h",
    Type.INT32: "i",
    Type.INT64: "q",
    Type.UINT8: "B",
    Type.UINT16: "H",
    Type.UINT32: "I",
    Type.UINT64: "Q",
    Type.FLOAT32: "f",
    Type.FLOAT64: "d",
}
_TUPLES = {
    Type.POINT_F32: "2f",
    Type.DIMENSIONS_F32: "2f",
    Type.RECT_F32: "4f",
    Type.AFFINE_TRANSFORM_F64: "9d",
    Type.PERSPECTIVE_TRANSFORM_F64: "9d",
}
_OUTLINES = (Type.POLYGON_F32, Type.POLYLINE_F32)
_TEXTS = (Type.UTF8, Type.JSON, Type.LOCATION)


def decode_well_known(number: int, data: memoryview) -> tuple[Any, str | None]:
    """The value and its type's name for a type number; bytes and None for a number that has no name."""
    if number in _OF_LENGTH:
        kind = _OF_LENGTH[number].get(len(data))
        if kind is None:
            return bytes(data), Type.RAW.value
        return int.from_bytes(data, "big", signed=number == _SIGNED), kind.value
    found = WELL_KNOWN.get(number)
    return (bytes(data), None) if found is None else decode_named(found.value, data)


def decode_named(name: str, data: memoryview) -> tuple[Any, str]:
    """The value and its type's name for CoreMedia's name of a type, or any other (whose values are bytes)."""
    try:
        kind = Type(name)
    except ValueError:
        return bytes(data), name
    if kind in _TEXTS:
        return unicode_text(data), name
    if kind is Type.UTF16:
        marked = bytes(data[:2]) in (b"\xfe\xff", b"\xff\xfe")
        return str(data, "utf-16" if marked else "utf-16-be", "replace").rstrip("\0"), name
    code = _SCALARS.get(kind) or _TUPLES.get(kind)
    if kind in _OUTLINES and len(data) % 4 == 0:
        code = f"{len(data) // 4}f"
    if code is None and kind not in _OUTLINES:
        return bytes(data), name
    if code is None or struct.calcsize(f">{code}") != len(data):
        return bytes(data), Type.RAW.value
    values = struct.unpack(f">{code}", data)
    return (values[0] if kind in _SCALARS else values), name
