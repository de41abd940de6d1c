"""Statements taken in: checked, followed up, nothing twice."""

from decimal import Decimal

import pytest
from backoffice_banking.reading import Unreadable

from backoffice.core.api import RuleBroken

D = Decimal

MT940 = """:20:X
:25:{account}
:28C:{number}
:60F:C{first}GBP{opening}
{lines}:62F:C{last}GBP{closing}
"""


def mt940(number, first, last, opening, closing, *lines, account="GB82WEST12345698765432"):
    said = "".join(f":61:{day}C{amount}NTRF{ref}\n:86:{text}\n" for day, amount, ref, text in lines)
    return MT940.format(
        account=account, number=number, first=first, last=last, opening=opening, closing=closing, lines=said
    )


FIRST = mt940(1, "260101", "260103", "100,00", "130,00", ("260102", "10,00", "NONREF//B1", "one"),
              ("260103", "20,00", "NONREF//B2", "two"))  # fmt: skip


def test_statements_follow_each_other(bank_on_both):
    bank = bank_on_both
    assert len(bank.take(FIRST)) == 2
    second = mt940(2, "260103", "260105", "130,00", "135,00", ("260105", "5,00", "NONREF//B3", "three"))
    assert len(bank.take(second)) == 1
    gap = mt940(4, "260107", "260108", "999,00", "1000,00", ("260108", "1,00", "NONREF//B9", "nine"))
    with pytest.raises(RuleBroken, match="does not follow"):
        bank.take(gap)
    assert len(bank.take(gap, any_opening=True)) == 1


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_nothing_comes_in_twice(bank_on_both):
    bank = bank_on_both
    bank.take(FIRST)
    with pytest.raises(RuleBroken, match="taken in already"):
        bank.take(FIRST)
    with pytest.raises(RuleBroken, match="Everything on this statement"):
        bank.take(FIRST + "\n")
    overlap = mt940(2, "260102", "260105", "110,00", "135,00", ("260103", "20,00", "NONREF//B2", "two"),
                    ("260105", "5,00", "NONREF//B3", "three"))  # fmt: skip
    assert len(bank.take(overlap)) == 1
    [statement] = [one for one in bank.desk.list("banking.statement").records if one.repeated]
    assert (statement.repeated, statement.count, statement.closing) == (1, 1, D(135))


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_the_same_purchase_twice_on_a_day_is_two_lines(bank_on_both):
    lines = [("2026-01-05", "-4.50", "Coffee")] * 2
    assert len(bank_on_both.statement(*lines)) == 2
    assert len(bank_on_both.statement(*lines, ("2026-01-06", "-4.50", "Coffee"))) == 1


def test_a_statement_that_does_not_add_up_is_refused(bank):
    with pytest.raises(RuleBroken, match=r"opens with 100\.00") as refused:
        bank.take(FIRST.replace("130,00", "131,00"))
    assert refused.value.fields["file"]


def test_a_statement_of_an_unknown_account_is_refused(bank):
    with pytest.raises(RuleBroken, match="No bank account"):
        bank.take(FIRST.replace("GB82WEST12345698765432", "GB29NWBK60161331926819"))


def test_a_statement_in_another_currency_is_refused(bank):
    with pytest.raises(RuleBroken, match="in EUR"):
        bank.take(FIRST.replace("GBP", "EUR"))


def test_csv_without_a_mapping_is_refused(bank):
    with pytest.raises(Unreadable, match="mapping"):
        bank.take("date,amount\n2026-01-01,5\n", account="MAIN")


def test_a_file_is_taken_in_from_the_command_line(bank, tmp_path):
    file = tmp_path / "statement.sta"
    file.write_text(mt940(1, "260101", "260103", "0,00", "10,00", ("260102", "10,00", "NONREF//S1", "one"),
                          account="GB33BUKB20201555555555"))  # fmt: skip
    from backoffice_banking.cli import commands
    from click.testing import CliRunner

    class App:
        def desk(self):
            return bank.desk

        def say(self, text):
            print(text.filled())

        note = say

    done = CliRunner().invoke(commands, ["import-statement", str(file)], obj=App(), catch_exceptions=False)
    assert "SAVE: 1 lines" in done.output
