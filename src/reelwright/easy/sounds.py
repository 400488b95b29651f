"""Sound for a film or for itself: arrays, generators of arrays or files, fed to an input piece by piece.

Pictures and sound are fed side by side, each piece of sound when the pictures have come that far, so that neither track
waits in memory for the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from reelwright.easy.options import check_target, usual_encodings
from reelwright.model.audio_settings import AudioSettings
from reelwright.model.errors import FrameError, InvalidArgumentError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import AudioFormat, FileType, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.picture import is_array, sound_array
from reelwright.model.sample import SampleBuffer, SampleTiming
from reelwright.model.sound_traits import nearest_sample_rate
from reelwright.model.time import Time
from reelwright.writing.asset_writer import AssetWriter
from reelwright.writing.input import AssetWriterInput
from reelwright.writing.report import WritingReport

__all__ = ["Sound", "SoundFeed", "sound_input", "sound_of", "sound_settings", "write_audio"]

Progress = Callable[[int, int | None], object]
Settings = AudioSettings | Mapping[str, Any]

_PIECES = 4  # a second is fed in so many
_FORMAT_KEYS = ("AVFormatIDKey", "AVFormatID", "FormatIDKey", "FormatID", "format")
_HINT = "Give (samples, rate) with samples as an array of frames × channels, or the path of a file."


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound to be written.

    Attributes:
        format: what it is, linear PCM. buffers: the sound, in order, times counted from where the film begins.
        total: how many frames there are; None where only going through them tells.
    """

    format: FormatDescription
    buffers: Iterator[SampleBuffer]
    total: int | None


def sound_of(audio: Any, layout: str | None = None) -> Sound:
    """Read what callers give as ``audio=``: ``(samples, rate)``, or the path of a file with sound.

    Args:
        layout: FFmpeg's name of the channel layout, for samples of more than two channels.

    Raises:
        InvalidArgumentError: neither. FrameError: samples that are not sound, or none at all.
        InvalidMediaError: a file without sound that can be read.
    """
    if isinstance(audio, (str, os.PathLike)):
        from reelwright.containers.ffmpeg import open_sound

        source = open_sound(audio)
        return Sound(source.format, iter(source), source.duration_frames)
    if not isinstance(audio, tuple) or len(audio) != 2:
        raise InvalidArgumentError(f"{audio!r:.80} is no sound.", hint=_HINT)
    samples, rate = audio
    blocks, total = _blocks(samples)
    buffers = _timed(blocks, rate, layout)
    first = next(buffers, None)
    if first is None or first.format is None:
        raise FrameError("the sound holds not one frame.", hint="Leave audio out to write a silent film.")
    return Sound(first.format, chain([first], buffers), total)


def _blocks(samples: Any) -> tuple[Iterable[Any], int | None]:
    if (
        is_array(samples)
        or hasattr(samples, "__array__")
        or (isinstance(samples, (list, tuple)) and samples and _is_numbers(samples[0]))
    ):
        array = sound_array(samples)
        return [array], len(array)
    if isinstance(samples, (str, bytes, dict)) or not isinstance(samples, Iterable):
        raise InvalidArgumentError(f"{samples!r:.80} is no sound.", hint=_HINT)
    return samples, None


def _is_numbers(value: Any) -> bool:
    """Whether an element of a list is a sample or a frame, not a block of sound."""
    if isinstance(value, (list, tuple)):
        return not value or not isinstance(value[0], (list, tuple))
    return not hasattr(value, "__len__") or getattr(value, "ndim", None) == 0


def _timed(blocks: Iterable[Any], rate: int, layout: str | None) -> Iterator[SampleBuffer]:
    """Blocks of samples as buffers, edge to edge."""
    position = 0
    for block in blocks:
        array = sound_array(block)
        if len(array):
            buffer = SampleBuffer.from_audio(array, rate, Time(0), channel_layout=layout)
            begin = Time(position, buffer.timing(0).duration.timescale)
            yield replace(buffer, timings=[SampleTiming(begin, buffer.timing(0).duration)])
            position += len(array)


def sound_settings(
    settings: Settings | None, format: AudioFormat | str | None, usual: AudioFormat = AudioFormat.AAC
) -> AudioSettings:
    """The settings a recipe was called with, or those of a format alone: the ``usual`` one where neither was given.

    Raises:
        SettingsError: settings that contradict themselves. InvalidArgumentError: ``format`` contradicts them.
    """
    if isinstance(settings, Mapping) and format is not None and not any(key in settings for key in _FORMAT_KEYS):
        settings = {**settings, "AVFormatIDKey": format}
    if settings is None:
        return AudioSettings(usual if format is None else format)
    known = AudioSettings.of(settings)
    if format is not None and known.format is not AudioSettings(format).format:
        raise InvalidArgumentError(
            f"the sound's format {format!r} contradicts the settings, which say {known.format.name}.",
            hint="Give one of them.",
        )
    return known


def sound_input(sound: Sound, settings: Settings | None = None) -> AssetWriterInput:
    """An input for sound; AAC unless the settings say otherwise, with the sound's own rate and channels where it can.

    Raises:
        SettingsError: settings that contradict themselves or the sound.
    """
    known = AudioSettings(AudioFormat.AAC) if settings is None else AudioSettings.of(settings)
    given, changes = sound.format, dict[str, Any]()
    if known.sample_rate is None and known.format is not AudioFormat.LINEAR_PCM:
        changes["sample_rate"] = nearest_sample_rate(known.format, given.sample_rate)
    if known.channels is None and known.channel_layout is None and given.channels > 2 and not given.channel_layout:
        changes["channel_layout"] = ChannelLayout.default(given.channels)
    return AssetWriterInput(MediaType.AUDIO, replace(known, **changes) if changes else known, given)


class SoundFeed:
    """Hands sound to an input as the film proceeds.

    Its zero lies where the film begins, which is told with every call.
    """

    def __init__(self, track: AssetWriterInput, sound: Sound) -> None:
        self._track = track
        self._buffers = sound.buffers
        self._buffer: SampleBuffer | None = None
        self._used = 0  # frames of the buffer
        self.done = 0  # frames in all

    def until(self, end: Time | None, begin: Time) -> None:
        """Feed what sounds before a moment of the film, to the frame; None for all there is."""
        while self.feed_piece(end, begin):
            pass

    def feed_piece(self, end: Time | None = None, begin: Time = Time.ZERO) -> bool:
        """Feed the next quarter of a second, or less before a moment; False when there is nothing to feed."""
        buffer = self._current()
        if buffer is None or buffer.format is None:
            return False
        rate = buffer.format.sample_rate
        starts = begin + buffer.presentation_time
        count = min(buffer.num_samples - self._used, max(1, rate // _PIECES))
        if end is not None:
            count = min(count, int((end.fraction - starts.fraction) * rate // 1) - self._used)
        if count <= 0:
            return False
        self._track.append(_piece(buffer, self._used, count, starts + Time(self._used, rate)))
        self._used += count
        self.done += count
        return True

    @property
    def is_at_end(self) -> bool:
        """Whether all sound has been fed; may read on to find out."""
        return self._current() is None

    def _current(self) -> SampleBuffer | None:
        while self._buffer is None or self._used >= self._buffer.num_samples:
            self._buffer, self._used = next(self._buffers, None), 0
            if self._buffer is None:
                return None
        return self._buffer


def _piece(buffer: SampleBuffer, first: int, count: int, time: Time) -> SampleBuffer:
    assert buffer.format is not None
    unit = buffer.format.bytes_per_frame
    data = buffer.data[first * unit : (first + count) * unit]
    timing = SampleTiming(time, buffer.timing(0).duration)
    return SampleBuffer(data, format=buffer.format, timings=[timing], num_samples=count)


def write_audio(
    samples: Any,
    out: Any,
    rate: int | None = None,
    *,
    format: AudioFormat | str | None = None,
    settings: Settings | None = None,
    channel_layout: str | None = None,
    file_type: FileType | str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> WritingReport:
    """Write sound as a file: ``.m4a``, ``.mp4``, ``.mov``, ``.mka``, ``.mkv`` or ``.webm``.

    Args:
        samples: an array of frames × channels (or of frames, for mono) of int16, int32, uint8 or floats within ±1, of
            numpy or any library with DLPack; an iterable of such arrays; or the path of a file whose sound to take.
        out: a path, or a binary file object together with ``file_type``.
        rate: frames a second. A file knows its own.
        format: shorthand for settings that only name it: ``"alac"`` and ``"flac"``, which lose nothing, ``"opus"``,
            ``"ac3"``, ``"eac3"``, ``"lpcm"``; AAC by default, and Opus in ``.webm``.
        settings: ``AudioSettings``, or a mapping with AVFoundation's keys. Rate and channels that they do not give are
            the sound's own.
        channel_layout: FFmpeg's name (``"5.1"``) of the order of more than two channels.
        overwrite: replace an existing file, once the new one is whole.
        progress: called as ``progress(frames_done, frames_in_all_or_None)``; what it raises cancels.

    >>> write_audio(numpy.sin(numpy.arange(48000) * 0.05), "tone.m4a", 48000)

    Whatever ends it early, an exception of a generator included, leaves no file and comes out as it was raised.

    Raises:
        InvalidArgumentError: no rate, or something that is no sound. FrameError: samples of a dtype or shape that sound
            does not come in.
        SettingsError: settings that the sound or the container does not allow. OutputExistsError: the file exists.
        InvalidMediaError: a file whose sound cannot be read. OutputError, EncodeError: disk and encoder.
    """
    is_file = isinstance(samples, (str, os.PathLike))
    if is_file != (rate is None):
        hint = (
            "To change a file's rate pass settings=AudioSettings(AudioFormat.AAC, rate)." if is_file else "Add rate=."
        )
        raise InvalidArgumentError("samples need their rate, a file knows its own.", hint=hint)
    wanted = sound_settings(settings, format, usual_encodings(out, file_type)[1])
    check_target(out, file_type, overwrite)
    sound = sound_of(samples if is_file else (samples, rate), channel_layout)
    with AssetWriter(out, file_type, overwrite=overwrite) as writer:
        writer.should_optimize_for_network_use = True
        if sound.total is not None:
            writer.overall_duration_hint = Time(sound.total, sound.format.sample_rate)
        track = sound_input(sound, wanted)
        writer.add(track)
        writer.start_writing()
        writer.start_session(Time.ZERO)
        feed = SoundFeed(track, sound)
        while feed.feed_piece():
            if progress is not None:
                progress(feed.done, sound.total)
        return writer.finish_writing()
