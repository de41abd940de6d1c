"""Documents in Backoffice: issued when an invoice is posted, kept, and made into bills when suppliers send them."""

from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pytest
import sqlalchemy as sa
from backoffice_accounting.api import Invoice
from backoffice_einvoicing.api import Document, Identifier, check, einvoice_of, read, write
from backoffice_einvoicing.en16931.calculating import breakdowns_of, totals_of

from backoffice.core.api import Conflict, InvalidInput, RuleBroken

D = Decimal
LINES = [{"description": "Tea", "quantity": "2", "unit_price": "50.00"}]


def sell(desk, **values):
    return desk.execute("accounting.issue_invoice", {"party": "acme", "date": "2026-01-15", "lines": LINES, **values})


def documents(desk):
    with desk.reading() as session:
        return session.scalars(sa.select(Document).order_by(Document.id)).all()


def test_an_invoice_that_is_posted_is_issued_as_a_document_that_ties(desk, official):
    posted = sell(desk)
    (document,) = documents(desk)
    invoice = read(document.content.encode())
    assert (document.state, document.number, document.problems) == ("made", posted["number"], None)
    assert document.digest == sha256(document.content.encode()).hexdigest()
    assert check(invoice) == []
    assert (invoice.totals.net, invoice.totals.tax, invoice.totals.gross) == (D("100"), D("15"), D("115"))
    assert official(document.content.encode(), "ubl") == []


def test_a_credit_note_names_its_invoice_and_goes_out_in_the_other_syntax(desk, official):
    posted = sell(desk)
    desk.execute("core.set_setting", plugin="einvoicing", name="syntax", value="cii")
    desk.execute("accounting.credit_invoice", id=posted["id"], reason="Broken")
    document = documents(desk)[-1]
    invoice = read(document.content.encode())
    assert (document.syntax, invoice.type_code) == ("cii", "381")
    assert [one.number for one in invoice.preceding] == [posted["number"]]
    assert official(document.content.encode(), "cii") == []


def test_prices_with_tax_and_discounts_are_said_so_that_they_tie(desk, official):
    lines = [
        {"description": "Tea", "quantity": "3", "unit_price": "11.50", "inclusive": True},
        {"description": "Cups", "quantity": "7", "unit_price": "1.99", "discount": "12.5"},
    ]
    sell(desk, lines=lines, discount="5")
    (document,) = documents(desk)
    assert document.problems is None
    assert official(document.content.encode(), "ubl") == []


def test_a_customer_without_an_address_is_no_reason_not_to_post(desk):
    desk.execute("parties.party.create", code="bare", name="Bare", customer=True)
    posted = sell(desk, party="bare")
    assert posted["number"]
    (document,) = documents(desk)
    assert (document.state, document.content) == ("faulty", "")
    assert "BR-11" in document.problems
    assert [row.cells[0] for row in desk.report("einvoicing.work_list").rows] == [posted["number"]]


def test_a_company_that_is_strict_does_not_post_what_cannot_be_issued(desk):
    desk.execute("core.set_setting", plugin="einvoicing", name="strict", value=True)
    desk.execute("parties.party.create", code="bare", name="Bare", customer=True)
    with pytest.raises(RuleBroken, match="BR-11"):
        sell(desk, party="bare")


def test_what_was_faulty_is_issued_again_once_it_was_mended(desk):
    bare = desk.execute("parties.party.create", code="bare", name="Bare", customer=True)
    posted = sell(desk, party="bare")
    desk.execute("parties.party.change", id=bare["id"], version=bare["version"], country="SA")
    assert desk.execute("einvoicing.issue", id=posted["id"])["state"] == "made"
    assert [document.state for document in documents(desk)] == ["replaced", "made"]
    assert not list(desk.report("einvoicing.work_list").rows)


def drafted(desk, id_):
    """Return a bill and what its lines say."""
    with desk.reading() as session:
        bill = session.get(Invoice, id_)
        return bill, [(line.quantity, line.unit_price) for line in bill.lines]


# -- received --------------------------------------------------------------------------------------------------------


def test_a_received_document_becomes_a_draft_bill_with_our_tax_codes(desk, sent):
    taken = desk.execute("einvoicing.receive", content=write(sent).decode(), name="l17.xml")
    assert taken["party"] is not None
    made = desk.execute("einvoicing.make_bill", id=taken["id"])
    bill, lines = drafted(desk, made["invoice"])
    assert (bill.kind, bill.state, bill.supplier_number) == ("bill", "draft", "L-17")
    assert lines == [(D(2), D(50))]
    posted = desk.execute("accounting.post_invoice", id=bill.id)
    assert D(posted["total"]) == D(115)
    assert desk.get("einvoicing.received", taken["id"]).state == "booked"


def test_the_same_file_is_taken_in_once(desk, sent):
    first = desk.execute("einvoicing.receive", content=write(sent).decode())
    again = desk.execute("einvoicing.receive", content=b64encode(write(sent)).decode())
    assert first == again
    desk.execute("einvoicing.make_bill", id=first["id"])
    with pytest.raises(Conflict):
        desk.execute("einvoicing.make_bill", id=first["id"])


def test_amounts_that_do_not_tie_are_no_bill_until_somebody_says_so(desk, sent):
    wrong = replace(sent, totals=replace(sent.totals, gross=D("116"), due=D("116")))
    taken = desk.execute("einvoicing.receive", content=write(wrong).decode())
    with pytest.raises(RuleBroken, match="BR-CO-15"):
        desk.execute("einvoicing.make_bill", id=taken["id"])
    assert desk.execute("einvoicing.make_bill", id=taken["id"], anyway=True)["invoice"]


def test_a_seller_nobody_knows_is_added_with_what_the_document_says(desk, sent):
    strange = replace(sent, seller=replace(sent.seller, name="New Ltd", vat_id="SA333333333333333"))
    taken = desk.execute("einvoicing.receive", content=write(strange).decode())
    assert taken["party"] is None
    with pytest.raises(InvalidInput, match="which supplier"):
        desk.execute("einvoicing.make_bill", id=taken["id"])
    party = desk.execute("einvoicing.add_supplier", id=taken["id"])["party"]
    assert desk.get("parties.party", party).name == "New Ltd"
    assert desk.execute("einvoicing.make_bill", id=taken["id"])["invoice"]


def test_a_document_in_a_currency_and_syntax_of_its_own_is_taken_in(desk, sent):
    taken = desk.execute("einvoicing.receive", content=write(replace(sent, number="L-18"), "cii").decode())
    row = desk.get("einvoicing.received", taken["id"])
    assert (row.syntax, row.number, row.total) == ("cii", "L-18", D(115))


def test_what_is_refused_says_why(desk, sent):
    taken = desk.execute("einvoicing.receive", content=write(sent).decode())
    desk.execute("einvoicing.refuse", id=taken["id"], reason="Not ordered")
    assert desk.get("einvoicing.received", taken["id"]).reason == "Not ordered"


def test_a_line_that_does_not_multiply_is_drafted_at_its_amount(desk, sent):
    line = replace(sent.lines[0], quantity=D("3"), net=D("100.00"), price=replace(sent.lines[0].price, net=D("33.33")))
    rows = breakdowns_of((line,))
    odd = replace(sent, lines=(line,), breakdowns=rows, totals=totals_of((line,), rows))
    taken = desk.execute("einvoicing.receive", content=write(odd).decode())
    _bill, lines = drafted(desk, desk.execute("einvoicing.make_bill", id=taken["id"])["invoice"])
    assert lines == [(D(1), D(100))]


def test_a_supplier_is_found_by_an_electronic_address(desk, sent):
    desk.execute("parties.party.create", code="mail", name="Mail", supplier=True, email="bills@leaf.example")
    other = replace(sent, seller=replace(sent.seller, vat_id="", endpoint=Identifier("Bills@Leaf.example", "EM")))
    assert desk.execute("einvoicing.receive", content=write(other).decode())["party"] is not None


def test_an_invoice_of_accounting_is_seen_as_the_norm_sees_it(desk):
    posted = sell(desk)
    with desk.reading() as session:
        invoice = einvoice_of(session, session.get(Invoice, posted["id"]))
    assert invoice.payment.transfers[0].account == "SA0380000000608010167519"
    assert (invoice.seller.vat_id, invoice.buyer.name) == ("SA300000000000003", "Acme")
