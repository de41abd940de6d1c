"""What the plugin offers around the books: cards, roles, settings, personal data, commands, words."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting import plugin
from click.testing import CliRunner

from backoffice.core.api import Forbidden, translate
from backoffice.core.persistence.migrations import differences
from backoffice.core.testing.offices import desk_of
from backoffice.core.text import untranslated
from backoffice.hookspecs import Label

PACKAGE = Path(plugin.__file__).parent


def test_every_word_is_translated_into_arabic():
    assert untranslated(PACKAGE, "accounting", ["ar"]) == {"ar": []}


def test_the_migrations_lead_to_the_models(books):
    office = books.desk.office
    [component] = [one for one in office.components if one.name == "accounting"]
    with office.database.read_engine.connect() as connection:
        assert differences(connection, component) == []


def give(office, role):
    from backoffice.core.users import setup
    from backoffice.core.users.models import User

    with office.database.system() as session, session.begin():
        setup.give_role(session, session.scalars(sa.select(User).where(User.username == "clerk")).one(), role)
    return desk_of(office, "clerk")


ENTRY = {
    "date": "2026-01-15", "journal": "GEN",
    "lines": [{"account": "1200", "debit": "5"}, {"account": "4000", "credit": "5"}],
}  # fmt: skip


def test_a_bookkeeper_posts_but_neither_reverses_nor_closes(books):
    desk = give(books.desk.office, "accounting.bookkeeper")
    entry = desk.execute("accounting.post_entry", ENTRY)
    with pytest.raises(Forbidden):
        desk.execute("accounting.reverse_entry", id=entry["id"], reason="wrong")
    with pytest.raises(Forbidden):
        desk.execute("accounting.close_period", id=books.period("2026-01").id)


def test_an_accountant_reverses_and_closes(books):
    desk = give(books.desk.office, "accounting.accountant")
    entry = desk.execute("accounting.post_entry", ENTRY)
    desk.execute("accounting.reverse_entry", id=entry["id"], reason="wrong")
    desk.execute("accounting.close_period", id=books.period("2026-01").id)


def test_an_auditor_sees_everything_and_changes_nothing(books):
    entry = books.do("post_entry", **ENTRY)
    desk = give(books.desk.office, "accounting.auditor")
    assert desk.get("accounting.entry", entry["id"]).number == "GEN/2026/00001"
    assert desk.report("accounting.trial_balance", until="2026-12-31").rows
    for action in ("accounting.post_entry", "accounting.entry.create"):
        with pytest.raises(Forbidden):
            desk.execute(action, ENTRY)


def cards(desk, place, subject=None):
    with desk.reading() as session:
        return [card for _plugin, card in desk.office.hooks.cards(place, session, subject)]


def test_the_dashboard_shows_what_is_owed_and_earned(books):
    books.do("issue_invoice", party=books.party(), date="2026-01-10", lines=[{"unit_price": "100"}])
    owed, overdue, income, invoices, chart, debtors = cards(books.desk, "dashboard")
    assert (owed.value, owed.link.report, overdue.value) == (100, "accounting.general_ledger", 0)
    assert (income.title, income.value, invoices.value) == ("Income this month", 100, 1)
    assert debtors.table.rows[0].cells == ("Aster Trading", 100)
    assert [(row.cells[0].day, row.cells[1]) for row in chart.table.rows if row.cells[1]] == [(10, 100)]
    assert {card.permission for card in (owed, income, chart)} == {"accounting.trial_balance"}
    assert {card.permission for card in (overdue, invoices, debtors)} == {"accounting.invoice.read"}


def test_without_postings_this_month_the_last_month_with_some_is_shown(books):
    from datetime import UTC, datetime

    books.post(("1200", "7"), ("4000", "-7"), date="2026-01-10")
    books.desk.office.clock.at = datetime(2026, 8, 1, tzinfo=UTC)
    income = cards(books.desk, "dashboard")[2]
    assert (translate(income.title, "en"), income.value) == ("Income of Jan 2026", 7)


def test_an_empty_book_has_no_cards(empty_books):
    assert cards(empty_books.desk, "dashboard") == []


def test_a_customers_page_shows_what_they_owe(books):
    from backoffice_parties.models import Party

    party = books.party()
    invoice = {"party": party, "date": "2026-01-05", "lines": [{"unit_price": "100"}]}
    books.do("issue_invoice", **invoice, due_date="2026-01-10")
    books.do("issue_invoice", **invoice)
    books.do("issue_invoice", **{**invoice, "kind": "credit_note", "lines": [{"unit_price": "30"}]})
    with books.desk.reading() as session:
        subject = session.get(Party, party)
        owes, overdue = [card for _p, card in books.desk.office.hooks.cards("parties.party", session, subject)]
    assert (owes.value, overdue.value) == (170, 100)


def test_what_the_books_know_of_a_person_is_shown_and_kept(books):
    from backoffice_parties.models import Party

    party = books.party("Amal Haddad", kind="person")
    books.do("issue_invoice", party=party, date="2026-01-10", lines=[{"unit_price": "100"}])
    with books.desk.reading() as session:
        known = [one for _plugin, one in books.desk.office.hooks.personal_data(session, session.get(Party, party))]
    [invoice] = [record for record in known if record.resource == "accounting.invoice"]
    assert (invoice.data["name"], invoice.erase) == ("Amal Haddad", None)
    assert "law" in invoice.reason


def test_a_missing_due_date_follows_the_setting(books):
    books.set("payment_days", 10)
    made = books.do("issue_invoice", party=books.party(), date="2026-01-10", lines=[{"unit_price": "100"}])
    assert str(books.get("invoice", made["id"]).due_date) == "2026-01-20"


def test_a_posted_invoice_is_announced_without_names(books):
    from backoffice.core.events.models import EventRow

    made = books.do("issue_invoice", party=books.party("Amal Haddad"), date="2026-01-10", lines=[{"unit_price": "100"}])
    with books.desk.reading() as session:
        rows = session.scalars(
            sa.select(EventRow).where(EventRow.name.like("accounting.%")).order_by(EventRow.id)
        ).all()
    assert [(row.name, row.subject_id) for row in rows] == [
        ("accounting.entry_posted", made["entry"]), ("accounting.invoice_posted", made["id"]),
    ]  # fmt: skip
    assert "Amal" not in str([(row.facts, row.personal) for row in rows])


class App:
    """What a command is handed: a desk and a mouth."""

    def __init__(self, desk):
        self.own = desk

    def desk(self):
        return self.own

    def say(self, text):
        print(text.filled() if isinstance(text, Label) else text)

    note = say


def run(books, *words):
    from backoffice_accounting.cli import commands

    return CliRunner().invoke(commands, [str(word) for word in words], obj=App(books.desk), catch_exceptions=False)


def test_a_chart_is_imported_from_a_file(books, tmp_path):
    chart, refused = tmp_path / "chart.csv", tmp_path / "refused.csv"
    chart.write_text("code,name,type\n7000,Fuel,expense\n7100,Toll,nonsense\n", encoding="utf-8")
    done = run(books, "import-chart", chart, "--refused", refused)
    assert "1 accounts added, 0 were there, 1 rows refused." in done.output
    assert "Its type nonsense is not known." in refused.read_text(encoding="utf-8")


def test_checking_balances_ends_with_one_when_they_are_wrong(books):
    books.post(("1200", "7"), ("4000", "-7"))
    assert run(books, "verify-balances").exit_code == 0
    with books.desk.office.database.write_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounting_balance SET debit = debit + 1")
    assert run(books, "verify-balances").exit_code == 1
