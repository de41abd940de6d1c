"""The company in Riyadh: documents, ledger and tax return say the same, and loading it twice adds nothing."""

from decimal import Decimal

import pytest
from backoffice_demo.riyadh import load

from backoffice.core.api import Question
from backoffice.core.testing.offices import Offices, desk_of


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("riyadh") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(
        only=["demo", "accounting", "banking", "einvoicing", "parties", "taxes", "zatca"]
    )
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
    assert [tie.documents for tie in summary.ties] == [Decimal("340636.53"), Decimal("41361.36"), Decimal("7786.77")]


def test_loading_it_again_adds_nothing(loaded):
    desk, first = loaded
    before = trial_balance(desk)
    again = load(desk)
    assert trial_balance(desk) == before
    assert min(first.added.values()) > 0
    assert set(again.added.values()) == {0}
    assert again.ties == first.ties


def trial_balance(desk):
    """Return the trial balance of the company as it is printed, byte by byte."""
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    table = here.report("accounting.trial_balance", {"until": "2025-12-31"})
    return "\n".join(",".join(map(str, row.cells)) for row in table.rows).encode()


def test_cheques_are_cleared_bounced_and_dated_ahead(loaded):
    desk, _summary = loaded
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    found = {cheque.number: cheque.state for cheque in here.list("accounting.cheque").records}
    assert found == {
        "000412": "cleared", "000127": "bounced", "300518": "deposited", "000413": "received",
        "100021": "cleared", "100022": "issued",
    }  # fmt: skip
    assert here.execute("accounting.verify_items")["right"]


def test_the_statement_of_december_is_matched_by_half_and_the_bank_explained(loaded):
    desk, _summary = loaded
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    lines = here.list("banking.line", Question(limit=200)).records
    december = [line.state for line in lines if str(line.date) >= "2025-12-01"]
    assert (len(lines), december.count("matched"), december.count("open")) == (59, 16, 20)
    account = here.get("banking.account", "BANK").id
    rows = here.report("banking.reconciliation", {"account": account}).rows
    assert not any(row.cells[3] in (Decimal(412600), Decimal(-412600)) for row in rows)
    assert rows[-1].cells[3] == Decimal("398354.09")


def test_an_invoice_is_written_in_both_languages_with_words_dates_and_the_code(loaded):
    desk, _summary = loaded
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    [invoice] = here.list("accounting.invoice", source_key="RIY-S001").records
    html = here.document("accounting.invoice", invoice.id, "ar+en").html
    for said in (
        'dir="rtl"', 'dir="ltr"', "فاتورة ضريبية", "Tax invoice", "مقهى الروضة", "Rawdah Café", "ضريبة القيمة المضافة",
        "فقط تسعة آلاف وسبعمائة واثنان وعشرون", "nine thousand seven hundred", "هـ (2 أكتوبر 2025)", "AH (2 Oct 2025)",
    ):  # fmt: skip
        assert said in html
    assert html.count("<svg") == 2


def test_a_month_of_umm_al_qura_has_its_report(loaded):
    _desk, summary = loaded
    assert "1 Jumada al-Akhirah 1447 AH" in summary.month.subtitle
    assert "(22 Nov 2025 – 20 Dec 2025)" in summary.month.subtitle


def test_the_year_has_the_months_of_umm_al_qura(loaded):
    desk, _summary = loaded
    here = desk.at_company(desk.get("core.company", "riyadh").id)
    periods = here.list("accounting.period").records
    assert len(periods) == 12
    assert {str(period.start_date) for period in periods} >= {"2025-06-26", "2025-09-23"}
