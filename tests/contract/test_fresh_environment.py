"""From nothing to a page in a browser: a new plugin is made, built, installed beside the core alone, and opened."""

import importlib.metadata
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from backoffice.core.authoring.checks.building import build_wheel

pytestmark = [pytest.mark.browser, pytest.mark.checkout]

MOST_SECONDS = 120
OURS = re.compile(r"backoffice(?:[-_].*)?$", re.IGNORECASE)


def needed(name, extras=(), seen=None):
    """Return the names of the distributions that the installed ``name`` needs, itself left out."""
    seen = set() if seen is None else seen
    for line in importlib.metadata.requires(name) or ():
        asked = Requirement(line)
        wanted = [extra for extra in ("", *extras) if asked.marker is None or asked.marker.evaluate({"extra": extra})]
        if wanted and not OURS.match(asked.name) and asked.name.lower() not in seen:
            try:
                importlib.metadata.version(asked.name)
            except importlib.metadata.PackageNotFoundError:
                continue  # for another machine or Python, which the marker leaves open
            seen.add(asked.name.lower())
            needed(asked.name, asked.extras, seen)
    return seen


@pytest.fixture(scope="module")
def fresh(tmp_path_factory, checkout):
    """An environment with the core's wheel and what it needs, linked from this one, so that nothing is downloaded."""
    home = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "env"], check=True)
    [site] = (home / "env" / "lib").glob("python*/site-packages")
    for name in needed("backoffice"):
        for top in {
            path.parts[0] for path in importlib.metadata.files(name) or () if path.parts[0] not in ("..", "__pycache__")
        }:
            source = Path(str(importlib.metadata.distribution(name).locate_file(top)))
            if source.exists() and not (site / top).exists():
                (site / top).symlink_to(source)
    install(home, build_wheel(checkout, home / "core"))
    return home


def install(home, wheel):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home / "env" / "bin" / "python"]
    subprocess.run([*pip, "install", "-q", "--no-index", "--no-deps", wheel], check=True)


@pytest.fixture
def run(fresh, tmp_path):
    """Run the environment's own program in a folder of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BACKOFFICE_", "LC_", "LANG", "PYTHON"))
    }

    def run(*words, start=False):
        how = {"cwd": tmp_path, "env": {**kept, "HOME": str(tmp_path)}, "text": True, "stdin": subprocess.DEVNULL}
        command = [fresh / "env" / "bin" / "backoffice", *words]
        if start:
            return subprocess.Popen(command, stdout=subprocess.PIPE, **how)
        done = subprocess.run(command, capture_output=True, check=False, **how)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_new_plugin_is_open_in_a_browser_within_two_minutes(fresh, run, tmp_path, chromium):
    from backoffice.core.testing.browsing import Window

    began = time.monotonic()
    run("plugin", "new", "acme-desk", "--description", "Tasks of a desk")
    install(fresh, build_wheel(tmp_path / "backoffice-acme-desk", tmp_path / "wheel"))
    password = re.search(r"\S+-\S+-\S+-\S+", run("init", "--no-input", "--name", "Acme Trading"))[0]
    run("db", "upgrade")
    run("do", "acme_desk.task.create", "--field", "code=1", "--field", "title=Call the bank")
    serving = run("serve", "--port", "0", start=True)
    try:
        window = Window(chromium, re.search(r"http://\S+", serving.stdout.readline())[0].rstrip("/"))
        window.sign_in(password=password)
        window.open("/acme-desk/")
        assert "Overview of tasks" in window.page.inner_text("main")
        window.open("/records/acme_desk.task")
        assert "Call the bank" in window.page.inner_text("main")
        window.close()
    finally:
        serving.terminate()
        serving.wait(20)
        serving.stdout.close()
    assert window.complaints == []
    assert time.monotonic() - began < MOST_SECONDS
