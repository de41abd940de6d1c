"""Products in the console: what a shopkeeper does at a browser without scripts."""

import pytest

from backoffice.core.testing.visiting import Visitor


@pytest.fixture
def visitor(desk):
    """The administrator, signed in."""
    made = Visitor(desk.office)
    made.arrive()
    return made


def test_a_product_is_added_with_its_barcode_and_found_by_it(visitor):
    visitor.open("/records/products.product/new")
    page = visitor.press(
        "Create",
        {"name": "Green tea", "unit:text": "pc", "list_price": "12.50", "barcodes.0.code": "6291041500213"},
    )
    assert page.says("Green tea", "6291041500213", "12.5")
    visitor.open("/records/products.product?q=6291041500213")
    assert visitor.page.says("Green tea")


def test_a_slip_in_a_barcode_is_said_beside_it(visitor):
    visitor.open("/records/products.product/new")
    page = visitor.press("Create", {"name": "Tea", "unit:text": "pc", "barcodes.0.code": "6291041500214"})
    assert page.status == 422
    assert page.says("look for a slip of the keyboard")


def test_a_price_is_told_with_its_reason(visitor, desk):
    desk.execute("products.product.create", name="Green tea", code="TEA", unit="pc", list_price="10")
    visitor.open("/actions/products.find_price")
    page = visitor.press("Find a price", {"product:text": "TEA", "quantity": "3"})
    assert page.says("The product's own price")
