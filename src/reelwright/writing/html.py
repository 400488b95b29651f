"""A finished film as HTML, for notebooks: the film itself where it is small, a link to it where it is not.

A data URI travels with the notebook and needs no server; it is a third larger than the film, hence the limit.
"""

from __future__ import annotations

import base64
import os
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from reelwright.model.kinds import MediaType
from reelwright.storage.address import as_path

if TYPE_CHECKING:
    from reelwright.writing.report import TrackReport, WritingReport

__all__ = ["LARGEST_INLINE", "film_html"]

LARGEST_INLINE = 20_000_000  # bytes of a film that is put into the page itself
_BROWSERS = ("Chrome", "Firefox", "Safari/QuickTime")


def film_html(path: str | None, report: WritingReport) -> str:
    """An HTML fragment that shows a film: a player, or a link above ``LARGEST_INLINE`` bytes, and what it holds.

    Args:
        path: where the film is now, as a path or ``file://`` URL; None for a film that was written to a file object.
    """
    video = report.track(MediaType.VIDEO)
    parts = [_player(path, report, video), f"<div>{escape(_caption(path, report, video))}</div>"]
    parts += [f"<div><em>{escape(note)}</em></div>" for note in _browser_notes(report)]
    return f'<div class="reelwright-film">{"".join(part for part in parts if part)}</div>'


def _player(path: str | None, report: WritingReport, video: TrackReport | None) -> str:
    if path is None:
        return ""
    place = as_path(path)
    if not os.path.isfile(place):
        return f"<div>{escape(f'{_readable(place)} is not there any more.')}</div>"
    if os.path.getsize(place) <= LARGEST_INLINE:
        with open(place, "rb") as file:
            data = base64.b64encode(file.read()).decode("ascii")
        return _tag(f"data:{'audio' if video is None else 'video'}/mp4;base64,{data}", video)
    size = f"{os.path.getsize(place) / 1e6:.0f} MB"
    link = f'<a href="{escape(_link(place))}">{escape(_readable(os.path.basename(place)))}</a>'
    return f"<div>{link} is {size}, too large to be shown inside the page.</div>"


def _tag(source: str, video: TrackReport | None) -> str:
    # Both containers are announced as MP4: browsers look at the bytes, but refuse some of QuickTime's names unseen.
    if video is None or video.format is None:
        return f'<audio controls src="{source}"></audio>'
    width, height = (round(side) for side in video.format.display_size)
    style = "max-width:100%;height:auto"
    return f'<video controls playsinline width="{width}" height="{height}" style="{style}" src="{source}"></video>'


def _link(place: str) -> str:
    """The film's address from the working folder, which notebooks serve; absolute where there is no way from there."""
    try:
        way = os.path.relpath(place)
    except ValueError:  # another drive
        way = os.path.abspath(place)
    return quote(os.fsencode(way.replace(os.sep, "/")))


def _readable(place: str) -> str:
    """A path as text; bytes that are none become replacement characters."""
    return os.fsencode(place).decode("utf-8", "replace")


def _caption(path: str | None, report: WritingReport, video: TrackReport | None) -> str:
    facts = [] if path is None else [_readable(os.path.basename(as_path(path)))]
    if video is not None and video.format is not None:
        width, height = (round(side) for side in video.format.display_size)
        facts.append(f"{width}×{height}, {video.written} frames")
    facts += [f"{float(report.duration):.3f} s", f"{report.bytes:,} bytes"]
    facts += [track.codec for track in report.tracks if track.codec]
    return " · ".join(facts)


def _browser_notes(report: WritingReport) -> list[str]:
    """What may keep a browser from playing it, a sentence each."""
    notes = []
    for name in _BROWSERS:
        verdict = report.plays_on.get(name)
        if verdict is not None and verdict.plays is not True:
            word = "does not play" if verdict.plays is False else "may not play"
            notes.append(f"{name} {word} this film: {'; '.join(verdict.reasons)}.")
    return notes
