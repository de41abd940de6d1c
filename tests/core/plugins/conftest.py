"""Real distributions in a temporary folder: metadata, entry points and importable packages."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import importlib_metadata
import pytest

from backoffice.core.clock import FixedClock
from backoffice.core.plugins.discovery import discover
from backoffice.core.plugins.manager import PluginManager
from backoffice.core.plugins.registry import Registry
from backoffice.core.plugins.resolution import resolve

HEADER = """\
from backoffice.hookspecs import *
from backoffice.hookspecs import hookimpl, hookspec
"""


class Shelf:
    """A folder on ``sys.path`` into which plugins are installed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.imported: list[str] = []

    def install(self, name, code="", *, needs=(), version="1.0", core="backoffice", module="", **more):
        """Install ``backoffice-<name>`` whose ``plugin.py`` holds ``code``; returns the package's folder."""
        package = self.path / f"fixture_{name}"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(HEADER + dedent(code))
        points = {"backoffice": {name: module or f"fixture_{name}.plugin"}}
        points.update(more.pop("points", {}))
        self.metadata(more.pop("distribution", f"backoffice-{name}"), version, (core, *needs), points, **more)
        return package

    def metadata(self, distribution, version="1.0", requires=(), points=None, summary="A fixture", folder=None):
        """Write the dist-info folder of ``distribution``."""
        info = (folder or self.path) / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        lines = ["Metadata-Version: 2.1", f"Name: {distribution}", f"Version: {version}", f"Summary: {summary}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires if requirement]
        (info / "METADATA").write_text("\n".join(lines) + "\n\nA long description.\n")
        groups = [
            f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in of.items()) for group, of in (points or {}).items()
        ]
        (info / "entry_points.txt").write_text("\n".join(groups))
        return info

    def discover(self, *paths, builtins=()):
        """Find what is installed here."""
        path = [str(one) for one in (paths or (self.path,))]
        return discover(importlib_metadata.distributions(path=path), builtins=builtins)

    def resolve(self, **options):
        """Resolve what is installed here, the rest of the machine counting as empty."""
        options.setdefault("core", "1.4.0")
        options.setdefault("installed", lambda distribution: None)
        return resolve(self.discover(builtins=options.pop("builtins", ())), **options)

    def load(self, manager=None, **options):
        """Load what is installed here and return the manager."""
        manager = manager or PluginManager()
        manager.load(self.resolve(**options))
        return manager

    def collect(self, **options):
        """Load what is installed here and return the manager and the registry."""
        manager = self.load(**options)
        registry = Registry(manager)
        registry.collect()
        return manager, registry


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Iterator[Shelf]:
    """An empty shelf; what was imported from it is forgotten afterwards."""
    path = tmp_path / "shelf"
    path.mkdir()
    monkeypatch.syspath_prepend(str(path))
    yield Shelf(path)
    for name in [name for name in sys.modules if name.partition(".")[0].startswith("fixture_")]:
        del sys.modules[name]


@pytest.fixture
def clock():
    """A clock that stands at noon of the first of December 2026."""
    return FixedClock(datetime(2026, 12, 1, 12, tzinfo=UTC))
