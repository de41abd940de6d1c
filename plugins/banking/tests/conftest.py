"""Books with a bank account, customers and open invoices; one office for a module where databases do not differ."""

from base64 import b64encode
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.api import Entry, Line
from hypothesis import settings

from backoffice.core.testing.offices import Offices, desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("banking", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("banking")

ONLY = ["parties", "taxes", "accounting", "banking"]
ACCOUNTS = {
    "1100": ("Customers", "asset", "receivable"),
    "1200": ("Bank", "asset", "bank"),
    "1210": ("Savings", "asset", "current_asset"),
    "2100": ("Suppliers", "liability", "payable"),
    "4000": ("Sales", "income", "revenue"),
    "6000": ("Rent", "expense", "operating_expense"),
    "6100": ("Charges", "expense", "operating_expense"),
    "6200": ("Differences", "expense", "other_expense"),
}
PURPOSES = {"bank": "1200", "bank_charges": "6100", "rounding": "6200", "receivable": "1100", "revenue": "4000"}


def fill(office):
    """Make chart, journals, the year, two bank accounts and two customers."""
    desk = desk_of(office)
    for code, (name, type_, subtype) in ACCOUNTS.items():
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
    for code, name, kind in (("GEN", "General", "general"), ("SAL", "Sales", "sale"), ("BNK", "Bank", "bank")):
        desk.execute("accounting.journal.create", code=code, name=name, kind=kind)
    desk.execute("accounting.open_year", start="2026-01-01")
    for purpose, code in PURPOSES.items():
        desk.execute("core.set_setting", plugin="accounting", name=f"{purpose}_account", value=code,
                     organization_wide=False)  # fmt: skip
    for code, name, number, account in (
        ("MAIN", "Main account", "GB82WEST12345698765432", "1200"),
        ("SAVE", "Savings", "GB33BUKB20201555555555", "1210"),
    ):
        desk.execute("banking.account.create", code=code, name=name, number=number, journal="BNK", account=account,
                     tolerance="0.05", automatic=False)  # fmt: skip
    desk.execute("parties.party.create", name="Aster Trading", customer=True,
                 bank_accounts=[{"number": "DE89370400440532013000"}])  # fmt: skip
    desk.execute("parties.party.create", name="شركة النور للتجارة", customer=True)


class Bank:
    """A bank with its books, and short ways to write in both."""

    def __init__(self, office):
        self.office = office
        self.desk = desk_of(office)
        self.day = 0

    def do(self, action, /, **values):
        return self.desk.execute(f"banking.{action}", values)

    def get(self, resource, id_or_key):
        return self.desk.get(f"banking.{resource}", id_or_key)

    def invoice(self, amount, party="Aster Trading", date="2026-01-05"):
        """Issue an invoice and return its id and number."""
        made = self.desk.execute("accounting.issue_invoice", party=self.party(party), date=date,
                                 lines=[{"description": "Goods", "unit_price": amount}])  # fmt: skip
        return made["id"], made["number"]

    def party(self, name):
        from backoffice_parties.models import Party

        with self.desk.reading() as session:
            return session.scalars(sa.select(Party.id).where(Party.name == name)).one()

    def statement(self, *lines, account="MAIN", **values):
        """Take in CSV lines (date, amount, text, name, account, reference) and return their ids."""
        rows = ["date,amount,text,name,iban,ref", *(",".join(map(str, line)) for line in lines)]
        return self.take("\n".join(rows), account=account, mapping=self.mapping(), **values)

    def mapping(self):
        from backoffice_banking.models import CsvFormat

        with self.desk.reading() as session:
            found = session.scalars(sa.select(CsvFormat.id)).first()
        return found or self.do("mapping.create", code="CSV", name="CSV", date="date", amount="amount",
                                description="text", party_name="name", party_account="iban", reference="ref",
                                date_format="%Y-%m-%d")["id"]  # fmt: skip

    def take(self, content, **values):
        data = content if isinstance(content, bytes) else content.encode()
        answer = self.do("import_statement", content=b64encode(data).decode(),
                         **{name: value for name, value in values.items() if value is not None})  # fmt: skip
        from backoffice_banking.models import Line as BankLine

        with self.desk.reading() as session:
            ids = [one["id"] for one in answer["statements"]]
            asked = sa.select(BankLine.id).where(BankLine.statement_id.in_(ids)).order_by(BankLine.id)
            return list(session.scalars(asked))

    def proposals(self, line):
        return self.do("propose", id=line)["proposals"]

    def entries(self, code):
        """Return the amounts on an account of the books, in the order they were posted."""
        from backoffice_accounting.api import Account

        with self.desk.reading() as session:
            asked = (
                sa.select(Line.amount)
                .join(Entry, Entry.id == Line.entry_id)
                .join(Account, Account.id == Line.account_id)
                .where(Account.code == code, Entry.state == "posted")
                .order_by(Line.id)
            )
            return list(session.scalars(asked))

    def balance(self, code):
        return sum(self.entries(code), Decimal(0))


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory):
    """One office on SQLite for all tests of a module; each has invoices and lines of its own."""
    folder = tmp_path_factory.mktemp("banking") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=ONLY, prepare=fill)
    yield office
    office.close()


@pytest.fixture
def bank(shared_office):
    return Bank(shared_office)


@pytest.fixture
def bank_on_both(offices):
    return Bank(offices.make(only=ONLY, prepare=fill))
