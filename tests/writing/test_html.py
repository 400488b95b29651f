"""Films in notebooks: the film itself, or a link, names escaped, and a word where a browser may not play it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from reelwright import (
    AssetWriter,
    AssetWriterInput,
    AudioFormat,
    AudioSettings,
    MediaType,
    SampleBuffer,
    VideoCodec,
    VideoSettings,
    WritingReport,
)
from reelwright.writing import html


def film(target: str | Path, codec: VideoCodec = VideoCodec.H264, size: tuple[int, int] = (33, 18)) -> WritingReport:
    with AssetWriter(target) as writer:
        settings = VideoSettings(codec, *size, encoder_options={"preset": "ultrafast"})
        video = AssetWriterInput(MediaType.VIDEO, settings)
        writer.add(video)
        writer.start_writing()
        writer.start_session(0)
        for index in range(2):
            video.append(np.zeros((size[1], size[0], 3), np.uint8), index)
        return writer.finish_writing()


def test_a_small_film_is_shown_itself(tmp_path: Path) -> None:
    shown = film(tmp_path / "a.mp4")._repr_html_()
    found = re.search(
        r'<video controls playsinline width="33" height="18"[^>]* src="data:video/mp4;base64,([^"]*)"', shown
    )
    assert found is not None
    assert base64.b64decode(found[1]) == (tmp_path / "a.mp4").read_bytes()
    assert "a.mp4 · 33×18, 2 frames · 2.000 s" in shown
    assert "<em>" not in shown


def test_a_large_film_is_linked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = film(tmp_path / "a b#1.mp4")
    monkeypatch.setattr(html, "LARGEST_INLINE", report.bytes - 1)
    monkeypatch.chdir(tmp_path)
    shown = report._repr_html_()
    assert "<video" not in shown
    assert '<a href="a%20b%231.mp4">a b#1.mp4</a>' in shown
    assert "too large" in shown
    monkeypatch.setattr(html, "LARGEST_INLINE", report.bytes)
    assert "<video" in report._repr_html_()


def test_names_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "<b>&'.mp4"
    report = film(tmp_path / name)
    assert "<b>" not in report._repr_html_()
    monkeypatch.setattr(html, "LARGEST_INLINE", 0)
    shown = report._repr_html_()
    assert "<b>" not in shown
    assert "&lt;b&gt;&amp;&#x27;.mp4" in shown
    (tmp_path / name).unlink()
    assert "<b>" not in report._repr_html_()


def test_a_url_is_followed(tmp_path: Path) -> None:
    shown = film((tmp_path / "a b.mp4").as_uri())._repr_html_()
    assert "<video" in shown
    assert "a b.mp4 · " in shown


def test_a_film_that_is_gone_or_never_had_a_name(tmp_path: Path) -> None:
    report = film(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").unlink()
    assert "is not there any more" in report._repr_html_()
    assert html.film_html(None, report).startswith('<div class="reelwright-film"><div>33×18')


def test_what_a_browser_may_not_play_is_said(tmp_path: Path) -> None:
    shown = film(tmp_path / "a.mp4", VideoCodec.HEVC, (64, 64))._repr_html_()
    assert re.search(r"<em>Chrome may not play this film: [^<]*HEVC", shown)


def test_sound_alone_gets_a_player_of_its_own(tmp_path: Path) -> None:
    with AssetWriter(tmp_path / "a.m4a") as writer:
        sound = AssetWriterInput(MediaType.AUDIO, AudioSettings(AudioFormat.AAC, 48000, 1))
        writer.add(sound)
        writer.start_writing()
        writer.start_session(0)
        sound.append(SampleBuffer.from_audio(np.zeros(4800, np.float32), 48000))
        report = writer.finish_writing()
    assert '<audio controls src="data:audio/mp4;base64,' in report._repr_html_()
