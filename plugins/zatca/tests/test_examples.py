"""Saudi invoices calculated by an independent program: the same totals, kinds and documents that keep every rule."""

import json
import runpy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from backoffice_einvoicing.api import (
    Address,
    Allowance,
    Buyer,
    Delivery,
    EInvoice,
    Identifier,
    Item,
    Line,
    LineAllowance,
    Preceding,
    Price,
    Seller,
    breakdowns_of,
    read,
    totals_of,
)
from backoffice_zatca import certificates
from backoffice_zatca.document import FIRST_PREVIOUS, Kind, Place, make, saudi
from backoffice_zatca.rules import check
from backoffice_zatca.signing import Identity
from cryptography.x509 import load_pem_x509_csr
from lxml import etree

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data"
FILES = sorted((FOLDER / "einvoice_zatca_gobl" / "examples" / "out").glob("*.json"))
TOOL = runpy.run_path(str(Path(__file__).parent / "tools" / "authority.py"))
each = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def kind_of(doc):
    tags = doc.get("$tags") or ()
    names = ("simplified", "third-party", "nominal", "export", "summary", "self-billed")
    return Kind(**{name.replace("-", "_"): name in tags for name in names})


def party(make_, said, **more):
    place = said["addresses"][0]
    address = Address(
        place["street"], city=place["locality"], postcode=place["code"], country=place["country"],
        building=place["num"], district=place.get("street_extra", ""),
    )  # fmt: skip
    return make_(said["name"], vat_id=said.get("tax_id", {}).get("code", ""), address=address, **more)


def numbered(said):
    return next((Identifier(one["code"], one["type"]) for one in said.get("identities") or ()), None)


def taxed(one):
    tax = one["taxes"][0]
    return tax["ext"]["untdid-tax-category"], Decimal(tax["percent"].rstrip("%"))


def line_of(one):
    category, rate = taxed(one)
    less = tuple(LineAllowance(Decimal(d["amount"]), reason=d["reason"]) for d in one.get("discounts") or ())
    return Line(
        str(one["i"]), Decimal(one["quantity"]), "C62", Decimal(one["total"]),
        Item(one["item"]["name"], category=category, rate=rate), Price(Decimal(one["item"]["price"])), allowances=less,
    )  # fmt: skip


def charge_of(one):
    category, rate = taxed(one)
    return Allowance(Decimal(one["amount"]), category, rate=rate, reason=one["reason"])


def read_example(file):
    """Return an example as the norm sees it, its totals calculated here, with its kind and the reason it gives."""
    doc = json.loads(file.read_text("utf-8"))["doc"]
    lines, charges = tuple(map(line_of, doc["lines"])), tuple(map(charge_of, doc.get("charges") or ()))
    codes = [row["taxes"][0]["ext"].get("cef-vatex") for row in doc["lines"]]
    rows = breakdowns_of(
        lines, (), charges, reasons={"Z": (next(filter(None, codes), ""), "Zero rated")} if any(codes) else None
    )
    preceding = doc.get("preceding") or ()
    invoice = EInvoice(
        number=doc["code"],
        issue_date=date.fromisoformat(doc["issue_date"]),
        type_code=doc["tax"]["ext"]["untdid-document-type"],
        currency=doc["currency"],
        totals=totals_of(lines, rows, (), charges),
        seller=party(Seller, doc["supplier"], identifiers=(numbered(doc["supplier"]),)),
        buyer=party(Buyer, doc["customer"], identifier=numbered(doc["customer"])) if "customer" in doc else Buyer(),
        lines=lines,
        breakdowns=rows,
        charges=charges,
        delivery=Delivery(day=date.fromisoformat(doc["delivery"]["date"])) if "delivery" in doc else None,
        preceding=tuple(Preceding(one["code"], date.fromisoformat(one["issue_date"])) for one in preceding),
    )
    rate = Decimal(doc["exchange_rates"][0]["amount"]) if doc.get("exchange_rates") else None
    kind = kind_of(doc)
    return doc, saudi(invoice, kind, rate=rate), kind, preceding[0]["reason"] if preceding else ""


@pytest.fixture(scope="module")
def platform():
    return TOOL["Authority"]()


@pytest.fixture(scope="module")
def identity(platform):
    pem = certificates.new_key()
    subject = certificates.Subject(
        "EGS1", "Acme", "Riyadh", "312345678912343", "1-B|2-0.1|3-1", location="RRRD2929", industry="Trade"
    )
    token, _secret = platform.issue(load_pem_x509_csr(certificates.request(subject, pem).encode()), "production")
    return token, Identity.of(pem, token)


@each
def test_an_example_comes_to_the_totals_it_states(file):
    doc, invoice, kind, _reason = read_example(file)
    stated, totals = doc["totals"], invoice.totals
    assert kind.code == doc["tax"]["ext"]["sa-zatca-invoice-type"]
    assert (totals.net, totals.tax, totals.gross, totals.due) == tuple(
        Decimal(stated[name]) for name in ("total", "tax", "total_with_tax", "payable")
    )
    rates = stated["taxes"]["categories"][0]["rates"]
    assert [(row.category, row.base, row.tax) for row in invoice.breakdowns] == [
        (one["ext"]["untdid-tax-category"], Decimal(one["base"]), Decimal(one["amount"])) for one in rates
    ]


@each
def test_a_document_of_an_example_is_taken_by_the_platform(file, platform, identity):
    _doc, invoice, kind, reason = read_example(file)
    token, own = identity
    known = platform.known[token]
    place = Place(
        known["counter"] + 1, known["digest"], UUID(int=known["counter"] + 1), datetime(2026, 1, 15, tzinfo=UTC)
    )
    complete = replace(invoice, buyer=replace(invoice.buyer, name=invoice.buyer.name or "-"))
    assert [broken.rule for broken in check(complete, kind, reason=reason)] == []
    signed = make(complete, kind, place, own, reason=reason)
    sent = {"invoiceHash": signed.digest, "uuid": str(place.uuid)}
    assert list(platform.wrong(etree.fromstring(signed.content), known, sent, token)) == []
    assert read(signed.content).totals == complete.totals


def test_the_first_document_names_the_hash_of_nothing():
    assert TOOL["GENESIS"] == FIRST_PREVIOUS
