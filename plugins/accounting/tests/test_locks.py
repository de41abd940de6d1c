"""Soft locks, exceptions from them that end, frozen accounts, and what accounts ask of dimensions."""

from datetime import timedelta

import pytest
from backoffice_accounting.models import Entry, LockException

from backoffice.core.api import InvalidInput, RuleBroken


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


def post(books, day="2026-01-15", **values):
    return books.post(("1200", "5"), ("4000", "-5"), date=day, **values)


def test_nothing_is_posted_before_a_lock(books):
    books.do("lock.create", kind="all", until="2026-01-31")
    with pytest.raises(RuleBroken, match="any more"):
        post(books)
    assert post(books, "2026-02-01")["number"]


def test_a_lock_of_sales_lets_other_journals_be(books):
    books.do("lock.create", kind="sale", until="2026-01-31")
    assert post(books)["number"]
    with pytest.raises(RuleBroken):
        post(books, journal="SAL")


def test_a_lock_of_taxes_concerns_entries_that_touch_them(books):
    books.account("2200", "VAT", "liability", "tax")
    books.do("lock.create", kind="tax", until="2026-01-31")
    assert post(books)["number"]
    with pytest.raises(RuleBroken):
        books.post(("1200", "5"), ("2200", "-5"))


def test_an_exception_lets_one_person_post_and_ends(books):
    books.do("lock.create", kind="all", until="2026-01-31")
    user = books.desk.user.user_id
    asked = {"kind": "all", "user": user, "since": "2026-01-10", "hours": 2, "reason": "Late bill"}
    made = books.do("allow_exception", **asked)
    assert post(books)["number"]
    with pytest.raises(RuleBroken):
        post(books, "2026-01-09")
    with books.desk.reading() as session:
        assert session.get(LockException, made["id"]).expires_at - session.now() <= timedelta(hours=2)


def test_a_frozen_account_is_not_posted_to_from_its_day(books):
    record = books.get("account", "6000")
    books.do("account.change", id=record.id, version=record.version, frozen_from="2026-02-01")
    assert books.post(("6000", "5"), ("1200", "-5"), date="2026-01-31")["number"]
    with pytest.raises(RuleBroken, match="cannot be posted"):
        books.post(("6000", "5"), ("1200", "-5"), date="2026-02-01")


def test_an_account_asks_for_a_dimension_and_another_refuses_it(books):
    rules = [{"account": "6000", "rule": "required"}, {"account": "1200", "rule": "refused"}]
    books.do("dimension.create", code="branch", name="Branch", rules=rules)
    books.do("dimension_value.create", dimension="branch", code="RUH", name="Riyadh")
    with pytest.raises(RuleBroken, match="lack a dimension"):
        books.post(("6000", "5"), ("1200", "-5"))
    there = {"branch": "RUH"}
    books.post({"account": "6000", "amount": "5", "dimensions": there}, ("1200", "-5"))
    with pytest.raises(RuleBroken, match="lack a dimension"):
        books.post({"account": "6000", "amount": "5", "dimensions": there},
                   {"account": "1200", "amount": "-5", "dimensions": there})  # fmt: skip


def test_a_draft_bears_dimensions_written_as_text(books):
    books.do("dimension.create", code="branch", name="Branch")
    books.do("dimension_value.create", dimension="branch", code="RUH", name="Riyadh")
    lines = [{"account": "6000", "debit": "5", "dimensions": "branch=RUH"}, {"account": "1200", "credit": "5"}]
    made = books.do("entry.create", date="2026-01-15", journal="GEN", lines=lines)
    with books.desk.reading() as session:
        lines_there = session.get(Entry, made["id"]).lines
        assert sorted(line.dimensions or "" for line in lines_there) == ["", "branch=RUH"]
    lines[0]["dimensions"] = "branch RUH"
    with pytest.raises(InvalidInput):
        books.do("entry.create", date="2026-01-15", journal="GEN", lines=lines)
