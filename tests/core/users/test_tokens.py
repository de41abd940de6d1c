"""API tokens: shown once, narrowed by their scopes, over when they are over."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import InvalidInput, NotFound, NotSignedIn
from backoffice.core.users.identity import may
from backoffice.core.users.models import ApiToken, TokenUse, User
from backoffice.core.users.tokens import create_token, revoke_token, token_identity


def make(world, scopes=("*",), **how):
    how = {"name": "till", "expires_at": world.clock.at + timedelta(days=30), **how}
    with world.session() as session:
        user = how.pop("user_id", None) or session.scalars(sa.select(User)).one().id
        made = create_token(session, user_id=user, scopes=scopes, **how)
        session.commit()
        return made


def identity(world, token):
    return token_identity(world.database, token, clock=world.clock)


def test_a_token_acts_as_its_user(world):
    made = make(world)

    assert made.plain.startswith("bo_")
    assert identity(world, made.plain).username == "amal"


def test_only_its_hash_and_its_beginning_are_stored(world):
    made = make(world)
    stored = world.all(sa.select(ApiToken))[0]

    assert made.plain not in (stored.token_hash, stored.hint)
    assert made.plain.startswith(stored.hint)
    assert made.plain not in "".join(world.all(sa.select(AuditRow.payload)))


def test_scopes_narrow_what_the_user_may_do(world):
    amal = identity(world, make(world, ["accounting.*", "*.read"]).plain)

    assert may(amal, "accounting.post_entry")
    assert may(amal, "parties.party.read")
    assert not may(amal, "parties.party.change")


def test_scopes_give_nothing_the_user_may_not_do(world):
    omar = world.add_user("omar")
    made = make(world, ["*"], user_id=omar)

    assert not may(identity(world, made.plain), "accounting.post_entry")


def test_an_unknown_token_is_refused(world):
    with pytest.raises(NotSignedIn) as refused:
        identity(world, "bo_made_up")

    assert refused.value.why == "The token is not known."


def test_an_expired_token_is_refused(world):
    made = make(world)
    world.later(days=30)

    with pytest.raises(NotSignedIn) as refused:
        identity(world, made.plain)
    assert refused.value.why == "The token expired."


def test_a_revoked_token_is_refused(world):
    made = make(world)
    with world.session() as session:
        revoke_token(session, session.get(ApiToken, made.id))
        session.commit()

    with pytest.raises(NotSignedIn) as refused:
        identity(world, made.plain)
    assert refused.value.why == "The token was revoked."


def test_a_deactivated_users_token_is_refused(world):
    made = make(world)
    with world.session() as session:
        session.execute(sa.update(User).values(active=False))
        session.commit()

    with pytest.raises(NotSignedIn):
        identity(world, made.plain)


def test_its_last_use_is_noted_once_an_hour(world):
    made, first = make(world), world.clock.at
    identity(world, made.plain)
    world.later(minutes=59)
    identity(world, made.plain)
    assert world.one(sa.select(TokenUse.used_at)) == first
    world.later(minutes=1)
    identity(world, made.plain)

    assert world.one(sa.select(TokenUse.used_at)) == world.clock.at


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"scopes": []}, "scopes"), ({"scopes": ["accounting.[a-z]"]}, "scopes"), ({"days": 0}, "expires_at")],
)
def test_a_token_that_makes_no_sense_is_refused(world, wrong, field):
    wrong = dict(wrong)
    if "days" in wrong:
        wrong = {"expires_at": world.clock.at + timedelta(days=wrong["days"])}

    with pytest.raises(InvalidInput) as refused:
        make(world, **wrong)
    assert list(refused.value.fields) == [field]


def test_a_token_cannot_be_made_for_another_organisations_user(world):
    stranger = world.user("amal", "farm")

    with pytest.raises(NotFound):
        make(world, user_id=stranger)
