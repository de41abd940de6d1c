"""A company in Riyadh with books, a unit registered with a stand-in for the platform, and a customer of each kind."""

import runpy
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from backoffice.core.api import Company
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.work import work_off

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("zatca", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("zatca")

TOOLS = Path(__file__).parent / "tools"
PLUGINS = ["parties", "taxes", "accounting", "einvoicing", "zatca"]
UNIT = {
    "code": "main",
    "name": "Head office",
    "serial": "1-Backoffice|2-0.1|3-0001",
    "branch_name": "Riyadh",
    "location": "RRRD2929",
    "industry": "Trade",
}
SETTINGS = {
    "at_posting": True,
    "authority": "zatca",
    "building": "1234",
    "street": "King Fahd Road",
    "district": "Olaya",
    "city": "Riyadh",
    "postcode": "12211",
    "registration_scheme": "CRN",
}


ON_BOTH = {"test_chain"}
"""Modules whose tests run on PostgreSQL as well; in the others the kind of database has no part."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where it makes no difference, before the fixture asks for both."""
    if "offices" in metafunc.fixturenames and Path(metafunc.module.__file__).stem not in ON_BOTH:
        metafunc.definition.add_marker(pytest.mark.parametrize("offices", ["sqlite"], indirect=True))


def riyadh(office):
    """Make the books of a company in Riyadh that issues electronic invoices."""
    desk = desk_of(office)

    def move(session):
        company = session.scalars(sa.select(Company)).one()
        company.country, company.currency, company.tax_id = "SA", "SAR", "300000000000003"
        company.registration, company.zone = "1010010000", "Asia/Riyadh"

    desk.run(move)
    desk.execute("taxes.install_country", country="SA")
    for code, name, type_, subtype in (
        ("1100", "Customers", "asset", "receivable"),
        ("1200", "Bank", "asset", "bank"),
        ("2200", "Taxes", "liability", "tax"),
        ("4000", "Sales", "income", "revenue"),
    ):
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
    desk.execute("accounting.journal.create", code="SAL", name="Sales", kind="sale")
    desk.execute("accounting.open_year", start="2026-01-01")
    place = {"building": "4321", "street": "Tahlia", "district": "Sulaimaniyah", "city": "Riyadh", "postcode": "12345"}
    desk.execute(
        "parties.party.create", code="acme", name="Acme", customer=True, country="SA", tax_id="310000000000003",
        addresses=[{"kind": "main", "country": "SA", **place}],
    )  # fmt: skip
    desk.execute("parties.party.create", code="noura", name="Noura", kind="person", customer=True, country="SA")
    for name, value in SETTINGS.items():
        desk.execute("core.set_setting", plugin="einvoicing", name=name, value=value)


@pytest.fixture(scope="session")
def authority():
    """Give the stand-in for the platform, served on this machine."""
    with runpy.run_path(str(TOOLS / "authority.py"))["Served"]() as served:
        yield served


@pytest.fixture
def desk(offices, authority):
    """Give a desk of the company, whose unit is registered."""
    office = offices.make(only=PLUGINS, prepare=riyadh)
    made = desk_of(office)
    unit = made.execute("zatca.unit.create", **UNIT, address=authority.address)
    made.execute("zatca.register", id=unit["id"], otp="123456")
    work_off(office)
    authority.platform.taken.clear()
    return made
