"""Parties through the office: created, checked, numbered, found, announced, forgotten."""

import pytest
import sqlalchemy as sa
from backoffice_parties.addresses import written
from backoffice_parties.models import Address, BankAccount, ContactPoint, Identifier, Party

from backoffice.core.api import AlreadyExists, InvalidInput
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=["parties"]))


def create(desk, **values):
    return desk.get("parties.party", desk.execute("parties.party.create", values)["id"])


def test_an_organisation_gets_the_next_code(desk):
    first, second = create(desk, name="Aster Trading"), create(desk, name="Birch Supplies")
    assert (first.code, second.code) == ("P00001", "P00002")


def test_a_code_given_is_kept(desk):
    assert create(desk, name="Aster Trading", code="ASTER").code == "ASTER"


def test_two_parties_cannot_share_a_code(desk):
    create(desk, name="Aster Trading", code="A1")
    with pytest.raises(AlreadyExists):
        create(desk, name="Birch Supplies", code="A1")


def test_a_party_without_a_name_is_refused(desk):
    with pytest.raises(InvalidInput) as caught:
        create(desk, country="SA")
    assert "name" in caught.value.fields


def test_a_persons_name_is_put_together_in_both_scripts(desk):
    party = create(
        desk, kind="person", given_name="Amal", middle_name="Said", family_name="Haddad",
        other_given_name="أمل", other_middle_name="سعيد", other_family_name="حداد",
    )  # fmt: skip
    assert party.name == "Amal Said Haddad"
    assert party.translations == {"ar": {"name": "أمل سعيد حداد"}}


@pytest.mark.parametrize("search", ["أحمد", "احمد", "ahmed", "AHMÉD"])
def test_a_party_is_found_whatever_the_script_and_the_hamza(desk, search):
    create(desk, name="Ahmed & Sons", name_ar="أحمد وأولاده")
    create(desk, name="Birch Supplies")
    from backoffice.core.office import Question

    found = desk.list("parties.party", Question(search=search)).records
    assert [party.name for party in found] == ["Ahmed & Sons"]


def test_lines_are_kept_with_the_party(desk):
    party_id = desk.execute(
        "parties.party.create",
        name="Aster Trading",
        addresses=[{"kind": "billing", "building": "12", "street": "King Fahd Rd", "city": "Riyadh", "country": "sa"}],
        contacts=[{"kind": "email", "value": "accounts@aster.example", "purpose": "invoices"}],
        numbers=[{"kind": "vat", "country": "SA", "number": "300000000000003"}],
        bank_accounts=[{"number": "sa03 8000 0000 6080 1016 7519", "currency": "SAR"}],
    )["id"]
    with desk.reading() as session:
        party = session.get(Party, party_id)
        assert written(party, "billing") == "12 King Fahd Rd\nRiyadh\nSaudi Arabia"
        assert party.contacts[0].value == "accounts@aster.example"
        assert party.numbers[0].number == "300000000000003"
        assert party.bank_accounts[0].number == "SA0380000000608010167519"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"bank_accounts": [{"number": "SA0380000000608010167518"}]}, "bank_accounts.0.number"),
        ({"bank_accounts": [{"number": "12345678", "bic": "NOPE"}]}, "bank_accounts.0.bic"),
        ({"bank_accounts": [{"number": "12345678", "currency": "XXX"}]}, "bank_accounts.0.currency"),
        ({"contacts": [{"kind": "email", "value": "not an address"}]}, "contacts.0.value"),
        ({"addresses": [{"country": "S1"}]}, "addresses.0.country"),
        ({"currency": "sar"}, "currency"),
    ],
)
def test_a_mistake_is_named_where_it_stands(desk, values, wrong):
    with pytest.raises(InvalidInput) as caught:
        create(desk, name="Aster Trading", **values)
    assert list(caught.value.fields) == [wrong]


def test_an_account_number_that_is_no_iban_is_taken_as_it_is(desk):
    party_id = create(desk, name="Aster Trading", bank_accounts=[{"number": "0012-445-99"}]).id
    with desk.reading() as session:
        assert session.scalar(sa.select(BankAccount.number).where(BankAccount.party_id == party_id)) == "0012-445-99"


def test_a_change_is_announced_without_names(desk):
    party = create(desk, name="Aster Trading", customer=True)
    desk.execute("parties.party.change", id=party.id, name="Aster & Co")
    with desk.reading() as session:
        from backoffice.core.events.models import EventRow

        said = session.execute(
            sa.select(EventRow.subject_id, EventRow.facts).where(EventRow.name == "parties.party_changed")
        ).all()
    assert [(subject, facts["change"], facts["customer"]) for subject, facts in said] == [
        (party.id, "created", True),
        (party.id, "changed", True),
    ]
    assert "Aster" not in str(said)


def test_what_is_known_about_a_person_can_be_shown(desk):
    party = create(desk, kind="person", given_name="Amal", family_name="Haddad", email="amal@example.org")
    with desk.reading() as session:
        [(_plugin, known)] = desk.office.hooks.personal_data(session, session.get(Party, party.id))
    assert known.data["name"] == "Amal Haddad"
    assert known.data["email"] == "amal@example.org"


def test_an_erased_person_leaves_an_empty_record(desk):
    party = create(
        desk, kind="person", given_name="Amal", family_name="Haddad", email="amal@example.org", code="E1",
        addresses=[{"street": "King Fahd Rd"}], contacts=[{"kind": "mobile", "value": "+966 5"}],
        numbers=[{"kind": "passport", "number": "X1"}], bank_accounts=[{"number": "1234"}],
    )  # fmt: skip

    def erase(session):
        [(_plugin, known)] = desk.office.hooks.personal_data(session, session.get(Party, party.id))
        known.erase(session)

    desk.run(erase)
    with desk.reading() as session:
        left = session.get(Party, party.id)
        assert (left.name, left.given_name, left.email, left.code, left.active) == ("—", None, None, "E1", False)
        for model in (Address, ContactPoint, Identifier, BankAccount):
            assert session.scalars(sa.select(model)).all() == []
        assert "amal" not in left.search_key


def test_a_party_others_work_for_is_not_deleted(desk):
    from backoffice.core.api import StillReferenced

    company = create(desk, name="Aster Trading")
    create(desk, kind="person", given_name="Amal", organisation=company.id)
    with pytest.raises(StillReferenced):
        desk.execute("parties.party.delete", id=company.id)


def test_every_word_is_translated_into_arabic():
    from pathlib import Path

    from backoffice_parties import plugin

    from backoffice.core.text import untranslated

    assert untranslated(Path(plugin.__file__).parent, "parties", ["ar"]) == {"ar": []}


def test_the_migrations_lead_to_the_models(desk):
    from backoffice.core.persistence.migrations import differences

    [component] = [one for one in desk.office.components if one.name == "parties"]
    with desk.office.database.read_engine.connect() as connection:
        assert differences(connection, component) == []
