"""Invoices and credit notes through the office: drafts, posting, crediting, what stays as it was."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Entry, Invoice, InvoiceLine, Line

from backoffice.core.api import Conflict, InvalidInput, KeyReused, RuleBroken

LINES = [{"description": "Desk", "quantity": "2", "unit_price": "50"}, {"description": "Lamp", "unit_price": "12.345"}]


@pytest.fixture
def party(books):
    return books.party(
        "Aster Trading", name_ar="شركة أستر", language="ar", tax_id="300000000000003",
        addresses=[{"kind": "billing", "street": "King Fahd Rd", "city": "Riyadh", "country": "SA"}],
    )  # fmt: skip


def issue(books, party, /, **values):
    return books.do("issue_invoice", **{"party": party, "date": "2026-01-15", "lines": LINES, **values})


def entry_of(books, entry_id):
    codes = {id_: code for code, id_ in books.accounts.items()}
    with books.desk.reading() as session:
        rows = session.scalars(sa.select(Line).where(Line.entry_id == entry_id).order_by(Line.id)).all()
        return [(codes[line.account_id], line.amount) for line in rows]


def test_an_issued_invoice_stands_in_the_books(books, party):
    made = issue(books, party)
    assert (made["number"], made["total"]) == ("INV/2026/00001", "112.35")
    assert entry_of(books, made["entry"]) == [("1100", Decimal("112.35")), ("4000", Decimal("-112.35"))]
    invoice = books.get("invoice", made["id"])
    assert (invoice.state, invoice.open_amount, invoice.due_date) == ("posted", Decimal("112.35"), date(2026, 2, 14))
    assert books.get("entry", made["entry"]).reference == "INV/2026/00001"
    assert books.right()


def test_a_credit_note_has_numbers_of_its_own_and_the_other_sign(books, party):
    made = issue(books, party, kind="credit_note")
    assert made["number"] == "CRN/2026/00001"
    assert entry_of(books, made["entry"])[0] == ("1100", Decimal("-112.35"))


def test_an_invoice_keeps_the_customer_as_they_were(books, party):
    made = issue(books, party)
    books.desk.execute("parties.party.change", id=party, name_ar="اسم آخر", addresses=[])
    invoice = books.get("invoice", made["id"])
    assert (invoice.party_name, invoice.party_address) == (
        "شركة أستر",
        "King Fahd Rd\nRiyadh\nالمملكة العربية السعودية",
    )
    assert invoice.party_tax_id == "300000000000003"


def test_a_draft_shows_its_total_and_gets_its_number_when_posted(books, party):
    draft = books.do("invoice.create", party=party, date="2026-01-15", lines=LINES)
    invoice = books.get("invoice", draft["id"])
    assert (invoice.number, invoice.state, invoice.total) == (None, "draft", Decimal("112.35"))
    assert books.do("post_invoice", id=draft["id"])["number"] == "INV/2026/00001"
    assert books.get("invoice", draft["id"]).state == "posted"


def test_a_posted_invoice_is_neither_changed_nor_deleted(books, party):
    made = issue(books, party)
    with pytest.raises(Conflict):
        books.do("invoice.change", id=made["id"], reference="other")
    with pytest.raises(Conflict):
        books.do("invoice.delete", id=made["id"])
    with pytest.raises(Conflict):
        books.do("post_invoice", id=made["id"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounting_invoice SET total = 1 WHERE id = {id}",
        "UPDATE accounting_invoice SET state = 'draft', number = NULL WHERE id = {id}",
        "UPDATE accounting_invoice SET party_name = 'other' WHERE id = {id}",
        "DELETE FROM accounting_invoice WHERE id = {id}",
        "UPDATE accounting_invoice_line SET amount = 1 WHERE invoice_id = {id}",
        "DELETE FROM accounting_invoice_line WHERE invoice_id = {id}",
    ],
)
def test_the_database_keeps_a_posted_invoice(books, party, sql, statement):
    made = issue(books, party)
    assert "backoffice guard accounting" in sql.refusal(statement.format(id=made["id"]))


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_sqlite_keeps_a_posted_invoice_from_being_replaced(books, party, sql):
    made = issue(books, party)
    columns = ", ".join(column.name for column in Invoice.__table__.columns if column.name not in {"state", "number"})
    statement = (
        f"INSERT OR REPLACE INTO accounting_invoice ({columns}, state, number)"
        f" SELECT {columns}, 'draft', NULL FROM accounting_invoice WHERE id = {made['id']}"
    )
    assert "backoffice guard accounting" in sql.refusal(statement)


def test_a_document_worth_nothing_posts_no_entry(books, party):
    made = issue(books, party, lines=[{"description": "Sample", "quantity": "3", "unit_price": "0"}])
    assert (made["number"], made["entry"]) == ("INV/2026/00001", None)
    assert books.get("invoice", made["id"]).state == "paid"


def test_lines_go_to_the_account_of_their_purpose(books, party):
    books.set("discount_account", "4100")
    lines = [*LINES, {"description": "Discount", "unit_price": "-10", "purpose": "discount"}]
    made = issue(books, party, lines=lines)
    assert entry_of(books, made["entry"])[2] == ("4100", Decimal("10"))


def test_a_purpose_without_an_account_says_where_to_choose_one(books, party):
    with pytest.raises(RuleBroken, match="No account is chosen for Bad debt"):
        issue(books, party, lines=[{"unit_price": "1", "purpose": "bad_debt"}])


def test_the_rounding_of_the_company_is_kept_on_the_document(books, party):
    invoice = books.get("invoice", issue(books, party)["id"])
    assert invoice.rounding == "half_up/document/largest/line/rounded/each"


def test_a_source_is_issued_once(books, party):
    first = issue(books, party, source="shop", source_key="17")
    again = issue(books, party, source="shop", source_key="17")
    assert (again["id"], again["number"], again["existed"]) == (first["id"], first["number"], True)


def test_a_source_that_comes_back_for_another_customer_is_refused(books, party):
    issue(books, party, source="shop", source_key="17")
    with pytest.raises(KeyReused):
        issue(books, books.party("Birch"), source="shop", source_key="17")


def test_many_invoices_are_issued_in_order_with_few_statements(books, party):
    many = [{"party": party, "date": "2026-01-15", "lines": LINES, "reference": f"R{n}"} for n in range(1, 8)]
    answers = books.desk.execute_many("accounting.issue_invoice", many, per_transaction=5)
    assert [one["number"] for one in answers] == [f"INV/2026/{n:05}" for n in range(1, 8)]
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(InvoiceLine.id))) == 14
        assert session.scalar(sa.select(sa.func.count(Entry.id)).where(Entry.state == "posted")) == 7
    assert books.right()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"lines": []}, "lines"),
        ({"party": 999}, "party"),
        ({"lines": [{"quantity": "1"}]}, "lines.0.unit_price"),
        ({"lines": [{"unit_price": "1", "account": "9999"}]}, "lines.0.account"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_mistake_is_named_where_it_stands(books, party, values, field):
    with pytest.raises(InvalidInput) as caught:
        issue(books, party, **values)
    assert field in caught.value.fields


def test_an_invoice_outside_every_period_is_refused_and_nothing_is_written(books, party):
    with pytest.raises(RuleBroken):
        issue(books, party, date="2031-01-01")
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Invoice.id))) == 0


def test_crediting_takes_back_the_whole_invoice_once(books, party):
    made = issue(books, party)
    credit = books.do("credit_invoice", id=made["id"], date="2026-01-20")
    again = books.do("credit_invoice", id=made["id"], date="2026-01-20")
    assert (credit["total"], again["id"], again["existed"]) == (made["total"], credit["id"], True)
    note = books.get("invoice", credit["id"])
    assert (note.kind, note.reference) == ("credit_note", "INV/2026/00001")
    assert books.report("general_ledger", account="1100", until="2026-12-31").rows[-1].cells[-1] == 0


def test_a_draft_is_not_credited(books, party):
    draft = books.do("invoice.create", party=party, date="2026-01-15", lines=LINES)
    with pytest.raises(Conflict):
        books.do("credit_invoice", id=draft["id"])


def test_the_entry_of_an_invoice_is_not_reversed_by_itself(books, party):
    made = issue(books, party)
    with pytest.raises(RuleBroken, match="Make a credit note"):
        books.do("reverse_entry", id=made["entry"], reason="wrong")


def test_a_foreign_invoice_keeps_both_amounts(books, party):
    made = issue(books, party, currency="EUR", rate="0.85", lines=[{"unit_price": "100"}])
    invoice = books.get("invoice", made["id"])
    assert (invoice.total, invoice.open_amount, invoice.open_in_books) == (100, 100, 85)
    with books.desk.reading() as session:
        rows = session.execute(sa.select(Line.amount, Line.amount_currency, Line.currency, Line.rate)).all()
    assert rows == [(85, 100, "EUR", Decimal("0.85")), (-85, -100, "EUR", Decimal("0.85"))]
