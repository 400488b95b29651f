"""Every stored sample against the dumps of Media3's extractors: time, key flag, length and hash.

Where the two differ, ``DIFFERENCES`` says how and why; what it says must be needed, and must make them equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from reelwright.model.format import FormatDescription
from reelwright.reading.asset import Asset
from reelwright.reading.asset_track import AssetTrack
from tests.interop.reading.collection import MEDIA, Stored, needs_collection, stored_samples
from tests.interop.reading.media3 import DumpSample, DumpTrack, java_hash, parse_dump, with_start_codes

DUMPS = sorted((MEDIA / "expected-media3").glob("*.dump")) if MEDIA.is_dir() else []
Reframe = Callable[[list[Stored]], list[bytes]]


@dataclass(frozen=True)
class Difference:
    """How a track differs from Media3's, and why.

    Attributes:
        reason: who is right, and what lies behind it.
        shift: microseconds by which Media3's times are later. tolerance: microseconds they may differ by after that.
        first, last: samples of ours, at the beginning and the end, that Media3 does not have.
        theirs: Media3's data made from ours. other_data: it has nothing to do with ours; only its time is compared.
        absent: there is no such track here.
    """

    reason: str
    shift: int = 0
    tolerance: int = 0
    first: int = 0
    last: int = 0
    theirs: Reframe | None = None
    other_data: bool = False
    absent: bool = False


def _with_vorbis_counts(samples: list[Stored]) -> list[bytes]:
    """Media3 writes behind each Vorbis packet how many frames come of it (none of the first)."""
    ends = [0] + [(sample.time[0] + sample.duration[0]) * 48000 // sample.time[1] for sample in samples]
    counts = [after - before for before, after in pairwise(ends)]
    counts[-1] = counts[-2]  # the file's length ends within it
    return [bytes(sample.data) + n.to_bytes(4, "little") for sample, n in zip(samples, counts, strict=True)]


def _without_adts_headers(samples: list[Stored]) -> list[bytes]:
    return [bytes(sample.data[7:]) for sample in samples]


_LAME = "LAME's header in the first frame says 1105 frames of encoder delay: they lie before 0. Media3 leaves them on."
_WRAPPED = "Matroska's block is the text alone; Media3 makes a file of one cue of it, with the time line in front."
_FLV = "The file's clock stands at 67 ms when its first picture is due; our time line begins there."

DIFFERENCES: dict[tuple[str, int], Difference] = {
    ("bear-vbr-xing-header.mp3", 0): Difference(_LAME, shift=23021, tolerance=1),
    ("bear.opus", 0): Difference(
        "Opus' pre-skip of 312 frames at 48 kHz lies before 0 (RFC 7845, 4.2); Media3 tells its decoder instead.",
        shift=6500,
    ),
    ("bear_vorbis.ogg", 0): Difference(
        "Media3 appends the number of frames to each packet. Its first packet makes no sound (Vorbis I, 4.3.8): FFmpeg "
        "places it before 0, Media3 at 0. FFmpeg's parser takes a short packet behind long ones for 128 frames instead "
        "of 576: where it begins Media3 is right, where it ends they agree.",
        theirs=_with_vorbis_counts,
        tolerance=9334,
    ),
    ("fragmented_captions.mp4", 100): Difference(
        "Media3 makes a track of the CEA-608 captions that lie in the pictures' SEI; here they are the video track's.",
        absent=True,
    ),
    ("sample.ac3", 0): Difference(
        "The stream ends within a frame; FFmpeg's parser hands out what there is of it, Media3 does not. FFmpeg counts "
        "a frame's time for the ID3 tag at the beginning.",
        last=1,
        shift=-32000,
    ),
    ("sample_ac3.ts", 1900): Difference(
        "The stream ends within a frame, which FFmpeg's parser hands out. An ID3 tag moves each frame's end into the "
        "next PES packet, whose time Media3 gives it; a time belongs to the frame that begins there (ISO/IEC 13818-1).",
        last=1,
        shift=32000,
    ),
    ("sample.adts", 0): Difference(
        "A raw ADTS stream: FFmpeg leaves the seven bytes of header on each frame, Media3 takes them off; Media3 adds "
        "times up in whole microseconds.",
        theirs=_without_adts_headers,
        tolerance=144,
    ),
    ("sample.adts", 1): Difference("Media3 offers a track for ID3 tags, and there are none.", absent=True),
    ("sample.avi", 0): Difference("Media3 rounds the duration of a frame down to microseconds.", tolerance=1),
    ("sample.flv", 8): Difference(_FLV, shift=67000),
    ("sample.flv", 9): Difference(_FLV, shift=67000),
    ("sample_mpegh_mhm1.mp4", 1): Difference(
        "The edit begins at 3072 frames, which we place before 0; Media3 tells its decoder to skip them instead.",
        shift=64000,
        tolerance=1,
    ),
    ("sample_opus.mp4", 1): Difference(
        "The edit begins at frame 21912; by its roll distance Opus needs 80 ms before, which we hand out, marked as "
        "not to be heard. Media3 begins with the packet in which the edit begins.",
        first=8,
    ),
    ("sample_with_chapters.mkv", 2): Difference(
        "CodecDelay of 23 ms: Matroska wants it taken off all times (RFC 9559). Media3 does so for Opus only. The "
        "delay is 1024 frames, 220 µs more, by which the first packet lies earlier here.",
        shift=23000,
        tolerance=220,
    ),
    ("sample_with_srt.mkv", 3): Difference(_WRAPPED, other_data=True),
    ("sample_with_vtt_subtitles.mkv", 3): Difference(_WRAPPED, other_data=True),
    ("sample_with_vtt_subtitles.mkv", 2): Difference(
        "Blocks of eight laced frames: only the first has a time. FFmpeg adds the default duration in whole "
        "milliseconds, Media3 in microseconds; Media3 is nearer to it.",
        tolerance=1149,
    ),
}


def _length_size(format: FormatDescription) -> int:
    """Bytes of the length before each NAL unit; 0 for what has none."""
    where = {
        "avc1": ("avcC", 4, 3, 0),
        "hvc1": ("hvcC", 21, 3, 0),
        "hev1": ("hvcC", 21, 3, 0),
        "vvc1": ("vvcC", 4, 6, 1),
    }
    if format.media_subtype not in where:
        return 0
    box, place, mask, shift = where[format.media_subtype]
    return (((format.atoms.get(box) or format.codec_config)[place] & mask) >> shift) + 1


def _track_of(asset: Asset, dump: DumpTrack, others: list[DumpTrack]) -> AssetTrack | None:
    """By its number; where the containers count differently, by its place among those of its kind."""
    kind = dump.mime.partition("/")[0]
    found = asset.track_with_id(dump.track_id)
    if found is not None and found.media_type.name.lower() == kind:
        return found
    same = [track for track in others if track.mime.partition("/")[0] == kind]
    ours = [track for track in asset.tracks if track.media_type.name.lower() == kind]
    place = same.index(dump)
    return ours[place] if place < len(ours) else found


@dataclass
class Compared:
    """What was found of one track: complaints, each with its sample's number."""

    complaints: list[str] = field(default_factory=list)

    def add(self, number: int, what: str, ours: object, theirs: object) -> None:
        self.complaints.append(f"sample {number}: {what} is {ours}, Media3 has {theirs}")


def _reframed(track: AssetTrack, dump: DumpTrack, how: Difference) -> list[tuple[Stored, bytes]]:
    size = _length_size(track.format_descriptions[0]) if dump.mime.startswith("video/") else 0
    samples = list(stored_samples(track))
    if how.theirs is not None:
        data = how.theirs(samples)
    elif size:
        data = [with_start_codes(sample.data, size) for sample in samples]
    else:
        data = [bytes(sample.data) for sample in samples]
    return list(zip(samples, data, strict=True))


def compare(track: AssetTrack, dump: DumpTrack, how: Difference) -> list[str]:
    """What is different after what is known to be different has been taken off."""
    ours = _reframed(track, dump, how)
    ours = ours[how.first : len(ours) - how.last]
    if dump.mime == "audio/raw":
        return _compare_pcm(b"".join(data for _, data in ours), dump.samples)
    found = Compared()
    if len(ours) != len(dump.samples):
        found.complaints.append(f"{len(ours)} samples, Media3 has {len(dump.samples)}")
    for number, ((sample, data), theirs) in enumerate(zip(ours, dump.samples, strict=False)):
        time = sample.microseconds + how.shift
        if abs(time - theirs.time) > how.tolerance:
            found.add(number, "its time", time, theirs.time)
        if sample.key != theirs.key:
            found.add(number, "its key flag", sample.key, theirs.key)
        if not how.other_data and len(data) != theirs.size:
            found.add(number, "its length", len(data), theirs.size)
        elif not how.other_data and java_hash(data) != theirs.hash:
            found.add(number, "its hash", f"{java_hash(data):X}", f"{theirs.hash:X}")
    return found.complaints


def _compare_pcm(ours: bytes, theirs: list[DumpSample]) -> list[str]:
    """Linear PCM comes in other pieces: the bytes count, cut as Media3 cuts them."""
    place, complaints = 0, []
    for number, sample in enumerate(theirs):
        if java_hash(ours[place : place + sample.size]) != sample.hash:
            complaints.append(f"run {number} of PCM is different")
        place += sample.size
    if place != len(ours):
        complaints.append(f"{len(ours)} bytes of PCM, Media3 has {place}")
    return complaints


@needs_collection
@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.name.removesuffix(".0.dump"))
def test_samples_are_media3s(path: Path) -> None:
    name = path.name.removesuffix(".0.dump")
    dumps = parse_dump(path)
    assert dumps
    with Asset(MEDIA / "media3" / name) as asset:
        for dump in dumps:
            known = DIFFERENCES.get((name, dump.track_id))
            if known is not None and known.absent:
                kinds = {track.media_type.name.lower() for track in asset.tracks}
                assert dump.mime.partition("/")[0] not in kinds or not dump.samples, f"no longer true: {known.reason}"
                continue
            track = _track_of(asset, dump, dumps)
            assert track is not None, f"there is no track {dump.track_id}"
            complaints = compare(track, dump, known or Difference(""))
            assert not complaints, (dump.track_id, dump.mime, complaints[:6], len(complaints))
            if known is not None:
                assert compare(track, dump, Difference("")), f"track {dump.track_id} no longer differs: {known.reason}"


@needs_collection
def test_every_explanation_is_of_a_track_in_a_dump() -> None:
    tracks = {(path.name.removesuffix(".0.dump"), dump.track_id) for path in DUMPS for dump in parse_dump(path)}
    assert DIFFERENCES.keys() <= tracks


def test_the_hash_is_javas() -> None:
    # new byte[] {} and {1, -1}: 31 * (31 * 1 + 1) - 1.
    assert java_hash(b"") == 1
    assert java_hash(b"\x01\xff") == 31 * 32 - 1
    assert java_hash(b"\xff" * 5000) == _slow_hash(b"\xff" * 5000)


def _slow_hash(data: bytes) -> int:
    value = 1
    for byte in data:
        value = (31 * value + (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF
    return value


def test_start_codes_replace_lengths() -> None:
    assert with_start_codes(b"\0\x02ab\0\x01c", 2) == b"\0\0\0\1ab\0\0\0\1c"
