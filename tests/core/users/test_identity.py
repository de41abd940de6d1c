"""What people may do: patterns, reach, tokens' scopes, and the same answer for one record and for a list."""

import pytest
import sqlalchemy as sa

from backoffice.core.bookkeeping.models import ApprovalRequest, CustomField, SavedView
from backoffice.core.errors import NotSignedIn
from backoffice.core.events.models import JobRow
from backoffice.core.users import setup
from backoffice.core.users.identity import (
    Grant,
    Identity,
    Reach,
    criteria,
    identity_of,
    may,
    permitted_fields,
    reach,
    system_identity,
)
from backoffice.core.users.models import Branch, Company, User
from backoffice.hookspecs import Field

NORTH, SOUTH, FIRST = 1, 2, 11


def someone(*grants, **facts):
    facts = {"user_id": 7, "username": "omar", "name": "Omar", "organization_id": 1, **facts}
    return Identity(grants=tuple(Grant(*grant) for grant in grants), **facts)


def identity(world, username):
    user = world.user(username)
    with world.system() as session:
        return identity_of(session, user)


# -- patterns --------------------------------------------------------------------------------------------------------


def test_the_default_is_no():
    assert not may(someone(), "accounting.post_entry")


@pytest.mark.parametrize("pattern", ["accounting.post_entry", "accounting.*", "*.post_entry", "*"])
def test_a_pattern_gives_what_it_matches(pattern):
    assert may(someone((pattern,)), "accounting.post_entry")


@pytest.mark.parametrize(
    "pattern", ["accounting", "accounting.post", "accounting.*.read", "*.read", "Accounting.*", ""]
)
def test_a_pattern_gives_nothing_else(pattern):
    assert not may(someone((pattern,)), "accounting.post_entry")


def test_in_one_role_a_permission_named_in_full_outweighs_a_pattern():
    omar = someone(
        ("payroll.*", "all", None, None, 5), ("payroll.payslip.read", "own", None, None, 5), companies=None
    )  # fmt: skip

    assert reach(omar, "payroll.payslip.read").only_own
    assert not reach(omar, "payroll.run.read").only_own


def test_of_two_roles_the_wider_counts():
    omar = someone(("payroll.*", "all", None, None, 5), ("payroll.payslip.read", "own", None, None, 6))

    assert not reach(omar, "payroll.payslip.read").only_own


def test_scopes_of_a_token_must_agree_as_well():
    omar = someone(("*",), scopes=("accounting.*",))

    assert may(omar, "accounting.post_entry")
    assert not may(omar, "payroll.run.read")


def test_a_token_without_scopes_may_nothing():
    assert not may(someone(("*",), scopes=()), "accounting.post_entry")


def test_the_system_may_everything_in_its_organisation_and_nothing_in_another():
    system = system_identity(1)

    assert may(system, "anything.at_all", SavedView(organization_id=1))
    assert not may(system, "anything.at_all", SavedView(organization_id=2))


def test_fields_that_need_a_permission_are_dropped_without_it():
    fields = [Field("name"), Field("salary", permission="payroll.read_salary")]

    assert [field.name for field in permitted_fields(someone(("*.read",)), fields)] == ["name"]
    assert [field.name for field in permitted_fields(someone(("payroll.*",)), fields)] == ["name", "salary"]


# -- reach -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grant", "record", "expected"),
    [
        (("*",), CustomField(company_id=NORTH), True),
        (("*", "all", NORTH), CustomField(company_id=NORTH), True),
        (("*", "all", NORTH), CustomField(company_id=SOUTH), False),
        (("*", "company", NORTH), CustomField(company_id=SOUTH), False),
        (("*", "company", NORTH), ApprovalRequest(company_id=None), True),
        (("*", "company", NORTH), SavedView(), True),
        (("*", "company", NORTH), Company(id=NORTH), True),
        (("*", "company", NORTH), Company(id=SOUTH), False),
        (("*", "company", NORTH), User(company_id=NORTH), False),
        (("*", "all", NORTH), User(company_id=None), False),
        (("*", "branch", NORTH, FIRST), User(), False),
        (("*", "branch", NORTH, FIRST), CustomField(company_id=NORTH), True),
        (("*", "branch", NORTH, FIRST), CustomField(company_id=SOUTH), False),
        (("*", "own"), SavedView(created_by=7), True),
        (("*", "own"), SavedView(created_by=8), False),
        (("*", "own"), SavedView(created_by=None), False),
        (("*", "own", NORTH), CustomField(company_id=SOUTH, created_by=7), False),
    ],
)
def test_a_grant_reaches_these_records_and_no_others(grant, record, expected):
    record.organization_id = 1

    assert may(someone(grant), "some.permission", record) is expected


def test_a_record_of_another_organisation_is_never_reached():
    assert not may(someone(("*",)), "some.permission", SavedView(organization_id=2))


def test_own_records_are_told_by_the_field_the_resource_names():
    omar = someone(("*", "own"))

    assert may(omar, "some.permission", SavedView(organization_id=1, user_id=7, created_by=8), "user_id")
    assert not may(omar, "some.permission", SavedView(organization_id=1, user_id=8, created_by=7), "user_id")


def test_a_partys_id_is_never_taken_for_a_users():
    omar = someone(("*", "own"), party_id=30)

    assert may(omar, "some.permission", User(organization_id=1, party_id=30), "party_id")
    assert not may(omar, "some.permission", User(organization_id=1, party_id=7), "party_id")


def test_someone_who_is_no_party_owns_no_records_of_parties():
    assert not may(someone(("*", "own")), "some.permission", User(organization_id=1, party_id=None), "party_id")


def test_own_without_such_a_field_reaches_nothing():
    assert not may(someone(("*", "own")), "some.permission", SavedView(organization_id=1), "nobody")


def test_without_a_record_any_reach_is_enough():
    assert may(someone(("accounting.*", "own")), "accounting.entry.read")


# -- lists -----------------------------------------------------------------------------------------------------------


def test_a_list_of_everything_has_no_condition():
    assert criteria(someone(("*",)), "core.company.read", Company) is None
    assert criteria(someone(("*", "all", NORTH), ("*", "own"), ("*",)), "core.company.read", Company) is None


def test_a_list_of_nothing_has_no_rows(world):
    omar = someone(organization_id=world.organization())

    assert rows(world, omar, Company) == []


def rows(world, who, model, owner=""):
    condition = criteria(who, "some.permission", model, owner)
    shown = sa.true() if condition is None else condition
    return world.all(sa.select(model).where(model.organization_id == who.organization_id, shown))


def test_lists_and_records_agree_for_every_kind_of_grant(world):
    """Whatever is granted, the rows a list shows are exactly those each of which would be permitted."""
    shop, amal = world.organization(), world.user("amal")
    north, south, first = world.company("north"), world.company("south"), world.branch("north-1")
    fill(world, shop, amal, (north, south))
    grants = [
        ("*", "all", north), ("*", "company", south), ("*", "branch", north, first), ("*", "own"),
        ("*", "own", south), ("*", "all", north, first), ("some.*", "company"), ("other.*", "all"),
    ]  # fmt: skip
    for grant in grants:
        who = someone(grant, organization_id=shop, user_id=amal, party_id=amal + 1)
        for model, owner in ((Company, ""), (Branch, ""), (User, "id"), (SavedView, "user_id"), (CustomField, "")):
            everything = world.all(sa.select(model).where(model.organization_id == shop))
            allowed = {record.id for record in everything if may(who, "some.permission", record, owner)}
            assert {record.id for record in rows(world, who, model, owner)} == allowed, (grant, model)


def fill(world, shop, amal, companies):
    with world.system() as session:
        for company in companies:
            for author in (amal, amal + 1, None):
                session.add(
                    CustomField(
                        organization_id=shop, company_id=company, resource="x", name=f"n{author}", label="l",
                        created_by=author,
                    )
                )  # fmt: skip
        for owner in (amal, None):
            session.add(SavedView(organization_id=shop, user_id=owner, resource="x", name="n", query=""))
        session.commit()


def test_a_job_of_no_company_is_shared_by_companies(world):
    condition = criteria(someone(("*", "all", NORTH)), "core.job.read", JobRow)

    assert "IS NULL" in str(condition)


# -- reach of actions and reports ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([], Reach(frozenset(), frozenset(), False)),
        ([("*",)], Reach(None, None, False)),
        ([("*", "all", NORTH)], Reach(frozenset({NORTH}), None, False)),
        ([("*", "all", NORTH), ("*", "company", SOUTH)], Reach(frozenset({NORTH, SOUTH}), None, False)),
        ([("*", "branch", NORTH, FIRST)], Reach(frozenset({NORTH}), frozenset({FIRST}), False)),
        ([("*", "branch", NORTH, FIRST), ("*", "all", SOUTH)], Reach(frozenset({SOUTH}), None, False)),
        ([("*", "own")], Reach(None, None, True)),
        ([("*", "own"), ("*", "all", NORTH)], Reach(frozenset({NORTH}), None, False)),
    ],
)
def test_a_permission_reaches_these_companies_and_branches(grants, expected):
    assert reach(someone(*grants), "some.permission") == expected


# -- from the database -----------------------------------------------------------------------------------------------


def test_an_administrator_may_everything_everywhere(world):
    amal = identity(world, "amal")

    assert (amal.companies, amal.branches) == (None, None)
    assert may(amal, "anything.at_all")
    assert (amal.company_id, amal.zone) == (world.company("north"), "Europe/London")


def test_a_user_without_roles_may_nothing_and_sees_no_company(world):
    world.add_user("omar")
    omar = identity(world, "omar")

    assert not may(omar, "core.company.read")
    assert omar.companies == frozenset()
    assert omar.company_id is None


def test_a_role_given_for_a_company_reaches_that_company(world):
    world.add_user("omar")
    world.add_role("clerk", {"accounting.*": "all"}, "omar", company="south")
    omar = identity(world, "omar")

    assert omar.companies == {world.company("south")}
    assert omar.company_id == world.company("south")
    assert reach(omar, "accounting.entry.read").companies == {world.company("south")}


def test_a_role_given_for_a_branch_reaches_that_branch_of_its_company(world):
    world.add_user("omar")
    world.add_role("cashier", {"sales.*": "all"}, "omar", branch="south-2")
    omar = identity(world, "omar")

    assert omar.companies == {world.company("south")}
    assert omar.branches == {world.branch("south-2")}


def test_records_of_their_companies_means_those_named_for_them(world):
    world.add_user("omar", company_id=world.company("north"))
    world.add_role("clerk", {"accounting.*": "all"}, "omar", company="south")
    world.add_role("reader", {"parties.*": "company"}, "omar")

    both = {world.company("north"), world.company("south")}
    assert reach(identity(world, "omar"), "parties.party.read").companies == both


def test_records_of_their_branches_means_those_named_for_them(world):
    world.add_user("omar")
    world.add_role("cashier", {"sales.*": "all"}, "omar", branch="south-2")
    world.add_role("counter", {"inventory.*": "branch"}, "omar")

    assert reach(identity(world, "omar"), "inventory.count.read").branches == {world.branch("south-2")}


def test_records_of_their_branches_is_nothing_for_someone_without_one(world):
    world.add_user("omar")
    world.add_role("counter", {"inventory.*": "branch"}, "omar")

    assert not may(identity(world, "omar"), "inventory.count.read")


def test_in_an_organisation_of_one_company_everyone_works_there(world):
    world.add_user("sami", "farm")
    farm = world.organization("farm")
    with world.system() as session:
        setup.create_company(session, organization_id=farm, code="only", name="Only", currency="SAR")
        sami = setup.find_user(session, farm, "sami")
        setup.give_role(session, sami, setup.SELF_SERVICE)
        session.commit()
        found = identity_of(session, sami.id)

    assert found.companies == {found.company_id} != {None}


def test_self_service_sees_own_records_alone(world):
    world.add_user("omar", roles=["core.self_service"])
    omar = identity(world, "omar")

    assert reach(omar, "payroll.payslip.read").only_own
    assert not may(omar, "payroll.payslip.change")
    assert not may(omar, "accounting.trial_balance")


def test_a_wished_company_is_taken_when_it_may_be_seen(world):
    user, south = world.user("amal"), world.company("south")
    world.add_user("omar")
    world.add_role("clerk", {"*": "all"}, "omar", company="north")
    omar, north = world.user("omar"), world.company("north")

    with world.system() as session:
        assert identity_of(session, user, south).company_id == south
        assert identity_of(session, omar, south).company_id == north


def test_what_was_found_of_a_person_is_kept_until_something_of_it_changes(world):
    user = world.user("amal")
    with world.system() as session:
        assert identity_of(session, user) is identity_of(session, user)
    with world.database.write_engine.begin() as connection:
        connection.execute(sa.text("UPDATE core_user SET theme = 'dark' WHERE id = :id"), {"id": user})
    with world.system() as session:
        assert identity_of(session, user).theme == "dark"


def test_a_deactivated_user_is_nobody(world):
    user = world.user("amal")
    with world.system() as session:
        session.execute(sa.update(User).where(User.id == user).values(active=False))
        with pytest.raises(NotSignedIn):
            identity_of(session, user)


def test_a_user_who_does_not_exist_is_nobody(world):
    with world.system() as session, pytest.raises(NotSignedIn):
        identity_of(session, 999)
