"""Files of subtitles: what is a cue is read, what is none is passed over, and no text breaks out of its cue."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from reelwright.model.caption import Caption, CaptionAlignment, CaptionSpan
from reelwright.model.errors import InvalidArgumentError, InvalidMediaError, MediaNotFoundError
from reelwright.model.time_range import TimeRange
from reelwright.streaming.subtitle_cues import (
    Cue,
    SubtitleSource,
    caption_cue,
    plain_cue,
    subtitle_labels,
    vtt_text,
)
from reelwright.streaming.subtitle_files import parse_subtitles, read_subtitles

WEB = b"""\xef\xbb\xbfWEBVTT - a title

NOTE 00:01.000 --> 00:02.000 is no cue,
whatever stands here

STYLE
::cue { color: lime }

intro
00:01.500 --> 00:02.000 align:start region:fred line:10% nonsense
<v Anna>Hello &amp; <i>welcome</i>
twice

100:00:00.000 --> 100:00:01.000
late

00:05.000 --> 00:04.000
backwards

00:06.000 --> 00:07.000
"""

RIP = """1\r
00:00:01,500 --> 00:00:02,5 X1:0\r
{\\an8}<FONT color="red">Tom & <I>Jerry</I></font> 3 < 4 &amp; --> <x>\r
\r
2\r
00:00:03,000 --> 00:00:04,000\r
caf\u00e9\r
"""


def test_web_vtt() -> None:
    assert parse_subtitles(WEB) == (
        Cue(Fraction(3, 2), Fraction(2), "<v Anna>Hello &amp; <i>welcome</i>\ntwice", "align:start line:10%"),
        Cue(Fraction(360_000), Fraction(360_001), "late"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_subrip(encoding: str) -> None:
    assert parse_subtitles(RIP.encode(encoding)) == (
        Cue(Fraction(3, 2), Fraction(5, 2), "Tom &amp; <i>Jerry</i> 3 &lt; 4 &amp; --&gt; &lt;x&gt;"),
        Cue(Fraction(3), Fraction(4), "caf\u00e9"),
    )


def test_a_file_without_cues_is_only_web_vtt() -> None:
    assert parse_subtitles(b"WEBVTT") == parse_subtitles(b"") == ()
    for text in (b"WEBVTTX\n", b"Hello\n", RIP.encode("latin-1"), b"\xff\xfea"):
        with pytest.raises(InvalidMediaError):
            parse_subtitles(text)


def test_a_damaged_file_is_read_or_refused_and_never_breaks_what_is_written() -> None:
    chance = random.Random(7)
    for _ in range(400):
        data = bytearray(chance.choice([WEB, RIP.encode()]))
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.choice(b"\n\r\0 <>-&:,.0129\xff")
        try:
            cues = parse_subtitles(bytes(data))
        except InvalidMediaError:
            continue
        assert parse_subtitles(vtt_text(cues).encode()) == cues


@pytest.mark.parametrize("text", ["<i" * 50_000, "{\\" * 50_000, "&" * 50_000, "9" * 50_000, "<font" * 50_000])
def test_long_lines_of_beginnings_do_not_hang(text: str) -> None:
    (cue,) = parse_subtitles(f"1\n00:00:01,000 --> 00:00:02,000\n{text}".encode())
    assert len(cue.payload) >= len(text)


def test_files_that_are_missing_or_something_else_are_named(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFoundError, match=r"none\.vtt"):
        read_subtitles(tmp_path / "none.vtt")
    (tmp_path / "film.srt").write_bytes(b"\x00\x00\x00\x18ftypmp42")
    with pytest.raises(InvalidMediaError, match=r"film\.srt"):
        read_subtitles(tmp_path / "film.srt")


def test_texts_cannot_break_out_of_their_cue() -> None:
    cue = plain_cue(Fraction(0), Fraction(1), "a\r\n\r\n00:00.000 --> 00:09.000\n<b>&\0")
    assert cue.payload == "a\n00:00.000 --&gt; 00:09.000\n&lt;b&gt;&amp;\ufffd"
    for payload, settings in (("", ""), ("a\n\nb", ""), ("a --> b", ""), ("a", "align:start\nb")):
        with pytest.raises(InvalidArgumentError):
            Cue(Fraction(0), Fraction(1), payload, settings)
    for start, end in ((-1, 1), (1, 1)):
        with pytest.raises(InvalidArgumentError):
            plain_cue(Fraction(start), Fraction(end), "x")


def test_captions_keep_their_looks() -> None:
    spans = (CaptionSpan(0, 2, bold=True, italic=True), CaptionSpan(3, 4, underline=True))
    caption = Caption("ab<c", TimeRange(1, 2), spans, CaptionAlignment.START)
    assert caption_cue(caption) == Cue(Fraction(1), Fraction(3), "<b><i>ab</i></b>&lt;<u>c</u>", "align:start")
    assert caption_cue(Caption(" \n", TimeRange(1, 2))) is None


def test_segments_tell_where_their_times_lie() -> None:
    cue = Cue(Fraction(90_061_234_5, 10_000), Fraction(90_062), "x", "line:0")
    assert vtt_text([cue], origin=Fraction(10)) == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n25:01:01.235 --> 25:01:02.000 line:0\nx\n"
    )


def test_what_comes_before_zero_is_cut_off() -> None:
    cues = (Cue(Fraction(1), Fraction(3), "x"), Cue(Fraction(0), Fraction(2), "y"))
    assert SubtitleSource(cues=cues).moved(Fraction(-2)).cues == (Cue(Fraction(0), Fraction(1), "x"),)


def test_labels_differ() -> None:
    sources = [SubtitleSource(cues=(), language=each) for each in ("en", "en", None, None)]
    assert subtitle_labels(sources) == ["en", "en 2", "Subtitles", "Subtitles 4"]
    with pytest.raises(InvalidArgumentError):
        subtitle_labels([SubtitleSource(cues=(), is_default=True)] * 2)
