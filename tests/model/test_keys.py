"""One table reads every spelling of a key, and says which one was nearly meant; single values are checked one way."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.model.refusal import refused

from reelwright.model.keys import KeyTable, choice, flag, number, quoted, snake, whole

TABLE = KeyTable("settings", ("AVVideo", "kVT_"), {"Width": "width", "MaxKeyFrameInterval": "interval"}, {"W": "width"})


@pytest.mark.parametrize(
    ("camel", "expected"),
    [
        ("Width", "width"),
        ("MaxKeyFrameInterval", "max_key_frame_interval"),
        ("EncoderID", "encoder_id"),
        ("VBVMaxBitRate", "vbv_max_bit_rate"),
        ("MaxH264SliceBytes", "max_h264_slice_bytes"),
        ("AllowOpenGOP", "allow_open_gop"),
        ("LinearPCMIsFloat", "linear_pcm_is_float"),
        ("already_snake", "already_snake"),
        ("LONG_TERM", "long_term"),
    ],
)
def test_snake(camel: str, expected: str) -> None:
    assert snake(camel) == expected


@pytest.mark.parametrize("key", ["AVVideoWidthKey", "AVVideoWidth", "kVT_Width", "Width", "WidthKey", "width", "W"])
def test_every_spelling_reads_the_same(key: str) -> None:
    assert TABLE.read({key: 5}) == {"width": 5}


def test_a_field_and_its_snake_case_key_both_count() -> None:
    assert TABLE.read({"max_key_frame_interval": 1}) == TABLE.read({"interval": 1}) == {"interval": 1}


def test_an_empty_mapping_is_nothing() -> None:
    assert TABLE.read({}) == {}


def test_an_unknown_key_names_the_nearest() -> None:
    with refused("'AVVideoWidht'", "settings", way_out="'AVVideoWidth"):
        TABLE.read({"AVVideoWidht": 1, "interval": 2})


def test_an_unknown_key_far_from_all_lists_them() -> None:
    with refused("'zzz'", way_out="AVVideoWidthKey, AVVideoMaxKeyFrameIntervalKey"):
        TABLE.read({"zzz": 1, "interval": 2})


def test_no_recognised_key_at_all() -> None:
    with refused("'zzz'", "no key that is recognised"):
        TABLE.read({"zzz": 1})


def test_one_thing_twice() -> None:
    with refused("AVVideoWidthKey twice", "'Width'", "'width'", way_out="Keep one"):
        TABLE.read({"Width": 1, "width": 2})


@pytest.mark.parametrize("value", [None, 5, "Width", [("Width", 1)]])
def test_what_is_no_mapping(value: object) -> None:
    with refused(repr(value), "mapping"):
        TABLE.read(value)


def test_keys_that_are_no_text() -> None:
    with refused("7"):
        TABLE.read({7: 1, "Width": 2})


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3), Fraction(3)])
def test_whole_numbers_of_every_kind(value: Any) -> None:
    if isinstance(value, (np.float32, Fraction)):
        with refused(repr(value)):
            whole("count", value, 1, 5)
    else:
        assert type(whole("count", value, 1, 5)) is int


@pytest.mark.parametrize("value", [0, 6, 2.5, True, None, "3", float("nan"), float("inf")])
def test_numbers_that_are_not_whole_or_out_of_bounds(value: Any) -> None:
    with refused("count", repr(value), "from 1 to 5"):
        whole("count", value, 1, 5)


def test_a_bound_that_nobody_reaches_is_not_named() -> None:
    with refused("of at least 1 (bytes), not 0"):
        whole("count", 0, 1, 1 << 40, "(bytes)")


@pytest.mark.parametrize(
    ("value", "exact"),
    [(0.1, Fraction(1, 10)), (2, Fraction(2)), (Fraction(1, 3), Fraction(1, 3)), (np.float64(0.5), Fraction(1, 2))],
)
def test_numbers_are_exact(value: Any, exact: Fraction) -> None:
    found = number("share", value, 0, 5)
    assert found == exact
    assert type(found) is Fraction


@pytest.mark.parametrize("value", [-0.1, 1.5, True, None, "0.5", float("nan"), float("inf"), 1j, Decimal("0.5")])
def test_what_is_no_number_or_out_of_bounds(value: Any) -> None:
    with refused("share", repr(value), "from 0 to 1"):
        number("share", value, 0, 1)


def test_an_open_bound() -> None:
    with refused("of at least 0 (seconds)"):
        number("span", float("inf"), 0, unit="(seconds)")


@pytest.mark.parametrize("value", [True, 1, np.int8(1)])
def test_true(value: Any) -> None:
    assert flag("on", value) is True


@pytest.mark.parametrize("value", [2, "yes", None, 1.0, []])
def test_what_is_neither_true_nor_false(value: Any) -> None:
    with refused("on", repr(value)):
        flag("on", value)


class _Colour(StrEnum):
    DARK_RED = "AVRed_Dark"
    BLUE = "AVRed_Blue"


class _Size(IntEnum):
    SMALL = 0
    LARGE = 1


@pytest.mark.parametrize("value", [_Colour.DARK_RED, "AVRed_Dark", "DARK_RED", "DarkRed", "dark_red"])
def test_choices(value: str) -> None:
    assert choice("colour", _Colour, value) is _Colour.DARK_RED


def test_choices_of_numbers() -> None:
    assert choice("size", _Size, 1) is _Size.LARGE
    with refused("True"):
        choice("size", _Size, True)


def test_a_choice_that_does_not_exist_lists_all() -> None:
    with refused("colour", "'green'", way_out="'AVRed_Dark', 'AVRed_Blue'"):
        choice("colour", _Colour, "green")


def test_quoted() -> None:
    assert quoted(["a", 1]) == "'a', '1'"
