"""The names of compression properties: AVFoundation's and Video Toolbox's keys, and what becomes of each.

Most are fields of ``VideoCompressionSettings``. Some are known and harmless but have no effect with the encoders here,
some would silently give another film than the one asked for and are refused, some belong beside the codec instead.
"""

from __future__ import annotations

from reelwright.model.keys import KeyTable

__all__ = ["ELSEWHERE", "KEYS", "REFUSED", "WITHOUT_EFFECT"]

_FIELDS = {
    "AverageBitRate": "average_bit_rate",
    "Quality": "quality",
    "MaxKeyFrameInterval": "max_key_frame_interval",
    "MaxKeyFrameIntervalDuration": "max_key_frame_interval_duration",
    "AllowFrameReordering": "allow_frame_reordering",
    "AllowTemporalCompression": "allow_temporal_compression",
    "AllowOpenGOP": "allow_open_gop",
    "ProfileLevel": "profile_level",
    "H264EntropyMode": "h264_entropy_mode",
    "ExpectedSourceFrameRate": "expected_source_frame_rate",
    "AverageNonDroppableFrameRate": "average_non_droppable_frame_rate",
    "DataRateLimits": "data_rate_limits",
    "ConstantBitRate": "constant_bit_rate",
    "VariableBitRate": "variable_bit_rate",
    "VBVMaxBitRate": "vbv_max_bit_rate",
    "VBVBufferDuration": "vbv_buffer_duration",
    "VBVInitialDelayPercentage": "vbv_initial_delay_percentage",
    "PrioritizeEncodingSpeedOverQuality": "prioritize_encoding_speed_over_quality",
    "RealTime": "real_time",
    "MaxFrameDelayCount": "max_frame_delay_count",
    "SuggestedLookAheadFrameCount": "suggested_look_ahead_frame_count",
    "MaxH264SliceBytes": "max_h264_slice_bytes",
    "ReferenceBufferCount": "reference_buffer_count",
    "MaxAllowedFrameQP": "max_allowed_frame_qp",
    "MinAllowedFrameQP": "min_allowed_frame_qp",
    "SpatialAdaptiveQPLevel": "spatial_adaptive_qp_level",
    "OutputBitDepth": "output_bit_depth",
    "PreserveAlphaChannel": "preserve_alpha_channel",
    "MasteringDisplayColorVolume": "mastering_display_color_volume",
    "ContentLightLevelInfo": "content_light_level_info",
    "HDRMetadataInsertionMode": "hdr_metadata_insertion_mode",
}
_NO_LAYERS = "the encoders here write one temporal layer"
# Known to AVFoundation or Video Toolbox, harmless here, and without effect.
WITHOUT_EFFECT = {
    "MaximizePowerEfficiency": "no encoder here has such a mode",
    "SourceFrameCount": "the encoders here do not need to know it",
    "ExpectedDuration": "the encoders here do not need to know it",
    "MaximumRealTimeFrameRate": "the encoders here do not need to know it",
    "BaseLayerFrameRate": _NO_LAYERS,
    "BaseLayerFrameRateFraction": _NO_LAYERS,
    "BaseLayerBitRateFraction": _NO_LAYERS,
    "MoreFramesBeforeStart": "every film is encoded on its own",
    "MoreFramesAfterEnd": "every film is encoded on its own",
    "MultiPassStorage": "one pass is made",
    "EncoderID": "an encoder is chosen with VideoSettings(encoder_specification=…)",
    "PreserveDynamicHDRMetadata": "dynamic HDR metadata is not written",
    "ICCProfile": "colour is tagged with VideoSettings(color=…)",
    "GammaLevel": "colour is tagged with VideoSettings(color=…)",
    "CalculateMeanSquaredError": "the encoders here do not report it",
    "RecommendedParallelizationLimit": "threads are divided by the writer",
    "RecommendedParallelizedSubdivisionMinimumFrameCount": "threads are divided by the writer",
    "RecommendedParallelizedSubdivisionMinimumDuration": "threads are divided by the writer",
}
_NO_STEREO = "stereo and immersive video is not written for this codec"
_READ_ONLY = "it can only be read"
# Known, but a film without it would not be the film that was asked for.
REFUSED = {
    "TargetQualityForAlpha": "it is about HEVC with alpha, which is not written",
    "AlphaChannelMode": "alpha is always straight here",
    **dict.fromkeys(("MVHEVCVideoLayerIDs", "MVHEVCViewIDs", "MVHEVCLeftAndRightViewIDs", "HeroEye"), _NO_STEREO),
    **dict.fromkeys(("StereoCameraBaseline", "HorizontalDisparityAdjustment", "HorizontalFieldOfView"), _NO_STEREO),
    **dict.fromkeys(("HasLeftStereoEyeView", "HasRightStereoEyeView", "ProjectionKind", "ViewPackingKind"), _NO_STEREO),
    "CameraCalibrationDataLensCollection": _NO_STEREO,
    **dict.fromkeys(("FieldCount", "FieldDetail"), "interlaced video is not written"),
    "AppleProRAWBitDepth": "it is for ProRAW stills",
    **dict.fromkeys(
        ("EstimatedAverageBytesPerFrame", "SupportedPresetDictionaries", "NumberOfPendingFrames"), _READ_ONLY
    ),
    **dict.fromkeys(("UsingHardwareAcceleratedVideoEncoder", "UsingGPURegistryID"), _READ_ONLY),
}
# Properties of Video Toolbox that AVFoundation, and VideoSettings, keep outside the compression properties.
ELSEWHERE = {
    "CleanAperture": "clean_aperture",
    "PixelAspectRatio": "pixel_aspect_ratio",
    "ColorPrimaries": "color",
    "TransferFunction": "color",
    "YCbCrMatrix": "color",
}
KEYS = KeyTable(
    "compression properties",
    ("AVVideo", "kVTCompressionPropertyKey_"),
    {**_FIELDS, **{core: core for known in (WITHOUT_EFFECT, REFUSED, ELSEWHERE) for core in known}},
    # The runtime string, and Video Toolbox's name, of ExpectedSourceFrameRate.
    {
        **dict.fromkeys(("ExpectedFrameRate", "expected_frame_rate"), "expected_source_frame_rate"),
        "kVTCompressionPropertyKey_ExpectedFrameRate": "expected_source_frame_rate",
    },
)
