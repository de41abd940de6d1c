"""Whatever is thrown at the readers is told, never an accident; whatever books there are come back as they were."""

import os
from datetime import date, timedelta
from decimal import Decimal

import pytest
from backoffice_accounting.books.book import Choices
from backoffice_accounting.books.exported import AccountOut, BooksOut, EntryOut, LineOut
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.reading import FORMATS, read_book
from backoffice_accounting.books.valuing import Meaning, valued
from backoffice_accounting.books.writing import ENDINGS, write
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = 2000 if os.environ.get("BACKOFFICE_THOROUGH") else 25

# -- nonsense --------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "2026-01-05 x\n", '2026-01-05 * "a" "b"\n', "  A:B  ", "5 EUR", "$-1,000.00", " @ ", " @@ ", "{", "}", "{{",
        "= ", "==", "(", ")", "[", "]", "\n", "  ; k: v\n", "; c\n", "P 2026-01-01 X 1 Y\n", "C 1 a = 2 b\n",
        "D 1.000,00 E\n",
        "alias a=b\n", "alias /(/=x\n", "apply account a\n", "end apply account\n", "Y 2020\n", "account ",
        "commodity ", "~ monthly\n", "= /x/\n", "include ", "comment\n", "2026-01-01 open Assets:A EUR\n",
        'option "a" "b"\n', "2026-01-02 balance Assets:A 5 EUR\n", "2026-01-02 pad Assets:A Equity:B\n", '"', "\\",
        "'", "1'0", ".", ",", "9" * 40, "entry,date,account,amount\n", "1,2026-01-01,A,5\n", "\t", "\r\n", "٣", "\x00",
        "²", "\ufeff", "Assets:A", " 0 / 0 ",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=200))


@settings(max_examples=EXAMPLES * 4)
@given(TEXTS, st.sampled_from(sorted(FORMATS)))
def test_nonsense_is_told_and_never_an_accident(text, format_):
    book = read_book(Files("book", text.encode("utf-8", "surrogatepass")), Choices(format=format_))
    for one in (*book.told, *valued(book, Meaning("USD", values={"*": Decimal(1)}), Choices()).told):
        assert str(one.what)
    assert book.errors or not text.strip() or book.transactions or book.accounts or book.told or format_ == "beancount"


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=300), st.sampled_from([b"", b"SQLite format 3\0", b"\x1f\x8b", b"<?xml version='1.0'?>"]))
def test_bytes_that_mean_nothing_are_told(data, begins):
    book = read_book(Files("book.gnucash", begins + data))
    assert book.errors


# -- books -----------------------------------------------------------------------------------------------------------

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")),
    min_size=1, max_size=12,
).map(lambda text: " ".join(text.split())).filter(bool)  # fmt: skip
NAMES = WORDS.map(lambda text: text.replace(":", "-"))
TYPES = st.sampled_from(["asset", "liability", "equity", "income", "expense"])
MONEY = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100)
QUANTITY = st.integers(1, 10**9).map(lambda units: Decimal(units) / 10**6)
TEXT = st.one_of(st.just(""), WORDS)


@st.composite
def lines(draw, paths):
    amount = draw(MONEY)
    sign = -1 if amount < 0 else 1
    kind = draw(st.sampled_from(["own", "own", "EUR", "JPY", "ACME", "Gold coin"]))
    said = {"text": draw(TEXT), "party": draw(st.one_of(st.just(""), st.just("P-7")))}
    path = draw(st.sampled_from(paths))
    if kind == "own":
        return LineOut(path, amount or Decimal(1), **said)
    if kind in {"EUR", "JPY"}:
        units = Decimal(draw(st.integers(0, 10**6))) * sign
        return LineOut(path, amount or Decimal(1), kind, units, **said)
    return LineOut(path, amount, None, None, kind, draw(QUANTITY) * sign, **said)


@st.composite
def books(draw):
    """Draw books of a few accounts inside each other and a few entries that balance."""
    made = BooksOut("Acme", "USD")
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique_by=str.casefold))
    paths = [names[0], names[1], *(f"{names[n % 2]}:{name}" for n, name in enumerate(names[2:]))]
    type_ = [draw(TYPES), draw(TYPES)]
    for number, path in enumerate(paths):
        name = path.rpartition(":")[2]
        made.accounts.append(AccountOut(path, f"{number + 1:04}", name, type_[number % 2], None, False, None, True))
    day = date(2026, 1, 1)
    for number in range(draw(st.integers(1, 4))):
        day += timedelta(days=draw(st.integers(0, 40)))
        some = draw(st.lists(lines(paths), min_size=1, max_size=4))
        rest = -sum((line.amount for line in some), Decimal(0))
        some.append(LineOut(draw(st.sampled_from(paths)), rest) if rest else LineOut(paths[0], Decimal(1)))
        if not rest:
            some.append(LineOut(paths[1], Decimal(-1)))
        said = [draw(TEXT) for _ in range(3)]
        made.entries.append(
            EntryOut(
                f"GEN/{number}",
                day,
                "GEN",
                said[0],
                said[1],
                tuple(some),
                draw(st.sampled_from(["", "*", "!"])),
                said[2],
            )
        )
    return made


def plain(line):
    foreign = line.amount_currency if line.currency else None
    return line.account, line.amount, line.currency, foreign, line.commodity, line.quantity, line.text, line.party


@pytest.mark.parametrize("format_", ["hledger", "ledger", "beancount", "csv"])
@settings(max_examples=EXAMPLES)
@given(made=books())
def test_books_come_back_as_they_were_written(format_, made):
    text = "".join(write(made, format_))
    book = read_book(Files(f"books.{ENDINGS[format_]}", text.encode()))
    assert not book.errors, ([(str(one.place), str(one.what), str(one.why)) for one in book.errors], text)
    found = valued(book, Meaning("USD"), Choices())
    assert not [one for one in found.told if one.kind == "error"], text
    assert [[plain(line) for line in entry.lines] for entry in found.entries] == [
        [plain(line) for line in entry.lines] for entry in made.entries
    ], text
    if format_ != "csv":
        assert [(e.date, e.description, e.reference, e.status, e.remarks, e.journal) for e in found.entries] == [
            (e.date, e.description, e.reference, e.status, e.remarks, e.journal) for e in made.entries
        ], text
        assert {(said.name, said.type, said.code) for said in book.accounts.values()} == {
            (account.path, account.type, account.code) for account in made.accounts
        }, text
