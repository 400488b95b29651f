"""The tables of a track: golden bytes, sums that must agree, and columns against a naive list of samples."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.isobmff.fakes import pictures
from tests.isobmff.reading import Atom, atoms, expanded

from reelwright.isobmff import column as column_module
from reelwright.isobmff.box import Box
from reelwright.isobmff.sample_table import Chunk, SampleFlag, SampleTable, dependency_flags
from reelwright.isobmff.timeline import round_half_away
from reelwright.model.errors import FrameError, InvalidArgumentError, TimestampError

SYNC = int(SampleFlag.SYNC)


def chunk(count: int = 1, **changes: Any) -> Chunk:
    values: dict[str, Any] = {
        "description": 1, "timescale": 24, "sizes": 1, "decode": 0, "durations": 1, "offsets": 0, "flags": SYNC,
    } | changes  # fmt: skip
    sizes = values["sizes"]
    total = sizes * count if isinstance(sizes, int) else sum(sizes)
    return Chunk(count=count, payload=[bytes(total)], **values)


def table(*chunks: Chunk, scale: int = 0) -> SampleTable:
    made = SampleTable(scale)
    for number, one in enumerate(chunks):
        made.check(one)
        made.append(one, 100 * (number + 1))
    return made


def atom(box: Box | None) -> Atom:
    assert box is not None
    return next(atoms(box.render()))


def rendered(box: Box | None) -> str:
    assert box is not None
    return box.render().hex(" ", -4)


# Golden bytes


def test_time_to_sample() -> None:
    made = table(chunk(3, durations=2), chunk(2, decode=6, durations=[2, 5]))
    assert rendered(made.time_to_sample()) == (
        "00000020 73747473 00000000 00000002 00000004 00000002 00000001 00000005"
    )


def test_composition_offsets_are_shifted_to_be_positive() -> None:
    made = table(chunk(4, offsets=[0, 2, -1, -1]))
    assert made.composition_shift == 1
    assert rendered(made.composition_offsets()) == (
        "00000028 63747473 00000000 00000003 00000001 00000001 00000001 00000003 00000002 00000000"
    )
    assert rendered(made.composition_to_decode()) == (
        "00000020 63736c67 00000000 00000000 00000000 00000003 00000001 00000005"
    )


def test_positive_offsets_stay_as_they_are() -> None:
    made = table(chunk(4, offsets=[2, 4, 1, 1]))
    assert made.composition_shift == 0
    assert expanded(atom(made.composition_offsets()).table("II")) == [2, 4, 1, 1]
    assert atom(made.composition_to_decode()).numbers("5i") == (0, 1, 4, 2, 6)


def test_a_late_composition_end_takes_the_long_form() -> None:
    box = table(chunk(2, timescale=1 << 30, durations=[1 << 31, 1 << 20], offsets=[1, 0])).composition_to_decode()
    assert box is not None
    assert (atom(box).version, box.size) == (1, 52)
    assert atom(box).numbers("5q") == (0, 0, 1, 1, (1 << 31) + (1 << 20))


def test_no_offsets_no_tables() -> None:
    made = table(chunk(4), chunk(3, decode=4, offsets=[0, 0, 0]))
    assert made.composition_offsets() is None
    assert made.composition_to_decode() is None


def test_sync_samples() -> None:
    made = table(chunk(4, flags=[SYNC, 0, 0, SYNC]), chunk(2, decode=4, flags=0), chunk(2, decode=6))
    assert rendered(made.sync_samples()) == ("00000020 73747373 00000000 00000004 00000001 00000004 00000007 00000008")


def test_all_samples_sync_need_no_table_and_none_an_empty_one() -> None:
    assert table(chunk(3)).sync_samples() is None
    assert table().sync_samples() is None
    assert rendered(table(chunk(3, flags=0)).sync_samples()) == "00000010 73747373 00000000 00000000"


def test_partial_sync_samples() -> None:
    made = table(chunk(3, flags=[SYNC, int(SampleFlag.PARTIAL_SYNC), 0]))
    assert rendered(made.partial_sync_samples()) == "00000014 73747073 00000000 00000001 00000002"
    assert table(chunk(3)).partial_sync_samples() is None
    assert [box.kind for box in made.boxes(quicktime=False)] == ["stts", "stss", "stsc", "stsz"]
    assert [box.kind for box in made.boxes(quicktime=True)] == ["stts", "stss", "stps", "stsc", "stsz"]


def test_dependencies() -> None:
    intra = SYNC | dependency_flags(depends_on=2, is_depended_on=1)
    droppable = dependency_flags(is_leading=1, depends_on=1, is_depended_on=2, has_redundancy=3)
    made = table(chunk(3, flags=[intra, droppable, 0]))
    assert rendered(made.dependencies()) == "0000000f 73647470 00000000 245b00"
    assert rendered(made.sync_samples()) == "00000014 73747373 00000000 00000001 00000001"
    assert table(chunk(3, flags=[SYNC, 0, 0])).dependencies() is None


def test_sample_to_chunk() -> None:
    made = table(chunk(3), chunk(3, decode=3), chunk(2, decode=6), chunk(2, decode=8, description=2))
    assert rendered(made.sample_to_chunk()) == (
        "00000034 73747363 00000000 00000003 "
        "00000001 00000003 00000001 00000003 00000002 00000001 00000004 00000002 00000002"
    )


def test_sample_sizes() -> None:
    assert rendered(table(chunk(3, sizes=4)).sample_sizes()) == "00000014 7374737a 00000000 00000004 00000003"
    made = table(chunk(3, sizes=[5, 70000, 5]), chunk(decode=3, sizes=1))
    assert rendered(made.sample_sizes()) == (
        "00000024 7374737a 00000000 00000000 00000004 00000005 00011170 00000005 00000001"
    )


def test_chunk_offsets() -> None:
    made = table(chunk(), chunk(decode=1))
    assert rendered(made.chunk_offsets()) == "00000018 7374636f 00000000 00000002 00000064 000000c8"
    assert rendered(made.chunk_offsets(1)) == "00000018 7374636f 00000000 00000002 00000065 000000c9"
    assert rendered(made.chunk_offsets((1 << 32) - 201)) == ("00000018 7374636f 00000000 00000002 ffffff9b ffffffff")
    assert rendered(made.chunk_offsets((1 << 32) - 200)) == (
        "00000020 636f3634 00000000 00000002 00000000 ffffff9c 00000001 00000000"
    )


def test_a_track_without_samples_has_empty_tables() -> None:
    made = table()
    assert [rendered(box) for box in [*made.boxes(quicktime=True), made.chunk_offsets()]] == [
        "00000010 73747473 00000000 00000000",
        "00000010 73747363 00000000 00000000",
        "00000014 7374737a 00000000 00000000 00000000",
        "00000010 7374636f 00000000 00000000",
    ]
    assert made.extents() == []


# Time scales


def test_a_finer_time_scale_multiplies_what_came_before() -> None:
    made = table(chunk(2, offsets=[0, 1]), chunk(2, timescale=30, decode=3, durations=2, offsets=[1, 0]))
    # 2/24 s is before 3/30 s: the gap of 1/60 s is a hole.
    assert made.time_line.scale == 120
    assert expanded(atom(made.time_to_sample()).table("II")) == [5, 5, 8, 8]
    assert expanded(atom(made.composition_offsets()).table("II")) == [0, 5, 4, 0]
    assert [(stretch.media, stretch.source) for stretch in made.time_line.stretches] == [(0, 0), (10, 12)]


def test_rounding_is_of_positions_and_does_not_drift() -> None:
    made = table(*(chunk(10, timescale=30000, decode=1001 * 10 * n, durations=1001) for n in range(30)), scale=600)
    durations = expanded(atom(made.time_to_sample()).table("II"))
    assert set(durations) == {20, 21}  # 20.02 on average
    assert sum(durations) == made.time_line.duration == round(Fraction(300 * 1001 * 600, 30000))
    assert len(made.time_line.stretches) == 1
    assert 0 < made.time_line.largest_rounding <= Fraction(1, 1200)


def test_rounded_presentation_times_are_positions_too() -> None:
    # Shown at 0, 3, 1, 2 frames of 1/24 s: in tenths of seconds 0, 1.25, 0.42, 0.83.
    made = table(chunk(4, offsets=[0, 2, -1, -1], durations=1), scale=48)
    assert made.time_line.largest_rounding == 0
    made = table(chunk(4, timescale=24, offsets=[0, 2, -1, -1]), scale=100)
    offsets = expanded(atom(made.composition_offsets()).table("II"))
    durations = expanded(atom(made.time_to_sample()).table("II"))
    shown = [sum(durations[:n]) + offset - made.composition_shift for n, offset in enumerate(offsets)]
    assert shown == [0, 13, 4, 8]  # 12.5, 4.17, 8.33


def test_samples_that_would_share_a_tick_are_refused_with_the_way_out() -> None:
    with pytest.raises(TimestampError, match="fall on one tick of media_time_scale 10") as raised:
        table(chunk(10, timescale=60), scale=10)
    assert "larger media_time_scale" in str(raised.value)


def test_a_refused_chunk_leaves_no_trace() -> None:
    made = table(chunk(3, offsets=[0, 1, 0]))
    before = [box.render() for box in made.boxes(quicktime=True)]
    refused = [
        chunk(decode=2),
        chunk(decode=3, durations=-1),
        chunk(decode=3, durations=1 << 32),
        chunk(decode=3, offsets=1 << 31),
        chunk(decode=3, offsets=-(1 << 31)),
        chunk(decode=3 * (1 << 27), timescale=24 << 26, durations=1 << 32),
        chunk(timescale=0),
        chunk(decode=1, timescale=2147483647),
    ]
    for bad in refused:
        with pytest.raises(TimestampError):
            made.append(bad, 900)
    assert [box.render() for box in made.boxes(quicktime=True)] == before
    assert made.time_line.scale == 24
    made.append(chunk(decode=3), 900)
    assert made.sample_count == 4


def test_a_scale_that_old_durations_outgrow_is_refused() -> None:
    made = table(chunk(timescale=1, durations=1 << 20))
    with pytest.raises(TimestampError, match="32 bits"):
        made.append(chunk(timescale=1 << 20, decode=1 << 40), 900)
    assert made.time_line.scale == 1


# What is refused


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (chunk(0), "chunk of 0 samples"),
        (chunk(3, sizes=[1, 2]), "2 sizes were given for 3 samples"),
        (chunk(3, durations=[1]), "1 durations were given"),
        (chunk(3, offsets=[1] * 4), "4 offsets were given"),
        (chunk(3, flags=[]), "0 flags were given"),
        (chunk(2, sizes=[3, 0]), "sample of 0 bytes"),
    ],
)
def test_contradictions_are_refused(bad: Chunk, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        SampleTable().check(bad)


def test_a_payload_of_another_size_is_refused() -> None:
    bad = chunk(3, sizes=2)
    bad.payload = [bytes(3), memoryview(bytes(4)).cast("H")]
    with pytest.raises(FrameError, match="3 samples of 6 bytes were announced, but 7 bytes given"):
        SampleTable().check(bad)


def test_more_samples_than_can_be_counted_are_refused() -> None:
    made = SampleTable()
    for _ in range(2):
        made._sizes.append(4, (1 << 31) - 1)
    one = chunk(sizes=4)
    made.check(one)
    made._sizes.append(4, 1)
    with pytest.raises(InvalidArgumentError, match="counts to 4294967295") as raised:
        made.check(one)
    assert "Split the film" in str(raised.value)


# Extents


def test_extents_of_stretches() -> None:
    made = table(
        chunk(4, decode=10, offsets=[0, 2, -1, -1]),
        chunk(2, decode=14, offsets=[0, 0]),
        chunk(2, decode=20, offsets=[1, -1]),
    )
    assert [(extent.first, extent.last, extent.media) for extent in made.extents()] == [(10, 16, 1), (20, 22, 7)]


def test_extents_without_reordering_need_no_samples() -> None:
    made = SampleTable()
    for number in range(3):
        made.append(Chunk(1, 48000, [], 1 << 30, 4, number << 31, 1), 0)
    starts = [number << 31 for number in range(3)]
    assert [(extent.first, extent.last) for extent in made.extents()] == [(at, at + (1 << 30)) for at in starts]
    assert made.nbytes < 100
    assert made.time_to_sample().render() == bytes.fromhex("00000018 73747473 00000000 00000001 c0000000 00000001")


# Columns against a list of samples

lengths = st.integers(1, 50)
offsets = st.integers(-60, 60)


@st.composite
def films(draw: st.DrawFn) -> list[Chunk]:
    chunks, end = [], Fraction(draw(st.integers(-10, 10)))
    for _ in range(draw(st.integers(1, 6))):
        scale = draw(st.sampled_from([24, 25, 30, 48]))
        start = -(-end.numerator * scale // end.denominator) + draw(st.sampled_from([0, 0, 0, 7]))
        count = draw(st.integers(1, 8))
        flat = draw(st.booleans())
        durations = draw(lengths) if flat else draw(st.lists(lengths, min_size=count, max_size=count))
        shifts = draw(offsets) if draw(st.booleans()) else draw(st.lists(offsets, min_size=count, max_size=count))
        flags = draw(st.lists(st.sampled_from([0, 1, 2, 0x1801]), min_size=count, max_size=count))
        sizes = draw(st.lists(st.integers(1, 300), min_size=count, max_size=count))
        chunks.append(
            chunk(count, timescale=scale, decode=start, durations=durations, offsets=shifts, flags=flags, sizes=sizes)
        )
        total = durations * count if isinstance(durations, int) else sum(durations)
        end = Fraction(start + total, scale)
    return chunks


def each(value: int | list[int], count: int) -> list[int]:
    return [value] * count if isinstance(value, int) else value


def naive(chunks: list[Chunk]) -> list[dict[str, Any]]:
    """One dictionary a sample, times as fractions of the source's time line."""
    samples = []
    for one in chunks:
        at = one.decode
        columns = (each(column, one.count) for column in (one.durations, one.offsets, one.flags, one.sizes))
        for duration, offset, flags, size in zip(*columns, strict=True):
            samples.append(
                {
                    "decode": Fraction(at, one.timescale),
                    "end": Fraction(at + duration, one.timescale),
                    "shown": Fraction(at + offset, one.timescale),
                    "flags": flags,
                    "size": size,
                }
            )
            at += duration
    return samples


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_module, "_BLOCK", 8)


@given(films(), st.sampled_from([0, 0, 1200, 90000, 7919]))
def test_tables_say_what_the_samples_said(chunks: list[Chunk], scale: int) -> None:
    made = table(*chunks, scale=scale)
    line, samples = made.time_line, naive(chunks)
    boxes = {box.kind: atom(box) for box in made.boxes(quicktime=True)}

    def tick(moment: Fraction) -> int:
        return round_half_away((moment * line.scale).numerator, (moment * line.scale).denominator)

    durations = expanded(boxes["stts"].table("II"))
    assert durations == [tick(sample["end"]) - tick(sample["decode"]) for sample in samples]
    assert sum(durations) == line.duration
    written = expanded(boxes["ctts"].table("II")) if "ctts" in boxes else [0] * len(samples)
    assert min(written) >= 0
    shown = [tick(sample["shown"]) - tick(sample["decode"]) + made.composition_shift for sample in samples]
    assert written == shown
    assert made.sample_count == len(samples)
    sync = [row[0] for row in boxes["stss"].table("I")] if "stss" in boxes else list(range(1, len(samples) + 1))
    assert sync == [n for n, sample in enumerate(samples, 1) if sample["flags"] & 1]
    partial = [row[0] for row in boxes["stps"].table("I")] if "stps" in boxes else []
    assert partial == [n for n, sample in enumerate(samples, 1) if sample["flags"] & 2]
    bytes_ = list(boxes["sdtp"].body[4:]) if "sdtp" in boxes else [0] * len(samples)
    assert bytes_ == [sample["flags"] >> 8 for sample in samples]
    size, count = boxes["stsz"].numbers("II")
    sizes = [size] * count if size else list(boxes["stsz"].numbers(f"{count}I", 12))
    assert sizes == [sample["size"] for sample in samples]
    worst = max(abs(Fraction(tick(s[key]), line.scale) - s[key]) for s in samples for key in ("decode", "end", "shown"))
    assert line.largest_rounding == worst
    if "cslg" in boxes:
        decoded = [sum(durations[:n]) for n in range(len(durations))]
        starts = [dts + offset for dts, offset in zip(decoded, written, strict=True)]
        ends = [cts + duration for cts, duration in zip(starts, durations, strict=True)]
        assert boxes["cslg"].numbers("5i") == (0, min(written), max(written), min(starts), max(ends))


@given(films())
def test_extents_cover_exactly_the_samples(chunks: list[Chunk]) -> None:
    made = table(*chunks)
    scale, samples = made.time_line.scale, naive(chunks)
    starts = [n for n, sample in enumerate(samples) if n == 0 or sample["decode"] != samples[n - 1]["end"]]
    stretches = [samples[a:b] for a, b in zip(starts, [*starts[1:], len(samples)], strict=True)]
    extents = made.extents()
    assert len(extents) == len(stretches)
    for extent, stretch in zip(extents, stretches, strict=True):
        assert Fraction(extent.first, scale) == min(sample["shown"] for sample in stretch)
        lasts = [sample["shown"] + sample["end"] - sample["decode"] for sample in stretch]
        assert Fraction(extent.last, scale) == max(lasts)


# Size


def test_columns_stay_within_their_budget() -> None:
    """12 bytes a sample at the most: random sizes, times and reorderings at 90 kHz, and dependencies."""
    rng, made, decode = random.Random(1), SampleTable(), 0
    for _ in range(2000):
        durations = [rng.randrange(1, 6000) for _ in range(30)]
        flags = [SYNC | dependency_flags(depends_on=2), *(dependency_flags(depends_on=1) for _ in range(29))]
        made.append(
            Chunk(
                1, 90000, [], 30, [rng.randrange(1, 1 << 18) for _ in range(30)], decode, durations,
                [rng.randrange(-9000, 9000) for _ in range(30)], flags,
            ),
            0,
        )  # fmt: skip
        decode += sum(durations)
    assert made.nbytes <= 12 * made.sample_count


def test_places_that_are_known_later() -> None:
    table = SampleTable()
    table.append(pictures([1], 0), 10)
    for decode in (1, 2):
        table.append(pictures([1], decode), 0)
    table.place([77, 88])
    assert table.chunk_offsets().render()[-12:] == b"".join(place.to_bytes(4, "big") for place in (10, 77, 88))


def test_a_table_that_forgets_goes_on_in_time() -> None:
    table = SampleTable()
    times = table.append(pictures([1] * 3, 24, offsets=[0, 1, 0]), 0)
    assert (times.source, times.durations, times.total) == (24, [1] * 3, 3)
    table.forget()
    assert (table.sample_count, table.chunk_count) == (0, 0)
    with pytest.raises(TimestampError, match="last sample ends"):
        table.append(pictures([1], 26), 0)
    assert table.append(pictures([1], 27), 0).source == 27
