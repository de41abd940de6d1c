"""Everything about a person, across plugins: shown, handed over, erased with proof; what the law keeps is named."""

import io
import json
import zipfile

import pytest
import sqlalchemy as sa

from backoffice.core.attachments import files
from backoffice.core.audit.models import AuditRow, Erasure
from backoffice.core.audit.sealing import seal
from backoffice.core.audit.verifying import verify
from backoffice.core.bookkeeping.models import UsedKey
from backoffice.core.errors import Forbidden, InvalidInput, NotFound
from backoffice.core.personal.gathering import everything
from backoffice.core.testing.offices import PASSWORD, desk_of
from backoffice.core.testing.visiting import Visitor
from backoffice.core.users.models import LoginSession, SignIn, User
from backoffice.core.users.setup import create_user

NAME = "Amal Haddad"


@pytest.fixture
def office(offices):
    """An office with parties and a second administrator."""
    office = offices.make(only=["parties"])
    with office.database.system() as session, session.begin():
        first = session.query(User).filter_by(username="admin").one()
        create_user(
            session, organization_id=first.organization_id, username="second", name="Second",
            roles=["core.administrator"], language="en", company_id=first.company_id, password=PASSWORD,
        )  # fmt: skip
    return office


@pytest.fixture
def desk(office):
    """The desk of the administrator."""
    return desk_of(office)


@pytest.fixture
def amal(desk):
    """A person with an address, a paper and somebody who works for them."""
    id_ = desk.execute(
        "parties.party.create", key="from the web shop", kind="person", name=NAME, email="amal@shop.example",
        phone="+966 50 000 0000", addresses=[{"street": "King Fahd Road", "city": "Riyadh"}],
    )["id"]  # fmt: skip
    files.add(desk, "parties.party", id_, "passport of amal.txt", b"A1234567")
    return id_


def erased(office, resource, record):
    """Ask for someone to be erased, and let a second person agree."""
    asked = desk_of(office).execute(
        "core.erase_person", resource=resource, record=record, reason="Asked for in writing, 2026/7"
    )  # fmt: skip
    desk_of(office, "second").execute("core.approve", id=asked["approval"])
    return desk_of(office).list("core.person_request").records[0]


def payloads(desk):
    with desk.reading() as session:
        return session.execute(sa.select(AuditRow.table_name, AuditRow.payload)).all()


def test_what_every_plugin_keeps_is_shown_with_what_would_stay(desk, amal):
    table = desk.report("core.person", resource="parties.party", record=amal)
    cells = {row.cells[1]: row.cells for row in table.rows}
    assert NAME in cells["Party"][3]
    assert "King Fahd Road" in cells["Party"][3]
    assert "passport" in cells["Attachment"][3]


def test_everything_is_handed_over_as_an_archive(desk, amal):
    made = desk.execute("core.export_person", resource="parties.party", record=amal, reason="Asked for")
    [file] = files.listed(desk, "core.person_request", made["id"])
    with zipfile.ZipFile(io.BytesIO(files.fetch(desk, file.id)[1])) as archive:
        data = json.loads(archive.read("data.json"))
        papers = [archive.read(name) for name in archive.namelist() if name.startswith("files/")]
    assert papers == [b"A1234567"]
    found = {one["resource"]: one["data"] for one in data["records"]}
    assert found["parties.party"]["name"] == NAME
    assert found["parties.party"]["addresses"][0]["street"] == "King Fahd Road"


def test_erasing_waits_for_a_second_person(desk, amal):
    asked = desk.execute("core.erase_person", resource="parties.party", record=amal, reason="Asked for")
    assert asked["state"] == "pending"
    with pytest.raises(Forbidden):
        desk.execute("core.approve", id=asked["approval"])
    assert desk.get("parties.party", amal).name == NAME


def test_nothing_is_left_of_a_person_who_was_erased_but_that_there_was_one(office, desk, amal):
    request = erased(office, "parties.party", amal)
    with desk.reading():
        found = desk.get("parties.party", amal)
        assert (found.name, found.email, found.phone, found.addresses, found.active) == ("—", None, None, [], False)
    assert files.listed(desk, "parties.party", amal) == []
    told = " ".join(payload or "" for _table, payload in payloads(desk))
    for word in ("Amal", "amal@shop.example", "King Fahd", "966 50", "passport of"):
        assert word not in told
    with desk.reading() as session:
        assert "Amal" not in str(session.scalars(sa.select(UsedKey.response)).all())
    assert request.payloads >= 4
    assert request.erased == 2


def test_the_erasing_is_proven_by_the_log_and_the_log_stays_whole(office, desk, amal):
    seal(office)
    request = erased(office, "parties.party", amal)
    seal(office)
    with desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Erasure.id))) == request.payloads
        proof = session.scalars(sa.select(AuditRow).where(AuditRow.table_name == "core_person_request")).all()
    people = {user.id: user.username for user in desk.list("core.user").records}
    assert (people[request.asked_by], people[request.decided_by]) == ("admin", "second")
    assert any("2026/7" in row.payload for row in proof)
    assert not any(NAME in row.payload for row in proof)
    assert not verify(office).findings


def test_a_user_who_was_erased_cannot_sign_in_and_leaves_no_trace_but_the_record(office, desk):
    visitor = Visitor(office)
    visitor.sign_in("admin")
    with office.database.system() as session, session.begin():
        user = session.query(User).filter_by(username="clerk").one()
        user.name, user.email = NAME, "clerk@shop.example"
        session.add(SignIn(organization_id=user.organization_id, at=session.now(), username="clerk", way="console",
                           outcome="failed", address="203.0.113.9"))  # fmt: skip
        id_ = user.id
    erased(office, "core.user", id_)
    with desk.reading() as session:
        user = session.scalars(sa.select(User).where(User.id == id_)).one()
        assert (user.username, user.name, user.email, user.active) == (f"erased-{id_}", "—", None, False)
        assert session.scalar(sa.select(sa.func.count(LoginSession.id)).where(LoginSession.user_id == id_)) == 0
        assert "203.0.113.9" not in session.scalars(sa.select(SignIn.address)).all()
    assert NAME not in str(payloads(desk))


def test_a_party_and_its_user_are_one_person(office, desk, amal):
    with office.database.system() as session, session.begin():
        session.query(User).filter_by(username="clerk").one().party_id = amal
    with desk.reading() as session:
        user = session.scalars(sa.select(User).where(User.username == "clerk")).one()
        held = everything(session, office.registry, office.hooks, user)
    assert {one.resource for one in held} >= {"core.user", "parties.party", "core.attachment"}


def test_records_that_are_no_people_are_refused(desk):
    with pytest.raises(InvalidInput):
        desk.execute("core.export_person", resource="core.company", record=1, reason="x")
    with pytest.raises(NotFound):
        desk.execute("core.export_person", resource="parties.party", record=999, reason="x")
    with pytest.raises(InvalidInput):
        desk.execute("core.export_person", resource="core.user", record=1, reason="")


def test_whoever_lacks_the_right_neither_sees_nor_erases(office, amal):
    clerk = desk_of(office, "clerk")
    for ask in (
        lambda: clerk.report("core.person", resource="parties.party", record=amal),
        lambda: clerk.execute("core.export_person", resource="parties.party", record=amal, reason="x"),
        lambda: clerk.execute("core.erase_person", resource="parties.party", record=amal, reason="x"),
    ):
        with pytest.raises(Forbidden):
            ask()
