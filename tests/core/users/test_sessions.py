"""Login sessions: how long they last, what ends them, and what they remember."""

import pytest
import sqlalchemy as sa

from backoffice.core.errors import NotFound, NotSignedIn
from backoffice.core.users import sessions
from backoffice.core.users.models import LoginSession, User
from backoffice.core.users.sessions import find_session


@pytest.fixture
def token(world):
    return world.sign_in(agent="Lynx", address="192.0.2.9").token


def is_open(world, token):
    try:
        return bool(find_session(world.database, token, clock=world.clock))
    except NotSignedIn:
        return False


def test_an_unknown_token_is_nobody(world):
    assert not is_open(world, "made up")


def test_a_session_ends_twelve_hours_after_it_was_last_used(world, token):
    world.later(hours=11)
    assert is_open(world, token)
    world.later(hours=11)
    assert is_open(world, token)
    world.later(hours=12)

    with pytest.raises(NotSignedIn) as refused:
        find_session(world.database, token, clock=world.clock)
    assert refused.value.why == "The sign-in expired."


def test_a_session_in_use_ends_after_seven_days(world, token):
    for _time in range(14):
        world.later(hours=11, minutes=59)
        assert is_open(world, token)
    world.later(minutes=15)

    assert not is_open(world, token)


def test_its_use_is_written_at_most_once_a_minute(world, token):
    seen = sa.select(LoginSession.seen_at)
    began = world.clock.at
    world.later(seconds=59)
    find_session(world.database, token, clock=world.clock)
    assert world.one(seen) == began
    world.later(seconds=1)
    find_session(world.database, token, clock=world.clock)

    assert world.one(seen) == world.clock.at


def test_reading_who_is_signed_in_waits_for_no_writer(world, token):
    with world.system() as session:
        session.execute(sa.update(User).values(theme="dark"))

        assert is_open(world, token)


def test_signing_out_ends_the_session(world, token):
    sessions.sign_out(world.database, token, clock=world.clock)
    sessions.sign_out(world.database, token, clock=world.clock)

    with pytest.raises(NotSignedIn) as refused:
        find_session(world.database, token, clock=world.clock)
    assert refused.value.why == "The sign-in was ended."


def test_all_sessions_of_a_user_are_revoked_and_nobody_elses(world, token):
    other = world.sign_in("amal@farm").token
    with world.session() as session:
        sessions.revoke_all(session, world_user(session))
        session.commit()

    assert not is_open(world, token)
    assert is_open(world, other)


def world_user(session):
    return session.scalars(sa.select(User)).one().id


def test_one_session_can_be_kept_when_the_others_are_revoked(world, token):
    other = world.sign_in().token
    with world.session() as session:
        sessions.revoke_all(session, world_user(session), keep=token)
        session.commit()

    assert is_open(world, token)
    assert not is_open(world, other)


def test_a_deactivated_users_session_is_over(world, token):
    with world.session() as session:
        world_amal = session.scalars(sa.select(User)).one()
        world_amal.active = False
        session.commit()

    assert not is_open(world, token)


def test_a_chosen_company_stays_with_the_session_and_brings_its_zone(world, token):
    south = world.company("south")
    sessions.choose_company(world.database, token, south, clock=world.clock)

    identity = find_session(world.database, token, clock=world.clock).identity
    assert (identity.company_id, identity.zone) == (south, "Europe/London")


def test_a_company_one_may_not_see_cannot_be_chosen(world):
    world.add_user("omar", password="four green lanterns")
    world.add_role("north.only", {"*": "all"}, "omar", company="north")
    token = world.sign_in("omar@shop", "four green lanterns").token
    south = world.company("south")

    with pytest.raises(NotFound):
        sessions.choose_company(world.database, token, south, clock=world.clock)


def test_an_interface_keeps_values_with_a_session(world, token):
    sessions.store_values(world.database, token, {"next": "/reports"}, clock=world.clock)

    assert find_session(world.database, token, clock=world.clock).values == {"next": "/reports"}


def test_a_session_remembers_where_it_began(world, token):
    assert world.all(sa.select(LoginSession.address)) == ["192.0.2.9"]
    assert world.all(sa.select(LoginSession.agent)) == ["Lynx"]
