"""An organisation made from a few answers."""

import pytest
import sqlalchemy as sa

from backoffice.core.errors import InvalidInput
from backoffice.core.maintenance.founding import Wanted, code_of, currency_of, existing, found, zone_of
from backoffice.core.maintenance.switching import dependents, refresh_roles
from backoffice.core.users.models import Role, User
from backoffice.core.users.sign_in import sign_in


@pytest.fixture
def office(offices):
    return offices.make(only=[], empty=True)


@pytest.mark.parametrize(
    ("name", "code"),
    [("Acme & Sons Ltd.", "acme-sons-ltd"), ("Çelik", "celik"), ("شركة النور", "office"), ("x" * 50, "x" * 32)],
)
def test_an_organisation_has_a_code_that_can_be_typed(name, code):
    assert code_of(name) == code


@pytest.mark.parametrize(("country", "currency"), [("SA", "SAR"), ("gb", "GBP"), ("QQ", ""), ("", "")])
def test_a_country_has_a_currency(country, currency):
    assert currency_of(country) == currency


@pytest.mark.parametrize(("country", "zone"), [("SA", "Asia/Riyadh"), ("US", "UTC"), ("", "UTC")])
def test_a_country_with_one_zone_sets_it(country, zone):
    assert zone_of(country) == zone


def test_the_first_user_signs_in_as_administrator(office):
    assert existing(office) == ""
    made = found(office, Wanted(name="Acme", currency="GBP"))
    assert existing(office) == "Acme"
    signed_in = sign_in(office.database, username="admin", password=made.password, clock=office.clock)
    assert office.desk(signed_in.session.identity).may("core.user.create")
    assert made.password not in repr(made)


def test_what_cannot_be_is_said_all_at_once(office):
    wanted = Wanted(name=" ", currency="?", country="??", username="", password="short", language="xx")
    with pytest.raises(InvalidInput) as caught:
        found(office, wanted)
    assert sorted(caught.value.fields) == ["admin", "country", "currency", "language", "name", "password"]
    assert existing(office) == ""


def test_nothing_is_left_of_an_organisation_that_could_not_be_made(office, monkeypatch):
    from backoffice.core.users import setup

    def fail(*arguments, **keywords):
        raise RuntimeError

    monkeypatch.setattr(setup, "create_user", fail)
    with pytest.raises(RuntimeError):
        found(office, Wanted(name="Acme", currency="GBP"))
    assert existing(office) == ""


def test_ready_made_roles_come_back_and_edited_ones_stay(office):
    found(office, Wanted(name="Acme", currency="GBP"))
    with office.database.system() as session, session.begin():
        roles = {role.code: role for role in session.scalars(sa.select(Role))}
        session.delete(roles["core.self_service"])
        roles["core.auditor"].name = "Our auditors"
    assert refresh_roles(office) == ["core.self_service"]
    with office.database.looking() as session:
        assert session.scalar(sa.select(Role.name).where(Role.code == "core.auditor")) == "Our auditors"
        assert session.scalar(sa.select(sa.func.count(User.id))) == 1


def test_plugins_that_need_another_are_known(library):
    assert dependents(library, "library") == []
