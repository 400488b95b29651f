"""The boxes that introduce movie, track and media, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest

from reelwright.isobmff import headers
from reelwright.isobmff.box import Box
from reelwright.model.errors import InvalidArgumentError
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType

IDENTITY = "00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000"
CREATED = 0xE0000000


def is_box(box: Box | None, expected: str) -> None:
    assert box is not None
    assert box.render().hex() == expected.replace(" ", "").replace("\n", "")


# Dates


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(1904, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, tzinfo=UTC), 2082844800),
        (datetime(2040, 2, 6, 6, 28, 15, tzinfo=UTC), (1 << 32) - 1),
        (datetime(2040, 2, 6, 6, 28, 16, tzinfo=UTC), 1 << 32),
        (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 2082844800),
        (datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC), 2082844799),
    ],
)
def test_dates_are_seconds_since_1904(moment: datetime, seconds: int) -> None:
    assert headers.seconds_since_1904(moment) == seconds


def test_dates_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="has no time zone"):
        headers.seconds_since_1904(datetime(2020, 1, 1))
    with pytest.raises(InvalidArgumentError, match="before 1904"):
        headers.seconds_since_1904(datetime(1903, 12, 31, tzinfo=UTC))


# Matrices


def test_a_rotation_to_the_right() -> None:
    assert headers.matrix((0, 1, -1, 0, 240, 0)).hex(" ", -4) == (
        "00000000 00010000 00000000 ffff0000 00000000 00000000 00f00000 00000000 40000000"
    )


def test_matrices_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="has 4 numbers"):
        headers.matrix((1, 0, 0, 1))
    with pytest.raises(InvalidArgumentError, match="do not fit"):
        headers.matrix((1, 0, 0, 1, 40000, 0))


# Movie, track and media


def test_movie_header() -> None:
    box = headers.movie_header(created=CREATED, time_scale=600, duration=1200, next_track_id=3)
    is_box(
        box,
        "0000006c 6d766864 00000000 e0000000 e0000000 00000258 000004b0 00010000 0100 0000 00000000 00000000"
        + IDENTITY
        + "00000000" * 6
        + "00000003",
    )


@pytest.mark.parametrize(("created", "duration"), [(1 << 32, 5), (5, 1 << 32)])
def test_a_long_movie_header(created: int, duration: int) -> None:
    box = headers.movie_header(created=created, time_scale=600, duration=duration, next_track_id=3)
    data = box.render()
    assert len(data) == 120
    assert data[8] == 1
    assert data[12:40].hex() == f"{created:016x}{created:016x}00000258{duration:016x}"


def track_header(**changes: Any) -> Box:
    values: dict[str, Any] = {
        "track_id": 1, "created": CREATED, "duration": 1200, "enabled": True, "alternate_group": 0, "volume": 0,
        "transform": headers.IDENTITY, "size": (320, 240),
    }  # fmt: skip
    return headers.track_header(**values | changes)


def test_track_header() -> None:
    is_box(
        track_header(),
        "0000005c 746b6864 00000003 e0000000 e0000000 00000001 00000000 000004b0 00000000 00000000"
        "0000 0000 0000 0000" + IDENTITY + "01400000 00f00000",
    )


def test_a_track_header_with_everything_set() -> None:
    is_box(
        track_header(
            track_id=7, enabled=False, alternate_group=2, volume=Fraction(1, 2), transform=(0, 1, -1, 0, 240, 0),
            size=(Fraction(641, 2), 65535), duration=1 << 32,
        ),
        "00000068 746b6864 01000002 00000000e0000000 00000000e0000000 00000007 00000000 0000000100000000"
        "00000000 00000000 0000 0002 0080 0000"
        "00000000 00010000 00000000 ffff0000 00000000 00000000 00f00000 00000000 40000000"
        "01408000 ffff0000",
    )  # fmt: skip


def test_media_header() -> None:
    box = headers.media_header(created=CREATED, time_scale=48000, duration=1024, language="eng")
    is_box(box, "00000020 6d646864 00000000 e0000000 e0000000 0000bb80 00000400 15c7 0000")
    box = headers.media_header(created=CREATED, time_scale=48000, duration=1 << 32, language="und")
    is_box(
        box,
        "0000002c 6d646864 01000000 00000000e0000000 00000000e0000000 0000bb80 0000000100000000 55c4 0000",
    )


def test_extended_language() -> None:
    is_box(headers.extended_language("en-GB"), "00000012 656c6e67 00000000 656e2d474200")


# Handlers


def test_handlers() -> None:
    is_box(
        headers.handler(MediaType.VIDEO, None, quicktime=True),
        "00000026 68646c72 00000000 6d686c72 76696465 00000000 00000000 00000000 05 566964656f",
    )
    is_box(
        headers.handler(MediaType.AUDIO, "Wind", quicktime=False),
        "00000025 68646c72 00000000 00000000 736f756e 00000000 00000000 00000000 57696e64 00",
    )
    is_box(
        headers.data_handler(),
        "00000025 68646c72 00000000 64686c72 616c6973 00000000 00000000 00000000 04 44617461",
    )


@pytest.mark.parametrize("media_type", list(MediaType))
def test_every_kind_of_media_has_a_name(media_type: MediaType) -> None:
    data = headers.handler(media_type, None, quicktime=False).render()
    assert data[16:20] == media_type.value.encode()
    assert len(data[32:-1].decode()) >= 4


def test_data_information() -> None:
    is_box(
        headers.data_information(quicktime=False),
        "00000024 64696e66 0000001c 64726566 00000000 00000001 0000000c 75726c20 00000001",
    )
    is_box(
        headers.data_information(quicktime=True),
        "00000024 64696e66 0000001c 64726566 00000000 00000001 0000000c 616c6973 00000001",
    )


GMHD = "00000020 676d6864 00000018 676d696e 00000000 0040 8000 8000 8000 0000 0000"


@pytest.mark.parametrize(
    ("media_type", "quicktime", "expected"),
    [
        (MediaType.VIDEO, True, "00000014 766d6864 00000001 0040 8000 8000 8000"),
        (MediaType.VIDEO, False, "00000014 766d6864 00000001 0000 0000 0000 0000"),
        (MediaType.AUDIO, True, "00000010 736d6864 00000000 0000 0000"),
        (MediaType.AUDIO, False, "00000010 736d6864 00000000 0000 0000"),
        (MediaType.METADATA, True, GMHD),
        (MediaType.TIMECODE, True, GMHD),
        (MediaType.METADATA, False, "0000000c 6e6d6864 00000000"),
        (MediaType.SUBTITLE, False, "0000000c 6e6d6864 00000000"),
    ],
)
def test_media_information_headers(media_type: MediaType, quicktime: bool, expected: str) -> None:
    is_box(headers.media_information_header(media_type, quicktime=quicktime), expected)


# References, apertures, names


def test_track_references() -> None:
    box = headers.track_references({"tmcd": [3], "chap": [4, 5], "fall": []})
    is_box(box, "00000024 74726566 0000000c 746d6364 00000003 00000010 63686170 00000004 00000005")
    assert headers.track_references({}) is None
    assert headers.track_references({"tmcd": []}) is None


def picture(**facts: Any) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype="avc1", width=720, height=576, **facts)


def test_apertures() -> None:
    clean = CleanAperture(Fraction(704), Fraction(576))
    box = headers.apertures(picture(clean_aperture=clean, pixel_aspect_ratio=PixelAspectRatio(12, 11)))
    is_box(
        box,
        "00000044 74617074"
        "00000014 636c6566 00000000 03000000 02400000"  # 704 × 12/11 = 768
        "00000014 70726f66 00000000 0311745d 02400000"  # 720 × 12/11 = 785.4545
        "00000014 656e6f66 00000000 02d00000 02400000",
    )


def test_apertures_only_where_they_differ() -> None:
    assert headers.apertures(picture()) is None
    assert headers.apertures(picture(pixel_aspect_ratio=PixelAspectRatio(3, 3))) is None
    assert headers.apertures(picture(clean_aperture=CleanAperture(Fraction(720), Fraction(576)))) is not None
    assert headers.apertures(picture(pixel_aspect_ratio=PixelAspectRatio(2, 1))) is not None


def test_track_name() -> None:
    is_box(headers.track_name("Wind"), "00000014 75647461 0000000c 6e616d65 57696e64")
