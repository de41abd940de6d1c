"""What is owed: by age, on a statement, in reminders; on any day, in both languages."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.owed.reminding import Step, interest_on, next_level

from backoffice.core.api import Conflict, InvalidInput, RoundingPolicy, RuleBroken

D = Decimal
STEPS = [Step(1, 1, 5), Step(2, 2, 20)]


@pytest.fixture
def party(books):
    return books.party("Aster", name_ar="أستر", language="ar")


def issue(books, party, amount="100", day="2025-12-10", **values):
    lines = [{"description": "Chair", "unit_price": amount}]
    return books.do("issue_invoice", party=party, date=day, lines=lines, **values)


@pytest.fixture
def overdue(books, party):
    """An invoice that was due forty days before."""
    books.do("open_year", start="2025-01-01")
    return issue(books, party, due_date="2025-12-06", day="2025-12-01")["id"]


def levels(books, **values):
    books.do("reminder_level.create", level=1, name="Reminder", name_ar="تذكير", days=5, **values)
    books.do("reminder_level.create", level=2, name="Last reminder", days=20, fee="10", interest="5")


def cells(table):
    return [row.cells for row in table.rows]


def test_what_customers_owe_stands_by_age(books, overdue):
    [row] = cells(books.report("aged_receivables", until="2026-01-15"))
    assert row[1:] == (0, 0, 100, 0, 0, 100)
    books.do("record_payment", id=overdue, date="2026-01-10", amount="30")
    assert cells(books.report("aged_receivables", until="2026-01-15"))[0][-1] == 70
    assert cells(books.report("aged_receivables", until="2026-01-09"))[0][-1] == 100


def test_what_suppliers_are_owed_is_above_zero(books, party):
    issue(books, party, day="2026-01-10", kind="bill")
    assert cells(books.report("aged_payables", until="2026-01-15"))[0][-1] == 100


def test_open_items_link_to_their_documents(books, party, overdue):
    [row] = books.report("open_items", party=party, until="2026-01-15").rows
    assert (row.link.resource, row.link.id, row.cells[6]) == ("accounting.invoice", overdue, 100)


def test_what_was_open_on_a_day_is_what_had_come_and_was_not_settled_then(books, party, overdue):
    """Settled afterwards, undone afterwards, both or neither: ages and items say the same."""
    books.do("record_payment", id=overdue, date="2026-01-10", amount="30")
    [settlement] = books.desk.list("accounting.settlement").records
    books.do("undo_settlement", id=settlement.id, date="2026-01-20", reason="Wrong invoice")

    def left(day):
        items = [row.cells[6] for row in books.report("open_items", party=party, until=day).rows]
        aged = [row.cells[-1] for row in books.report("aged_receivables", until=day).rows]
        return sum(items), sum(aged)

    assert left("2026-01-05") == (100, 100)
    assert left("2026-01-15") == (70, 70)
    assert left("2026-01-25") == (70, 70)


def test_a_statement_shows_what_is_open_in_the_customers_language(books, party, overdue):
    books.do("record_money", party=party, date="2026-01-12", amount="20")
    made = books.desk.document("accounting.account_statement", party, None)
    assert made.language == "ar"
    assert "كشف حساب" in made.html
    assert "INV/2025/00001" in made.html
    assert "80.00" in made.html


def test_a_statement_needs_an_address(books, party, overdue):
    with pytest.raises(InvalidInput, match="no e-mail address"):
        books.do("send_statement", id=party)


@pytest.mark.parametrize(
    ("reached", "days", "level"), [(0, 4, None), (0, 5, 1), (0, 90, 1), (1, 19, None), (1, 20, 2), (2, 90, None)]
)
def test_levels_follow_each_other(reached, days, level):
    found = next_level(STEPS, reached, days)
    assert (found.level if found else None) == level


def test_interest_is_counted_by_days():
    assert interest_on(D("1000"), D("7.3"), 10, "GBP", RoundingPolicy()) == D("2.00")


def test_without_levels_nobody_is_reminded(books, overdue):
    with pytest.raises(RuleBroken, match="no levels"):
        books.do("remind")


def test_reminders_climb_and_charge_fee_and_interest(books, party, overdue):
    levels(books)
    [first] = books.do("remind", date="2026-01-15")["reminders"]
    assert books.do("remind", date="2026-01-15")["reminders"] == []
    books.do("send_reminder", id=first["id"])
    assert books.get("invoice", overdue).reminder_level == 1
    [second] = books.do("remind", date="2026-01-20")["reminders"]
    assert second["level"] == 2
    sent = books.do("send_reminder", id=second["id"])
    reminder = books.get("reminder", second["id"])
    assert (reminder.fee, reminder.interest, reminder.state) == (10, D("0.62"), "sent")
    assert sent["entry"] is not None
    assert cells(books.report("aged_receivables", until="2026-01-20"))[0][-1] == D("110.62")
    assert books.do("verify_items")["right"]
    with pytest.raises(Conflict):
        books.do("send_reminder", id=second["id"])


def test_the_letter_is_in_the_words_of_the_level(books, overdue):
    levels(books, text="Please pay.", text_ar="نرجو السداد.")
    [made] = books.do("remind", date="2026-01-15")["reminders"]
    html = books.desk.document("accounting.reminder", made["id"], None).html
    assert "نرجو السداد." in html
    assert "تذكير" in html


def test_held_invoices_and_customers_are_not_reminded(books, party, overdue):
    levels(books)
    books.do("hold_invoice", id=overdue, reason="disputed")
    assert books.do("remind", date="2026-01-15")["reminders"] == []
    books.do("hold_invoice", id=overdue)
    books.do("agreement.create", party=party, held="in court")
    assert books.do("remind", date="2026-01-15")["reminders"] == []


def test_a_dropped_reminder_may_be_proposed_again(books, overdue):
    levels(books)
    [made] = books.do("remind", date="2026-01-15")["reminders"]
    books.do("drop_reminder", id=made["id"])
    assert len(books.do("remind", date="2026-01-16")["reminders"]) == 1
    assert books.get("invoice", overdue).due_date == date(2025, 12, 6)
