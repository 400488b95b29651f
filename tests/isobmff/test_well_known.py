"""Values of metadata by their types."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from reelwright.isobmff.well_known import WELL_KNOWN, decode_named, decode_well_known
from reelwright.model.metadata_keys import MetadataDataType as Type

TEXTS_AND_PICTURES = {0, 1, 2, 4, 5, 12, 13, 14, 15, 27, 82}


@pytest.mark.parametrize(
    ("number", "data", "value", "kind"),
    [
        (1, "ö".encode(), "ö", Type.UTF8),
        (2, "ö".encode("utf-16-be"), "ö", Type.UTF16),
        (2, b"\xff\xfe" + "ö".encode("utf-16-le"), "ö", Type.UTF16),
        (13, b"\xff\xd8", b"\xff\xd8", Type.JPEG),
        (21, b"\xff", -1, Type.INT8),
        (21, b"\xff\xfe", -2, Type.INT16),
        (21, b"\0\0\1", 1, Type.INT32),
        (22, b"\xff\xff\xff\xff", (1 << 32) - 1, Type.UINT32),
        (23, struct.pack(">f", 0.5), 0.5, Type.FLOAT32),
        (24, struct.pack(">d", -2.25), -2.25, Type.FLOAT64),
        (65, b"\xff", -1, Type.INT8),
        (66, b"\0\6", 6, Type.INT16),
        (70, struct.pack(">2f", 1, 2), (1.0, 2.0), Type.POINT_F32),
        (71, struct.pack(">2f", 1920, 1440), (1920.0, 1440.0), Type.DIMENSIONS_F32),
        (72, struct.pack(">4f", 1, 2, 3, 4), (1.0, 2.0, 3.0, 4.0), Type.RECT_F32),
        (74, b"\xff" * 8, -1, Type.INT64),
        (75, b"\xff", 255, Type.UINT8),
        (76, b"\xff\xff", 65535, Type.UINT16),
        (78, b"\xff" * 8, (1 << 64) - 1, Type.UINT64),
        (79, struct.pack(">9d", *range(9)), tuple(map(float, range(9))), Type.AFFINE_TRANSFORM_F64),
        (80, struct.pack(">8f", *range(8)), tuple(map(float, range(8))), Type.POLYGON_F32),
        (82, b'{"a": 1}', '{"a": 1}', Type.JSON),
        (83, struct.pack(">9d", *range(9)), tuple(map(float, range(9))), Type.PERSPECTIVE_TRANSFORM_F64),
        (0, b"\1", b"\1", Type.RAW),
    ],
)
def test_values_by_number(number: int, data: bytes, value: Any, kind: Type) -> None:
    assert decode_well_known(number, memoryview(data)) == (value, kind.value)


@pytest.mark.parametrize("number", [*sorted(set(WELL_KNOWN) - TEXTS_AND_PICTURES), 21, 22])
def test_a_value_of_another_length_than_its_type_stays_bytes(number: int) -> None:
    assert decode_well_known(number, memoryview(b"12345")) == (b"12345", Type.RAW.value)


def test_numbers_without_a_name_give_bytes() -> None:
    assert decode_well_known(9999, memoryview(b"12")) == (b"12", None)


def test_names_of_others_give_bytes_under_their_name() -> None:
    assert decode_named("com.example.mood", memoryview(b"12")) == (b"12", "com.example.mood")
