"""The books in the console: what an accountant does at a browser without scripts."""

import pytest

from backoffice.core.testing.visiting import Visitor


@pytest.fixture
def visitor(books):
    """The administrator, signed in, with books to write in."""
    made = Visitor(books.desk.office)
    made.arrive()
    return made


def test_an_entry_of_five_lines_is_drafted_posted_and_reversed(visitor, books):
    visitor.open("/records/accounting.entry/new")
    lines = {}
    for number, (account, debit, credit) in enumerate(
        [("1200", "١٠٠", ""), ("1210", "20,50", ""), ("1100", "9.50", ""), ("4000", "", "100"), ("4100", "", "30")]
    ):
        lines |= {
            f"lines.{number}.account:text": account,
            f"lines.{number}.debit": debit,
            f"lines.{number}.credit": credit,
        }
    visitor.press("Create", {"date": "15/01/2026", "journal:text": "General", "description": "Till", **lines})
    assert visitor.page.says("Draft", "1200 Bank", "130.00")
    visitor.follow("Post the entry")
    assert visitor.page.says("A posted entry cannot be changed any more")
    visitor.press("Post the entry")
    assert visitor.page.heading.endswith("Posted")
    assert "Change" not in visitor.page.links
    visitor.follow("Reverse the entry")
    assert visitor.press("Reverse the entry").says("Reason: This is needed.")
    visitor.press("Reverse the entry", reason="Entered twice")
    visitor.follow("GEN/2026/00002")
    assert visitor.page.says("Entered twice")


def test_an_unbalanced_entry_is_refused_in_words_and_kept_on_the_form(visitor):
    visitor.open("/actions/accounting.post_entry")
    page = visitor.press(
        "Post an entry",
        {"date": "2026-01-15", "journal:text": "GEN", "lines.0.account:text": "1200", "lines.0.debit": "10",
         "lines.1.account:text": "4000", "lines.1.credit": "9"},
    )  # fmt: skip
    assert page.status == 422
    assert page.value("lines.1.credit") == "9"
    assert page.says("There is a problem")


def test_the_trial_balance_leads_to_the_ledger_and_from_there_to_the_entry(visitor, books):
    books.post(("1200", "10"), ("4000", "-10"))
    visitor.open("/reports/accounting.trial_balance")
    visitor.follow("1200")
    assert visitor.page.heading.startswith("1200")
    assert visitor.page.says("10.00")


def test_accounts_for_the_purposes_are_chosen_in_the_settings(visitor, books):
    visitor.open("/settings/accounting")
    visitor.press("Save", {"receivable_account:text": "Customers"})
    assert visitor.page.says("The settings are saved.")
    assert visitor.page.value("receivable_account:text") == "1100 Customers"
    page = visitor.press("Save", {"bank_account:text": "Nothing of that name"})
    assert page.status == 422
    assert page.value("bank_account:text") == "Nothing of that name"
