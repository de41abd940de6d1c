"""Turn chosen skips into failures, so that a run that must cover something cannot pass without it.

``BACKOFFICE_REQUIRE=postgresql,browser`` fails every skipped test that carries such a marker, is parametrised with
that name, or says the name in its reason. Load it with ``pytest -p backoffice.core.testing.required``.
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
        words = {str(keyword).lower() for keyword in item.keywords} | set(_parameters(item))
        _fail(report, {name for name in required() if name in words or name in said})
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips itself for a reason that is required."""
    report = yield
    if report.skipped:
        said = _reason(report).lower()
        _fail(report, {name for name in required() if name in said})
    return report


def _parameters(item: pytest.Item) -> list[str]:
    calls = getattr(item, "callspec", None)
    return [part.lower() for part in calls.id.split("-")] if calls else []


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else report.longreprtext


def _fail(report: pytest.TestReport | pytest.CollectReport, missing: set[str]) -> None:
    if missing:
        report.outcome = "failed"
        report.longrepr = f"{VARIABLE} asks for {', '.join(sorted(missing))}, but: {_reason(report)}"


__all__ = ["VARIABLE", "required"]
