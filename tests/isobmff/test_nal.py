from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.isobmff.synthetic import escaped

from reelwright.isobmff.nal import (
    MAX_UNITS,
    annex_b_ranges,
    begins_with_start_code,
    length_ranges,
    nal_ranges,
    rejoin,
    unescape,
    units,
)
from reelwright.model.errors import InvalidMediaError

# Payloads full of what framing must not stumble over; a unit begins with a header and ends in a byte that is not zero.
_payloads = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 0x65, 0xFF]), max_size=40).map(bytes)
_units = _payloads.map(lambda payload: b"\x65" + escaped(payload) + b"\x80")
_framed = st.lists(st.tuples(st.booleans(), _units, st.integers(0, 3)), min_size=1, max_size=8)


@given(_framed)
def test_units_come_back_from_a_byte_stream_of_both_start_codes_and_trailing_zeros(framed) -> None:  # type: ignore[no-untyped-def]
    stream = b"".join(bytes(3 if long else 2) + b"\1" + unit + bytes(zeros) for long, unit, zeros in framed)
    assert units(stream) == [unit for _, unit, _ in framed]


@given(st.lists(_units, min_size=1, max_size=8), st.sampled_from([1, 2, 4]))
def test_units_come_back_from_lengths_of_any_size(found: list[bytes], size: int) -> None:
    data = b"".join(len(unit).to_bytes(size, "big") + unit for unit in found)
    assert [data[start:stop] for start, stop in length_ranges(data, size)] == found


@given(st.lists(_units, min_size=1, max_size=8), st.sets(st.integers(0, 7)), st.sampled_from([0, 1, 2, 4]))
def test_rejoined_units_have_lengths_of_four_bytes(found: list[bytes], dropped: set[int], size: int) -> None:
    glue = [b"\0\0\1" if not size else len(unit).to_bytes(size, "big") for unit in found]
    data = b"".join(head + unit for head, unit in zip(glue, found, strict=True))
    ranges = length_ranges(data, size) if size else annex_b_ranges(data)
    kept = [place for index, place in enumerate(ranges) if index not in dropped]
    joined = b"".join(rejoin(memoryview(data), kept, size))
    expected = [unit for index, unit in enumerate(found) if index not in dropped]
    assert joined == b"".join(len(unit).to_bytes(4, "big") + unit for unit in expected)


@given(_payloads)
def test_emulation_prevention_is_undone(payload: bytes) -> None:
    assert unescape(escaped(payload) + b"\x80") == payload + b"\x80"


def test_units_that_have_their_lengths_already_travel_as_one_view_of_the_packet() -> None:
    data = bytes.fromhex("00000002 65aa 00000002 67bb 00000002 65cc 00000001 66")
    ranges = length_ranges(data, 4)
    assert [bytes(piece) for piece in rejoin(memoryview(data), ranges, 4)] == [data]
    whole, last = rejoin(memoryview(data), [ranges[0], ranges[2], ranges[3]], 4)
    assert (bytes(whole), bytes(last)) == (data[:6], data[12:])
    assert isinstance(whole, memoryview)
    assert whole.obj is data


@pytest.mark.parametrize("data", ["", "00", "0001", "65", "00000003", "000002aa"])
def test_what_does_not_begin_with_a_start_code_is_no_byte_stream(data: str) -> None:
    assert not begins_with_start_code(bytes.fromhex(data))
    with pytest.raises(InvalidMediaError, match="start code"):
        annex_b_ranges(bytes.fromhex(data))


def test_zeros_before_the_first_start_code_belong_to_the_stream() -> None:
    assert units(bytes(9) + b"\1\x65\x88") == [b"\x65\x88"]


@pytest.mark.parametrize("data", ["000001", "00000001", "000001 000001 65", "000001 65 00000001 0000"])
def test_an_empty_unit_is_refused(data: str) -> None:
    with pytest.raises(InvalidMediaError, match="empty"):
        annex_b_ranges(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("data", "size"),
    [
        ("00000000", 4),
        ("00000005 65", 4),
        ("ffffffff 65", 4),
        ("00000001 65 00", 4),
        ("00000001 65 00000002 65", 4),
        ("0002 65", 2),
        ("00", 1),
        ("02 65", 1),
    ],
)
def test_lengths_that_do_not_add_up_are_refused(data: str, size: int) -> None:
    with pytest.raises(InvalidMediaError, match="do not add up"):
        length_ranges(bytes.fromhex(data), size)


def _any(data: object, start: int) -> bool:
    return True


def _none(data: object, start: int) -> bool:
    return False


def test_a_long_start_code_is_never_a_length() -> None:
    # Read as lengths, this is one unit of 1 byte and adds up: but no access unit begins with so short a unit.
    assert nal_ranges(bytes.fromhex("00000001 65"), 4, _any) == ([(4, 5)], 0)


def test_a_short_start_code_may_be_a_length() -> None:
    data = (0x165).to_bytes(4, "big") + b"\x65" * 0x165
    assert nal_ranges(data, 4, _any) == ([(4, 4 + 0x165)], 4)
    assert nal_ranges(data, 4, _none) == ([(3, 4 + 0x165)], 0)
    assert nal_ranges(data + b"\x65", 4, _any) == ([(3, 5 + 0x165)], 0)


def test_lengths_are_found_where_a_byte_stream_was_announced_and_the_other_way_round() -> None:
    lengths, stream = bytes.fromhex("00000002 6588"), bytes.fromhex("00000001 6588")
    for size in (1, 2, 4):
        assert nal_ranges(stream, size, _any) == ([(4, 6)], 0)
    assert nal_ranges(lengths, 4, _any) == ([(4, 6)], 4)
    with pytest.raises(InvalidMediaError):
        nal_ranges(b"\x12\x34\x56\x78\x9a", 4, _any)


@pytest.mark.parametrize("data", [b"\0\0\1\x65" + bytes(1 << 20) + b"\0\0\1\x65", b"\0\0\0\1" + b"\0\0\3" * (1 << 18)])
def test_hostile_byte_streams_take_no_long_time(data: bytes) -> None:
    started = time.perf_counter()
    assert len(annex_b_ranges(data)) <= 2
    assert time.perf_counter() - started < 2


def test_a_byte_stream_of_too_many_units_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="more than 65536"):
        annex_b_ranges(b"\0\0\1\x65" * (MAX_UNITS + 1))


def test_a_packet_of_too_many_lengths_is_refused() -> None:
    with pytest.raises(InvalidMediaError, match="more than 65536"):
        length_ranges(b"\1\x65" * (MAX_UNITS + 1), 1)
