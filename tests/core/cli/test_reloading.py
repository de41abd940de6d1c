"""A server that starts again when a file changes."""

import os
import re
import subprocess
import sys
from urllib.request import urlopen

import pytest

from backoffice.core.cli.app import App
from backoffice.core.cli.commands.reloading import changed, keep_serving, stamps, watched
from backoffice.core.configuration import Configuration
from backoffice.core.errors import UnsafeSetting

PROGRAM = [sys.executable, "-u", "-c", "from backoffice.cli import main; main()"]


def test_a_file_that_is_written_added_or_removed_is_noticed(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "notes.txt").write_text("1")
    before = stamps([tmp_path])
    assert list(before) == [str(tmp_path / "a.py")]
    (tmp_path / "b.html").write_text("1")
    after = stamps([tmp_path])
    assert changed(before, after) == str(tmp_path / "b.html")
    os.utime(tmp_path / "a.py", ns=(1, 1))
    assert changed(after, stamps([tmp_path])) == str(tmp_path / "a.py")


def test_the_program_and_the_configuration_are_watched(tmp_path):
    app = App()
    app.use(Configuration(folder=tmp_path))
    folders = watched(app)
    assert folders[-1] == tmp_path / "backoffice.toml"
    assert (folders[0] / "api.py").is_file()


def test_production_is_not_watched(tmp_path):
    app = App()
    app.use(Configuration(folder=tmp_path, environment="production"))
    with pytest.raises(UnsafeSetting):
        keep_serving(app, "127.0.0.1", 0, 1)


def test_it_starts_again_when_the_configuration_changes(offices, tmp_path):
    office = offices.make(only=[])
    told = f'database = "{office.configuration.database}"\nplugins = []\nworker = false\n'
    (tmp_path / "backoffice.toml").write_text(told)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "LC_", "LANG"))}
    serving = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--reload"], cwd=tmp_path, env=kept, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        first = re.search(r"http://\S+", serving.stdout.readline())[0]
        assert urlopen(f"{first}sign-in").status == 200
        (tmp_path / "backoffice.toml").write_text(f"{told}files = 'elsewhere'\n")
        second = re.search(r"http://\S+", serving.stdout.readline())[0]
        assert urlopen(f"{second}sign-in").status == 200
    finally:
        serving.terminate()
        serving.wait(20)
        serving.stdout.close()
