"""The official examples and rules beside the checkout, and the settings of Hypothesis."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_einvoicing.en16931.calculating import breakdowns_of, totals_of
from backoffice_einvoicing.en16931.documents import NORM
from backoffice_einvoicing.en16931.parties import Address, Buyer, Seller
from backoffice_einvoicing.en16931.terms import EInvoice, Item, Line, Price
from hypothesis import settings
from lxml import etree

from backoffice.core.api import Company
from backoffice.core.testing.offices import desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
thorough = bool(os.environ.get("BACKOFFICE_THOROUGH"))
settings.register_profile("einvoicing", derandomize=True, deadline=None, max_examples=1000 if thorough else 12)
settings.load_profile("einvoicing")

D = Decimal
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "einvoice_en16931"


ON_BOTH = {"test_kept"}
"""Modules whose tests run on PostgreSQL as well; in the others the kind of database has no part."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where it makes no difference, before the fixture asks for both."""
    if "offices" in metafunc.fixturenames and Path(metafunc.module.__file__).stem not in ON_BOTH:
        metafunc.definition.add_marker(pytest.mark.parametrize("offices", ["sqlite"], indirect=True))


def _plain(**values):
    """Return a small invoice over 100.00 at 15 %; ``values`` replace what it says."""
    line = Line("1", D(2), "C62", D("100.00"), Item("Tea", category="S", rate=D(15)), Price(D("50.00")))
    lines = values.pop("lines", (line,))
    breakdowns = values.pop("breakdowns", breakdowns_of(lines))
    said = {
        "number": "INV/2026/00001",
        "issue_date": date(2026, 11, 23),
        "type_code": "380",
        "currency": "SAR",
        "specification": NORM,
        "due_date": date(2026, 12, 23),
        "seller": Seller("Harbour Tea", vat_id="SA300000000000003", address=Address(city="Jeddah", country="SA")),
        "buyer": Buyer("Acme", vat_id="SA310000000000003", address=Address(city="Riyadh", country="SA")),
        "lines": lines,
        "breakdowns": breakdowns,
        "totals": totals_of(lines, breakdowns),
    }
    return EInvoice(**{**said, **values})


@pytest.fixture(scope="session")
def plain():
    """Give what makes a small invoice."""
    return _plain


@pytest.fixture(scope="session")
def official():
    """Give what judges a document by the official rules: the rules it breaks, warnings left out."""
    saxonche = pytest.importorskip("saxonche")
    if not DATA.is_dir():
        pytest.skip("the official rules are not beside this checkout")
    processor = saxonche.PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    rules = {
        syntax: compiler.compile_stylesheet(
            stylesheet_file=str(DATA / syntax / "xslt" / f"EN16931-{syntax.upper()}-validation.xslt")
        )
        for syntax in ("ubl", "cii")
    }

    def judge(data, syntax):
        said = rules[syntax].transform_to_string(xdm_node=processor.parse_xml(xml_text=data.decode()))
        failed = etree.fromstring(said.encode()).iterfind(".//{http://purl.oclc.org/dsdl/svrl}failed-assert")
        return [one.get("id") for one in failed if one.get("flag") != "warning"]

    return judge


@pytest.fixture(scope="session")
def schema():
    """Give what judges a document by the schema of UBL 2.1: what is wrong with it."""
    folder = DATA / "xsd-ubl-2.1" / "maindoc"
    if not folder.is_dir():
        pytest.skip("the schemas are not beside this checkout")
    known = {name: etree.XMLSchema(etree.parse(folder / f"UBL-{name}-2.1.xsd")) for name in ("Invoice", "CreditNote")}

    def judge(data):
        root = etree.fromstring(data)
        found = known[etree.QName(root).localname]
        return [] if found.validate(root) else [str(error) for error in found.error_log]

    return judge


PLUGINS = ["parties", "taxes", "accounting", "einvoicing"]
SETTINGS = {
    "at_posting": True,
    "street": "King Road",
    "city": "Riyadh",
    "postcode": "12211",
    "iban": "SA0380000000608010167519",
}


def riyadh(office):
    """Make the books of a company in Riyadh that issues electronic invoices."""
    desk = desk_of(office)

    def move(session):
        company = session.scalars(sa.select(Company)).one()
        company.country, company.currency, company.tax_id = "SA", "SAR", "300000000000003"

    desk.run(move)
    desk.execute("taxes.install_country", country="SA")
    for code, name, type_, subtype in (
        ("1100", "Customers", "asset", "receivable"),
        ("2100", "Suppliers", "liability", "payable"),
        ("2200", "Taxes", "liability", "tax"),
        ("4000", "Sales", "income", "revenue"),
        ("6000", "Goods", "expense", "operating_expense"),
    ):
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
    for code, kind in (("SAL", "sale"), ("PUR", "purchase")):
        desk.execute("accounting.journal.create", code=code, name=code, kind=kind)
    desk.execute("accounting.open_year", start="2026-01-01")
    desk.execute(
        "parties.party.create", code="acme", name="Acme", customer=True, country="SA", tax_id="310000000000003",
        addresses=[{"kind": "main", "street": "Tahlia", "city": "Riyadh", "country": "SA"}],
    )  # fmt: skip
    desk.execute(
        "parties.party.create", code="leaf", name="Leaf Ltd", supplier=True, country="SA", tax_id="SA 3200.0000.0000003"
    )
    for name, value in SETTINGS.items():
        desk.execute("core.set_setting", plugin="einvoicing", name=name, value=value)


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=PLUGINS, prepare=riyadh))


@pytest.fixture
def sent(plain):
    """An invoice of the supplier Leaf to our company."""
    invoice = plain(number="L-17", currency="SAR")
    return replace(invoice, seller=replace(invoice.seller, name="Leaf Ltd", vat_id="SA320000000000003"))
