"""Counting requests: shared by processes, cheap far below the limit."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from backoffice.core.users.models import RateWindow
from backoffice.core.users.rates import Rates


@pytest.fixture
def rates(world):
    return Rates(world.database, world.clock)


def test_so_many_pass_in_a_minute_and_the_rest_wait_for_the_next(world, rates):
    world.later(seconds=20)
    answers = [rates.count("a", 40) for _time in range(42)]
    assert answers == [0] * 40 + [40] * 2
    world.later(seconds=40)
    assert rates.count("a", 40) == 0


def test_keys_are_counted_apart(rates):
    assert [rates.count(key, 1) for key in ("a", "b", "a")] == [0, 0, 60]


def test_far_below_the_limit_nothing_is_written(world, rates):
    for _time in range(59):
        rates.count("a", 1200)
    assert world.all(sa.select(RateWindow.id)) == []
    rates.count("a", 1200)
    assert world.all(sa.select(RateWindow.count)) == [60]


def test_processes_add_up(world, rates):
    others = [Rates(world.database, world.clock) for _number in range(3)]
    answers = [one.count("a", 100) for _time in range(40) for one in (rates, *others)]
    passed = answers.count(0)
    assert 100 <= passed <= 100 + 4 * 5
    assert answers[-4:] == [60] * 4


def test_threads_get_no_more_than_the_limit(world, rates):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: rates.count("a", 100), range(200)))
    assert 90 <= answers.count(0) <= 100


def test_one_that_is_refused_writes_nothing_more(world, rates):
    for _time in range(100):
        rates.count("a", 20)
    assert world.one(sa.select(RateWindow.count)) == 21


def test_counters_of_hours_ago_are_deleted(world, rates):
    rates.count("old", 1)
    world.later(hours=2)
    rates.count("new", 1)
    assert world.all(sa.select(RateWindow.key)) == ["new"]


def test_a_database_that_is_busy_keeps_nobody_waiting(world, rates):
    """On SQLite another writer holds the file; the request passes, and is counted next time."""
    if world.database.dialect != "sqlite":
        pytest.skip("writers of PostgreSQL do not wait for each other")
    with world.system() as session:
        session.execute(sa.insert(RateWindow).values(key="x", began_at=world.clock.now(), count=1))
        assert rates.count("a", 20) == 0
        session.commit()
    rates.count("a", 20)
    assert world.one(sa.select(RateWindow.count).where(RateWindow.key == "a")) == 2
