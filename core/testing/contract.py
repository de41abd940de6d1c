"""The tests every plugin inherits: what ``backoffice plugin check`` asks, one test for each question.

::

    from backoffice.core.testing.contract import PluginContract


    class TestContract(PluginContract):
        plugin = "acme_fleet"
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import pytest

from backoffice.core.authoring.checks import CHECKS, Check, Subject, ask, opened
from backoffice.core.authoring.checks.subject import Place

from .offices import Offices
from .postgres import why_unavailable
from .required import required

if TYPE_CHECKING:
    from backoffice.core.office import Desk

    from .postgres import Server


class PluginContract:
    """Give ``plugin`` its name and inherit the tests; the plugin is installed, best in editable form."""

    plugin: ClassVar[str]
    without: ClassVar[tuple[str, ...]] = ()
    """Names of recommended checks this plugin does without; a required one cannot be left out."""

    def happen(self, desk: Desk) -> None:
        """Make the things happen that the plugin hears of, so that they can be heard again.

        Leave it as it is for events with made-up facts.
        """

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, request: pytest.FixtureRequest) -> Iterator[Subject]:
        """The plugin, with a SQLite file and, where it can be had, a PostgreSQL server to try it on.

        The tables of what it needs are there already.
        """
        reason = why_unavailable()
        if reason and "postgresql" in required():
            pytest.fail(reason)
        server = None if reason else request.getfixturevalue("postgresql_server")
        happen = cls().happen if cls.happen is not PluginContract.happen else None
        kinds: dict[str, Server | None] = {"sqlite": None} if server is None else {"sqlite": None, "postgresql": server}
        with opened(cls.plugin, lambda _folder: (), happen=happen) as subject:
            offices = [Offices(kind, subject.folder, each) for kind, each in kinds.items()]
            subject.places = [Place(one.kind, partial(one.tables, subject.beside)) for one in offices]
            yield subject

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
    def test_contract(self, subject: Subject, check: Check) -> None:
        """Ask one question."""
        if check.name in self.without and check.level == "recommended":
            pytest.skip(f"{self.plugin} does without")
        logging.getLogger("alembic").setLevel(logging.WARNING)
        outcome = ask(subject, check)
        said = [getattr(problem, "filled", lambda text=problem: text)() for problem in outcome.problems]
        if outcome.state == "skipped":
            pytest.skip(" ".join(said))
        assert outcome.state == "passed", "\n".join([f"{check.label}:", *said])


__all__ = ["PluginContract"]
