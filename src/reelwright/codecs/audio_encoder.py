"""Encoding sound: buffers of linear PCM in, packets of any encoding or stored PCM out, every frame's place known.

``AudioEncoder`` converts what comes to the rate, layout and values that the settings ask for, encodes it, and keeps the
books: frames in, frames that the track must present, frames encoded. Priming and tail are their differences.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from reelwright.codecs.mix import AudioConverter
from reelwright.codecs.resample import MASTERING, NORMAL
from reelwright.codecs.sound_family import family_of, overridden
from reelwright.codecs.sound_packets import Packet, SoundPackets, kind_of_values
from reelwright.model.audio_rules import inapplicable
from reelwright.model.audio_settings import AudioSettings, SampleRateConverterAlgorithm
from reelwright.model.errors import InvalidStateError, SettingsWarning
from reelwright.model.format import FormatDescription, PcmLayout
from reelwright.model.kinds import AudioFormat, MediaType
from reelwright.model.layout import ChannelLayout
from reelwright.model.sample import SampleBuffer
from reelwright.model.sound_traits import sound_traits

__all__ = ["AudioEncoder", "EncodedSound"]


@dataclass(frozen=True, slots=True)
class EncodedSound:
    """A stretch of encoded sound.

    Attributes:
        data: the bytes. count: samples of the track in it (PCM: as many as frames; else 1 packet).
        frames: how long it lasts when decoded, in frames of the track's rate.
        position: where it begins, in frames since the start of the first packet (which holds the priming).
    """

    data: Any
    count: int
    frames: int
    position: int


class _Packetizer(Protocol):
    """What is behind the converter: stored values or an encoder. values: what it is given, interleaved."""

    format: FormatDescription
    values: PcmLayout

    def encode(self, block: memoryview) -> Iterable[EncodedSound]: ...

    def flush(self) -> Iterable[EncodedSound]: ...


class AudioEncoder:
    """Sound as the settings want it.

    >>> encoder = AudioEncoder(AudioSettings(AudioFormat.AAC, 48000, 2), source=buffer.format)
    >>> packets = [*encoder.encode(buffer), *encoder.flush()]

    A writer puts what begins at ``position`` at ``start - priming + position``; the tail to trim off the end is
    ``frames_encoded - priming - frames_out``.

    Args:
        settings: what to make. What they leave out (rate, channels, layout) is the source's.
        source: linear PCM as it will come.
        threads: for the encoder.

    Attributes:
        format: what comes out, known at once, with the encoder's extradata as ``codec_config`` (AC-3 and E-AC-3 have
            none: their packets tell it all); or ``lpcm``, whose 8-bit integers are signed (QuickTime's ``twos``, Core
            Audio's and AIFF's convention).
        priming: frames that a decoder delivers before the first real one.
        frames_encoded: frames of all that came out so far, priming and padding included.
        overridden: settings that ``encoder_options`` won over, each with what won.

    Raises:
        SettingsError: settings that the source completes to something the format cannot hold.
        FrameError: a source that is not linear PCM.
        EncodeError: the encoder refuses.

    Warns:
        SettingsWarning: a setting that is known but has no effect here.
    """

    def __init__(self, settings: AudioSettings, *, source: FormatDescription, threads: int = 1) -> None:
        _warn(settings)
        known = _completed(settings, source)
        assert known.sample_rate is not None
        assert known.channel_layout is not None
        packetizer: _Packetizer = _StoredPcm(known) if known.pcm else _Encoded(known, threads)
        self._packetizer: _Packetizer | None = packetizer
        self.format: FormatDescription = packetizer.format
        self.priming = self.format.priming
        self.frames_encoded = 0
        self.overridden = overridden(known)
        self._flushed = False
        mastering = known.sample_rate_converter_algorithm is SampleRateConverterAlgorithm.MASTERING
        self._converter = AudioConverter(
            source,
            rate=self.format.sample_rate,
            channels=known.channel_layout.channels,
            layout=known.channel_layout.name,
            pcm=packetizer.values,
            quality=MASTERING if mastering else NORMAL,
        )

    @property
    def frames_in(self) -> int:
        """Frames of the source received so far, silence included and trims left out."""
        return self._converter.frames_in

    @property
    def frames_out(self) -> int:
        """Frames at the track's rate that what came in makes: what the track must present, exactly."""
        return self._converter.frames_out

    @property
    def clipped(self) -> tuple[int, int] | None:
        """How many values beyond full scale were cut to it, and the first one's frame at the track's rate; None where
        there were none, as with encodings that keep them."""
        first = self._converter.first_clipped
        return None if first is None else (self._converter.clipped, first)

    @property
    def is_rounded(self) -> bool:
        """Whether integers came with more bits than a lossless encoding keeps, so that something was lost."""
        return self.format.bits_per_component is not None and self._converter.is_rounded

    def encode(self, buffer: SampleBuffer) -> list[EncodedSound]:
        """Take a buffer and give what is ready. Stored PCM that needs no conversion is a view of the buffer's memory.

        Raises:
            FrameError: another format than the source's, or values that are no finite numbers.
            EncodeError: the encoder fails.
            InvalidStateError: after ``flush`` or ``close``.
        """
        return self._encoded(self._converter.convert(buffer), "encode()")

    def encode_silence(self, frames: int) -> list[EncodedSound]:
        """As if that many frames of silence, at the source's rate, had come."""
        return self._encoded(self._converter.silence(frames), "encode_silence()")

    def flush(self) -> list[EncodedSound]:
        """All that is still inside. Nothing may follow."""
        if self._flushed:
            return []
        found = self._encoded(self._converter.flush(), "flush()")
        assert self._packetizer is not None
        found += self._counted(self._packetizer.flush())
        self._flushed = True
        return found

    def close(self) -> None:
        """Let go of the encoder and what it holds; the counts stay. What was not flushed is lost."""
        self._packetizer = None
        self._converter.close()

    def _encoded(self, blocks: Iterable[memoryview], call: str) -> list[EncodedSound]:
        packetizer = self._packetizer
        if packetizer is None or self._flushed:
            state = "closed" if packetizer is None else "flushed"
            raise InvalidStateError(f"{call} cannot follow: the encoder is {state}.", hint="Make a new one.")
        found: list[EncodedSound] = []
        for block in blocks:
            found += self._counted(packetizer.encode(block))
        return found

    def _counted(self, encoded: Iterable[EncodedSound]) -> Iterator[EncodedSound]:
        for sound in encoded:
            self.frames_encoded += sound.frames
            yield sound


class _StoredPcm:
    """Linear PCM as it lies in the file: blocks pass through, with their places."""

    def __init__(self, settings: AudioSettings) -> None:
        assert settings.pcm is not None
        described = _described(settings, "lpcm").with_(pcm=settings.pcm, frames_per_packet=1)
        self.format = described.with_(bit_rate=described.bytes_per_frame * 8 * described.sample_rate)
        self.values = settings.pcm
        self._position = 0

    def encode(self, block: memoryview) -> Iterator[EncodedSound]:
        frames = block.nbytes // self.format.bytes_per_frame
        yield EncodedSound(block, frames, frames, self._position)
        self._position += frames

    def flush(self) -> Iterable[EncodedSound]:
        return ()


class _Encoded:
    """Compressed sound: each packet is one sample of the track."""

    def __init__(self, settings: AudioSettings, threads: int) -> None:
        described = _described(settings, settings.format.media_subtype)
        assert described.channel_layout is not None
        family = family_of(settings.format)
        options = {**family.options(settings), **settings.encoder_options}
        depth = settings.bit_depth_hint if _is_lossless(settings.format) else None
        packets = SoundPackets(family, described.sample_rate, described.channel_layout, depth, options, threads)
        self._packets = packets
        self.values = kind_of_values(depth).pcm
        self.format = described.with_(
            channel_layout=packets.layout,
            codec_config=packets.config,
            frames_per_packet=packets.frames_per_packet,
            priming=packets.priming,
            bit_rate=packets.bit_rate,
            bits_per_component=depth,
        )

    def encode(self, block: memoryview) -> Iterator[EncodedSound]:
        yield from map(self._sound, self._packets.encode(block))

    def flush(self) -> Iterator[EncodedSound]:
        yield from map(self._sound, self._packets.flush())

    def _sound(self, packet: Packet) -> EncodedSound:
        return EncodedSound(packet.data, 1, packet.frames, packet.position + self.format.priming)


def _completed(settings: AudioSettings, source: FormatDescription) -> AudioSettings:
    """The settings with the source's rate, channels and layout where they have none; checked once more as a whole."""
    channels = settings.channels or (settings.channel_layout.channels if settings.channel_layout else source.channels)
    layout = settings.channel_layout
    if layout is None and source.channel_layout and settings.channels in (None, source.channels):
        layout = ChannelLayout.of(source.channel_layout)
    return replace(
        settings,
        sample_rate=settings.sample_rate or _track_rate(settings.format, source.sample_rate),
        channels=channels,
        channel_layout=layout or ChannelLayout.default(channels),
        bit_depth_hint=settings.bit_depth_hint or _depth(settings.format, source),
    )


def _track_rate(format: AudioFormat, rate: int) -> int:
    """Frames a second of a track of sound that the settings, or the source, have at a rate."""
    traits = sound_traits(format)
    return traits.track_rate or rate if traits else rate


def _is_lossless(format: AudioFormat) -> bool:
    traits = sound_traits(format)
    return traits is not None and traits.is_lossless


def _depth(format: AudioFormat, source: FormatDescription) -> int | None:
    """Bits that a lossless encoding keeps when nobody says: those of the source, 24 for floats."""
    if not _is_lossless(format) or source.pcm is None:
        return None
    return 24 if source.pcm.bits > 16 else 16


def _described(settings: AudioSettings, subtype: str) -> FormatDescription:
    assert settings.sample_rate is not None
    assert settings.channel_layout is not None
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype=subtype,
        sample_rate=_track_rate(settings.format, settings.sample_rate),
        channels=settings.channel_layout.channels,
        channel_layout=settings.channel_layout.name,
    )


def _warn(settings: AudioSettings) -> None:
    """Say what has no effect."""
    reasons = list(inapplicable(settings))
    if settings.sample_rate_converter_algorithm is SampleRateConverterAlgorithm.MINIMUM_PHASE:
        reasons.append(("AVSampleRateConverterAlgorithmKey MinimumPhase", "the resampler's filters have linear phase"))
    for key, why in reasons:
        warnings.warn(f"{key} has no effect: {why}.", SettingsWarning, stacklevel=3)
