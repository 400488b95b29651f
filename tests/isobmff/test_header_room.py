"""Room for headers: what is enough, what is too much, and padding that is a box or nothing."""

from __future__ import annotations

import pytest

from reelwright.isobmff.box import Box
from reelwright.isobmff.header_room import (
    LARGEST_ROOM,
    ExpectedTrack,
    common_unit,
    fitting,
    free_space,
    laid_out,
    room_for,
)


@pytest.mark.parametrize(
    ("size", "room", "fits"), [(90, 100, True), (92, 100, True), (93, 100, False), (99, 100, False)]
)
def test_what_is_left_is_a_box_or_nothing(size: int, room: int, fits: bool) -> None:
    assert fitting(size, room) is fits
    assert fitting(room, room)
    assert not fitting(room + 1, room)


@pytest.mark.parametrize("length", [8, 9, 4096])
@pytest.mark.parametrize("spare", [0, 8])
def test_free_space_takes_in_what_is_spare_behind_it(length: int, spare: int) -> None:
    made = free_space(length, spare)
    assert len(made) == length
    assert made[:8] == (length + spare).to_bytes(4, "big") + b"free"
    assert not any(made[8:])
    assert free_space(0, spare) == b""


@pytest.mark.parametrize("unit", [1, 4, 4096])
@pytest.mark.parametrize("reserved", [0, 8, 100, 101, 5000, 20000])
@pytest.mark.parametrize("size", [92, 93, 100, 4096, 4097, 12345])
def test_the_media_moves_by_whole_units(size: int, reserved: int, unit: int) -> None:
    box, length = laid_out(lambda _: Box("moov", bytes(size - 8)), reserved, unit)
    assert box.size == size
    assert fitting(size, length)
    assert (length - reserved) % unit == 0
    assert length - size < unit + 8, "no more than that is lost"


@pytest.mark.parametrize(("size", "length"), [(92, 100), (93, 104), (100, 100), (101, 112), (96, 104)])
def test_media_that_cannot_move_back(size: int, length: int) -> None:
    assert laid_out(lambda _: Box("moov", bytes(size - 8)), 100, 4, least=100)[1] == length


@pytest.mark.parametrize("reserved", [0, 50])
def test_a_header_that_grows_as_the_media_moves(reserved: int) -> None:
    """The growth of 32-bit offsets to 64 bits, seen from here."""
    asked = []

    def growing(shift: int) -> Box:
        asked.append(shift)
        return Box("moov", bytes(92 + (100 if shift >= 100 - reserved else 0)))

    box, length = laid_out(growing, reserved, 1)
    assert (box.size, length) == (200, 200)
    assert asked[-1] == 200 - reserved, "the box is the one for where the media comes to lie"


def test_units() -> None:
    assert common_unit([0, 1, 4, 6]) == 12
    assert common_unit([]) == 1
    assert common_unit([], 4096) == 4096
    assert common_unit([48], 4096) == 3 * 4096
    assert common_unit([1 << 20], 4096) == 1 << 20


def test_no_block_is_worth_much_room() -> None:
    assert common_unit([99991], 4096) == 99991
    assert common_unit([63], 4096) == 63 * 4096 < 1 << 18
    assert common_unit([65], 4096) == 65


def test_the_largest_room() -> None:
    assert room_for([]) == 0
    assert 0 < room_for([ExpectedTrack(samples=1_000_000, chunks=1000)]) <= LARGEST_ROOM
    assert room_for([ExpectedTrack(samples=1_000_000_000, chunks=1000)]) == 0


def test_more_is_expected_of_more_variety() -> None:
    plain = ExpectedTrack(samples=1000, chunks=10, is_reordered=False, is_steady=True, has_sync_samples=False)
    any_kind = ExpectedTrack(samples=1000, chunks=10)
    assert room_for([any_kind]) - room_for([plain]) == 8 * 1000 + 8 * 1000 + 4 * 250
    assert room_for([plain, plain]) > room_for([plain]) + 4 * 1000
