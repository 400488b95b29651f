"""The film that everybody encodes: made by arithmetic, the same every time, and like a camera's pictures.

A textured panorama (its spectrum falls as natural images' do) slides by at a fraction of a pixel a frame, sharp-edged
things cross it, a caption stands still, and film grain lies over everything. Encoders find in it what they find in real
footage: motion to follow, edges to spend bits on, and noise that no prediction removes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["order", "scene"]

Array = npt.NDArray[Any]

_PAN = (1.75, 0.5)  # pixels a frame, to the right and down
_GRAIN = 1.6  # standard deviation, of 255
_SHARPNESS = 0.28  # cycles a pixel at which a lens has lost most of its contrast
_TILE = 64  # how far the grain's sheet is larger than a picture


def scene(count: int, width: int, height: int, *, bits: int = 8, seed: int = 12) -> Array:
    """``count`` consecutive RGB pictures, uint8 or (``bits=16``) uint16, as one array of count × height × width × 3."""
    random = np.random.default_rng(seed)
    margin_x, margin_y = int(_PAN[0] * count) + 2, int(_PAN[1] * count) + 2
    panorama = _panorama(random, width + margin_x, height + margin_y)
    grain = _grain(random, width + _TILE, height + _TILE)
    things = _Things(random, width, height)
    frames = np.empty((count, height, width, 3), np.uint8 if bits == 8 else np.uint16)
    for index in range(count):
        picture = _view(panorama, index * _PAN[0], index * _PAN[1], width, height)
        things.draw(picture, index)
        left, top = random.integers(0, _TILE, 2)
        picture += grain[top : top + height, left : left + width, None]
        np.clip(picture, 0, 255, out=picture)
        picture *= 1 if bits == 8 else 257
        np.rint(picture, out=picture)
        frames[index] = picture
    return frames


def order(count: int, pictures: int) -> list[int]:
    """Which of the pictures to show when a film is longer than the scene: forwards, then backwards, and so on."""
    there_and_back = [*range(pictures), *range(pictures - 2, 0, -1)]
    return [there_and_back[index % len(there_and_back)] for index in range(count)]


def _panorama(random: Any, width: int, height: int) -> Array:
    """Brightness with an amplitude spectrum of 1/f, colours that change more slowly."""
    light = 118 + 46 * _cloud(random, width, height, 1.15)
    warmth, green = 22 * _cloud(random, width, height, 1.7), 12 * _cloud(random, width, height, 1.7)
    return np.stack([light + warmth, light + green, light - warmth], -1).astype(np.float32)


def _cloud(random: Any, width: int, height: int, falling: float) -> Array:
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(rows, columns)
    lens = np.exp(-((frequency / _SHARPNESS) ** 2))
    frequency[0, 0] = np.inf
    noise = random.standard_normal((height, columns.shape[1])) + 1j * random.standard_normal((height, columns.shape[1]))
    field = np.fft.irfft2(noise * lens * frequency**-falling, s=(height, width))
    return (field / field.std()).astype(np.float32)


def _grain(random: Any, width: int, height: int) -> Array:
    """Noise a little softer than single pixels, as film's."""
    noise = random.standard_normal((height, width)).astype(np.float32)
    soft = noise + 0.5 * (np.roll(noise, 1, 0) + np.roll(noise, 1, 1))
    return soft * np.float32(_GRAIN / soft.std())


def _view(panorama: Array, x: float, y: float, width: int, height: int) -> Array:
    """The part of the panorama that begins at a place between pixels."""
    left, top = int(x), int(y)
    right_share, lower_share = np.float32(x - left), np.float32(y - top)
    part = panorama[top : top + height + 1, left : left + width + 1]
    rows = part[:-1] + lower_share * (part[1:] - part[:-1])
    view: Array = rows[:, :-1] + right_share * (rows[:, 1:] - rows[:, :-1])
    return view


class _Things:
    """What moves in front: two striped discs on their ways, a bar that turns, and a caption that stands still."""

    def __init__(self, random: Any, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._unit = height / 1080
        self._caption = random.random((3, 40)) < 0.55
        self._rows = np.arange(height, dtype=np.float32)[:, None]
        self._columns = np.arange(width, dtype=np.float32)[None]

    def draw(self, picture: Array, index: int) -> None:
        self._disc(picture, (0.2 + 0.004 * index) % 1.0, 0.35, 150, (228, 92, 40), 17)
        self._disc(picture, (0.9 - 0.0025 * index) % 1.0, 0.7, 210, (44, 110, 205), 29)
        self._bar(picture, index)
        self._write(picture)

    def _disc(self, picture: Array, x: float, y: float, radius: float, color: tuple[int, ...], stripes: int) -> None:
        columns, rows = self._columns - x * self._width, self._rows - y * self._height
        inside = np.hypot(columns, rows) < radius * self._unit
        bright = ((columns + rows) // (stripes * self._unit)).astype(np.int32) % 2 == 0
        picture[inside & bright] = color
        picture[inside & ~bright] = np.array(color, np.float32) * 0.55 + 60

    def _bar(self, picture: Array, index: int) -> None:
        angle = 0.011 * index
        columns, rows = self._columns - 0.55 * self._width, self._rows - 0.45 * self._height
        along = columns * np.float32(np.cos(angle)) + rows * np.float32(np.sin(angle))
        across = rows * np.float32(np.cos(angle)) - columns * np.float32(np.sin(angle))
        picture[(np.abs(along) < 330 * self._unit) & (np.abs(across) < 14 * self._unit)] = (235, 232, 220)

    def _write(self, picture: Array) -> None:
        size = max(2, int(18 * self._unit))
        dots = np.kron(self._caption, np.ones((size, size), bool))
        top, left = int(self._height * 0.9), int(self._width * 0.05)
        area = picture[top : top + dots.shape[0], left : left + dots.shape[1]]
        area[dots[: area.shape[0], : area.shape[1]]] = 245
