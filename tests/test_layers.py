"""The floors of the house: import-linter's contracts (pyproject.toml) hold, and so does what they cannot say.

The contracts know which module imports which; these tests also read the code: the front door used from within, threads
in rooms that promise to have none, files touched by the model.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

import reelwright

ROOT = Path(reelwright.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
# Threads belong to the rooms above; these do what they are told, in the thread that tells them.
SYNCHRONOUS = ("codecs", "isobmff", "containers", "storage")


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) for everything a file imports, anywhere in it; the name is empty for ``import module``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            for alias in node.names:
                yield node.module or "", alias.name


def calls(path: Path) -> set[str]:
    """What a file calls, as written: ``open``, ``threading.Thread``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_the_contracts_hold() -> None:
    project = Path(__file__).parents[1]
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_room_goes_out_by_the_front_door(path: Path) -> None:
    # `from reelwright import AssetWriter` would reach any floor from any other; only the version may be fetched there.
    used = {name for module, name in imported(path) if module == "reelwright"}
    assert used <= {"__version__"}


@pytest.mark.parametrize("room", SYNCHRONOUS)
def test_lower_rooms_start_no_threads(room: str) -> None:
    makers = {"Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "Process", "start_new_thread"}
    for path in (ROOT / room).rglob("*.py"):
        assert not makers & {name.rpartition(".")[2] for name in calls(path)}, path


def test_the_model_neither_encodes_nor_touches_files() -> None:
    banned = {"av", "asyncio", "subprocess", "socket", "shutil", "tempfile"}
    for path in (ROOT / "model").rglob("*.py"):
        assert not banned & {module.partition(".")[0] for module, _ in imported(path)}, path
        assert not {"open", "os.open", "io.open"} & calls(path), path


def test_every_module_opens_with_its_idea() -> None:
    for path in [*MODULES, ROOT / "__init__.py"]:
        text = path.read_text(encoding="utf-8")
        if path.name == "__init__.py" and not text.strip():
            continue  # a room without words of its own
        tree = ast.parse(text)
        assert ast.get_docstring(tree), f"{path} has no docstring"
        annotations = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        assert annotations or len(tree.body) == 1, f"{path} lacks `from __future__ import annotations`"


def test_the_interpreter_is_one_we_promise() -> None:
    assert sys.version_info >= (3, 11)
