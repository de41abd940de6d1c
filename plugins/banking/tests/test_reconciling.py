"""Lines matched and taken back: what the books say after each."""

from decimal import Decimal

import pytest

from backoffice.core.api import InvalidInput, RuleBroken
from backoffice.core.testing.work import work_off

D = Decimal


def post(bank, date, *lines, party=None, **values):
    legs = [{"account": code, "amount": amount, "party": party if code == "2100" else None} for code, amount in lines]
    return bank.desk.execute("accounting.post_entry", date=date, journal="BNK", lines=legs, **values)


def open_amount(bank, invoice):
    return bank.desk.get("accounting.invoice", invoice).open_amount


def test_an_invoice_is_paid_and_the_match_taken_back(bank_on_both):
    bank = bank_on_both
    invoice, number = bank.invoice("120.00")
    [line] = bank.statement(("2026-01-10", "120.00", f"Payment {number}", "Aster Trading", "DE89370400440532013000"))
    [best, *_others] = bank.proposals(line)
    assert (best["kind"], best["certain"]) == ("invoice", True)
    assert "names its number" in best["why"]
    bank.do("accept", id=line, proposal=best["key"])
    assert (open_amount(bank, invoice), bank.get("line", line).state) == (D(0), "matched")
    assert bank.balance("1200") == D(120)
    bank.do("undo", id=line, reason="Wrong customer")
    assert (open_amount(bank, invoice), bank.get("line", line).state) == (D(120), "open")
    assert bank.balance("1200") == D(0)


def test_one_line_pays_several_invoices_and_the_charges(bank):
    one, two = bank.invoice("100.00")[0], bank.invoice("50.00")[0]
    [line] = bank.statement(("2026-01-11", "147.00", "Both"))
    before = bank.balance("6100")
    bank.do("pay", id=line, difference="charges",
            invoices=[{"invoice": one, "amount": "100"}, {"invoice": two, "amount": "50"}])  # fmt: skip
    assert (open_amount(bank, one), open_amount(bank, two)) == (D(0), D(0))
    assert bank.balance("6100") - before == D(3)
    assert bank.get("line", line).state == "matched"


def test_several_lines_pay_one_invoice_in_parts(bank):
    invoice, number = bank.invoice("80.00")
    lines = bank.statement(("2026-01-12", "30.00", number), ("2026-01-13", "50.00", number))
    for line in lines:
        bank.do("accept", id=line, proposal=bank.proposals(line)[0]["key"])
    assert open_amount(bank, invoice) == D(0)


def test_a_small_difference_is_written_off(bank):
    _invoice, number = bank.invoice("75.00")
    [line] = bank.statement(("2026-01-14", "74.98", number))
    before = bank.balance("6200")
    bank.do("accept", id=line, proposal=bank.proposals(line)[0]["key"])
    assert bank.balance("6200") - before == D("0.02")


def test_a_large_difference_is_not_written_off(bank):
    invoice, _number = bank.invoice("75.00")
    [line] = bank.statement(("2026-01-14", "70.00", "Short"))
    with pytest.raises(RuleBroken, match="more than may be written off"):
        bank.do("pay", id=line, difference="write_off", invoices=[{"invoice": invoice, "amount": "75"}])
    assert open_amount(bank, invoice) == D(75)


def test_what_is_left_of_a_line_stays_open(bank):
    invoice, _number = bank.invoice("60.00")
    [line] = bank.statement(("2026-01-15", "100.00", "Sixty and more"))
    bank.do("pay", id=line, invoices=[{"invoice": invoice, "amount": "60"}])
    assert bank.get("line", line).state == "open"
    assert bank.do("propose", id=line)["left"] == "40.00"
    bank.do("book", id=line, account="4000")
    assert bank.get("line", line).state == "matched"


def test_a_line_is_booked_to_an_account_and_reversed(bank):
    [line] = bank.statement(("2026-01-16", "-900.00", "Rent of January"))
    before = bank.balance("6000")
    bank.do("book", id=line, account="6000", text="Rent")
    assert bank.balance("6000") - before == D(900)
    bank.do("undo", id=line, reason="Wrong account")
    assert bank.balance("6000") == before


def test_a_transfer_is_booked_once_for_both_accounts(bank):
    [out] = bank.statement(("2026-01-17", "-500.00", "To savings", "", "GB33BUKB20201555555555"))
    [come] = bank.statement(("2026-01-18", "500.00", "From main", "", "GB82WEST12345698765432"), account="SAVE")
    best = bank.proposals(out)[0]
    assert (best["kind"], best["certain"]) == ("transfer", True)
    before = bank.balance("1210")
    bank.do("accept", id=out, proposal=best["key"])
    assert [bank.get("line", one).state for one in (out, come)] == ["matched", "matched"]
    assert bank.balance("1210") - before == D(500)
    bank.do("undo", id=come, reason="Not ours")
    assert [bank.get("line", one).state for one in (out, come)] == ["open", "open"]


def test_the_other_side_of_a_transfer_finds_its_entry_later(bank):
    [out] = bank.statement(("2026-01-19", "-250.00", "Transfer", "", "GB33BUKB20201555555555"))
    bank.do("transfer", id=out, account="SAVE")
    [come] = bank.statement(("2026-01-20", "250.00", "Transfer"), account="SAVE")
    best = bank.proposals(come)[0]
    assert (best["kind"], best["certain"]) == ("entry", True)
    bank.do("accept", id=come, proposal=best["key"])
    assert bank.get("line", come).state == "matched"


def test_an_entry_that_was_booked_by_hand_is_found(bank):
    entry = post(bank, "2026-01-21", ("1200", "-33.00"), ("6000", "33.00"), reference="CHQ-7788")
    [line] = bank.statement(("2026-01-22", "-33.00", "Cheque CHQ-7788"))
    best = bank.proposals(line)[0]
    assert best["key"] == f"entry:{entry['id']}"
    before = bank.balance("1200")
    bank.do("accept", id=line, proposal=best["key"])
    assert bank.balance("1200") == before


def test_a_rule_shares_a_line_among_accounts(bank):
    bank.do("rule.create", code="TEL", name="Telephone", words="Fonix", sign="out", automatic=True,
            parts=[{"account": "6000", "share": "60"}, {"account": "6100"}])  # fmt: skip
    [line] = bank.statement(("2026-01-23", "-99.99", "FONIX bill"))
    best = bank.proposals(line)[0]
    assert (best["kind"], best["certain"]) == ("rule", True)
    before = bank.balance("6000"), bank.balance("6100")
    bank.do("accept", id=line, proposal=best["key"])
    assert (bank.balance("6000") - before[0], bank.balance("6100") - before[1]) == (D("59.99"), D("40.00"))


def test_a_rule_without_a_condition_is_refused(bank):
    with pytest.raises(InvalidInput, match="cannot be kept"):
        bank.do("rule.create", code="ALL", name="All", parts=[{"account": "6000"}])


def test_a_job_matches_what_is_certain_and_leaves_the_rest(bank):
    invoice, number = bank.invoice("41.00")
    sure, unsure = bank.statement(("2026-01-24", "41.00", number), ("2026-01-24", "17.77", "Who knows"))
    bank.do("match_all", id=bank.get("account", "MAIN").id)
    work_off(bank.office)
    assert (bank.get("line", sure).state, bank.get("line", unsure).state) == ("matched", "open")
    assert open_amount(bank, invoice) == D(0)
    assert bank.desk.list("banking.match").records


def test_a_line_is_left_out_and_taken_in_again(bank):
    [line] = bank.statement(("2026-01-25", "-1.00", "Not ours"))
    bank.do("ignore", id=line, note="Corrected by the bank")
    assert bank.get("line", line).state == "ignored"
    with pytest.raises(RuleBroken, match="done already"):
        bank.do("book", id=line, account="6000")
    bank.do("undo", id=line, reason="After all")
    assert bank.get("line", line).state == "open"


def test_a_line_is_not_matched_beyond_its_amount(bank):
    invoice, _number = bank.invoice("90.00")
    [line] = bank.statement(("2026-01-26", "50.00", "Fifty"))
    with pytest.raises(RuleBroken, match="more than the line"):
        bank.do("pay", id=line, invoices=[{"invoice": invoice, "amount": "90"}])


def test_a_proposal_that_is_none_is_refused(bank):
    [line] = bank.statement(("2026-01-27", "50.00", "Fifty-one"))
    for key in ("", "nothing", "invoice:x", "entry:0", "transfer:999999", "rule:77"):
        with pytest.raises((InvalidInput, RuleBroken)):
            bank.do("accept", id=line, proposal=key)


def test_the_reconciliation_explains_the_difference(bank_on_both):
    bank = bank_on_both
    post(bank, "2026-02-01", ("1200", "-20.00"), ("6000", "20.00"))
    mt940 = (":20:X\n:25:GB82WEST12345698765432\n:28C:9\n:60F:C260201GBP0,00\n:61:260203C70,00NTRFNONREF//R1\n:86:In\n"
             ":62F:C260203GBP70,00\n")  # fmt: skip
    bank.take(mt940)
    table = bank.desk.report("banking.reconciliation", {"account": bank.get("account", "MAIN").id})
    amounts = [row.cells[3] for row in table.rows]
    assert amounts == [D(-20), D(20), D(20), D(70), D(70), D(70)]
    [main, _save] = bank.desk.report("banking.balances", {}).rows
    assert (main.cells[4], main.cells[5], main.cells[6]) == (D(70), D(-20), 1)


def test_an_open_item_without_a_document_is_paid_and_the_match_taken_back(bank_on_both):
    bank = bank_on_both
    party = bank.party("Aster Trading")
    post(bank, "2026-01-03", ("6000", "210.00"), ("2100", "-210.00"), party=party, reference="BILL-4411")
    [line] = bank.statement(("2026-01-09", "-210.00", "Bill BILL-4411", "Aster Trading"))
    best = bank.proposals(line)[0]
    assert best["certain"]
    bank.do("accept", id=line, proposal=best["key"])
    assert (bank.balance("2100"), bank.get("line", line).state) == (D(0), "matched")
    assert bank.desk.execute("accounting.verify_items")["right"]
    bank.do("undo", id=line, reason="Not this one")
    assert (bank.balance("2100"), bank.get("line", line).state) == (D(-210), "open")
    assert bank.proposals(line)[0]["key"] == best["key"]
    assert bank.desk.execute("accounting.verify_items")["right"]
