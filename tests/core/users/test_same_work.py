"""Whoever tries names learns nothing from the work that is done: the same hashing, the same statements."""

import pytest
import sqlalchemy as sa
from argon2 import extract_parameters
from sqlalchemy import event

from backoffice.core.errors import NotSignedIn, TooManyRequests
from backoffice.core.users import passwords, reset
from backoffice.core.users.attempts import Limits
from backoffice.core.users.models import User


@pytest.fixture
def hashed(monkeypatch):
    """The parameters of every hash that was computed."""
    work = []

    class Counting(type(passwords._hasher)):
        def verify(self, hash, password):
            work.append(str(extract_parameters(hash)))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    passwords._unknown_hash.cache_clear()
    yield work
    passwords._unknown_hash.cache_clear()


def test_the_same_hash_is_computed_for_everyone_who_is_refused(world, hashed):
    """A wrong password, no such name, no such organisation, someone deactivated, someone without a password."""
    world.add_user("omar")
    world.add_user("huda", password="another quiet camel")
    with world.system() as session:
        session.execute(sa.update(User).where(User.username == "huda").values(active=False))
        session.commit()
    hashed.clear()
    for name in ("amal@shop", "nobody@shop", "amal@nowhere", "omar@shop", "huda@shop"):
        with pytest.raises(NotSignedIn):
            world.sign_in(name, "not the password")
    assert len(hashed) == 5
    assert len(set(hashed)) == 1


def statements(database, work):
    said = []

    def note(connection, cursor, statement, *rest):
        said.append(statement.split(" ", 1)[0])

    event.listen(database.write_engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(database.write_engine, "before_cursor_execute", note)
    return said


def test_a_link_for_an_unknown_name_is_written_down_as_one_for_a_known_name(world):
    """A transaction that writes nothing ends sooner, since nothing waits for the disk."""

    def ask(name):
        reset.request_reset(
            world.database, username=name, base_url="https://office.example", deliver=lambda link: None,
            clock=world.clock,
        )  # fmt: skip

    known = statements(world.database, lambda: ask("amal@shop"))
    unknown = statements(world.database, lambda: ask("nobody@shop"))
    assert known.count("INSERT") - unknown.count("INSERT") == 1
    assert unknown.count("INSERT") == 1


def test_an_address_may_ask_for_so_many_links(world):
    def ask(address):
        reset.request_reset(
            world.database, username="nobody@shop", base_url="https://office.example", deliver=lambda link: None,
            clock=world.clock, address=address, limits=Limits(per_address=3),
        )  # fmt: skip

    for _time in range(3):
        ask("192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        ask("192.0.2.1")
    assert refused.value.details["retry_after"] == 15 * 60
    ask("192.0.2.2")
