"""What every test gets: judges that may be missing, and a header that says who judged.

A test that asks for a judge which is not installed is skipped with the reason. With ``REELWRIGHT_REQUIRE_TOOLS=1`` it
fails instead, and so does every other skip among the interop tests: nothing is then passed over in silence. Only media
that others made may be missing: the collection is not part of the project, and what needs it is skipped without it.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.interop import tools

# How long an example takes says how busy the machine is, not whether the library is right.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

INTEROP = Path(__file__).parent / "interop"
COLLECTION = Path(__file__).parents[1].parent / "shared" / "media"
# Why a test without the collection is skipped: by its own words, or because there is no file to run it for.
_WITHOUT_COLLECTION = ("real media", "empty parameter set", "shared")


def tools_required() -> bool:
    return os.environ.get("REELWRIGHT_REQUIRE_TOOLS", "") not in ("", "0")


def pytest_report_header() -> list[str]:
    plain = os.environ.get("REELWRIGHT_PLAIN_STORAGE", "") not in ("", "0")
    judges = ", ".join(f"{name} {version}" for name, version in tools.versions().items())
    required = "all required" if tools_required() else "missing ones are skipped"
    return [
        f"judges ({required}): {judges}",
        f"storage: {'plain fallbacks' if plain else 'fast paths where there are any'}",
    ]


def _skip_if_missing(missing: tools.ToolMissing) -> None:
    if tools_required():
        pytest.fail(f"REELWRIGHT_REQUIRE_TOOLS is set, but {missing}", pytrace=False)
    pytest.skip(str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    try:
        yield
    except tools.ToolMissing as missing:
        _skip_if_missing(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    try:
        yield
    except tools.ToolMissing as missing:
        _skip_if_missing(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_skipped = report.skipped and not hasattr(report, "wasxfail")
    if is_skipped and tools_required() and INTEROP in item.path.parents and not _lacks_media(report):
        report.outcome = "failed"
        report.longrepr = f"REELWRIGHT_REQUIRE_TOOLS is set, but this test skips: {report.longrepr}"
    return report


def _lacks_media(report: pytest.TestReport) -> bool:
    return not COLLECTION.is_dir() and any(words in str(report.longrepr) for words in _WITHOUT_COLLECTION)
