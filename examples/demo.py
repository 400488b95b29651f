"""Seven photographs become a film: moves, titles, cross-fades and a soundtrack, all made here, written by reelwright.

Everything up to ``main`` is ordinary Pillow and numpy: a generator of frames and an array of sound. The film itself is
one call, ``reelwright.write_video``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import reelwright
from reelwright.model.picture import pixel_buffer

HERE = Path(__file__).parent
WIDTH, HEIGHT, FPS = 1280, 720, 30
CARD, SLIDE, FADE = 3.6, 3.6, 0.9  # seconds: opening and closing card, one photograph, the cross-fade between two
RATE = 48000  # of the sound
ROOM = 56  # pixels by which a backdrop is larger than the film, to drift in
WHITE, SOFT, ACCENT = (255, 255, 255), (205, 208, 214), (255, 196, 92)

Sound = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Photograph:
    """A photograph and what is written beside it; ``look`` is where the camera moves to, as shares of the picture."""

    file: str
    title: str
    caption: str
    look: tuple[float, float]


PHOTOGRAPHS = (
    Photograph(
        "hubble_deep_field.jpg", "Deep field", "Thousands of galaxies\nin a speck of sky\nHubble, NASA", (0.62, 0.35)
    ),
    Photograph(
        "astronaut.png", "Astronaut", "Eileen Collins,\nfirst woman to command\na space shuttle\nNASA", (0.45, 0.22)
    ),
    Photograph("rocket.jpg", "Launch pad", "Dusk, and a rocket\nholding its breath\nSpaceX", (0.5, 0.4)),
    Photograph("moon.png", "Moon", "Craters and long shadows\nNASA", (0.4, 0.6)),
    Photograph("camera.png", "Camera", "Waiting for the light\nLav Varshney", (0.45, 0.25)),
    Photograph("chelsea.png", "Chelsea", "A cat\nwho knows her best side\nStefan van der Walt", (0.4, 0.35)),
    Photograph("coffee.png", "Coffee", "One more cup\nbefore the credits\nRachel Michetti", (0.45, 0.45)),
)


# ---------------------------------------------------------------------- pictures


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def smooth(share: float) -> float:
    """0…1 to 0…1, starting and stopping gently."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def opened(file: str) -> Image.Image:
    """A photograph in sRGB, whatever profile, mode or orientation it comes in."""
    return Image.fromarray(pixel_buffer(Image.open(HERE / "photos" / file)).planes[0]).convert("RGB")


def backdrop(photo: Image.Image, light: float, blur: float = 7) -> Image.Image:
    """The photograph dark and out of focus, larger than the film; grain keeps its soft gradients free of bands."""
    width, height = WIDTH + ROOM, HEIGHT + ROOM
    scale = max(width / photo.width, height / photo.height)
    box = (width / scale, height / scale)
    left, top = (photo.width - box[0]) / 2, (photo.height - box[1]) / 2
    part = left, top, left + box[0], top + box[1]
    if blur:
        small = photo.resize((width // 8, height // 8), Image.Resampling.BOX, part)
        photo, part = small.filter(ImageFilter.GaussianBlur(blur)), (0, 0, *small.size)
    blurred = photo.resize((width, height), Image.Resampling.BICUBIC, part)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    vignette = light * (1 - 0.45 * np.clip(0.55 * x**2 + 0.6 * y**2, 0, 1))
    grain = np.random.default_rng(7).normal(0, 1.1, (height, width, 1))
    values = np.asarray(blurred) * vignette[..., None] + 10 * (1 - light) + grain
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def drifting(behind: Image.Image, share: float, direction: int) -> Image.Image:
    """The part of a backdrop that is seen now."""
    left = round(ROOM * (share if direction > 0 else 1 - share))
    top = round(ROOM * (0.3 + 0.4 * share))
    return behind.crop((left, top, left + WIDTH, top + HEIGHT))


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with round corners, drawn large and made small so that they are smooth."""
    mask = Image.new("L", (size[0] * 4, size[1] * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * 4, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)


def shadow(print_mask: Image.Image, margin: int) -> Image.Image:
    mask = Image.new("L", (print_mask.width + 2 * margin, print_mask.height + 2 * margin))
    mask.paste(print_mask, (margin, margin))
    return mask.filter(ImageFilter.GaussianBlur(margin / 2.6)).point(lambda value: int(value * 0.6))


class Words:
    """Lines of text that appear one after the other, each rising a little as it fades in."""

    def __init__(self) -> None:
        self._lines: list[tuple[Image.Image, tuple[int, int], tuple[int, int, int], float]] = []

    def add(
        self, text: str, at: tuple[int, int], size: int, color: tuple[int, int, int], after: float, spread: float = 0
    ) -> None:
        """Set a line with its left edge and top at a point; ``spread`` widens the letters' spacing, in pixels."""
        letters = list(text) if spread else [text]
        face = font(size)
        widths = [face.getlength(letter) + spread for letter in letters]
        mask = Image.new("L", (int(sum(widths)) + 8, int(size * 1.5)))
        draw, x = ImageDraw.Draw(mask), 2.0
        for letter, width in zip(letters, widths, strict=True):
            draw.text((x, 2), letter, 255, face)
            x += width
        self._lines.append((mask, at, color, after))

    def rule(self, at: tuple[int, int], width: int, after: float) -> None:
        self._lines.append((Image.new("L", (width, 3), 255), at, ACCENT, after))

    def draw(self, frame: Image.Image, seconds: float, until: float) -> None:
        """Draw what is seen at a moment; the words are gone when the next scene begins to appear."""
        leaving = smooth((until - seconds) / 0.4)
        for mask, (left, top), color, after in self._lines:
            shown = min(smooth((seconds - after) / 0.8), leaving)
            if shown <= 0:
                continue
            rise = 16 * (1 - shown) if leaving == 1 else 0.0
            down = int(rise)
            moved = mask if rise == down else shifted(mask, rise - down)
            veil = moved if shown == 1 else moved.point([int(value * shown) for value in range(256)])
            frame.paste(color, (left, top + down), veil)


def shifted(mask: Image.Image, down: float) -> Image.Image:
    """Moved by a fraction of a pixel, so that slow movements do not jump."""
    return mask.transform(mask.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -down), Image.Resampling.BILINEAR)


class Slide:
    """A photograph as a print before itself out of focus; the camera moves closer, the words stand beside it."""

    length = SLIDE

    def __init__(self, number: int, shot: Photograph) -> None:
        self._photo = opened(shot.file)
        self._behind = backdrop(self._photo, 0.42)
        self._direction = 1 if number % 2 else -1
        self._look = shot.look
        scale = min(690 / self._photo.width, 552 / self._photo.height)
        self._size = round(self._photo.width * scale), round(self._photo.height * scale)
        self._mask = rounded(self._size, 10)
        self._shadow = shadow(self._mask, 52)
        outer = 84
        left = WIDTH - outer - self._size[0] if number % 2 else outer
        self._at = left, (HEIGHT - self._size[1]) // 2
        self._words = self._written(number, shot, outer if number % 2 else outer + self._size[0] + 64)

    def _written(self, number: int, shot: Photograph, left: int) -> Words:
        words, lines = Words(), shot.caption.split("\n")
        top = (HEIGHT - (150 + 32 * len(lines))) // 2
        words.add(f"{number} of {len(PHOTOGRAPHS)}", (left, top), 19, ACCENT, 0.45, spread=2.5)
        words.add(shot.title, (left - 3, top + 32), 62, WHITE, 0.55)
        words.rule((left, top + 118), 54, 0.75)
        for index, line in enumerate(lines):
            last = index == len(lines) - 1
            at = left, top + 142 + 32 * index + (14 if last else 0)
            words.add(
                line, at, 18 if last else 24, ACCENT if last else SOFT, 0.85 + 0.1 * index, spread=1 if last else 0
            )
        return words

    def frame(self, seconds: float) -> Image.Image:
        share = seconds / self.length
        frame = drifting(self._behind, share, self._direction)
        margin = (self._shadow.width - self._size[0]) // 2
        frame.paste((0, 0, 0), (self._at[0] - margin, self._at[1] - margin + 14), self._shadow)
        frame.paste(self._closer(share), self._at, self._mask)
        self._words.draw(frame, seconds, self.length - FADE + 0.1)
        return frame

    def _closer(self, share: float) -> Image.Image:
        """The print as the camera sees it now: from the whole picture to a little less of it."""
        zoom = 1 + 0.1 * share
        width, height = self._photo.width / zoom, self._photo.height / zoom
        left, top = (self._photo.width - width) * self._look[0], (self._photo.height - height) * self._look[1]
        return self._photo.resize(self._size, Image.Resampling.BICUBIC, (left, top, left + width, top + height))


class Card:
    """Large words before a photograph out of focus: the film's beginning and end."""

    length = CARD

    def __init__(self, file: str, title: str, below: str, *, light: float, blur: float, stays: bool = False) -> None:
        self._behind = backdrop(opened(file), light, blur)
        self._until = self.length + 1 if stays else self.length - FADE + 0.1
        self._words = Words()
        size = 92
        left = (WIDTH - int(font(size).getlength(title))) // 2
        self._words.add(title, (left - 2, 268), size, WHITE, 0.5)
        self._words.rule(((WIDTH - 72) // 2, 392), 72, 0.8)
        spread = 2.2
        width = sum(font(23).getlength(letter) + spread for letter in below)
        self._words.add(below, (int(WIDTH - width) // 2, 418), 23, SOFT, 1.0, spread=spread)

    def frame(self, seconds: float) -> Image.Image:
        zoom = 1 + 0.05 * seconds / self.length
        width, height = self._behind.width / zoom, self._behind.height / zoom
        left, top = (self._behind.width - width) / 2, (self._behind.height - height) / 2
        box = left, top, left + width, top + height
        frame = self._behind.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box)
        self._words.draw(frame, seconds, self._until)
        return frame


class Film:
    """Scenes one after the other, each fading into the next; the first comes out of black, the last goes back."""

    def __init__(self) -> None:
        slides = [Slide(number, shot) for number, shot in enumerate(PHOTOGRAPHS, start=1)]
        opening = Card("hubble_deep_field.jpg", "reelwright", "seven photographs become a film", light=0.5, blur=0)
        below = "right colours, exact times, every frame counted"
        closing = Card("coffee.png", "The end", below, light=0.5, blur=7, stays=True)
        self._scenes: list[Card | Slide] = [opening, *slides, closing]
        self.begins = [0.0]
        for scene in self._scenes[:-1]:
            self.begins.append(self.begins[-1] + scene.length - FADE)
        self.frame_count = round((self.begins[-1] + self._scenes[-1].length) * FPS)
        self.seconds = self.frame_count / FPS

    def frames(self) -> Iterator[Image.Image]:
        black = Image.new("RGB", (WIDTH, HEIGHT))
        for index in range(self.frame_count):
            now = index / FPS
            frame = self._at(now)
            light = smooth(min(now / 0.7, (self.seconds - now) / 1.1))
            yield frame if light == 1 else Image.blend(black, frame, light)

    def _at(self, now: float) -> Image.Image:
        frame: Image.Image | None = None
        for begin, scene in zip(self.begins, self._scenes, strict=True):
            if begin <= now < begin + scene.length:
                seen = scene.frame(now - begin)
                frame = seen if frame is None else Image.blend(frame, seen, smooth((now - begin) / FADE))
        assert frame is not None
        return frame


# ---------------------------------------------------------------------- sound

# Chords as half-tones from A3, the lowest note first.
CHORDS = (
    (-19, -7, 0, 4, 9),  # D major seventh
    (-10, -3, 0, 5, 9),  # B minor seventh
    (-14, -2, 2, 5, 9),  # G major seventh
    (-12, -5, 2, 7, 11),  # A, the third left open
)


def pitch(half_tones: float) -> float:
    return float(220.0 * 2 ** (half_tones / 12))


def panned(tone: Sound, place: float) -> Sound:
    """One channel to two, at equal power: 0 is left, 1 is right."""
    angle = place * np.pi / 2
    return np.stack([tone * np.cos(angle), tone * np.sin(angle)], axis=1)


def pad(notes: tuple[int, ...], seconds: float) -> Sound:
    """A chord that swells and fades: a few soft partials a note, two voices of each slightly apart."""
    moments = np.arange(int(seconds * RATE)) / RATE
    swell = np.clip(moments / 1.3, 0, 1) ** 1.5 * np.clip((seconds - moments) / 1.6, 0, 1) ** 1.5
    chord = np.zeros((len(moments), 2))
    for index, note in enumerate(notes):
        for side, detuned in ((0.2, -0.03), (0.8, 0.03)):
            turns = 2 * np.pi * pitch(note + detuned) * moments + index
            tone = np.sin(turns) + 0.3 * np.sin(2 * turns) + 0.08 * np.sin(3 * turns)
            chord += panned(tone * swell, side) * (0.03 if index else 0.045)
    return chord


def bell(note: int, loudness: float, place: float) -> Sound:
    """A struck note that rings out."""
    moments = np.arange(int(2.4 * RATE)) / RATE
    turns = 2 * np.pi * pitch(note) * moments
    ringing = np.exp(-2.4 * moments) * np.sin(turns) + 0.25 * np.exp(-5 * moments) * np.sin(2 * turns)
    spark = 0.12 * np.exp(-14 * moments) * np.sin(4.02 * turns)
    return panned((ringing + spark) * np.clip(moments / 0.006, 0, 1) * loudness, place)


def room(dry: Sound) -> Sound:
    """The sound in a hall: folded with noise that dies away."""
    moments = np.arange(int(2.2 * RATE)) / RATE
    noise = np.random.default_rng(3).normal(size=(len(moments), 2)) * np.exp(-3.2 * moments)[:, None]
    soft = np.apply_along_axis(lambda side: np.convolve(side, np.hanning(24) / 12, "same"), 0, noise)
    length = 1 << (len(dry) + len(soft)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, length, 0) * np.fft.rfft(soft, length, 0), length, 0)[: len(dry)]
    return dry + 0.45 * wet * np.abs(dry).max() / np.abs(wet).max()


def soundtrack(begins: list[float], seconds: float) -> npt.NDArray[np.float32]:
    """A chord for each scene, with bells walking over it; frames × 2 channels within ±1."""
    mix = np.zeros((round(seconds * RATE), 2))

    def put(sound: Sound, at: float) -> None:
        first = int(at * RATE)
        sound = sound[: max(0, len(mix) - first)]
        mix[first : first + len(sound)] += sound

    step = (begins[1] - begins[0]) / 6
    for scene, begin in enumerate(begins):
        chord = CHORDS[scene % len(CHORDS)]
        last = scene == len(begins) - 1
        if last:
            chord = CHORDS[0]
        put(pad(chord, min(6 * step + 1.9, seconds - begin)), begin)
        for beat, voice in enumerate((1, 3, 4, 2, 4, 3)[: 3 if last else 6]):
            loudness = (0.17 if beat == 0 else 0.11) * (0.6 if scene == 0 else 1)
            put(bell(chord[voice] + 12, loudness, (0.3, 0.7, 0.45, 0.6, 0.25, 0.75)[beat]), begin + beat * step)
    mixed = room(mix)
    mixed *= np.clip(np.arange(len(mixed))[::-1] / RATE / 1.8, 0, 1)[:, None]
    return (0.5 * mixed / np.abs(mixed).max()).astype(np.float32)


# ---------------------------------------------------------------------- the film


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", default="out/demo.mp4", help="where the film goes (default: %(default)s)")
    out = Path(parser.parse_args().out)
    out.parent.mkdir(parents=True, exist_ok=True)

    began = time.perf_counter()
    film = Film()

    def progress(done: int, _: int | None) -> None:
        if sys.stdout.isatty():
            print(f"\rfilming … {100 * done // film.frame_count:3d} %", end="", flush=True)

    report = reelwright.write_video(
        film.frames(),
        out,
        fps=FPS,
        audio=(soundtrack(film.begins, film.seconds), RATE),
        overwrite=True,
        progress=progress,
    )
    if sys.stdout.isatty():
        print("\r", end="")
    print(f"{film.frame_count} frames and their sound in {time.perf_counter() - began:.1f} s.")
    print(report)
    print(f"\nThe film is at {out.resolve()}")


if __name__ == "__main__":
    main()
