"""AssetImageGenerator: the right picture, its size and turning, many at once, errors, cancelling, and what is left."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests.reading.films import film, late_film, with_edits
from tests.writing import scene

from reelwright import (
    ApertureMode,
    Asset,
    AssetImageGenerator,
    AssetWriterInput,
    CleanAperture,
    ColorProperties,
    DynamicRangePolicy,
    FileType,
    GeneratedImage,
    InvalidArgumentError,
    InvalidMediaError,
    MediaType,
    NoImageError,
    OperationCancelledError,
    PixelAspectRatio,
    PixelBuffer,
    Time,
    VideoCodec,
    VideoSettings,
)

PICTURES = 24  # of film(): 24 a second, a key frame every eight


def exactly(asset: Asset) -> AssetImageGenerator:
    generator = AssetImageGenerator(asset)
    generator.requested_time_tolerance_before = generator.requested_time_tolerance_after = Time.ZERO
    return generator


@pytest.fixture
def generator() -> AssetImageGenerator:
    return exactly(Asset(film()))


def number(result: GeneratedImage) -> int:
    return number_of(result.image)


def number_of(image: Image.Image) -> int:
    return scene.number_of(np.asarray(image)[:, :, 1])


def remuxed(data: bytes, container: str) -> bytes:
    """The film's packets in a container without tables."""
    target = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as source, av.open(target, "w", format=container) as sink:
        stream = sink.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                sink.mux(packet)
    return target.getvalue()


# ---------------------------------------------------------------------- the right picture


def test_every_picture_can_be_had_by_any_moment_at_which_it_is_on_show(generator: AssetImageGenerator) -> None:
    for wanted in range(PICTURES):
        for part in (Fraction(0), Fraction(1, 2), Fraction(999, 1000)):
            result = generator.image((wanted + part) / 24)
            assert number(result) == wanted
            assert result.actual_time == Fraction(wanted, 24)
            assert result.requested_time == (wanted + part) / 24


def test_a_result_comes_apart_into_image_and_time(generator: AssetImageGenerator) -> None:
    image, actual = generator.image(0.5)
    assert isinstance(image, Image.Image)
    assert image.mode == "RGB"
    assert image.size == (scene.SIDE, scene.SIDE)
    assert actual == Fraction(1, 2)


def test_by_default_images_snap_to_key_frames() -> None:
    generator = AssetImageGenerator(Asset(film()))
    times: list[Any] = [0, Fraction(3, 24), Fraction(5, 24), Fraction(15, 24), Fraction(23, 24), 100]
    assert [number(result) for result in generator.images(times)] == [0, 0, 8, 16, 16, 16]


@pytest.mark.parametrize("container", ["matroska", "mpegts", "flv"])
def test_containers_without_tables_give_the_same_pictures(container: str) -> None:
    asset = Asset(remuxed(film(sound=False), container))
    start = asset.tracks[0].time_range.start.fraction
    generator = exactly(asset)
    times = [start + Fraction(2 * wanted + 1, 48) for wanted in (23, 0, 9, 8, 7, 16, 3)]
    assert [number(result) for result in generator.images(times)] == [23, 0, 9, 8, 7, 16, 3]
    generator.requested_time_tolerance_before = Time.POSITIVE_INFINITY
    assert [number(result) for result in generator.images(times)] == [16, 0, 8, 8, 0, 16, 0]


def test_edits_are_applied() -> None:
    # Half a second of nothing, the second half of the film at double speed, then its picture 3 held.
    scale = scene.media_scale(io.BytesIO(film(sound=False)))
    movie = scene.movie_scale(io.BytesIO(film(sound=False)))
    start = scene.edits(io.BytesIO(film(sound=False)))[0][1]
    edits = [
        (movie // 2, -1, Fraction(1)),
        (movie // 4, start + scale // 2, Fraction(2)),
        (movie, start + scale * 3 // 24, Fraction(0)),
    ]
    generator = exactly(Asset(with_edits(film(sound=False), edits)))
    first, held = generator.images([Fraction(1, 2) + Fraction(1, 48), Fraction(3, 2)])
    assert (number(first), first.actual_time) == (13, Fraction(1, 2) + Fraction(1, 48))
    assert (number(held), held.actual_time) == (3, Fraction(3, 4))
    with pytest.raises(NoImageError):
        generator.image(0.25)


# ---------------------------------------------------------------------- many at once


@pytest.mark.parametrize("seed", range(4))
def test_results_come_in_the_order_asked_whatever_it_is(generator: AssetImageGenerator, seed: int) -> None:
    wanted = np.random.default_rng(seed).integers(0, PICTURES, 60).tolist()
    results = list(generator.images([Fraction(place, 24) for place in wanted]))
    assert [number(result) for result in results] == wanted
    assert [result.requested_time for result in results] == [Fraction(place, 24) for place in wanted]


def test_each_group_of_pictures_is_read_once(generator: AssetImageGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int | None] = []
    media = generator.asset.media
    stream = media.stream
    monkeypatch.setattr(
        media, "stream", lambda track, start=None, **more: opened.append(start) or stream(track, start, **more)
    )
    results = list(generator.images([Fraction(place, 24) for place in reversed(range(PICTURES))]))
    assert [number(result) for result in results] == list(reversed(range(PICTURES)))
    assert len(opened) == 3


def test_results_never_share_an_image(generator: AssetImageGenerator) -> None:
    first, second = generator.images([0.5, 0.5])
    first.image.paste(0, (0, 0, 64, 64))
    assert number(second) == 12


def test_an_iterator_is_read_only_as_far_as_it_has_to_be(generator: AssetImageGenerator) -> None:
    def endless() -> Any:
        while True:
            yield 0

    results = generator.images(endless())
    assert number(next(results)) == 0
    assert number(next(results)) == 0


def test_more_images_than_fit_into_a_window(generator: AssetImageGenerator) -> None:
    times = [Fraction(place % PICTURES, 24) for place in range(600)]
    assert [number(result) for result in generator.images(times)] == [place % PICTURES for place in range(600)]


# ---------------------------------------------------------------------- how they look


def picture(width: int, height: int) -> Any:
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    array = np.full((height, width, 3), 255, np.uint8)
    array[: height // 2, : width // 2] = (255, 0, 0)
    array[: height // 2, width // 2 :] = (0, 255, 0)
    array[height // 2 :, : width // 2] = (0, 0, 255)
    return array


def still(width: int, height: int, transform: Any = None, **settings: Any) -> bytes:
    """A film of one coloured picture."""
    target = io.BytesIO()
    video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, width, height, **settings))
    if transform is not None:
        video.transform = transform
    with scene.filming(target, video, file_type=FileType.MOV):
        video.append(picture(width, height), 0, Time(1))
    return target.getvalue()


def corners(image: Image.Image) -> str:
    """The colours of the corners, clockwise from the top left."""
    places = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
    values = [image.getpixel((int(x * image.width), int(y * image.height))) for x, y in places]
    names = {(True, False, False): "r", (False, True, False): "g", (False, False, True): "b", (True,) * 3: "w"}
    return "".join(names[tuple(part > 128 for part in value)] for value in values)  # type: ignore[union-attr, index]


@pytest.mark.parametrize(
    ("transform", "seen"),
    [
        ((1, 0, 0, 1, 0, 0), "rgwb"),
        ((-1, 0, 0, 1, 96, 0), "grbw"),
        ((-1, 0, 0, -1, 96, 64), "wbrg"),
        ((1, 0, 0, -1, 0, 64), "bwgr"),
        ((0, 1, 1, 0, 0, 0), "rbwg"),
        ((0, 1, -1, 0, 64, 0), "brgw"),
        ((0, -1, -1, 0, 64, 96), "wgrb"),
        ((0, -1, 1, 0, 0, 96), "gwbr"),
    ],
)
def test_pictures_are_turned_as_the_track_says(transform: Any, seen: str) -> None:
    generator = exactly(Asset(still(96, 64, transform)))
    assert corners(generator.image(0).image) == "rgwb"
    generator.applies_preferred_track_transform = True
    image, _ = generator.image(0)
    assert corners(image) == seen
    assert image.size == ((96, 64) if transform[0] else (64, 96))
    generator.maximum_size = (32, 40)
    assert generator.image(0).image.size == ((32, 21) if transform[0] else (27, 40))


def test_aperture_modes() -> None:
    data = still(
        128, 64, clean_aperture=CleanAperture(Fraction(64), Fraction(32)), pixel_aspect_ratio=PixelAspectRatio(2, 1)
    )
    generator = exactly(Asset(data))
    sizes = {}
    for mode in ApertureMode:
        generator.aperture_mode = mode
        image = generator.image(0).image
        sizes[mode] = image.size
        assert corners(image) == "rgwb"
    assert sizes == {
        ApertureMode.CLEAN_APERTURE: (128, 32),
        ApertureMode.PRODUCTION_APERTURE: (256, 64),
        ApertureMode.ENCODED_PIXELS: (128, 64),
    }
    generator.aperture_mode = "clean aperture"
    generator.maximum_size = (64, 0)
    assert generator.image(0).image.size == (64, 16)


def test_hdr_becomes_sdr_unless_it_is_to_stay() -> None:
    target = io.BytesIO()
    video = AssetWriterInput(MediaType.VIDEO, VideoSettings(VideoCodec.H264, 64, 64, color=ColorProperties.HLG))
    gray = np.full((64, 64), 180, np.uint8)
    chroma = np.full((32, 32), 128, np.uint8)
    with scene.filming(target, video, file_type=FileType.MOV):
        video.append(PixelBuffer([gray, chroma, chroma], "YUV420P", color=ColorProperties.HLG), 0, Time(1))
    generator = AssetImageGenerator(Asset(target.getvalue()))
    shown = np.asarray(generator.image(0).image)
    generator.dynamic_range_policy = DynamicRangePolicy.MATCH_SOURCE
    kept = np.asarray(generator.image(0).image)
    assert np.abs(kept.astype(int) - round((180 - 16) * 255 / 219)).max() <= 2
    assert shown.min() > kept.max() + 8  # HLG's reference white lies at three quarters of the signal: it becomes white
    assert np.ptp(shown) <= 2


def test_images_are_scaled_down_and_never_up(generator: AssetImageGenerator) -> None:
    generator.maximum_size = (16, 1000)
    assert generator.image(0).image.size == (16, 16)
    generator.maximum_size = (1000, 1000)
    assert generator.image(0).image.size == (scene.SIDE, scene.SIDE)


# ---------------------------------------------------------------------- properties


def test_properties_begin_as_in_avfoundation() -> None:
    generator = AssetImageGenerator(Asset(b"nothing is read yet"))
    assert generator.applies_preferred_track_transform is False
    assert generator.maximum_size == (0, 0)
    assert generator.aperture_mode is ApertureMode.CLEAN_APERTURE
    assert generator.dynamic_range_policy is DynamicRangePolicy.FORCE_SDR
    assert generator.requested_time_tolerance_before.is_positive_infinity
    assert generator.requested_time_tolerance_after.is_positive_infinity


def test_tolerances_are_times() -> None:
    generator = AssetImageGenerator(Asset(b""))
    generator.requested_time_tolerance_before = 0.5
    assert generator.requested_time_tolerance_before == Fraction(1, 2)
    generator.requested_time_tolerance_before = float("inf")
    assert generator.requested_time_tolerance_before.is_positive_infinity


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maximum_size", (-1, 2)),
        ("maximum_size", 320),
        ("maximum_size", (1, 2, 3)),
        ("maximum_size", ("wide", 2)),
        ("maximum_size", (float("nan"), 2)),
        ("aperture_mode", "round"),
        ("dynamic_range_policy", "HDR"),
        ("requested_time_tolerance_before", -1),
        ("requested_time_tolerance_after", Time.INVALID),
    ],
)
def test_values_that_can_never_be_right_are_refused(name: str, value: Any) -> None:
    generator = AssetImageGenerator(Asset(b""))
    before = getattr(generator, name)
    with pytest.raises(InvalidArgumentError):
        setattr(generator, name, value)
    assert getattr(generator, name) == before


def test_what_was_asked_for_is_not_touched_by_later_changes(generator: AssetImageGenerator) -> None:
    results = generator.images([Fraction(3, 24), Fraction(5, 24)])
    generator.requested_time_tolerance_before = Time.POSITIVE_INFINITY
    generator.maximum_size = (8, 8)
    assert [(number(result), result.image.width) for result in results] == [(3, scene.SIDE), (5, scene.SIDE)]


# ---------------------------------------------------------------------- errors


def test_only_an_asset_is_looked_at() -> None:
    with pytest.raises(InvalidArgumentError, match="no Asset"):
        AssetImageGenerator("film.mov")  # type: ignore[arg-type]


@pytest.mark.parametrize("time", [Time.INVALID, Time.POSITIVE_INFINITY, "soon", None, float("nan")])
def test_no_moment_no_image(generator: AssetImageGenerator, time: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        generator.image(time)
    with pytest.raises(InvalidArgumentError):
        generator.images([0, time])


def test_a_failed_result_says_so_and_the_others_are_whole(generator: AssetImageGenerator) -> None:
    first, failed, last = generator.images([0, 7, 0.5])
    assert (number(first), number(last)) == (0, 12)
    assert isinstance(failed.error, NoImageError)
    assert failed.error.code == -11832
    assert failed.requested_time == 7
    assert "NoImageError" in repr(failed)
    for take in (lambda: failed.image, lambda: failed.actual_time, lambda: list(failed)):
        with pytest.raises(NoImageError):
            take()


def test_an_asset_without_pictures_fails_at_the_call() -> None:
    target = io.BytesIO()
    sound = scene.audio_input()
    with scene.filming(target, sound, file_type=FileType.M4A):
        sound.append(scene.sound_buffer(4800))
    generator = AssetImageGenerator(Asset(target.getvalue()))
    with pytest.raises(NoImageError, match=r"no video track.*audio"):
        generator.image(0)
    assert [type(result.error) for result in generator.images([0, 1])] == [NoImageError, NoImageError]


def test_a_file_that_is_none_fails_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaError):
        AssetImageGenerator(Asset(b"no film at all, only some words")).image(0)
    with pytest.raises(FileNotFoundError):
        AssetImageGenerator(Asset(tmp_path / "none.mov")).image(0)


def test_pictures_before_the_damage_are_there() -> None:
    whole = film(sound=False)
    damaged = bytearray(whole)
    place = 0
    for number_in_file, sample in enumerate(scene.samples(io.BytesIO(whole))):
        place = whole.index(sample["data"], place)
        if number_in_file >= 8:  # from the second group of pictures on
            damaged[place : place + len(sample["data"])] = b"\xff" * len(sample["data"])
        place += len(sample["data"])
    results = list(exactly(Asset(bytes(damaged))).images([Fraction(place, 24) for place in range(PICTURES)]))
    assert [number(result) for result in results[:8]] == list(range(8))
    assert all(isinstance(result.error, InvalidMediaError) for result in results[8:])


def test_samples_that_nothing_here_decodes() -> None:
    with pytest.raises((InvalidMediaError, NoImageError)):
        AssetImageGenerator(Asset(late_film())).image(0)  # JPEG pictures that are no JPEG


# ---------------------------------------------------------------------- coroutines, cancelling


def test_coroutines_have_the_same_images(generator: AssetImageGenerator) -> None:
    async def both() -> tuple[int, list[int]]:
        one = await generator.image_async(0.5)
        return number(one), [
            number(result) async for result in generator.images([Fraction(place, 24) for place in (5, 2)])
        ]

    assert asyncio.run(both()) == (12, [5, 2])


def test_coroutines_raise_the_same_errors(generator: AssetImageGenerator) -> None:
    with pytest.raises(NoImageError):
        asyncio.run(generator.image_async(9))


def test_cancelling_gives_what_is_left_as_cancelled(generator: AssetImageGenerator) -> None:
    results = generator.images([Fraction(place, 24) for place in range(PICTURES)] * 30)
    assert number(next(results)) == 0
    generator.cancel_all()
    left = list(results)
    assert len(left) == PICTURES * 30 - 1
    assert isinstance(left[-1].error, OperationCancelledError)
    assert left[-1].error.code == -11878
    assert number(generator.image(0)) == 0  # what is asked for afterwards is not touched


def test_cancelling_ends_an_image_in_another_thread(
    generator: AssetImageGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, release = threading.Event(), threading.Event()
    media = generator.asset.media
    stream = media.stream

    def slow(*arguments: Any, **more: Any) -> Any:
        reached.set()
        assert release.wait(5)
        return stream(*arguments, **more)

    monkeypatch.setattr(media, "stream", slow)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            generator.image(0.5)
        except OperationCancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert reached.wait(5)
    generator.cancel_all()
    release.set()
    thread.join(5)
    assert [type(error) for error in caught] == [OperationCancelledError]


def test_a_cancelled_task_cancels_its_sequence(generator: AssetImageGenerator) -> None:
    results = generator.images([0] * 5)

    async def impatient() -> None:
        task = asyncio.ensure_future(results.__anext__())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(impatient())
    assert [type(result.error) for result in results][-1] is OperationCancelledError


def test_threads_may_ask_at_the_same_time(generator: AssetImageGenerator) -> None:
    found: dict[int, list[int]] = {}

    def ask(first: int) -> None:
        found[first] = [number(generator.image(Fraction(place, 24))) for place in range(first, PICTURES, 4)]

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {first: list(range(first, PICTURES, 4)) for first in range(4)}


def test_nobody_waits_for_a_file_that_is_slow_to_open(generator: AssetImageGenerator) -> None:
    with generator._opening:  # as while another thread opens the file
        sequence = generator.images([0, 1])
        generator.cancel_all()
    assert [type(result.error) for result in sequence] == [OperationCancelledError] * 2


# ---------------------------------------------------------------------- what is left


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(film())
    exactly(Asset(path)).image(0)  # whatever is loaded once
    gc.collect()
    with scene.nothing_left(tmp_path):
        with Asset(path) as asset:
            generator = exactly(asset)
            assert len(list(generator.images([Fraction(place, 24) for place in range(PICTURES)]))) == PICTURES
            dropped = generator.images([Fraction(place, 24) for place in range(PICTURES)])
            next(dropped)
            generator.image(0)
            del dropped, generator
        del asset
        gc.collect()
