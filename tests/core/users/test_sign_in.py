"""Signing in, lockout, and changing the password."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import InvalidInput, NotSignedIn, TooManyRequests
from backoffice.core.users import passwords, sign_in
from backoffice.core.users.attempts import Limits
from backoffice.core.users.models import LoginSession, Organization, Role, RoleAssignment, RoleGrant, SignIn, User

from .conftest import PASSWORD

NEW = "four green lanterns"


def fail(world, times=1, username="amal@shop", **how):
    for _attempt in range(times):
        with pytest.raises(NotSignedIn):
            world.sign_in(username, "something else", **how)


def test_the_right_password_opens_a_session(world):
    signed_in = world.sign_in()

    assert signed_in.session.identity.username == "amal"
    assert sign_in.session_identity(world.database, signed_in.token, clock=world.clock) == signed_in.session.identity


def test_a_name_is_the_same_in_capitals_and_with_spaces_around_it(world):
    assert world.sign_in(" Amal@SHOP ").session.identity.username == "amal"


def test_a_bare_name_means_the_default_organisation(world):
    identity = world.sign_in("amal", organization="farm").session.identity

    assert identity.organization_id == world.organization("farm")


def test_a_name_with_its_organisation_wins_over_the_default(world):
    identity = world.sign_in("amal@shop", organization="farm").session.identity

    assert identity.organization_id == world.organization("shop")


def test_a_bare_name_is_not_guessed_among_several_organisations(world):
    with pytest.raises(NotSignedIn) as refused:
        world.sign_in("amal")

    assert "name@organisation" in refused.value.remedy


def test_a_bare_name_means_the_only_organisation(world):
    with world.system() as session:
        farm = session.scalar(sa.select(Organization.id).where(Organization.code == "farm"))
        for model in (RoleAssignment, RoleGrant, Role, User):
            session.execute(sa.delete(model).where(model.organization_id == farm))
        session.execute(sa.delete(Organization).where(Organization.id == farm))
        session.commit()

    assert world.sign_in("amal").session.identity.organization_id == world.organization("shop")


def test_a_name_that_holds_an_at_sign_is_found_when_no_organisation_is_called_so(world):
    world.add_user("sara@example.org", password=NEW)

    assert world.sign_in("sara@example.org", NEW, organization="shop").session.identity.username == "sara@example.org"


def test_only_the_hash_of_the_token_is_stored(world):
    token = world.sign_in().token

    assert world.all(sa.select(LoginSession.token_hash)) == [hashlib.sha256(token.encode()).hexdigest()]


def test_every_sign_in_has_a_token_of_its_own(world):
    assert world.sign_in().token != world.sign_in().token


@pytest.mark.parametrize(
    ("username", "password"),
    [("amal@shop", "something else"), ("nobody@shop", PASSWORD), ("amal@nowhere", PASSWORD), ("", "")],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(world, username, password):
    with pytest.raises(NotSignedIn, match="user name or the password is wrong"):
        world.sign_in(username, password)


def test_a_deactivated_user_gets_the_same_answer(world):
    with world.system() as session:
        session.execute(sa.update(User).values(active=False))
        session.commit()

    with pytest.raises(NotSignedIn, match="user name or the password is wrong"):
        world.sign_in()


def test_a_user_without_a_password_cannot_sign_in(world):
    world.add_user("omar")

    with pytest.raises(NotSignedIn):
        world.sign_in("omar@shop", "")


def test_must_change_password_is_said(world):
    world.add_user("omar", password=NEW, must_change_password=True)

    assert world.sign_in("omar@shop", NEW).session.must_change_password


def test_a_hash_of_weaker_parameters_is_replaced(world):
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    with world.system() as session:
        session.execute(sa.update(User).values(password_hash=weak))
        session.commit()

    world.sign_in()

    stored = world.one(sa.select(User.password_hash).where(User.id == world.user("amal")))
    assert not passwords.needs_rehash(stored)
    world.sign_in()


# -- lockout ---------------------------------------------------------------------------------------------------------


def test_five_failures_lock_a_name_out_even_with_the_right_password(world):
    fail(world, 5)

    with pytest.raises(TooManyRequests) as refused:
        world.sign_in()

    assert refused.value.details["retry_after"] == 15 * 60


def test_an_unknown_name_is_locked_out_alike(world):
    fail(world, 5, "nobody@shop")

    with pytest.raises(TooManyRequests):
        world.sign_in("nobody@shop")


def test_the_wait_is_counted_from_the_oldest_failure_that_matters(world):
    fail(world)
    world.later(minutes=10)
    fail(world, 4)

    with pytest.raises(TooManyRequests) as refused:
        world.sign_in()

    assert refused.value.details["retry_after"] == 5 * 60


def test_a_lockout_ends_by_itself(world):
    fail(world, 5)
    world.later(minutes=15, seconds=1)

    assert world.sign_in()


def test_attempts_while_locked_out_do_not_lengthen_it(world):
    fail(world, 5)
    world.later(minutes=14)
    with pytest.raises(TooManyRequests):
        world.sign_in()
    world.later(minutes=1, seconds=1)

    assert world.sign_in()


def test_a_success_starts_the_count_anew(world):
    fail(world, 4)
    world.sign_in()
    fail(world, 4)

    assert world.sign_in()


def test_failures_of_one_name_leave_another_alone(world):
    fail(world, 5)

    assert world.sign_in("amal@farm")


def test_an_address_is_locked_out_whatever_the_name(world):
    for number in range(5):
        fail(world, 1, f"user{number}@shop", address="192.0.2.1")

    with pytest.raises(TooManyRequests):
        world.sign_in(address="192.0.2.1")
    assert world.sign_in(address="192.0.2.2")


def test_parallel_guesses_get_no_more_tries_than_the_limit(world):
    def guess(number):
        try:
            world.sign_in("amal@shop", f"guess number {number}")
        except (NotSignedIn, TooManyRequests) as refused:
            return type(refused)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(guess, range(12)))

    assert answers.count(NotSignedIn) == 5
    assert answers.count(TooManyRequests) == 7


def test_a_crash_between_attempt_and_outcome_counts_as_a_failure(world):
    fail(world)
    with world.system() as session:
        session.execute(sa.update(SignIn).values(outcome="started"))
        session.commit()

    with pytest.raises(TooManyRequests):
        world.sign_in(limits=Limits(per_name=1))


def test_the_log_holds_every_attempt_with_its_outcome(world):
    fail(world)
    sign_in.sign_out(world.database, world.sign_in(address="192.0.2.1").token, clock=world.clock)

    rows = world.all(sa.select(SignIn).order_by(SignIn.id))

    assert [(row.username, row.outcome, row.organization_id) for row in rows] == [
        ("amal", outcome, world.organization()) for outcome in ("failed", "succeeded", "signed_out")
    ]


# -- changing it -----------------------------------------------------------------------------------------------------


def change(world, old=PASSWORD, new=NEW, **how):
    sign_in.change_password(
        world.database, user_id=world.user("amal"), old=old, new=new, clock=world.clock, **how
    )  # fmt: skip


def test_a_changed_password_replaces_the_old_one(world):
    change(world)

    assert world.sign_in(password=NEW)
    fail(world, 1)
    with pytest.raises(NotSignedIn):
        world.sign_in(password=PASSWORD)


def test_changing_it_ends_the_other_sessions_and_keeps_ones_own(world):
    mine, other = world.sign_in().token, world.sign_in().token
    change(world, keep=mine)

    assert sign_in.session_identity(world.database, mine, clock=world.clock)
    with pytest.raises(NotSignedIn):
        sign_in.session_identity(world.database, other, clock=world.clock)


def test_changing_it_clears_the_order_to_change_it(world):
    with world.system() as session:
        session.execute(sa.update(User).values(must_change_password=True))
        session.commit()
    change(world)

    assert not world.sign_in(password=NEW).session.must_change_password


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("something else", NEW, "old"), (PASSWORD, PASSWORD, "new"), (PASSWORD, "short", "password")],
)
def test_a_change_that_cannot_be_accepted_names_the_field(world, old, new, field):
    with pytest.raises(InvalidInput) as refused:
        change(world, old, new)

    assert list(refused.value.fields) == [field]


def test_a_wrong_old_password_counts_towards_the_lockout(world):
    for _attempt in range(5):
        with pytest.raises(InvalidInput):
            change(world, "something else")

    with pytest.raises(TooManyRequests):
        change(world)


def test_the_change_is_audited_without_the_hash(world):
    change(world)

    row = world.all(sa.select(AuditRow).where(AuditRow.table_name == "core_user").order_by(AuditRow.id))[-1]
    assert (row.actor, row.action, row.organization_id) == ("amal", "core.change_password", world.organization())
    assert "argon2" not in row.payload
    assert "password_hash" not in row.payload


def test_a_password_changed_while_the_old_one_was_checked_wins(world, monkeypatch):
    """The old password was right when it was checked; the session must not outlive the change."""
    real = passwords.verify

    def verify_then_change(password, hashed):
        monkeypatch.setattr(passwords, "verify", real)
        change(world)
        return real(password, hashed)

    monkeypatch.setattr(passwords, "verify", verify_then_change)
    with pytest.raises(NotSignedIn):
        world.sign_in()
    assert not world.all(sa.select(LoginSession.id))


def test_a_hashing_user_holds_no_lock_on_the_database(world, monkeypatch):
    """While one password is hashed, another connection writes at once."""
    real = passwords.verify

    def write_meanwhile(password, hashed):
        with world.system() as session:
            session.execute(sa.update(Organization).values(language="ar"))
            session.commit()
        return real(password, hashed)

    monkeypatch.setattr(passwords, "verify", write_meanwhile)

    assert world.sign_in().session.expires_at == world.clock.now() + timedelta(hours=12)
