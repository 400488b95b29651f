"""What this library says of every file of the collection, field by field, against ffprobe and MediaInfo.

Every contradiction must be explained in ``explanations.py``: who is right, and why. Run this module to write the
table into ``docs/reading-agreements.md``:

    python -m tests.interop.reading.agreements
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reelwright.model.errors import ReelwrightError
from tests.interop.reading.collection import media_files, name_of
from tests.interop.reading.explanations import EXPLANATIONS
from tests.interop.reading.judge_views import ask_ffprobe, ask_mediainfo, ffprobe_view, mediainfo_view
from tests.interop.reading.views import View, differs, our_view

DOCUMENT = Path(__file__).parents[3] / "docs" / "reading-agreements.md"
JUDGES: dict[str, tuple[Callable[[Path], dict[str, Any]], Callable[[dict[str, Any], View], View]]] = {
    "ffprobe": (ask_ffprobe, ffprobe_view),
    "MediaInfo": (ask_mediainfo, mediainfo_view),
}


@dataclass(frozen=True)
class Finding:
    """One field of one file or track as two readers have it; None where one of them says nothing."""

    judge: str
    file: str
    place: int
    field: str
    ours: Any
    theirs: Any

    @property
    def verdict(self) -> str:
        if self.ours is None or self.theirs is None:
            return "only here" if self.theirs is None else "only there"
        return "differs" if differs(self.field, self.ours, self.theirs) else "agrees"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.judge, self.field, self.file


def _compared(judge: str, file: str, ours: View, theirs: View) -> Iterator[Finding]:
    for place in sorted(ours.keys() & theirs.keys()):
        for field in sorted(ours[place].keys() | theirs[place].keys()):
            yield Finding(judge, file, place, field, ours[place].get(field), theirs[place].get(field))


def _findings_of(path: Path) -> list[Finding]:
    try:
        ours = our_view(path)
    except ReelwrightError:
        return []  # tests/interop/reading/test_agreements.py names what nobody can read
    found: list[Finding] = []
    for judge, (ask, view) in JUDGES.items():
        found += _compared(judge, name_of(path), ours, view(ask(path), ours))
    return found


@cache
def findings() -> tuple[Finding, ...]:
    """Everything that can be compared, asked of all judges once in a process."""
    with ThreadPoolExecutor(4) as pool:
        return tuple(finding for found in pool.map(_findings_of, media_files()) for finding in found)


def document() -> str:
    """The table and the explanations as Markdown."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for finding in findings():
        counts[finding.field, finding.judge, finding.verdict] += 1
    verdicts = ("agrees", "differs", "only here", "only there")
    lines = [
        "# What other readers say of the same files",
        "",
        f"{len({finding.file for finding in findings()})} media files of others, read by this library, by ffprobe",
        "(FFmpeg 5.1) and by MediaInfo (23.04), compared field by field and track by track. Written by",
        "`python -m tests.interop.reading.agreements`; the test beside it fails for any contradiction that is not",
        "explained below, and for any explanation that is no longer needed.",
        "",
        "| field | " + " | ".join(f"{judge} {verdict}" for judge in JUDGES for verdict in verdicts) + " |",
        "|---|" + "--:|" * (len(JUDGES) * len(verdicts)),
    ]
    for field in sorted({field for field, _, _ in counts}, key=str.lower):
        cells = [str(counts[field, judge, verdict] or "") for judge in JUDGES for verdict in verdicts]
        lines.append(f"| {field} | " + " | ".join(cells) + " |")
    totals = [
        str(sum(counts[field, judge, verdict] for field in {key[0] for key in counts}))
        for judge in JUDGES
        for verdict in verdicts
    ]
    lines += ["| **all** | " + " | ".join(totals) + " |", "", "## Contradictions explained", ""]
    for judge in JUDGES:
        lines += [f"### {judge}", ""]
        for item in sorted(EXPLANATIONS, key=lambda item: item.field.lower()):
            if item.judge == judge:
                lines.append(f"- **{item.field}** — {item.right}: {item.reason} ({len(item.files)} files:")
                lines.append("  " + ", ".join(f"`{file}`" for file in sorted(item.files)) + ")")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
