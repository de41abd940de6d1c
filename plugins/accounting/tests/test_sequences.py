"""Long random days: whatever is issued, paid, settled, valued, undone, closed and opened, the books stay right.

A few days by default; BACKOFFICE_THOROUGH=1 takes BACKOFFICE_SEQUENCES of them, on both databases.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Entry, Invoice, Line, OpenItem, Payment, Period, Settlement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.core.api import BackofficeError

D = Decimal
THOROUGH = bool(os.environ.get("BACKOFFICE_THOROUGH"))
EXAMPLES = int(os.environ.get("BACKOFFICE_SEQUENCES", "40"))
CURRENCIES = {"GBP": None, "EUR": D("0.85"), "KWD": D("2.5")}
STEPS = (
    "post", "reverse", "issue", "bill", "pay", "part", "advance", "credit", "settle", "undo", "cancel", "revalue",
    "close", "reopen",
)  # fmt: skip

steps = st.lists(
    st.tuples(
        st.sampled_from(STEPS), st.integers(0, 10**4), st.sampled_from(sorted(CURRENCIES)), st.integers(0, 80)
    ),
    min_size=6,
    max_size=60 if THOROUGH else 14,
)  # fmt: skip


class Days:
    """Random things done in one set of books; what the rules refuse is left out."""

    def __init__(self, books):
        self.books = books
        self.party = books.party(supplier=True)
        self.valued = count()

    def do(self, step, number, code, day):
        on = date(2026, 1, 10) + timedelta(days=day)
        closed = {} if step == "reopen" else shut(self.books)
        try:
            getattr(self, f"_{step}")(number, code, on)
        except BackofficeError:
            pass  # the rules refuse much of what comes by chance
        after = shut(self.books)
        assert {id_: after.get(id_) for id_ in closed} == closed, "a closed period changed"

    def _some(self, model, number, *where):
        with self.books.desk.reading() as session:
            ids = session.scalars(sa.select(model.id).where(*where).order_by(model.id)).all()
        return ids[number % len(ids)] if ids else None

    def _post(self, number, code, on):
        rate = CURRENCIES[code]
        amount = D(number + 1).scaleb(-2)
        books = (amount * (rate or 1)).quantize(D("0.01"))
        more = {"currency": code, "amount_currency": str(amount)} if rate else {}
        lines = [{"account": "1200", "amount": str(books), **more}, {"account": "4000", "amount": str(-books)}]
        self.books.do("post_entry", date=on, journal="GEN", lines=lines)

    def _reverse(self, number, code, on):
        self.books.do("reverse_entry", id=self._some(Entry, number, Entry.state == "posted"), date=on, reason="wrong")

    def _issue(self, number, code, on, kind="invoice"):
        rate = CURRENCIES[code]
        lines = [{"unit_price": str(D(number + 1).scaleb(-2)), "quantity": "3"}]
        more = {"currency": code, "rate": str(rate + D(number % 7) / 100)} if rate else {}
        self.books.do("issue_invoice", kind=kind, party=self.party, date=on, lines=lines, **more)

    def _bill(self, number, code, on):
        self._issue(number, code, on, kind="bill")

    def _pay(self, number, code, on, amount=None):
        id_ = self._some(Invoice, number, Invoice.state == "posted")
        if id_ is not None:
            rate = str((CURRENCIES[self.books.get("invoice", id_).currency] or D(1)) + D(number % 11) / 100)
            self.books.do("record_payment", id=id_, date=on, amount=amount, rate=rate if rate != "1" else None)

    def _part(self, number, code, on):
        self._pay(number, code, on, amount=str(D(number % 900 + 1).scaleb(-2)))

    def _advance(self, number, code, on):
        rate = CURRENCIES[code]
        more = {"currency": code, "rate": str(rate)} if rate else {}
        self.books.do("record_money", party=self.party, date=on, amount=str(number + 1), oldest=number % 2 == 0, **more)

    def _credit(self, number, code, on):
        id_ = self._some(Invoice, number, Invoice.state != "draft", Invoice.kind.in_(("invoice", "bill")))
        lines = [{"line": 1, "quantity": "1"}] if number % 2 else []
        self.books.do("credit_invoice", id=id_, date=on, lines=lines)

    def _settle(self, number, code, on):
        self.books.do("settle_party", party=self.party, date=on)

    def _undo(self, number, code, on):
        id_ = self._some(Settlement, number, Settlement.state == "done")
        self.books.do("undo_settlement", id=id_, reason="wrong")

    def _cancel(self, number, code, on):
        self.books.do("cancel_payment", id=self._some(Payment, number, Payment.state == "posted"), reason="wrong")

    def _revalue(self, number, code, on):
        for base, rate in CURRENCIES.items():
            if rate:
                values = {"base": base, "currency": "GBP", "date": on, "rate": str(rate + D(number % 9) / 50)}
                self.books.desk.execute("core.exchange_rate.create", values)
        self.books.do("revalue", date=on)

    def _close(self, number, code, on):
        self.books.do("close_period", id=self._some(Period, 0, Period.start_date == on.replace(day=1)))

    def _reopen(self, number, code, on):
        self.books.do("reopen_period", id=self._some(Period, number, Period.state == "closed"), reason="late")


def shut(books):
    """Return what stands in each closed period: every line of its entries."""
    with books.desk.reading() as session:
        rows = session.execute(
            sa.select(Entry.period_id, Entry.number, Line.account_id, Line.amount, Line.amount_currency)
            .join(Period, Period.id == Entry.period_id)
            .join(Line, Line.entry_id == Entry.id)
            .where(Period.state == "closed", Entry.state == "posted")
            .order_by(Line.id)
        )
        found = {}
        for period, *line in rows:
            found.setdefault(period, []).append(tuple(line))
        return found


def unbalanced(session):
    """Return entries whose lines do not add up, in the books, or in a currency all of their lines are in."""
    lines = session.execute(sa.select(Line.entry_id, Line.amount, Line.currency, Line.amount_currency)).all()
    sums, kinds, foreign = {}, {}, {}
    for entry, amount, code, other in lines:
        sums[entry] = sums.get(entry, 0) + amount
        kinds.setdefault(entry, set()).add(code)
        foreign[entry] = foreign.get(entry, 0) + (other or 0)
    alone = {entry for entry, codes in kinds.items() if len(codes) == 1 and None not in codes}
    return [id_ for id_ in sums if sums[id_] or (id_ in alone and foreign[id_])]


def wrong(books):
    """Return what is not as it should be."""
    found = [one["what"] for one in books.do("verify_items")["differences"]]
    for until in ("2026-01-31", "2026-02-28"):
        found += [f"{until} {one['what']}" for one in books.do("verify_items", until=until)["differences"]]
    if not books.right():
        found.append("balances")
    with books.desk.reading() as session:
        if session.scalar(sa.select(sa.func.sum(Line.amount))):
            found.append("books do not sum to zero")
        found += [f"entry {id_} does not balance" for id_ in unbalanced(session)]
        for series in (Entry, Invoice):
            numbers = session.scalars(sa.select(series.number).where(series.number.is_not(None))).all()
            runs = {}
            for number in numbers:
                head, _slash, last = number.rpartition("/")
                runs.setdefault(head, []).append(int(last))
            found += [head for head, run in runs.items() if sorted(run) != list(range(1, len(run) + 1))]
        odd = session.scalars(sa.select(OpenItem.id).where(OpenItem.open_amount * OpenItem.amount < 0)).all()
        found += [f"item {id_} is open on the other side" for id_ in odd]
    return found


@pytest.fixture(params=["sqlite", "postgresql"] if THOROUGH else ["sqlite"])
def offices(request, offices):
    """The kinds of databases the random days happen in; PostgreSQL in thorough runs alone."""
    return offices


@settings(
    max_examples=EXAMPLES if THOROUGH else 3, deadline=None, derandomize=not THOROUGH,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps)
def test_random_days_leave_the_books_right(offices, plan):
    from backoffice.core.testing.offices import desk_of

    from .conftest import Books, fill

    office = offices.make(only=["parties", "taxes", "accounting"], prepare=fill)
    try:
        books = Books(desk_of(office))
        books.set("exchange_gain_account", "4800")
        books.set("exchange_loss_account", "6800")
        days = Days(books)
        for step in plan:
            days.do(*step)
        assert wrong(books) == []
    finally:
        office.close()
