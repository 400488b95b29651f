"""Small films for the tests of reading: numbered pictures, sound whose frames tell their place, odd edit lists."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache

from tests.writing import scene
from tests.writing.scene import filming, stored_input, video_input

from reelwright import AudioFormat, FileType, FormatDescription, MediaType, SampleBuffer, SampleTiming, Time

JPEG = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=8, height=8)


@cache
def film(pictures: int = 24, *, keys: int = 8, sound: bool = True) -> bytes:
    """``pictures`` numbered pictures at 24 a second with reordering, a key every ``keys``, and PCM as long."""
    target = io.BytesIO()
    options = {"preset": "veryfast", "x264-params": f"keyint={keys}:min-keyint={keys}:scenecut=0:bframes=2"}
    video = video_input(settings={"encoder_options": options})
    inputs = [video, *([scene.audio_input(AudioFormat.LINEAR_PCM)] if sound else [])]
    with filming(target, *inputs, file_type=FileType.MOV):
        for number in range(pictures):
            video.append(scene.picture(number), Time(number, 24))
        if sound:
            inputs[1].append(scene.sound_buffer(2000 * pictures))
    return target.getvalue()


@cache
def late_film() -> bytes:
    """A film whose second track begins a second late: an empty edit."""
    target = io.BytesIO()
    first, second = stored_input(), stored_input()
    with filming(target, first, second, file_type=FileType.MOV):
        for number in range(4):
            first.append(SampleBuffer(b"a%d" % number, JPEG, [SampleTiming(Time(number, 2), Time(1, 2))]))
        for number in range(2):
            second.append(SampleBuffer(b"b%d" % number, JPEG, [SampleTiming(Time(2 + number, 2), Time(1, 2))]))
    return target.getvalue()


def with_edits(data: bytes, edits: list[tuple[int, int, Fraction]], track: int = 0) -> bytes:
    """The film with another edit list in one track: (duration in movie ticks, media time, rate) each.

    The film's header must come last, so that nothing in the media moves.
    """
    at = data.rindex(b"moov") - 4
    movie = bytearray(data[at:])
    position = -1
    for _ in range(track + 1):
        position = movie.index(b"elst", position + 1)
    size = int.from_bytes(movie[position - 4 : position], "big")
    entries = b"".join(
        duration.to_bytes(4, "big") + media.to_bytes(4, "big", signed=True) + int(rate * 65536).to_bytes(4, "big")
        for duration, media, rate in edits
    )
    box = b"elst" + bytes(4) + len(edits).to_bytes(4, "big") + entries
    grown = len(box) + 4 - size
    movie[position - 4 : position - 4 + size] = (len(box) + 4).to_bytes(4, "big") + box
    # The boxes around it: edts, and its trak and moov.
    for kind in (b"edts", b"trak", b"moov"):
        place = movie.rindex(kind, 0, position)
        movie[place - 4 : place] = (int.from_bytes(movie[place - 4 : place], "big") + grown).to_bytes(4, "big")
    return data[:at] + bytes(movie)
