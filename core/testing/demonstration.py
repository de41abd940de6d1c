"""What ``backoffice demo`` makes, made once for all tests that look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from .sharing import made_once

VARIABLE: Final = "BACKOFFICE_TEST_DEMO"
"""Environment variable with a folder that holds the demo already."""

PROGRAM: Final = (sys.executable, "-c", "from backoffice.cli import main; main()")


def demonstrated(folder: Path) -> Path:
    """Copy the demo into ``folder``, which is not there yet, and return it."""
    made = os.environ.get(VARIABLE)
    source = Path(made) if made else made_once("demo", _make)
    shutil.copytree(source, folder)
    return folder


def _make(folder: Path) -> None:
    """Run the command; it compares its figures with an independent reckoning and fails where they differ."""
    command = [*PROGRAM, "demo", "--no-serve", "--config", str(folder / "backoffice.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


__all__ = ["VARIABLE", "demonstrated"]
