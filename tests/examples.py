"""The programs in ``examples/`` as modules, for tests to look into."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

__all__ = ["FOLDER", "example"]

FOLDER = Path(__file__).parents[1] / "examples"


@contextmanager
def example(name: str) -> Iterator[ModuleType]:
    """The program of that name, imported for as long as the block lasts."""
    spec = importlib.util.spec_from_file_location(f"reelwright_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
