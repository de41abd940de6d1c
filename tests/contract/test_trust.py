"""Code comes from whoever has an account on the machine: nothing that is served installs or loads any."""

import ast
import re

import pytest

from backoffice.core.testing.offices import desk_of
from backoffice.core.web import create_app

INSTALLS = re.compile(r"\b(?:pip|ensurepip|easy_install|venv)\b")


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_no_address_and_no_action_is_about_installing(office):
    rules = [rule.rule for rule in create_app(office).url_map.iter_rules()]
    named = [*rules, *office.registry.actions, *(verb for verb in desk_of(office).office.registry.jobs)]
    assert not [name for name in named if re.search(r"install|upload_plugin|pip", name)]


@pytest.mark.checkout
def test_nothing_behind_a_page_runs_pip_or_loads_code_it_was_sent(checkout):
    served = [*(checkout / "core").rglob("*.py"), *checkout.glob("plugins/*/src/**/*.py")]
    found = [
        f"{path.relative_to(checkout)}:{node.lineno}"
        for path in served
        if not {"authoring", "testing", "cli"} & set(path.relative_to(checkout).parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _installs(node)
    ]
    assert found == []


def _installs(node):
    """Tell whether a call or an import installs a package or runs source text."""
    if isinstance(node, ast.Import):
        return any(INSTALLS.match(alias.name) for alias in node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"exec", "eval"}
    strings = [one.value for one in getattr(node, "elts", []) if isinstance(one, ast.Constant)]
    return isinstance(node, ast.List) and "pip" in strings
