"""Messages between processes: everything comes back as it went, and nonsense is an error, never a surprise."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.containers.ffmpeg.made import ALL, made

from reelwright.containers.ffmpeg import wire
from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.media import StoredSample
from reelwright.model.color import ColorProperties
from reelwright.model.errors import InvalidMediaError
from reelwright.model.facts import MediaFacts
from reelwright.model.metadata import MetadataItem
from reelwright.model.time import Time
from reelwright.storage.source import open_source

NO_FACTS: list[Any] = [
    *(None, 7, [], {}, "facts", {"MediaFacts": []}, {"MediaFacts": 3}, {"Fraction": [1, 0]}, {"Fraction": [1, 2]}),
    *({"bytes": "?"}, {"Time": []}, {"object": []}, {"os.system": ["x"]}, {"MediaType": "xxxx"}, {"map": [[[], 1]]}),
    *({"MediaType": "vide", "Time": [1, 1]}, {"EditEntry": [1, 2, 3]}, {"__class__": 1}),
]


def facts(suffix: str = "mkv") -> MediaFacts:
    return FFmpegMedia(open_source(made(suffix))).facts


def through(value: Any) -> Any:
    return json.loads(json.dumps(wire.plain(value)))


@pytest.mark.parametrize("suffix", ALL)
def test_facts_come_back_as_they_went(suffix: str) -> None:
    assert wire.facts_from(through(facts(suffix))) == facts(suffix)


def test_every_kind_of_value_comes_back() -> None:
    item = MetadataItem(
        key_space="mdta",
        key="a",
        value=(1, 2.5, Fraction(1, 3), True),
        time=Time.POSITIVE_INFINITY,
        extra_attributes={"info": Time(3, 4), "more": (b"\x00\xff", "ü", None), "on": date(2024, 5, 6)},
    )
    moment = item.with_(value=datetime(2024, 5, 6, 7, 8, tzinfo=UTC), time=Time(1, 3))
    whole = replace(facts(), metadata=(item, moment), duration=Time.INVALID)
    track = replace(whole.tracks[0], formats=(whole.tracks[0].formats[0].with_(color=ColorProperties.HDR10),))
    whole = replace(whole, tracks=(track,))
    back = wire.facts_from(through(whole))
    assert back == whole
    assert back.metadata[0].time.is_positive_infinity
    assert not back.duration.is_valid
    assert back.tracks[0].formats[0].color is not None
    assert back.tracks[0].formats[0].color.is_hdr


def test_what_cannot_be_sent_says_so() -> None:
    with pytest.raises(TypeError, match="object"):
        wire.plain(object())


@pytest.mark.parametrize("value", NO_FACTS, ids=str)
def test_what_are_no_facts(value: Any) -> None:
    with pytest.raises(InvalidMediaError, match="nonsense"):
        wire.facts_from(value)


def test_facts_nested_without_end() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidMediaError, match="nonsense"):
        wire.facts_from(value)


def test_facts_within_facts_of_the_wrong_kind() -> None:
    value = through(facts())
    for place in range(len(value["MediaFacts"])):
        broken = json.loads(json.dumps(value))
        broken["MediaFacts"][place] = [[broken["MediaFacts"][place]]]
        try:
            found = wire.facts_from(broken)
        except InvalidMediaError:
            continue
        assert isinstance(found, MediaFacts)


SAMPLES = [
    StoredSample(b"abc", -5, 0, 5, is_sync=True, skip_start=3, offset=77),
    StoredSample(b"", 0, 5, 5, is_sync=False, count=4, skip_end=9, frames=1024),
    StoredSample(None, 5, 10, 5),
]


def test_samples_come_back_as_they_went() -> None:
    body = b"".join(one.data or b"" for one in SAMPLES)
    assert wire.samples_from(json.loads(json.dumps(wire.samples_plain(SAMPLES))), body) == SAMPLES


@pytest.mark.parametrize("rows", [None, 3, [3], [[]], [[1, 2]], [[0] * 8 + [99]], [["x"] * 9], [[None] * 9], {"a": 1}])
def test_what_are_no_samples(rows: Any) -> None:
    with pytest.raises(InvalidMediaError, match="nonsense"):
        wire.samples_from(rows, b"abc")


def test_messages_end_where_they_end() -> None:
    pipe = io.BytesIO(wire.pack({"ask": "read"}, 3) + b"abc" + wire.pack({}) + wire.pack({"cut": 1}, 5) + b"ab")
    assert wire.receive(pipe.read) == ({"ask": "read"}, b"abc")
    assert wire.receive(pipe.read) == ({}, b"")
    assert wire.receive(pipe.read) is None
    assert wire.receive(pipe.read) is None


@pytest.mark.parametrize("lengths", [b"\xff" * 16, b"\x7f" + bytes(15), bytes(8) + b"\x7f" + bytes(7)])
def test_messages_of_impossible_length(lengths: bytes) -> None:
    with pytest.raises(InvalidMediaError, match="impossible length"):
        wire.receive(io.BytesIO(lengths).read)


@pytest.mark.parametrize("text", [b"nope", b"", b"[]", b"3", b'"x"', b"[" * 100_000, b"1" * 10_000])
def test_messages_without_a_header(text: bytes) -> None:
    data = len(text).to_bytes(8, "big") + bytes(8) + text
    with pytest.raises(InvalidMediaError, match="nonsense"):
        wire.receive(io.BytesIO(data).read)
