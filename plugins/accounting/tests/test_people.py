"""A customer is erased, and the books keep what the law asks for."""

from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import User
from backoffice.core.users.setup import create_user


def test_a_customer_is_erased_and_their_posted_invoice_stays_as_it_was(books):
    party = books.party("Amal Haddad", kind="person", email="amal@shop.example")
    given = {"party": party, "date": "2026-01-15", "lines": [{"description": "Tea", "unit_price": "12.50"}]}
    invoice = books.do("issue_invoice", **given)["id"]
    office = books.desk.office
    with office.database.system() as session, session.begin():
        first = session.query(User).filter_by(username="admin").one()
        create_user(
            session, organization_id=first.organization_id, username="second", name="Second",
            roles=["core.administrator"], language="en", company_id=first.company_id, password="correct horse staple",
        )  # fmt: skip
    asked = books.desk.execute("core.erase_person", resource="parties.party", record=party, reason="Asked for")
    desk_of(office, "second").execute("core.approve", id=asked["approval"])
    assert books.desk.get("parties.party", party).name == "—"
    assert books.get("invoice", invoice).party_name == "Amal Haddad"
    [request] = books.desk.list("core.person_request").records
    kept = {one["resource"]: one["kept"] for one in request.outcome if one["kept"]}
    assert kept == {"accounting.invoice": "The law asks to keep issued invoices as they were."}
