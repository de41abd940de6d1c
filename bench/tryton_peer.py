"""Tryton 8.2 as a peer: the same entries through its own models, created and posted.

`python bench posting --tryton FOLDER` makes a virtual environment and databases in FOLDER at the first run (a few
minutes) and uses them again afterwards. Tryton runs in a process of its own, in its own environment, and takes the
locks it learned of up front, which is its best case.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

HERE = Path(__file__).parent


class Tryton:
    """A Tryton server's process that posts entries when it is asked to."""

    packages = ("trytond==8.2.*", "trytond_account==8.2.*", "proteus==8.2.*", "psycopg[binary,pool]")
    modules = ("account",)
    inside = "tryton_inside.py"
    largest = 100
    """How many it does in one transaction to warm up."""

    def __init__(self, folder, dialect, address):
        self.folder, self.dialect = Path(folder).resolve(), dialect
        self.python = self.folder / "venv" / "bin" / "python"
        self.version = "tryton 8.2"
        self._make_environment()
        self._make_database(address)

    def _make_environment(self):
        if self.python.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.folder / "venv")], check=True)
        subprocess.run([str(self.python), "-m", "pip", "install", "-q", *self.packages], check=True)

    def _make_database(self, address):
        data = self.folder / "db"
        data.mkdir(exist_ok=True)
        self.configuration = self.folder / f"{self.dialect}.conf"
        self.environment = {**os.environ, "PYTHONPATH": "", "TRYTONPASSFILE": str(self.folder / "password")}
        (self.folder / "password").write_text("not a secret\n")
        if self.dialect == "sqlite":
            self.name, uri = "bench", "sqlite://"
            made = (data / "bench.sqlite").exists()
        else:
            url = sa.make_url(address("tryton"))
            self.name, made = url.database, False
            uri = url.set(drivername="postgresql", database=None).render_as_string(hide_password=False)
            uri = uri.replace("?", "/?", 1) if "/?" not in uri else uri
        self.configuration.write_text(f"[database]\nuri = {uri}\npath = {data}\n")
        if made:
            return
        if self.dialect == "sqlite":
            (data / "bench.sqlite").touch()
        admin = [str(self.python.with_name("trytond-admin")), "-c", str(self.configuration), "-d", self.name]
        modules = ["--all", "--email", "bench@example.com", "-u", *self.modules, "--activate-dependencies"]
        self._quietly([*admin, *modules])
        self._quietly([str(self.python), str(HERE / self.inside), "prepare", *self._where()])

    def _where(self):
        return [str(self.configuration), self.name, self.dialect]

    def _quietly(self, words):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(self.python), str(HERE / self.inside), "serve", *self._where()],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.rate(1, 0.5)
        self.rate(self.largest, 0.5)
        return self

    def __exit__(self, *problem):
        self.process.stdin.close()
        self.process.wait()

    def rate(self, count, seconds):
        """Return how many a second it does, ``count`` in a transaction."""
        return self.rates(count, seconds)[0]

    def rates(self, count, seconds):
        """Return how many it does in a second, and in a second that its process computes."""
        self.process.stdin.write(json.dumps([count, seconds]) + "\n")
        self.process.stdin.flush()
        a_second, computed = self.process.stdout.readline().split()
        return float(a_second), float(computed)
