"""Decoded pictures and sound of every file of the collection against what the ``ffmpeg`` program decodes.

Pictures are compared by the hashes of their planes and by their times, sound value by value; edit lists are applied
on both sides, here by this library, there by FFmpeg's demuxer. Where the two differ, the tables below say why.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from reelwright.model.errors import DecodeError, DecoderNotFoundError, InvalidMediaError, ProtectedMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType
from reelwright.model.sample import SampleBuffer
from reelwright.reading.asset import Asset
from reelwright.reading.asset_reader import AssetReader
from reelwright.reading.asset_track import AssetTrack
from reelwright.reading.track_output import AssetReaderTrackOutput
from tests.interop import tools
from tests.interop.reading.collection import MEDIA, media_files, name_of, needs_collection

_MOST_PIXELS = 30_000_000  # of one track: of larger ones only the first pictures are compared
Values = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Difference:
    """How a track differs from FFmpeg's, and why.

    Attributes:
        error: what this library raises; FFmpeg is then not asked. unread: FFmpeg gives nothing at all.
        more: pictures, or frames of sound, that only this library gives at the end.
        skipped: frames of sound that only this library gives at the beginning.
        open_end: which of the two gives more sound at the end does not matter.
        tolerance: by which values of sound may differ.
        begin: seconds on the file's clock where our time line begins.
    """

    reason: str
    error: type[Exception] | None = None
    unread: bool = False
    more: int = 0
    skipped: int = 0
    open_end: bool = False
    tolerance: float = 0.0
    begin: float = 0.0


_PROTECTED = Difference("encrypted; FFmpeg 'decodes' the noise of the other file", error=ProtectedMediaError)
_FREE_BOX = Difference("a free box of an impossible size stops FFmpeg before the movie header", unread=True)
_CUT_OFF = Difference("the file ends with its header, before any sample", error=InvalidMediaError)


def _begins(seconds: float) -> Difference:
    return Difference("our time line begins with the file's earliest picture or sound", begin=seconds)


def _tail(frames: int) -> Difference:
    return Difference(
        "the edit ends less than a tick of the movie before the media: its writer could not say it more exactly, and "
        "the end is not cut off here; FFmpeg cuts at the tick",
        more=frames,
    )


_LIBFAAC = Difference(
    "libfaac's name in the first packet makes FFmpeg's decoder drop 1024 frames as priming; the container does not say "
    "so, and the times of what is heard are the same",
    skipped=1024,
    open_end=True,
)

PICTURES: dict[tuple[str, int], Difference] = {
    ("media3/bbb_2500ms.ts", 1): _begins(1.514088889),
    ("media3/sample.flv", 1): _begins(0.067),
    ("media3/sample_with_ass_subtitles.mkv", 1): _begins(0.067),
    ("decord/corrupted.mp4", 1): Difference(
        "a picture's NAL units are damaged: reading fails there, as AVAssetReader does; FFmpeg leaves it out",
        error=DecodeError,
    ),
    ("media3/sample_fragmented_clearkey.mp4", 1): _PROTECTED,
    ("mp4ff/prog_8s_enc_dashinit.mp4", 2): _PROTECTED,
    ("media3/sample_malformed_free_box.mp4", 1): _FREE_BOX,
    ("media3/sample_sef_slow_motion.mp4", 2): _tail(1),
    ("media3/video_dovi_3840x2160_30fps_dav1_10.mp4", 1): Difference(
        "FFmpeg knows no decoder by the name dav1; the base layer is AV1", unread=True
    ),
}
SOUND: dict[tuple[str, int], Difference] = {
    ("lofty/m4a_codec_aac.m4a", 1): _tail(2),
    ("media3/edit_list_positive_shift.mp4", 2): _tail(16),
    ("media3/long_edit_list_audioonly.mp4", 1): _tail(15),
    ("media3/sample_12_5fps_720p_1s.mp4", 1): _tail(2),
    ("media3/sample_opus.mp4", 1): _tail(24),
    ("metadata-extractor/Issue 515 (java).mp4", 1): _tail(52),
    ("osxphotos/D1359D09-1373-4F3B-B0E3-1A4DE573E4A3.mp4", 2): _tail(2),
    ("media3/sample_alac.mp4", 1): Difference(
        "45 056 frames behind 67 ms of nothing; FFmpeg takes those 67 ms off the end of the sound as well", more=2955
    ),
    **dict.fromkeys(
        (
            ("media3/bt601.mov", 1),
            ("media3/sample.adts", 1),
            ("media3/sample.flv", 2),
            ("media3/sample_empty_track.mp4", 3),
            ("media3/sample_mdat_too_long.mp4", 2),
            ("media3/sample_rotate_and_reflect.mp4", 2),
            ("media3/sample_unsupported_brands.mp4", 2),
            ("media3/sample_with_chapters.mp4", 2),
            ("media3/sample_with_metadata.mp4", 2),
            ("media3/sample_with_numeric_genre.mp4", 2),
            ("mp4-rust/big_buck_bunny_metadata.m4v", 2),
        ),
        _LIBFAAC,
    ),
    ("media3/sample_fragmented_clearkey.mp4", 2): Difference(
        "the sound is not encrypted; FFmpeg does not open the file at all", unread=True
    ),
    ("media3/sample_malformed_free_box.mp4", 2): _FREE_BOX,
    ("mp4ff/prog_8s_enc_dashinit.mp4", 1): _PROTECTED,
    ("media3/sample_iamf.mp4", 1): Difference(
        "FFmpeg takes the one substream of IAMF's audio elements for PCM; nothing here mixes them",
        error=DecoderNotFoundError,
    ),
    ("media3/sample_mpegh_mhm1.mp4", 1): Difference("FFmpeg has no decoder for MPEG-H", error=DecoderNotFoundError),
    ("media3/sample_missing_stsd.mp4", 2): Difference(
        "without a sample description nobody can tell what the samples are", error=InvalidMediaError
    ),
    **{
        (f"lofty/{name}.m4a", 1): _CUT_OFF
        for name in (
            "steam_at_mention_IDX_33_RAND_122808229373977607781108",
            "steam_at_mention_IDX_60_RAND_135276517902742448802109",
            "ui_steam_smoother_friend_join_IDX_20_RAND_133775534408028271049852",
        )
    },
    ("media3/bbb_2500ms.ts", 2): Difference(
        "FFmpeg's two decoders of MPEG audio, in integers and floats", tolerance=4e-5
    ),
}
SAME = Difference("")


@cache
def tracks(kind: MediaType) -> list[tuple[str, int, int]]:
    """Name, track and place among its kind of all there are."""
    found = []
    for path in media_files():
        try:
            with Asset(path) as asset:
                same = [track.track_id for track in asset.tracks if track.media_type is kind]
        except InvalidMediaError:
            continue
        found += [(name_of(path), track_id, place) for place, track_id in enumerate(same)]
    return found


def ask(name: str, place: int, kind: str, *options: str, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    """FFmpeg decoding one track, started so that it works while this library does."""
    command = [tools.ffmpeg("wheel"), "-v", "error", "-nostdin", *before, "-i", str(MEDIA / name)]
    command += ["-map", f"0:{kind}:{place}", *options, "-"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def answer(process: subprocess.Popen[bytes]) -> bytes:
    try:
        out, _ = process.communicate(timeout=tools.SECONDS)
    finally:
        process.kill()
        process.wait()
    return out


def decoded(track: AssetTrack) -> Iterator[SampleBuffer]:
    """A track as its decoder makes it."""
    with AssetReader(track.asset) as reader:
        output = AssetReaderTrackOutput(track, {})
        reader.add(output)
        reader.start_reading()
        yield from output


def track_of(asset: Asset, track_id: int) -> AssetTrack:
    found = asset.track_with_id(track_id)
    assert found is not None
    return found


# ---------------------------------------------------------------- pictures


def our_pictures(track: AssetTrack, most: int) -> Iterator[tuple[float, str]]:
    for number, buffer in enumerate(decoded(track)):
        if number == most:
            return
        assert buffer.image is not None
        digest = hashlib.md5(usedforsecurity=False)
        for plane in buffer.image.planes:
            digest.update(plane.tobytes())
        yield buffer.presentation_time.seconds, digest.hexdigest()


def their_pictures(text: str) -> list[tuple[float, str]]:
    """Times and hashes out of ``framemd5``."""
    base, found = Fraction(1), []
    for line in text.splitlines():
        if line.startswith("#tb"):
            base = Fraction(line.partition(":")[2].strip())
        elif line and not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            found.append((float(int(fields[2]) * base), fields[5]))
    return found


def compared_pictures(track: AssetTrack) -> int:
    pixels = (
        track.format_descriptions[0].width * track.format_descriptions[0].height if track.format_descriptions else 1
    )
    count = track.sample_index.sample_count
    return count if count * pixels <= _MOST_PIXELS else max(3, _MOST_PIXELS // pixels)


@needs_collection
@pytest.mark.parametrize(("name", "track_id", "place"), tracks(MediaType.VIDEO) if MEDIA.is_dir() else [])
def test_pictures_are_ffmpegs(name: str, track_id: int, place: int) -> None:
    known = PICTURES.get((name, track_id), SAME)
    with Asset(MEDIA / name) as asset:
        track = track_of(asset, track_id)
        most = compared_pictures(track)
        if known.error is not None:
            with pytest.raises(known.error):
                list(decoded(track))
            return
        before = ("-noautorotate", "-apply_cropping", "codec", "-copyts")
        options = ("-fps_mode", "passthrough", "-enc_time_base", "demux", "-frames:v", str(most), "-f", "framemd5")
        judge = ask(name, place, "v", *options, before=before)
        ours = list(our_pictures(track, most))
    theirs = their_pictures(answer(judge).decode())
    if known.unread:
        assert not theirs, f"no longer true: {known.reason}"
        assert ours
        return
    assert len(ours) == len(theirs) + known.more
    assert [digest for _, digest in ours[: len(theirs)]] == [digest for _, digest in theirs]
    late = [ours_at + known.begin - theirs_at for (ours_at, _), (theirs_at, _) in zip(ours, theirs, strict=False)]
    assert max(map(abs, late), default=0.0) < 1e-5


# ---------------------------------------------------------------- sound


def value_type(format: FormatDescription) -> tuple[str, np.dtype[np.generic]]:
    """FFmpeg's name of raw PCM with values like ours, and ours as an array's type."""
    pcm = format.pcm
    assert pcm is not None
    order = ">" if pcm.is_big_endian else "<"
    kind = "f" if pcm.is_float else "i"
    ending = "" if pcm.bits == 8 else "be" if pcm.is_big_endian else "le"
    return f"{'f' if pcm.is_float else 's'}{pcm.bits}{ending}", np.dtype(f"{order}{kind}{pcm.bits // 8}")


def our_sound(track: AssetTrack) -> tuple[FormatDescription | None, bytes]:
    data, format = bytearray(), None
    for buffer in decoded(track):
        data += buffer.data
        format = buffer.format
    return format, bytes(data)


def differences(ours: Values, theirs: Values, known: Difference) -> list[str]:
    """What contradicts FFmpeg, rows being frames."""
    ours = ours[known.skipped :]
    found = []
    if known.open_end:
        shorter = min(len(ours), len(theirs))
        if max(len(ours), len(theirs)) - shorter > 1024:
            found.append(f"{len(ours)} frames and {len(theirs)} are more than a packet apart")
        ours, theirs = ours[:shorter], theirs[:shorter]
    elif len(ours) != len(theirs) + known.more:
        found.append(f"{len(ours)} frames instead of {len(theirs)} + {known.more}")
    shorter = min(len(ours), len(theirs))
    if not shorter:
        return [*found, "nothing to compare"]
    apart = float(np.abs(ours[:shorter].astype(np.float64) - theirs[:shorter].astype(np.float64)).max())
    if apart > known.tolerance:
        found.append(f"values are {apart} apart")
    return found


@needs_collection
@pytest.mark.parametrize(("name", "track_id", "place"), tracks(MediaType.AUDIO) if MEDIA.is_dir() else [])
def test_sound_is_ffmpegs(name: str, track_id: int, place: int) -> None:
    known = SOUND.get((name, track_id), SAME)
    with Asset(MEDIA / name) as asset:
        track = track_of(asset, track_id)
        if known.error is not None:
            with pytest.raises(known.error):
                list(decoded(track))
            return
        format, data = our_sound(track)
    if format is None:
        assert track.facts.duration.seconds == 0, "nothing was decoded"
        return
    kind, values = value_type(format)
    # Dither from each packet itself, as here: FFmpeg's own depends on where decoding began.
    before = ("-cons_noisegen", "1") if is_ac3(track) else ()
    theirs = np.frombuffer(answer(ask(name, place, "a", "-f", kind, before=before)), values)
    if known.unread:
        assert not theirs.size, f"no longer true: {known.reason}"
        assert data
        return
    ours = np.frombuffer(data, values).reshape(-1, format.channels)
    found = differences(ours, theirs.reshape(-1, format.channels), known)
    assert not found
    if known is not SAME:
        assert differences(ours, theirs.reshape(-1, format.channels), SAME), f"no longer true: {known.reason}"


def is_ac3(track: AssetTrack) -> bool:
    return track.format_descriptions[0].media_subtype in ("ac-3", "ec-3")


@needs_collection
def test_every_explanation_is_of_a_track() -> None:
    assert PICTURES.keys() <= {(name, track_id) for name, track_id, _ in tracks(MediaType.VIDEO)}
    assert SOUND.keys() <= {(name, track_id) for name, track_id, _ in tracks(MediaType.AUDIO)}


def test_what_differs_in_sound() -> None:
    sound = np.arange(4096, dtype=np.float32).reshape(-1, 1)
    assert differences(sound, sound, SAME) == []
    assert differences(sound, sound[:-1], SAME) == ["4096 frames instead of 4095 + 0"]
    assert differences(sound, sound[:-1], _tail(1)) == []
    assert differences(sound, sound[1024:], _LIBFAAC) == []
    assert differences(sound, sound[:-1024], _LIBFAAC) == ["values are 1024.0 apart"]
    assert differences(sound, sound + 1, SAME) == ["values are 1.0 apart"]
    assert differences(sound[:0], sound[:0], SAME) == ["nothing to compare"]
