"""Edit lists and headers of every movie file of the collection, entry by entry, as MP4Box.js reads the same boxes."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from reelwright.model.facts import TrackFacts
from reelwright.reading.asset import Asset
from tests.interop import tools
from tests.interop.reading.collection import media_files, name_of, needs_collection

pytestmark = needs_collection
SUFFIXES = {".mov", ".mp4", ".m4a", ".m4v", ".3gp", ".isma"}
# MP4Box.js finds no movie header: there is none, it is cut off, or a box before it has a size that cannot be. Over the
# last one it hangs.
UNREAD = {
    "streamio/broken.mp4",
    "lofty/steam_at_mention_IDX_60_RAND_135276517902742448802109.m4a",
    "media3/sample_malformed_free_box.mp4",
    "media3/video_dovi_3840x2160_30fps_dav1_10.mp4",
}
# No edit list in the file: what iTunes' comment says of priming and padding stands in its place.
GAPLESS = {
    "lofty/steam_at_mention_IDX_33_RAND_122808229373977607781108.m4a",
    "lofty/ui_steam_smoother_friend_join_IDX_20_RAND_133775534408028271049852.m4a",
    "media3/bbb_1ch_8kHz_aac_lc.m4a",
}


def _movies() -> list[Path]:
    files = (path for path in media_files() if path.suffix.lower() in SUFFIXES)
    return [path for path in files if name_of(path) not in UNREAD]


@cache
def judged() -> dict[str, dict[int, dict[str, Any]]]:
    """By file and track: what MP4Box.js found."""
    tools.find_module("mp4box")
    script = tools.HERE / "judges" / "edit_lists.cjs"
    report = tools.run(tools.find("node", "nodejs"), script, *_movies()).json()
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for path, tracks in report.items():
        for told in tracks.values():
            told["edits"] = [tuple(edit) for edit in told["edits"]]
        found[name_of(Path(path))] = {int(number): told for number, told in tracks.items()}
    return found


def _told(facts: TrackFacts) -> dict[str, Any]:
    return {
        "enabled": facts.enabled,
        "layer": facts.layer,
        "alternate group": facts.alternate_group,
        "time scale": facts.time_scale,
        "handler": facts.handler,
        "edits": [(e.duration, -1 if e.media_time is None else e.media_time, e.rate) for e in facts.edits],
    }


def test_headers_and_edit_lists_are_mp4boxs() -> None:
    differing = []
    for path in _movies():
        with Asset(path) as asset:
            ours = {facts.track_id: _told(facts) for facts in asset.facts.tracks}
        theirs = judged()[name_of(path)]
        assert ours.keys() == theirs.keys(), path.name
        for number, told in ours.items():
            if name_of(path) in GAPLESS:
                assert not theirs[number]["edits"]
                assert told.pop("edits")
            differing += [
                (name_of(path), number, field, value, theirs[number][field])
                for field, value in told.items()
                if value != theirs[number][field]
            ]
    assert not differing


def test_edit_lists_of_all_kinds_were_among_them() -> None:
    lists = [track["edits"] for tracks in judged().values() for track in tracks.values()]
    assert sum(bool(edits) for edits in lists) > 60
    assert any(len(edits) > 1 for edits in lists)
    assert any(edits and edits[0][1] == -1 for edits in lists)
    assert all(Fraction(edit[2]) == 1 for edits in lists for edit in edits)
