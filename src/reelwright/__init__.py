"""Write films anywhere Python runs, with the concepts of AVFoundation's writing stack.

This is the front door: every public name is ``reelwright.<name>``, and the room it lives in is opened when the name is
first used, so that ``import reelwright`` costs nothing. To add a name, add it in two places, one line each: to
``_ROOMS`` (where it lives, for Python) and to the imports below it (the same, for type checkers); a test compares them.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Nothing reaches stderr unasked: whoever wants the library's warnings configures the logger "reelwright".
logging.getLogger(__name__).addHandler(logging.NullHandler())

# Room -> the names that it gives to the public.
_ROOMS: dict[str, tuple[str, ...]] = {
    "model.audio_settings": (
        "AudioQuality",
        "AudioSettings",
        "BitRateStrategy",
        "SampleRateConverterAlgorithm",
    ),
    "model.caption": (
        "Caption",
        "CaptionAlignment",
        "CaptionGroup",
        "CaptionRegion",
        "CaptionSpan",
        "CaptionUnit",
    ),
    "model.color": (
        "ColorMatrix",
        "ColorPrimaries",
        "ColorProperties",
        "TransferFunction",
    ),
    "codecs.encoder_list": (
        "AudioEncoderEntry",
        "VideoEncoderEntry",
        "audio_encoders",
        "video_encoders",
    ),
    "model.compression": (
        "EntropyMode",
        "HDRMetadataInsertionMode",
        "VideoCompressionSettings",
    ),
    "model.encoder_specification": ("EncoderSpecification",),
    "model.errors": (
        "DecodeError",
        "DecoderNotFoundError",
        "DiskFullError",
        "EncodeError",
        "EncoderNotFoundError",
        "ForbiddenReferenceError",
        "FrameError",
        "InvalidArgumentError",
        "InvalidMediaError",
        "InvalidStateError",
        "MediaNotFoundError",
        "MissingDependencyError",
        "NoImageError",
        "NotReadyError",
        "OperationCancelledError",
        "OutputError",
        "OutputExistsError",
        "OutputNotFoundError",
        "OutputPermissionError",
        "ProtectedMediaError",
        "ReelwrightError",
        "SettingsError",
        "SettingsWarning",
        "StalledError",
        "TimestampError",
        "WritingIncompleteError",
    ),
    "model.hdr": (
        "ContentLightLevel",
        "MasteringDisplay",
    ),
    "model.format": (
        "CleanAperture",
        "FormatDescription",
        "PcmLayout",
        "PixelAspectRatio",
    ),
    "model.kinds": (
        "ApertureMode",
        "AudioFormat",
        "AudioTimePitchAlgorithm",
        "DynamicRangePolicy",
        "FileType",
        "FileTypeProfile",
        "MediaCharacteristic",
        "MediaType",
        "OnFull",
        "ReaderStatus",
        "ScalingMode",
        "TrackAssociation",
        "VideoCodec",
        "WriterStatus",
    ),
    "model.layout": (
        "ChannelLayout",
        "Speaker",
    ),
    "model.metadata": (
        "DateRangeMetadataGroup",
        "MetadataGroup",
        "MetadataItem",
        "TimedMetadataGroup",
    ),
    "model.metadata_keys": (
        "MetadataDataType",
        "MetadataFormat",
        "MetadataKeySpace",
    ),
    "model.pixel": (
        "PixelBuffer",
        "PixelBufferAttributes",
        "PixelFormat",
    ),
    "model.pool": (
        "PixelBufferPool",
        "PoolStatistics",
    ),
    "model.profile": ("ProfileLevel",),
    "model.reference_restrictions": ("ReferenceRestrictions",),
    "model.rounding": ("RoundingMethod",),
    "model.sample": (
        "BufferAttachment",
        "SampleAttachments",
        "SampleBuffer",
        "SampleTiming",
    ),
    "model.segments": (
        "Segment",
        "SegmentReport",
        "SegmentReportSampleInformation",
        "SegmentTrackReport",
        "SegmentType",
    ),
    "model.settings": ("VideoSettings",),
    "model.time": (
        "Time",
        "TimeFlags",
    ),
    "model.time_range": (
        "TimeMapping",
        "TimeRange",
    ),
    "containers.ffmpeg": ("probe",),
    "containers.media_info": (
        "ChapterInfo",
        "MediaInfo",
        "StreamInfo",
    ),
    "reading.adaptors": (
        "AssetReaderOutputCaptionAdaptor",
        "AssetReaderOutputMetadataAdaptor",
    ),
    "reading.asset": (
        "Asset",
        "AssetTrackGroup",
    ),
    "reading.asset_reader": ("AssetReader",),
    "reading.asset_track": ("AssetTrack",),
    "reading.audio_mix_output": ("AssetReaderAudioMixOutput",),
    "reading.chapters": ("Chapter",),
    "reading.frames": ("Frame",),
    "reading.generated_image": ("GeneratedImage",),
    "reading.image_generator": ("AssetImageGenerator",),
    "reading.media_selection": (
        "MediaSelection",
        "MediaSelectionGroup",
        "MediaSelectionOption",
    ),
    "reading.outputs": ("AssetReaderOutput",),
    "reading.providers": (
        "CaptionProvider",
        "MetadataProvider",
        "OutputProvider",
        "RandomAccessCaptionProvider",
        "RandomAccessMetadataProvider",
        "RandomAccessOutputProvider",
    ),
    "reading.sample_cursor": (
        "SampleCursor",
        "SampleDependencyInfo",
        "SampleStorageRange",
        "SampleSyncInfo",
    ),
    "reading.sample_reference_output": ("AssetReaderSampleReferenceOutput",),
    "reading.segments": ("AssetTrackSegment",),
    "reading.track_output": ("AssetReaderTrackOutput",),
    "writing.adaptors": ("AssetWriterInputPixelBufferAdaptor",),
    "writing.asset_writer": ("AssetWriter",),
    "writing.input": ("AssetWriterInput",),
    "writing.players": (
        "Player",
        "PlayerVerdict",
    ),
    "writing.queue": ("QueueStatistics",),
    "writing.segmenter": ("AssetWriterDelegate",),
    "writing.stall": ("InputState",),
    "writing.receivers": (
        "PixelBufferReceiver",
        "SampleBufferReceiver",
    ),
    "writing.report": (
        "TrackReport",
        "WritingReport",
    ),
    "easy.contact_sheet": ("contact_sheet",),
    "easy.charts": ("write_chart",),
    "easy.films": (
        "write_images",
        "write_video",
    ),
    "easy.recovery": (
        "RecoveryReport",
        "recover",
    ),
    "isobmff.recovery": ("TrackRecovery",),
    "easy.sounds": ("write_audio",),
    "easy.streams": (
        "Cue",
        "Rendition",
        "RenditionReport",
        "StreamReport",
        "SubtitleReport",
        "SubtitleSource",
        "write_hls",
    ),
    "easy.thumbnails": ("thumbnails",),
}

if TYPE_CHECKING:
    from reelwright.codecs.encoder_list import AudioEncoderEntry as AudioEncoderEntry
    from reelwright.codecs.encoder_list import VideoEncoderEntry as VideoEncoderEntry
    from reelwright.codecs.encoder_list import audio_encoders as audio_encoders
    from reelwright.codecs.encoder_list import video_encoders as video_encoders
    from reelwright.containers.ffmpeg import probe as probe
    from reelwright.containers.media_info import ChapterInfo as ChapterInfo
    from reelwright.containers.media_info import MediaInfo as MediaInfo
    from reelwright.containers.media_info import StreamInfo as StreamInfo
    from reelwright.easy.charts import write_chart as write_chart
    from reelwright.easy.contact_sheet import contact_sheet as contact_sheet
    from reelwright.easy.films import write_images as write_images
    from reelwright.easy.films import write_video as write_video
    from reelwright.easy.recovery import RecoveryReport as RecoveryReport
    from reelwright.easy.recovery import recover as recover
    from reelwright.easy.sounds import write_audio as write_audio
    from reelwright.easy.streams import Cue as Cue
    from reelwright.easy.streams import Rendition as Rendition
    from reelwright.easy.streams import RenditionReport as RenditionReport
    from reelwright.easy.streams import StreamReport as StreamReport
    from reelwright.easy.streams import SubtitleReport as SubtitleReport
    from reelwright.easy.streams import SubtitleSource as SubtitleSource
    from reelwright.easy.streams import write_hls as write_hls
    from reelwright.easy.thumbnails import thumbnails as thumbnails
    from reelwright.isobmff.recovery import TrackRecovery as TrackRecovery
    from reelwright.model.audio_settings import AudioQuality as AudioQuality
    from reelwright.model.audio_settings import AudioSettings as AudioSettings
    from reelwright.model.audio_settings import BitRateStrategy as BitRateStrategy
    from reelwright.model.audio_settings import SampleRateConverterAlgorithm as SampleRateConverterAlgorithm
    from reelwright.model.caption import Caption as Caption
    from reelwright.model.caption import CaptionAlignment as CaptionAlignment
    from reelwright.model.caption import CaptionGroup as CaptionGroup
    from reelwright.model.caption import CaptionRegion as CaptionRegion
    from reelwright.model.caption import CaptionSpan as CaptionSpan
    from reelwright.model.caption import CaptionUnit as CaptionUnit
    from reelwright.model.color import ColorMatrix as ColorMatrix
    from reelwright.model.color import ColorPrimaries as ColorPrimaries
    from reelwright.model.color import ColorProperties as ColorProperties
    from reelwright.model.color import TransferFunction as TransferFunction
    from reelwright.model.compression import EntropyMode as EntropyMode
    from reelwright.model.compression import HDRMetadataInsertionMode as HDRMetadataInsertionMode
    from reelwright.model.compression import VideoCompressionSettings as VideoCompressionSettings
    from reelwright.model.encoder_specification import EncoderSpecification as EncoderSpecification
    from reelwright.model.errors import DecodeError as DecodeError
    from reelwright.model.errors import DecoderNotFoundError as DecoderNotFoundError
    from reelwright.model.errors import DiskFullError as DiskFullError
    from reelwright.model.errors import EncodeError as EncodeError
    from reelwright.model.errors import EncoderNotFoundError as EncoderNotFoundError
    from reelwright.model.errors import ForbiddenReferenceError as ForbiddenReferenceError
    from reelwright.model.errors import FrameError as FrameError
    from reelwright.model.errors import InvalidArgumentError as InvalidArgumentError
    from reelwright.model.errors import InvalidMediaError as InvalidMediaError
    from reelwright.model.errors import InvalidStateError as InvalidStateError
    from reelwright.model.errors import MediaNotFoundError as MediaNotFoundError
    from reelwright.model.errors import MissingDependencyError as MissingDependencyError
    from reelwright.model.errors import NoImageError as NoImageError
    from reelwright.model.errors import NotReadyError as NotReadyError
    from reelwright.model.errors import OperationCancelledError as OperationCancelledError
    from reelwright.model.errors import OutputError as OutputError
    from reelwright.model.errors import OutputExistsError as OutputExistsError
    from reelwright.model.errors import OutputNotFoundError as OutputNotFoundError
    from reelwright.model.errors import OutputPermissionError as OutputPermissionError
    from reelwright.model.errors import ProtectedMediaError as ProtectedMediaError
    from reelwright.model.errors import ReelwrightError as ReelwrightError
    from reelwright.model.errors import SettingsError as SettingsError
    from reelwright.model.errors import SettingsWarning as SettingsWarning
    from reelwright.model.errors import StalledError as StalledError
    from reelwright.model.errors import TimestampError as TimestampError
    from reelwright.model.errors import WritingIncompleteError as WritingIncompleteError
    from reelwright.model.format import CleanAperture as CleanAperture
    from reelwright.model.format import FormatDescription as FormatDescription
    from reelwright.model.format import PcmLayout as PcmLayout
    from reelwright.model.format import PixelAspectRatio as PixelAspectRatio
    from reelwright.model.hdr import ContentLightLevel as ContentLightLevel
    from reelwright.model.hdr import MasteringDisplay as MasteringDisplay
    from reelwright.model.kinds import ApertureMode as ApertureMode
    from reelwright.model.kinds import AudioFormat as AudioFormat
    from reelwright.model.kinds import AudioTimePitchAlgorithm as AudioTimePitchAlgorithm
    from reelwright.model.kinds import DynamicRangePolicy as DynamicRangePolicy
    from reelwright.model.kinds import FileType as FileType
    from reelwright.model.kinds import FileTypeProfile as FileTypeProfile
    from reelwright.model.kinds import MediaCharacteristic as MediaCharacteristic
    from reelwright.model.kinds import MediaType as MediaType
    from reelwright.model.kinds import OnFull as OnFull
    from reelwright.model.kinds import ReaderStatus as ReaderStatus
    from reelwright.model.kinds import ScalingMode as ScalingMode
    from reelwright.model.kinds import TrackAssociation as TrackAssociation
    from reelwright.model.kinds import VideoCodec as VideoCodec
    from reelwright.model.kinds import WriterStatus as WriterStatus
    from reelwright.model.layout import ChannelLayout as ChannelLayout
    from reelwright.model.layout import Speaker as Speaker
    from reelwright.model.metadata import DateRangeMetadataGroup as DateRangeMetadataGroup
    from reelwright.model.metadata import MetadataGroup as MetadataGroup
    from reelwright.model.metadata import MetadataItem as MetadataItem
    from reelwright.model.metadata import TimedMetadataGroup as TimedMetadataGroup
    from reelwright.model.metadata_keys import MetadataDataType as MetadataDataType
    from reelwright.model.metadata_keys import MetadataFormat as MetadataFormat
    from reelwright.model.metadata_keys import MetadataKeySpace as MetadataKeySpace
    from reelwright.model.pixel import PixelBuffer as PixelBuffer
    from reelwright.model.pixel import PixelBufferAttributes as PixelBufferAttributes
    from reelwright.model.pixel import PixelFormat as PixelFormat
    from reelwright.model.pool import PixelBufferPool as PixelBufferPool
    from reelwright.model.pool import PoolStatistics as PoolStatistics
    from reelwright.model.profile import ProfileLevel as ProfileLevel
    from reelwright.model.reference_restrictions import ReferenceRestrictions as ReferenceRestrictions
    from reelwright.model.rounding import RoundingMethod as RoundingMethod
    from reelwright.model.sample import BufferAttachment as BufferAttachment
    from reelwright.model.sample import SampleAttachments as SampleAttachments
    from reelwright.model.sample import SampleBuffer as SampleBuffer
    from reelwright.model.sample import SampleTiming as SampleTiming
    from reelwright.model.segments import Segment as Segment
    from reelwright.model.segments import SegmentReport as SegmentReport
    from reelwright.model.segments import SegmentReportSampleInformation as SegmentReportSampleInformation
    from reelwright.model.segments import SegmentTrackReport as SegmentTrackReport
    from reelwright.model.segments import SegmentType as SegmentType
    from reelwright.model.settings import VideoSettings as VideoSettings
    from reelwright.model.time import Time as Time
    from reelwright.model.time import TimeFlags as TimeFlags
    from reelwright.model.time_range import TimeMapping as TimeMapping
    from reelwright.model.time_range import TimeRange as TimeRange
    from reelwright.reading.adaptors import AssetReaderOutputCaptionAdaptor as AssetReaderOutputCaptionAdaptor
    from reelwright.reading.adaptors import AssetReaderOutputMetadataAdaptor as AssetReaderOutputMetadataAdaptor
    from reelwright.reading.asset import Asset as Asset
    from reelwright.reading.asset import AssetTrackGroup as AssetTrackGroup
    from reelwright.reading.asset_reader import AssetReader as AssetReader
    from reelwright.reading.asset_track import AssetTrack as AssetTrack
    from reelwright.reading.audio_mix_output import AssetReaderAudioMixOutput as AssetReaderAudioMixOutput
    from reelwright.reading.chapters import Chapter as Chapter
    from reelwright.reading.frames import Frame as Frame
    from reelwright.reading.generated_image import GeneratedImage as GeneratedImage
    from reelwright.reading.image_generator import AssetImageGenerator as AssetImageGenerator
    from reelwright.reading.media_selection import MediaSelection as MediaSelection
    from reelwright.reading.media_selection import MediaSelectionGroup as MediaSelectionGroup
    from reelwright.reading.media_selection import MediaSelectionOption as MediaSelectionOption
    from reelwright.reading.outputs import AssetReaderOutput as AssetReaderOutput
    from reelwright.reading.providers import CaptionProvider as CaptionProvider
    from reelwright.reading.providers import MetadataProvider as MetadataProvider
    from reelwright.reading.providers import OutputProvider as OutputProvider
    from reelwright.reading.providers import RandomAccessCaptionProvider as RandomAccessCaptionProvider
    from reelwright.reading.providers import RandomAccessMetadataProvider as RandomAccessMetadataProvider
    from reelwright.reading.providers import RandomAccessOutputProvider as RandomAccessOutputProvider
    from reelwright.reading.sample_cursor import SampleCursor as SampleCursor
    from reelwright.reading.sample_cursor import SampleDependencyInfo as SampleDependencyInfo
    from reelwright.reading.sample_cursor import SampleStorageRange as SampleStorageRange
    from reelwright.reading.sample_cursor import SampleSyncInfo as SampleSyncInfo
    from reelwright.reading.sample_reference_output import (
        AssetReaderSampleReferenceOutput as AssetReaderSampleReferenceOutput,
    )
    from reelwright.reading.segments import AssetTrackSegment as AssetTrackSegment
    from reelwright.reading.track_output import AssetReaderTrackOutput as AssetReaderTrackOutput
    from reelwright.writing.adaptors import AssetWriterInputPixelBufferAdaptor as AssetWriterInputPixelBufferAdaptor
    from reelwright.writing.asset_writer import AssetWriter as AssetWriter
    from reelwright.writing.input import AssetWriterInput as AssetWriterInput
    from reelwright.writing.players import Player as Player
    from reelwright.writing.players import PlayerVerdict as PlayerVerdict
    from reelwright.writing.queue import QueueStatistics as QueueStatistics
    from reelwright.writing.receivers import PixelBufferReceiver as PixelBufferReceiver
    from reelwright.writing.receivers import SampleBufferReceiver as SampleBufferReceiver
    from reelwright.writing.report import TrackReport as TrackReport
    from reelwright.writing.report import WritingReport as WritingReport
    from reelwright.writing.segmenter import AssetWriterDelegate as AssetWriterDelegate
    from reelwright.writing.stall import InputState as InputState

_HOME = {name: f"{__name__}.{room}" for room, names in _ROOMS.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
