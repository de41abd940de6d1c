"""Plugins made to misbehave, and two that get along, installed for the tests of this folder."""

import itertools
import logging
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from backoffice.core.authoring.scaffold import names_of, scaffold
from backoffice.core.testing.forking import Forker

PLUGINS = Path(__file__).parent / "plugins"
NAMES = ("acme_absent", "acme_answering", "acme_asking", "acme_faulty")
NUMBERS = itertools.count(1)
METADATA = """\
Metadata-Version: 2.1
Name: backoffice-{dashed}
Version: 1.0
Summary: The plugin {name}
Requires-Dist: backoffice
"""


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


def describe(folder, name):
    """Write what pip would write about an installed plugin into ``folder``."""
    info = folder / f"backoffice_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(name=name, dashed=name.replace("_", "-")))
    (info / "entry_points.txt").write_text(f"[backoffice]\n{name} = backoffice_{name}.plugin\n")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where the database has no part, unless BACKOFFICE_THOROUGH=1."""
    chosen = metafunc.module.__name__.endswith("test_one_bad_plugin") and not os.environ.get("BACKOFFICE_THOROUGH")
    if "offices" in metafunc.fixturenames and chosen:
        metafunc.definition.add_marker(pytest.mark.parametrize("offices", ["sqlite"], indirect=True))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder that describes the plugins as pip would have."""
    folder = tmp_path_factory.mktemp("site")
    for name in NAMES:
        describe(folder, name)
    return folder


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write the plugin of a name as if it were installed; returns its names and its package's folder."""

    def write(name, folder=None):
        names = names_of(name)
        source = scaffold(names, folder or tmp_path_factory.mktemp("written")) / "src"
        describe(source, names.name)
        return names, source / names.package

    return write


@pytest.fixture
def fresh(tmp_path, monkeypatch, written):
    """Make a plugin of a name never used before, installed for one test; returns its names and its package's folder."""

    def make():
        names, package = written(f"acme-new{next(NUMBERS)}", tmp_path)
        monkeypatch.syspath_prepend(str(package.parent))
        return names, package

    return make


@pytest.fixture
def installed(site, monkeypatch):
    """Make the plugins importable for one test."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    monkeypatch.syspath_prepend(str(site))


@pytest.fixture
def office(installed, offices):
    """An office with all of them beside the built-in plugins."""
    return offices.make(only=NAMES)


@pytest.fixture(scope="session")
def loaded():
    """The program, loaded once for all commands."""
    with Forker(warm=True) as forker:
        yield forker


@pytest.fixture
def backoffice(office, site, tmp_path, loaded):
    """Run the command line as a process of its own against the office, all four plugins named in its configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "LC_", "LANG"))}
    environment = {**kept, "PYTHONPATH": f"{site}{os.pathsep}{PLUGINS}", "COLUMNS": "200"}
    environment["PATH"] = loaded.path

    def command(*words, **configured):
        values = {"database": office.configuration.database, "plugins": list(NAMES), **configured}
        lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
        (tmp_path / "backoffice.toml").write_text("\n".join(lines), "utf-8")
        done = subprocess.run(
            ["backoffice", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return command


def _toml(value):
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, list) else f'"{value}"'


@pytest.fixture(autouse=True)
def _logging():
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    for handler in set(logging.getLogger().handlers) - set(handlers):
        logging.getLogger().removeHandler(handler)
