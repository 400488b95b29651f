"""What every test gets: judges that may be missing, and a header that says who judged.

A test that asks for a judge which is not installed is skipped with the reason. With ``REELWRIGHT_REQUIRE_TOOLS=1`` it
fails instead, and so does every other skip among the interop tests: nothing is then passed over in silence.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.interop import tools

INTEROP = Path(__file__).parent / "interop"


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
    if report.skipped and not hasattr(report, "wasxfail") and tools_required() and INTEROP in item.path.parents:
        report.outcome = "failed"
        report.longrepr = f"REELWRIGHT_REQUIRE_TOOLS is set, but this test skips: {report.longrepr}"
    return report
