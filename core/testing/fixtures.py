"""Fixtures for the tests of the core and of plugins; pytest loads them wherever ``backoffice`` is installed.

``office`` runs a test once on SQLite and once on PostgreSQL, with every installed plugin; ``offices.make(only=[…])``
makes others. Nothing of the product is imported until a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from backoffice.core.office import Backoffice, Desk

    from .offices import Offices
    from .postgres import Server


def pytest_configure(config: pytest.Config) -> None:
    """Begin what the processes of the run share; the one that collects the results takes it away."""
    from .sharing import begin

    config.add_cleanup(begin())


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A private PostgreSQL server, or the one at BACKOFFICE_TEST_POSTGRES; skipped where there is none."""
    from .postgres import private_postgres, why_unavailable

    if said := why_unavailable():
        pytest.skip(f"postgresql: {said}")
    with private_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def offices(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Makes offices; the test runs once on each kind of database."""
    from .offices import Offices

    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    root = tmp_path_factory.getbasetemp() / "offices"
    root.mkdir(exist_ok=True)
    folder = Path(tmp_path_factory.mktemp("office"))
    made = _Made(Offices(request.param, _inside(root, folder), server))
    yield made  # type: ignore[misc]
    made.close()


def _inside(root: Path, folder: Path) -> Path:
    place = root / folder.name
    place.mkdir()
    return place


class _Made:
    """Remembers what was made, to close it when the test ends."""

    def __init__(self, offices: Offices) -> None:
        self._offices = offices
        self.kind = offices.kind
        self._open: list[Backoffice] = []

    def make(self, **options: Any) -> Backoffice:
        """Make an office as :meth:`Offices.make` does; it is closed when the test ends."""
        office = self._offices.make(**options)
        self._open.append(office)
        return office

    def close(self) -> None:
        """Close every office made, and remove its database: thousands of them would fill a disk in memory."""
        for office in self._open:
            address = office.configuration.database
            office.close()
            if self._offices.server is not None:
                self._offices.server.drop_database(address)
        for file in self._offices.folder.glob("office-*.db*"):
            file.unlink()


@pytest.fixture
def office(offices: Offices) -> Backoffice:
    """An office with every installed plugin, the organisation ``acme``, its company ``main`` and the user ``admin``."""
    return offices.make()


@pytest.fixture
def desk(office: Backoffice) -> Desk:
    """The desk of ``admin``, who may do everything in the company ``main``."""
    from .offices import desk_of

    return desk_of(office)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what ``backoffice demo`` makes, to read and to write.

    It is a copy of the folder BACKOFFICE_TEST_DEMO names, or of one that is made once a run, which takes minutes.
    """
    from .demonstration import demonstrated

    return demonstrated(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser, started once; skipped where there is none."""
    pytest.importorskip("playwright.sync_api", reason="browser: playwright is not installed")
    from .browsing import browser, executable

    if not executable():
        pytest.skip("browser: no chromium is installed")
    with browser() as started:
        yield started


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open windows of a browser: ``window(office, language="ar")``; what the browser complains of fails the test."""
    from contextlib import ExitStack

    from .browsing import Window, serving

    opened: list[Window] = []
    with ExitStack() as stack:
        addresses: dict[int, str] = {}

        def open_(office: Backoffice, **how: Any) -> Window:
            if id(office) not in addresses:
                addresses[id(office)] = stack.enter_context(serving(office))
            opened.append(Window(chromium, addresses[id(office)], **how))
            stack.callback(opened[-1].close)
            return opened[-1]

        yield open_
    complaints = [said for each in opened for said in each.complaints]
    assert not complaints, complaints
