"""Media playlists: what is printed for segments, and what players may rely on while a playlist changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import m3u8
import pytest

from reelwright.model.errors import InvalidArgumentError, InvalidStateError
from reelwright.streaming.hls import LowLatency, MediaPlaylist, PlaylistType
from reelwright.streaming.stream_segments import ByteRange, Resource, SegmentKey, StreamPart, StreamSegment

INIT = Resource("init.mp4")
SIX = Fraction(6)


def segment(number: int, duration: Fraction = SIX, **more: object) -> StreamSegment:
    made = StreamSegment(Resource(f"{number}.m4s"), duration, 1000 + number, INIT, first_picture=100)
    return replace(made, **more)  # type: ignore[arg-type]


def vod(*segments: StreamSegment) -> MediaPlaylist:
    playlist = MediaPlaylist(PlaylistType.VOD)
    for each in segments:
        playlist.add_segment(each)
    playlist.finish()
    return playlist


def live(**more: object) -> MediaPlaylist:
    return MediaPlaylist(PlaylistType.LIVE, target_duration=6, **more)  # type: ignore[arg-type]


def lines(text: str, start: str = "") -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


def test_a_playlist_on_demand_word_by_word() -> None:
    text = vod(segment(1), segment(2, Fraction(7, 2))).text()
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
        "#EXTINF:6,",
        "1.m4s",
        "#EXTINF:3.5,",
        "2.m4s",
        "#EXT-X-ENDLIST",
    ]
    assert text.endswith("\n")


def test_an_independent_parser_reads_the_same() -> None:
    key = SegmentKey("key", bytes(range(16)))
    when = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    text = vod(segment(1, program_date_time=when), segment(2, key=key), segment(3, is_discontinuous=True)).text()
    read = m3u8.loads(text)
    assert read.is_endlist
    assert read.version == 7
    assert [each.duration for each in read.segments] == [6, 6, 6]
    assert [each.discontinuity for each in read.segments] == [False, False, True]
    assert read.segments[1].key.iv == "0x" + bytes(range(16)).hex().upper()
    assert read.segments[2].key.method == "NONE"
    assert {each.init_section.uri for each in read.segments} == {"init.mp4"}
    assert read.segments[0].program_date_time == when
    # After a discontinuity no date follows from the one before.
    assert [each.program_date_time for each in read.segments[1:]] == [when + timedelta(seconds=6), None]


@pytest.mark.parametrize(
    ("duration", "target"),
    [(Fraction(6), 6), (Fraction(649, 100), 6), (Fraction(13, 2), 7), (Fraction(1, 10), 1), (Fraction(6006, 1000), 6)],
)
def test_the_target_duration_is_the_longest_duration_to_the_nearest_second(duration: Fraction, target: int) -> None:
    assert lines(vod(segment(1, duration)).text(), "#EXT-X-TARGETDURATION") == [f"#EXT-X-TARGETDURATION:{target}"]


def test_printed_durations_never_drift_from_the_true_ones() -> None:
    length = Fraction(1001, 30000) * 7
    playlist = vod(*(segment(number, length) for number in range(500)))
    printed = [Fraction(line[8:-1]) for line in lines(playlist.text(), "#EXTINF:")]
    done = Fraction(0)
    for number, each in enumerate(printed, 1):
        done += each
        assert abs(done - number * length) <= Fraction(1, 2_000_000)


def test_byte_ranges_name_their_place() -> None:
    whole = Resource("all.mp4", ByteRange(900, 1001))
    one = segment(1, resource=whole, initialization=Resource("all.mp4", ByteRange(0, 900)))
    playlist = vod(one)
    assert '#EXT-X-MAP:URI="all.mp4",BYTERANGE="900@0"' in playlist.text()
    assert "#EXT-X-BYTERANGE:1001@900\nall.mp4\n" in playlist.text()
    assert "#EXT-X-BYTERANGE:100@900\nall.mp4\n" in playlist.i_frame_text()
    assert whole.byte_range is not None
    assert whole.byte_range.last == 1900


def test_a_playlist_with_dependent_segments_does_not_claim_otherwise() -> None:
    assert "INDEPENDENT" not in vod(segment(1), segment(2, is_independent=False)).text()


def test_the_playlist_of_first_pictures() -> None:
    playlist = vod(segment(1), segment(2, first_picture=None, is_independent=False), segment(3))
    text = playlist.i_frame_text()
    assert "#EXT-X-I-FRAMES-ONLY\n" in text
    # A picture lasts until the next: the second segment has none, and no duration may exceed the target.
    assert lines(text, "#EXTINF") == ["#EXTINF:12,", "#EXTINF:6,"]
    assert lines(text, "#EXT-X-TARGETDURATION") == ["#EXT-X-TARGETDURATION:12"]
    assert lines(text, "#EXT-X-BYTERANGE") == ["#EXT-X-BYTERANGE:100@0"] * 2
    assert m3u8.loads(text).is_i_frames_only
    # Two pictures of 100 bytes over twelve seconds that have one.
    assert playlist.picture_bit_rates is not None
    assert playlist.picture_bit_rates.average == 134


def test_encrypted_segments_have_no_playlist_of_pictures() -> None:
    with pytest.raises(InvalidStateError, match="fetched by itself"):
        vod(segment(1, key=SegmentKey("key"))).i_frame_text()


def test_initialization_segments_are_never_under_a_key() -> None:
    key = SegmentKey("key")
    second = Resource("init2.mp4")
    text = vod(segment(1, key=key), segment(2, key=key, initialization=second, is_discontinuous=True)).text()
    tags = [line.split(":")[0] + line.partition("METHOD")[2][:5] for line in lines(text, "#EXT-X-") if "-" in line]
    keyed = ["#EXT-X-MAP", "#EXT-X-KEY=AES-"]
    assert tags[-7:] == [*keyed, "#EXT-X-DISCONTINUITY", "#EXT-X-KEY=NONE", *keyed, "#EXT-X-ENDLIST"]


def test_a_live_window_slides_and_counts_what_it_leaves_behind() -> None:
    playlist = live(window=Fraction(24))
    for number in range(10):
        playlist.add_segment(segment(number, is_discontinuous=number in (2, 8)))
        assert playlist.next_sequence == number + 1
        listed = sum(each.duration for each in playlist.segments)
        assert listed == min(24, 6 * (number + 1))
    text = playlist.text()
    assert lines(text, "#EXT-X-MEDIA-SEQUENCE") == ["#EXT-X-MEDIA-SEQUENCE:6"]
    assert lines(text, "#EXT-X-DISCONTINUITY-S") == ["#EXT-X-DISCONTINUITY-SEQUENCE:1"]
    assert [line for line in lines(text) if not line.startswith("#")] == ["6.m4s", "7.m4s", "8.m4s", "9.m4s"]
    assert "PLAYLIST-TYPE" not in text
    assert "ENDLIST" not in text
    assert lines(playlist.i_frame_text(), "#EXT-X-MEDIA-SEQUENCE") == ["#EXT-X-MEDIA-SEQUENCE:6"]


def test_a_live_playlist_is_never_shorter_than_three_target_durations() -> None:
    playlist = live(window=Fraction(1))
    for number in range(20):
        playlist.add_segment(segment(number))
        assert number < 2 or sum(each.duration for each in playlist.segments) >= 18
    assert len(playlist.segments) == 3


def test_files_stay_as_long_as_an_old_playlist_may_name_them() -> None:
    playlist = live()
    gone: list[tuple[int, str]] = []
    for number in range(12):
        playlist.add_segment(segment(number))
        gone += [(number, each.resource.uri) for each in playlist.expired()]
    # Segment 0 left the window when 3 came; it stays for its own duration and that of the longest playlist (24 s).
    assert gone[0] == (8, "0.m4s")
    assert [uri for _, uri in gone] == ["0.m4s", "1.m4s", "2.m4s", "3.m4s"]


def test_memory_of_a_live_playlist_is_that_of_its_window() -> None:
    playlist = live()
    for number in range(2000):
        playlist.add_segment(segment(number))
        playlist.expired()
    assert len(playlist.segments) == 3
    assert len(playlist.text()) < 500


def test_a_live_playlist_prints_what_is_in_force_again_when_it_slides() -> None:
    key = SegmentKey("key")
    when = datetime(2026, 1, 1, tzinfo=UTC)
    playlist = live()
    playlist.add_segment(segment(0, key=key, program_date_time=when))
    for number in range(1, 8):
        playlist.add_segment(segment(number, key=key))
    text = playlist.text()
    assert text.count("#EXT-X-MAP") == text.count("#EXT-X-KEY") == 1
    assert text.index("#EXT-X-MAP") < text.index("#EXT-X-KEY") < text.index("#EXTINF")
    assert "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:30.000Z\n#EXTINF:6,\n5.m4s\n" in text


def test_a_longer_segment_raises_the_target_and_is_told() -> None:
    playlist = live()
    playlist.add_segment(segment(0, Fraction(13, 2)))
    assert "#EXT-X-TARGETDURATION:7\n" in playlist.text()
    assert playlist.problems == ["a segment lasts 6.5 s: the target duration rises from 6 to 7 s."]


def test_parts_before_and_after_their_segment_is_whole() -> None:
    half = Fraction(1, 2)
    playlist = MediaPlaylist(PlaylistType.LIVE, target_duration=1, low_latency=LowLatency(half, can_block_reload=True))
    for number in range(6):
        for part in range(2):
            playlist.add_part(StreamPart(Resource(f"{number}.{part}.m4s"), half, part == 0))
            playlist.hint(Resource(f"{number}.{part + 1}.m4s"))
        playlist.add_segment(segment(number, Fraction(1)))
    playlist.add_part(StreamPart(Resource("6.0.m4s", ByteRange(0, 9)), half, True))
    playlist.hint(Resource("6.1.m4s", ByteRange(9, 1)))
    text = playlist.text()
    assert "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n#EXT-X-PART-INF:PART-TARGET=0.5\n" in text
    assert text.endswith(
        '#EXT-X-PART:DURATION=0.5,URI="5.0.m4s",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.5,URI="5.1.m4s"\n'
        "#EXTINF:1,\n5.m4s\n"
        '#EXT-X-PART:DURATION=0.5,URI="6.0.m4s",BYTERANGE="9@0",INDEPENDENT=YES\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="6.1.m4s",BYTERANGE-START=9\n'
    )
    read = m3u8.loads(text)
    # For three target durations, counted from the end of the last part.
    assert [len(each.parts) for each in read.segments if each.uri] == [0, 2, 2]
    with pytest.raises(InvalidArgumentError, match="longer than"):
        playlist.add_part(StreamPart(Resource("x"), Fraction(1)))
    playlist.finish()
    assert "#EXT-X-PART:" not in playlist.text()
    assert playlist.text().endswith("5.m4s\n#EXT-X-ENDLIST\n")


def test_parts_that_were_left_out_never_come_back() -> None:
    # Players match the parts of one playlist with those of the next from the front.
    quarter = Fraction(1, 4)
    playlist = MediaPlaylist(PlaylistType.LIVE, target_duration=1, low_latency=LowLatency(quarter))
    before: list[str] = []
    for number in range(8):
        for part in range(4):
            playlist.add_part(StreamPart(Resource(f"{number}.{part}.m4s"), quarter, part == 0))
            listed = lines(playlist.text(), "#EXT-X-PART:")
            assert listed[:-1] == before[len(before) + 1 - len(listed) :]
            before = listed
        playlist.add_segment(segment(number, Fraction(1)))
        assert lines(playlist.text(), "#EXT-X-PART:") == before


def test_an_event_keeps_everything() -> None:
    playlist = MediaPlaylist(PlaylistType.EVENT, target_duration=6, first_sequence=5)
    texts = []
    for number in range(9):
        playlist.add_segment(segment(number))
        texts.append(playlist.text())
    assert all(later.startswith(text) for text, later in pairwise(texts))
    assert "#EXT-X-PLAYLIST-TYPE:EVENT\n" in texts[-1]
    assert "#EXT-X-MEDIA-SEQUENCE:5\n" in texts[-1]
    assert playlist.expired() == []


def _make(**given: object) -> MediaPlaylist:
    return MediaPlaylist(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"playlist_type": PlaylistType.LIVE}, "target_duration"),
        ({"playlist_type": PlaylistType.EVENT, "target_duration": 0}, "at least one second"),
        ({"playlist_type": PlaylistType.VOD, "window": SIX}, "no window"),
        ({"playlist_type": PlaylistType.VOD, "low_latency": LowLatency(SIX)}, "parts are for"),
    ],
)
def test_playlists_that_cannot_be(given: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        _make(**given)


def test_calls_at_the_wrong_moment() -> None:
    playlist = MediaPlaylist(PlaylistType.VOD)
    playlist.add_segment(segment(1))
    with pytest.raises(InvalidStateError, match="not finished"):
        playlist.text()
    for call in (playlist.add_part, playlist.hint):
        with pytest.raises(InvalidStateError, match="offers no parts"):
            call(StreamPart(INIT, SIX) if call == playlist.add_part else INIT)  # type: ignore[operator]
    playlist.finish()
    with pytest.raises(InvalidStateError, match="finished"):
        playlist.add_segment(segment(2))


NAMES: Sequence[str] = ("a\nb", "#a", "", "a b", 'a"b', "a\x85b")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_out_of_its_place(name: str) -> None:
    if name != 'a"b':
        with pytest.raises(InvalidArgumentError, match=r"line of a playlist"):
            vod(segment(1, resource=Resource(name))).text()
    if not {"\n", '"', "\x85"}.isdisjoint(name):
        with pytest.raises(InvalidArgumentError, match="quotation marks and control"):
            vod(segment(1, initialization=Resource(name))).text()


@pytest.mark.parametrize(
    "make",
    [
        lambda: segment(1, Fraction(0)),
        lambda: segment(1, size=0),
        lambda: segment(1, first_picture=5000),
        lambda: segment(1, program_date_time=datetime(2026, 1, 1)),
        lambda: ByteRange(-1, 5),
        lambda: ByteRange(0, 0),
        lambda: SegmentKey("key", b"short"),
        lambda: LowLatency(Fraction(0)),
    ],
)
def test_facts_that_cannot_be(make: object) -> None:
    with pytest.raises(InvalidArgumentError):
        make()  # type: ignore[operator]
