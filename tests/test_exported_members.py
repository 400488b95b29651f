"""The front door: ``reelwright.__all__`` is exactly what can be had, and opening it costs nothing."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import reelwright


def imports_for_type_checkers() -> dict[str, str]:
    """name -> module, as the ``if TYPE_CHECKING:`` block of the front door says."""
    tree = ast.parse(inspect.getsource(reelwright))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    found = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, f"write `import {alias.name} as {alias.name}`: that makes it public"
            found[alias.name] = node.module or ""
    return found


def test_type_checkers_and_python_see_the_same_names() -> None:
    assert imports_for_type_checkers() == reelwright._HOME


def test_all_is_sorted_and_without_twins() -> None:
    assert reelwright.__all__ == sorted(set(reelwright.__all__))
    assert dir(reelwright) == reelwright.__all__
    assert sum(len(names) for names in reelwright._ROOMS.values()) == len(reelwright._HOME)


@pytest.mark.parametrize("name", reelwright.__all__)
def test_every_name_opens(name: str) -> None:
    value = getattr(reelwright, name)
    if name != "__version__":
        assert value is getattr(importlib.import_module(reelwright._HOME[name]), name)
        assert inspect.getdoc(value), f"reelwright.{name} has no docstring"


def test_nothing_else_opens() -> None:
    with pytest.raises(AttributeError, match="no attribute 'AssetRighter'"):
        reelwright.AssetRighter  # noqa: B018


def test_public_errors_are_all_there() -> None:
    errors = importlib.import_module("reelwright.model.errors")
    kinds = {name for name in errors.__all__ if inspect.isclass(getattr(errors, name))}
    assert kinds <= set(reelwright.__all__)


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([.+-]\w+)*", reelwright.__version__)


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    program = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_is_lazy() -> None:
    loaded = loaded_after("import reelwright, reelwright.model")
    assert "reelwright" in loaded
    assert not loaded & {"av", "numpy", "PIL", "typer", "rich", "asyncio"}


def test_a_film_of_frames_opens_what_it_needs() -> None:
    """Not Pillow, not event loops with their sockets and cryptography, no subprocesses."""
    frames = "numpy.zeros((2, 16, 16, 3), numpy.uint8)"
    film = f'import io, numpy, reelwright; reelwright.write_video({frames}, io.BytesIO(), fps=2, file_type="mp4")'
    loaded = loaded_after(film)
    assert {"reelwright", "av", "numpy"} <= loaded
    assert not loaded & {"PIL", "asyncio", "ssl", "socket", "subprocess", "secrets", "difflib", "concurrent"}


def test_importing_opens_no_room() -> None:
    program = "import sys, reelwright; print([name for name in sys.modules if name.startswith('reelwright.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_star_import_gives_all() -> None:
    program = "from reelwright import *; import reelwright; print(sorted(set(reelwright.__all__) - set(globals())))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(reelwright.__file__).parent / "py.typed").is_file()
