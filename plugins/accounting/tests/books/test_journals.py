"""Journals of ledger and hledger: what every line of them means, and what is said of those that mean nothing."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.books.book import Choices
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.reading import read_book, recognise


def book(text, name="book.journal", **choices):
    return read_book(Files(name, text.encode()), Choices(**choices))


def postings(text, **choices):
    found = book(text, **choices)
    assert not found.errors, [(one.place.line, one.what, one.why) for one in found.errors]
    return [
        (p.account, str(p.amount.quantity), p.amount.commodity, p.cost and (str(p.cost.quantity), p.cost.commodity))
        for transaction in found.transactions
        for p in transaction.postings
    ]


def mistakes(text, **choices):
    return [
        (one.place.line, getattr(one.what, "filled", lambda one=one: one.what)())
        for one in book(text, **choices).errors
    ]


def one_amount(written, **choices):
    [(_account, quantity, commodity, _cost), _other] = postings(f"2026-01-05 x\n  A  {written}\n  B\n", **choices)
    return quantity, commodity


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10", ("10", "")),
        ("$10", ("10", "$")),
        ("-$0.17", ("-0.17", "$")),
        ("$-17,783.72", ("-17783.72", "$")),
        ("$ -225.00", ("-225.00", "$")),
        ("- $5.00", ("-5.00", "$")),
        ("500.00€", ("500.00", "€")),
        ("1.234,56 EUR", ("1234.56", "EUR")),
        ("1 234 567,50 SEK", ("1234567.50", "SEK")),
        ("12,5 EUR", ("12.5", "EUR")),
        ("1'000.50 CHF", ("1000.50", "CHF")),
        ('3 "Plans: Mail"', ("3", "Plans: Mail")),
        ('"Plans: Mail" 3', ("3", "Plans: Mail")),
        ("(9 G * 6)", ("54", "G")),
        ("(12.00 EUR + 3 EUR)", ("15.00", "EUR")),
        (".5 h", ("0.5", "h")),
        ("١٢ EUR", ("12", "EUR")),
    ],
)
def test_amounts_are_read_as_people_write_them(written, meant):
    assert one_amount(written) == meant


@pytest.mark.parametrize(
    ("choices", "meant"),
    [
        ({"format": "ledger"}, "1000"),
        ({"format": "hledger"}, "1.000"),
        ({"decimal_mark": "."}, "1000"),
        ({"decimal_mark": ","}, "1.000"),
    ],
)
def test_a_comma_before_three_digits_is_read_as_the_format_or_the_person_says(choices, meant):
    assert one_amount("1,000 EUR", **choices)[0] == meant


def test_a_comma_before_three_digits_is_refused_where_nothing_tells():
    text = "2026-01-05 x\n  A  1,000 EUR\n  B\n"
    assert mistakes(text) == [(2, "The number 1,000 can be read in two ways.")]
    assert not mistakes(f"{text}\n2026-01-06 y\n  A  2,500.50 EUR\n  B\n")


@pytest.mark.parametrize(
    "head",
    ["commodity EUR\n  format 1.000,00 EUR\n", "D 1.000,00 EUR\n", "decimal-mark ,\n", "commodity 1.000,00 EUR\n"],
)
def test_a_directive_tells_how_numbers_are_written(head):
    assert postings(f"{head}2026-01-05 x\n  A  1.000 EUR\n  B\n")[0][1] == "1000"


def test_a_transaction_has_date_status_code_payee_and_remarks():
    [found] = book(
        "2026-01-05=2026-01-07 ! (INV-7) Aster | rent ; office: north\n  ; :paid:\n  A  1\n  B\n"
    ).transactions
    assert (found.date, found.date2, found.status, found.code, found.description) == (
        date(2026, 1, 5), date(2026, 1, 7), "!", "INV-7", "Aster | rent",
    )  # fmt: skip
    assert found.tags == {"office": "north", "paid": ""}


def test_a_semicolon_after_one_letter_stays_in_a_ledger_description():
    [found] = book("2026-01-05 DEPOSIT; $100\n  A  1\n  B\n", name="book.dat").transactions
    assert found.description == "DEPOSIT; $100"


def test_one_amount_may_be_left_out():
    assert postings("2026-01-05 x\n  A  10.00 EUR\n  B  2.50 EUR\n  C\n")[2][:3] == ("C", "-12.50", "EUR")


def test_what_is_left_out_of_two_currencies_becomes_two_postings():
    found = postings("2026-01-05 x\n  A  10 EUR\n  B  2 USD\n  C\n")
    assert found[2:] == [("C", "-10", "EUR", None), ("C", "-2", "USD", None)]


def test_two_amounts_left_out_are_told():
    assert mistakes("2026-01-05 x\n  A  10\n  B\n  C\n") == [(4, "Two postings have no amount.")]


@pytest.mark.parametrize(
    ("written", "cost"),
    [
        ("10 ACME @ $2.50", ("25.00", "$")),
        ("-10 ACME @ $2.50", ("-25.00", "$")),
        ("10 ACME @@ $25.00", ("25.00", "$")),
        ("-10 ACME @@ $25.00", ("-25.00", "$")),
        ("10 ACME (@) $2.50", ("25.00", "$")),
    ],
)
def test_prices_make_costs(written, cost):
    assert postings(f"2026-01-05 x\n  A  {written}\n  B\n")[0][3] == cost


def test_two_commodities_are_exchanged_for_each_other():
    found = postings("2026-01-05 x\n  A  10 ACME\n  B  $-25.00\n")
    assert found[0] == ("A", "10", "ACME", ("25.00", "$"))


def test_sold_units_weigh_what_they_cost_and_the_gain_is_on_its_line():
    text = "2026-01-05 x\n  Cash  $40.00\n  Shares  -10 ACME {$2.50} @ $4.00\n  Gain  $-15.00\n"
    assert not book(text, name="book.ledger").errors


def test_units_are_reduced_to_the_smallest_by_conversions():
    text = "C 1.00s = 100c\nC 1.00G = 100s\n2026-01-05 x\n  A  2.5G\n  B  3s\n  C\n"
    found = [(Decimal(quantity), commodity) for _account, quantity, commodity, _cost in postings(text, format="ledger")]
    assert found == [(25000, "c"), (300, "c"), (-25300, "c")]


def test_automatic_transactions_post_beside_what_they_match():
    text = "= /^Income/\n  (Liabilities:Tithe)  0.12\n2026-01-05 x\n  Bank  $100.00\n  Income:Salary\n"
    found = postings(text, format="ledger")
    assert found[2][:3] == ("Liabilities:Tithe", "-12.0000", "$")
    assert len(postings(text, format="hledger")) == 2
    assert len(postings(text, format="hledger", automatic=True)) == 3


def test_periodic_transactions_are_left_out_and_told():
    found = book("~ monthly\n  A  $5\n  B\n2026-01-05 x\n  A  1\n  B\n")
    assert [one.kind for one in found.told] == ["warning"]
    assert len(found.transactions) == 1


def test_balances_are_assigned_and_asserted():
    text = (
        "2026-01-05 x\n  A  $10.00\n  B\n2026-01-06 y\n  A  = $25.00\n  B\n"
        "2026-01-07 z\n  A  0 = $25.00\n  B  0 == $-25.00\n"
    )
    found = book(text)
    assert (found.errors, found.checked) == ([], 3)
    assert str(found.transactions[1].postings[0].amount.quantity) == "15.00"


def test_hledger_checks_balances_by_date_and_ledger_by_line():
    text = "2026-01-06 y\n  A  $5 = $15\n  B\n2026-01-05 x\n  A  $10\n  B\n"
    assert not mistakes(text, format="hledger")
    assert mistakes(text, format="ledger") == [(2, "A balance the file asserts is not so: A.")]


def test_a_balance_may_count_the_accounts_inside():
    assert not mistakes("2026-01-05 x\n  A:One  $10\n  A:Two  $5 \n  B\n2026-01-06 y\n  A  0 =* $15\n  B  0\n")


def test_accounts_are_renamed_prefixed_and_typed():
    text = (
        "alias Giro = Assets:Bank\nalias /^Exp/=Expenses\naccount Verein  ; type:E\n"
        "apply account Club\n2026-01-05 x\n  Giro  1\n  Exp:Rent\nend apply account\n"
        "2026-01-05 y\n  Giro  1\n  Verein\n"
    )
    found = book(text)
    assert [p.account for t in found.transactions for p in t.postings] == [
        "Club:Giro", "Club:Exp:Rent", "Assets:Bank", "Verein",
    ]  # fmt: skip
    assert found.accounts["Verein"].type == "equity"


def test_dates_without_a_year_are_in_the_year_that_was_said():
    assert book("Y 2025\n3/4 x\n  A  1\n  B\n").transactions[0].date == date(2025, 3, 4)
    assert mistakes("3/4 x\n  A  1\n  B\n") == [(1, "The date 3/4 has no year.")]


def test_comments_of_all_kinds_are_passed_over():
    assert not book("; a\n# b\n* c\ncomment\n2026-99-99\nend comment\n\n2026-01-05 x\n  A  1\n  # d\n  B\n").errors


def test_a_bucket_takes_the_other_side():
    assert postings("bucket Assets:Bank\n2026-01-05 x\n  Rent  $5\n")[1][:2] == ("Assets:Bank", "-5")


def test_tags_are_applied_to_what_stands_between():
    found = book("apply tag trip: rome\n2026-01-05 x\n  A  1\n  B\nend tag\n2026-01-05 y\n  A  1\n  B\n")
    assert [transaction.tags for transaction in found.transactions] == [{"trip": "rome"}, {}]


def test_prices_are_kept():
    [price] = book('P 2026-01-05 12:00:00 "ACME Inc" $2.50\n').prices
    assert (price.date, price.commodity, price.amount.quantity) == (date(2026, 1, 5), "ACME Inc", Decimal("2.50"))


def test_included_files_are_read_from_the_folder_of_the_book(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.journal").write_text("include sub/*.journal\n")
    (tmp_path / "sub" / "one.journal").write_text("2026-01-05 x\n  A  1\n  B\n")
    (tmp_path / "sub" / "two.journal").write_text("2026-01-06 x\n  A  wrong wrong\n  B\n")
    found = read_book(Files.at(tmp_path / "main.journal"))
    assert len(found.transactions) == 1
    assert [str(one.place) for one in found.errors] == ["sub/two.journal:2"]


def test_nothing_outside_the_folder_of_a_book_is_read(tmp_path):
    (tmp_path / "secret.journal").write_text("2026-01-05 x\n  A  1\n  B\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "main.journal").write_text("include ../secret.journal\n")
    [told] = read_book(Files.at(tmp_path / "book" / "main.journal")).errors
    assert "outside" in told.what


def test_a_file_that_includes_itself_ends(tmp_path):
    (tmp_path / "a.journal").write_text("include b.journal\n")
    (tmp_path / "b.journal").write_text("include a.journal\n")
    assert read_book(Files.at(tmp_path / "a.journal")).errors


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense here\n", (1, "This line is not understood.")),
        ("2026-13-01 x\n  A  1\n  B\n", (1, "2026-13-01 is no date.")),
        (
            "2026-01-05 x\n  A  5 EUR 6\n  B\n",
            (2, "This posting has something behind its amount that is not understood."),
        ),
        ("2026-01-05 x\n  A  ten\n  B\n", (2, "ten is no amount.")),
        ("2026-01-05 x\n  A  (5 / 0)\n  B\n", (2, "Nothing can be divided by zero.")),
        ("2026-01-05 x\n  A  1 {2\n  B\n", (2, "A bracket is never closed.")),
        ("  A  1\n", (1, "This line is indented and belongs to nothing.")),
        ("include there.journal\n", (1, "The file there.journal is not here.")),
        ("= expr 'true and false'\n  A  1\n", (1, "This automatic transaction is not understood.")),
        ("account A  ; type:Z\n", (1, "Z is no type of account.")),
        ("2026-01-05 x\n  A  1" + "0" * 60 + "\n  B\n", (2, "A number has more than 36 digits.")),
        ("", (0, "There is nothing in this file.")),
    ],
)
def test_mistakes_are_told_with_their_line(text, said):
    assert mistakes(text, format="ledger") == [said]


def test_a_file_that_is_no_text_is_told():
    [told] = read_book(Files("book.journal", b"2026-01-05 x\n\xff\xfe")).errors
    assert (told.place.line, told.what) == (2, "The file is not written in UTF-8.")


def test_reading_ends_after_too_many_mistakes():
    found = book("nonsense\n" * 1000)
    assert found.errors[-1].what == "This file has too many mistakes."
    assert len(found.errors) < 60


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("x.dat", b"", "ledger"),
        ("x.journal", b"", "hledger"),
        ("x.beancount", b"", "beancount"),
        ("x", b"SQLite format 3\0", "gnucash"),
        ("x", b"\x1f\x8b", "gnucash"),
        ("x", b"<?xml version='1.0'?><gnc-v2>", "gnucash"),
        ("x.txt", b"2026-01-05 open Assets:Bank\n", "beancount"),
        ("x.txt", b"Date,Description,Account,Amount\n", "csv"),
        ("x.txt", b"2026-01-05 shop\n", "hledger"),
        ("x.txt", b"; backoffice-books: 1 ledger\n", "ledger"),
    ],
)
def test_formats_are_recognised(name, data, format_):
    assert recognise(name, data) == format_
