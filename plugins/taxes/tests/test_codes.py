"""Tax codes, how they are chosen, and the set-ups of countries."""

from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest
import sqlalchemy as sa
from backoffice_taxes.api import Codes, Determination, Facts, rounding_of
from backoffice_taxes.countries import COUNTRIES, setup_of
from backoffice_taxes.determination import Choice, Standing, chosen, is_located, stands
from backoffice_taxes.models import Box, Code, Form
from backoffice_taxes.returns import Slot, fill

from backoffice.core.api import Forbidden, InvalidInput, RuleBroken
from backoffice.core.office import Question
from backoffice.core.testing.offices import desk_of

D = Decimal

DAY = date(2026, 1, 15)


def taxes(desk, **facts):
    with desk.reading() as session:
        found = Determination(session).determine(Facts(**{"direction": "sale", "day": DAY, **facts}))
        return [(tax.code, tax.rate) for tax in found.taxes]


# -- pure rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("located", "other", "is_there"),
    [
        ("domestic", "SA", True), ("domestic", "", True), ("domestic", "AE", False), ("abroad", "AE", True),
        ("abroad", "SA", False), ("gcc", "AE", True), ("gcc", "SA", False), ("gcc", "DE", False), ("eu", "DE", True),
        ("any", "XX", True),
    ],
)  # fmt: skip
def test_where_the_other_side_is(located, other, is_there):
    assert is_located(located, "SA", other) is is_there


def test_the_first_position_that_fits_is_taken():
    positions = [
        Standing(id=1, code="home", located="domestic", sequence=10),
        Standing(id=2, code="business", located="eu", registered="yes", sequence=20),
        Standing(id=3, code="abroad", located="abroad", sequence=30),
    ]

    def found(country, registered):
        return stands(positions, own="DE", other=country, registered=registered).code

    assert [found("DE", True), found("FR", True), found("FR", False)] == ["home", "business", "abroad"]
    assert stands(positions[1:2], own="DE", other="DE", registered=True) is None


def test_the_rule_that_names_most_holds_for_each_family():
    rules = [
        Choice(id=1, tax=10, family="vat"),
        Choice(id=2, tax=11, family="vat", category=5),
        Choice(id=3, tax=12, family="vat", position=7),
        Choice(id=4, tax=13, family="vat", position=7, valid_from=date(2027, 1, 1)),
        Choice(id=5, tax=20, family="withholding", used_for="purchase"),
    ]

    def found(direction, position=None, category=None):
        got = chosen(rules, direction=direction, day=DAY, position=position, category=category)
        return sorted(rule.tax for rule in got)

    assert found("sale") == [10]
    assert found("sale", category=5) == [11]
    assert found("sale", position=7, category=5) == [12]
    assert found("purchase") == [10, 20]


def test_sums_of_boxes_are_found_in_any_order_and_never_in_a_circle():
    assert fill([Slot(code="T", sum_of=("S", "-S")), Slot(code="S")], [])["T"] == {"base": 0, "tax": 0}
    with pytest.raises(InvalidInput, match="sum of itself"):
        fill([Slot(code="A", sum_of=("B",)), Slot(code="B", sum_of=("A",))], [])
    with pytest.raises(InvalidInput, match="not on the form"):
        fill([Slot(code="A", sum_of=("Z",))], [])


# -- data of countries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_set_up_of_a_country_is_whole(country):
    """Every box, code, category and position it names is there, every rate has a source, every text its Arabic."""
    data = setup_of(country)
    boxes = {box["code"] for box in data["form"]["boxes"]}
    codes = {code["code"] for code in data["codes"]}
    assert data["country"] == country
    assert data["sources"]
    assert all(one["what"] and one["with"] and one["url"] for one in data["compared"])
    assert data["form"]["source"]
    assert all(code["source"] and all(rate["source"] for rate in code["rates"]) for code in data["codes"])
    assert {said.split()[0] for code in data["codes"] for said in code["boxes"]} <= boxes
    assert {rule["tax"] for rule in data["rules"]} <= codes
    named = {kind: {one["code"] for one in data[kind]} for kind in ("categories", "positions")}
    assert {rule["category"] for rule in data["rules"] if "category" in rule} <= named["categories"]
    assert {rule["position"] for rule in data["rules"] if "position" in rule} <= named["positions"]
    texts = [*data["categories"], *data["positions"], *data["form"]["boxes"], *data["codes"], data["form"]]
    assert [one["code"] for one in texts if not one.get("name_ar")] == []
    assert [one["code"] for one in data["codes"] if one.get("reason") and not one.get("reason_ar")] == []
    fill([Slot(code=box["code"], sum_of=tuple(box.get("sum_of", "").split())) for box in data["form"]["boxes"]], [])


def test_every_file_of_a_country_can_be_chosen():
    found = {path.name.removesuffix(".json") for path in files("backoffice_taxes").joinpath("countries").iterdir()}
    assert found == set(COUNTRIES)


def test_a_set_up_is_installed_once_and_leaves_alone_what_is_there(desk):
    code = desk.get("taxes.code", "SA-S")
    desk.execute("taxes.code.change", id=code.id, name="Our own name")
    again = desk.execute("taxes.install_country", country="SA")
    assert set(again.values()) == {0}
    assert desk.get("taxes.code", "SA-S").name == "Our own name"


def test_all_countries_stand_side_by_side(desk):
    for country in COUNTRIES:
        desk.execute("taxes.install_country", country=country)
    with desk.reading() as session:
        assert len(session.scalars(sa.select(Form.id)).all()) == len(COUNTRIES)


# -- choosing ----------------------------------------------------------------------------------------------------------


RULES = [
    ({}, [("SA-S", 15)]),
    ({"category": "standard"}, [("SA-S", 15)]),
    ({"category": "exempt"}, [("SA-SE", 0)]),
    ({"country": "AE"}, [("SA-SX", 0)]),
    ({"direction": "purchase"}, [("SA-P", 15)]),
    ({"direction": "purchase", "country": "DE"}, [("SA-PR", 15)]),
    ({"position": "SA-abroad"}, [("SA-SX", 0)]),
    ({"day": date(2020, 6, 30)}, [("SA-S", 5)]),
]


def test_the_rules_of_saudi_arabia(desk):
    assert [(facts, taxes(desk, **facts)) for facts, _expected in RULES] == RULES


def test_a_position_or_category_that_is_not_there_is_named(desk):
    with pytest.raises(InvalidInput) as caught:
        taxes(desk, position="NOWHERE")
    assert list(caught.value.fields) == ["position"]
    with pytest.raises(InvalidInput) as caught:
        taxes(desk, category="nothing")
    assert list(caught.value.fields) == ["category"]


def test_before_there_was_a_tax_no_rate_is_found(desk):
    with pytest.raises(RuleBroken, match="no rate"):
        taxes(desk, day=date(2017, 12, 31))


def test_a_company_bears_the_taxes_of_another_country_where_it_is_registered(desk):
    desk.execute("taxes.install_country", country="AE")
    with desk.reading() as session, pytest.raises(RuleBroken, match="not registered"):
        Determination(session, "AE", DAY)
    desk.execute("taxes.registration.create", country="AE", number="100000000000003", valid_from="2026-01-01")
    with desk.reading() as session:
        found = Determination(session, "AE", DAY).determine(Facts(direction="sale", day=DAY, country="AE"))
        assert [tax.code for tax in found.taxes] == ["AE-S-DU"]
        with pytest.raises(RuleBroken):
            Determination(session, "AE", date(2025, 12, 31))


def test_withholding_stands_beside_value_added_tax(desk):
    desk.execute(
        "taxes.rule.create", code="consultants", country="SA", used_for="purchase", position="SA-abroad", tax="SA-W5"
    )
    assert taxes(desk, direction="purchase", country="AE") == [("SA-PR", 15), ("SA-W5", 5)]


def test_which_taxes_hold_and_why_is_told_in_the_readers_language(desk):
    told = desk.execute("taxes.determine", country="AE")
    assert (told["codes"], told["position"]) == (["SA-SX"], "SA-abroad")
    assert told["why"] == ["SA-SX by the rule SA-sale-abroad: SA-abroad, any category"]
    arabic = desk.office.desk(desk.user, language="ar")
    assert "بموجب القاعدة" in arabic.execute("taxes.determine", country="AE")["why"][0]


# -- computing through the office --------------------------------------------------------------------------------------

LINES = [
    {"unit_price": "100"},
    {"unit_price": "23", "quantity": "5", "inclusive": True},
    {"unit_price": "9.99", "taxes": "SA-S0"},
]


def test_a_document_is_computed_without_being_written(desk):
    told = desk.execute("taxes.compute", lines=LINES)
    assert (told["net"], told["tax"], told["total"]) == ("209.99", "30.00", "239.99")
    assert [(row["code"], row["base"], row["amount"]) for row in told["taxes"]] == [
        ("SA-S", "200.00", "30.00"),
        ("SA-S0", "9.99", "0.00"),
    ]
    with pytest.raises(InvalidInput) as caught:
        desk.execute("taxes.compute", lines=[{"unit_price": "1", "taxes": "NONE"}])
    assert list(caught.value.fields) == ["lines.0.taxes"]


def test_other_plugins_ask_by_hook(desk):
    with desk.reading() as session:
        lines = [{"unit_price": D(100)}]
        told = session.hooks.first("taxes_compute", session=session, document={"lines": lines})
        assert told["total"] == 115
        assert "standard" in session.hooks.first("taxes_categories", session=session)


def test_the_rounding_is_the_companys(desk):
    desk.execute("core.set_setting", plugin="taxes", name="tax_base", value="exact")
    with desk.reading() as session:
        assert rounding_of(session).written() == "half_up/document/largest/line/exact/each"


def with_parties(office):
    riyadh_desk = desk_of(office)
    company = riyadh_desk.get("core.company", "main")
    riyadh_desk.execute("core.company.change", id=company.id, country="SA")
    riyadh_desk.execute("taxes.install_country", country="SA")


def test_a_party_stands_where_it_says_else_where_its_country_is(offices):
    desk = desk_of(offices.make(only=["taxes", "parties"], prepare=with_parties))
    desk.execute("parties.party.create", code="ABROAD", name="Aster Trading", country="AE")
    desk.execute("parties.party.create", code="ZONE", name="Birch", country="SA", tax_position="SA-abroad")
    with desk.reading() as session:
        found = Determination(session)
        for code in ("ABROAD", "ZONE"):
            facts = Facts.of(desk.get("parties.party", code), direction="sale", day=DAY)
            assert [tax.code for tax in found.determine(facts).taxes] == ["SA-SX"]
    with pytest.raises(InvalidInput) as caught:
        desk.execute("parties.party.create", name="Cedar", tax_position="NOWHERE")
    assert list(caught.value.fields) == ["tax_position"]


# -- checking ----------------------------------------------------------------------------------------------------------

GOOD = {"code": "X", "name": "X", "country": "sa", "rates": [{"rate": "10"}]}


def test_a_code_is_made_of_its_particulars(desk):
    code = desk.execute("taxes.code.create", GOOD)["id"]
    with desk.reading() as session:
        tax = Codes(session).tax(code, DAY)
        assert (tax.rate, session.get(Code, code).country) == (10, "SA")


MISTAKES = [
    ({"country": "S1"}, "country"),
    ({"rates": []}, "rates"),
    ({"kind": "group"}, "members"),
    ({"members": [{"member": "SA-S"}]}, "members"),
    ({"basis": "taxes"}, "stands_on"),
    ({"category": "E"}, "reason"),
    ({"rates": [{"rate": "1"}, {"rate": "2", "valid_from": "2026-01-01"}]}, "rates.1.valid_from"),
    ({"rates": [{"rate": "1", "valid_from": "2026-02-01", "valid_until": "2026-01-01"}]}, "rates.0.valid_until"),
    ({"deductible": "101"}, "deductible"),
]


def test_a_mistake_in_a_code_is_named_where_it_stands(desk):
    for values, wrong in MISTAKES:
        with pytest.raises(InvalidInput) as caught:
            desk.execute("taxes.code.create", {**GOOD, **values})
        assert wrong in caught.value.fields


def test_a_group_computes_its_members_and_never_holds_itself(desk):
    desk.execute("taxes.code.create", {**GOOD, "code": "EXC", "family": "excise", "raises_base": True, "sequence": 5})
    group = desk.execute(
        "taxes.code.create", code="BOTH", name="Both", country="SA", kind="group",
        members=[{"member": "EXC"}, {"member": "SA-S"}],
    )["id"]  # fmt: skip
    told = desk.execute("taxes.compute", lines=[{"unit_price": "100", "taxes": "BOTH"}])
    assert [(row["code"], row["base"], row["amount"]) for row in told["taxes"]] == [
        ("EXC", "100.00", "10.00"),
        ("SA-S", "110.00", "16.50"),
    ]
    other = desk.execute(
        "taxes.code.create", code="OUTER", name="Outer", country="SA", kind="group", members=[{"member": "BOTH"}]
    )["id"]
    desk.execute("taxes.code.change", id=group, members=[{"member": "EXC"}, {"member": "OUTER"}])
    with desk.reading() as session, pytest.raises(RuleBroken, match="holds itself"):
        Codes(session).tax(other, DAY)


def test_a_reader_sees_taxes_and_changes_none(desk):
    clerk = desk.get("core.user", "clerk")
    desk.execute("core.user.change", id=clerk.id, roles=[{"role": "taxes.reader"}])
    reader = desk_of(desk.office, "clerk")
    found = reader.list("taxes.code", Question(search="exempt")).records
    assert {code.code for code in found} == {"SA-SE", "SA-PE"}
    assert reader.execute("taxes.compute", lines=[{"unit_price": "100"}])["total"] == "115.00"
    with pytest.raises(Forbidden):
        reader.execute("taxes.install_country", country="AE")


def test_codes_travel_to_another_organisation(offices):
    from io import BytesIO

    from backoffice.core.exchange import export, import_rows, read_rows
    from backoffice.core.testing.offices import add_organization

    office = offices.make(only=["taxes"])
    add_organization(office, "other", "Other")
    here, there = desk_of(office), desk_of(office, organization="other")
    here.execute("taxes.install_country", country="AE")
    for name in ("form", "category", "position", "code", "rule"):
        file = b"".join(export(here, f"taxes.{name}", format="jsonl"))
        done = import_rows(there, f"taxes.{name}", read_rows(BytesIO(file), f"{name}.jsonl"))
        assert done.failed == []
    assert set(there.execute("taxes.install_country", country="AE").values()) == {0}
    with there.reading() as session:
        box = session.scalars(sa.select(Box).where(Box.code == "AE.9")).one()
        assert box.translations == {"ar": {"name": "المصروفات الخاضعة للنسبة الأساسية"}}
