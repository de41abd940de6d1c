"""The pages are tests: their Python runs, their commands run, and what they print is what the page shows.

Each page has a folder of its own and is run from top to bottom.

- A block of ``python`` runs, unless its first line is a comment with a path: then it is written to that file, as are
  blocks of ``toml``, ``ini`` and ``text``.
- A block of ``console`` runs the lines after ``$``. Lines below a command are compared with its output; ``…`` stands
  for anything. ``serve`` runs in the background until the page ends.
- ``% skip: next`` leaves the next block out.
"""

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

from sybil import Sybil
from sybil.parsers.myst import CodeBlockParser, SkipParser

PATH_COMMENT = re.compile(r"# ([\w./-]+\.\w+)\n")
START_SECONDS = 30


class Page:
    """What a page does to its folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="backoffice-docs-"))
        self.background = []
        self.names = {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKOFFICE_")}
        commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**kept, "PATH": commands, "HOME": str(self.folder), "PYTHONPATH": "", "COLUMNS": "100"}

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, command):
        if command == "pip install -e .":
            return self.install()
        if re.search(r"\bbackoffice\b.* serve\b", command):
            return self.serve(command)
        return self._call(["bash", "-euo", "pipefail", "-c", command])

    def install(self):
        """Describe the distribution in place and put it on the path, so that the environment stays as it is."""
        self.environment["PYTHONPATH"] = str(self.folder / "src")
        return self._call([sys.executable, "-c", "import setuptools; setuptools.setup()", "-q", "egg_info"])

    def serve(self, command):
        port = int(re.search(r"--port (\d+)", command)[1])
        log = (self.folder / "serve.log").open("wb")
        started = subprocess.Popen(
            shlex.split(command), cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT
        )
        self.background.append(started)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(port):
            running = started.poll() is None
            assert running and time.monotonic() < deadline, Path(log.name).read_text("utf-8")  # noqa: PT018
            time.sleep(0.1)
        return ""

    def close(self):
        for started in self.background:
            started.terminate()
            started.wait(20)
        shutil.rmtree(self.folder)

    def _answers(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _call(self, words):
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{shlex.join(words)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout


def python(example):
    page = example.namespace["page"]
    path = PATH_COMMENT.match(example.parsed)
    if path:
        page.write(path[1], example.parsed)
    else:
        source = "\n" * (example.line + example.parsed.line_offset) + example.parsed
        exec(compile(source, example.path, "exec"), page.names)


def file(example):
    path = PATH_COMMENT.match(example.parsed)
    if path:
        example.namespace["page"].write(path[1], example.parsed)


def console(example):
    for command, expected in commands(example.parsed):
        printed = example.namespace["page"].run(command)
        if expected.strip():
            assert fits(printed, expected), f"$ {command}\nprinted\n{printed}\ninstead of\n{expected}"


def commands(text):
    """Yield each command, its continued lines joined, and the output below it."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)$\n?", text, flags=re.MULTILINE)
    for command, expected in zip(parts[1::2], parts[2::2], strict=True):
        yield re.sub(r"\\\n\s*", "", command), expected


def fits(printed, expected):
    """Say whether the output is the one shown, blanks at the ends of lines aside."""
    pattern = re.escape(tidy(expected)).replace("…", ".*?")
    return re.fullmatch(pattern, tidy(printed), flags=re.DOTALL) is not None


def tidy(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", python),
        CodeBlockParser("console", console),
        CodeBlockParser("toml", file),
        CodeBlockParser("ini", file),
        SkipParser(),
    ],
    patterns=["tutorials/*.md", "reference/errors.md", "reference/cli.md"],
    setup=lambda namespace: namespace.update(page=Page()),
    teardown=lambda namespace: namespace["page"].close(),
).pytest()
