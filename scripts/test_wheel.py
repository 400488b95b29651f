"""Build the wheel, install it in a fresh environment with the test tools, and run the suite there.

The tests are copied next to it without ``src/``, so that what they import is what a user would install: a file missing
from the wheel, or a dependency missing from its metadata, fails here and nowhere else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the tests read besides themselves.
ALONGSIDE = ("tests", "bench", "docs", "examples", "pyproject.toml", "README.md", "Makefile")


def run(*command: str | Path, cwd: Path) -> None:
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def copy_tests(place: Path) -> None:
    for name in ALONGSIDE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
        else:
            shutil.copy(source, place / name)


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="reelwright-wheel-") as folder:
        place = Path(folder)
        run(
            sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", place / "dist", ROOT, cwd=place
        )
        (wheel,) = (place / "dist").glob("*.whl")
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "optional-dependencies"
        ]
        run(python, "-m", "pip", "install", "--quiet", wheel, *extras["dev"], cwd=place)
        copy_tests(place)
        return subprocess.run([python, "-m", "pytest", *arguments], cwd=place).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
