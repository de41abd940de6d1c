"""A plugin imports the contract, the public face of the core, and plugins that its distribution asks for; no more."""

import ast
import configparser
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/setup.cfg"))
each_plugin = pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)

PUBLIC = ("backoffice.hookspecs", "backoffice.core.api", "backoffice.core.testing")
LIGHT = ("backoffice.hookspecs", "__future__", "collections", "datetime", "decimal", "typing")


def imports(tree):
    """Yield every module a syntax tree imports, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name, node.lineno) for name in names)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def is_below(name, prefixes):
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def declared(plugin):
    cfg = configparser.ConfigParser()
    cfg.read(plugin / "setup.cfg", encoding="utf-8")
    needs = cfg["options"]["install_requires"] + cfg.get("options.extras_require", "test", fallback="")
    names = re.findall(r"^\s*(backoffice-[\w-]+)", needs, re.MULTILINE)
    return {plugin.name, *(name.removeprefix("backoffice-").replace("-", "_") for name in names)}


def forbidden(name, neighbours):
    if is_below(name, ("backoffice", "core", "hookspecs", "plugins")):
        return not is_below(name, PUBLIC)
    root = name.split(".")[0]
    return root.startswith("backoffice_") and root.removeprefix("backoffice_") not in neighbours


@each_plugin
def test_a_plugin_imports_only_what_is_public_or_declared(plugin):
    neighbours = declared(plugin)
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((plugin / "src").rglob("*.py"))
        for name, line in imports(parse(path))
        if forbidden(name, neighbours)
    ]
    assert not found, "\n".join(found)


@each_plugin
def test_the_module_that_is_always_loaded_is_light(plugin):
    path = plugin / "src" / f"backoffice_{plugin.name}" / "plugin.py"
    top = ast.Module([node for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    heavy = [f"{path.relative_to(ROOT)}:{line}: {name}" for name, line in imports(top) if not is_below(name, LIGHT)]
    assert not heavy, "import inside the hook:\n" + "\n".join(heavy)


def test_the_core_imports_no_plugin():
    files = [path for folder in ("core", "hookspecs") for path in (ROOT / folder).rglob("*.py")]
    found = [f"{p}:{line}: {n}" for p in files for n, line in imports(parse(p)) if n.startswith("backoffice_")]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("from backoffice.core.api import Record", False),
        ("from backoffice.hookspecs import Action", False),
        ("import backoffice_parties.models", False),
        ("from backoffice_payroll import models", True),
        ("from backoffice.core.persistence import Session", True),
        ("from backoffice.core import users", True),
        ("import core.api", True),
    ],
)
def test_what_is_refused(statement, refused):
    names = [name for name, _ in imports(ast.parse(statement))]
    assert [forbidden(name, {"parties"}) for name in names] == [refused]
