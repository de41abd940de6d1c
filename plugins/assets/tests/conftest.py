"""One office for each module: amounts and schedules do not differ between databases; what may is tested on both."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_assets.models import Asset, Category, Deferral
from hypothesis import settings

from backoffice.core.events.models import EventRow
from backoffice.core.testing.offices import Offices, desk_of

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("assets", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("assets")


AMOUNTS = {"total", "amount", "gain", "book_value", "depreciated", "recognised"}


class Assets:
    """The assets of the company ``main``, and short ways to write them."""

    def __init__(self, office):
        self.desk = desk_of(office)
        with self.desk.reading() as session:
            self.before = session.scalar(sa.select(sa.func.max(EventRow.id))) or 0
            self.categories = session.scalar(sa.select(sa.func.count(Category.id)))

    def do(self, action, /, **values):
        """Execute an action; amounts come back as decimals."""
        answer = self.desk.execute(f"assets.{action}", values)
        return {name: Decimal(told) if name in AMOUNTS else told for name, told in answer.items()}

    def category(self, **values):
        self.categories += 1
        code = f"C{self.categories:03}"
        self.do("category.create", code=code, name=code, **values)
        return code

    def asset(self, cost, *, start=True, category=None, acquired_on="2026-01-01", **values):
        terms = {} if category else {"convention": "days"}
        made = self.do(
            "asset.create",
            name=values.pop("name", "Machine"),
            category=category or self.category(**terms),
            acquired_on=acquired_on,
            cost=cost,
            **values,
        )["id"]
        if start:
            self.do("start", id=made)
        return made

    def get(self, resource, id_):
        return self.desk.get(f"assets.{resource}", id_)

    def schedule(self, id_, resource="asset"):
        model = {"asset": Asset, "deferral": Deferral}[resource]
        with self.desk.reading() as session:
            lines = sorted(session.get(model, id_).lines, key=lambda line: line.date)
            return [[line.date.isoformat(), line.amount, line.accumulated] for line in lines]

    def asked(self, purpose=None):
        """Return what was asked for in the books, each a dictionary of purposes with their amounts."""
        with self.desk.reading() as session:
            found = session.scalars(
                sa.select(EventRow)
                .where(EventRow.name == "core.posting_requested", EventRow.id > self.before)
                .order_by(EventRow.id)
            ).all()
            return [
                {one["purpose"]: Decimal(one["amount"]) for one in event.facts["amounts"]}
                for event in found
                if purpose is None or event.facts["purpose"] == purpose
            ]


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory):
    """One office on SQLite for all tests of a module; each makes assets of its own."""
    folder = tmp_path_factory.mktemp("assets") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=["assets"])
    yield office
    office.close()


@pytest.fixture
def assets(shared_office):
    return Assets(shared_office)


@pytest.fixture
def assets_on_both(offices):
    return Assets(offices.make(only=["assets"]))
