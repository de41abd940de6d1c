"""Bills, credit notes over parts, taxes determined, settlement by hand and undone."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Allocation, InvoiceTax, OpenItem, Settlement
from backoffice_taxes.api import TaxLine

from backoffice.core.api import AlreadyExists, Company, Conflict, RuleBroken

D = Decimal
LINES = [{"description": "Chair", "quantity": "4", "unit_price": "25"}, {"description": "Lamp", "unit_price": "10"}]


@pytest.fixture
def riyadh(books):
    """The books of a company in Riyadh, with the taxes of Saudi Arabia."""

    def move(session):
        company = session.scalars(sa.select(Company)).one()
        company.country, company.currency = "SA", "SAR"

    books.desk.run(move)
    books.desk.execute("taxes.install_country", country="SA")
    books.account("2200", "Value added tax", "liability", "tax")
    return books


def issue(books, party, **values):
    return books.do("issue_invoice", **{"party": party, "date": "2026-01-15", "lines": LINES, **values})


def on(books, entry, code):
    found = books.get("entry", entry)
    with books.desk.reading() as session:
        found = session.merge(found, load=False)
        return sum(line.amount for line in found.lines if line.account_id == books.accounts[code])


def test_taxes_follow_from_the_party_and_the_return_knows_of_them(riyadh):
    made = issue(riyadh, riyadh.party(country="SA"))
    assert (made["total"], on(riyadh, made["entry"], "2200")) == ("126.50", D("-16.50"))
    with riyadh.desk.reading() as session:
        [line] = session.scalars(sa.select(TaxLine)).all()
        assert (line.base, line.amount, line.source_number) == (110, D("16.50"), "INV/2026/00001")
        [kept] = session.scalars(sa.select(InvoiceTax)).all()
        assert (kept.code, kept.base, kept.amount) == ("SA-S", 110, D("16.50"))


def test_a_customer_abroad_bears_none_and_the_reason_is_kept(riyadh):
    made = issue(riyadh, riyadh.party(country="DE"))
    assert made["total"] == "110.00"
    with riyadh.desk.reading() as session:
        [kept] = session.scalars(sa.select(InvoiceTax)).all()
        assert kept.amount == 0
        assert kept.reason


def test_a_price_with_the_tax_is_taken_apart(riyadh):
    line = {"unit_price": "115", "inclusive": True, "taxes": "SA-S"}
    invoice = riyadh.get("invoice", issue(riyadh, riyadh.party(), lines=[line])["id"])
    assert (invoice.net, invoice.tax_total, invoice.total) == (100, 15, 115)


def test_a_draft_shows_its_taxes_before_it_is_posted(riyadh):
    draft = riyadh.do("invoice.create", party=riyadh.party(country="SA"), date="2026-01-15", lines=LINES)
    invoice = riyadh.get("invoice", draft["id"])
    assert (invoice.net, invoice.tax_total, invoice.total) == (110, D("16.50"), D("126.50"))
    assert riyadh.do("post_invoice", id=draft["id"])["total"] == "126.50"


def test_a_bill_stands_on_the_other_side_with_a_number_of_ours(riyadh):
    made = issue(riyadh, riyadh.party(supplier=True, country="SA"), kind="bill", supplier_number="R-1")
    assert made["number"] == "BILL/2026/00001"
    entry = made["entry"]
    assert [on(riyadh, entry, code) for code in ("2100", "6000", "2200")] == [D("-126.50"), 110, D("16.50")]


def test_a_suppliers_number_is_entered_once(books):
    party = books.party(supplier=True)
    issue(books, party, kind="bill", supplier_number="R-1")
    with pytest.raises(AlreadyExists, match="entered before"):
        issue(books, party, kind="bill", supplier_number="R-1")
    issue(books, books.party("Birch"), kind="bill", supplier_number="R-1")


def test_part_of_an_invoice_is_credited_and_no_more_than_is_left(riyadh):
    made = issue(riyadh, riyadh.party(country="SA"))
    note = riyadh.do("credit_invoice", id=made["id"], date="2026-01-20", lines=[{"line": 1, "quantity": "3"}])
    assert note["total"] == "86.25"
    assert riyadh.get("invoice", made["id"]).open_amount == D("40.25")
    with pytest.raises(RuleBroken, match="Of line 1 1 can be credited"):
        riyadh.do("credit_invoice", id=made["id"], date="2026-01-20", lines=[{"line": 1, "quantity": "2"}])
    rest = riyadh.do("credit_invoice", id=made["id"], date="2026-01-21")
    assert rest["total"] == "40.25"
    assert riyadh.get("invoice", made["id"]).state == "paid"
    with riyadh.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.sum(TaxLine.amount))) == 0
    assert riyadh.do("verify_items")["right"]


def test_a_bill_is_paid_and_the_money_goes_out(books):
    made = issue(books, books.party(supplier=True), kind="bill")
    paid = books.do("record_payment", id=made["id"], date="2026-01-20")
    assert on(books, paid["entry"]["id"], "1200") == -110
    assert books.get("invoice", made["id"]).state == "paid"


def test_money_pays_what_is_due_first_and_the_rest_stays_a_credit(books):
    party = books.party()
    first, second = (issue(books, party, due_date=day)["id"] for day in ("2026-02-01", "2026-01-20"))
    books.do("record_money", party=party, date="2026-01-22", amount="150", oldest=True)
    assert (books.get("invoice", second).state, books.get("invoice", first).open_amount) == ("paid", 70)
    books.do("record_money", party=party, date="2026-01-23", amount="100")
    books.do("settle_party", party=party)
    assert books.get("invoice", first).state == "paid"
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.sum(OpenItem.open_amount))) == -30


def test_an_undone_settlement_opens_everything_again(books):
    party = books.party()
    made = issue(books, party, currency="EUR", rate="0.5")
    books.set("exchange_gain_account", "4800")
    books.set("exchange_loss_account", "6800")
    books.do("record_payment", id=made["id"], date="2026-01-20", rate="0.6")
    [settlement] = books.desk.list("accounting.settlement").records
    books.do("undo_settlement", id=settlement.id, reason="wrong")
    invoice = books.get("invoice", made["id"])
    assert (invoice.state, invoice.open_amount, invoice.open_in_books) == ("posted", 110, 55)
    assert books.do("verify_items")["right"]
    with pytest.raises(Conflict):
        books.do("undo_settlement", id=settlement.id, reason="again")


def test_an_entry_whose_items_were_settled_is_not_reversed(books):
    party = books.party()
    one = {"account": "1100", "party": party, "amount": "50"}
    other = {"account": "1100", "party": party, "amount": "-50"}
    first = books.post(one, ("4000", "-50"))
    books.post(other, ("1200", "50"))
    books.do("settle_party", party=party)
    with pytest.raises(Conflict, match="Undo the settlement first"):
        books.do("reverse_entry", id=first["id"], reason="wrong")


def test_a_reversed_entry_leaves_nothing_open(books):
    party = books.party()
    made = books.post({"account": "1100", "party": party, "amount": "50"}, ("4000", "-50"))
    books.do("reverse_entry", id=made["id"], reason="wrong")
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(OpenItem.id)).where(OpenItem.open)) == 0
        assert session.scalar(sa.select(sa.func.sum(Allocation.amount))) == 0
        assert session.scalars(sa.select(Settlement.kind)).all() == ["reversal"]


def test_an_undone_settlement_is_kept_as_it_was_by_the_database(books, sql):
    party = books.party()
    made = books.post({"account": "1100", "party": party, "amount": "50"}, ("4000", "-50"))
    books.do("reverse_entry", id=made["id"], reason="wrong")
    [settlement] = books.desk.list("accounting.settlement").records
    books.do("undo_settlement", id=settlement.id, reason="again")
    assert "backoffice guard accounting" in sql.refusal("DELETE FROM accounting_allocation")


def test_a_held_invoice_says_why(books):
    made = issue(books, books.party())
    books.do("hold_invoice", id=made["id"], reason="disputed")
    assert books.get("invoice", made["id"]).held == "disputed"


def test_a_settlement_is_never_dated_before_its_items(books):
    party = books.party()
    made = issue(books, party, date="2026-02-20")
    books.do("record_payment", id=made["id"], date="2026-01-20")
    assert books.desk.list("accounting.settlement").records[0].date == date(2026, 2, 20)
    assert books.do("verify_items", until="2026-01-31")["right"]


@pytest.mark.parametrize("due", ["supply", "payment"])
def test_tax_that_is_withheld_is_owed_with_the_document_or_with_its_payments(riyadh, due):
    setting = {"plugin": "taxes", "name": "withheld", "value": due, "organization_wide": False}
    riyadh.desk.execute("core.set_setting", setting)
    for code, purpose in (("2210", "tax_withheld_payable"), ("2220", "tax_waiting_payable")):
        riyadh.account(code, purpose, "liability", "tax")
        riyadh.do("account_choice.create", purpose=purpose, account=code)
    party = riyadh.party(supplier=True, country="IE")
    lines = [{"description": "Consulting", "unit_price": "1000", "taxes": "SA-W5"}]
    made = issue(riyadh, party, kind="bill", lines=lines)
    owed, waits = on(riyadh, made["entry"], "2210"), on(riyadh, made["entry"], "2220")
    assert (owed, waits) == ((-50, 0) if due == "supply" else (0, -50))
    assert on(riyadh, made["entry"], "2100") == -950
    for amount in ("475", None):
        riyadh.do("record_payment", id=made["id"], date="2026-01-20", amount=amount)
    rows = riyadh.report("trial_balance", until="2026-12-31").rows
    assert {row.cells[0]: row.cells[3] for row in rows if row.cells[0] in ("2210", "2220") and row.cells[3]} == {
        "2210": 50
    }
    with riyadh.desk.reading() as session:
        dated = [(line.date, line.amount) for line in session.scalars(sa.select(TaxLine)) if line.date]
    wanted = [(date(2026, 1, 15), 50)] if due == "supply" else [(date(2026, 1, 20), 25)] * 2
    assert dated == wanted
    assert riyadh.do("verify_items")["right"]
