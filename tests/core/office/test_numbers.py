"""Numbers of documents: one after the other without gaps, given at once only where nobody else waits for them."""

import pytest


def _late(session, given, count=1):
    for _ in range(count):
        session.number(series="stockroom.slip", year=2026, pattern="S/{year}/{n:03}", assign=given.append)


def _at_once(session, count):
    return session.numbers_at_once(series="stockroom.slip", count=count, year=2026, pattern="S/{year}/{n:03}")


def test_numbers_given_at_once_and_late_follow_each_other(desk):
    given = []

    def work(session):
        now = _at_once(session, 2)
        if now is None:
            _late(session, given, 2)
        else:
            given.extend(now)
        _late(session, given)

    desk.run(work)
    assert given == ["S/2026/001", "S/2026/002", "S/2026/003"]


def test_where_others_would_wait_for_the_counter_no_number_is_given_at_once(office, desk):
    given = desk.run(lambda session: _at_once(session, 1))
    assert given == (["S/2026/001"] if office.database.dialect == "sqlite" else None)


def test_a_number_given_at_once_comes_back_with_the_transaction(desk):
    def fail(session):
        _at_once(session, 1)
        raise LookupError

    with pytest.raises(LookupError):
        desk.run(fail)
    given = []
    desk.run(lambda session: _late(session, given))
    assert given == ["S/2026/001"]
