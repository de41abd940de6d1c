"""Build a wheel as pip would, in a copy of the folder, without the network and without touching the folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from backoffice.core.errors import PluginProblem
from backoffice.hookspecs import messages

_ = messages("authoring")

LITTER: Final = (".*", "build", "dist", "var", "__pycache__", "*.egg-info", "node_modules")
SETUPTOOLS: Final = "setuptools.build_meta"
_BUILD: Final = """
import importlib, sys
module, _colon, name = sys.argv[1].partition(":")
backend = importlib.import_module(module)
for part in name.split(".") if name else ():
    backend = getattr(backend, part)
backend.build_wheel(sys.argv[2])
"""


def build_wheel(source: Path, into: Path) -> Path:
    """Build the distribution in the folder ``source`` with its own backend and return the wheel, below ``into``.

    Raises :class:`PluginProblem` with the backend's last words when it cannot be built.
    """
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backoffice-build-") as folder:
        copy = Path(folder) / source.name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*LITTER))
        command = [sys.executable, "-c", _BUILD, _backend(copy), str(into.resolve())]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    wheels = sorted(into.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise PluginProblem(
            _("{path} cannot be built.").with_values(path=str(source)),
            why="\n".join((done.stderr or done.stdout).strip().splitlines()[-8:]),
            remedy=_("Mend what the backend says, or install the backend: pip install 'setuptools>=77'"),
        )
    return wheels[-1]


def _backend(folder: Path) -> str:
    path = folder / "pyproject.toml"
    read = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return str(read.get("build-system", {}).get("build-backend", SETUPTOOLS))


__all__ = ["build_wheel"]
