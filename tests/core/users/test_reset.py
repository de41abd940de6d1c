"""Links to set a new password."""

import hashlib

import pytest
import sqlalchemy as sa

from backoffice.core.errors import ConfigurationError, InvalidInput, NotFound, NotSignedIn
from backoffice.core.users import reset
from backoffice.core.users.models import PasswordReset, User
from backoffice.core.users.sessions import find_session

NEW = "four green lanterns"
SITE = "https://books.example/office"


def ask(world, username="amal@shop", base_url=SITE):
    sent = []
    reset.request_reset(
        world.database, username=username, base_url=base_url, deliver=sent.append, clock=world.clock
    )  # fmt: skip
    return sent


def token_of(link):
    return link.url.rpartition("/")[2]


def use(world, token, password=NEW):
    reset.use_reset(world.database, token=token, password=password, clock=world.clock)


def test_a_link_goes_to_the_users_address_and_points_to_the_configured_site(world):
    [link] = ask(world)

    assert link.email == "amal@shop.example"
    assert link.url.startswith("https://books.example/office/reset-password/")


@pytest.mark.parametrize("base_url", ["", "books.example", "javascript:alert(1)", "https://", "https://a.example/?x=1"])
def test_without_a_configured_site_no_link_is_made(world, base_url):
    with pytest.raises(ConfigurationError) as refused:
        ask(world, base_url=base_url)

    assert "base_url" in refused.value.remedy
    assert not world.all(sa.select(PasswordReset.id))


@pytest.mark.parametrize("username", ["nobody@shop", "amal@nowhere", ""])
def test_an_unknown_name_gets_the_same_answer_and_no_mail(world, username):
    assert ask(world, username) == []


def test_a_user_without_an_address_gets_no_mail(world):
    world.add_user("omar")

    assert ask(world, "omar@shop") == []


def test_a_deactivated_user_gets_no_mail(world):
    with world.system() as session:
        session.execute(sa.update(User).values(active=False))
        session.commit()

    assert ask(world) == []


def test_only_the_hash_of_the_link_is_stored(world):
    [link] = ask(world)

    assert world.one(sa.select(PasswordReset.token_hash)) == hashlib.sha256(token_of(link).encode()).hexdigest()


def test_the_link_sets_a_new_password(world):
    [link] = ask(world)
    use(world, token_of(link))

    assert world.sign_in(password=NEW)


def test_the_link_says_whose_password_it_sets(world):
    [link] = ask(world)

    assert reset.check_reset(world.database, token_of(link), clock=world.clock) == "amal"


def test_a_link_works_once(world):
    [link] = ask(world)
    use(world, token_of(link))

    with pytest.raises(NotSignedIn):
        use(world, token_of(link), "five brown lanterns")


def test_a_link_is_good_for_an_hour(world):
    [link] = ask(world)
    world.later(hours=1)

    with pytest.raises(NotSignedIn):
        use(world, token_of(link))


def test_a_password_set_by_link_ends_every_session(world):
    token = world.sign_in().token
    use(world, token_of(ask(world)[0]))

    with pytest.raises(NotSignedIn):
        find_session(world.database, token, clock=world.clock)


def test_a_password_set_by_link_ends_the_users_other_links(world):
    [first], [second] = ask(world), ask(world)
    use(world, token_of(first))

    with pytest.raises(NotSignedIn):
        use(world, token_of(second))


def test_a_weak_password_is_refused_and_the_link_stays_good(world):
    [link] = ask(world)
    with pytest.raises(InvalidInput):
        use(world, token_of(link), "password1234")
    use(world, token_of(link))

    assert world.sign_in(password=NEW)


def test_a_link_lifts_a_lockout_of_the_name(world):
    for _time in range(5):
        with pytest.raises(NotSignedIn):
            world.sign_in(password="something else")
    use(world, token_of(ask(world)[0]))

    assert world.sign_in(password=NEW)


def test_nobodys_mailbox_is_filled(world):
    assert [len(ask(world)) for _time in range(5)] == [1, 1, 1, 0, 0]


def test_a_link_for_an_administrator_to_hand_over_needs_no_address(world):
    omar = world.add_user("omar")
    link = reset.reset_link(world.database, user_id=omar, base_url=SITE, clock=world.clock)
    use(world, token_of(link))

    assert world.sign_in("omar@shop", NEW)


def test_no_link_is_made_for_a_user_who_does_not_exist(world):
    with pytest.raises(NotFound):
        reset.reset_link(world.database, user_id=999, base_url=SITE, clock=world.clock)
