"""Every dependency has its reason.

docs/dependencies.md names all that pyproject.toml, tests/interop/package.json and .ci/run install.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "dependencies.md"


def requirements() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    return [*settings["build-system"]["requires"], *project["dependencies"], *extras]


def python_packages() -> set[str]:
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in requirements()}


def npm_packages() -> set[str]:
    return set(json.loads((ROOT / "tests" / "interop" / "package.json").read_text(encoding="utf-8"))["dependencies"])


def debian_packages() -> set[str]:
    script = ROOT / ".ci" / "run"
    if not script.is_file():
        return set()
    text = script.read_text(encoding="utf-8")
    lists = re.findall(r"packages\+?=\(([^)]*)\)", text)
    return {name for words in lists for name in words.split() if name not in ("make", "python3")}


@pytest.mark.parametrize("name", sorted(python_packages() | npm_packages() | debian_packages()))
def test_every_dependency_has_its_reason(name: str) -> None:
    # A family of packages is named once in full and then by its endings: `gstreamer1.0-tools`, `-plugins-base`.
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"`{name}`" in text or f"`{name.removeprefix('gstreamer1.0')}`" in text


def test_every_python_dependency_is_bounded() -> None:
    for requirement in requirements():
        assert re.search(r">=[\d.]+,<[\d.]+$", requirement), requirement
