"""Parties leave for another organisation and come back whole; broken rows are told, the others load."""

from io import BytesIO

import pytest
import sqlalchemy as sa

from backoffice.core.exchange import export, import_rows, read_rows
from backoffice.core.testing.offices import add_organization, desk_of


@pytest.fixture
def desks(offices):
    """Two organisations of one office."""
    office = offices.make(only=["parties"])
    add_organization(office, "other", "Other")
    return desk_of(office), desk_of(office, organization="other")


@pytest.mark.parametrize("format_", ["csv", "xlsx", "json", "jsonl"])
def test_parties_with_all_that_belongs_to_them_travel(desks, format_):
    here, there = desks
    here.execute("parties.party.create", name="Aster Trading", name_ar="شركة أستر", code="ASTER", customer=True)
    here.execute(
        "parties.party.create", kind="person", given_name="Amal", family_name="Haddad", other_given_name="أمل",
        other_family_name="حداد", code="AMAL", organisation="ASTER", email="amal@aster.example",
        addresses=[{"kind": "home", "city": "Riyadh", "country": "SA"}, {"kind": "main", "city": "Jeddah"}],
        bank_accounts=[{"number": "SA0380000000608010167519"}],
    )  # fmt: skip
    file = b"".join(export(here, "parties.party", format=format_))
    done = import_rows(there, "parties.party", read_rows(BytesIO(file), f"parties.{format_}"))
    assert (done.created, done.failed) == (2, [])
    with there.reading() as session:
        from backoffice_parties.models import Party

        amal = session.scalars(sa.select(Party).where(Party.code == "AMAL")).one()
        assert (amal.name, amal.translations, amal.organisation.code) == (
            "Amal Haddad",
            {"ar": {"name": "أمل حداد"}},
            "ASTER",
        )
        assert [address.city for address in amal.addresses] == ["Riyadh", "Jeddah"]
        assert amal.bank_accounts[0].number == "SA0380000000608010167519"
    again = import_rows(there, "parties.party", read_rows(BytesIO(file), f"parties.{format_}"))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)


def test_broken_rows_are_told_and_the_others_load(desks):
    text = "code,name,country,currency\nA,Aster,SA,SAR\nB,,SA,SAR\nC,Cedar,Saudi,SAR\nD,Dahlia,SA,sar\nE,Elm,EG,EGP\n"
    done = import_rows(desks[0], "parties.party", read_rows(BytesIO(text.encode()), "parties.csv"))
    assert done.created == 2
    assert len(done.failed) == 3
