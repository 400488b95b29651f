"""One video encoder: frames in at their ticks, packets out in decode order, each with its own frame's ticks.

FFmpeg does the work; this room sees to what it leaves open: tags that match the pixels, closed groups of pictures, real
key frames when asked, silence on stderr, no option ignored, and threads that end with ``close``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from reelwright.codecs import _av
from reelwright.codecs.catalog import choose, device_options, is_hardware
from reelwright.codecs.encoded_packet import EncodedPacket, encoded
from reelwright.codecs.encoder_frames import frame_spec, sample_aspect
from reelwright.codecs.frame_spec import FrameSpec
from reelwright.codecs.quiet import silenced
from reelwright.codecs.video_options import EncoderPlan, plan_encoder
from reelwright.model.color import TransferFunction
from reelwright.model.errors import (
    EncodeError,
    FrameError,
    InvalidStateError,
    SettingsError,
    SettingsWarning,
    TimestampError,
)
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType, VideoCodec
from reelwright.model.settings import VideoSettings, inapplicable

__all__ = ["EncodedPacket", "FrameSpec", "VideoEncoder", "frame_spec"]

_NOMINAL_RATE = Fraction(30)  # for levels and rate control when nobody knows the frame rate
_UNSPECIFIED = 2
_CHROMA = {(2, 2): "4:2:0", (2, 1): "4:2:2", (1, 1): "4:4:4"}
_DEPTH_WITH_ALPHA = 32  # of a picture, by CoreMedia's convention
_OTHER_WAYS = (
    "Try another size, plain settings (only codec and size), or another codec; reelwright encoders lists the encoders "
    "here and what they can do."
)


class VideoEncoder:
    """A video encoder at work.

    Args:
        settings: codec, size and everything about the encoder.
        spec: what its frames are like (``frame_spec``); its tags go into the bitstream.
        time_base: length of one tick in seconds.
        frame_rate: frames a second where known. When one frame is exactly one tick, the bitstream says so too.
        threads: for the encoder; 0 lets it use all processors.
        low_latency: as ``EncoderSpecification.low_latency``.

    Without a quality or a bit rate, quality is constant: CRF 20 for x264, 22 for x265 (both at preset ``medium``), 28
    for AV1 and VP9, 0.85 for JPEG; ProRes' own for each of its six.

    Attributes:
        name: FFmpeg's name of the encoder at work. is_hardware: whether it needs a device.
        frame_spec: what its frames are like. frame_rate: pictures a second that it plans for.

    >>> with VideoEncoder(settings, spec, time_base=Fraction(1, 30), frame_rate=Fraction(30)) as encoder:
    ...     for ticks, frame in enumerate(frames):
    ...         packets += encoder.encode(frame, ticks)
    ...     packets += encoder.flush()

    Raises:
        EncoderNotFoundError: no encoder here can do what was asked; names what was tried.
        SettingsError: encoder options that the encoder does not know.
        EncodeError: the encoder does not open; FFmpeg's words are in the message.
    """

    def __init__(
        self,
        settings: VideoSettings,
        spec: FrameSpec,
        *,
        time_base: Fraction,
        frame_rate: Fraction | None = None,
        threads: int = 0,
        low_latency: bool = False,
    ) -> None:
        self.frame_spec = spec
        bits, alpha = spec.pixel_format.bits, spec.has_alpha
        self.name = choose(settings.codec, settings.encoder_specification, bits, alpha)
        self.is_hardware = is_hardware(self.name)
        self._settings = settings
        self._time_base = time_base
        expected = settings.compression.expected_source_frame_rate
        self.frame_rate = Fraction(expected or frame_rate or _NOMINAL_RATE)
        self._is_constant = frame_rate is not None and frame_rate * time_base == 1
        self._threads = threads
        self._low_latency = low_latency
        self._plan = self._planned(settings)
        self._inside: set[int] = set()
        self._last: int | None = None
        self._last_key = 0
        self._since_key = 0
        self._flushed = False
        self._format: FormatDescription | None = None
        self._context: Any = self._opened()
        _warn(settings, self._plan, self.name)

    @property
    def overridden(self) -> tuple[str, ...]:
        """Settings that ``encoder_options`` won over, each with what won."""
        return self._plan.overridden

    @property
    def format(self) -> FormatDescription | None:
        """What the packets are; None until the encoder has told its parameter sets (x264 and x265 do at once).

        Encodings whose packets say everything themselves (ProRes, JPEG, VP9) have none.
        """
        if self._format is None and self._context is not None:
            told = bytes(self._context.extradata or b"")
            if told or not self._tells_sets:
                self._format = self._described(told)
        return self._format

    @property
    def _tells_sets(self) -> bool:
        return self._settings.codec in (VideoCodec.H264, VideoCodec.HEVC, VideoCodec.AV1)

    def encode(self, frame: _av.VideoFrame, ticks: int, *, force_key_frame: bool = False) -> list[EncodedPacket]:
        """Hand in the frame shown at ``ticks``; get the packets that are done, in decode order.

        The frame's memory must not change afterwards; it is kept for as long as the encoder looks at it.

        Raises:
            FrameError: another size or pixel format than ``frame_spec``. TimestampError: ticks that do not grow.
            EncodeError: the encoder failed, and is closed. InvalidStateError: it was flushed or closed before.
        """
        self._check(frame, ticks)
        forced = force_key_frame or self._plan.only_key_frames or self._key_is_due(ticks)
        self._since_key += 1
        if forced or self._last is None:
            self._last_key, self._since_key = ticks, 0
        frame.pts, frame.time_base = ticks, self._time_base
        frame.pict_type = _av.PictureType.I if forced else _av.PictureType.NONE
        if self._settings.codec.is_prores:
            _av.tag(frame, self._color_codes, self.frame_spec.full_range)  # the encoder goes by each frame's own tags
        self._last = ticks
        self._inside.add(ticks)
        return self._run(frame)

    def flush(self) -> list[EncodedPacket]:
        """The packets still inside. Nothing more can be encoded afterwards.

        Raises:
            EncodeError: the encoder failed, or kept a picture to itself.
        """
        if self._flushed or self._context is None:
            return []
        self._flushed = True
        packets = self._run(None)
        if self._inside:
            missing = f"{len(self._inside)} of the pictures given to it, the first at tick {min(self._inside)}"
            self.close()
            raise EncodeError(f"{self.name} returned no packet for {missing}.")
        return packets

    def close(self) -> None:
        """End the encoder's threads and free its memory, whatever is still inside. Packets handed out stay valid."""
        self.format  # noqa: B018 - to be known afterwards, too
        self._context = None
        self._inside.clear()

    def __enter__(self) -> VideoEncoder:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check(self, frame: _av.VideoFrame, ticks: int) -> None:
        if self._context is None or self._flushed:
            raise InvalidStateError(
                f"encode() was called after the {'flush' if self._flushed else 'end'} of the encoder.",
                hint="Make a new encoder for more pictures.",
            )
        spec = self.frame_spec
        wanted = (spec.pixel_format.ffmpeg_name, spec.coded_width, spec.coded_height)
        if (frame.format.name, frame.width, frame.height) != wanted:
            raise FrameError(
                f"the encoder takes {wanted[1]}×{wanted[2]} {wanted[0]} frames, not {frame.width}×{frame.height} "
                f"{frame.format.name}.",
                hint="Convert pictures with a PixelConverter for its frame_spec.",
            )
        if self._last is not None and ticks <= self._last:
            raise TimestampError(f"tick {ticks} does not come after tick {self._last}: frames come in display order.")

    def _key_is_due(self, ticks: int) -> bool:
        """Whether the last key frame is as long ago as it may be. A limit in frames alone is the encoder's business."""
        limit, frames = self._plan.key_frame_seconds, self._settings.compression.max_key_frame_interval
        if limit is None or self._last is None:
            return False
        reached = frames is not None and self._since_key + 1 >= frames
        return reached or (ticks - self._last_key) * self._time_base >= limit

    def _run(self, frame: _av.VideoFrame | None) -> list[EncodedPacket]:
        try:
            packets = self._context.encode(frame)
        except _av.FFmpegError as error:
            words = _av.reason(error)
        else:
            return [self._packet(packet) for packet in packets]
        # Raised here, not above: the caught error's traceback would keep the encoder, and so its threads, alive.
        self.close()
        raise EncodeError(f"{self.name} failed while encoding: {words}.", hint="Nothing more can be encoded with it.")

    def _packet(self, packet: Any) -> EncodedPacket:
        ticks = packet.pts
        if ticks not in self._inside:
            self.close()
            raise EncodeError(f"{self.name} returned a packet for tick {ticks}, at which it was given no picture.")
        self._inside.discard(ticks)
        return encoded(packet, self._settings.codec, self.frame_spec.has_alpha)

    def _described(self, parameter_sets: bytes) -> FormatDescription:
        spec, compression = self.frame_spec, self._settings.compression
        return FormatDescription(
            media_type=MediaType.VIDEO,
            media_subtype=self._settings.codec.value,
            width=spec.coded_width,
            height=spec.coded_height,
            color=spec.color,
            full_range=spec.full_range,
            pixel_aspect_ratio=spec.pixel_aspect_ratio,
            clean_aperture=spec.coded_aperture,
            bits_per_component=spec.pixel_format.bits,
            chroma=_CHROMA[spec.pixel_format.subsampling],
            codec_config=parameter_sets,
            extensions=self._extensions(),
            bit_rate=compression.average_bit_rate
            or compression.constant_bit_rate
            or compression.variable_bit_rate
            or 0,
        )

    def _extensions(self) -> Mapping[str, Any]:
        """What only the file can say, or says too: HDR metadata, and that there is alpha."""
        compression = self._settings.compression
        found: dict[str, Any] = {
            "MasteringDisplayColorVolume": compression.mastering_display_color_volume,
            "ContentLightLevelInfo": compression.content_light_level_info,
            # VP9 does not say it of itself; everything else does, or its readers need not be told.
            "ChromaLocationTopField": "Left" if self._settings.codec is VideoCodec.VP9 else None,
            "CVFieldCount": 1 if self._settings.codec.is_prores else None,  # which its readers expect to be told
            "ContainsAlphaChannel": True if self.frame_spec.has_alpha else None,
            "Depth": _DEPTH_WITH_ALPHA if self.frame_spec.has_alpha and self._settings.codec.is_prores else None,
        }
        return {key: value for key, value in found.items() if value is not None}

    @property
    def _color_codes(self) -> tuple[int, int, int]:
        color = self.frame_spec.color
        return color.codes if color is not None else (_UNSPECIFIED,) * 3

    def _planned(self, settings: VideoSettings) -> EncoderPlan:
        wanted, spec = settings.encoder_specification, self.frame_spec
        return plan_encoder(
            settings,
            self.name,
            frame_rate=self.frame_rate,
            bits=spec.pixel_format.bits,
            has_alpha=spec.has_alpha,
            width=spec.coded_width,
            is_hdr10=spec.color is not None and spec.color.transfer_function is TransferFunction.SMPTE_ST_2084_PQ,
            is_constant=self._is_constant,
            threads=self._threads,
            low_latency=self._low_latency or (wanted is not None and wanted.low_latency),
        )

    def _opened(self) -> Any:
        """An open FFmpeg encoder, every option understood."""
        options = {**self._plan.options} | device_options(self.name, self._settings.encoder_specification)
        try:
            if self._plan.complaints:
                context, said = _av.logged(self._open, options)
                self._refuse_ignored(said)
            else:
                context = self._open(options)
        except _av.FFmpegError as error:
            words = _av.reason(error)
        else:
            self._refuse_unknown(context)
            return context
        raise self._unopened(options, words)

    def _open(self, options: dict[str, str]) -> Any:
        spec = self.frame_spec
        context = _av.encoder_context(self.name)
        context.width, context.height = spec.coded_width, spec.coded_height
        context.pix_fmt = spec.pixel_format.ffmpeg_name
        context.time_base, context.framerate = self._time_base, self.frame_rate.limit_denominator(1 << 20)
        context.color_primaries, context.color_trc, context.colorspace = self._color_codes
        context.color_range = _av.FULL if spec.full_range else _av.VIDEO
        aspect = sample_aspect(spec, self._settings.codec)
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        context.codec_tag = self._settings.codec.value
        if self._tells_sets:
            context.flags |= _av.GLOBAL_HEADER
        # PyAV's default would cut every frame into slices, which costs quality and speed (libx264 obeys it).
        context.thread_type = "SLICE" if self._plan.slices else "AUTO"
        context.thread_count = self._plan.threads
        context.options = options
        with silenced(self.name):
            context.open()
        return context

    def _refuse_ignored(self, said: Sequence[str]) -> None:
        lines = [line for line in said if line.startswith(self._plan.complaints)]
        if lines:
            raise SettingsError(
                f"{self.name} does not understand its parameters: {' '.join(lines)}",
                hint="Correct them in encoder_options, or leave them out.",
            )

    def _refuse_unknown(self, context: Any) -> None:
        """FFmpeg leaves options that nobody took, without a word."""
        unknown = sorted(context.options)
        if not unknown:
            return
        from difflib import get_close_matches

        close = get_close_matches(unknown[0], _av.option_names(context), n=1)
        raise SettingsError(
            f"{self.name} has no option {', '.join(map(repr, unknown))}.",
            hint=f"Did you mean {close[0]!r}?" if close else "Leave it out, or pass it to the encoder that has it.",
        )

    def _unopened(self, options: dict[str, str], words: str) -> EncodeError | SettingsError:
        """Why the encoder did not open, in its own words, which FFmpeg only logs; options at fault are blamed."""
        said = self._failure(options)
        text = "; ".join(dict.fromkeys(line.rstrip(".") for line in said or ())) or words
        spec = self.frame_spec
        picture = f"{spec.coded_width}×{spec.coded_height} at {spec.pixel_format.bits} bits"
        given = self._settings.encoder_options
        if given and self._failure(dict(self._planned(replace(self._settings, encoder_options={})).options)) is None:
            shown = ", ".join(f"{name}={value}" for name, value in given.items())
            return SettingsError(
                f"{self.name} refuses the encoder options {shown}: {text}.", hint="Correct them or leave them out."
            )
        return EncodeError(f"{self.name} could not be opened for {picture}: {text}.", hint=_OTHER_WAYS)

    def _failure(self, options: dict[str, str]) -> Any:
        """What FFmpeg logs while failing to open; None when it opens."""

        def attempt() -> bool:
            try:
                self._open(options)
            except _av.FFmpegError:
                return False
            return True

        opened, said = _av.logged(attempt)
        return None if opened else said


def _warn(settings: VideoSettings, plan: EncoderPlan, name: str) -> None:
    """Say once what has no effect."""
    reasons = [*inapplicable(settings), *((key, f"{name} has no equivalent") for key in plan.unapplied)]
    for key, why in reasons:
        warnings.warn(f"{key} has no effect: {why}.", SettingsWarning, stacklevel=3)
