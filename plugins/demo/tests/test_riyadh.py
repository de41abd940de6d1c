"""The company in Riyadh: documents, ledger and tax return say the same, and loading it twice adds nothing."""

import pytest
from backoffice_demo.riyadh import load

from backoffice.core.testing.offices import Offices, desk_of


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("riyadh") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=["demo", "accounting", "parties", "taxes"])
    yield desk_of(office), load(desk_of(office))
    office.close()


def test_documents_ledger_and_return_agree(loaded):
    _desk, summary = loaded
    assert [(tie.name, tie.documents, tie.documents == tie.ledger == tie.declared) for tie in summary.ties] == [
        ("sales", summary.ties[0].declared, True),
        ("output", summary.ties[1].declared, True),
        ("due", summary.ties[2].declared, True),
    ]
    assert summary.agrees
    assert all(tie.documents > 0 for tie in summary.ties)


def test_loading_it_again_adds_nothing(loaded):
    desk, first = loaded
    again = load(desk)
    assert min(first.added.values()) > 0
    assert set(again.added.values()) == {0}
    assert again.ties == first.ties


def test_the_year_has_the_months_of_umm_al_qura(loaded):
    desk, _summary = loaded
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    periods = here.list("accounting.period").records
    assert len(periods) == 12
    assert {str(period.start_date) for period in periods} >= {"2025-06-26", "2025-09-23"}
