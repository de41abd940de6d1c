"""Reconciling in the console, in English and in Arabic, without scripts."""

import io

import pytest

from backoffice.core.testing.visiting import Visitor


@pytest.fixture
def visitor(bank):
    """The administrator, signed in."""
    made = Visitor(bank.office)
    made.arrive()
    return made


@pytest.fixture
def page_of(bank):
    return f"/banking/{bank.get('account', 'MAIN').id}"


def test_a_proposal_is_accepted_and_taken_back(bank, visitor, page_of):
    _invoice, number = bank.invoice("61.50")
    [line] = bank.statement(("2026-03-01", "61.50", f"Paid {number}", "Aster Trading"))
    page = visitor.open(page_of)
    assert page.says("Main account", "61.50", "names its number", "same amount")
    visitor.post(f"/banking/lines/{line}/accept", {"proposal": bank.proposals(line)[0]["key"], "account_page": "1"})
    assert bank.get("line", line).state == "matched"
    assert visitor.open(page_of).says("Done lately", "Take back")
    visitor.post(f"/banking/lines/{line}/undo", {"account_page": "1"})
    assert bank.get("line", line).state == "open"


def test_lines_are_booked_and_paid_by_hand(bank, visitor, page_of):
    invoice, _number = bank.invoice("10.00")
    booked, paid, moved, out = bank.statement(
        ("2026-03-02", "-7.00", "Stamps"), ("2026-03-02", "10.00", "Ten"), ("2026-03-02", "-3.00", "Moved"),
        ("2026-03-02", "-2.00", "Out"),
    )  # fmt: skip
    assert visitor.open(f"{page_of}?line={booked}").says("Book to an account", "Leave out")
    visitor.post(f"/banking/lines/{booked}/book", {"account": "6000 Rent", "account_page": "1"})
    visitor.post(f"/banking/lines/{paid}/pay", {"invoice": str(invoice), f"amount-{invoice}": "10,00", "sign": "+"})
    visitor.post(f"/banking/lines/{moved}/transfer", {"account": "SAVE", "account_page": "1"})
    visitor.post(f"/banking/lines/{out}/ignore", {"note": "A slip", "account_page": "1"})
    states = [bank.get("line", one).state for one in (booked, paid, moved, out)]
    assert states == ["matched", "matched", "matched", "ignored"]


def test_a_file_is_taken_in(bank, visitor):
    text = (
        b":20:X\n:25:GB33BUKB20201555555555\n:60F:C260301GBP0,00\n"
        b":61:260302C9,00NTRFNONREF//U1\n:86:Up\n:62F:C260302GBP9,00\n"
    )
    visitor.open("/banking/")
    visitor.post("/banking/import", {"file": (io.BytesIO(text), "up.sta")})
    assert visitor.open("/banking/").says("Savings", "9.00", "1 line to do")
    assert visitor.post("/banking/import", {"file": (io.BytesIO(text), "up.sta")}).says("taken in already")


def test_the_page_is_read_in_arabic(bank, visitor, page_of):
    bank.statement(("2026-03-05", "5.55", "Unknown"))
    bank.desk.execute("core.user.change", id=bank.desk.get("core.user", "admin").id, language="ar")
    assert visitor.open(page_of).says("في الدفاتر", "للإنجاز", "5.55")
    bank.desk.execute("core.user.change", id=bank.desk.get("core.user", "admin").id, language="en")


def test_what_one_may_not_do_is_not_served(bank):
    clerk = Visitor(bank.office)
    clerk.arrive("clerk")
    assert clerk.open("/banking/").status == 403
