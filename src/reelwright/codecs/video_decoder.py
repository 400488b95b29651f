"""Stored samples of video become pictures, in the order they are shown, each with the tag of the sample it came from.

The tag travels through FFmpeg as the packet's time. A decoder is a machine with a memory: samples go in decode order
from a key frame on, pictures come out some samples later, the last ones when it is drained.
"""

from __future__ import annotations

from typing import Any

from reelwright.codecs import _av
from reelwright.codecs.decoders import check_protection, decoder_name, decoder_settings, extradata
from reelwright.model.errors import DecodeError
from reelwright.model.format import FormatDescription

__all__ = ["DecodedFrame", "VideoDecoder"]

DecodedFrame = _av.VideoFrame

_STILLS = ("png",)  # FFmpeg takes what is not called a key frame for a difference, which only MNG's samples are
# Pictures are decoded side by side (one thread each) where the encoding allows it, else parts of one picture are.
_FRAMES_AND_SLICES, _SLICES = "AUTO", "SLICE"


class VideoDecoder:
    """Decodes the samples of one format; used by one thread at a time.

    Args:
        format: of the samples. Sizes and layouts that change between samples are followed.
        threads: how many the decoder may use; 0 for what FFmpeg takes by itself (one more than processors).
        low_delay: each picture comes out as soon as the encoding's order allows, without waiting for other threads.

    >>> decoder = VideoDecoder(format)
    >>> for sample in samples:
    ...     pictures += decoder.decode(sample.data, sample.presentation)
    >>> pictures += decoder.drain()

    Raises:
        ProtectedMediaError: the samples are encrypted. DecoderNotFoundError: nothing here decodes them.
        DecodeError: a configuration that the decoder refuses.
    """

    def __init__(self, format: FormatDescription, *, threads: int = 0, low_delay: bool = False) -> None:
        check_protection(format)
        self._format = format
        self._name = decoder_name(format)
        self._context: Any = None
        self._ready: list[tuple[DecodedFrame, int]] = []  # came out after a damaged picture, or is one
        self._open(threads, low_delay)

    def _open(self, threads: int, low_delay: bool) -> None:
        context: Any = _av.decoder_context(self._name)
        settings = decoder_settings(self._format, self._name)
        for name, value in settings.items():
            setattr(context, name, value)
        context.extradata = extradata(self._format) or None
        context.thread_type = _SLICES if low_delay else _FRAMES_AND_SLICES
        context.thread_count = threads
        if low_delay:
            context.flags |= _av.LOW_DELAY
        try:
            context.open()
        except (_av.FFmpegError, ValueError) as error:
            raise DecodeError(
                f"the decoder {self._name} refuses the configuration of {self._format.media_subtype!r} pictures: "
                f"{_av.reason(error)}.",
                hint="The file is damaged, or uses a kind of this encoding that FFmpeg does not know.",
            ) from None
        self._context = context

    def decode(self, data: bytes, tag: int, *, is_sync: bool = False) -> list[tuple[DecodedFrame, int]]:
        """Give the decoder a sample, in decode order, and take the pictures that are ready.

        Args:
            tag: any number that no other sample since the last ``reset`` has; presentation ticks do.
            is_sync: whether the container calls it a key frame. Few decoders ask, as the samples tell.

        Raises:
            DecodeError: a damaged sample: this one, or one before it that was still at work. Decoding may go on.
        """
        return self._run(_av.packet(data, tag, is_sync or self._name in _STILLS)) if data else []

    def drain(self) -> list[tuple[DecodedFrame, int]]:
        """The pictures that are still inside: to be called until there are none. ``reset`` comes before more samples.

        Raises:
            DecodeError: a damaged sample among those still at work; the pictures after it come with the next call.
        """
        return self._run(None)

    def _run(self, packet: Any) -> list[tuple[DecodedFrame, int]]:
        try:
            self._ready += [(frame, frame.pts) for frame in self._context.decode(packet) if frame.pts is not None]
        except _av.FFmpegError as error:
            drained_before = packet is None and isinstance(error, EOFError)
            if not drained_before:
                raise self._damaged(_av.reason(error)) from None
        sound = next((index for index, (frame, _) in enumerate(self._ready) if frame.is_corrupt), len(self._ready))
        if self._ready and not sound:
            del self._ready[0]
            raise self._damaged("parts of the picture are missing")
        found, self._ready = self._ready[:sound], self._ready[sound:]
        return found

    def _damaged(self, reason: str) -> DecodeError:
        return DecodeError(
            f"a sample of {self._format.media_subtype!r} pictures cannot be decoded: {reason}.",
            hint="The file is damaged here; what lies before and after can be read.",
        )

    def skip_non_reference(self, on: bool) -> None:
        """Pass over the samples to come that no other picture depends on; their pictures never come out."""
        self._context.skip_frame = "NONREF" if on else "DEFAULT"

    def reset(self) -> None:
        """Forget everything: the next sample is a key frame somewhere else."""
        self._ready.clear()
        self._context.flush_buffers()

    def close(self) -> None:
        """Let go of the decoder, its threads and memory; pictures that came out stay valid."""
        self._context = None
