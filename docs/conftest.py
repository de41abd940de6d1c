"""The pages are tests: their Python runs, their commands run, and what they print is what the page shows.

Each page has a folder of its own and is run from top to bottom.

- A block that begins with a comment of a path, or whose ``:caption:`` is one, is written to that file.
- Any other block of ``python`` runs; one of ``>>>`` lines is compared with what it prints.
- A block of ``console`` runs the lines after ``$``. Lines below a command are compared with its output; ``…`` stands
  for anything. ``$ ! command`` ends with an error. ``serve`` runs in the background until the page ends,
  and ``export NAME=value`` holds until then.
- ``% skip: next`` leaves the next block out.

Port 8000 stands for one that is free, and the address of a database server for one that is started for the page.
"""

import atexit
import contextlib
import doctest
import functools
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.myst import CodeBlockParser, SkipParser

from backoffice.core.testing.forking import Forker

PATH_COMMENT = re.compile(r"# ([\w./-]+\.\w+)\n")
PROGRESS = re.compile(r"[A-Z]\w+: [0-9]+( / [0-9]+)?")
POSTGRESQL = "postgresql://backoffice@localhost/backoffice"
START_SECONDS = 30


@functools.cache
def loaded():
    """The program, loaded once for all commands of the pages; it ends with the tests."""
    running = contextlib.ExitStack()
    atexit.register(running.close)
    return running.enter_context(Forker(warm=True))


class Page:
    """What a page does to its folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="backoffice-docs-"))
        self.stack = contextlib.ExitStack()
        self.names = {"__name__": "page"}
        self.meant = {}
        self.missing = ""
        kept = {n: value for n, value in os.environ.items() if not n.startswith(("BACKOFFICE_", "LC_", "LANG"))}
        self.environment = {
            **kept, "PATH": loaded().path, "HOME": str(self.folder), "PYTHONPATH": "", "COLUMNS": "100",
            "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def real(self, text):
        """Return ``text`` with what is true on the reader's machine replaced by what is true on this one."""
        if re.search(r"(--port |127\.0\.0\.1:|localhost:)8000", text) and "8000" not in self.meant:
            self.meant["8000"] = str(_free_port())
        if POSTGRESQL in text and POSTGRESQL not in self.meant:
            self.meant[POSTGRESQL] = self._database()
        for written, meant in self.meant.items():
            text = text.replace(written, meant)
        return text

    def shown(self, text):
        """Return ``text`` as it reads on the reader's machine."""
        for written, meant in self.meant.items():
            text = text.replace(meant, written)
        return text

    def require(self):
        """Skip what is left of a page for which something is missing."""
        if self.missing:
            pytest.skip(self.missing)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.real(text), encoding="utf-8")

    def run(self, command):
        if command == "pip install -e .":
            return self.install()
        wanted = self.real(command.removeprefix("! "))
        if re.match(r"backoffice init --no-input (?!.*--database)", wanted):
            self.make_tables()
        if exported := re.fullmatch(r"export (\w+)=(\S+)", wanted):
            self.environment[exported[1]] = exported[2]
            return ""
        if re.search(r"\bbackoffice\b.* serve\b", wanted):
            return self.serve(wanted)
        if wanted.startswith("curl ") and shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        done = self._call(["bash", "-euo", "pipefail", "-c", wanted])
        failed = done.returncode != 0
        assert failed is command.startswith("! "), f"$ {wanted}\nended with {done.returncode}:\n{done.stdout}"
        return self.shown(done.stdout)

    def install(self):
        """Describe the distribution in place and put it on the path, so that the environment stays as it is."""
        self.environment["PYTHONPATH"] = str(self.folder / "src")
        done = self._call([sys.executable, "-c", "import setuptools; setuptools.setup()", "-q", "egg_info"])
        assert done.returncode == 0, done.stdout
        return ""

    def make_tables(self):
        """Lay down the tables ``init`` would make, with nothing in them: init goes on where it finds them."""
        made = self.folder / "backoffice.db"
        if not made.exists():
            shutil.copyfile(loaded().database, made)
            made.chmod(0o600)

    def serve(self, command):
        port = int(re.search(r"--port (\d+)", command)[1])
        log = self.stack.enter_context((self.folder / "serve.log").open("wb"))
        started = subprocess.Popen(
            shlex.split(command), cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT
        )
        self.stack.callback(_end, started)
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            running = started.poll() is None
            assert running and time.monotonic() < deadline, Path(log.name).read_text("utf-8")  # noqa: PT018
            time.sleep(0.1)
        return ""

    def python(self, source, where, line):
        with contextlib.chdir(self.folder):
            exec(compile("\n" * line + self.real(source), where, "exec"), self.names)

    def doctest(self, source, where, line):
        options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        test = doctest.DocTestParser().get_doctest(source.replace("…", "..."), self.names, where, where, line)
        said = []
        with contextlib.chdir(self.folder):
            runner = doctest.DocTestRunner(optionflags=options)
            runner.run(test, out=said.append, clear_globs=False)
        self.names.update(test.globs)
        assert not runner.failures, "".join(said)

    def close(self):
        self.stack.close()
        shutil.rmtree(self.folder)

    def _database(self):
        from backoffice.core.testing.postgres import private_postgres, why_unavailable

        self.missing = why_unavailable() and f"postgresql: {why_unavailable()}"
        self.require()
        server = self.stack.enter_context(private_postgres())
        return server.create_database().replace("postgresql+psycopg", "postgresql")

    def _call(self, words):
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(started):
    started.terminate()
    started.wait(20)


def python(example):
    page, source = example.namespace["page"], example.parsed
    page.require()
    if _written(example):
        return
    line = example.line + source.line_offset
    run = page.doctest if source.startswith(">>>") else page.python
    run(source, example.path, line)


def file(example):
    _written(example)


def _written(example):
    """Write the block to the file it names, if it names one."""
    caption = (example.region.lexemes.get("options") or {}).get("caption")
    comment = PATH_COMMENT.match(example.parsed)
    name = caption or (comment[1] if comment else None)
    if name:
        example.namespace["page"].write(name, example.parsed)
    return name is not None


def console(example):
    example.namespace["page"].require()
    for command, expected in commands(example.parsed):
        printed = example.namespace["page"].run(command)
        if expected.strip():
            assert fits(printed, expected), f"$ {command}\nprinted\n{printed}\ninstead of\n{expected}"


def commands(text):
    """Yield each command, its further lines indented by four, and the output below it."""
    parts = re.split(r"^\$ (.*(?:\n {4}.*)*)$\n?", text, flags=re.MULTILINE)
    for command, expected in zip(parts[1::2], parts[2::2], strict=True):
        yield re.sub(r"\\\n\s*", "", command), expected


def fits(printed, expected):
    """Say whether the output is the one shown."""
    pattern = re.escape(tidy(expected)).replace("…", ".*?")
    return re.fullmatch(pattern, tidy(printed), flags=re.DOTALL) is not None


def tidy(text):
    """Return ``text`` without the blanks at the ends of lines, and without what a terminal shows as a bar."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for line in lines if not PROGRESS.fullmatch(line))


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", python),
        CodeBlockParser("console", console),
        *(CodeBlockParser(language, file) for language in ("toml", "ini", "text", "po", "html+jinja", "json")),
        SkipParser(),
    ],
    patterns=["tutorials/*.md", "how-to/*.md", "reference/*.md", "ar/*.md"],
    excludes=["reference/hooks.md"],
    setup=lambda namespace: namespace.update(page=Page()),
    teardown=lambda namespace: namespace["page"].close(),
).pytest()
