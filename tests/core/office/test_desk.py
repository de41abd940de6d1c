"""The office through a desk: permissions, records, lists, idempotency."""

import pytest

from backoffice.core.errors import AlreadyExists, Forbidden, InvalidInput, KeyReused, NotFound, StaleVersion
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def test_an_administrator_creates_changes_and_lists_a_branch(office):
    desk = desk_of(office)
    made = desk.execute("core.branch.create", code="north", name="North")
    changed = desk.execute("core.branch.change", id=made["id"], version=made["version"], name="Far north")
    assert changed["name"] == "Far north"
    assert [branch.name for branch in desk.list("core.branch").records] == ["Far north"]


def test_a_stale_version_is_refused(office):
    desk = desk_of(office)
    made = desk.execute("core.branch.create", code="north", name="North")
    desk.execute("core.branch.change", id=made["id"], version=made["version"], name="A")
    with pytest.raises(StaleVersion):
        desk.execute("core.branch.change", id=made["id"], version=made["version"], name="B")


def test_someone_without_a_role_may_do_nothing(office):
    with pytest.raises(Forbidden):
        desk_of(office, "clerk").execute("core.branch.create", code="north", name="North")


def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(office):
    desk = desk_of(office)
    first = desk.execute("core.branch.create", code="north", name="North", key="k1")
    assert desk.execute("core.branch.create", code="north", name="North", key="k1") == first
    with pytest.raises(KeyReused):
        desk.execute("core.branch.create", code="south", name="South", key="k1")


def test_unknown_fields_and_taken_codes_are_refused(office):
    desk = desk_of(office)
    with pytest.raises(InvalidInput) as caught:
        desk.execute("core.branch.create", code="north", name="North", colour="red")
    assert "colour" in caught.value.fields
    desk.execute("core.branch.create", code="north", name="North")
    with pytest.raises(AlreadyExists):
        desk.execute("core.branch.create", code="north", name="North")


def test_another_organisation_sees_nothing(office):
    from backoffice.core.testing.offices import add_organization

    made = desk_of(office).execute("core.branch.create", code="north", name="North")
    add_organization(office, "globex", "Globex")
    other = desk_of(office, organization="globex")
    assert not other.list("core.branch").records
    with pytest.raises(NotFound):
        other.get("core.branch", made["id"])
