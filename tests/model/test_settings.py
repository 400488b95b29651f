"""Video settings: AVFoundation's dictionaries read, every rule of theirs kept, hints resolved."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from tests.model.refusal import refused

from reelwright.model.color import ColorProperties
from reelwright.model.encoder_specification import EncoderSpecification
from reelwright.model.format import CleanAperture, FormatDescription, PixelAspectRatio
from reelwright.model.kinds import MediaType, ScalingMode, VideoCodec
from reelwright.model.settings import VideoCompressionSettings, VideoSettings, inapplicable, resolve

H264, HEVC = VideoCodec.H264, VideoCodec.HEVC
# As a developer writes it for AVAssetWriterInput, every key once.
APPLES = {
    "AVVideoCodecKey": "hvc1",
    "AVVideoWidthKey": 1920,
    "AVVideoHeightKey": 1080,
    "AVVideoScalingModeKey": "AVVideoScalingModeResizeAspect",
    "AVVideoColorPropertiesKey": {
        "AVVideoColorPrimariesKey": "ITU_R_709_2",
        "AVVideoTransferFunctionKey": "ITU_R_709_2",
        "AVVideoYCbCrMatrixKey": "ITU_R_709_2",
    },
    "AVVideoCleanApertureKey": {"AVVideoCleanApertureWidthKey": 1900, "AVVideoCleanApertureHeightKey": 1060},
    "AVVideoPixelAspectRatioKey": {"HorizontalSpacing": 4, "VerticalSpacing": 3},
    "AVVideoCompressionPropertiesKey": {"AverageBitRate": 8_000_000, "ProfileLevel": "HEVC_Main10_AutoLevel"},
    "AVVideoEncoderSpecificationKey": {"EnableHardwareAcceleratedVideoEncoder": False},
    "AVVideoAllowWideColorKey": True,
}
OURS = VideoSettings(
    HEVC,
    1920,
    1080,
    scaling_mode=ScalingMode.RESIZE_ASPECT,
    color=ColorProperties.HD,
    clean_aperture=CleanAperture(Fraction(1900), Fraction(1060)),
    pixel_aspect_ratio=PixelAspectRatio(4, 3),
    compression=VideoCompressionSettings(average_bit_rate=8_000_000, profile_level="HEVC_Main10_AutoLevel"),
    encoder_specification=EncoderSpecification(enable_hardware=False),
    allow_wide_color=True,
)


def settings(**given: Any) -> VideoSettings:
    return VideoSettings(**{"codec": H264, "width": 640, "height": 480, **given})


class TestDictionary:
    def test_apples_dictionary_is_our_dataclass(self) -> None:
        assert VideoSettings.of(APPLES) == OURS

    @pytest.mark.parametrize("shape", ["AVVideo{}Key", "AVVideo{}", "{}", "{}Key"])
    def test_every_spelling(self, shape: str) -> None:
        spelled = {shape.format(key.removeprefix("AVVideo").removesuffix("Key")): item for key, item in APPLES.items()}
        assert VideoSettings.of(spelled) == OURS

    def test_our_own_names(self) -> None:
        names = ("codec", "width", "height", "scaling_mode", "color", "clean_aperture", "pixel_aspect_ratio")
        mapping = {name: getattr(OURS, name) for name in (*names, "compression", "encoder_specification")}
        assert VideoSettings.of({**mapping, "allow_wide_color": True}) == OURS

    def test_the_dataclass_itself(self) -> None:
        assert VideoSettings.of(OURS) is OURS

    def test_the_legacy_place_of_geometry_and_video_toolboxs_of_colour(self) -> None:
        mapping = dict(APPLES)
        moved = {
            "CleanAperture": mapping.pop("AVVideoCleanApertureKey"),
            "AVVideoPixelAspectRatioKey": mapping.pop("AVVideoPixelAspectRatioKey"),
            "ColorPrimaries": "ITU_R_709_2",
            "kVTCompressionPropertyKey_TransferFunction": "ITU_R_709_2",
            "YCbCrMatrix": "ITU_R_709_2",
        }
        del mapping["AVVideoColorPropertiesKey"]
        mapping["AVVideoCompressionPropertiesKey"] = {**APPLES["AVVideoCompressionPropertiesKey"], **moved}  # type: ignore[dict-item]
        assert VideoSettings.of(mapping) == OURS

    @pytest.mark.parametrize(
        ("key", "item", "field"),
        [
            ("PixelAspectRatio", {"HorizontalSpacing": 1, "VerticalSpacing": 1}, "AVVideoPixelAspectRatioKey"),
            ("CleanAperture", {"Width": 4, "Height": 4}, "AVVideoCleanApertureKey"),
            ("ColorPrimaries", "SMPTE_C", "AVVideoColorPropertiesKey"),
        ],
    )
    def test_both_places_at_once(self, key: str, item: Any, field: str) -> None:
        mapping = {**APPLES, "AVVideoCompressionPropertiesKey": {key: item}}
        with refused(field, "twice", repr(item), way_out="Keep the one"):
            VideoSettings.of(mapping)

    def test_colour_among_the_compression_properties_is_complete_or_refused(self) -> None:
        with refused("'TransferFunction'"):
            VideoSettings.of({"Codec": "avc1", "CompressionProperties": {"ColorPrimaries": "SMPTE_C"}})

    def test_an_unknown_key_names_the_nearest(self) -> None:
        with refused("'AVVideoWidht'", "video settings", way_out="'AVVideoWidth"):
            VideoSettings.of({**APPLES, "AVVideoWidht": 5})

    def test_no_recognised_key(self) -> None:
        with refused("no key that is recognised", "'Colour'", way_out="'color'"):
            VideoSettings.of({"Colour": 5})

    def test_the_codec_is_required(self) -> None:
        for mapping in ({}, {"AVVideoWidthKey": 640, "AVVideoHeightKey": 480}):
            with refused("must name the codec", repr(mapping), way_out="AVVideoCodecKey"):
                VideoSettings.of(mapping)

    def test_decompression_properties(self) -> None:
        with refused("AVVideoDecompressionPropertiesKey", "{'a': 1}", way_out="Leave it out"):
            VideoSettings.of({**APPLES, "AVVideoDecompressionPropertiesKey": {"a": 1}})

    @pytest.mark.parametrize("key", ["AVFormatIDKey", "AVSampleRateKey"])
    def test_settings_for_sound(self, key: str) -> None:
        with refused(key, "sound", way_out="audio input"):
            VideoSettings.of({key: 1})

    @pytest.mark.parametrize("key", ["PixelFormatType", "kCVPixelBufferPixelFormatTypeKey"])
    def test_settings_for_uncompressed_pictures(self, key: str) -> None:
        with refused(key, "uncompressed", way_out="AVVideoCodecKey"):
            VideoSettings.of({key: "420v", "Width": 640})

    @pytest.mark.parametrize("value", [None, "avc1", 5])
    def test_what_is_no_mapping(self, value: Any) -> None:
        with refused(repr(value)):
            VideoSettings.of(value)


class TestValues:
    @pytest.mark.parametrize(("value", "codec"), [("avc1", H264), ("hvc1", HEVC), ("H264", H264), ("hevc", HEVC)])
    def test_codecs(self, value: str, codec: VideoCodec) -> None:
        assert settings(codec=value).codec is codec

    @pytest.mark.parametrize("value", ["vp08", "", None, 5])
    def test_unknown_codecs(self, value: Any) -> None:
        with refused("AVVideoCodecKey", repr(value), way_out="'avc1', 'hvc1'"):
            settings(codec=value)

    @pytest.mark.parametrize("value", ["jxlc", "aprn", "aprh", "muxa"])
    def test_codecs_that_are_not_written(self, value: str) -> None:
        with refused(repr(value), "not written", way_out="'avc1', 'hvc1'"):
            settings(codec=value)

    @pytest.mark.parametrize("side", ["width", "height"])
    @pytest.mark.parametrize("bad", [0, -2, 640.5, True, "640", 65536])
    def test_sides_are_positive_whole_numbers(self, side: str, bad: Any) -> None:
        with refused(f"AVVideo{side.title()}Key", repr(bad), "from 1 to 65535 (pixels)", way_out=f"Give the {side}"):
            settings(**{side: bad})

    def test_odd_sides_and_whole_floats_are_welcome(self) -> None:
        made = settings(width=641.0, height=481)
        assert (made.width, made.height) == (641, 481)
        assert type(made.width) is int

    @pytest.mark.parametrize(("given", "missing"), [("width", "height"), ("height", "width")])
    def test_both_sides_or_none(self, given: str, missing: str) -> None:
        with refused(f"{given} 640", f"no {missing}", way_out=f"AVVideo{missing.title()}Key"):
            VideoSettings(H264, **{given: 640})  # type: ignore[arg-type]
        assert VideoSettings(H264).width is None

    @pytest.mark.parametrize("mode", [mode for mode in ScalingMode if mode is not ScalingMode.FIT])
    def test_scaling_modes(self, mode: ScalingMode) -> None:
        for spelling in (mode, mode.value, mode.name, mode.value.removeprefix("AVVideoScalingMode")):
            assert settings(scaling_mode=spelling).scaling_mode is mode

    def test_fit_is_refused(self) -> None:
        with refused("AVVideoScalingModeFit", "change the size", way_out="RESIZE_ASPECT"):
            settings(scaling_mode=ScalingMode.FIT)

    def test_an_unknown_scaling_mode(self) -> None:
        with refused("AVVideoScalingModeKey", "'Crop'", way_out="AVVideoScalingModeResize"):
            settings(scaling_mode="Crop")

    def test_the_matrix_of_rgb_is_for_444(self) -> None:
        with refused("RGB", "avc1", "4:2:0", way_out="ColorProperties.HD"):
            settings(color=ColorProperties.SRGB)

    def test_a_clean_aperture_lies_within(self) -> None:
        aperture = CleanAperture(Fraction(600), Fraction(480), Fraction(21))
        with refused("600×480", "21, 0", "640×480", way_out="Make it smaller"):
            settings(clean_aperture=aperture)
        assert settings(clean_aperture=replace(aperture, horizontal_offset=Fraction(20))).clean_aperture
        assert VideoSettings(H264, clean_aperture=aperture).width is None

    @pytest.mark.parametrize("bad", [2, "yes", None])
    def test_wide_colour_is_a_truth_value(self, bad: Any) -> None:
        with refused("AVVideoAllowWideColorKey", repr(bad)):
            settings(allow_wide_color=bad)

    def test_encoder_options(self) -> None:
        options = {"preset": "slow", "crf": 18, "psy": True, "aq-strength": 0.8}
        made = settings(encoder_options=options)
        assert made.encoder_options == {"preset": "slow", "crf": "18", "psy": "1", "aq-strength": "0.8"}
        with pytest.raises(TypeError):
            made.encoder_options["crf"] = "1"  # type: ignore[index]

    @pytest.mark.parametrize("bad", [{"crf": None}, {5: "x"}, {"": "x"}, {"a": ["x"]}])
    def test_encoder_options_that_are_no_text(self, bad: Any) -> None:
        name, item = next(iter(bad.items()))
        with refused(repr(name), repr(item), way_out="preset"):
            settings(encoder_options=bad)
        with refused("'crf=1'"):
            settings(encoder_options="crf=1")

    def test_they_are_values(self) -> None:
        assert hash(OURS) == hash(VideoSettings.of(APPLES))
        made = replace(OURS, encoder_options={"crf": "3"})
        assert pickle.loads(pickle.dumps(made)) == made
        assert made != OURS


class TestCodecAndCompression:
    @pytest.mark.parametrize(
        ("key", "value"), [("H264EntropyMode", "CABAC"), ("MaxH264SliceBytes", 1400), ("H264EntropyMode", "CAVLC")]
    )
    def test_h264s_own_properties(self, key: str, value: Any) -> None:
        assert settings(compression={key: value}).compression
        with refused(key, str(value), "not supported for video codec type hvc1", way_out="H.264"):
            settings(codec=HEVC, compression={key: value})

    @pytest.mark.parametrize(
        ("codec", "profile", "way_out"),
        [(H264, "HEVC_Main_AutoLevel", "H264_High_AutoLevel"), (HEVC, "H264_High_4_1", "HEVC_Main10_AutoLevel")],
    )
    def test_the_profile_is_the_codecs(self, codec: VideoCodec, profile: str, way_out: str) -> None:
        with refused("ProfileLevel", codec.value, profile, way_out=way_out):
            settings(codec=codec, compression={"ProfileLevel": profile})

    @pytest.mark.parametrize("profile", ["H264_Baseline_AutoLevel", "H264_ConstrainedBaseline_AutoLevel"])
    def test_baseline_has_no_cabac(self, profile: str) -> None:
        assert settings(compression={"ProfileLevel": profile, "H264EntropyMode": "CAVLC"})
        with refused("CABAC", profile, way_out="CAVLC"):
            settings(compression={"ProfileLevel": profile, "H264EntropyMode": "CABAC"})

    @pytest.mark.parametrize(
        ("profile", "depth", "way_out"),
        [
            ("H264_High_4_1", 10, "H264_High10_AutoLevel"),
            ("H264_High10_AutoLevel", 8, "H264_High_AutoLevel"),
            ("HEVC_Main_AutoLevel", 10, "HEVC_Main10_AutoLevel"),
        ],
    )
    def test_the_depth_is_the_profiles(self, profile: str, depth: int, way_out: str) -> None:
        codec = H264 if profile.startswith("H264") else HEVC
        with refused(f"OutputBitDepth {depth}", profile, way_out=way_out):
            settings(codec=codec, compression={"ProfileLevel": profile, "OutputBitDepth": depth})

    @pytest.mark.parametrize(
        ("codec", "compression", "depth"),
        [
            (H264, {}, 8),
            (H264, {"OutputBitDepth": 10}, 10),
            (H264, {"ProfileLevel": "H264_High_AutoLevel"}, 8),
            (H264, {"ProfileLevel": "H264_High10_AutoLevel"}, 10),
            (HEVC, {"ProfileLevel": "HEVC_Main10_AutoLevel"}, 10),
            (HEVC, {"ProfileLevel": "HEVC_Main10_AutoLevel", "OutputBitDepth": 8}, 8),
        ],
    )
    def test_the_depth_that_is_written(self, codec: VideoCodec, compression: dict[str, Any], depth: int) -> None:
        assert settings(codec=codec, compression=compression).bit_depth == depth

    def test_the_level_carries_the_size(self) -> None:
        with refused("level 3.1", "1920×1080", "8160 macroblocks", way_out="'H264_High_4_0'"):
            settings(width=1920, height=1080, compression={"ProfileLevel": "H264_High_3_1"})

    @pytest.mark.parametrize(
        ("compression", "named", "way_out"),
        [
            ({"ExpectedFrameRate": 60}, "macroblocks a second", "H264_Main_4_2"),
            ({"AverageBitRate": 30_000_000}, "30000000 bits a second", "H264_Main_4_1"),
            ({"VariableBitRate": 30_000_000}, "30000000 bits a second", "H264_Main_4_1"),
            ({"ConstantBitRate": 30_000_000, "ExpectedFrameRate": 30}, "30000000 bits a second", "H264_Main_4_1"),
            ({"ReferenceBufferCount": 8}, "8 reference pictures", "H264_Main_5_0"),
        ],
    )
    def test_the_level_carries_what_is_asked(self, compression: dict[str, Any], named: str, way_out: str) -> None:
        with refused("level 4.0", named, way_out=way_out):
            settings(width=1920, height=1080, compression={"ProfileLevel": "H264_Main_4_0", **compression})

    def test_a_size_beyond_all_levels(self) -> None:
        with refused("30000×30000", way_out="HEVC"):
            settings(width=30000, height=30000)

    @pytest.mark.parametrize(
        ("key", "value"),
        [("VariableBitRate", 10), ("VBVMaxBitRate", 10), ("VBVBufferDuration", 1), ("VBVInitialDelayPercentage", 50)],
    )
    def test_low_latency_excludes_variable_bit_rates(self, key: str, value: int) -> None:
        aims = {} if key in ("VariableBitRate", "VBVMaxBitRate") else {"ConstantBitRate": 10, "ExpectedFrameRate": 30}
        with refused(key, str(value), "EnableLowLatencyRateControl", way_out="average_bit_rate"):
            settings(compression={key: value, **aims}, encoder_specification={"EnableLowLatencyRateControl": True})

    def test_low_latency_alone(self) -> None:
        made = settings(
            compression={"AverageBitRate": 10}, encoder_specification=EncoderSpecification(low_latency=True)
        )
        assert made.encoder_specification
        assert (
            settings(compression={"VariableBitRate": 10}, encoder_specification={}).compression.variable_bit_rate == 10
        )

    def test_what_has_no_effect_is_reported(self) -> None:
        made = settings(compression={"MaximizePowerEfficiency": True, "AverageNonDroppableFrameRate": 15})
        keys = [key for key, why in inapplicable(made) if why]
        assert keys == ["MaximizePowerEfficiency", "AVVideoAverageNonDroppableFrameRateKey"]
        assert inapplicable(OURS) == []


HINT = FormatDescription(
    media_type=MediaType.VIDEO,
    media_subtype="avc1",
    width=720,
    height=576,
    color=ColorProperties.SD,
    pixel_aspect_ratio=PixelAspectRatio(12, 11),
    clean_aperture=CleanAperture(Fraction(702), Fraction(576)),
)


class TestResolve:
    def test_complete_settings_stay(self) -> None:
        assert resolve(OURS) is OURS
        assert resolve(APPLES) == OURS
        assert resolve(OURS, HINT) is OURS

    def test_without_size_and_without_hint(self) -> None:
        with refused("avc1", "the size", way_out="source_format_hint"):
            resolve({"AVVideoCodecKey": "avc1"})

    def test_the_hint_gives_the_size_and_its_shape_but_not_colour(self) -> None:
        made = resolve({"AVVideoCodecKey": "avc1"}, HINT)
        assert (made.width, made.height) == (720, 576)
        assert made.pixel_aspect_ratio == HINT.pixel_aspect_ratio
        assert made.clean_aperture == HINT.clean_aperture
        assert made.color is None

    def test_what_the_settings_say_wins(self) -> None:
        square = PixelAspectRatio(1, 1)
        assert resolve(VideoSettings(H264, pixel_aspect_ratio=square), HINT).pixel_aspect_ratio == square
        made = resolve(settings(), HINT)
        assert (made.width, made.pixel_aspect_ratio, made.clean_aperture) == (640, None, None)

    def test_a_hint_of_another_kind(self) -> None:
        hint = FormatDescription(media_type=MediaType.AUDIO, media_subtype="lpcm")
        with refused("'soun'", "video", way_out="hint of the video track"):
            resolve(OURS, hint)

    @pytest.mark.parametrize("size", [(0, 576), (720, 0), (-720, 576)])
    def test_a_hint_whose_size_is_not_positive(self, size: tuple[int, int]) -> None:
        with refused(f"{size[0]}×{size[1]}", "not positive", way_out="real width and height"):
            resolve(OURS, HINT.with_(width=size[0], height=size[1]))

    def test_the_rules_hold_for_the_hints_size_too(self) -> None:
        with refused("level 2.1", "720×576", way_out="'H264_Main_2_2'"):
            resolve({"Codec": "avc1", "CompressionProperties": {"ProfileLevel": "H264_Main_2_1"}}, HINT)
