"""The hook reference says exactly what the code says: every hook, every argument, an example that fits."""

import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from backoffice.hookspecs import CoreHooks
from backoffice.hookspecs.hooks import PROJECT

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "hooks.md"
HOOKS = {
    name: [argument for argument in inspect.signature(spec).parameters if argument != "self"]
    for name, spec in vars(CoreHooks).items()
    if hasattr(spec, f"{PROJECT}_spec")
}
each_hook = pytest.mark.parametrize("hook", HOOKS)


def sections():
    """Return heading → text for every section about a hook."""
    parts = re.split(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def section(hook):
    return sections()[f"{hook}({', '.join(HOOKS[hook])})"]


def definitions(text):
    """Return term → definition of the definition lists in a section."""
    return dict(re.findall(r"^(\S[^\n]*)\n: ((?:.+\n|  .+\n)+)", text, flags=re.MULTILINE))


def example(hook):
    source = re.search(r"^```python\n(.*?)^```$", section(hook), flags=re.MULTILINE | re.DOTALL)[1]
    module = ModuleType(f"example_of_{hook}")
    exec(compile(textwrap.dedent(source), f"{PAGE.name}: {hook}", "exec"), vars(module))
    return module


def test_the_reference_and_the_specifications_list_the_same_hooks():
    """A hook without a section, a section without a hook, or another signature fails here."""
    assert list(sections()) == [f"{name}({', '.join(arguments)})" for name, arguments in HOOKS.items()]


@each_hook
def test_it_is_said_when_a_hook_is_called_what_it_returns_and_what_a_failure_does(hook):
    assert {"Called", "Returns", "On failure"} <= set(definitions(section(hook)))


@each_hook
def test_every_argument_is_described(hook):
    described = [term.strip("`") for term in definitions(section(hook)) if term.startswith("`")]
    assert described == HOOKS[hook]


@each_hook
def test_the_policy_in_the_reference_is_the_one_in_the_specification(hook):
    policies = ("strict at load", "strict", "isolated", "first result")
    documented = definitions(section(hook))["On failure"].lower()
    specified = inspect.getdoc(getattr(CoreHooks, hook)).lower().replace("first answer", "first result")
    named = next((policy for policy in policies if documented.startswith(policy)), "quarantine")
    assert named in specified


@each_hook
def test_the_example_is_accepted_by_the_plugin_manager(hook):
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CoreHooks)
    manager.register(example(hook))
    manager.check_pending()
    assert getattr(manager.hook, hook).get_hookimpls()


@each_hook
def test_a_test_is_named_after_every_hook(hook):
    tests = PAGE.parents[2] / "tests" / "core" / "plugins"
    named = re.findall(
        r"^def (test_hook_\w+)\(", "".join(p.read_text("utf-8") for p in tests.glob("*.py")), re.MULTILINE
    )
    assert [name for name in named if re.match(rf"test_hook_{hook}(_|$)", name)]
