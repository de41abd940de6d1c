"""Runs of payments: proposed, changed, agreed to by a second person, executed, with files for the bank."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import PaymentRun
from backoffice_accounting.paying.files import NAMESPACE, Credit, Transfer, as_csv, latin, pain001

from backoffice.core.api import RuleBroken

D = Decimal
N = f"{{{NAMESPACE}}}"

TRANSFER = Transfer(
    id="RUN-1", made_at=datetime(2026, 1, 15, 12, tzinfo=UTC), day=date(2026, 1, 16), currency="EUR",
    debtor="Acme & Söhne", iban="DE02120300000000202051", bic="",
    payments=(
        Credit(id="1-1", amount=D("10.5"), name="Müller", iban="DE89370400440532013000", bic="COBADEFFXXX", text="R 7"),
        Credit(id="1-2", amount=D("4"), name="شركة", iban="GB82WEST12345698765432", text="=SUM(1)"),
    ),
)  # fmt: skip

# The order of elements in the message definition pain.001.001.09, as far as the file uses them.
ORDER = {
    "CstmrCdtTrfInitn": ["GrpHdr", "PmtInf"],
    "GrpHdr": ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
    "PmtInf": [
        "PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr",
        "CdtTrfTxInf",
    ],
    "CdtTrfTxInf": ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"],
}  # fmt: skip


def test_the_file_is_in_the_order_of_the_message():
    root = ElementTree.fromstring(pain001(TRANSFER))
    for name, order in ORDER.items():
        for element in root.iter(f"{N}{name}"):
            places = [order.index(child.tag.removeprefix(N)) for child in element]
            assert places == sorted(places), name


def test_the_file_is_valid_by_the_schema_of_the_message():
    """The schema is that of ISO 20022, as the package sepaxml carries it."""
    sepaxml = pytest.importorskip("sepaxml", reason="the schema comes with sepaxml")
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"))
    plain = replace(TRANSFER, payments=tuple(replace(one, bic="", text="") for one in TRANSFER.payments))
    hostile = replace(TRANSFER, id="/" * 50, debtor="", bic="MARKDEF1100", payments=(TRANSFER.payments[0],) * 3)
    for transfer in (TRANSFER, plain, hostile):
        schema.validate(pain001(transfer).decode())
    with pytest.raises(xmlschema.XMLSchemaException):
        schema.validate(pain001(TRANSFER).decode().replace("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>NONE</ChrgBr>"))


def test_the_file_says_how_many_and_how_much():
    root = ElementTree.fromstring(pain001(TRANSFER))
    assert [one.text for one in root.iter(f"{N}NbOfTxs")] == ["2", "2"]
    assert [one.text for one in root.iter(f"{N}CtrlSum")] == ["14.50", "14.50"]
    assert [(one.text, one.get("Ccy")) for one in root.iter(f"{N}InstdAmt")] == [("10.50", "EUR"), ("4.00", "EUR")]
    assert root.find(f".//{N}DbtrAgt/{N}FinInstnId/{N}Othr/{N}Id").text == "NOTPROVIDED"
    assert root.find(f".//{N}ReqdExctnDt/{N}Dt").text == "2026-01-16"


@pytest.mark.parametrize(
    ("text", "written"), [("Müller & Söhne", "Muller . Sohne"), ("//x", "x"), ("", "-"), ("شركة", "....")]
)
def test_banks_take_latin_letters_alone(text, written):
    assert latin(text, 70) == written


def test_a_formula_in_the_csv_is_text():
    assert "'=SUM(1)" in as_csv(TRANSFER).decode("utf-8-sig")


@pytest.fixture
def supplier(books):
    books.desk.execute("core.exchange_rate.create", base="EUR", currency="GBP", date="2026-01-01", rate="1")
    accounts = [{"number": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}]
    return books.party("Birch", supplier=True, bank_accounts=accounts)


def bill(books, party, amount="100", **values):
    values = {"currency": "EUR", "rate": "1", "due_date": "2026-01-20", **values}
    made = books.do(
        "issue_invoice", kind="bill", party=party, date="2026-01-10", lines=[{"unit_price": amount}], **values
    )
    return made["id"]


def propose(books, **values):
    values = {"date": "2026-01-15", "due_until": "2026-01-31", "currency": "EUR", **values}
    return books.do("propose_payments", debtor_iban="DE02120300000000202051", **values)


def execute(books, run):
    """Ask for the run, and let a second person agree."""
    office = books.desk.office
    from backoffice.core.users import setup

    with office.database.system() as session, session.begin():
        place = session.scalar(sa.text("SELECT id FROM core_organization"))
        company = session.scalar(sa.text("SELECT id FROM core_company"))
        setup.create_user(
            session,
            organization_id=place,
            username="second",
            name="Second",
            roles=["core.administrator"],
            language="en",
            company_id=company,
        )
    books.do("execute_payment_run", id=run)
    from backoffice.core.testing.offices import desk_of

    second = desk_of(office, "second")
    [asked] = second.list("core.approval").records
    return second.execute("core.approve", id=asked.id)


def test_what_is_due_is_proposed_once(books, supplier):
    bill(books, supplier)
    bill(books, supplier, due_date="2026-03-01")
    made = propose(books)
    assert (made["bills"], made["total"]) == (1, "100.00")
    with pytest.raises(RuleBroken, match="Nothing is due"):
        propose(books)


def test_held_bills_are_not_proposed(books, supplier):
    books.do("hold_invoice", id=bill(books, supplier), reason="wrong goods")
    with pytest.raises(RuleBroken):
        propose(books)


def test_a_discount_for_paying_early_is_taken(books, supplier):
    books.do(
        "terms.create", code="2/10", name="2 % in 10 days", discount_percent="2", discount_days=10,
        parts=[{"kind": "rest", "days": 60}],
    )  # fmt: skip
    bill(books, supplier, terms="2/10", due_date=None)
    made = propose(books, due_until="2026-01-16")
    assert made["total"] == "98.00"


def test_a_run_is_executed_when_a_second_person_agrees(books, supplier):
    id_ = bill(books, supplier)
    run = propose(books)["id"]
    assert books.get("payment_run", run).state == "proposed"
    execute(books, run)
    with books.desk.reading() as session:
        found = session.get(PaymentRun, run)
        assert (found.state, found.lines[0].payment_id is not None) == ("executed", True)
    assert books.get("invoice", id_).state == "paid"
    names = {one.name for one in books.desk.list("core.attachment").records}
    assert {name.rpartition(".")[2] for name in names} == {"csv", "xml"}
    assert books.do("verify_items")["right"]


def test_a_dropped_run_frees_its_bills(books, supplier):
    bill(books, supplier)
    books.do("drop_payment_run", id=propose(books)["id"])
    assert propose(books)["bills"] == 1
