from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.isobmff.bits import BitReader
from reelwright.model.errors import InvalidMediaError


def packed(text: str) -> bytes:
    """Zeros and ones as bytes, the rest of the last one zero."""
    text = text.replace(" ", "")
    return int(text.ljust(-(-len(text) // 8) * 8, "0") or "0", 2).to_bytes(-(-len(text) // 8), "big")


def ue(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def test_numbers_are_read_most_significant_bit_first() -> None:
    bits = BitReader(bytes.fromhex("a5 0f ff"), "x")
    assert [bits.bits(1), bits.bits(3), bits.bits(8), bits.bits(0), bits.bits(12)] == [1, 2, 0x50, 0, 0xFFF]
    assert bits.left == 0


# ITU-T H.264, table 9-2 and 9-3.
@pytest.mark.parametrize(("code", "value"), [("1", 0), ("010", 1), ("011", 2), ("00100", 3), ("0001001", 8)])
def test_exp_golomb_codes_of_the_standard(code: str, value: int) -> None:
    assert BitReader(packed(code), "x").ue() == value


@pytest.mark.parametrize(("code", "value"), [("1", 0), ("010", 1), ("011", -1), ("00100", 2), ("00101", -2)])
def test_signed_exp_golomb_codes_of_the_standard(code: str, value: int) -> None:
    assert BitReader(packed(code), "x").se() == value


@given(st.lists(st.integers(0, (1 << 32) - 2), max_size=20))
def test_every_number_comes_back(values: list[int]) -> None:
    bits = BitReader(packed("".join(map(ue, values))), "x")
    assert [bits.ue() for _ in values] == values


def test_a_number_above_its_limit_is_refused() -> None:
    assert BitReader(packed(ue(31)), "x").ue(31) == 31
    with pytest.raises(InvalidMediaError, match="the set holds 32 where its standard allows at most 31"):
        BitReader(packed(ue(32)), "the set").ue(31)


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(4), bytes(1000)])
def test_a_number_without_an_end_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMediaError):
        BitReader(data, "x").ue()


def test_reading_past_the_end_is_refused_and_says_what_ended() -> None:
    bits = BitReader(b"\xff", "the avcC record")
    bits.skip(7)
    with pytest.raises(InvalidMediaError, match="the avcC record of 1 bytes ends too early"):
        bits.bits(2)
