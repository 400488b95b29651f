"""Stored samples of sound into blocks of linear PCM, every frame at its place.

The container says where a sample's sound belongs and what of it does not count; the decoder here decides neither. A
decoder's first frame for a sample lies at the sample's position, and what follows without a gap is simply counted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.codec.codec import UnknownCodecError

from reelwright.codecs._av import FFmpegError, packet, reason
from reelwright.codecs.audio_decoder import format_of, interleaver
from reelwright.codecs.sound_decoders import SoundCodec, sound_codec
from reelwright.codecs.sound_format import PcmBlock, SoundFormat
from reelwright.codecs.sound_graph import SoundGraph, frame_bytes
from reelwright.codecs.sound_grid import Piece, SoundGrid
from reelwright.model.audio_settings import AudioSettings, SampleRateConverterAlgorithm
from reelwright.model.errors import (
    DecodeError,
    DecoderNotFoundError,
    FrameError,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
)
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import MediaType
from reelwright.model.time import MAX_TIMESCALE, Time

__all__ = ["SoundDecoder", "wants_mastering"]

_VORBIS_JITTER = 2048  # frames: half of the longest block that is in use
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")
_SYNCHRONIZED = frozenset(("mp1float", "mp2float", "mp3float", "ac3", "eac3"))
_MOST_CHANNELS = 64
_TICK = Fraction(1, 1000)
_REFUSALS = (FFmpegError, ValueError, OverflowError, MemoryError)  # what impossible rates and channels give in PyAV
_SKIP_MANUAL = 1 << 29  # FFmpeg's decoders then leave all frames in, whatever they think is priming


class SoundDecoder:
    """Decodes the samples of one track; used by one thread at a time.

    Args:
        format: what the samples are.
        output: what the blocks should be; None for the decoder's own rate, channels and values (floats for lossy
            encodings, integers for lossless ones and PCM), interleaved.
        timescale: ticks a second of the positions; the format's sample rate when left out.
        mastering: change rates with the mastering quality, as ``AudioSettings`` may ask for too.

    >>> decoder = SoundDecoder(track_format, output=None, timescale=48000)
    >>> for sample in stream:
    ...     blocks = decoder.decode(sample.data, sample.presentation, skip_start=sample.skip_start)

    Attributes:
        output_format: what the blocks are; None until the first frame is decoded, unless it is known before.

    Raises:
        ProtectedMediaError: encrypted sound. DecoderNotFoundError: an encoding that nothing here decodes.
        InvalidMediaError: a configuration that the decoder refuses. SettingsError: output that is not linear PCM.
    """

    def __init__(
        self,
        format: FormatDescription,
        *,
        output: SoundFormat | AudioSettings | None = None,
        timescale: int | None = None,
        mastering: bool = False,
    ) -> None:
        self._format = format
        self._codec = sound_codec(format)
        _check_numbers(format)
        self._timescale = timescale or format.sample_rate
        if self._timescale <= 0:
            raise InvalidArgumentError(
                f"{self._timescale} ticks a second cannot place sound.", hint="Give the track's time scale."
            )
        self._asked = output
        self._mastering = mastering or wants_mastering(output)
        self._context: av.AudioCodecContext | None = None
        self._graph: tuple[str, FormatDescription, SoundGraph] | None = None
        self._grid: SoundGrid | None = None
        self._skip = 0
        self._is_closed = False
        self._end: tuple[int, int] | None = None  # of what was decoded last: frames, and their rate
        self.output_format: SoundFormat | None = output if isinstance(output, SoundFormat) else None
        if self._codec.pcm is None:
            self._context = _open(self._codec, format)
        else:
            self._native = _stored_pcm(format, self._codec.pcm)
            self._gridded(self._native)

    def decode(
        self, data: Any, position: int, count: int = 1, *, skip_start: int = 0, skip_end: int = 0
    ) -> list[PcmBlock]:
        """The sound of one stored sample, or of a run of PCM frames, as far as it is ready.

        Args:
            data: the sample's bytes. position: where its sound begins, in ticks of the media.
            count: frames of linear PCM in it; the bytes tell as much, so that it may be left out.
            skip_start, skip_end: frames at the sound's own rate that do not count. What of ``skip_start`` is more than
                the sample has is taken from those after it.

        Raises:
            DecodeError: bytes that the decoder refuses, with the sample's time. Decoding may go on with the next one.
            SettingsError: a layout that there is no way to, with the first sample. InvalidStateError: after ``close``.
        """
        self._check_open()
        trouble = ""
        blocks: list[PcmBlock] = []
        self._skip += skip_start
        try:
            pieces = self._stored(data, position) if self._codec.pcm else self._decoded(data, position)
            for piece in self._trimmed(pieces, skip_end):
                blocks += self._gridded(piece.format).take(piece)
        except (_DamageError, FrameError) as error:
            trouble = str(getattr(error, "message", error))
        if trouble:
            raise self._damage(trouble, position)
        return blocks

    def drain(self) -> list[PcmBlock]:
        """What the decoder and the resampler still hold; after it, decoding may begin anew anywhere."""
        self._check_open()
        trouble = ""
        blocks: list[PcmBlock] = []
        end = self._end or (0, 1)
        try:
            if self._context is not None and self._end is not None:
                for piece in self._trimmed(self._run(None), 0):
                    blocks += self._gridded(piece.format).take(piece)
        except (_DamageError, FrameError) as error:
            trouble = str(getattr(error, "message", error))
        if self._grid is not None:
            blocks += self._grid.finish()
        self.reset()
        if trouble:
            raise self._damage(trouble, end[0] * self._timescale // end[1])
        return blocks

    def reset(self) -> None:
        """Forget what came before, for a start at another place; what is held inside is dropped."""
        self._grid = None
        self._end = None
        self._skip = 0
        self._context = None

    def close(self) -> None:
        """Let go of the decoder. Nothing may follow."""
        self.reset()
        self._graph = None
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise InvalidStateError("the decoder is closed.", hint="Make a new SoundDecoder.")

    def _damage(self, why: str, position: int) -> DecodeError:
        scale = min(self._timescale, MAX_TIMESCALE)
        time = Time(position * scale // self._timescale, scale)
        return DecodeError(
            f"the sound at {float(time.fraction):.3f} s cannot be decoded: {why.rstrip('.')}.",
            hint="Skip this sample and go on with the next, or repair the file first.",
            time=time,
        )

    def _stored(self, data: Any, position: int) -> list[Piece]:
        native = self._native
        view = memoryview(data).cast("B").toreadonly()
        if view.nbytes % native.bytes_per_frame:
            raise _DamageError(f"{view.nbytes} bytes are not whole frames of {native.bytes_per_frame} bytes")
        return [self._counted(native, position, view)]

    def _decoded(self, data: Any, position: int) -> list[Piece]:
        if self._codec.decoder in _SYNCHRONIZED and _is_tag(data):
            return []
        # An empty packet is FFmpeg's sign of the end, after which a decoder takes no more.
        return self._run(packet(data, position)) if len(data) else []

    def _run(self, packet: av.Packet[Any] | None) -> list[Piece]:
        if self._context is None:
            self._context = _open(self._codec, self._format)
        trouble = ""
        starts = self._end is None
        pieces: list[Piece] = []
        try:
            for frame in self._context.decode(packet):
                pieces += self._interleaved(frame)
        except _REFUSALS as error:
            trouble = reason(error)
        if trouble:  # raised out here: a kept error must not keep the decoder's call, and with it its memory, alive
            raise _DamageError(trouble)
        if starts and pieces and self._codec.decoder == "vorbis":
            # The first packet only opens the window of the second; what the decoder makes of it alone is no sound.
            self._skip = max(self._skip, pieces[0].frames)
        return pieces

    def _interleaved(self, frame: av.AudioFrame) -> Iterator[Piece]:
        kind = f"{frame.format.name} {frame.layout.name} {frame.sample_rate}"
        if self._graph is None or self._graph[0] != kind:
            if frame.layout.nb_channels > _MOST_CHANNELS:
                raise _DamageError(f"it has {frame.layout.nb_channels} channels, more than {_MOST_CHANNELS}")
            self._graph = kind, format_of(frame), interleaver(frame)
        _, native, graph = self._graph
        ticks = frame.pts
        frame.pts, frame.time_base = 0, _TICK  # no filter here goes by the time
        for ready in graph.run(frame):
            yield self._counted(native, ticks, frame_bytes(ready))

    def _counted(self, native: FormatDescription, ticks: int | None, data: memoryview) -> Piece:
        rate = native.sample_rate
        piece = Piece(native, self._place(ticks, rate), data, data.nbytes // native.bytes_per_frame)
        self._end = piece.end, rate
        return piece

    def _place(self, ticks: int | None, rate: int) -> int:
        """Where a frame of sound lies, in frames.

        Files jitter: ticks may be too coarse to tell every frame, tables may round, and Ogg's positions within a page
        are guesses. Sound that goes on within that much of where it ended goes on there, so that no frame is torn off;
        and what a skip leaves at the very beginning begins at zero, if that is within a coarse tick.
        """
        end = None if self._end is None else self._end[0] * rate // self._end[1]
        if ticks is None:
            return end or 0
        place = (2 * ticks * rate + self._timescale) // (2 * self._timescale)
        if end is not None:
            return end if abs(place - end) <= self._jitter(rate) else place
        tick = -(-rate // self._timescale) if self._timescale % rate else 0
        return -self._skip if self._skip and abs(place + self._skip) < tick else place

    def _jitter(self, rate: int) -> int:
        coarse = 2 * -(-rate // self._timescale) if self._timescale % rate else 0
        if self._codec.pcm is not None:
            return coarse
        return max(coarse, _VORBIS_JITTER if self._codec.decoder == "vorbis" else rate // 1000)

    def _trimmed(self, pieces: list[Piece], skip_end: int) -> Iterator[Piece]:
        kept = max(sum(piece.frames for piece in pieces) - skip_end, 0)
        for piece in pieces:
            surplus = max(piece.frames - kept, 0)
            kept -= piece.frames - surplus
            dropped = min(self._skip, piece.frames - surplus)
            self._skip -= dropped
            if piece.frames - surplus - dropped:
                yield piece.without(dropped, surplus)

    def _gridded(self, native: FormatDescription) -> SoundGrid:
        if self._grid is None:
            if self.output_format is None:
                self.output_format = SoundFormat.resolved(self._asked, native)
            self._grid = SoundGrid(self.output_format, mastering=self._mastering)
        return self._grid


def _is_tag(data: Any) -> bool:
    """Whether a packet is what hangs before or behind a raw stream of MPEG or Dolby sound, and no sound itself."""
    return len(data) < 4 or bytes(data[:11]).startswith(_TAGS)


class _DamageError(Exception):
    """What the decoder says of a sample, before its time is known."""


def wants_mastering(asked: SoundFormat | AudioSettings | None) -> bool:
    """Whether settings ask for rates to be changed with the mastering quality."""
    if not isinstance(asked, AudioSettings):
        return False
    return asked.sample_rate_converter_algorithm is SampleRateConverterAlgorithm.MASTERING


def _check_numbers(format: FormatDescription) -> None:
    if 0 <= format.channels <= _MOST_CHANNELS and 0 <= format.sample_rate < 1 << 31:
        return
    raise InvalidMediaError(
        f"sound of {format.channels} channels at {format.sample_rate} Hz is not decoded.",
        hint=f"There may be up to {_MOST_CHANNELS} channels; the file is damaged if it should have less.",
    )


def _stored_pcm(format: FormatDescription, pcm: PcmLayout) -> FormatDescription:
    if pcm.bits not in ((32, 64) if pcm.is_float else (8, 16, 24, 32)):
        raise DecoderNotFoundError(
            f"no decoder here knows linear PCM of {pcm.bits}-bit {'floats' if pcm.is_float else 'integers'}.",
            hint="Read the stored samples (no output settings), or convert the file first.",
        )
    if not format.sample_rate or not format.channels:
        raise InvalidMediaError(
            f"linear PCM of {format.channels} channels at {format.sample_rate} Hz cannot be read.",
            hint="The file is damaged, or its format description incomplete.",
        )
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=format.sample_rate,
        channels=format.channels,
        channel_layout=format.channel_layout,
        pcm=pcm,
        frames_per_packet=1,
    )


def _open(codec: SoundCodec, format: FormatDescription) -> av.AudioCodecContext:
    """A decoder, ready; it knows only what the container does.

    Raises:
        DecoderNotFoundError: this build of FFmpeg lacks it. InvalidMediaError: a configuration that it refuses.
    """
    assert codec.decoder is not None
    try:
        context = av.CodecContext.create(codec.decoder, "r")
    except UnknownCodecError:
        context = None
    if not isinstance(context, av.AudioCodecContext):
        raise DecoderNotFoundError(
            f"FFmpeg's decoder {codec.decoder!r} is not in this build of PyAV.",
            hint="Use PyAV's own wheel, which has it.",
        )
    trouble = ""
    try:
        context.extradata = codec.extradata or None
        if format.sample_rate > 0:
            context.sample_rate = format.sample_rate
        if format.channels > 0:
            context.layout = format.channel_layout or f"{format.channels}C"
        context.thread_count = 1
        context.flags2 |= _SKIP_MANUAL
        context.options = dict(codec.options)
        context.open()
    except _REFUSALS as error:
        trouble = reason(error)
    if trouble:
        raise InvalidMediaError(
            f"the configuration of the sound ({format.media_subtype!r}) is refused by its decoder: {trouble}.",
            hint="The file is damaged; its sound cannot be decoded.",
        )
    return context
