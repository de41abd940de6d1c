"""The pages about the plugins name everything these declare."""

import re
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "reference"
PLUGINS = sorted(page.stem for page in PAGES.glob("*.md") if (ROOT / "plugins" / page.stem).is_dir())
KINDS = ("resources", "actions", "reports", "documents", "events", "roles")


@pytest.mark.parametrize("name", PLUGINS)
def test_everything_a_plugin_declares_is_on_its_page_and_nothing_else(name):
    plugin = import_module(f"backoffice_{name}.plugin")
    declared = {noun.name for kind in KINDS if hasattr(plugin, kind) for noun in getattr(plugin, kind)()}
    text = (PAGES / f"{name}.md").read_text("utf-8")
    assert set(re.findall(rf"`({name}\.\w+)`", text)) == declared
