"""Products through the office: checked, numbered, found, made into variants, priced, exchanged."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import sqlalchemy as sa
from backoffice_products.api import Prices, Product, by_barcode, convert, units_of
from backoffice_products.variants import Option, combined

from backoffice.core.api import AlreadyExists, Forbidden, InvalidInput, NotFound, RuleBroken
from backoffice.core.exchange import export, import_rows, read_rows
from backoffice.core.office import Question
from backoffice.core.testing.offices import add_organization, desk_of

D = Decimal
GTIN, CARTON = "6291041500213", "16291041500210"


def create(desk, **values):
    return desk.execute("products.product.create", {"unit": "pc", **values})["id"]


def product(desk, code):
    return desk.get("products.product", code)


# -- products ----------------------------------------------------------------------------------------------------------


def test_a_product_gets_the_next_code_and_the_companys_currency(desk):
    create(desk, name="Green tea", list_price="12.50")
    made = product(desk, "I000001")
    assert (made.name, made.currency, made.kind) == ("Green tea", "GBP", "storable")


def test_two_products_share_neither_code_nor_barcode(desk):
    create(desk, name="Green tea", code="TEA", barcodes=[{"code": "036000291452"}])
    with pytest.raises(AlreadyExists):
        create(desk, name="Black tea", code="TEA")
    with pytest.raises(AlreadyExists):
        create(desk, name="Black tea", barcodes=[{"code": "0036000291452"}])


MISTAKES = [
    ({"barcodes": [{"code": "6291041500214"}]}, "barcodes.0.code"),
    ({"barcodes": [{"code": GTIN, "unit": "kg"}]}, "barcodes.0.unit"),
    ({"sale_unit": "kg"}, "sale_unit"),
    ({"list_price": "-1"}, "list_price"),
    ({"currency": "XXX"}, "currency"),
    ({"origin": "S1"}, "origin"),
]


def test_a_mistake_is_named_where_it_stands(desk):
    for values, wrong in MISTAKES:
        with pytest.raises(InvalidInput) as caught:
            create(desk, name="Green tea", **values)
        assert list(caught.value.fields) == [wrong]


def test_a_product_is_found_by_name_code_and_barcode_whatever_the_script(desk):
    create(desk, name="Coffee, ground", name_ar="قهوة مطحونة", code="COF-1", barcodes=[{"code": GTIN}])
    create(desk, name="Tea")
    for search in ("COFFEE", "قهوه", "cof-1", GTIN, "ground coffee"):
        assert [one.code for one in desk.list("products.product", Question(search=search)).records] == ["COF-1"]


def test_a_barcode_leads_to_its_product_and_unit(desk):
    create(desk, name="Green tea", code="TEA", barcodes=[{"code": "6291 0415 0021 3"}, {"code": CARTON, "unit": "dz"}])
    assert desk.execute("products.find_barcode", code=CARTON)["unit"] == "dz"
    with desk.reading() as session:
        found, unit = by_barcode(session, GTIN)
        assert (found.code, units_of(session)[unit].code) == ("TEA", "pc")
        with pytest.raises(NotFound):
            by_barcode(session, "000")


def test_a_change_is_announced(desk):
    made = create(desk, name="Green tea")
    desk.execute("products.product.change", id=made, active=False)
    with desk.reading() as session:
        from backoffice.core.events.models import EventRow

        facts = session.scalars(sa.select(EventRow.facts).where(EventRow.name == "products.product_changed")).all()
    assert [(one["change"], one["active"]) for one in facts] == [("created", True), ("changed", False)]


def test_a_tax_category_is_one_of_those_there_are_where_taxes_are_known(offices):
    desk = desk_of(offices.make(only=["products", "taxes"], prepare=with_taxes))
    create(desk, name="Tea", tax_category="standard")
    with pytest.raises(InvalidInput) as caught:
        create(desk, name="Tea", tax_category="nothing")
    assert list(caught.value.fields) == ["tax_category"]


def with_taxes(office):
    desk = desk_of(office)
    desk.execute("products.install_units")
    desk.execute("taxes.install_country", country="DE")


# -- units -------------------------------------------------------------------------------------------------------------


def test_the_usual_units_are_installed_once(desk):
    assert desk.execute("products.install_units") == {"categories": 0, "units": 0}
    with desk.reading() as session:
        ids = {one.code: one.id for one in units_of(session).values()}
        assert convert(session, D(3), ids["dz"], ids["pc"]) == 36
        assert convert(session, D(1), ids["lb"], ids["g"]) == D("453.592")
    assert desk.execute("products.convert_quantity", quantity="1.0004", **{"from": "kg", "into": "g"}) == {
        "quantity": "1000.40"
    }


def test_a_unit_in_use_keeps_its_ratio_and_takes_finer_steps(desk):
    create(desk, name="Rice", unit="kg")
    unit = desk.get("products.unit", "kg").id
    for change in ({"numerator": 2}, {"category": "length"}, {"step": "1"}):
        with pytest.raises(RuleBroken):
            desk.execute("products.unit.change", {"id": unit, **change})
    desk.execute("products.unit.change", id=unit, step="0.0001")
    with pytest.raises(InvalidInput):
        desk.execute("products.unit.change", id=unit, step="0")


# -- categories and variants -------------------------------------------------------------------------------------------


def test_a_category_never_lies_within_itself(desk):
    top = desk.execute("products.category.create", code="FOOD", name="Food")["id"]
    desk.execute("products.category.create", code="TEA", name="Tea", parent="FOOD")
    with pytest.raises(InvalidInput, match="within itself"):
        desk.execute("products.category.change", id=top, parent="TEA")


def test_every_combination_is_made_in_the_order_of_attributes():
    sizes = [Option(id=n, code=code, attribute=2, place=20) for n, code in enumerate("SML", 1)]
    colours = [Option(id=n, code=code, attribute=1, place=10) for n, code in enumerate(("red", "blue"), 11)]
    found = ["-".join(one.code for one in some) for some in combined([*sizes, *colours])]
    assert found == ["red-S", "red-M", "red-L", "blue-S", "blue-M", "blue-L"]
    assert list(combined([])) == []
    many = [Option(id=n, code=str(n), attribute=n % 4) for n in range(40)]
    with pytest.raises(InvalidInput, match="10000"):
        list(combined(many))


@pytest.fixture
def shirt(desk):
    desk.execute(
        "products.attribute.create", code="size", name="Size", name_ar="المقاس",
        values=[{"code": "S", "name": "Small", "other_name": "صغير"}, {"code": "L", "name": "Large"}],
    )  # fmt: skip
    return desk.execute(
        "products.template.create", code="SHIRT", name="Shirt", name_ar="قميص", unit="pc", list_price="50",
        values=[{"value": "S"}],
    )["id"]  # fmt: skip


def test_variants_are_made_once_and_those_that_are_missing_later(desk, shirt):
    assert desk.execute("products.make_variants", id=shirt) == {"made": 1, "existing": 0}
    with desk.reading() as session:
        from backoffice_products.models import TemplateValue

        [line] = session.scalars(sa.select(TemplateValue.id)).all()
    desk.execute("products.template.change", id=shirt, values=[{"id": line, "value": "S"}, {"value": "L"}])
    assert desk.execute("products.make_variants", id=shirt) == {"made": 1, "existing": 1}
    small = product(desk, "SHIRT-S")
    assert (small.name, small.translations) == ("Shirt, Small", {"ar": {"name": "قميص، صغير"}})
    assert small.list_price == 50


def test_what_is_common_is_handed_on_to_the_variants(desk, shirt):
    desk.execute("products.make_variants", id=shirt)
    desk.execute("products.product.change", id=product(desk, "SHIRT-S").id, cost="20")
    desk.execute("products.template.change", id=shirt, list_price="60")
    small = product(desk, "SHIRT-S")
    assert (small.list_price, small.cost) == (60, 20)


def test_a_product_that_comes_in_no_values_has_no_variants(desk):
    made = desk.execute("products.template.create", code="PEN", name="Pen", unit="pc")["id"]
    with pytest.raises(RuleBroken, match="no values"):
        desk.execute("products.make_variants", id=made)


# -- prices ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lists(desk):
    """Tea within food, at 10 pounds; a list for friends, and one in euros made from it."""
    desk.execute("products.category.create", code="FOOD", name="Food")
    desk.execute("products.category.create", code="TEAS", name="Teas", parent="FOOD")
    create(desk, name="Green tea", code="TEA", list_price="10", category="TEAS", sale_unit="dz")
    desk.execute(
        "products.price_list.create", code="VIP", name="Friends", currency="gbp",
        rules=[
            {"kind": "list_price", "percent": "-5"},
            {"kind": "list_price", "percent": "-10", "category": "FOOD"},
            {"kind": "price", "price": "8", "product": "TEA", "least": "24"},
        ],
    )  # fmt: skip
    desk.execute(
        "products.price_list.create", code="EURO", name="Euro", currency="EUR", inclusive=True,
        rules=[{"kind": "other_list", "base_list": "VIP", "percent": "20", "step": "0.05"}],
    )  # fmt: skip
    desk.execute("core.exchange_rate.create", base="GBP", currency="EUR", date="2026-01-01", rate="1.15")
    return desk


def test_a_price_is_found_with_its_reasons(lists):
    told = lists.execute("products.find_price", product="TEA", list="VIP")
    assert (told["price"], told["currency"]) == ("9.00", "GBP")
    assert told["why"][-1] == "Price list VIP: for its category, -10 % on the product's own price"
    told = lists.execute("products.find_price", product="TEA", list="VIP", quantity="2", unit="dz")
    assert told["price"] == "96.00"
    told = lists.execute("products.find_price", product="TEA", list="EURO")
    assert (told["price"], told["currency"], told["inclusive"], len(told["why"])) == ("12.40", "EUR", True, 3)


def test_other_plugins_price_many_lines_with_what_is_read_once(lists):
    with lists.reading() as session:
        tea = session.scalars(sa.select(Product)).one()
        prices = Prices(session)
        day = date(2026, 1, 15)
        assert [prices.price(tea, day=day, quantity=D(n)).price for n in (1, 100)] == [10, 10]
        with pytest.raises(InvalidInput):
            prices.price(tea, day=day, list_id=10**6)
        with pytest.raises(RuleBroken, match="rate"):
            prices.rate("GBP", "SAR", day)
        assert prices.rate("EUR", "GBP", day) == D("0.8695652174")


def test_the_report_of_prices_is_by_sale_unit(lists):
    create(lists, name="Free", code="FREE")
    rows = lists.report("products.prices", list="VIP").rows
    assert [row.cells[:4] for row in rows] == [("FREE", "Free", "pc", None), ("TEA", "Green tea", "dz", D("108.00"))]
    assert [row.cells[0] for row in lists.report("products.prices", list="VIP", category="FOOD").rows] == ["TEA"]


LIST_MISTAKES = [
    ({"currency": "XXX"}, "currency"),
    ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "valid_until"),
    ({"rules": [{"kind": "price"}]}, "rules.0.price"),
    ({"rules": [{"kind": "other_list"}]}, "rules.0.base_list"),
    ({"rules": [{"kind": "price", "price": "1", "step": "0"}]}, "rules.0.step"),
    ({"rules": [{"kind": "price", "price": "1", "product": "TEA", "category": "FOOD"}]}, "rules.0.product"),
]


def test_a_mistake_in_a_price_list_is_named_where_it_stands(lists):
    for values, wrong in LIST_MISTAKES:
        with pytest.raises(InvalidInput) as caught:
            lists.execute("products.price_list.create", {"code": "X", "name": "X", "currency": "GBP", **values})
        assert list(caught.value.fields) == [wrong]


# -- exchange and rights -----------------------------------------------------------------------------------------------

FILE = """code,name,name_ar,unit,list_price,kind,category
TEA,Green tea,شاي أخضر,pc,12.50,storable,FOOD
CUT,Haircut,قص شعر,h,40,service,
BAD,Nothing,,nowhere,1,storable,
"""


def test_products_come_from_a_file_and_what_is_wrong_is_told_by_row(desk):
    desk.execute("products.category.create", code="FOOD", name="Food")
    done = import_rows(desk, "products.product", read_rows(BytesIO(FILE.encode()), "products.csv"))
    assert (done.created, len(done.failed)) == (2, 1)
    assert product(desk, "CUT").translations == {"ar": {"name": "قص شعر"}}


def test_products_travel_whole_to_another_organisation(desk, shirt):
    add_organization(desk.office, "other", "Other")
    there = desk_of(desk.office, organization="other")
    desk.execute("products.make_variants", id=shirt)
    create(desk, name="Tea", code="TEA", barcodes=[{"code": GTIN}, {"code": CARTON, "unit": "dz"}])
    for name in ("unit_category", "unit", "attribute", "template", "product"):
        file = b"".join(export(desk, f"products.{name}", format="jsonl"))
        assert import_rows(there, f"products.{name}", read_rows(BytesIO(file), f"{name}.jsonl")).failed == []
    with there.reading() as session:
        tea = session.scalars(sa.select(Product).where(Product.code == "TEA")).one()
        assert [one.code for one in tea.barcodes] == [GTIN, CARTON]


def test_a_reader_sees_products_and_changes_none(desk):
    create(desk, name="Tea", code="TEA", list_price="1")
    clerk = desk.get("core.user", "clerk")
    desk.execute("core.user.change", id=clerk.id, roles=[{"role": "products.reader"}])
    reader = desk_of(desk.office, "clerk")
    assert reader.execute("products.find_price", product="TEA")["price"] == "1.00"
    with pytest.raises(Forbidden):
        reader.execute("products.product.create", name="Coffee", unit="pc")
