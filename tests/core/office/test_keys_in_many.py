"""Idempotency keys in `execute_many`: each key has one effect, also within one transaction."""

import pytest

from backoffice.core.errors import KeyReused
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=[]))


def branch(code):
    return {"code": code, "name": code.title()}


def codes(desk):
    return sorted(record.code for record in desk.list("core.branch").records)


def test_a_key_that_comes_twice_in_one_transaction_has_one_effect(desk):
    many = [branch("north"), branch("south"), branch("north")]
    answers = desk.execute_many("core.branch.create", many, keys_=["k1", "k2", "k1"])
    assert codes(desk) == ["north", "south"]
    assert answers[0] == answers[2] != answers[1]


def test_a_key_that_comes_twice_with_other_input_is_refused_and_nothing_is_done(desk):
    with pytest.raises(KeyReused) as caught:
        desk.execute_many("core.branch.create", [branch("north"), branch("south")], keys_=["k1", "k1"])
    assert caught.value.details["index"] == 1
    assert codes(desk) == []


def test_what_was_done_before_is_answered_again_beside_what_is_new(desk):
    [first] = desk.execute_many("core.branch.create", [branch("north")], keys_=["k1"])
    both = desk.execute_many("core.branch.create", [branch("north"), branch("south")], keys_=["k1", "k2"])
    assert both[0] == first
    assert codes(desk) == ["north", "south"]


def test_an_empty_key_is_none(desk):
    desk.execute_many("core.branch.create", [branch("north"), branch("south")], keys_=["", ""])
    assert codes(desk) == ["north", "south"]
