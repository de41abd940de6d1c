"""Turn chosen skips into failures, so that a run that must cover something cannot pass without it.

``BACKOFFICE_REQUIRE=postgresql,browser`` fails every test skipped for a reason that begins ``postgresql:`` or
``browser:``, as the fixtures say it when there is no server or no browser. A test that passes over one kind of
database for a reason of its own stays skipped. Load it with ``pytest -p backoffice.core.testing.required``.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import pytest

VARIABLE: Final = "BACKOFFICE_REQUIRE"


def required() -> frozenset[str]:
    """Return the names that must not be skipped, in lower case."""
    return frozenset(name.strip().lower() for name in os.environ.get(VARIABLE, "").split(",") if name.strip())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a skipped test that is required."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        said = _reason(report).lower()
        _fail(report, {name for name in required() if f"{name}:" in said})
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips itself for a reason that is required."""
    report = yield
    if report.skipped:
        said = _reason(report).lower()
        _fail(report, {name for name in required() if f"{name}:" in said})
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else report.longreprtext


def _fail(report: pytest.TestReport | pytest.CollectReport, missing: set[str]) -> None:
    if missing:
        report.outcome = "failed"
        report.longrepr = f"{VARIABLE} asks for {', '.join(sorted(missing))}, but: {_reason(report)}"


__all__ = ["VARIABLE", "required"]
