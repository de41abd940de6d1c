"""Organisations, companies, people, and ready-made roles that follow their plugin until someone edits them."""

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.users import setup
from backoffice.core.users.models import Company, Organization, Role, RoleGrant, User
from backoffice.hookspecs import Role as Declared


def sync(world, *roles):
    shop = world.organization()
    with world.system() as session:
        changed = setup.sync_roles(session, shop, [("till", role) for role in roles])
        session.commit()
        return changed


def grants(world, code):
    found = world.all(
        sa.select(RoleGrant)
        .join(Role, Role.id == RoleGrant.role_id)
        .where(Role.code == code, Role.organization_id == world.organization())
    )
    return {grant.permission: grant.scope for grant in found}


CASHIER = Declared("till.cashier", "Cashier", ("till.sell", "*.read"), help="Sells at the till.")


def test_an_organisation_starts_with_its_built_in_roles(world):
    shop = world.organization()

    assert set(world.all(sa.select(Role.code).where(Role.organization_id == shop))) == {
        "core.administrator",
        "core.self_service",
    }


@pytest.mark.parametrize("code", ["", "Shop", "a shop", "shop@home", "-shop", "متجر"])
def test_a_code_that_cannot_stand_after_an_at_sign_is_refused(world, code):
    with world.system() as session, pytest.raises(InvalidInput):
        setup.create_organization(session, code=code, name="Shop", now=world.clock.now())


def test_a_company_keeps_its_books_in_a_known_currency(world):
    shop = world.organization()
    with world.system() as session, pytest.raises(InvalidInput):
        setup.create_company(session, organization_id=shop, code="x", name="X", currency="XXZ")


def test_what_is_set_up_is_audited_under_its_organisation(world):
    shop = world.organization()

    tables = set(world.all(sa.select(AuditRow.table_name).where(AuditRow.organization_id == shop)))
    assert {Organization.__tablename__, Company.__tablename__, User.__tablename__, Role.__tablename__} <= tables


def test_a_weak_password_is_refused_for_a_new_user(world):
    with pytest.raises(InvalidInput):
        world.add_user("omar", password="short")


def test_a_role_that_does_not_exist_cannot_be_given(world):
    with pytest.raises(NotFound):
        world.add_user("omar", roles=["nothing.at_all"])


def test_user_names_are_kept_in_one_spelling(world):
    world.add_user(" OMAR ")

    assert world.all(sa.select(User.username).where(User.username == "omar")) == ["omar"]


def test_a_ready_made_role_is_created(world):
    assert sync(world, CASHIER) == ["till.cashier"]
    assert grants(world, "till.cashier") == {"till.sell": "all", "*.read": "all"}
    assert world.one(sa.select(Role.plugin).where(Role.code == "till.cashier")) == "till"


def test_syncing_again_changes_nothing(world):
    sync(world, CASHIER)
    before = world.one(sa.select(sa.func.count(AuditRow.id)))

    assert sync(world, CASHIER) == []
    assert world.one(sa.select(sa.func.count(AuditRow.id))) == before


def test_a_ready_made_role_follows_its_plugin(world):
    sync(world, CASHIER)
    wider = Declared("till.cashier", "Cashier", {"till.sell": "branch", "till.refund": "own"})

    assert sync(world, wider) == ["till.cashier"]
    assert grants(world, "till.cashier") == {"till.sell": "branch", "till.refund": "own"}


@pytest.mark.parametrize("edit", ["name", "grant", "scope"])
def test_a_role_someone_edited_is_left_alone(world, edit):
    sync(world, CASHIER)
    with world.session() as session:
        role = session.scalars(sa.select(Role).where(Role.code == "till.cashier")).one()
        if edit == "name":
            role.name = "Front desk"
        elif edit == "grant":
            role.grants.pop()
        else:
            role.grants[0].scope = "own"
        session.commit()
    edited = grants(world, "till.cashier")

    assert sync(world, Declared("till.cashier", "Cashier", ("till.*",))) == []
    assert grants(world, "till.cashier") == edited


def test_a_role_brought_back_to_its_plugins_state_follows_it_again(world):
    sync(world, CASHIER)
    for name in ("Front desk", "Cashier"):
        with world.session() as session:
            session.scalars(sa.select(Role).where(Role.code == "till.cashier")).one().name = name
            session.commit()

    assert sync(world, Declared("till.cashier", "Cashier", ("till.*",))) == ["till.cashier"]


def test_roles_of_one_organisation_are_not_anothers(world):
    sync(world, CASHIER)

    assert world.all(sa.select(Role.organization_id).where(Role.code == "till.cashier")) == [world.organization()]
