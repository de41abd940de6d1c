"""The command in this process for what it says, and as a process of its own for what only a process shows."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from backoffice.core.cli import run
from backoffice.core.configuration import load_configuration
from backoffice.core.office import Backoffice

PROGRAM = [sys.executable, "-c", "from backoffice.cli import main; main()"]


@dataclass(frozen=True)
class Done:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs commands in a folder with a configuration."""

    folder: Path
    environment: dict
    capture: object
    bound: dict | None = None
    """Options of a process that is held to the permissions of files."""

    def __call__(self, *words):
        """Run the command in this process."""
        self.capture.readouterr()
        code = run([str(word) for word in words])
        out, err = self.capture.readouterr()
        return Done(code, out, err)

    def process(self, *words, **options):
        """Run the command as a process of its own, to its end."""
        done = subprocess.run(
            [*PROGRAM, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **{"stdin": subprocess.DEVNULL, **options} if "input" not in options else options,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *words, **options):
        """Start the command as a process and return it."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen([*PROGRAM, *map(str, words)], cwd=self.folder, env=self.environment, **options)

    def configure(self, **values):
        """Write the configuration."""
        from backoffice.core.cli.commands.setup import configuration_text

        (self.folder / "backoffice.toml").write_text(configuration_text(**values), "utf-8")

    def add(self, text):
        """Add a line to the configuration."""
        with (self.folder / "backoffice.toml").open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def office(self, **options):
        """Open the office of the configuration, to look at what a command did."""
        return Backoffice(load_configuration(self.folder / "backoffice.toml"), **options).start()


@pytest.fixture(autouse=True)
def _logging():
    """Take back where the program logs to: the stream of a test is closed when the test ends."""
    handlers = list(logging.getLogger().handlers)
    yield
    structlog.reset_defaults()
    for handler in set(logging.getLogger().handlers) - set(handlers):
        logging.getLogger().removeHandler(handler)


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """A shell in an empty folder; nothing of the machine's own settings reaches it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("BACKOFFICE_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")
    with open(os.devnull, encoding="utf-8") as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        yield Shell(folder, dict(os.environ), capsys)


@pytest.fixture
def books(library, shell):
    """A shell whose configuration names the library: authors, books, copies, actions and a report."""
    on_path = [path for path in sys.path if "library" in path or "site" in path]
    shell.environment["PYTHONPATH"] = os.pathsep.join(on_path[:2])
    shell.configure(database=library.configuration.database, plugins=["library"])
    return shell


@pytest.fixture
def quiet(offices, shell):
    """A shell whose configuration names an office with the built-in plugins alone."""
    office = offices.make(only=[])
    shell.configure(database=office.configuration.database, plugins=[])
    return shell
