"""An invoice is mailed to its customer in their language, kept as it was sent, and told to whoever listens."""

import json
from email import message_from_bytes, policy

import pytest

from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError, InvalidInput
from backoffice.core.testing.visitors import Program
from backoffice.core.testing.work import work_off


@pytest.fixture
def outbox(books, tmp_path):
    """Mail of the office lands in this folder."""
    section = {"sender": "books@acme.example", "folder": str(tmp_path)}
    office = books.desk.office
    office.configuration = Configuration(
        database=office.configuration.database, folder=tmp_path, settings={"mail": section}
    )  # fmt: skip
    return tmp_path


def issued(books, **party):
    customer = books.party("Amal Haddad", **party)
    given = {"party": customer, "date": "2026-01-15", "lines": [{"description": "Tea", "unit_price": "12.50"}]}
    return books.do("issue_invoice", **given)["id"]


def sent(books, outbox):
    work_off(books.desk.office)
    [path] = outbox.glob("*.eml")
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_an_invoice_is_mailed_with_the_document_in_the_customers_language(books, outbox):
    id_ = issued(books, email="amal@shop.example", language="ar")
    assert books.do("send_invoice", id=id_)["to"] == "amal@shop.example"
    got = sent(books, outbox)
    number = books.get("invoice", id_).number
    assert number in got["Subject"].replace("\u2066", "").replace("\u2069", "")
    assert '<html lang="ar" dir="rtl">' in got.get_body(("html",)).get_content()
    [paper] = got.iter_attachments()
    assert paper.get_content_type() in {"application/pdf", "text/html"}
    listed = Program(books.desk.office).get(f"/api/v1/accounting/invoice/{id_}/attachments").json["data"]
    assert [one["type"] for one in listed] == [paper.get_content_type()]


def test_another_address_and_words_of_ones_own_can_be_given(books, outbox):
    id_ = issued(books)
    with pytest.raises(InvalidInput, match="no e-mail address"):
        books.do("send_invoice", id=id_)
    books.do("send_invoice", id=id_, to="desk@shop.example", message="As agreed by telephone.")
    got = sent(books, outbox)
    assert got["To"].addresses[0].addr_spec == "desk@shop.example"
    assert "As agreed by telephone." in got.get_body(("plain",)).get_content()


def test_while_mail_is_not_set_up_nothing_is_sent_or_kept(books):
    id_ = issued(books, email="amal@shop.example")
    with pytest.raises(ConfigurationError):
        books.do("send_invoice", id=id_)


def test_an_invoice_and_its_payment_are_told_to_webhooks(books):
    books.desk.execute(
        "core.webhook.create",
        name="shop",
        url="https://shop.example/hook",
        events="accounting.*_posted accounting.payment_recorded",
    )
    id_ = issued(books)
    books.do("record_payment", id=id_, date="2026-01-15")
    told = books.desk.list("core.webhook_delivery").records
    assert {one.type for one in told} == {
        "accounting.invoice_posted", "accounting.entry_posted", "accounting.payment_recorded",
    }  # fmt: skip
    with books.desk.reading() as session:
        from backoffice.core.webhooks.outgoing import payload

        one = next(one for one in told if one.type == "accounting.invoice_posted")
        body = json.loads(payload(session, session.merge(one, load=False).event, books.desk.office.registry))
    assert (body["data"]["resource"], body["data"]["record"]) == ("accounting.invoice", id_)
    assert body["data"]["facts"]["total"] == "12.50"
