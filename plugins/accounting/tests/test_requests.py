"""Postings other plugins ask for: booked at once by purpose, or kept on the work list until they can be."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import AccountChoice, Entry, Line, Parked

from backoffice.core.api import (
    AlreadyExists,
    Amount,
    InvalidInput,
    PostingRequest,
    RuleBroken,
    request_posting,
    request_postings,
)

DAY = date(2026, 1, 15)


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


def asked(key="MOV/1", *, amounts=(("revenue", "-80"), ("bank", "80")), currency="GBP", day=DAY, **values):
    parts = [one if isinstance(one, Amount) else Amount(one[0], Decimal(one[1]), **dict(one[2:])) for one in amounts]
    return PostingRequest(
        source="inventory", key=key, purpose="shipment", date=day, currency=currency, amounts=tuple(parts), **values
    )


def ask(books, *requests):
    books.desk.run(lambda session: request_postings(session, [(one, None) for one in requests]))


def entries(books):
    with books.desk.reading() as session:
        rows = session.execute(
            sa.select(Entry.source_key, Entry.number, Line.account_id, Line.amount)
            .join(Line, Line.entry_id == Entry.id)
            .where(Entry.source_plugin == "inventory", Entry.state == "posted")
            .order_by(Entry.id, Line.id)
        ).all()
    codes = {id_: code for code, id_ in books.accounts.items()}
    return [(row.source_key, codes[row.account_id], row.amount) for row in rows]


def parked(books, **values):
    with books.desk.reading() as session:
        rows = session.scalars(sa.select(Parked).filter_by(**values).order_by(Parked.id)).all()
        return [(row.key, row.state, row.reason) for row in rows]


def test_what_is_asked_for_is_posted_in_the_same_transaction(books):
    ask(books, asked())
    assert entries(books) == [("MOV/1", "4000", Decimal(-80)), ("MOV/1", "1200", Decimal(80))]


def test_the_same_source_key_and_purpose_post_once(books):
    ask(books, asked(), asked())
    ask(books, asked())
    assert len(entries(books)) == 2


def test_many_in_one_transaction_are_posted_and_one_bad_one_among_them_is_parked(books):
    bad = asked("MOV/3", amounts=(("unheard_of", "5"), ("bank", "-5")))
    ask(books, *(asked(f"MOV/1{n}") for n in range(5)), bad)
    assert len(entries(books)) == 10
    [(key, state, reason)] = parked(books)
    assert (key, state) == ("MOV/3", "waiting")
    assert "unheard_of" in reason


def test_a_choice_of_the_category_counts_before_one_of_the_purpose(books):
    for category, code in (("", "6000"), ("TEA", "6800")):
        books.do("account_choice.create", purpose="cost_of_goods", category=category, account=code)
    tea = Amount("cost_of_goods", Decimal(7), category="TEA")
    ask(books, asked(amounts=(tea, ("cost_of_goods", "3"), ("bank", "-10"))))
    assert entries(books)[:2] == [("MOV/1", "6800", Decimal(7)), ("MOV/1", "6000", Decimal(3))]


def test_a_new_choice_posts_what_waited_for_it(books):
    ask(books, asked(amounts=(("wages", "5"), ("bank", "-5"))))
    assert entries(books) == []
    books.do("account_choice.create", purpose="wages", account="6000")
    assert entries(books)[0] == ("MOV/1", "6000", Decimal(5))
    assert parked(books) == [("MOV/1", "posted", parked(books)[0][2])]


def test_an_opened_period_posts_what_waited_for_it(books):
    books.do("close_period", id=books.period("2026-01").id)
    ask(books, asked())
    assert parked(books)[0][1] == "waiting"
    books.do("reopen_period", id=books.period("2026-01").id, reason="A late delivery")
    assert parked(books)[0][1] == "posted"


def test_strict_books_fail_with_what_asked_for_it(books):
    books.set("posting", "strict")
    with pytest.raises(RuleBroken, match="No account"):
        ask(books, asked(amounts=(("unheard_of", "5"), ("bank", "-5"))))
    assert parked(books) == []


def test_a_parked_posting_is_tried_again_on_another_date_or_dismissed_for_good(books):
    ask(books, asked(day=date(2025, 12, 31)), asked("MOV/2", day=date(2025, 12, 30)))
    with books.desk.reading() as session:
        first, second = session.scalars(sa.select(Parked.id).order_by(Parked.key)).all()
    assert books.do("retry_parked", id=first, date="2026-01-02")["entry"]["number"] == "GEN/2026/00001"
    books.do("dismiss_parked", id=second, reason="Entered by hand")
    assert books.do("retry_all_parked") == {"posted": 0, "waiting": 0}
    ask(books, asked("MOV/2", day=date(2025, 12, 30)))
    assert [state for _key, state, _why in parked(books)] == ["posted", "dismissed"]


def test_another_currency_is_converted_and_its_cent_booked(books):
    amounts = (("revenue", "-0.05"), ("revenue", "-0.05", ("category", "X")), ("bank", "0.10"))
    books.do("account_choice.create", purpose="exchange_loss", account="6800")
    ask(books, asked(amounts=amounts, currency="EUR", rate=Decimal("0.90")))
    found = entries(books)
    assert sum(amount for _key, _code, amount in found) == 0
    assert ("MOV/1", "1200", Decimal("0.09")) in found


def test_matches_and_due_dates_stand_on_the_lines(books):
    party = books.party()
    owed = Amount("receivable", Decimal(9), party_id=party, match="order:7", due_date=date(2026, 2, 1))
    ask(books, asked(amounts=(owed, ("revenue", "-9"))))
    with books.desk.reading() as session:
        line = session.scalars(sa.select(Line).where(Line.party_id == party)).one()
        assert (line.match_key, line.due_date) == ("order:7", date(2026, 2, 1))


def test_the_report_says_which_account_every_purpose_goes_to(books):
    books.do("account_choice.create", purpose="revenue", category="TEA", account="4100")
    ask(books, asked(amounts=(("unheard_of", "5"), ("bank", "-5"))))
    rows = {row.cells[0] or row.cells[2]: row.cells for row in books.report("account_choices").rows}
    assert rows["revenue"][3].startswith("4000")
    assert rows["TEA"][3].startswith("4100")
    assert rows["returns"][4] == "In place of it: Revenue"
    assert rows["unheard_of"][4] == "Missing, and asked for"


def test_a_choice_of_a_heading_is_refused(books):
    books.account("4", "Income", "income", heading=True)
    with pytest.raises(InvalidInput, match="heading"):
        books.do("account_choice.create", purpose="revenue", account="4")


def test_a_request_that_failed_leaves_nothing_behind(books):
    def fail(session):
        request_posting(session, asked())
        session.flush()
        raise RuleBroken("No")

    with pytest.raises(RuleBroken):
        books.desk.run(fail)
    assert entries(books) == []
    assert parked(books) == []


def test_choices_are_unique(books):
    books.do("account_choice.create", purpose="wages", account="6000")
    with pytest.raises(AlreadyExists):
        books.do("account_choice.create", purpose="wages", account="6000")
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(AccountChoice.id))) == 1
