"""Beancount, GnuCash and CSV: what they say, and what is told of what they cannot say here."""

import gzip
import sqlite3
from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.books.book import Choices
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.reading import read_book

OPEN = "".join(f"2026-01-01 open {name}\n" for name in ("Assets:Bank", "Assets:Shares", "Income:Gain", "Equity:Open"))


def book(text, name, **choices):
    return read_book(Files(name, text.encode()), Choices(**choices))


def bean(text):
    found = book(OPEN + text, "book.beancount")
    assert not found.errors, [(one.place.line, one.what, one.why) for one in found.errors]
    return found


def bean_mistake(text):
    [told] = book(OPEN + text, "book.beancount").errors
    return told.place.line - 4, getattr(told.what, "filled", lambda: told.what)()


def weights(found):
    return [
        (p.account, str(p.amount.quantity), p.amount.commodity, p.cost and str(p.cost.quantity))
        for t in found.transactions for p in t.postings
    ]  # fmt: skip


def test_payee_narration_tags_links_and_metadata_are_read():
    found = bean(
        '2026-01-05 ! "Aster" "January\nrent" #trip ^inv-7\n  office: "north"\n'
        "  Assets:Bank  -5 EUR\n    till: 3\n  Equity:Open\n"
    )
    [made] = found.transactions
    assert (made.description, made.status) == ("Aster | January rent", "!")
    assert made.tags == {"trip": "", "link-inv-7": "", "office": "north"}
    assert made.postings[0].tags == {"till": "3"}


def test_sums_are_worked_out():
    found = bean('2026-01-05 * "x"\n  Assets:Bank  (1,200.00 + 3*10) / 2 EUR\n  Equity:Open\n')
    assert [p[1] for p in weights(found)] == ["615.00", "-615.00"]


def test_lots_are_taken_from_where_they_were_bought():
    found = bean(
        '2026-01-05 * "buy"\n  Assets:Shares  10 ACME {5.00 EUR}\n  Assets:Bank\n'
        '2026-01-06 * "sell"\n  Assets:Shares  -4 ACME {} @ 7.00 EUR\n  Assets:Bank  28.00 EUR\n  Income:Gain\n'
    )
    assert weights(found)[2:] == [
        ("Assets:Shares", "-4", "ACME", "-20.00"), ("Assets:Bank", "28.00", "EUR", None),
        ("Income:Gain", "-8.00", "EUR", None),
    ]  # fmt: skip


def test_total_costs_dates_and_labels_name_lots():
    found = bean(
        '2026-01-05 * "buy"\n  Assets:Shares  10 ACME {{50.00 EUR, "first"}}\n  Assets:Bank\n'
        '2026-01-06 * "buy"\n  Assets:Shares  10 ACME {6.00 EUR, 2026-01-02}\n  Assets:Bank\n'
        '2026-01-07 * "sell"\n  Assets:Shares  -1 ACME {"first"}\n'
        "  Assets:Shares  -1 ACME {2026-01-02}\n  Assets:Bank\n"
    )
    assert [p[3] for p in weights(found)[4:6]] == ["-5.00", "-6.00"]


@pytest.mark.parametrize(("method", "cost"), [("FIFO", "-5.00"), ("LIFO", "-6.00"), ("HIFO", "-6.00")])
def test_a_booking_method_chooses_lots(method, cost):
    text = (
        f'option "booking_method" "{method}"\n'
        '2026-01-05 * "buy"\n  Assets:Shares  10 ACME {5.00 EUR}\n  Assets:Bank\n'
        '2026-01-06 * "buy"\n  Assets:Shares  10 ACME {6.00 EUR}\n  Assets:Bank\n'
        '2026-01-07 * "sell"\n  Assets:Shares  -1 ACME {}\n  Assets:Bank\n'
    )
    assert weights(bean(text))[4][3] == cost


def test_lots_that_could_be_several_or_are_not_there_are_told():
    buys = "".join(
        f'2026-01-0{day} * "buy"\n  Assets:Shares  10 ACME {{{price}.00 EUR}}\n  Assets:Bank\n'
        for day, price in ((5, 5), (6, 6))
    )
    sell = '2026-01-07 * "sell"\n  Assets:Shares  -1 ACME {}\n  Assets:Bank\n'
    assert bean_mistake(buys + sell) == (8, "Several lots of ACME fit.")
    assert bean_mistake(sell) == (2, "No lot of ACME is there to take from.")


def test_padding_is_worked_out():
    found = bean("2026-01-02 pad Assets:Bank Equity:Open\n2026-02-01 balance Assets:Bank 100.00 EUR\n")
    assert (found.checked, weights(found)) == (
        1, [("Assets:Bank", "100.00", "EUR", None), ("Equity:Open", "-100.00", "EUR", None)],
    )  # fmt: skip


def test_a_balance_counts_the_accounts_inside_and_may_be_near():
    found = bean(
        '2026-01-05 * "x"\n  Assets:Bank:One  10.00 EUR\n  Equity:Open\n'
        "2026-01-06 balance Assets:Bank 10.01 ~ 0.02 EUR\n"
    )
    assert found.checked == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense\n", (1, "This line is not understood.")),
        ("2026-01-05 foo Assets:Bank\n", (1, "foo is no directive.")),
        (
            '2026-01-05 * "x"\n  Aktiva:Bank  5 EUR\n  Equity:Open\n',
            (2, "The account Aktiva:Bank does not begin with a known root."),
        ),
        ('2026-01-05 * "x"\n  Assets:Bank  5 EUR\n  Equity:Open  -4 EUR\n', (1, "This transaction does not balance.")),
        ('2026-01-05 * "x"\n  what is this\n', (2, "This posting is not understood.")),
        ("2026-01-05 balance Assets:Bank 5.00 EUR\n", (1, "A balance the file asserts is not so: Assets:Bank.")),
        ("2026-01-05 balance Assets:Bank\n", (1, "This balance is not understood.")),
        ("2026-01-05 price EUR\n", (1, "This price is not understood.")),
        ("2026-01-05 pad Assets:Bank\n", (1, "Padding needs two accounts.")),
    ],
)
def test_mistakes_of_beancount_are_told_with_their_line(text, said):
    assert bean_mistake(text) == said


def test_roots_may_be_called_otherwise():
    text = 'option "name_assets" "Aktiva"\n2026-01-01 open Aktiva:Bank\n'
    assert book(text, "book.beancount").accounts["Aktiva:Bank"].type == "asset"


def test_what_holds_no_money_is_left_out_and_told_once():
    found = bean(
        '2026-01-05 note Assets:Bank "x"\n2026-01-06 note Assets:Bank "y"\nplugin "z"\n2026-01-05 event "a" "b"\n'
    )
    assert [one.kind for one in found.told] == ["warning"] * 3


# -- GnuCash ---------------------------------------------------------------------------------------------------------

HEAD = """<?xml version="1.0"?><gnc-v2 xmlns:gnc="g" xmlns:act="a" xmlns:cmdty="c" xmlns:trn="t" xmlns:ts="s"
 xmlns:split="p" xmlns:price="r" xmlns:slot="l"><gnc:book>"""


def xml_account(id_, name, type_, parent="", more="", commodity="EUR", space="CURRENCY"):
    inside = f"<act:parent>{parent}</act:parent>" if parent else ""
    return (
        f"<gnc:account><act:name>{name}</act:name><act:id>{id_}</act:id><act:type>{type_}</act:type>"
        f"<act:commodity><cmdty:space>{space}</cmdty:space><cmdty:id>{commodity}</cmdty:id></act:commodity>"
        f"{more}{inside}</gnc:account>"
    )


def xml_transaction(*splits, currency="EUR", day="2026-01-05 10:59:00 +0000"):
    made = "".join(
        f"<trn:split><split:memo>m</split:memo><split:value>{value}</split:value>"
        f"<split:quantity>{quantity}</split:quantity><split:account>{account}</split:account></trn:split>"
        for account, value, quantity in splits
    )
    return (
        f"<gnc:transaction><trn:currency><cmdty:space>ISO4217</cmdty:space><cmdty:id>{currency}</cmdty:id>"
        "</trn:currency>"
        f"<trn:num>7</trn:num><trn:date-posted><ts:date>{day}</ts:date></trn:date-posted>"
        f"<trn:description>x</trn:description><trn:splits>{made}</trn:splits></gnc:transaction>"
    )


def xml_book(*parts):
    accounts = (
        xml_account("r", "Root", "ROOT") + xml_account("b", "Bank", "BANK", "r")
        + xml_account("e", "Rent", "EXPENSE", "r")
        + xml_account("s", "Shares", "STOCK", "b", commodity="ACME", space="NYSE")
    )  # fmt: skip
    return HEAD + accounts + "".join(parts) + "</gnc:book></gnc-v2>"


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress])
def test_gnucash_xml_is_read_with_and_without_gzip(pack):
    data = xml_book(xml_transaction(("e", "1050/100", "1050/100"), ("b", "-1050/100", "-1050/100"))).encode()
    found = read_book(Files("book.gnucash", pack(data)))
    assert not found.errors
    [made] = found.transactions
    assert (made.date, made.code, [p.account for p in made.postings]) == (date(2026, 1, 5), "7", ["Rent", "Bank"])
    assert found.accounts["Bank:Shares"].type == "asset"


def test_shares_stand_at_their_value():
    text = xml_book(xml_transaction(("s", "100/1", "5/1"), ("b", "-100/1", "-100/1")))
    posting = book(text, "book.gnucash").transactions[0].postings[0]
    assert (posting.amount.quantity, posting.amount.commodity, posting.cost.quantity) == (5, "ACME", Decimal(100))


@pytest.mark.parametrize(
    ("day", "meant"),
    [
        ("2014-12-24 23:00:00", 25),
        ("20141224230000", 25),
        ("2014-12-24 10:59:00 +0000", 24),
        ("2014-12-24 00:00:00 +0100", 24),
    ],
)
def test_days_of_gnucash_are_midnight_of_a_zone_or_near_noon(day, meant):
    from backoffice_accounting.books.book import Place
    from backoffice_accounting.books.gnucash import _day

    assert _day(day, Place("x", 0)).day == meant


@pytest.mark.parametrize(
    "data",
    [
        b"SQLite format 3\0" + b"x" * 2000, b"\x1f\x8b broken", b"<?xml version='1.0'?><gnc-v2>", b"<?xml?>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><gnc-v2>&b;</gnc-v2>",
        xml_book(xml_transaction(("e", "1/0", "1/0"))).encode(),
        xml_book(xml_transaction(("e", "1/1", "1/1"), day="never")).encode(),
        gzip.compress(b"<?xml version='1.0'?><gnc-v2/>", mtime=0)[:-9],
    ],
)  # fmt: skip
def test_damaged_books_of_gnucash_are_told(data):
    found = read_book(Files("book.gnucash", data))
    assert len(found.errors) == 1
    assert found.errors[0].remedy


def test_a_database_of_something_else_is_no_book(tmp_path):
    path = tmp_path / "book.gnucash"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (x)")
    [told] = read_book(Files.at(path)).errors
    assert told.why == "It has not the tables of one."


# -- CSV -------------------------------------------------------------------------------------------------------------


def test_rows_of_one_entry_belong_together():
    text = "entry,date,description,account,debit,credit\n1,2026-01-05,Rent,Expenses:Rent,5.00,\n1,,,Assets:Bank,,5.00\n"
    [made] = book(text, "book.csv").transactions
    assert [str(p.amount.quantity) for p in made.postings] == ["5.00", "-5.00"]


def test_what_hledger_prints_as_csv_is_read():
    text = (
        '"txnidx","date","date2","status","code","description","comment","account","amount","commodity","credit","debit"\n'
        '"1","2026-01-05","","*","7","Rent","","Expenses:Rent","5.00","EUR","","5.00"\n'
        '"1","2026-01-05","","*","7","Rent","","Assets:Bank","-5.00","EUR","5.00",""\n'
    )
    [made] = book(text, "book.csv").transactions
    assert [(str(p.amount.quantity), p.amount.commodity) for p in made.postings] == [("5.00", "EUR"), ("-5.00", "EUR")]


def test_arabic_heads_and_semicolons_are_understood():
    text = "التاريخ;الحساب;مدين;دائن\n2026-01-05;الصندوق;5,00;\n;المبيعات;;5,00\n"
    [made] = book(text, "book.csv").transactions
    assert [str(p.amount.quantity) for p in made.postings] == ["5.00", "-5.00"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", (1, "These are no entries.")),
        ("", (1, "These are no entries.")),
        ("date,account,amount\n05/01/2026,A,5\n", (2, "The date 05/01/2026 can be read in more than one way.")),
        ("date,account,amount\n2026-01-05,A,5\n,B,x\n", (3, "x is no amount.")),
        ("date,account,amount\n2026-01-05,,5\n", (2, "This row names no account.")),
        ("date,account,amount\n,A,5\n", (2, "This row has no date.")),
    ],
)
def test_mistakes_of_csv_are_told_with_their_line(text, said):
    told = book(text, "book.csv").errors[0]
    assert (told.place.line, getattr(told.what, "filled", lambda: told.what)()) == said
