"""The norm EN 16931: official examples, both syntaxes, the official rules, and any invoice there may be."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from backoffice_einvoicing.en16931 import documents, rules
from backoffice_einvoicing.en16931.calculating import breakdowns_of, rounded, totals_of
from backoffice_einvoicing.en16931.documents import NORM
from backoffice_einvoicing.en16931.parties import (
    Address,
    Buyer,
    Contact,
    Delivery,
    Identifier,
    Note,
    Period,
    Preceding,
    Seller,
)
from backoffice_einvoicing.en16931.terms import (
    Allowance,
    Attachment,
    Card,
    Characteristic,
    Classification,
    DirectDebit,
    EInvoice,
    Item,
    Line,
    LineAllowance,
    Payment,
    Price,
    Supporting,
    Totals,
    Transfer,
)
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "einvoice_en16931"
REFERENCE = DATA / "reference_totals_and_validation.csv"
ROWS = list(csv.DictReader(REFERENCE.read_text("utf-8").splitlines())) if REFERENCE.is_file() else []
D = Decimal
REASONS = {"E": ("VATEX-EU-132", "Exempt"), "O": ("VATEX-EU-O", "Outside the scope")}


WORD = st.text(st.characters(codec="utf-8", categories=("L", "N"), max_codepoint=0x6FF), min_size=1, max_size=12)
MAYBE = st.just("") | WORD
AMOUNT = st.decimals(min_value=0, max_value=99999, places=2)
CODE = st.sampled_from(("S", "Z", "E"))
DAY = st.dates(date(2015, 1, 1), date(2035, 1, 1))
NUMBER = st.builds(Identifier, WORD, st.sampled_from(("", "0088", "0192")))
ADDRESS = st.builds(
    Address, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, st.sampled_from(("SA", "DE", "AE")),
)  # fmt: skip
CONTACT = st.none() | st.builds(Contact, WORD, MAYBE, MAYBE)


@st.composite
def periods(draw):
    first = draw(DAY)
    return Period(first, first + timedelta(days=draw(st.integers(0, 60))))


@st.composite
def lines(draw, number):
    category = draw(CODE)
    quantity = draw(st.decimals(min_value=1, max_value=999, places=3))
    net = draw(AMOUNT)
    less = draw(st.lists(st.builds(LineAllowance, AMOUNT, reason=WORD), max_size=2))
    more = draw(st.lists(st.builds(LineAllowance, AMOUNT, reason_code=st.just("FC")), max_size=1))
    amount = rounded(quantity * net) - sum(a.amount for a in less) + sum(c.amount for c in more)
    return Line(
        id=str(number),
        quantity=quantity,
        unit="C62",
        net=amount,
        item=Item(
            draw(WORD),
            draw(MAYBE),
            draw(MAYBE),
            draw(MAYBE),
            draw(st.none() | st.builds(Identifier, WORD, st.just("0160"))),
            tuple(draw(st.lists(st.builds(Classification, WORD, st.just("STI")), max_size=2))),
            draw(st.sampled_from(("", "CN"))),
            tuple(draw(st.lists(st.builds(Characteristic, WORD, WORD), max_size=2))),
            category,
            draw(st.sampled_from((D(15), D(5)))) if category == "S" else D(0),
        ),
        price=Price(net, quantity=draw(st.none() | st.just(D(1))), unit=""),
        note=draw(MAYBE),
        period=draw(st.none() | periods()),
        allowances=tuple(less),
        charges=tuple(more),
        order_line=draw(MAYBE),
        accounting=draw(MAYBE),
    )


def allowances():
    return st.builds(Allowance, AMOUNT, st.just("S"), rate=st.just(D(15)), reason=WORD)


PAYMENT = st.builds(
    Payment,
    st.sampled_from(("10", "30", "58")),
    MAYBE,
    MAYBE,
    st.lists(st.builds(Transfer, st.just("SA0380000000608010167519"), MAYBE, MAYBE), max_size=2).map(tuple),
    st.none() | st.builds(Card, st.just("1234"), MAYBE),
    st.none() | st.builds(DirectDebit, WORD, WORD, WORD),
)


@st.composite
def invoices(draw):
    """Give any invoice whose amounts tie."""
    of = tuple(draw(lines(n)) for n in range(1, draw(st.integers(1, 4)) + 1))
    less, more = tuple(draw(st.lists(allowances(), max_size=2))), tuple(draw(st.lists(allowances(), max_size=1)))
    rows = breakdowns_of(of, less, more, reasons=REASONS)
    numbers = draw(st.lists(NUMBER, max_size=3))
    return EInvoice(
        number=draw(WORD),
        issue_date=draw(DAY),
        type_code=draw(st.sampled_from(("380", "381", "384", "389"))),
        currency="SAR",
        totals=totals_of(of, rows, less, more, paid=draw(st.none() | AMOUNT)),
        seller=Seller(
            draw(WORD),
            draw(MAYBE),
            tuple(sorted(numbers, key=lambda one: bool(one.scheme))),
            draw(st.none() | NUMBER),
            "SA300000000000003",
            draw(MAYBE),
            draw(MAYBE),
            draw(st.none() | st.builds(Identifier, WORD, st.just("0088"))),
            draw(ADDRESS),
            draw(CONTACT),
        ),
        buyer=Buyer(
            draw(WORD), draw(MAYBE), draw(st.none() | NUMBER), None, draw(MAYBE), None, draw(ADDRESS), draw(CONTACT)
        ),
        lines=of,
        breakdowns=rows,
        tax_point=draw(st.none() | DAY),
        due_date=draw(DAY),
        buyer_reference=draw(MAYBE),
        contract=draw(MAYBE),
        purchase_order=draw(MAYBE),
        sales_order=draw(MAYBE),
        receiving_advice=draw(MAYBE),
        despatch_advice=draw(MAYBE),
        tender=draw(MAYBE),
        project=draw(MAYBE),
        object=draw(st.none() | st.builds(Identifier, WORD, st.sampled_from(("", "AVE")))),
        accounting=draw(MAYBE),
        terms=draw(MAYBE),
        notes=tuple(draw(st.lists(st.builds(Note, WORD, st.sampled_from(("", "AAI"))), max_size=2))),
        process=draw(MAYBE),
        specification=NORM,
        preceding=tuple(draw(st.lists(st.builds(Preceding, WORD, st.none() | DAY), max_size=1))),
        delivery=draw(st.none() | st.builds(Delivery, MAYBE, st.none(), DAY, st.none() | ADDRESS)),
        period=draw(st.none() | periods()),
        payment=draw(st.none() | PAYMENT),
        allowances=less,
        charges=more,
        supporting=tuple(
            draw(
                st.lists(
                    st.builds(
                        Supporting,
                        WORD,
                        MAYBE,
                        st.sampled_from(("", "https://example.com/a")),
                        st.none()
                        | st.builds(
                            Attachment, st.binary(min_size=1, max_size=20), st.just("text/csv"), st.just("a.csv")
                        ),
                    ),
                    max_size=2,
                )
            )
        ),
    )


SYNTAXES = ("ubl", "cii")

example = pytest.mark.parametrize("row", ROWS, ids=[Path(row["file"]).stem for row in ROWS])


def read(row):
    return documents.read((DATA / row["file"]).read_bytes())


def amount(text):
    return D(text) if text else None


@example
def test_an_official_example_is_read_with_the_totals_it_states(row):
    invoice = read(row)
    totals = invoice.totals
    stated = {
        "line_total": totals.lines, "allowances": totals.allowances, "charges": totals.charges,
        "tax_exclusive": totals.net, "tax_inclusive": totals.gross, "prepaid": totals.paid,
        "rounding": totals.rounding, "payable": totals.due,
    }  # fmt: skip
    assert stated == {name: amount(row[name]) for name in stated}
    taxes = [part.split()[0] for part in row["tax"].split(";") if part.strip()]
    assert [D(tax) for tax in taxes] == [t for t in (totals.tax, totals.tax_in_tax_currency) if t is not None]
    told = (f"{b.category}/{'' if b.rate is None else b.rate}/{b.base}/{b.tax}" for b in invoice.breakdowns)
    assert " | ".join(told) == row["vat_breakdown"]
    assert (invoice.number, len(invoice.lines), invoice.currency) == (row["number"], int(row["lines"]), row["currency"])


@example
def test_an_official_example_keeps_the_rules(row):
    assert rules.check(read(row)) == []


@example
def test_an_official_example_is_the_same_after_writing_and_reading(row):
    invoice = read(row)
    own = "ubl" if row["syntax"].startswith("UBL") else "cii"
    assert documents.read(documents.write(invoice, own)) == invoice


@example
def test_what_is_written_of_an_official_example_keeps_the_official_rules(row, official, schema):
    invoice = read(row)
    for syntax in SYNTAXES:
        assert official(documents.write(invoice, syntax), syntax) == []
    assert schema(documents.write(invoice, "ubl")) == []


@given(invoice=invoices())
def test_any_invoice_is_the_same_after_writing_and_reading_in_both_syntaxes(invoice):
    for syntax in SYNTAXES:
        assert documents.read(documents.write(invoice, syntax)) == invoice


@given(invoice=invoices())
def test_any_invoice_that_was_calculated_ties(invoice):
    assert rules.unbalanced(invoice) == []


@given(invoice=invoices())
def test_any_invoice_follows_the_schema(schema, invoice):
    assert schema(documents.write(invoice, "ubl")) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_plain_invoice_keeps_the_official_rules(syntax, official, plain):
    assert official(documents.write(plain(), syntax), syntax) == []
    assert rules.check(plain()) == []


def test_the_official_rules_refuse_what_ours_refuse(official, plain):
    wrong = plain(totals=Totals(lines=D("100"), net=D("100"), gross=D("116"), due=D("116"), tax=D("15")))
    assert "BR-CO-15" in official(documents.write(wrong), "ubl")
    assert [broken.rule for broken in rules.unbalanced(wrong)] == ["BR-CO-15"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"number": ""}, "BR-02"),
        ({"lines": ()}, "BR-16"),
        ({"breakdowns": ()}, "BR-CO-18"),
        ({"due_date": None}, "BR-CO-25"),
        ({"tax_currency": "EUR"}, "BR-53"),
        ({"specification": ""}, "BR-01"),
    ],
)
def test_a_rule_that_is_broken_is_named(changes, rule, plain):
    assert rule in [broken.rule for broken in rules.check(replace(plain(), **changes))]


def test_a_category_without_tax_needs_a_reason(plain):
    line = plain().lines[0]
    exempt = replace(line, item=replace(line.item, category="E", rate=D(0)))
    assert [broken.rule for broken in rules.check(plain(lines=(exempt,)))] == ["BR-E-10"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no xml", "The file is no XML."),
        (b"<invoice/>", "no electronic invoice"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "declares a document type"),
    ],
)
def test_a_file_that_is_no_electronic_invoice_is_refused(data, said):
    with pytest.raises(InvalidInput, match=said):
        documents.read(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<cbc:IssueDate>2026-11-23", b"<cbc:IssueDate>23 November"),
        (b'<cbc:PayableAmount currencyID="SAR">115.00', b'<cbc:PayableAmount currencyID="SAR">1e9'),
        (b'<cbc:PayableAmount currencyID="SAR">115.00', b'<cbc:PayableAmount currencyID="SAR">NaN'),
    ],
)
def test_a_value_that_cannot_be_read_is_said_with_its_line(old, new, plain):
    data = documents.write(plain())
    assert old in data
    with pytest.raises(InvalidInput, match="line"):
        documents.read(data.replace(old, new))


def test_a_total_that_is_missing_is_said(plain):
    data = documents.write(plain()).replace(b"PayableAmount", b"Payable")
    with pytest.raises(InvalidInput, match="PayableAmount is missing"):
        documents.read(data)


def test_a_credit_note_is_written_as_one(plain):
    assert b"<CreditNote " in documents.write(plain(type_code="381"))
