"""What the processes of one test run share: a folder, and the things in it that are made once.

The folder begins with the run and goes with it. Runs that a test starts inherit it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

VARIABLE: Final = "BACKOFFICE_TEST_SHARED"


def begin() -> Callable[[], None]:
    """Make the folder unless this run has one; return what takes it away again where it was made here."""
    inherited = bool(os.environ.get(VARIABLE))
    folder = _folder()
    if inherited:
        return lambda: None
    os.environ[VARIABLE] = str(folder)

    def end() -> None:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(folder, ignore_errors=True)

    return end


@cache
def _folder() -> Path:
    """Return the folder of the run; it stays known where a test clears the environment."""
    return Path(os.environ.get(VARIABLE) or tempfile.mkdtemp(prefix="backoffice-tests-"))


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the path of what is called ``name``; ``make(path)`` makes it where no process of the run has."""
    path = _folder() / name
    if not path.exists():
        with path.with_name(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                unfinished = Path(tempfile.mkdtemp(dir=path.parent)) / name
                make(unfinished)
                unfinished.rename(path)
                shutil.rmtree(unfinished.parent)
    return path


__all__ = ["VARIABLE", "begin", "made_once"]
