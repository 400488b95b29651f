"""Items: what they accept, what their value is in other forms, how they are chosen; groups."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.errors import InvalidArgumentError
from reelwright.model.metadata import (
    DateRangeMetadataGroup,
    MetadataGroup,
    MetadataItem,
    TimedMetadataGroup,
)
from reelwright.model.metadata_keys import MetadataFormat, MetadataKeySpace
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange


def item(value: Any = None, key: str = "©nam", space: str = "itsk", **more: Any) -> MetadataItem:
    return MetadataItem(key_space=space, key=key, value=value, **more)


def test_an_item_knows_its_identifier_common_key_and_format() -> None:
    made = item("A day")
    assert (made.identifier, made.common_key, made.format) == ("itsk/%A9nam", "title", MetadataFormat.ITUNES_METADATA)
    assert item(key="any", space="mine").format == MetadataFormat.UNKNOWN
    assert item(key="any", space="mine").common_key is None


def test_numeric_and_byte_keys_mean_what_their_characters_do() -> None:
    assert MetadataItem(key_space="itsk", key=0xA96E616D).common_key == "title"
    assert MetadataItem(key_space="itsk", key=b"\xa9nam").common_key == "title"
    assert item(key="\0TT2", space="org.id3").common_key == "title"


def test_vorbis_keys_have_no_case() -> None:
    assert item(key="Title", space="vorb").common_key == "title"


def test_an_item_is_made_from_its_identifier() -> None:
    made = MetadataItem.for_identifier("itsk/%A9nam", "A day", extended_language_tag="pt-BR")
    assert made == item("A day", extended_language_tag="pt-BR")
    assert made.locale == "pt_BR"
    assert item().locale is None


def test_the_class_has_the_helpers() -> None:
    assert MetadataItem.identifier_for_key("©nam", "itsk") == "itsk/%A9nam"
    assert MetadataItem.key_for_identifier("itsk/%A9nam") == "©nam"
    assert MetadataItem.key_space_for_identifier("itsk/%A9nam") == "itsk"


def test_what_is_no_identifier_is_refused() -> None:
    with refused("'title'", kind=InvalidArgumentError, way_out="slash"):
        MetadataItem.for_identifier("title", "x")


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"key_space": ""}, "''"),
        ({"key": ""}, "''"),
        ({"key": -1}, "-1"),
        ({"key": True}, "True"),
        ({"value": {"a": 1}}, "dict"),
        ({"value": ("a",)}, "tuple"),
        ({"extended_language_tag": "en_US"}, "en_US"),
        ({"extended_language_tag": ""}, "''"),
    ],
)
def test_what_an_item_cannot_be_is_refused(attributes: dict[str, Any], named: str) -> None:
    with refused(named, kind=InvalidArgumentError):
        MetadataItem(**{"key_space": "itsk", "key": "©nam", **attributes})


@pytest.mark.parametrize(
    ("value", "text", "number", "data"),
    [
        ("4.5", "4.5", 4.5, b"4.5"),
        ("12", "12", 12, b"12"),
        ("12 o'clock", "12 o'clock", None, b"12 o'clock"),
        ("9" * 5000, "9" * 5000, None, b"9" * 5000),
        (7, "7", 7, None),
        (True, "1", 1, None),
        (Fraction(1, 3), "1/3", Fraction(1, 3), None),
        (b"\1\2", None, None, b"\1\2"),
        ((1, 2), None, None, None),
        (None, None, None, None),
    ],
)
def test_a_value_in_other_forms(value: Any, text: str | None, number: Any, data: bytes | None) -> None:
    made = item(value)
    assert (made.string_value, made.number_value, made.data_value) == (text, number, data)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2011", datetime(2011, 1, 1)),
        ("2011-07", datetime(2011, 7, 1)),
        (" 2011-07-05 ", datetime(2011, 7, 5)),
        ("2023-05-09T12:41:46+0100", datetime(2023, 5, 9, 12, 41, 46, tzinfo=timezone(timedelta(hours=1)))),
        ("2023-05-09T12:41:46Z", datetime(2023, 5, 9, 12, 41, 46, tzinfo=UTC)),
        (date(2011, 7, 5), datetime(2011, 7, 5)),
        (datetime(2011, 7, 5, 3), datetime(2011, 7, 5, 3)),
        ("last summer", None),
        ("2011-13", None),
        (2011, None),
    ],
)
def test_dates(value: Any, moment: datetime | None) -> None:
    assert item(value).date_value == moment


def test_lists_and_buffers_are_frozen() -> None:
    assert item([1, 2]).value == (1, 2)
    assert item(bytearray(b"ab")).value == b"ab"
    with pytest.raises(TypeError):
        item(extra_attributes={"info": "x"}).extra_attributes["info"] = "y"  # type: ignore[index]


def test_items_can_be_hashed_pickled_copied_and_changed() -> None:
    made = item("x", extra_attributes={"info": "y"}, time=Time(1, 2), duration=Time(1, 1))
    assert hash(made) == hash(item("x"))
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)
    assert made.with_(value="z").value == "z"


def test_items_by_identifier_and_by_what_they_mean() -> None:
    items = [item("a"), item("b", "©nam", "udta"), item("c", "©ART")]
    assert MetadataItem.items_filtered_by_identifier(items, "itsk/%A9nam") == items[:1]
    assert MetadataItem.items_filtered_by_identifier(items, "common/title") == items[:2]
    assert MetadataItem.items_filtered_by_identifier(items, "common/artwork") == []


def test_items_by_language_the_most_wanted_first() -> None:
    tags = ["en", "de-AT", None, "fr", "de", "en-GB"]
    items = [item(tag or "any", extended_language_tag=tag) for tag in tags]
    found = MetadataItem.items_filtered_and_sorted_by_languages(items, ["de", "en-GB"])
    assert [one.value for one in found] == ["de", "de-AT", "en-GB", "en", "any"]


def test_groups_hold_items_only() -> None:
    assert MetadataGroup([item()]).items == (item(),)  # type: ignore[arg-type]
    with refused("'x'", kind=InvalidArgumentError):
        MetadataGroup(("x",))  # type: ignore[arg-type]


def test_a_timed_group_may_be_empty_but_has_a_time() -> None:
    assert TimedMetadataGroup((), TimeRange(0, 1)).items == ()
    with refused("None", kind=InvalidArgumentError, way_out="TimeRange"):
        TimedMetadataGroup((), None)  # type: ignore[arg-type]


def test_a_date_range_is_open_or_runs_forward() -> None:
    start, end = datetime(2020, 1, 1), datetime(2020, 1, 2)
    assert DateRangeMetadataGroup((), start).end_date is None
    assert DateRangeMetadataGroup((), start, end).end_date == end
    for wrong in (datetime(2019, 1, 1), end.replace(tzinfo=UTC), "2021"):
        with refused("stretch of time", kind=InvalidArgumentError):
            DateRangeMetadataGroup((), start, wrong)  # type: ignore[arg-type]


def test_key_spaces_are_plain_text_in_items() -> None:
    assert type(MetadataItem(key_space=MetadataKeySpace.ITUNES, key="x").key_space) is str
