"""Which photographs a name means, in which order, and what is said of one that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.easy.made import gray, photograph

from reelwright.easy.pictures import natural_order, photographs, read, size_of
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.model.pixel import PixelBuffer

FILM = (32, 32)


def names(source: Any) -> list[str]:
    found = photographs(source)
    items = [Path(item).name for item in found.items]
    assert found.total == len(items)
    return items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("img10.png", "img2.png", "IMG3.PNG", "img1.jpg", ".hidden.png"):
        photograph(tmp_path / name, 50, format="JPEG" if name.endswith("jpg") else "PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "deeper.png").mkdir()
    photograph(tmp_path / "deeper.png" / "inside.png", 60)
    return tmp_path


def test_a_folder_gives_its_pictures_in_natural_order(folder: Path) -> None:
    expected = ["img1.jpg", "img2.png", "IMG3.PNG", "img10.png"]
    assert names(folder) == expected
    assert names(str(folder)) == expected


def test_a_pattern_gives_its_files_in_natural_order(folder: Path) -> None:
    assert names(str(folder / "img*.png")) == ["img2.png", "img10.png"]
    assert names(str(folder / "**" / "*.png"))[-1] == "img10.png"
    assert "inside.png" in names(str(folder / "**" / "*.png"))


def test_numbers_in_folders_count_too() -> None:
    paths = ["b10/1.png", "b9/20.png", "b9/3.png", "a/1.png", "B9/4.png"]
    assert sorted(paths, key=natural_order) == ["a/1.png", "b9/3.png", "B9/4.png", "b9/20.png", "b10/1.png"]


def test_any_two_names_can_be_ordered() -> None:
    paths = ["1.png", "a1.png", "1a", "", "٣.png", "٣", "1a/٣", "²", "a//b", "/a"]
    assert len(sorted(paths, key=natural_order)) == len(paths)


def test_a_name_with_brackets_is_a_file_when_there_is_one(tmp_path: Path) -> None:
    photograph(tmp_path / "shot[1].png", 40)
    assert names(str(tmp_path / "shot[1].png")) == ["shot[1].png"]


def test_lists_keep_their_order(folder: Path) -> None:
    assert names([folder / "img10.png", str(folder / "img1.jpg")]) == ["img10.png", "img1.jpg"]


def test_generators_are_not_counted(folder: Path) -> None:
    assert photographs(path for path in [folder / "img1.jpg"]).total is None


@pytest.mark.parametrize("one", [Image.new("RGB", (4, 4)), PixelBuffer.empty("RGB24", 4, 4)])
def test_a_picture_by_itself_is_taken(one: Any) -> None:
    found = photographs(one)
    assert (list(found.items), found.total) == ([one], 1)


def test_an_array_of_pictures_is_taken() -> None:
    found = photographs(np.zeros((3, 4, 4, 3), np.uint8))
    assert (len(list(found.items)), found.total) == (3, 3)
    with pytest.raises(FrameError, match="looks like one picture"):
        photographs(np.zeros((4, 4, 3), np.uint8))


def test_names_that_lead_nowhere(folder: Path) -> None:
    for source in (folder / "img4.png", [folder / "img1.jpg", folder / "img4.png"]):
        with pytest.raises(MediaNotFoundError, match=r"img4\.png") as caught:
            photographs(source)
        assert caught.value.path == str(folder / "img4.png")
    with pytest.raises(InvalidArgumentError, match="no file matches"):
        photographs(str(folder / "*.gif"))


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="holds no pictures"):
        photographs(tmp_path)


@pytest.mark.parametrize("source", [b"a.png", None, 5, {}])
def test_what_gives_no_pictures(source: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="gives no pictures"):
        photographs(source)


# ---------------------------------------------------------------------- reading


def test_a_picture_is_read_from_its_file(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.png", 77, (10, 6))
    assert size_of(path) == (10, 6)
    assert (read(path, FILM).planes[0] == gray(77, (10, 6))).all()


def test_sizes_are_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = photograph(tmp_path / "a.jpg", 77, (10, 6), exif=exif)
    assert size_of(path) == read(path, FILM).size == (6, 10)
    with Image.open(path) as image:
        assert size_of(image) == (6, 10)
    assert size_of(gray(1, (10, 6))) == (10, 6)


def test_a_large_jpeg_is_decoded_at_a_fraction(tmp_path: Path) -> None:
    path = photograph(tmp_path / "large.jpg", 120, (1600, 1200))
    buffer = read(path, (100, 75))
    assert buffer.size == (400, 300)
    assert abs(int(buffer.planes[0][9, 9, 0]) - 120) <= 1
    assert read(path, (1600, 1200)).size == (1600, 1200)


def test_pictures_that_are_there_already_are_taken_as_they_are() -> None:
    array = gray(9)
    assert np.shares_memory(read(array, FILM).planes[0], array)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("no picture")
    for ask in (size_of, lambda item: read(item, FILM)):
        with pytest.raises(InvalidMediaError, match=r"a\.png' is no picture") as caught:
            ask(path)
        assert caught.value.path == str(path)


def test_formats_that_need_a_plug_in_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic")
    assert names(tmp_path) == ["a.heic"]
    with pytest.raises(InvalidMediaError, match="pillow-heif"):
        read(path, FILM)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_picture_cut_short_is_named(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    path = tmp_path / f"cut{suffix}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InvalidMediaError, match="cut") as caught:
        read(path, FILM)
    assert caught.value.path == str(path)


def test_a_picture_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match=r"gone\.png"):
        read(tmp_path / "gone.png", FILM)


def test_a_folder_among_the_paths_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidMediaError, match="is a folder"):
        read(tmp_path, FILM)


def test_a_picture_that_may_not_be_read_keeps_the_system_s_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = photograph(tmp_path / "a.png", 1)

    def refuse(file: Path) -> Image.Image:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(PermissionError, match=r"a\.png"):
        read(path, FILM)


def test_a_picture_that_is_not_understood_is_named(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    Image.new("F", (4, 4)).save(path)
    with pytest.raises(FrameError, match=r"float\.tif': an image of mode F") as caught:
        read(path, FILM)
    assert caught.value.path == str(path)


def test_a_picture_too_large_for_pillow_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = photograph(tmp_path / "a.png", 1, (40, 40))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(InvalidMediaError, match=r"a\.png' is larger than Pillow opens.*MAX_IMAGE_PIXELS"):
        read(path, FILM)
