"""Vouchers and cheques: numbers, entries, steps, and what the database keeps."""

from decimal import Decimal

import pytest

from backoffice.core.api import Conflict, InvalidInput, RuleBroken


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


def balance(books, code):
    rows = {row.cells[0]: row.cells for row in books.report("trial_balance", until="2026-12-31").rows}
    if code not in rows:
        return Decimal(0)
    return rows[code][2] if rows[code][2] is not None else -rows[code][3]


@pytest.fixture
def chequered(books):
    for code, name, type_, purpose in (
        ("1300", "Cheques in hand", "asset", "cheques_received"),
        ("1310", "Cheques at the bank", "asset", "cheques_deposited"),
        ("2300", "Cheques out", "liability", "cheques_issued"),
    ):
        books.account(code, name, type_)
        books.do("account_choice.create", purpose=purpose, account=code)
    return books


def voucher(books, kind="receipt", **values):
    lines = [{"account": "4000", "amount": "30", "description": "Tea"}, {"account": "6000", "amount": "12"}]
    given = {"kind": kind, "date": "2026-01-15", "account": "1210", "party": books.party(), "lines": lines, **values}
    return books.do("voucher.create", **given)["id"]


def test_a_receipt_voucher_has_a_number_and_an_entry(books):
    id_ = voucher(books)
    posted = books.do("post_voucher", id=id_)
    assert (posted["number"], posted["state"]) == ("RV/2026/00001", "posted")
    assert (balance(books, "1210"), balance(books, "4000")) == (42, -30)


def test_a_payment_voucher_goes_the_other_way_and_is_numbered_by_itself(books):
    books.do("post_voucher", id=voucher(books))
    assert books.do("post_voucher", id=voucher(books, "payment"))["number"] == "PV/2026/00001"
    assert balance(books, "1210") == 0


def test_a_cancelled_voucher_keeps_its_number(books):
    id_ = voucher(books)
    books.do("post_voucher", id=id_)
    assert books.do("cancel_voucher", id=id_, reason="Twice")["state"] == "cancelled"
    assert books.get("voucher", id_).number == "RV/2026/00001"
    assert balance(books, "1210") == 0
    with pytest.raises(Conflict):
        books.do("cancel_voucher", id=id_, reason="Twice")


def test_the_entry_of_a_voucher_is_not_reversed_by_itself(books):
    posted = books.do("post_voucher", id=voucher(books))
    with pytest.raises(RuleBroken, match="belongs to a document"):
        books.do("reverse_entry", id=posted["entry"]["id"], reason="Twice")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_voucher_is_printed_in_both_languages(books, language):
    id_ = voucher(books)
    books.do("post_voucher", id=id_)
    page = books.desk.document("accounting.voucher", id_, language).html
    assert ("سند قبض" if language == "ar" else "Receipt voucher") in page
    assert "RV/2026/00001" in page


def receive(books, **values):
    given = {"number": "771", "party": books.party(), "date": "2026-01-10", "due_date": "2026-03-01", "amount": "90"}
    return books.do("receive_cheque", **{**given, **values})["id"]


def test_a_cheque_is_received_deposited_and_cleared(chequered):
    id_ = receive(chequered)
    assert (balance(chequered, "1300"), balance(chequered, "1100")) == (90, -90)
    chequered.do("move_cheque", id=id_, step="deposited", date="2026-02-27")
    assert (balance(chequered, "1300"), balance(chequered, "1310")) == (0, 90)
    with pytest.raises(InvalidInput, match="before its date"):
        chequered.do("move_cheque", id=id_, step="cleared", date="2026-02-28")
    chequered.do("move_cheque", id=id_, step="cleared", date="2026-03-02")
    assert (balance(chequered, "1310"), balance(chequered, "1200")) == (0, 90)


def test_a_cheque_that_bounced_is_given_back_and_owed_again(chequered):
    id_ = receive(chequered)
    for step in ("deposited", "bounced", "returned"):
        chequered.do("move_cheque", id=id_, step=step, date="2026-03-02", reason="No funds")
    assert (balance(chequered, "1300"), balance(chequered, "1100")) == (0, 0)
    with pytest.raises(Conflict):
        chequered.do("move_cheque", id=id_, step="deposited", date="2026-03-03")


def test_a_cheque_we_issued_is_paid_or_stopped(chequered):
    ids = [
        chequered.do("issue_cheque", number=number, party=chequered.party(f"P{number}"), date="2026-01-10", amount="40",
                     account="1200")["id"]
        for number in ("1", "2")
    ]  # fmt: skip
    assert (balance(chequered, "2100"), balance(chequered, "2300")) == (80, -80)
    chequered.do("move_cheque", id=ids[0], step="presented", date="2026-01-12")
    chequered.do("move_cheque", id=ids[0], step="cleared", date="2026-01-13")
    chequered.do("move_cheque", id=ids[1], step="stopped", date="2026-01-13", reason="Lost")
    assert (balance(chequered, "2300"), balance(chequered, "1200"), balance(chequered, "2100")) == (0, -40, 40)


def test_the_report_lists_cheques_on_their_way_by_their_date(chequered):
    receive(chequered)
    done = receive(chequered, number="772", due_date="2026-01-10")
    chequered.do("move_cheque", id=done, step="returned", date="2026-01-12")
    assert [row.cells[1] for row in chequered.report("cheques_due").rows] == ["771"]
    assert [row.cells[1] for row in chequered.report("cheques_due", done=True).rows] == ["772", "771"]
