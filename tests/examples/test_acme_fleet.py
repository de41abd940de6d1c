"""The smallest plugin: a few lines give a page, REST, commands, import, export, history, permissions and Arabic."""

import json

import pytest

from backoffice.core.api import AlreadyExists, Forbidden
from backoffice.core.audit.history import history
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.visitors import Person, Program
from backoffice.core.text import translate

pytestmark = pytest.mark.checkout

ADDRESS = "/records/acme_fleet.vehicle"
API = "/api/v1/acme_fleet/vehicle"


@pytest.fixture
def fleet(installed, offices):
    """An office with the vehicle register alone."""
    installed("acme-fleet")
    return offices.make(only=["acme_fleet"])


@pytest.fixture
def desk(fleet):
    """The desk of ``admin``, with one vehicle in the register."""
    desk = desk_of(fleet)
    desk.execute("acme_fleet.vehicle.create", plate="ABC 123", service_due="2027-01-31")
    return desk


def test_it_has_at_most_thirty_lines_of_python_beside_the_migration(checkout):
    package = checkout / "examples" / "acme-fleet" / "src" / "backoffice_acme_fleet"
    lines = [line for path in package.glob("*.py") for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 30


def test_its_list_and_its_records_are_pages(desk):
    person = Person(desk.office)
    listed = person.get(ADDRESS)
    assert listed.status_code == 200
    assert "ABC 123" in listed.text
    assert person.get(f"{ADDRESS}/1").status_code == 200
    assert person.get(f"{ADDRESS}/new").status_code == 200


def test_a_vehicle_is_entered_with_the_form(desk):
    person = Person(desk.office)
    answer = person.post(f"{ADDRESS}/new", plate="XYZ 9", service_due="2027-05-01")
    assert answer.status_code == 303
    assert "XYZ 9" in person.get(answer.location).text


def test_a_vehicle_is_listed_and_created_over_rest(desk):
    program = Program(desk.office)
    made = program.post(API, {"plate": "XYZ 9"})
    assert made.status_code == 201
    assert program.get(made.location).json["plate"] == "XYZ 9"
    assert sorted(one["plate"] for one in program.get(API).json["data"]) == ["ABC 123", "XYZ 9"]


def test_rest_describes_it(desk):
    described = Program(desk.office).get("/api/v1/openapi.json").json
    assert "acme_fleet.vehicle" in json.dumps(described)


def test_the_command_line_creates_and_lists_vehicles(fleet, backoffice):
    made = backoffice(fleet, "do", "acme_fleet.vehicle.create", "--field", "plate=XYZ 9")
    assert made.code == 0, made.err
    listed = backoffice(fleet, "list", "acme_fleet.vehicle", "--format", "json")
    assert [one["plate"] for one in json.loads(listed.out)] == ["XYZ 9"]


def test_what_is_exported_can_be_imported(desk, offices, backoffice):
    assert backoffice(desk.office, "export", "acme_fleet.vehicle", "out.csv").code == 0
    other = offices.make(only=["acme_fleet"])
    loaded = backoffice(other, "import", "acme_fleet.vehicle", "out.csv")
    assert loaded.code == 0, loaded.err
    [vehicle] = desk_of(other).list("acme_fleet.vehicle").records
    assert (vehicle.plate, vehicle.service_due.isoformat()) == ("ABC 123", "2027-01-31")


def test_every_change_is_in_the_history(desk):
    desk.execute("acme_fleet.vehicle.change", id=1, service_due="2028-02-29")
    with desk.reading() as session:
        newest = history(session, "acme_fleet_vehicle", 1)[0]
    assert (newest.actor, newest.action) == ("admin", "acme_fleet.vehicle.change")
    assert [(one.name, str(one.before), str(one.after)) for one in newest.changes] == [
        ("service_due", "2027-01-31", "2028-02-29")
    ]


def test_nobody_sees_vehicles_without_the_permission(desk):
    with pytest.raises(Forbidden):
        desk_of(desk.office, "clerk").list("acme_fleet.vehicle")
    assert Program(desk.office, scopes=["acme_fleet.vehicle.create"]).get(API).status_code == 403


def test_two_vehicles_cannot_share_a_plate(desk):
    with pytest.raises(AlreadyExists):
        desk.execute("acme_fleet.vehicle.create", plate="ABC 123")


def test_a_vehicle_is_found_whatever_the_case(desk):
    from backoffice.core.office import Question

    assert desk.list("acme_fleet.vehicle", Question(search="abc")).records


def test_it_speaks_arabic(desk):
    resource = desk.office.registry.resources["acme_fleet.vehicle"]
    assert translate(resource.plural, "ar") == "المركبات"
    person = Person(desk.office)
    person.post("/language", page="/", language="ar")
    page = person.get(ADDRESS).text
    assert 'dir="rtl"' in page
    assert "رقم اللوحة" in page
