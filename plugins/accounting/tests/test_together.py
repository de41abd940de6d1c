"""Several at once: two who post, one who closes, one who adds a line; and long random days in the books."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Account, Balance, Entry, Invoice, Line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.core.api import BackofficeError
from backoffice.core.testing.offices import desk_of


def at_once(books, *work):
    """Run functions in threads, each at a desk of its own; return what each gave or raised."""
    found = [None] * len(work)
    start = threading.Barrier(len(work))

    def run(n, do):
        start.wait()
        try:
            found[n] = do(replace(books, desk=desk_of(books.desk.office)))
        except BackofficeError as error:
            found[n] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_numbers_have_no_gap_when_several_post(books):
    def post(books):
        return [books.post(("1200", "5"), ("4000", "-5"))["number"] for _ in range(5)]

    found = sorted(number for numbers in at_once(books, post, post, post) for number in numbers)
    assert found == [f"GEN/2026/{n:05}" for n in range(1, 16)]
    assert books.right()


@pytest.mark.parametrize("attempt", range(3))
def test_nothing_slips_into_a_period_while_it_is_closed(books, attempt):
    period = books.period("2026-01").id
    posted, closed = at_once(
        books,
        lambda one: one.post(("1200", "5"), ("4000", "-5")),
        lambda other: other.do("close_period", id=period),
    )
    assert closed["state"] == "closed"
    count = books.report("journal", until="2026-01-31").rows
    assert bool(count) == isinstance(posted, dict)
    assert books.right()


@pytest.mark.parametrize("offices", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_line_added_while_an_entry_is_posted_cannot_unbalance_it(books, sql):
    """Two plain connections: one posts a draft, the other adds a line to it before either commits."""
    draft = books.draft(("1200", "5.00"), ("4000", "-5.00"))["id"]
    sql(f"UPDATE accounting_entry SET period_id = {books.period('2026-01').id} WHERE id = {draft}")
    import psycopg

    address = books.desk.office.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    outcome = []

    def post():
        with psycopg.connect(address) as other:
            try:
                other.execute(f"UPDATE accounting_entry SET state = 'posted', number = 'X' WHERE id = {draft}")
            except psycopg.Error as error:
                outcome.append(str(error))

    with psycopg.connect(address) as first:
        first.execute(
            "INSERT INTO accounting_line (organization_id, entry_id, date, account_id, amount)"
            f" VALUES (1, {draft}, '2026-01-15', {books.accounts['1200']}, 1)"
        )
        thread = threading.Thread(target=post)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "posting waits for whoever is writing lines"
    thread.join(10)
    assert "Debit and credit" in outcome[0]


@pytest.mark.parametrize("offices", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_posting_needs_to_read_what_is_committed(books, sql):
    draft = books.draft(("1200", "5.00"), ("4000", "-5.00"))["id"]
    sql(f"UPDATE accounting_entry SET period_id = {books.period('2026-01').id} WHERE id = {draft}")
    sql("BEGIN ISOLATION LEVEL REPEATABLE READ")
    said = sql.refusal(f"UPDATE accounting_entry SET state = 'posted', number = 'X' WHERE id = {draft}")
    sql("ROLLBACK")
    assert "read what is committed" in said


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["post", "draft", "reverse", "invoice", "credit", "pay", "cancel", "close", "reopen"]),
        st.integers(1, 10**5),
        st.integers(1, 3),
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_people_do_the_books_hold(books, steps):
    day = _Day(books)
    for verb, amount, month in steps:
        try:
            getattr(day, verb)(Decimal(amount).scaleb(-2), f"2026-{month:02}")
        except BackofficeError:
            continue  # a rule forbade it, which is the point
    day.check()


class _Day:
    """Does things in the books and checks what must hold afterwards."""

    def __init__(self, books):
        self.books = books
        self.party = books.party()

    def post(self, amount, month):
        self.books.post(("1200", str(amount)), ("4000", str(-amount)), date=f"{month}-10")

    def draft(self, amount, month):
        draft = self.books.draft(("6000", str(amount)), ("1200", str(-amount)), date=f"{month}-11")
        self.books.do("post_draft", id=draft["id"])

    def reverse(self, amount, month):
        self.books.do("reverse_entry", id=self._some(Entry, amount), reason="wrong")

    def invoice(self, amount, month):
        line = {"quantity": "3", "unit_price": str(amount)}
        self.books.do("issue_invoice", party=self.party, date=f"{month}-12", lines=[line])

    def credit(self, amount, month):
        self.books.do("credit_invoice", id=self._some(Invoice, amount), date=f"{month}-13")

    def pay(self, amount, month):
        self.books.do("record_payment", id=self._some(Invoice, amount), date=f"{month}-14", amount=str(amount))

    def cancel(self, amount, month):
        payments = self.books.desk.list("accounting.payment").records
        if payments:
            self.books.do("cancel_payment", id=payments[int(amount) % len(payments)].id, reason="wrong")

    def close(self, amount, month):
        self.books.do("close_period", id=self.books.period(month).id)

    def reopen(self, amount, month):
        self.books.do("reopen_period", id=self.books.period(month).id, reason="again")

    def _some(self, model, amount):
        with self.books.desk.reading() as session:
            ids = session.scalars(sa.select(model.id).order_by(model.id)).all()
        return ids[int(amount) % len(ids)] if ids else 0

    def check(self):
        assert self.books.right()
        with self.books.desk.reading() as session:
            assert not session.scalar(sa.select(sa.func.sum(Line.amount)))
            assert not session.scalar(sa.select(sa.func.sum(Balance.debit) - sa.func.sum(Balance.credit)))
            numbers = session.scalars(
                sa.select(Entry.number).where(Entry.number.like("GEN/%")).order_by(Entry.number)
            ).all()
            assert numbers == [f"GEN/2026/{n:05}" for n in range(1, len(numbers) + 1)]
            self._sub_ledger(session)

    def _sub_ledger(self, session):
        """What invoices say is open is what the customers' account holds."""
        parts = session.execute(sa.select(Invoice.kind, Invoice.open_in_books).where(Invoice.state != "draft")).all()
        still_open = sum(amount if kind == "invoice" else -amount for kind, amount in parts)
        owed = session.scalar(
            sa.select(sa.func.sum(Line.amount))
            .join(Account, Account.id == Line.account_id)
            .where(Account.code == "1100")
        )
        assert (owed or 0) == still_open
