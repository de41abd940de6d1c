"""The examples as somebody would use them: built, installed by pip into a folder, found by their entry points."""

import logging
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
LITTER = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Install an example into a folder of its own, once for all tests, and return that folder."""
    made = {}

    def install(name):
        if name not in made:
            source = tmp_path_factory.mktemp("source") / name
            shutil.copytree(EXAMPLES / name, source, ignore=LITTER)
            made[name] = tmp_path_factory.mktemp("site")
            options = ["--no-deps", "--no-build-isolation", "--target", str(made[name])]
            done = subprocess.run([*PIP, *options, str(source)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        return made[name]

    return install


@pytest.fixture
def installed(built, monkeypatch):
    """Make examples importable for one test."""

    def install(*names):
        for name in names:
            monkeypatch.syspath_prepend(str(built(name)))

    return install


@pytest.fixture
def backoffice(tmp_path, monkeypatch, capsys):
    """Run the command line against an office, in this process."""
    from backoffice.core.cli import run

    for name in ("BACKOFFICE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)

    def command(office, *words):
        chosen = ", ".join(f'"{name}"' for name in office.manager.active() if not office.manager.is_builtin(name))
        configuration = f'database = "{office.configuration.database}"\nplugins = [{chosen}]\n'
        (tmp_path / "backoffice.toml").write_text(configuration, "utf-8")
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    handlers = list(logging.getLogger().handlers)
    yield command
    structlog.reset_defaults()
    for handler in set(logging.getLogger().handlers) - set(handlers):
        logging.getLogger().removeHandler(handler)
