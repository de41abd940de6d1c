"""One office for all these tests, with a company for each book, and the real books that lie beside the checkout."""

import csv
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.books.book import Choices
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.loading import Order, load
from backoffice_accounting.books.planning import AccountChoices, Chart
from backoffice_accounting.models import Entry, Line

from backoffice.core.testing.offices import Offices, desk_of


@pytest.fixture(scope="session")
def shared():
    """The folder of real books, which lies beside the checkout."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "data"
        if (found / "journals_ledger_tests").is_dir():
            return found
    pytest.skip("the real books are not here")


class Office:
    """An office in which every book gets a company of its own."""

    def __init__(self, office):
        self.office = office
        self.admin = desk_of(office)
        self.count = 0

    def company(self, currency="USD"):
        self.count += 1
        made = self.admin.execute(
            "core.company.create", code=f"c{self.count}", name=f"Company {self.count}", currency=currency
        )
        return desk_of(self.office).at_company(made["id"])


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """An office on SQLite for all these tests."""
    folder = tmp_path_factory.mktemp("books") / "office"
    folder.mkdir()
    made = Offices("sqlite", folder).make(only=["parties", "taxes", "accounting"])
    yield Office(made)
    made.close()


def order(*, other="asset", symbols=None, values=None, open_years=True, types=None, **choices):
    """Return an order with what tests mostly say."""
    values = {name: Decimal(value) for name, value in (values or {}).items()}
    return Order(
        Choices(**choices), symbols or {}, values, AccountChoices(other=other, types=types or {}), open_years=open_years
    )


def import_(desk, source, wanted=None, name="book.journal"):
    """Import a path, or the text of a journal."""
    files = Files.at(source) if isinstance(source, Path) else Files(name, source.encode())
    done = load(desk, files, wanted or order())
    assert not done.errors, [(str(one.place), one.what, one.why) for one in done.errors]
    return done


def held(desk, books=None):
    """Return what every account holds: account → commodity → quantity; the books' currency for the rest."""
    with desk.reading(fresh=True) as session:
        paths = Chart(session).paths
        found = defaultdict(lambda: defaultdict(Decimal))
        rows = session.execute(
            sa.select(Line.account_id, Line.amount, Line.currency, Line.amount_currency, Line.commodity, Line.quantity)
            .join(Entry, Entry.id == Line.entry_id)
            .where(Entry.state == "posted", Entry.company_id == desk.context.company_id)
        )
        for account, amount, currency, foreign, commodity, quantity in rows:
            kind = commodity or currency or "books"
            found[paths[account]][kind] += quantity if commodity else foreign if currency else amount
    return _plain(found)


def worth(desk):
    """Return what every account is worth in the books."""
    with desk.reading(fresh=True) as session:
        paths = Chart(session).paths
        rows = session.execute(
            sa.select(Line.account_id, Line.amount)
            .join(Entry, Entry.id == Line.entry_id)
            .where(Entry.state == "posted", Entry.company_id == desk.context.company_id)
        )
        found = defaultdict(Decimal)
        for account, amount in rows:
            found[paths[account]] += amount
    return {account: value for account, value in found.items() if value}


def _plain(found):
    plain = {account: {k: v for k, v in kinds.items() if v} for account, kinds in found.items()}
    return {account: kinds for account, kinds in plain.items() if kinds}


def reference(path, column="balance_usd"):
    """Return a trial balance of one currency."""
    with path.open(encoding="utf-8") as file:
        rows = {row["account"]: Decimal(re.sub(r"[^\d.-]", "", row[column]) or 0) for row in csv.DictReader(file)}
    return {account: value for account, value in rows.items() if value}


_HELD = re.compile(r'"?(?P<left>[^\d"-][^"]*?)??"?\s*(?P<number>-?[\d,.]+)\s*"?(?P<right>[^"\d]*?)"?')


def reference_of_ledger(path, names):
    """Return a trial balance of ledger, in which an account holds several things, bought at several prices."""
    text = path.read_text("utf-8").split("\n", 1)[1]
    found = defaultdict(lambda: defaultdict(Decimal))
    for account, said in re.findall(r'^"([^"\n]+)","(.*?)"$(?=\n"|\n*\Z)', text, re.MULTILINE | re.DOTALL):
        for line in said.split("\n"):
            plain = re.sub(r"\{.*", "", line).strip()
            if plain and plain != "0":
                parts = re.fullmatch(r'(?:"?([^\d"-][^"]*?|[^"]+?(?="))"?\s*)?(-?[\d,.]+)\s*"?([^"\d]*?)"?', plain)
                kind = (parts[1] or parts[3] or "").strip()
                found[account][names.get(kind, kind)] += Decimal(parts[2].replace(",", ""))
    return _plain(found)
