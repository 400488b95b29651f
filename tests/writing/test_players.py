"""What is said of players, rule by rule: each has a format that it speaks against and one that it leaves alone.

Whether the rules are true is asked of the players themselves, in ``tests/acceptance/test_plays.py``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from reelwright.model.format import CleanAperture, FormatDescription, PcmLayout
from reelwright.model.kinds import FileType, MediaType
from reelwright.writing.player_rules import RULES, YES
from reelwright.writing.players import Player, PlayerVerdict, judge_players

# Parameter sets that x264 made for 64 × 64 pixels, by profile_idc.
SETS = {
    66: "00000001 6742c00ada109a1000000300100000030320f1226a 00000001 68ce0fc8",
    77: "00000001 674d400aeca21342000003000200000300641e244b2c 00000001 68ebe3cb20",
    100: "00000001 6764000aacd9442684000003000400000300c83c489658 00000001 68ebe3cb22c0",
    110: "00000001 676e000aa6cd94426840000003004000000c83c4896580 00000001 68ebe3cb22c0",
}


def h264(profile: int = 77, **facts: Any) -> FormatDescription:
    """H.264 of a profile: 66 Baseline, 77 Main, 100 High, 110 High 10."""
    made = FormatDescription(
        media_type=MediaType.VIDEO,
        media_subtype="avc1",
        width=64,
        height=64,
        codec_config=bytes.fromhex(SETS[profile]),
    )
    return made.with_(**facts)


def hevc(**facts: Any) -> FormatDescription:
    made = FormatDescription(media_type=MediaType.VIDEO, media_subtype="hvc1", width=64, height=64)
    return made.with_(**facts)


def picture(code: str) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=code, width=64, height=64)


def aac(channels: int = 2, rate: int = 48000) -> FormatDescription:
    return FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="aac ", sample_rate=rate, channels=channels, frames_per_packet=1024
    )


def coded(code: str, channels: int = 2) -> FormatDescription:
    return FormatDescription(media_type=MediaType.AUDIO, media_subtype=code, sample_rate=48000, channels=channels)


def pcm(bits: int, *, is_float: bool = False, is_big_endian: bool = False) -> FormatDescription:
    layout = PcmLayout(bits=bits, is_float=is_float, is_big_endian=is_big_endian)
    return FormatDescription(
        media_type=MediaType.AUDIO, media_subtype="lpcm", sample_rate=48000, channels=2, pcm=layout, frames_per_packet=1
    )


def verdict(player: Player, *formats: FormatDescription, file_type: FileType = FileType.MP4) -> PlayerVerdict:
    return judge_players(file_type, formats)[player.value]


def test_h264_main_with_aac_in_mp4_plays_everywhere() -> None:
    verdicts = judge_players(FileType.MP4, [h264(77), aac()])
    assert list(verdicts) == ["Safari/QuickTime", "Chrome", "Firefox", "Android", "VLC"]
    for found in verdicts.values():
        assert (found.plays, found.reasons) == (True, ())
        assert found.evidence


CLAP = CleanAperture(Fraction(63), Fraction(63), Fraction(-1, 2), Fraction(-1, 2))
MOV, MP4, WEBM = FileType.MOV, FileType.MP4, FileType.WEBM
# (player, spoken against, file type) -> (plays, a word of the reason), and a format the same rule leaves alone.
CASES = [
    (Player.SAFARI, hevc(media_subtype="hev1"), MP4, False, "hvc1", hevc(), MP4),
    (Player.SAFARI, h264(110), MP4, None, "High profile", h264(100), MP4),
    (Player.SAFARI, hevc(bits_per_component=12), MP4, None, "Main 10", hevc(bits_per_component=10), MP4),
    (Player.SAFARI, hevc(chroma="4:4:4"), MP4, None, "Main 10", hevc(chroma="4:2:0"), MP4),
    (Player.SAFARI, pcm(16), MP4, None, "linear PCM", pcm(16), MOV),
    (Player.CHROME, hevc(), MP4, None, "hardware", h264(100), MP4),
    (Player.CHROME, pcm(8), MOV, False, "silent", pcm(16), MOV),
    (Player.CHROME, pcm(32, is_big_endian=True), MOV, False, "silent", pcm(32), MP4),
    (Player.CHROME, pcm(32, is_float=True, is_big_endian=True), MOV, False, "silent", pcm(32, is_float=True), MOV),
    (Player.CHROME, pcm(64, is_float=True), MP4, False, "silent", pcm(24, is_big_endian=True), MP4),
    (Player.CHROME, h264(clean_aperture=CLAP), MP4, True, "clean aperture", h264(110), MOV),
    (Player.FIREFOX, hevc(), MP4, None, "system", h264(100), MOV),
    (Player.FIREFOX, h264(110), MP4, None, "Windows", h264(77), MP4),
    (Player.FIREFOX, pcm(16), MOV, False, "silent", aac(8), MOV),
    (Player.FIREFOX, h264(clean_aperture=CLAP), MP4, True, "clean aperture", h264(), MP4),
    (Player.ANDROID, h264(), MOV, None, ".mov", h264(), MP4),
    (Player.ANDROID, h264(100), MP4, None, "Main profile", h264(66), MP4),
    (Player.ANDROID, hevc(bits_per_component=10), MP4, None, "HEVC's Main", hevc(bits_per_component=8), MP4),
    (Player.ANDROID, aac(8), MP4, None, "5.1", aac(6), MP4),
    (Player.ANDROID, aac(2, 96000), MP4, None, "48 kHz", aac(2, 48000), MP4),
    (Player.ANDROID, pcm(16), MP4, None, "WAVE", aac(1), MP4),
    (Player.SAFARI, picture("av01"), MP4, None, "hardware", h264(77), MP4),
    (Player.SAFARI, picture("vp09"), MP4, None, "VP9", h264(77), MP4),
    (Player.SAFARI, picture("vp09"), WEBM, None, "WebM", h264(77), MP4),
    (Player.ANDROID, picture("vp09"), MP4, None, "WebM", picture("vp09"), WEBM),
    (Player.SAFARI, picture("apch"), MOV, None, "Macs", h264(77), MOV),
    (Player.SAFARI, picture("jpeg"), MOV, None, "JPEG", h264(77), MOV),
    (Player.CHROME, picture("ap4h"), MOV, False, "not shown", picture("av01"), MP4),
    (Player.CHROME, picture("jpeg"), MOV, False, "not shown", picture("vp09"), MP4),
    (Player.FIREFOX, picture("apcn"), MOV, False, "not shown", picture("av01"), MP4),
    (Player.FIREFOX, picture("jpeg"), MOV, False, "not shown", picture("vp09"), MP4),
    (Player.ANDROID, picture("av01"), MP4, None, "version 10", h264(77), MP4),
    (Player.ANDROID, picture("vp09"), MP4, None, "WebM", h264(77), MP4),
    (Player.ANDROID, picture("apco"), MOV, None, "ProRes", h264(77), MP4),
    (Player.SAFARI, coded("Opus"), MP4, None, "Opus", coded("alac"), MOV),
    (Player.SAFARI, coded("fLaC"), MP4, None, "FLAC", coded("ec-3"), MP4),
    (Player.CHROME, coded("alac"), MP4, False, "silent", coded("fLaC"), MP4),
    (Player.CHROME, coded("ac-3"), MOV, False, "silent", coded("Opus"), MOV),
    (Player.FIREFOX, coded("ec-3"), MP4, False, "silent", coded("fLaC"), MOV),
    (Player.FIREFOX, coded("Opus"), MP4, True, "padding", coded("fLaC"), MP4),
    (Player.ANDROID, coded("alac"), MP4, None, "Lossless", aac(2), MP4),
    (Player.ANDROID, coded("Opus"), MP4, None, "Ogg", aac(2), MP4),
    (Player.ANDROID, coded("fLaC"), MP4, None, "version 10", aac(2), MP4),
    (Player.VLC, pcm(8), MOV, False, "twice", coded("ac-3"), MP4),
    (Player.VLC, pcm(8), MOV, False, "twice", picture("ap4x"), MOV),
    (Player.VLC, pcm(8), MOV, False, "twice", pcm(16), MOV),
]


@pytest.mark.parametrize(("player", "bad", "bad_file", "plays", "word", "good", "good_file"), CASES)
def test_each_rule_speaks_of_what_it_means_and_of_nothing_else(
    player: Player,
    bad: FormatDescription,
    bad_file: FileType,
    plays: bool | None,
    word: str,
    good: FormatDescription,
    good_file: FileType,
) -> None:
    against = verdict(player, bad, file_type=bad_file)
    assert against.plays is plays
    assert any(word in reason for reason in against.reasons)
    assert against.evidence
    left_alone = verdict(player, good, file_type=good_file)
    assert (left_alone.plays, left_alone.reasons) == (True, ())


def test_every_rule_has_a_case_above() -> None:
    spoken = {reason for player, bad, file, *_ in CASES for reason in verdict(player, bad, file_type=file).reasons}
    assert {rule.reason for rule in RULES} <= spoken


def test_every_rule_and_every_yes_says_where_it_is_known_from() -> None:
    known = [rule.evidence for rule in RULES] + [each for yes in YES.values() for each in yes]
    for evidence in known:
        assert evidence.startswith("tested here: ") or "/" in evidence.partition(".")[2]


@pytest.mark.parametrize("player", [Player.FIREFOX, Player.ANDROID])
def test_opus_is_at_home_in_webm(player: Player) -> None:
    assert verdict(player, coded("Opus"), file_type=WEBM).reasons == ()
    assert verdict(player, coded("Opus")).reasons


def test_the_worst_of_several_reasons_wins_and_all_are_given() -> None:
    found = verdict(Player.FIREFOX, hevc(), pcm(16))
    assert found.plays is False
    assert len(found.reasons) == len(found.evidence) == 2
    assert verdict(Player.ANDROID, hevc(bits_per_component=10), aac(8)).plays is None


def test_a_reason_that_two_tracks_share_is_given_once() -> None:
    assert len(verdict(Player.CHROME, pcm(8), pcm(8), file_type=MOV).reasons) == 1


def test_verdicts_read_as_sentences() -> None:
    assert str(verdict(Player.VLC, aac())) == "VLC plays"
    assert str(verdict(Player.VLC, pcm(8), file_type=MOV)) == "VLC does not play: 8-bit sound is played twice too fast"
    assert str(verdict(Player.CHROME, hevc())) == "Chrome may play: HEVC needs a hardware decoder"


@pytest.mark.parametrize("player", Player)
def test_what_nobody_looked_into_is_not_promised(player: Player) -> None:
    unknown, elsewhere = picture("mp4v"), picture("av01")
    films = [
        ([unknown], MOV),
        ([h264(77), unknown], MOV),
        ([aac()], FileType.CAF),
        ([h264(77)], WEBM),
        ([elsewhere], MOV),
    ]
    for formats, file_type in films:
        found = verdict(player, *formats, file_type=file_type)
        assert found.plays is None
        assert any("nothing is known here" in reason for reason in found.reasons)
        assert not any("tested here" in source for source in found.evidence)
