"""A plugin that counts products is asked before their units change."""

import pytest

from backoffice.core.api import RuleBroken
from backoffice.core.testing.offices import desk_of

PLUGIN = """
from backoffice.hookspecs import hookimpl

@hookimpl
def products_is_used(session, product_id):
    return product_id == 1

@hookimpl
def products_unit_is_used(session, unit_id):
    return unit_id == 1
"""

METADATA = """Metadata-Version: 2.1
Name: backoffice-acme-count
Version: 0.1.0
Requires-Dist: backoffice>=0.1,<1
Requires-Dist: backoffice-products>=0.1,<1
"""


@pytest.fixture
def counting(offices, tmp_path, monkeypatch):
    """The desk of an office with a plugin that counts the first product, and something in the first unit."""
    package, described = tmp_path / "backoffice_acme_count", tmp_path / "backoffice_acme_count-0.1.0.dist-info"
    package.mkdir()
    described.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN)
    (described / "METADATA").write_text(METADATA)
    (described / "entry_points.txt").write_text("[backoffice]\nacme_count = backoffice_acme_count.plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    desk = desk_of(offices.make(only=["products", "acme_count"]))
    desk.execute("products.install_units")
    return desk


def test_hook_products_is_used_keeps_the_unit_of_a_product(counting):
    for name in ("Counted", "Not counted"):
        counting.execute("products.product.create", name=name, unit="pc")
    with pytest.raises(RuleBroken, match="counted in its unit"):
        counting.execute("products.product.change", id=1, unit="kg")
    counting.execute("products.product.change", id=2, unit="kg")


def test_hook_products_unit_is_used_keeps_the_ratio_of_a_unit(counting):
    with pytest.raises(RuleBroken, match="counted in this unit"):
        counting.execute("products.unit.change", id=1, numerator=2)
    counting.execute("products.unit.change", id=2, numerator=3)
