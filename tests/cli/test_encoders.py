"""``reelwright encoders``: the table, JSON, and one codec alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.cli.test_commands import run

import reelwright as rw
from reelwright.cli.common import CODECS
from reelwright.codecs.encoder_list import audio_encoders, video_encoders


def test_the_table_has_every_encoder_and_what_is_wrong_with_those_that_fail() -> None:
    done = run("encoders")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    for entry in (*video_encoders(), *audio_encoders()):
        row = next(line for line in lines if f" {entry.encoder_id} " in line)
        assert ("works" in row) == entry.works
        if not entry.works:
            assert f"{entry.encoder_id}: {entry.reason}" in lines
    assert "Low latency" in lines[0]
    prores = next(line for line in lines if "ProRes 4444 XQ (ap4x)" in line)
    assert "4:4:4 10 bit" in prores


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("hevc", {"hvc1"}),
        ("av01", {"av01"}),
        ("prores", {"apco", "apcs", "apcn", "apch", "ap4h", "ap4x"}),
        ("PRORES_422_HQ", {"apch"}),
        ("opus", {"opus"}),
        ("ac-3", {"ac-3"}),
    ],
)
def test_json_of_one_codec(codec: str, names: set[str]) -> None:
    done = run("encoders", "--codec", codec, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {entry["codec"] for entry in found["video"]} | {entry["format"] for entry in found["audio"]} == names
    assert all({"works", "reason", "encoder_id", "version"} <= set(entry) for kind in found.values() for entry in kind)


def test_an_unknown_codec_is_a_wrong_command_line() -> None:
    done = run("encoders", "--codec", "betamax")
    assert done.returncode == 2
    assert "'betamax' is no codec known here" in done.stderr
    assert "prores_422" in done.stderr


@pytest.mark.parametrize("codec", ["prores_422", "PRORES-4444", "jpeg"])
def test_films_of_every_codec_from_the_shell(codec: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (200, 120, 40)).save(tmp_path / "one.png")
    film = tmp_path / "film.mov"
    done = run("images", tmp_path / "one.png", film, "--codec", codec)
    assert done.returncode == 0, done.stderr
    found = json.loads(run("info", film, "--json").stdout)
    assert CODECS[codec.lower().replace("-", "_")].value in json.dumps(found)


def test_sound_of_a_codec_by_name(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (200, 120, 40)).save(tmp_path / "one.png")
    rw.write_audio(np.zeros((9600, 2), np.int16), tmp_path / "sound.m4a", 48000, format="alac")
    film = tmp_path / "film.mp4"
    command = [
        "images",
        str(tmp_path / "one.png"),
        str(film),
        "--duration",
        "0.2",
        "--audio",
        str(tmp_path / "sound.m4a"),
    ]
    assert run(*command, "--audio-codec", "flac").returncode == 0
    assert [track.format_descriptions[0].media_subtype for track in rw.Asset(film).tracks] == ["avc1", "fLaC"]
    refused = run(*command, "--audio-codec", "vorbis", "--overwrite")
    assert refused.returncode == 1
    assert "'vorbis'" in refused.stderr
    assert "'flac'" in refused.stderr
