"""The code in the README and the docs runs as it stands, top to bottom, in an empty folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "docs/encodings.md",
    "docs/images-to-video.md",
    "docs/live.md",
    "docs/reading.md",
    "docs/streams.md",
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = blocks(page)
    assert found, "the page has examples"
    shutil.copytree(ROOT / "examples" / "photos", tmp_path / "examples" / "photos")
    monkeypatch.chdir(tmp_path)
    shared: dict[str, object] = {}
    for number, block in enumerate(found):
        exec(compile(block, f"{page}, example {number + 1}", "exec"), shared)
    assert any(path.suffix in (".mp4", ".mov") for path in tmp_path.iterdir())
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("page", ["README.md", *(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    missing = [link for link in LINK.findall((ROOT / page).read_text(encoding="utf-8")) if not (folder / link).exists()]
    assert missing == []
