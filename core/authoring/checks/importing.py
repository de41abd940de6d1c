"""What a plugin imports: little at the start, and nothing of the core that is not public."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from backoffice.core.plugins.discovery import normalised
from backoffice.hookspecs import messages

from .outcome import NotPossible
from .subject import Subject

_ = messages("authoring")

BUDGET_MS: Final = 20
"""Milliseconds of the processor that importing a plugin may take; every command pays them."""
TRIES: Final = 3
"""The fastest counts: the machine may be busy with something else."""
API: Final = "backoffice.core.api"
PUBLIC: Final = ("backoffice.hookspecs", API)
_OURS: Final = ("backoffice", "core", "hookspecs", "plugins")

_IMPORT: Final = """
import json, sys, time
import backoffice.hookspecs
before = set(sys.modules)
began = time.process_time()
__import__(sys.argv[1])
spent = time.process_time() - began
print(json.dumps([spent * 1000, sorted(set(sys.modules) - before)]))
"""


def light(subject: Subject) -> Iterator[str]:
    """Yield what makes importing the plugin's module slow. It is imported in a process of its own."""
    spent, imported = min(_imported(subject) for _try in range(TRIES))
    own = subject.package.partition(".")[0]
    roots = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) - {own, "pluggy"}
    for root in sorted(roots):
        first = next(name for name in imported if name.partition(".")[0] == root)
        if not first.startswith("backoffice.hookspecs"):
            said = _("Loading it imports {module}; import that inside the functions that need it.")
            yield said.with_values(module=root if root != "backoffice" else _core_module(imported))
    if spent > BUDGET_MS:
        yield _("Importing it takes {spent} ms, and {budget} are allowed.").with_values(
            spent=round(spent), budget=BUDGET_MS
        )


def _core_module(imported: list[str]) -> str:
    return next((name for name in imported if name.startswith("backoffice.core.")), "backoffice.core")


def _imported(subject: Subject) -> tuple[float, list[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", _IMPORT, subject.candidate.module],
        capture_output=True, text=True, check=False, env=environment, cwd=subject.folder,
    )  # fmt: skip
    if done.returncode != 0:
        problem = (done.stderr.strip().splitlines() or [""])[-1]
        raise NotPossible(_("It cannot be imported: {problem}.").with_values(problem=problem))
    spent, imported = json.loads(done.stdout.splitlines()[-1])
    return spent, imported


def public(subject: Subject) -> Iterator[str]:
    """Yield each import of something that is not for plugins, and of other plugins it does not require."""
    offered = frozenset(import_module(API).__all__)
    neighbours = {normalised(needed.name) for needed in subject.candidate.requires}
    for path in sorted(subject.files.rglob("*.py")):
        where = f"{subject.package}/{path.relative_to(subject.files).as_posix()}"
        for module, name, line in _imports(path):
            place = {"place": f"{where}:{line}", "module": f"{module}.{name}" if name else module}
            if _is_ours(module) and not _is_public(module, name):
                yield _("{place} imports {module}, which is not for plugins.").with_values(**place)
            elif module == API and name and name not in offered:
                yield _("{place} imports {module}, which is not there.").with_values(**place)
            elif _is_neighbour(module, subject.package) and _distribution_of(module) not in neighbours:
                yield _("{place} imports {module}, and the distribution does not require it.").with_values(**place)


def _imports(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield module, name and line of every absolute import."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.module or "", alias.name, node.lineno) for alias in node.names)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in _OURS


def _is_public(module: str, name: str) -> bool:
    written = {module, f"{module}.{name}"}
    return any(one == known or one.startswith(f"{known}.") for one in written for known in PUBLIC)


def _is_neighbour(module: str, own: str) -> bool:
    root = module.partition(".")[0]
    return root.startswith("backoffice_") and root != own.partition(".")[0]


def _distribution_of(module: str) -> str:
    return normalised(module.partition(".")[0])


__all__ = ["BUDGET_MS", "light", "public"]
