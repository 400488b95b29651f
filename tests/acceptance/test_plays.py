"""Films play: to their end in browsers and VLC, without a complaint from any reader, and as the report says.

What the report says of players (``plays_on``) is held here to what Chromium, Firefox and VLC really do.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import reelwright as rw
from tests.acceptance.films import write_film
from tests.interop import tools
from tests.interop.chromium import play_in_chromium
from tests.interop.firefox import play_in_firefox
from tests.interop.vlc import play_in_vlc

RATE = 48000
FRAMES = 25
H264, HEVC, AV1, VP9 = rw.VideoCodec.H264, rw.VideoCodec.HEVC, rw.VideoCodec.AV1, rw.VideoCodec.VP9
PRORES, JPEG = rw.VideoCodec.PRORES_422_HQ, rw.VideoCodec.JPEG
HIGH10 = {"profile_level": "H264_High10_AutoLevel"}
MAIN10 = {"profile_level": "HEVC_Main10_AutoLevel"}
FAST_WEB = {
    rw.VideoCodec.AV1: {"preset": "12"},
    rw.VideoCodec.VP9: {"deadline": "realtime", "cpu-used": "8"},
}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


class Kind(NamedTuple):
    """What a film is made of."""

    suffix: str = "mp4"
    codec: rw.VideoCodec | None = H264
    compression: dict[str, Any] | None = None
    size: tuple[int, int] = (320, 180)
    sound: str | None = "aac"  # another format, or the bits of PCM: "s16le", "f32be" …
    channels: int = 2
    header_first: bool = False
    session: tuple[Fraction, Fraction | None] = (Fraction(0), None)
    late: Fraction = Fraction(0)  # of the sound

    def __str__(self) -> str:
        bits = "10 bits " if self.compression else ""
        return f"{self.codec.name if self.codec else 'no'} {bits}{self.sound or 'silent'} {self.channels} {self.suffix}"


def pictures(size: tuple[int, int]) -> list[tuple[Any, ...]]:
    """A bright bar that moves over a ramp."""
    width, height = size
    ramp = np.linspace(0, 200, width).astype(np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
    found = []
    for number in range(FRAMES):
        picture = ramp.copy()
        picture[:, number * 10 : number * 10 + 20] = (255, 160, 0)
        found.append((picture, rw.Time(number, 25)))
    return found


def tone(channels: int, start: Fraction) -> list[rw.SampleBuffer]:
    at = np.arange(RATE) / RATE
    wave = (0.2 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    samples = np.repeat(wave[:, None], channels, 1)
    return [rw.SampleBuffer.from_audio(samples, RATE, rw.Time.of(start), channel_layout=LAYOUTS[channels])]


def audio_settings(sound: str, channels: int) -> rw.AudioSettings:
    if sound.isalpha() or sound in ("ac3", "eac3"):
        return rw.AudioSettings(sound, RATE, channels, channel_layout=LAYOUTS[channels])
    return rw.AudioSettings(
        rw.AudioFormat.LINEAR_PCM,
        RATE,
        channels,
        channel_layout=LAYOUTS[channels],
        linear_pcm_bit_depth=int(sound[1:-2]),
        linear_pcm_is_float=sound.startswith("f"),
        linear_pcm_is_big_endian=sound.endswith("be"),
    )


def write(folder: Path, kind: Kind) -> tuple[Path, rw.WritingReport]:
    path = folder / f"film.{kind.suffix}"
    options = FAST_WEB.get(kind.codec, {}) if kind.codec else {}
    video = (
        rw.VideoSettings(kind.codec, *kind.size, compression=kind.compression, encoder_options=options)
        if kind.codec
        else None
    )
    report = write_film(
        path,
        video=video,
        pictures=pictures(kind.size) if video else [],
        audio=audio_settings(kind.sound, kind.channels) if kind.sound else None,
        sound=tone(kind.channels, kind.late) if kind.sound else [],
        session=kind.session[0],
        end=kind.session[1],
        header_first=kind.header_first,
    )
    return path, report


@pytest.mark.parametrize("header_first", [False, True], ids=["header last", "header first"])
@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4a"])
def test_chromium_plays_to_the_end(suffix: str, header_first: bool, tmp_path: Path) -> None:
    path, report = write(
        tmp_path, Kind(suffix, codec=None if suffix == "m4a" else H264, sound="aac", header_first=header_first)
    )
    order = [box["type"] for box in tools.mp4box(path)["boxes"]]
    assert (order.index("moov") < order.index("mdat")) == header_first
    seen = play_in_chromium(path, rate=2)
    assert seen["errors"] == []
    assert "error" not in [name for name, _ in seen["events"]]
    assert seen["duration"] == seen["currentTime"] == pytest.approx(float(report.duration), abs=0.002)
    assert seen["audioBytes"] > 0
    if suffix != "m4a":
        assert (seen["videoWidth"], seen["videoHeight"]) == (320, 180)
        assert seen["frames"] == FRAMES
        assert max(seen["pixels"]) > 60


# Films in which every feature meets several others; every reader is asked about each.
MATRIX: dict[str, Kind] = {
    "H.264 AAC mp4": Kind(),
    "H.264 AAC mp4 header first": Kind(header_first=True),
    "H.264 AAC m4v odd": Kind("m4v", size=(321, 181), header_first=True),
    "H.264 AAC 5.1 mov odd": Kind("mov", size=(321, 181), channels=6),
    "H.264 10 bits PCM 16 mov": Kind("mov", compression=HIGH10, sound="s16le", header_first=True),
    "HEVC AAC mp4 odd": Kind(codec=HEVC, size=(321, 181), header_first=True),
    "HEVC 10 bits PCM 24 mov": Kind("mov", codec=HEVC, compression=MAIN10, sound="s24be"),
    "H.264 PCM 24 mp4": Kind(sound="s24le"),
    "H.264 mp4 trimmed": Kind(session=(Fraction(1, 5), Fraction(4, 5))),
    "H.264 mov trimmed": Kind("mov", session=(Fraction(3, 10), Fraction(7, 10)), header_first=True),
    "HEVC mov late sound": Kind("mov", codec=HEVC, late=Fraction(1, 4)),
    "AV1 AAC mp4 odd": Kind(codec=AV1, size=(321, 181), header_first=True),
    "VP9 AAC mp4": Kind(codec=VP9),
    "ProRes 422 HQ PCM 24 mov odd": Kind("mov", codec=PRORES, size=(321, 181), sound="s24be"),
    "JPEG PCM 16 mov": Kind("mov", codec=JPEG, sound="s16be"),
    "H.264 Opus 5.1 mp4": Kind(sound="opus", channels=6, header_first=True),
    "H.264 FLAC mp4": Kind(sound="flac", header_first=True),
    "HEVC ALAC 5.1 mov": Kind("mov", codec=HEVC, sound="alac", channels=6),
    "ALAC m4a": Kind("m4a", codec=None, sound="alac", header_first=True),
    "H.264 AC-3 5.1 mp4": Kind(sound="ac3", channels=6),
    "H.264 E-AC-3 mov": Kind("mov", sound="eac3"),
    "AAC m4a": Kind("m4a", codec=None, channels=1, header_first=True),
    "PCM float mov": Kind("mov", codec=None, sound="f32le", channels=6),
}
# ISO files' linear PCM is younger than GStreamer 1.22, which says so and plays the rest; MP4Box.js reads the box of
# every FLAC twice, of FFmpeg's files too.
UNREAD = {
    "H.264 PCM 24 mp4": ("gst_decode", "No decoder available for type 'audio/x-gst-fourcc-ipcm"),
    "H.264 FLAC mp4": ("mp4box", "Parsing of box 'dfLa' read 38 more bytes"),
}


@pytest.mark.parametrize("name", MATRIX)
def test_no_reader_complains(name: str, tmp_path: Path) -> None:
    path, _ = write(tmp_path, MATRIX[name])
    found = tools.complaints(path)
    if name in UNREAD:
        reader, words = UNREAD[name]
        assert words in found.pop(reader)[0]
    assert found == {}
    if path.suffix == ".mov":
        assert tools.qtdump(path)["errors"] == []


class Heard(NamedTuple):
    """Whether a film's pictures were played to their end, and whether its sound was heard as it is."""

    played: bool
    sound: bool


def in_chromium(path: Path) -> Heard:
    seen = play_in_chromium(path, rate=2)
    return Heard(not seen["errors"] and seen["frames"] > 0, bool(seen["audioBytes"]))


def in_firefox(path: Path) -> Heard:
    seen = play_in_firefox(path, rate=2)
    return Heard(not seen["errors"] and seen["frames"] > 0, bool(seen["hasAudio"]))


def in_vlc(path: Path) -> Heard:
    seen = play_in_vlc(path)
    length = 0 if seen["sound"] is None else len(seen["sound"]) / seen["rate"]
    return Heard(not seen["errors"], 0.95 < length < 1.05)


SAID = [
    ("Chrome", Kind(compression=HIGH10)),
    ("Chrome", Kind("mov", channels=6)),
    ("Chrome", Kind("mov", sound="s16be")),
    ("Chrome", Kind(sound="s24le")),
    ("Chrome", Kind("mov", sound="f32le")),
    ("Chrome", Kind("mov", sound="s8le")),
    ("Chrome", Kind("mov", sound="s32be")),
    ("Chrome", Kind(sound="f64le")),
    ("Firefox", Kind(channels=6)),
    ("Firefox", Kind("mov", sound=None)),
    ("Firefox", Kind(sound="s16le")),
    ("Firefox", Kind("mov", sound="s24le")),
    ("Chrome", Kind(sound="opus")),
    ("Chrome", Kind("mov", sound="alac")),
    ("Firefox", Kind(sound="flac")),
    ("Firefox", Kind(sound="ac3")),
    ("VLC", Kind("mov", sound="alac")),
    ("VLC", Kind(sound="opus", channels=6)),
    ("Chrome", Kind("mov", codec=JPEG)),
    ("Firefox", Kind(codec=AV1)),
    ("VLC", Kind("mov", codec=PRORES)),
    ("VLC", Kind(channels=6)),
    ("VLC", Kind("mov", codec=HEVC, compression=MAIN10)),
    ("VLC", Kind(sound="s24be")),
    ("VLC", Kind("mov", sound="f64le")),
    ("VLC", Kind("mov", sound="s8le")),
]
WATCH = {"Chrome": in_chromium, "Firefox": in_firefox, "VLC": in_vlc}


@pytest.mark.parametrize(("player", "kind"), SAID, ids=str)
def test_the_report_says_what_players_do(player: str, kind: Kind, tmp_path: Path) -> None:
    path, report = write(tmp_path, kind)
    verdict = report.plays_on[player]
    seen = WATCH[player](path)
    right = seen.played and (seen.sound or kind.sound is None)
    assert verdict.plays is right, (verdict, seen)
    assert any(evidence.startswith("tested here") for evidence in verdict.evidence)


@pytest.mark.parametrize("kind", [Kind(compression=HIGH10), Kind("mov", codec=HEVC, compression=MAIN10)], ids=str)
def test_what_depends_on_the_machine_is_said_to(kind: Kind, tmp_path: Path) -> None:
    """With FFmpeg as the system's decoder Firefox plays these; elsewhere it may not, and the report says so."""
    path, report = write(tmp_path, kind)
    assert report.plays_on["Firefox"].plays is None
    assert in_firefox(path) == Heard(played=True, sound=True)


def test_hevc_is_up_to_chromes_machine(tmp_path: Path) -> None:
    path, report = write(tmp_path, Kind(codec=HEVC))
    assert report.plays_on["Chrome"].plays is None
    assert "hardware" in report.plays_on["Chrome"].reasons[0]
    # A machine without a decoder says so at once; one with a decoder plays to the end.
    assert play_in_chromium(path, rate=2)["why"] in ("ended", "error")


@pytest.mark.parametrize("player", ["Chrome", "Firefox"])
def test_odd_sizes_play_and_show_their_padding(player: str, tmp_path: Path) -> None:
    path, report = write(tmp_path, Kind(size=(321, 181)))
    play = play_in_chromium if player == "Chrome" else play_in_firefox
    verdict, seen = report.plays_on[player], play(path, rate=2)
    assert verdict.plays is True
    assert any("clean aperture" in reason for reason in verdict.reasons)
    assert seen["errors"] == []
    assert (seen["videoWidth"], seen["videoHeight"]) == (322, 182)
