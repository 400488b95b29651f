"""Times, sizes, rates, edits, relations and values of metadata in words."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from PIL import Image
from tests.reading.fakes import media_facts, track_facts

from reelwright.easy.media_words import (
    bit_rate_words,
    bytes_words,
    edit_words,
    frame_rate_words,
    relation_words,
    span_words,
    value_words,
)
from reelwright.model.facts import EditEntry
from reelwright.model.metadata import MetadataItem
from reelwright.model.metadata_keys import MetadataDataType
from reelwright.model.time import Time


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (Time(1248, 100), "12.480 s"),
        (Time(0, 1), "0.000 s"),
        (Time(-1, 2), "-0.500 s"),
        (Time(599996, 10000), "1:00.000"),
        (Time(3723456, 1000), "1:02:03.456"),
        (Time(90, 1), "1:30.000"),
        (Time.INDEFINITE, "unknown"),
    ],
)
def test_spans(time: Time, words: str) -> None:
    assert span_words(time) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (45_300, "45.3 kB"),
        (8_220_000_000, "8.22 GB"),
        (10**20, "100 EB"),
    ],
)
def test_bytes(count: int, words: str) -> None:
    assert bytes_words(count) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0, "0 bit/s"),
        (116, "116 bit/s"),
        (128_000, "128 kbit/s"),
        (4_514_000, "4.51 Mbit/s"),
        (2.5e9, "2.5 Gbit/s"),
        (999_999, "1 Mbit/s"),
    ],
)
def test_bit_rates(rate: float, words: str) -> None:
    assert bit_rate_words(rate) == words


@pytest.mark.parametrize(
    ("rate", "varies", "words"),
    [
        (Fraction(30000, 1001), False, "29.97 fps (30000/1001)"),
        (Fraction(30000, 1001), True, "29.97 fps (30000/1001)"),
        (Fraction(25), True, "25 fps"),
        (Fraction(25, 2), False, "12.5 fps (25/2)"),
        (Fraction(12345, 507), True, "24.349 fps on average"),
        (Fraction(12345, 507), False, "24.349 fps"),
        (Fraction(0), False, ""),
    ],
)
def test_frame_rates(rate: Fraction, varies: bool, words: str) -> None:
    assert frame_rate_words(rate, varies=varies) == words


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], ""),
        ([EditEntry(600, 0)], ""),
        ([EditEntry(600, 60)], "skips the first 0.100 s"),
        ([EditEntry(300, None), EditEntry(600, 0)], "nothing for 0.500 s; then 1.000 s from 0.000 s"),
        ([EditEntry(600, 0, Fraction(2))], "1.000 s from 0.000 s at 2× speed"),
        ([EditEntry(600, 300, Fraction(0))], "the moment 0.500 s held for 1.000 s"),
        ([EditEntry(0, 0), EditEntry(0, 300)], "the rest from 0.000 s; then the rest from 0.500 s"),
        ([EditEntry(600, 0)] * 7, "; then ".join(["1.000 s from 0.000 s"] * 4) + "; then and 3 more"),
    ],
)
def test_edits(edits: list[EditEntry], words: str) -> None:
    assert edit_words(track_facts(edits=tuple(edits)), media_facts()) == words


def test_relations() -> None:
    track = track_facts(references={"tmcd": (3,), "chap": (4, 5), "abcd": (2,)})
    assert list(relation_words(track)) == ["time code in track 3", "chapters in tracks 4, 5", "'abcd' track 2"]


def item(value: object, key: str = "©nam", data_type: str | None = None) -> MetadataItem:
    return MetadataItem(key_space="itsk", key=key, value=value, data_type=data_type)


def test_values_fit_on_a_line() -> None:
    assert value_words(item("two\nlines\tand\x00more")) == "two lines and more"
    long = value_words(item("x" * 500))
    assert len(long) == 72
    assert long.endswith("…")
    assert value_words(item(7)) == "7"
    assert value_words(item((1, 2.5))) == "1, 2.5"
    assert value_words(item(None)) == ""
    assert value_words(item(datetime(2024, 5, 6, tzinfo=UTC))) == "2024-05-06T00:00:00+00:00"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_artwork_by_kind_size_and_bytes(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 40)).save(file, kind)
    data = file.getvalue()
    assert value_words(item(data, "covr")) == f"{kind} 60×40, {len(data)} bytes"
    assert value_words(item(data, "free", MetadataDataType[kind])) == f"{kind} 60×40, {len(data)} bytes"


def test_data_that_is_no_picture() -> None:
    assert value_words(item(b"abc", "covr")) == "3 bytes of data"
    assert value_words(item(b"abc", "covr", MetadataDataType.JPEG)) == "JPEG, 3 bytes"
    assert value_words(item(bytes(2000), "free")) == "2 kB of data"
    assert value_words(item(b"\x89PNG\r\n\x1a\n" + bytes(40), "covr")) == "48 bytes of data"


def test_a_picture_that_claims_to_be_huge_costs_nothing() -> None:
    file = io.BytesIO()
    Image.new("1", (8, 8)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = (60000).to_bytes(4, "big") * 2
    assert value_words(item(bytes(data), "covr")) == f"{len(data)} bytes of data"
