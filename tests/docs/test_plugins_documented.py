"""The pages about the plugins name everything these declare."""

import re
from pathlib import Path

import backoffice_accounting.plugin
import backoffice_parties.plugin
import backoffice_products.plugin
import backoffice_taxes.plugin
import pytest

pytestmark = pytest.mark.checkout

PAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"
KINDS = ("resources", "actions", "reports", "documents", "events", "roles")


@pytest.mark.parametrize(
    "plugin",
    [backoffice_accounting.plugin, backoffice_parties.plugin, backoffice_products.plugin, backoffice_taxes.plugin],
)
def test_everything_a_plugin_declares_is_on_its_page_and_nothing_else(plugin):
    name = plugin.__name__.removeprefix("backoffice_").partition(".")[0]
    declared = {noun.name for kind in KINDS if hasattr(plugin, kind) for noun in getattr(plugin, kind)()}
    text = (PAGES / f"{name}.md").read_text("utf-8")
    assert set(re.findall(rf"`({name}\.\w+)`", text)) == declared
