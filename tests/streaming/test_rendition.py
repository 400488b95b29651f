"""Renditions: what lies in the folder after each step, and that playlists name nothing that is not there."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import m3u8
import pytest
from tests.streaming.streams import Cutter, facts, pictures, sound, write_ladder

from reelwright.model.errors import DiskFullError, InvalidArgumentError, InvalidStateError
from reelwright.model.kinds import FileTypeProfile, MediaType
from reelwright.model.time import Time
from reelwright.streaming.encryption import SegmentCipher
from reelwright.streaming.hls import LowLatency, MediaPlaylist, PlaylistType
from reelwright.streaming.output import Buffer, FolderOutput
from reelwright.streaming.rendition import SegmentFacts, StreamRendition, segment_facts

SECOND = SegmentFacts(Fraction(10), Fraction(1), True, 1)


def live(**more: object) -> MediaPlaylist:
    return MediaPlaylist(PlaylistType.LIVE, target_duration=1, **more)  # type: ignore[arg-type]


def check_folder(folder: Path) -> None:
    """Everything that a playlist names is there, with the bytes it names."""
    for playlist in folder.rglob("*.m3u8"):
        read = m3u8.loads(playlist.read_text())
        maps = [each.init_section for each in read.segments if each.uri]  # the last may be parts alone
        for each in [*read.segments, *maps, *(part for segment in read.segments for part in segment.parts)]:
            if each.uri:
                size = (playlist.parent / each.uri).stat().st_size
                length, _, offset = (each.byterange or f"{size}@0").partition("@")
                assert int(length) + int(offset) <= size


@pytest.mark.parametrize("in_one_file", [False, True])
def test_what_was_cut_is_what_is_stored(tmp_path: Path, in_one_file: bool) -> None:
    ladder = write_ladder(tmp_path, in_one_file=in_one_file, after=lambda number: check_folder(tmp_path))
    check_folder(tmp_path)
    cutter = Cutter(pictures("high"))
    whole = cutter.initialization + b"".join(bytes(piece) for each in cutter for piece in each.buffers)
    folder = tmp_path / "high"
    names = ["media.mp4"] if in_one_file else ["init.mp4", *(f"{number:05d}.m4s" for number in range(1, 5))]
    assert b"".join((folder / name).read_bytes() for name in names) == whole
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names, "index.m3u8", "i-frames.m3u8"])
    segments = ladder.renditions["high"].segments()
    assert [(each.start, each.duration) for each in segments] == [(10 + number, 1) for number in range(4)]
    assert segments[0].resource.uri == f"high/{names[min(1, len(names) - 1)]}"


def test_i_frame_ranges_hold_a_picture_and_no_more(tmp_path: Path) -> None:
    import av

    write_ladder(tmp_path)
    read = m3u8.loads((tmp_path / "low" / "i-frames.m3u8").read_text())
    for each in read.segments:
        length = int(each.byterange.partition("@")[0])
        data = (tmp_path / "low" / each.uri).read_bytes()
        film = tmp_path / "picture.mp4"
        film.write_bytes((tmp_path / "low" / "init.mp4").read_bytes() + data[:length])
        with av.open(str(film)) as opened:
            frame = next(opened.decode(video=0))
        assert frame.key_frame
        assert len(data) > length


def test_sound_and_pictures_together(tmp_path: Path) -> None:
    cutter = Cutter(sound(), pictures("low"), profile=FileTypeProfile.MPEG4_APPLE_HLS)
    rendition = StreamRendition(FolderOutput(tmp_path), "all", MediaPlaylist(PlaylistType.VOD))
    rendition.initialize([cutter.initialization])
    for segment in cutter:
        rendition.add(segment.buffers, facts(segment.tracks))
    rendition.finish()
    # Counted by its pictures: sound begins with its priming, and is cut at its packets.
    assert [each.duration for each in rendition.playlist.segments] == [1, 1, 1, 1]


def test_a_live_folder_holds_what_playlists_may_name(tmp_path: Path) -> None:
    rendition = StreamRendition(FolderOutput(tmp_path), "v", live(), has_pictures=True)
    rendition.initialize([b"init"])
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(30):
        if number == 10:
            rendition.initialize([b"other"])
        rendition.add([b"segment", b"%d" % number], SECOND, program_date_time=None if number else when, is_discontinuous=number == 10)  # fmt: skip  # noqa: E501
        check_folder(tmp_path)
        assert len(list((tmp_path / "v").glob("*.m4s"))) <= 9
    assert rendition.first_number == 28
    assert (tmp_path / "v" / "init2.mp4").read_bytes() == b"other"


def test_parts_come_first_and_go_first(tmp_path: Path) -> None:
    playlist = live(low_latency=LowLatency(Fraction(1, 2), can_block_reload=True))
    rendition = StreamRendition(FolderOutput(tmp_path), "v", playlist)
    rendition.initialize([b"init"])
    half = SegmentFacts(Fraction(10), Fraction(1, 2), True, 4)
    for number in range(20):
        for part in range(2):
            rendition.add_part([b"%d." % number, memoryview(b"%d" % part)], half)
            check_folder(tmp_path)
            text = (tmp_path / "v" / "index.m3u8").read_text()
            assert text.endswith(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{number + 1:05d}.{part + 1}.m4s"\n')
        rendition.end_segment()
        check_folder(tmp_path)
        text = (tmp_path / "v" / "index.m3u8").read_text()
        assert text.endswith(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{number + 2:05d}.0.m4s"\n')
    assert (tmp_path / "v" / "00020.m4s").read_bytes() == b"19.019.1"
    assert len(list((tmp_path / "v").glob("*.*.m4s"))) < 20
    rendition.add_part([b"last"], half)
    rendition.finish()
    assert (tmp_path / "v" / "00021.m4s").read_bytes() == b"last"
    assert m3u8.loads((tmp_path / "v" / "index.m3u8").read_text()).segments[-1].duration == 0.5


def test_encrypted_segments_go_by_their_place_in_the_playlist(tmp_path: Path) -> None:
    playlist = MediaPlaylist(PlaylistType.EVENT, target_duration=1, first_sequence=7)
    cipher = SegmentCipher(bytes(16), "key")
    rendition = StreamRendition(FolderOutput(tmp_path), "v", playlist, cipher=cipher)
    rendition.initialize([b"init"])
    made = [rendition.add([b"media"], SECOND) for _ in range(2)]
    assert [(tmp_path / "v" / each.resource.uri).read_bytes() for each in made] == [
        cipher.encrypt([b"media"], sequence)[0] for sequence in (7, 8)
    ]
    assert made[0].size == 16
    assert (tmp_path / "v" / "init.mp4").read_bytes() == b"init"


class FullOutput(FolderOutput):
    """A disk that is full from time to time."""

    full = False

    def write(self, name: str, buffers: Iterable[Buffer]) -> int:
        if self.full:
            raise DiskFullError("full", errno=errno.ENOSPC)
        return super().write(name, buffers)


def test_what_could_not_be_written_is_not_listed(tmp_path: Path) -> None:
    output = FullOutput(tmp_path)
    rendition = StreamRendition(output, "v", live(low_latency=LowLatency(Fraction(1))))
    rendition.initialize([b"init"])
    rendition.add([b"1"], SECOND)
    rendition.add_part([b"2"], SECOND)
    before = (tmp_path / "v" / "index.m3u8").read_text()
    output.full = True
    for call in (lambda: rendition.add_part([b"x"], SECOND), rendition.end_segment):
        with pytest.raises(DiskFullError):
            call()
        assert (tmp_path / "v" / "index.m3u8").read_text() == before
    output.full = False
    rendition.end_segment()
    assert (tmp_path / "v" / "00002.m4s").read_bytes() == b"2"
    check_folder(tmp_path)


def test_calls_at_the_wrong_moment(tmp_path: Path) -> None:
    output = FolderOutput(tmp_path)
    rendition = StreamRendition(output, "v", live(low_latency=LowLatency(Fraction(1))))
    for call in (rendition.add, rendition.add_part):
        with pytest.raises(InvalidStateError, match="no initialization"):
            call([b""], SECOND)
    rendition.initialize([b"init"])
    with pytest.raises(InvalidStateError, match="no parts"):
        rendition.end_segment()
    rendition.add_part([b"1"], SECOND)
    with pytest.raises(InvalidStateError, match="parts of a segment are out"):
        rendition.add([b"1"], SECOND)
    with pytest.raises(InvalidArgumentError, match="for ever"):
        StreamRendition(output, "v", live(), in_one_file=True)
    with pytest.raises(InvalidArgumentError, match="encrypted"):
        StreamRendition(output, "v", live(), cipher=SegmentCipher(bytes(16), "k"), has_pictures=True)
    with pytest.raises(InvalidArgumentError, match="no name"):
        StreamRendition(output, "../v", live())
    keyed = StreamRendition(
        output, "w", live(low_latency=LowLatency(Fraction(1))), cipher=SegmentCipher(bytes(16), "k")
    )
    keyed.initialize([b"init"])
    with pytest.raises(InvalidStateError, match="clear files"):
        keyed.add_part([b"1"], SECOND)


@dataclass
class Sample:
    offset: int
    length: int
    is_sync_sample: bool


@dataclass
class Report:
    media_type: MediaType
    earliest_presentation_time_stamp: Time
    duration: Time
    first_video_sample_information: Sample | None = None


SOUND = Report(MediaType.AUDIO, Time(479_000, 48_000), Time(47_000, 48_000))


def test_facts_are_those_of_the_pictures() -> None:
    shown = Report(MediaType.VIDEO, Time(10), Time(1), Sample(100, 20, True))
    assert segment_facts([SOUND, shown]) == SegmentFacts(Fraction(10), Fraction(1), True, 120)
    shown.first_video_sample_information = Sample(100, 20, False)
    assert segment_facts([shown]) == SegmentFacts(Fraction(10), Fraction(1), False, None)
    assert segment_facts([SOUND]) == SegmentFacts(Fraction(479, 48), Fraction(47, 48), True, None)
    with pytest.raises(InvalidArgumentError, match="without tracks"):
        segment_facts([])
