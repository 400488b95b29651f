"""Whatever holds a picture or sound becomes a pixel buffer or an array; what is none is refused with a way out."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.model.arrays import Convertible, Shapeless, Stored

from reelwright.model.errors import FrameError
from reelwright.model.picture import is_array, is_image, orientation, pixel_buffer, sound_array, upright_size
from reelwright.model.pixel import PixelBuffer, PixelFormat

CPU, CUDA, PINNED = 1, 2, 3
RNG = np.random.default_rng(1)


class Tensor:
    """What is seen of another library's array: DLPack, a shape, a dtype and a device."""

    __module__ = "torch"

    def __init__(self, array: np.ndarray, *, device: int = CPU, requires_grad: bool = False, dtype: str = "") -> None:
        self._array = array
        self._device = device
        self.requires_grad = requires_grad
        self.shape = array.shape
        self.dtype = dtype or f"torch.{array.dtype}"
        self.device = {CPU: "cpu", CUDA: "cuda:0", PINNED: "cpu"}[device]

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device, 0

    def __dlpack__(self, **given: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._array.__dlpack__(**given)

    def detach(self) -> Tensor:
        return Tensor(self._array, device=self._device)


class Holder:
    """An array behind numpy's own protocol, as older libraries have it."""

    def __init__(self, array: np.ndarray) -> None:
        self.__array_interface__ = array.__array_interface__
        self.kept = array


def picture(*shape: int, dtype: Any = np.uint8) -> np.ndarray:
    return RNG.integers(0, 256, shape).astype(dtype)


# ---------------------------------------------------------------------- arrays


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((4, 6), np.uint8, PixelFormat.GRAY8),
        ((4, 6, 1), np.uint16, PixelFormat.GRAY16),
        ((4, 6, 3), np.uint8, PixelFormat.RGB24),
        ((4, 6, 3), np.uint16, PixelFormat.RGB48),
        ((4, 6, 4), np.uint8, PixelFormat.RGBA32),
        ((4, 6, 4), np.uint16, PixelFormat.RGBA64),
        ((4, 6, 3), np.float16, PixelFormat.RGB_FLOAT),
        ((4, 6, 3), np.float64, PixelFormat.RGB_FLOAT),
        ((4, 6, 4), np.float32, PixelFormat.RGBA_FLOAT),
        ((4, 6), np.bool_, PixelFormat.GRAY8),
    ],
)
def test_arrays_of_every_kind(shape: tuple[int, ...], dtype: Any, expected: PixelFormat) -> None:
    buffer = pixel_buffer(np.zeros(shape, dtype))
    assert (buffer.pixel_format, buffer.size) == (expected, (6, 4))


def test_an_array_is_not_copied() -> None:
    array = picture(4, 6, 3)
    assert np.shares_memory(pixel_buffer(array).planes[0], array)


def test_layout_and_format_say_how_to_read_an_array() -> None:
    array = picture(3, 4, 6)
    buffer = pixel_buffer(array, layout="CHW")
    assert buffer.size == (6, 4)
    assert (buffer.planes[0] == array.transpose(1, 2, 0)).all()
    assert pixel_buffer(picture(4, 6, 4), pixel_format="BGRA").pixel_format is PixelFormat.BGRA32


def test_a_buffer_stays_what_it_is() -> None:
    buffer = PixelBuffer.empty("NV12", 4, 2)
    assert pixel_buffer(buffer) is buffer
    assert pixel_buffer(buffer, pixel_format="420v") is buffer
    with pytest.raises(FrameError, match="NV12 picture, not RGB24"):
        pixel_buffer(buffer, pixel_format="RGB24")


@pytest.mark.parametrize("wrap", [Tensor, Holder, lambda array: Tensor(array, device=PINNED)])
def test_arrays_of_other_libraries_share_their_memory(wrap: Callable[[np.ndarray], Any]) -> None:
    array = picture(4, 6, 3)
    buffer = pixel_buffer(wrap(array))
    assert buffer.pixel_format is PixelFormat.RGB24
    assert np.shares_memory(buffer.planes[0], array)


@pytest.mark.parametrize("wrap", [Tensor, Holder, Shapeless, Convertible])
def test_what_can_be_read_as_a_picture_is_an_array(wrap: Callable[[np.ndarray], Any]) -> None:
    array = picture(4, 6, 3)
    assert is_array(wrap(array))
    assert (pixel_buffer(wrap(array)).planes[0] == array).all()


def test_what_only_a_file_holds_is_gone_through_instead() -> None:
    assert not is_array(Stored(picture(2, 4, 6)))
    assert not is_array(np.float64(2))
    assert not is_array(Image.new("L", (2, 2)))
    assert not is_array(Tensor)


def test_a_device_of_a_library_unknown_here_gets_no_advice_that_fails() -> None:
    tensor = Tensor(picture(4, 6, 3), device=CUDA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tensor, "__module__", "newlib.core")
        with pytest.raises(FrameError) as caught:
            pixel_buffer(tensor)
    assert "np.asarray" not in str(caught.value)
    assert "with the function that newlib has for it" in str(caught.value)


def test_a_tensor_that_requires_gradients_is_detached() -> None:
    array = RNG.random((4, 6, 3), np.float32)
    assert (pixel_buffer(Tensor(array, requires_grad=True)).planes[0] == array).all()


def test_a_tensor_on_a_graphics_card_is_refused_with_the_way_out() -> None:
    with pytest.raises(FrameError, match=r"torch Tensor lies in the memory of a device \(cuda:0\).*tensor\.cpu\(\)"):
        pixel_buffer(Tensor(picture(4, 6, 3), device=CUDA))


def test_types_that_numpy_does_not_have_are_refused_with_the_way_out() -> None:
    with pytest.raises(FrameError, match=r"bfloat16.*tensor\.float\(\).*astype"):
        pixel_buffer(Tensor(picture(4, 6, 3), dtype="torch.bfloat16"))


def test_an_array_that_refuses_to_be_read_says_why() -> None:
    class Sparse(Tensor):
        def __dlpack__(self, **given: Any) -> Any:
            raise RuntimeError("sparse tensors have no plain memory")

    with pytest.raises(FrameError, match="sparse tensors have no plain memory"):
        pixel_buffer(Sparse(picture(4, 6, 3)))


@pytest.mark.parametrize("value", ["cat.png", b"GIF89a", None, {}, 5, object(), (3, 4), [[1, 2], [3, 4]]])
def test_what_is_no_picture_is_refused(value: Any) -> None:
    with pytest.raises(FrameError):
        pixel_buffer(value)


def test_a_path_is_told_where_paths_go() -> None:
    with pytest.raises(FrameError, match="write_images"):
        pixel_buffer("cat.png")


def test_what_counts_as_an_array_and_as_an_image() -> None:
    assert is_array(picture(2, 2))
    assert is_array(Tensor(picture(2, 2)))
    assert not is_array([1, 2])
    assert not is_array(Image.new("L", (2, 2)))
    assert is_image(Image.new("L", (2, 2)))
    assert not is_image(picture(2, 2))


def test_pillow_is_not_imported_for_arrays() -> None:
    code = (
        "import sys, numpy; from reelwright.model.picture import pixel_buffer;"
        "pixel_buffer(numpy.zeros((2, 2, 3), numpy.uint8)); sys.exit('PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------------- Pillow's images


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("1", PixelFormat.GRAY8),
        ("L", PixelFormat.GRAY8),
        ("LA", PixelFormat.RGBA32),
        ("La", PixelFormat.RGBA32),
        ("P", PixelFormat.RGB24),
        ("PA", PixelFormat.RGBA32),
        ("RGB", PixelFormat.RGB24),
        ("RGBA", PixelFormat.RGBA32),
        ("RGBa", PixelFormat.RGBA32),
        ("RGBX", PixelFormat.RGB24),
        ("CMYK", PixelFormat.RGB24),
        ("YCbCr", PixelFormat.RGB24),
        ("LAB", PixelFormat.RGB24),
        ("HSV", PixelFormat.RGB24),
        ("I;16", PixelFormat.GRAY16),
        ("I;16L", PixelFormat.GRAY16),
        ("I;16B", PixelFormat.GRAY16),
    ],
)
def test_images_of_every_mode(mode: str, expected: PixelFormat) -> None:
    buffer = pixel_buffer(Image.new(mode, (6, 4)))
    assert (buffer.pixel_format, buffer.size) == (expected, (6, 4))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_images_without_a_range_are_refused_with_the_way_out(mode: str) -> None:
    with pytest.raises(FrameError, match=f"mode {mode} does not say what its values mean.*Scale them"):
        pixel_buffer(Image.new(mode, (6, 4)))


def test_an_image_is_no_other_format_than_its_own() -> None:
    with pytest.raises(FrameError, match="RGB24 picture, not BGR24"):
        pixel_buffer(Image.new("RGB", (6, 4)), pixel_format="BGR24")


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "YCbCr", "HSV"])
def test_a_mode_keeps_its_colours(mode: str) -> None:
    red = Image.new("RGB", (2, 2), (255, 0, 0) if mode not in ("1", "L") else (255, 255, 255))
    values = pixel_buffer(red.convert(mode)).planes[0].reshape(4, -1)[0]
    assert values == pytest.approx(255 if mode in ("1", "L") else [255, 0, 0], abs=2)


def test_transparency_kept_beside_the_pixels_becomes_alpha() -> None:
    palette = Image.new("RGB", (2, 1), (255, 0, 0)).convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    keyed = Image.new("RGB", (2, 1), (1, 2, 3))
    keyed.info["transparency"] = (1, 2, 3)
    for image in (palette, keyed):
        buffer = pixel_buffer(image)
        assert buffer.pixel_format is PixelFormat.RGBA32
        assert (buffer.planes[0][..., 3] == 0).all()


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_sixteen_bit_grey_keeps_its_bits(mode: str) -> None:
    values = np.array([[0, 258, 65535]], np.uint16)
    image = Image.frombytes(mode, (3, 1), values.astype(">u2" if mode.endswith("B") else "<u2").tobytes())
    assert (pixel_buffer(image).planes[0] == values).all()


def test_sixteen_bit_files_keep_their_bits() -> None:
    values = np.array([[0, 258, 65535]], np.uint16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    assert (pixel_buffer(Image.open(file)).planes[0] == values).all()
    wide = Image.fromarray(values.astype(np.int32))  # as older versions of Pillow open the same file
    wide.format = "PNG"
    assert (pixel_buffer(wide).planes[0] == values).all()


def with_exif(array: np.ndarray, number: int) -> Image.Image:
    image = Image.fromarray(array)
    exif = image.getexif()
    exif[0x0112] = number
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif)
    return Image.open(file)


@pytest.mark.parametrize(
    ("number", "upright"),
    [
        (1, lambda a: a),
        (2, np.fliplr),
        (3, lambda a: np.rot90(a, 2)),
        (4, np.flipud),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: np.rot90(a, 2).transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
def test_exif_orientation_is_applied(number: int, upright: Callable[[np.ndarray], np.ndarray]) -> None:
    array = picture(4, 6, 3)
    image = with_exif(array, number)
    expected = upright(array)
    assert orientation(image) == number
    assert upright_size(image) == (expected.shape[1], expected.shape[0])
    assert (pixel_buffer(image).planes[0] == expected).all()


def test_an_orientation_that_is_none_is_upright() -> None:
    assert orientation(with_exif(picture(4, 6, 3), 99)) == 1


def test_damaged_exif_leaves_the_picture_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    image = Image.new("RGB", (6, 4))
    image.info["exif"] = b"Exif\0\0no such thing"
    assert pixel_buffer(image).size == (6, 4)
    assert "EXIF data that cannot be read" in caplog.text


def test_profiles_reach_the_conversion() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(picture(4, 6, 3))
    image.info["icc_profile"] = srgb
    assert (pixel_buffer(image).planes[0] == np.asarray(image)).all()


# ---------------------------------------------------------------------- sound


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_sound_is_frames_by_channels(dtype: Any) -> None:
    stereo = np.zeros((10, 2), dtype)
    assert np.shares_memory(sound_array(stereo), stereo)
    assert sound_array(np.zeros(10, dtype)).shape == (10, 1)
    assert sound_array(Tensor(stereo)).dtype == dtype


def test_half_floats_of_sound_are_widened() -> None:
    assert sound_array(np.zeros(10, np.float16)).dtype == np.float32


def test_channels_first_is_refused_with_the_way_out() -> None:
    with pytest.raises(FrameError, match=r"shape \(2, 48000\).*samples\.T"):
        sound_array(np.zeros((2, 48000)))


@pytest.mark.parametrize("value", ["song.wav", None, np.zeros((1, 2, 3)), np.zeros((5, 0)), np.zeros(())])
def test_what_is_no_sound_is_refused(value: Any) -> None:
    with pytest.raises(FrameError):
        sound_array(value)
