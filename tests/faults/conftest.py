"""Books for faults: a company with a closed January, open months after it, and the processes that post into them.

The short set runs with the other tests. ``make faults`` runs the long one; each number has a knob in the environment.
"""

import os
import random
import sys
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from backoffice.core.clock import SystemClock
from backoffice.core.testing.offices import Offices, desk_of

from .harness import Hands, Keys, hands_of, install_ripple
from .invariants import before, broken
from .operations import ACCOUNTS, CLOSED, JOURNALS

LONG = os.environ.get("BACKOFFICE_FAULTS", "") == "long"

TYPES = {
    "1100": ("asset", "receivable"),
    "1200": ("asset", "bank"),
    "1210": ("asset", "cash"),
    "2100": ("liability", "payable"),
    "4000": ("income", "revenue"),
    "6000": ("expense", "operating_expense"),
}
KINDS = {"GEN": "general", "SAL": "sale", "BNK": "bank"}


def many(name: str, short: int, long: int) -> int:
    """Return how often: ``BACKOFFICE_FAULTS_<NAME>`` says, else the short or the long set does."""
    return int(os.environ.get(f"BACKOFFICE_FAULTS_{name.upper()}", long if LONG else short))


def fill(office):
    """Make the books, post something in January and close it."""
    desk = desk_of(office)

    def do(action, /, **values):
        return desk.execute(action, values)

    for code in ACCOUNTS:
        kind, subtype = TYPES[code]
        do("accounting.account.create", code=code, name=f"Account {code}", type=kind, subtype=subtype)
    for code in JOURNALS:
        do("accounting.journal.create", code=code, name=code, kind=KINDS[code])
    do("accounting.open_year", start="2026-01-01")
    do("parties.party.create", code="buyer", name="Buyer", customer=True)
    for amount in ("10", "20", "30"):
        lines = [{"account": "1200", "amount": amount}, {"account": "4000", "amount": f"-{amount}"}]
        do("accounting.post_entry", date=CLOSED, journal="GEN", lines=lines)
    do("accounting.close_period", id=desk.get("accounting.period", "2026-01").id)


class World:
    """An office under fire: its processes, and what must be true of it in the end."""

    def __init__(self, office, hands: Hands) -> None:
        self.office = office
        self.hands = hands
        self.keys = Keys()
        self.chance = random.Random(int(os.environ.get("BACKOFFICE_FAULTS_SEED", "20260115")))
        self._before = before(office)

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.office.database.dialect

    @property
    def desk(self):
        """A desk in this process."""
        return desk_of(self.office)

    def halves(self, session) -> list[str]:
        """Return what a reader sees that is there by half: lines and balances that do not sum up to nothing."""
        from backoffice_accounting.models import Balance, Entry, Line

        lines = session.scalar(sa.select(sa.func.sum(Line.amount)))
        sides = session.execute(sa.select(sa.func.sum(Balance.debit), sa.func.sum(Balance.credit))).one()
        totals = session.scalar(sa.select(sa.func.sum(Entry.total)))
        drafts = session.scalar(sa.select(sa.func.count(Entry.id)).where(Entry.state == "draft"))
        return [] if (lines, sides[0], sides[1], drafts) == (0, totals, totals, 0) else [f"{lines} {sides} {totals}"]

    def broken(self, **how):
        """Return every invariant that does not hold, with what the processes complained of where one does not."""
        found = broken(self.office, self.hands.promises(), self._before, **how)
        return found and [*found[:20], f"{len(found)} in all", self.hands.errors()[-2000:]]

    def delivered(self) -> bool:
        """Tell whether the worker has handed over everything and done every job."""
        from backoffice.core.events.models import Delivery, JobRow

        with self.office.database.looking() as session:
            waiting = session.query(Delivery).filter(Delivery.state != "done").count()
            return not waiting and not session.query(JobRow).filter(JobRow.state != "done").count()


@pytest.fixture(scope="session")
def ripple(tmp_path_factory):
    """The plugin that hears of every entry, importable here and in other processes."""
    paths = install_ripple(tmp_path_factory.mktemp("ripple"))
    sys.path[:0] = paths
    yield paths
    for path in paths:
        sys.path.remove(path)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request, ripple, tmp_path_factory):
    """An office under fire, one for all tests of a module: what one test does, the next one's checks see as well."""
    server = request.getfixturevalue("postgresql_server") if request.param == "postgresql" else None
    folder = tmp_path_factory.mktemp("world") / "office"
    folder.mkdir()
    with world_of(Offices(request.param, folder, server), folder, ripple) as made:
        yield made


@contextmanager
def world_of(offices, journals, ripple):
    """Give an office under fire on a database of ``offices``."""
    office = offices.make(only=["parties", "taxes", "accounting", "ripple"], prepare=fill, clock=SystemClock())
    try:
        with hands_of(office.configuration.database, office.configuration.folder, journals, ripple) as hands:
            yield World(office, hands)
    finally:
        office.close()
