"""Payments: whole and in parts, in foreign currencies, cancelled; open amounts and the books agree throughout."""

import pytest

from backoffice.core.api import Conflict, InvalidInput, RuleBroken


@pytest.fixture
def invoice(books):
    made = books.do("issue_invoice", party=books.party(), date="2026-01-10", lines=[{"unit_price": "100.00"}])
    return made["id"]


def pay(books, invoice, **values):
    return books.do("record_payment", **{"id": invoice, "date": "2026-01-15", **values})


def balance(books, code):
    rows = books.report("trial_balance", until="2026-12-31").rows
    found = {row.cells[0]: (row.cells[2] or 0) - (row.cells[3] or 0) for row in rows}
    return found.get(code, 0)


def test_a_payment_clears_what_is_open(books, invoice):
    paid = pay(books, invoice)
    assert (paid["open"], paid["state"]) == ("0.00", "paid")
    assert (balance(books, "1100"), balance(books, "1200")) == (0, 100)
    assert books.get("entry", paid["entry"]["id"]).reference == "INV/2026/00001"


def test_parts_leave_the_rest_open(books, invoice):
    assert pay(books, invoice, amount="30")["open"] == "70.00"
    assert pay(books, invoice, amount="70", account="1210")["state"] == "paid"
    assert (balance(books, "1200"), balance(books, "1210")) == (30, 70)
    assert books.right()


@pytest.mark.parametrize("amount", ["100.01", "0", "-5"])
def test_no_more_than_is_open_is_paid(books, invoice, amount):
    with pytest.raises(RuleBroken) as caught:
        pay(books, invoice, amount=amount)
    assert "amount" in caught.value.fields


def test_an_amount_with_too_many_decimals_is_refused(books, invoice):
    with pytest.raises(InvalidInput):
        pay(books, invoice, amount="1.005")


def test_a_paid_invoice_is_not_paid_again(books, invoice):
    pay(books, invoice)
    with pytest.raises(Conflict):
        pay(books, invoice)


def test_a_draft_is_not_paid(books):
    draft = books.do("invoice.create", party=books.party(), date="2026-01-10", lines=[{"unit_price": "5"}])
    with pytest.raises(Conflict):
        pay(books, draft["id"])


def test_a_payment_goes_through_the_journal_of_its_account(books, invoice):
    journal = books.journals["BNK"]
    books.do("journal.change", id=journal, account="1200")
    entry = books.get("entry", pay(books, invoice)["entry"]["id"])
    assert (entry.journal_id, entry.number) == (journal, "BNK/2026/00001")


def test_no_payment_goes_into_a_closed_period(books, invoice):
    books.do("close_period", id=books.period("2026-01").id)
    with pytest.raises(RuleBroken, match="No payment can be recorded"):
        pay(books, invoice)


def test_a_credit_note_is_paid_back(books):
    made = books.do(
        "issue_invoice", kind="credit_note", party=books.party(), date="2026-01-10", lines=[{"unit_price": "40"}]
    )
    pay(books, made["id"])
    assert (balance(books, "1100"), balance(books, "1200")) == (0, -40)


def test_a_cancelled_payment_opens_the_invoice_again(books, invoice):
    payment = pay(books, invoice)["id"]
    books.do("cancel_payment", id=payment, reason="bounced")
    found = books.get("invoice", invoice)
    assert (found.state, found.open_amount, books.get("payment", payment).state) == ("posted", 100, "cancelled")
    assert (balance(books, "1100"), balance(books, "1200")) == (100, 0)
    with pytest.raises(Conflict):
        books.do("cancel_payment", id=payment, reason="again")
    assert pay(books, invoice)["state"] == "paid"


def test_the_entry_of_a_payment_is_not_reversed_by_itself(books, invoice):
    paid = pay(books, invoice)
    with pytest.raises(RuleBroken, match="Cancel the payment"):
        books.do("reverse_entry", id=paid["entry"]["id"], reason="wrong")


def test_the_database_keeps_a_payment(books, invoice, sql):
    payment = pay(books, invoice)["id"]
    for statement in (
        f"UPDATE accounting_payment SET amount = 1 WHERE id = {payment}",
        f"DELETE FROM accounting_payment WHERE id = {payment}",
    ):
        assert "backoffice guard accounting" in sql.refusal(statement)


@pytest.fixture
def unsettled(books):
    """An invoice over 120 euros, booked at 80 pounds; no account is chosen for exchange differences."""
    made = books.do(
        "issue_invoice", party=books.party(), date="2026-01-10", currency="EUR", rate="0.6666666667",
        lines=[{"unit_price": "120"}],
    )  # fmt: skip
    return made["id"]


@pytest.fixture
def foreign(books, unsettled):
    """The same invoice, with accounts for exchange differences."""
    books.set("exchange_gain_account", "4800")
    books.set("exchange_loss_account", "6800")
    return unsettled


def test_every_partial_payment_realises_its_exchange_difference_at_once(books, foreign):
    pay(books, foreign, amount="60", rate="1")
    assert (balance(books, "1100"), balance(books, "1200"), balance(books, "4800")) == (40, 60, -20)
    pay(books, foreign, amount="60", rate="0.5")
    assert (balance(books, "1100"), balance(books, "1200"), balance(books, "6800")) == (0, 90, 10)
    assert books.get("invoice", foreign).open_in_books == 0


def test_cancelling_a_foreign_payment_takes_back_the_difference_as_well(books, foreign):
    payment = pay(books, foreign, amount="60", rate="1")["id"]
    books.do("cancel_payment", id=payment, reason="bounced")
    found = books.get("invoice", foreign)
    assert (found.open_amount, found.open_in_books) == (120, 80)
    assert (balance(books, "1100"), balance(books, "1200"), balance(books, "4800")) == (80, 0, 0)


def test_without_an_account_for_the_difference_nothing_is_recorded(books, unsettled):
    with pytest.raises(RuleBroken, match="No account is chosen for Exchange gain"):
        pay(books, unsettled, amount="60", rate="1")
    assert books.get("invoice", unsettled).open_amount == 120
