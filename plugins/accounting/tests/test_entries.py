"""Entries through the office: posted, kept as drafts, reversed; refused where a rule forbids it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting import ledger, stored
from backoffice_accounting.models import Entry, Line
from backoffice_accounting.posting import EntryDraft, LineDraft, Source

from backoffice.core.api import Conflict, InvalidInput, KeyReused, NotFound, RuleBroken
from backoffice.core.testing.offices import add_organization, desk_of


def lines_of(books, entry_id):
    with books.desk.reading() as session:
        rows = session.scalars(sa.select(Line).where(Line.entry_id == entry_id).order_by(Line.id)).all()
        codes = {id_: code for code, id_ in books.accounts.items()}
        return [(codes[line.account_id], line.amount) for line in rows]


def test_a_posted_entry_has_the_next_number_of_its_journal(books):
    first, second = books.post(("1200", "5"), ("4000", "-5")), books.post(("1200", "6"), ("4000", "-6"))
    sales = books.post(("1200", "7"), ("4000", "-7"), journal="SAL")
    assert [one["number"] for one in (first, second, sales)] == ["GEN/2026/00001", "GEN/2026/00002", "SAL/2026/00001"]


def test_an_entry_that_fails_takes_no_number(books):
    books.post(("1200", "5"), ("4000", "-5"))
    with pytest.raises(RuleBroken):
        books.post(("1200", "5"), ("4000", "-4"))
    assert books.post(("1200", "5"), ("4000", "-5"))["number"] == "GEN/2026/00002"


def test_lines_are_written_as_debit_credit_or_amount(books):
    entry = books.post(
        {"account": "1200", "debit": "100.00"},
        {"account": "4000", "credit": "60.00"},
        {"account": "4100", "amount": "-40"},
    )
    assert lines_of(books, entry["id"]) == [("1200", 100), ("4000", -60), ("4100", -40)]


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([{"account": "1200", "debit": "1", "credit": "1"}, {"account": "4000", "credit": "1"}], "lines.0.debit"),
        ([{"account": "1200", "debit": "-1"}, {"account": "4000", "debit": "1"}], "lines.0.debit"),
        ([{"account": "9999", "debit": "1"}, {"account": "4000", "credit": "1"}], "lines.0.account"),
        ([{"account": "1200", "debit": "1.001"}, {"account": "4000", "credit": "1.001"}], "lines.0.amount"),
        ([{"account": "1200", "debit": 1.5}, {"account": "4000", "credit": 1.5}], "lines.0.debit"),
        ([{"account": "1200", "debit": "1", "colour": "red"}, {"account": "4000", "credit": "1"}], "lines.0.colour"),
        ([{"account": "1200", "debit": "x"}, {"account": "4000", "credit": "1"}], "lines.0.debit"),
        ([{"account": "1200"}, {"account": "4000", "credit": "1"}], "lines.0.amount"),
    ],
)
def test_a_mistake_is_named_where_it_stands(books, lines, field):
    with pytest.raises(InvalidInput) as caught:
        books.do("post_entry", date="2026-01-15", journal="GEN", lines=lines)
    assert field in caught.value.fields


def test_a_heading_is_not_posted_to(books):
    books.do("account.create", code="1", name="Assets", type="asset", heading=True)
    with pytest.raises(RuleBroken, match="1 is a heading"):
        books.post(("1", "5"), ("4000", "-5"))


def test_an_account_out_of_use_is_not_posted_to(books):
    books.do("account.change", id=books.accounts["1210"], active=False)
    with pytest.raises(RuleBroken, match="not in use"):
        books.post(("1210", "5"), ("4000", "-5"))


def test_an_account_of_one_currency_takes_only_that(books):
    books.account("1220", "Euro account", "asset", "bank", currency="EUR")
    with pytest.raises(RuleBroken, match="EUR only"):
        books.post(("1220", "5"), ("4000", "-5"))


def test_another_organisations_account_does_not_exist_here(books):
    office = books.desk.office
    add_organization(office, "other", "Other")
    other = desk_of(office, organization="other")
    account = other.execute("accounting.account.create", code="X", name="Theirs", type="asset")["id"]
    with pytest.raises(InvalidInput):
        books.post({"account": account, "debit": "5"}, ("4000", "-5"))


def test_a_foreign_line_keeps_both_amounts_and_the_rate(books):
    books.post({"account": "1200", "debit": "85.00", "currency": "EUR", "amount_currency": "100"}, ("4000", "-85.00"))
    with books.desk.reading() as session:
        line = session.scalars(sa.select(Line).where(Line.currency == "EUR")).one()
        assert (line.amount, line.amount_currency, line.rate) == (85, 100, Decimal("0.85"))


def test_foreign_lines_are_converted_at_the_rate_of_the_day_and_no_cent_is_lost(books):
    from backoffice.core.api import ExchangeRate

    books.set("exchange_gain_account", "4800")
    books.desk.run(
        lambda session: session.add(
            ExchangeRate(date=date(2026, 1, 1), base="EUR", currency="GBP", rate=Decimal("0.3333333333"))
        )
    )

    def line(account, amount):
        return {"account": account, "currency": "EUR", "amount_currency": amount}

    entry = books.post(line("1200", "0.50"), line("1210", "0.50"), line("4000", "-1.00"))
    assert lines_of(books, entry["id"]) == [
        ("1200", Decimal("0.17")), ("1210", Decimal("0.17")), ("4000", Decimal("-0.33")), ("4800", Decimal("-0.01")),
    ]  # fmt: skip


def test_without_a_rate_the_error_says_so(books):
    with pytest.raises(RuleBroken, match="no rate of EUR in GBP"):
        books.post({"account": "1200", "currency": "EUR", "amount_currency": "1"}, ("4000", "-1"))


def test_many_entries_are_posted_in_order(books):
    many = [
        {
            "date": "2026-01-10",
            "journal": "GEN",
            "lines": [{"account": "1200", "debit": n}, {"account": "4000", "credit": n}],
        }
        for n in range(1, 8)
    ]
    answers = books.desk.execute_many("accounting.post_entry", many, per_transaction=3)
    assert [one["number"] for one in answers] == [f"GEN/2026/{n:05}" for n in range(1, 8)]
    assert books.right()


def test_one_wrong_entry_stops_its_transaction_and_is_named(books):
    good = {
        "date": "2026-01-10",
        "journal": "GEN",
        "lines": [{"account": "1200", "debit": 1}, {"account": "4000", "credit": 1}],
    }
    bad = {**good, "lines": [{"account": "1200", "debit": 1}, {"account": "4000", "credit": 2}]}
    with pytest.raises(RuleBroken) as caught:
        books.desk.execute_many("accounting.post_entry", [good, good, good, bad], per_transaction=2)
    assert (caught.value.details["done"], caught.value.details["index"]) == (2, 1)
    with books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Entry.id))) == 2


def test_a_key_posts_once(books):
    lines = [{"account": "1200", "debit": 1}, {"account": "4000", "credit": 1}]
    first = books.desk.execute(
        "accounting.post_entry", {"date": "2026-01-10", "journal": "GEN", "lines": lines}, key="till/1"
    )
    again = books.desk.execute(
        "accounting.post_entry", {"date": "2026-01-10", "journal": "GEN", "lines": lines}, key="till/1"
    )
    assert first == again


# -- drafts ----------------------------------------------------------------------------------------------------------


def test_a_draft_has_no_number_and_is_in_no_balance(books):
    draft = books.get("entry", books.draft(("1200", "5"), ("4000", "-5"))["id"])
    assert (draft.number, draft.state, draft.total) == (None, "draft", 5)
    assert books.report("trial_balance", until="2026-12-31").rows == []


def test_a_draft_may_be_unbalanced_but_not_posted_so(books):
    draft = books.draft(("1200", "5"), ("4000", "-4"))
    with pytest.raises(RuleBroken, match="differ"):
        books.do("post_draft", id=draft["id"])
    assert books.get("entry", draft["id"]).state == "draft"


def test_a_draft_is_changed_and_then_posted(books):
    draft = books.draft(("1200", "5"), ("4000", "-4"))
    lines = [{"account": "1200", "debit": "9"}, {"account": "4000", "credit": "9"}]
    books.do("entry.change", id=draft["id"], date="2026-02-01", lines=lines)
    assert books.do("post_draft", id=draft["id"])["number"] == "GEN/2026/00001"
    entry = books.get("entry", draft["id"])
    assert (entry.state, entry.total, entry.date) == ("posted", 9, date(2026, 2, 1))
    assert books.right()


def test_a_draft_is_deleted_with_its_lines(books):
    draft = books.draft(("1200", "5"), ("4000", "-5"))
    books.do("entry.delete", id=draft["id"])
    assert lines_of(books, draft["id"]) == []


@pytest.mark.parametrize("verb", ["change", "delete"])
def test_a_posted_entry_is_neither_changed_nor_deleted(books, verb):
    entry = books.post(("1200", "5"), ("4000", "-5"))
    with pytest.raises(Conflict):
        books.do(f"entry.{verb}", id=entry["id"], **({"description": "other"} if verb == "change" else {}))


def test_a_draft_is_posted_once(books):
    draft = books.draft(("1200", "5"), ("4000", "-5"))
    books.do("post_draft", id=draft["id"])
    with pytest.raises(Conflict):
        books.do("post_draft", id=draft["id"])


def test_a_draft_line_is_debit_or_credit(books):
    lines = [{"account": "1200", "debit": "5", "credit": "5"}, {"account": "4000", "credit": "5"}]
    with pytest.raises(InvalidInput):
        books.do("entry.create", date="2026-01-15", journal="GEN", lines=lines)


def test_a_line_of_a_draft_changes_sides(books):
    draft = books.draft(("1200", "5"), ("4000", "-5"))
    with books.desk.reading() as session:
        ids = session.scalars(sa.select(Line.id).where(Line.entry_id == draft["id"]).order_by(Line.id)).all()
    lines = [{"id": ids[0], "account": "1200", "credit": "5"}, {"id": ids[1], "account": "4000", "debit": "5"}]
    books.do("entry.change", id=draft["id"], lines=lines)
    assert lines_of(books, draft["id"]) == [("1200", -5), ("4000", 5)]


# -- reversal --------------------------------------------------------------------------------------------------------


def test_a_reversal_takes_back_every_line_and_says_why(books):
    entry = books.post(("1200", "5"), ("4000", "-3"), ("4100", "-2"))
    back = books.do("reverse_entry", id=entry["id"], reason="typed twice")
    assert lines_of(books, back["id"]) == [("1200", -5), ("4000", 3), ("4100", 2)]
    made = books.get("entry", back["id"])
    assert (made.reverses_id, made.reason, made.date) == (entry["id"], "typed twice", date(2026, 1, 15))
    assert made.description == "Reversal of GEN/2026/00001"
    assert books.right()


def test_a_reversal_is_dated_today_when_the_period_is_closed(books):
    entry = books.post(("1200", "5"), ("4000", "-5"), date="2026-01-10")
    books.do("close_period", id=books.period("2026-01").id)
    books.desk.office.clock.at = datetime(2026, 3, 5, 9, tzinfo=UTC)
    back = books.do("reverse_entry", id=entry["id"], reason="wrong")
    assert books.get("entry", back["id"]).date == date(2026, 3, 5)


def test_a_reversal_never_goes_into_a_closed_period(books):
    entry = books.post(("1200", "5"), ("4000", "-5"), date="2026-01-10")
    books.do("close_period", id=books.period("2026-01").id)
    with pytest.raises(RuleBroken, match="Nothing can be reversed"):
        books.do("reverse_entry", id=entry["id"], reason="wrong", date="2026-01-20")


def test_an_entry_is_reversed_once(books):
    entry = books.post(("1200", "5"), ("4000", "-5"))
    books.do("reverse_entry", id=entry["id"], reason="wrong")
    with pytest.raises(Conflict, match="reversed already, by GEN/2026/00002"):
        books.do("reverse_entry", id=entry["id"], reason="wrong")


def test_a_draft_is_not_reversed(books):
    with pytest.raises(Conflict):
        books.do("reverse_entry", id=books.draft(("1200", "5"), ("4000", "-5"))["id"], reason="wrong")


# -- sources ---------------------------------------------------------------------------------------------------------


def from_till(books, amount, key="17"):
    lines = tuple(
        LineDraft(account_id=books.accounts[code], amount=Decimal(signed))
        for code, signed in (("1210", amount), ("4000", -amount))
    )
    source = Source(plugin="till", key=key, purpose="sale")
    return EntryDraft(date=date(2026, 1, 15), journal_id=books.journals["GEN"], lines=lines, source=source)


def test_a_source_posts_once(books):
    first = books.desk.run(lambda session: ledger.post(session, from_till(books, 5)))
    again = books.desk.run(lambda session: ledger.post(session, from_till(books, 5)))
    assert (again.id, again.number, again.existed) == (first.id, first.number, True)
    assert books.right()


def test_a_source_that_comes_back_with_another_amount_is_refused(books):
    books.desk.run(lambda session: ledger.post(session, from_till(books, 5)))
    with pytest.raises(KeyReused):
        books.desk.run(lambda session: ledger.post(session, from_till(books, 6)))


def test_old_and_new_sources_may_come_together(books):
    books.desk.run(lambda session: ledger.post(session, from_till(books, 5, "2")))
    drafts = [from_till(books, 5, key) for key in "123"]
    posted = books.desk.run(lambda session: ledger.post_many(session, drafts))
    assert [one.existed for one in posted] == [False, True, False]


def test_an_entry_reversed_in_the_transaction_that_posted_it(books):
    def work(session):
        posted = ledger.post(session, from_till(books, 5))
        return stored.reverse(session, session.get(Entry, posted.id), reason="at once")

    back = books.desk.run(work)
    assert back.number == "GEN/2026/00002"
    assert books.right()


def test_posting_without_a_company_is_refused(books):
    desk = books.desk.office.system_desk(books.desk.context.organization_id)
    with pytest.raises((RuleBroken, NotFound)):
        desk.execute(
            "accounting.post_entry", date="2026-01-15", journal="GEN", lines=[{"account": "1200", "debit": "1"}]
        )
