"""Why other readers contradict this library about the files of the collection, and who is right."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXPLANATIONS", "Explanation"]


@dataclass(frozen=True)
class Explanation:
    """One reason for which a judge differs in one field, and the files for which it does.

    Attributes:
        right: who is right: "this library", the judge, or "both" where they answer different questions.
    """

    judge: str
    field: str
    right: str
    reason: str
    files: tuple[str, ...]


def _media3(*names: str) -> tuple[str, ...]:
    return tuple(f"media3/{name}" for name in names)


_STEAM = (
    "lofty/steam_at_mention_IDX_33_RAND_122808229373977607781108.m4a",
    "lofty/steam_at_mention_IDX_60_RAND_135276517902742448802109.m4a",
    "lofty/ui_steam_smoother_friend_join_IDX_20_RAND_133775534408028271049852.m4a",
    "media3/bbb_1ch_8kHz_aac_lc.m4a",
)
_LATE_HEADER = _media3(
    "sample_mdat_too_long.mp4",
    "sample_missing_stsd.mp4",
    "sample_rotate_and_reflect.mp4",
    "sample_unsupported_brands.mp4",
    "sample_with_metadata.mp4",
    "sample_with_numeric_genre.mp4",
)
_GAPLESS = (
    "no edit list, but iTunes' own comment iTunSMPB says how many frames of priming and padding there are; players of "
    "music leave them out"
)
_HEADER = "the headers say 1.024 s, but the track's edits, 44 ms of nothing and 1.023 s of sound, end at 1.067 s"
_LATE_START = (
    "without an edit list the time line begins at 0 of the media; the first sample is shown later, so "
    "that the track is "
    "longer than its samples together"
)
_OFFSET = "the duration is from 0 on, where the first picture is not yet due"
_JUNK = "the stream ends within a frame, which FFmpeg hands out as a packet though nothing can be heard of it"
_MATROSKA_TRACKS = (
    "Matroska's tracks have no durations of their own; ours is the whole file's. MediaInfo takes mkvmerge's statistics "
    "or goes through the file"
)
_ESTIMATE = "MediaInfo computes it from duration and rate; the packets in the file, counted, are ours"
_BOTH_EDITS = "the track shows something for so long; the judge adds the empty edit before it"
_COARSE = "Matroska's and FLV's clocks of 1 ms make even frames uneven; the judge divides"
_SPAN = "average of all frames by the track's header, or by the distance of the first to the last: ours is the latter"

EXPLANATIONS: tuple[Explanation, ...] = (
    # ------------------------------------------------------------------ ffprobe
    Explanation(
        "ffprobe",
        "average rate",
        "this library",
        "frames that are in the file by the time they take; ffprobe tells the rate it guesses from a clock of 1 ms or "
        "the header's, whatever is missing",
        _media3(
            "bbb_2500ms.ts",
            "sample.avi",
            "sample.flv",
            "sample_with_ass_subtitles.mkv",
            "sample_with_pgs_subtitles.mkv",
            "sample_with_srt.mkv",
            "sample_with_vtt_subtitles.mkv",
        ),
    ),
    Explanation(
        "ffprobe",
        "created",
        "this library",
        "2 000 000 000 s since 1904 are in 1967, as MediaInfo says too; FFmpeg takes numbers so small for "
        "seconds since "
        "1970, which is what this file's writer may have meant",
        _media3("sample_empty_track.mp4"),
    ),
    Explanation(
        "ffprobe",
        "created",
        "both",
        "track header and media header name dates that are a second or two apart: ours is the track's, "
        "FFmpeg's the media's",
        ("streamio/file_with_data_streams.mp4",),
    ),
    Explanation("ffprobe", "duration", "this library", _GAPLESS, _STEAM),
    Explanation("ffprobe", "duration", "this library", _HEADER, _LATE_HEADER),
    Explanation(
        "ffprobe",
        "duration",
        "this library",
        _LATE_START,
        ("mp4ff/prog_8s.mp4", *_media3("sample_partially_fragmented.mp4", "fragmented_captions.mp4")),
    ),
    Explanation(
        "ffprobe",
        "duration",
        "this library",
        "the movie header says 13.013 s and so do the samples of the gpmd track; ffprobe has the video track's",
        ("gopro/karma.mp4",),
    ),
    Explanation(
        "ffprobe",
        "duration",
        "this library",
        "what the samples last; the media header says as much as the whole film, though there is one sample or none",
        _media3("pixel-motion-photo-2-hevc-tracks.mp4", "sample_empty_track.mp4"),
    ),
    Explanation("ffprobe", "duration", "both", _BOTH_EDITS, _media3("bt601.mov")),
    Explanation(
        "ffprobe",
        "duration",
        "this library",
        "LAME's header says how much of the first frames is priming: it is not heard, and 5.1 counted it",
        _media3("bear-vbr-xing-header.mp3"),
    ),
    Explanation(
        "ffprobe",
        "duration",
        "both",
        "a file without tables: what FFmpeg estimates from its length, or packets counted",
        _media3("bear-id3.mp3", "sample.adts"),
    ),
    Explanation("ffprobe", "duration", "ffprobe", _JUNK, _media3("sample.ac3")),
    Explanation(
        "ffprobe",
        "duration",
        "both",
        "ours is from the time at which the file's clock stands at its beginning, where sound is; pictures "
        "begin 11 ms later",
        _media3("bbb_2500ms.ts"),
    ),
    Explanation(
        "ffprobe",
        "duration",
        "this library",
        "the sound lasts longer than the movie header says; MediaInfo agrees",
        ("metadata-extractor/ftyp3gp5.mp4",),
    ),
    Explanation(
        "ffprobe",
        "enabled",
        "both",
        "these containers cannot disable a track, so that all are enabled; FFmpeg has no default flag to show",
        (
            "atldotnet/caf.caf",
            *_media3(
                "bbb_2500ms.ts",
                "bear-id3.mp3",
                "bear-vbr-xing-header.mp3",
                "bear.flac",
                "bear.opus",
                "bear_vorbis.ogg",
                "bear_with_picture.flac",
                "sample.ac3",
                "sample.adts",
                "sample.avi",
                "sample.flv",
                "sample_ac3.ts",
                "sample_nb.amr",
            ),
        ),
    ),
    Explanation(
        "ffprobe",
        "enabled",
        "both",
        "Matroska's FlagDefault is off, which makes a track no first choice; it does not disable it "
        "(FlagEnabled would)",
        _media3("sample_with_chapters.mkv", "sample_with_dts.mkv"),
    ),
    Explanation(
        "ffprobe",
        "fourcc",
        "both",
        "ours is Core Media's code for linear PCM, whose layout stands beside it; FFmpeg has the file's",
        _media3("sample_fpcm_32le.mp4", "sample_ipcm_16be.mp4", "sample_twos_pcm.mp4"),
    ),
    Explanation(
        "ffprobe",
        "fourcc",
        "both",
        "the encoding's code by the rules of movie files; FFmpeg has what stands in this container",
        _media3("sample.avi", "sample_ac3.ts"),
    ),
    Explanation(
        "ffprobe",
        "kind",
        "this library",
        "handlers text and subt: FFmpeg calls what it has no decoder for data",
        (
            "atldotnet/chapters_QT.m4v",
            *_media3("sample.text.mp4", "sample_with_chapters.mp4", "ttml-in-mp4-sample.text.mp4"),
        ),
    ),
    Explanation(
        "ffprobe",
        "layout",
        "this library",
        "channel configuration 7 of AAC has its second pair of front speakers outside (ISO/IEC 14496-3, table 1.19); "
        "MediaInfo agrees",
        ("atldotnet/chapters_NERO.mp4", "atldotnet/mp4.m4a", "atldotnet/xmp.m4a"),
    ),
    Explanation(
        "ffprobe",
        "major brand",
        "this library",
        "ftyp says isom; a metadata item of the name major_brand, left over from an earlier file, overwrites "
        "it in ffprobe",
        _media3("sample_android_slow_motion.mp4"),
    ),
    Explanation(
        "ffprobe",
        "matrix",
        "this library",
        "colr and the stream disagree, and colr takes precedence (ISO/IEC 14496-12, 12.1.5); FFmpeg has the stream's",
        _media3("h265_with_metadata_track.mp4"),
    ),
    Explanation(
        "ffprobe",
        "transfer",
        "this library",
        "colr and the stream disagree, and colr takes precedence (ISO/IEC 14496-12, 12.1.5); FFmpeg has the stream's",
        _media3("h265_with_metadata_track.mp4"),
    ),
    Explanation(
        "ffprobe",
        "nominal rate",
        "both",
        "frames at changing distances: ours is the average, as AVFoundation's; FFmpeg's is the grid on which "
        "all would fall",
        (
            *_media3("pixel-motion-photo-2-hevc-tracks.mp4", "sample_android_slow_motion.mp4"),
            "osxphotos/D1359D09-1373-4F3B-B0E3-1A4DE573E4A3.mp4",
            "osxphotos/EC19EA1A-FC91-449C-8925-B13D863E2EDB_3.mov",
            "osxphotos/IMG_3582_edited.mov",
            "osxphotos/Jellyfish.mov",
            "osxphotos/jpegvideocomplement_1.mov",
            "streamio/sideways movie.mov",
            "swift-timecode/VideoTrack_25_VFR_1sec.mov",
        ),
    ),
    Explanation(
        "ffprobe",
        "nominal rate",
        "this library",
        "even frames on a clock of 1 ms: 30 a second, which FFmpeg doubles, or 30 frames within 50 ms",
        _media3(
            "sample.flv",
            "sample_with_ass_subtitles.mkv",
            "sample_with_pgs_subtitles.mkv",
            "sample_with_srt.mkv",
            "sample_with_vtt_subtitles.mkv",
        ),
    ),
    Explanation(
        "ffprobe",
        "samples",
        "this library",
        "only the samples of the movie header are in nb_frames, without those of the fragments",
        _media3("sample_partially_fragmented.mp4"),
    ),
    Explanation(
        "ffprobe",
        "samples",
        "both",
        "the header counts two empty chunks, by which the frame before is shown on; they are no samples here",
        _media3("sample.avi"),
    ),
    Explanation(
        "ffprobe",
        "start",
        "both",
        "our track begins where the time line does, with nothing to show at first; FFmpeg has the first packet",
        (
            "mp4ff/main_1.mp4",
            "mp4ff/prog_8s.mp4",
            *_media3(
                "bbb_2500ms.ts",
                "sample.flv",
                "sample_partially_fragmented.mp4",
                "sample_with_ass_subtitles.mkv",
                "sample_with_srt.mkv",
                "sample_with_vtt_subtitles.mkv",
            ),
        ),
    ),
    Explanation(
        "ffprobe",
        "start",
        "both",
        "the sound begins behind its priming: our time line does, FFmpeg moves the first packet before it",
        _media3("bbb_1ch_8kHz_aac_lc.m4a", "sample_with_chapters.mkv"),
    ),
    # ------------------------------------------------------------------ MediaInfo
    Explanation(
        "MediaInfo",
        "bytes",
        "this library",
        "MediaInfo computes it from bit rate and duration, or from what it parsed; ours are the samples' bytes, which "
        "Media3's dumps confirm where there are any",
        (
            "atldotnet/caf.caf",
            "mp4ff/main_1.mp4",
            *_media3(
                "bbb_2500ms.ts",
                "bbb_642x642_768kbps_30fps_vp9.webm",
                "bear_vorbis.ogg",
                "sample.flv",
                "sample_av1.mkv",
                "sample_partially_fragmented.mp4",
                "sample_with_dts.mkv",
                "sample_with_srt.mkv",
            ),
        ),
    ),
    Explanation("MediaInfo", "bytes", "MediaInfo", _JUNK, _media3("sample.ac3", "sample_ac3.ts")),
    Explanation(
        "MediaInfo",
        "bytes",
        "MediaInfo",
        "the file has one byte more than its frames, which FFmpeg hands out as a last packet",
        _media3("bear-id3.mp3"),
    ),
    Explanation(
        "MediaInfo",
        "samples",
        "MediaInfo",
        "the file has one byte more than its frames, which FFmpeg hands out as a last packet",
        _media3("bear-id3.mp3"),
    ),
    Explanation(
        "MediaInfo",
        "channels",
        "this library",
        "the flag in FLV's tags is always stereo for AAC; the stream's own configuration says one channel",
        _media3("sample.flv"),
    ),
    Explanation(
        "MediaInfo",
        "container",
        "this library",
        "a movie file by its boxes; MediaInfo shows a major brand it does not know as the format",
        (
            "mp4ff/prog_8s_dec_dashinit.mp4",
            "mp4ff/prog_8s_enc_dashinit.mp4",
            *_media3("sample_unsupported_brands.mp4"),
        ),
    ),
    Explanation(
        "MediaInfo",
        "display aspect",
        "this library",
        "MediaInfo has 864 pixels, which the stream codes and then crops to the 854 of the sample entry",
        ("gopro/karma.mp4",),
    ),
    Explanation(
        "MediaInfo",
        "width",
        "this library",
        "MediaInfo has 864 pixels, which the stream codes and then crops to the 854 of the sample entry",
        ("gopro/karma.mp4",),
    ),
    Explanation(
        "MediaInfo",
        "display aspect",
        "both",
        "ours is of the clean aperture (1308 × 980), MediaInfo's of the coded picture (1440 × 1080)",
        ("osxphotos/jpegvideocomplement_1.mov",),
    ),
    Explanation(
        "MediaInfo",
        "display aspect",
        "this library",
        "200 × 112 with pixels of 224:225 is 16:9 exactly; MediaInfo multiplies with a rounded 0.996",
        ("torchcodec/test_non_zero_start.mp4",),
    ),
    Explanation("MediaInfo", "duration", "this library", _GAPLESS, _STEAM),
    Explanation("MediaInfo", "duration", "this library", _HEADER, _LATE_HEADER),
    Explanation(
        "MediaInfo",
        "duration",
        "this library",
        _LATE_START,
        (
            "mp4ff/main_1.mp4",
            "mp4ff/prog_8s.mp4",
            *_media3("sample_partially_fragmented.mp4", "fragmented_captions.mp4"),
        ),
    ),
    Explanation(
        "MediaInfo",
        "duration",
        "both",
        _BOTH_EDITS,
        (
            *_media3(
                "bt601.mov",
                "sample_alac.mp4",
                "sample_av1.mp4",
                "sample_fpcm_32le.mp4",
                "sample_ipcm_16be.mp4",
                "sample_twos_pcm.mp4",
                "bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4",
                "edit_list_positive_shift.mp4",
            ),
            "osxphotos/IMG_3582_edited.mov",
            "torchcodec/test_non_zero_start.mp4",
        ),
    ),
    Explanation(
        "MediaInfo",
        "duration",
        "this library",
        "the edit list leaves out more of the media than MediaInfo takes off; ffprobe agrees",
        (
            "lofty/m4a_codec_aac.m4a",
            "osxphotos/D1359D09-1373-4F3B-B0E3-1A4DE573E4A3.mp4",
            *_media3("sample_opus.mp4"),
        ),
    ),
    Explanation(
        "MediaInfo",
        "duration",
        "this library",
        "71 324 bytes of two channels of 8 bits at 11 025 Hz; MediaInfo's is computed from a part of them",
        ("atldotnet/caf.caf",),
    ),
    Explanation(
        "MediaInfo",
        "duration",
        "this library",
        "943 samples that last 12.079 s together, as the track header says",
        ("gopro/karma.mp4",),
    ),
    Explanation(
        "MediaInfo",
        "duration",
        "both",
        "a file without tables: FFmpeg's estimate and its packets counted, or MediaInfo's frames parsed",
        _media3("bbb_2500ms.ts", "bear-id3.mp3", "bear-vbr-xing-header.mp3", "sample.flv"),
    ),
    Explanation("MediaInfo", "duration", "MediaInfo", _JUNK, _media3("sample.ac3", "sample_ac3.ts")),
    Explanation(
        "MediaInfo",
        "duration",
        "both",
        _MATROSKA_TRACKS,
        _media3(
            "sample_with_ass_subtitles.mkv",
            "sample_with_chapters.mkv",
            "sample_with_pgs_subtitles.mkv",
            "sample_with_srt.mkv",
            "sample_with_vtt_subtitles.mkv",
        ),
    ),
    Explanation(
        "MediaInfo",
        "enabled",
        "both",
        "Matroska's FlagDefault is off, which makes a track no first choice; it does not disable it "
        "(FlagEnabled would)",
        _media3("sample_with_chapters.mkv", "sample_with_dts.mkv"),
    ),
    Explanation(
        "MediaInfo",
        "encoder",
        "both",
        "Matroska names the application and the library that wrote it, ID3 and LAME's header one each: two answers",
        _media3(
            "bbb_642x642_768kbps_30fps_vp9.webm",
            "bear-id3.mp3",
            "bear-vbr-xing-header.mp3",
            "sample_with_ass_subtitles.mkv",
            "sample_with_pgs_subtitles.mkv",
            "sample_with_vtt_subtitles.mkv",
        ),
    ),
    Explanation(
        "MediaInfo",
        "created",
        "both",
        "two dates: Matroska's own DateUTC, which MediaInfo shows, and a tag of the earlier file, which FFmpeg prefers",
        _media3("sample_with_ass_subtitles.mkv"),
    ),
    Explanation(
        "MediaInfo",
        "fourcc",
        "both",
        "ours is Core Media's code for linear PCM, whose layout stands beside it; MediaInfo has the file's",
        _media3("sample_fpcm_32le.mp4", "sample_ipcm_16be.mp4", "sample_twos_pcm.mp4"),
    ),
    Explanation(
        "MediaInfo",
        "fourcc",
        "both",
        "ours is the encoding under the encryption, MediaInfo's the entry's name",
        ("mp4ff/prog_8s_enc_dashinit.mp4", *_media3("sample_fragmented_clearkey.mp4")),
    ),
    Explanation(
        "MediaInfo",
        "fourcc",
        "both",
        "the encoding's code by the rules of movie files; MediaInfo has what stands in this container",
        _media3("sample.avi"),
    ),
    Explanation(
        "MediaInfo",
        "location",
        "both",
        "two places in one file, in udta and in ilst; the first one is compared here, MediaInfo shows the other",
        _media3(
            "sample_missing_stsd.mp4",
            "sample_rotate_and_reflect.mp4",
            "sample_unsupported_brands.mp4",
            "sample_with_metadata.mp4",
            "sample_with_numeric_genre.mp4",
        ),
    ),
    Explanation(
        "MediaInfo",
        "lyrics",
        "this library",
        "MediaInfo writes lines behind slashes, which the text has too",
        ("atldotnet/lyrics_LRC.m4a",),
    ),
    Explanation(
        "MediaInfo",
        "range",
        "this library",
        "the stream says full range, and the iPhone's pictures have values below 16 and above 235; writers "
        "leave colr's bit "
        "unset, which MediaInfo takes at its word",
        ("gopro/karma.mp4", "osxphotos/E6DFF4AC-1DEC-4D54-A7A8-9ECC8DE0D142.medium.MP4"),
    ),
    Explanation(
        "MediaInfo",
        "genre",
        "this library",
        "MediaInfo prints an error in its place: number 1 is Blues",
        ("atldotnet/chapters_QT.m4v",),
    ),
    Explanation(
        "MediaInfo",
        "nominal rate",
        "this library",
        "MediaInfo rounds to a rate that is usual; the frames lie at 3002 or 3001 ticks of 1/90000 s",
        _media3("h265_with_metadata_track.mp4", "hlg10-color-test.mp4"),
    ),
    Explanation(
        "MediaInfo",
        "nominal rate",
        "both",
        _SPAN,
        _media3(
            "pixel-motion-photo-2-hevc-tracks.mp4", "sample_empty_track.mp4", "video_dovi_3840x2160_30fps_dav1_10.mp4"
        ),
    ),
    Explanation(
        "MediaInfo",
        "nominal rate",
        "both",
        "one frame of seven lasts longer: ours is the average, MediaInfo's what most have",
        _media3("sample_android_slow_motion.mp4"),
    ),
    Explanation(
        "MediaInfo",
        "nominal rate",
        "this library",
        "frames on a grid of 30 (or 29.97) a second, but for the roundings of a coarse clock; ffprobe finds "
        "it too where it "
        "looks for one",
        (
            "metadata-extractor/Issue 515 (java).mp4",
            *_media3(
                "sample_sef_slow_motion.mp4",
                "sample_with_ass_subtitles.mkv",
                "sample_with_pgs_subtitles.mkv",
                "sample_with_srt.mkv",
                "sample_with_vtt_subtitles.mkv",
            ),
        ),
    ),
    Explanation(
        "MediaInfo",
        "samples",
        "this library",
        "a time code track has one sample; MediaInfo counts the frames it numbers",
        (
            "gopro/karma.mp4",
            "swift-timecode/TimecodeTrack_23_976_Start-00-58-40-00.mov",
            "swift-timecode/TimecodeTrack_29_97d_Start_00-00-00-00.mov",
        ),
    ),
    Explanation(
        "MediaInfo",
        "samples",
        "this library",
        _ESTIMATE,
        (
            "streamio/sideways movie.mov",
            "swift-timecode/VideoTrack_25_VFR_1sec.mov",
            "torchcodec/test_non_zero_start.mp4",
            *_media3(
                "bbb_2500ms.ts",
                "bbb_642x642_768kbps_30fps_vp9.webm",
                "bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4",
                "dolbyVision-hdr.MOV",
                "edit_list_positive_shift.mp4",
                "sample_with_srt.mkv",
            ),
        ),
    ),
    Explanation("MediaInfo", "samples", "MediaInfo", _JUNK, _media3("sample.ac3", "sample_ac3.ts")),
    Explanation(
        "MediaInfo",
        "samples",
        "both",
        "the header counts two empty chunks, by which the frame before is shown on; they are no samples here",
        _media3("sample.avi"),
    ),
    Explanation(
        "MediaInfo",
        "sound tracks",
        "this library",
        "a free box whose size cannot be stops MediaInfo (and ffprobe 5.1) before the movie header",
        _media3("sample_malformed_free_box.mp4"),
    ),
    Explanation(
        "MediaInfo",
        "video tracks",
        "this library",
        "a free box whose size cannot be stops MediaInfo (and ffprobe 5.1) before the movie header",
        _media3("sample_malformed_free_box.mp4"),
    ),
)
