"""Documents on their way through the platform: signed in a chain, cleared, reported, rejected, corrected."""

from base64 import b64decode
from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting.api import Invoice
from backoffice_einvoicing.api import Document, Submission
from backoffice_zatca.models import Link, Unit
from backoffice_zatca.parts import code_of
from backoffice_zatca.qr import read
from lxml import etree

from backoffice.core.api import Question
from backoffice.core.testing.work import work_off

LINES = [{"description": "Tea", "quantity": "2", "unit_price": "50.00"}]
UBL = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def sell(desk, party="acme", **values):
    return desk.execute("accounting.issue_invoice", {"party": party, "date": "2026-01-15", "lines": LINES, **values})


def state(desk, number):
    page = desk.list("einvoicing.submission", Question(filters={"number": number}))
    return [row.state for row in sorted(page.records, key=lambda row: row.id)]


def links(desk):
    with desk.reading() as session:
        return session.scalars(sa.select(Link).order_by(Link.counter)).all()


def document(desk, number):
    with desk.reading() as session:
        wanted = sa.select(Document).where(Document.number == number).order_by(Document.id.desc())
        return session.scalars(wanted.limit(1)).one()


def test_a_unit_is_registered_with_its_sample_documents(desk, authority):
    with desk.reading() as session:
        unit = session.scalars(sa.select(Unit)).one()
        assert (unit.state, unit.message) == ("active", None)
        assert unit.valid_until is not None
        assert "PRIVATE KEY" in session.reveal(unit.private_key)
    assert "PRIVATE" not in repr(desk.get("zatca.unit", "main").private_key)


def test_a_standard_invoice_is_cleared_and_a_simplified_one_reported(desk, authority):
    standard, simplified = sell(desk), sell(desk, "noura")
    work_off(desk.office)
    assert state(desk, standard["number"]) == ["cleared"]
    assert state(desk, simplified["number"]) == ["reported"]
    assert [one["errors"] for one in authority.platform.taken] == [[], []]
    assert [one["kind"] for one in authority.platform.taken] == ["clearance", "reporting"]


def test_a_credit_note_follows_its_invoice_in_the_chain(desk, authority):
    invoice = sell(desk, "noura")
    desk.execute("accounting.credit_invoice", id=invoice["id"], reason="Broken")
    work_off(desk.office)
    assert [link.counter for link in links(desk)] == [1, 2]
    assert links(desk)[1].previous == links(desk)[0].digest


def test_what_is_rejected_stays_in_the_chain_and_is_issued_again_under_its_number(desk, authority):
    authority.platform.refuse = ["BR-KSA-99"]
    invoice = sell(desk)
    work_off(desk.office)
    authority.platform.refuse = []
    assert state(desk, invoice["number"]) == ["rejected"]
    listed = desk.report("einvoicing.work_list")
    assert [row.cells[0] for row in listed.rows] == [invoice["number"]]
    desk.execute("einvoicing.issue", id=invoice["id"])
    work_off(desk.office)
    assert state(desk, invoice["number"]) == ["rejected", "cleared"]
    assert [link.counter for link in links(desk)] == [1, 2]
    assert authority.platform.taken[-1]["errors"] == []
    assert not list(desk.report("einvoicing.work_list").rows)


def test_a_platform_that_does_not_answer_is_asked_again(desk, authority):
    authority.platform.down = 1
    invoice = sell(desk)
    work_off(desk.office)
    assert state(desk, invoice["number"]) == ["issued"]
    with desk.reading() as session:
        row = session.scalars(sa.select(Submission)).one()
        assert (row.attempts, len(row.steps)) == (1, 1)
        assert row.next_at > row.created_at
        waiting = row.id
    desk.execute("einvoicing.submit", id=waiting)
    work_off(desk.office)
    assert state(desk, invoice["number"]) == ["cleared"]


def test_what_the_authority_would_refuse_is_not_issued_but_stands_on_the_work_list(desk, authority):
    other = desk.execute(
        "parties.party.create", code="bare", name="Bare", customer=True, country="SA", tax_id="310000000000003"
    )
    invoice = sell(desk, other["id"])
    made = document(desk, invoice["number"])
    assert (made.state, made.content) == ("faulty", "")
    assert "BR-KSA-63" in made.problems
    assert links(desk) == []


def test_clearance_that_is_switched_off_becomes_a_report(desk, authority):
    authority.platform.clears = False
    invoice = sell(desk)
    work_off(desk.office)
    authority.platform.clears = True
    assert state(desk, invoice["number"]) == ["reported"]


def test_the_document_says_what_the_authority_wants_to_know(desk, authority):
    invoice = sell(desk, "noura")
    root = etree.fromstring(document(desk, invoice["number"]).content.encode())
    assert root.findtext(f"{UBL}ProfileID") == "reporting:1.0"
    assert root.find(f"{UBL}InvoiceTypeCode").get("name") == "0200000"
    assert root.findtext(f"{UBL}IssueTime") == "15:00:00"
    assert root.findtext(f"{UBL}TaxCurrencyCode") == "SAR"


def test_the_printed_code_is_that_of_the_document(desk, authority):
    invoice = sell(desk, "noura")
    with desk.reading() as session:
        text = code_of(session, session.get(Invoice, invoice["id"]))
    assert text == document(desk, invoice["number"]).facts["qr"]
    tags = read(text)
    assert sorted(tags) == list(range(1, 10))
    assert tags[2] == b"300000000000003"
    assert Decimal(tags[4].decode()) == Decimal(invoice["total"])
    assert len(b64decode(tags[6])) == 32


def test_a_chain_is_checked(desk, authority):
    sell(desk, "noura")
    assert desk.execute("zatca.verify_chain", id=links(desk)[0].unit_id) == {"whole": True, "wrong": []}


def test_the_printed_invoice_bears_the_code(desk, authority):
    invoice = sell(desk, "noura")
    page = desk.document("accounting.invoice", invoice["id"], "ar").html
    assert "<svg" in page
    assert "رمز الاستجابة السريعة" in page


def test_an_export_at_zero_is_cleared_with_its_reason(desk, authority):
    desk.execute(
        "parties.party.create", code="abroad", name="Ibn Sina GmbH", customer=True, country="DE", tax_id="DE123456789",
        registration="HRB1234", addresses=[{"kind": "main", "street": "Hafen 1", "city": "Hamburg", "country": "DE"}],
    )  # fmt: skip
    invoice = sell(desk, "abroad", lines=[{**LINES[0], "taxes": "SA-SX"}])
    work_off(desk.office)
    root = etree.fromstring(document(desk, invoice["number"]).content.encode())
    assert root.find(f"{UBL}InvoiceTypeCode").get("name") == "0100100"
    assert [e.text for e in root.iter(f"{UBL}TaxExemptionReasonCode")] == ["VATEX-SA-32"]
    assert state(desk, invoice["number"]) == ["cleared"]
