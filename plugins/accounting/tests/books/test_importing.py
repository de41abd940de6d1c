"""Importing books: what is refused and why, what is told, that nothing is posted twice, long ones in the background."""

from base64 import b64encode
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.books import actions
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.loading import load
from backoffice_accounting.models import Account, BookEntry, Entry, ImportedBook

from backoffice.core.api import ExchangeRate, InvalidInput, Read, read_files  # noqa: F401

from .conftest import held, import_, order, worth

RENT = """2026-01-05 * (INV-7) Landlord | January rent  ; office: north
    ; paid late
    Expenses:Rent    $100.00  ; till the end of the month
    Assets:Bank
"""


def sent(text, name="book.journal"):
    return {"name": name, "data": b64encode(text.encode()).decode()}


def entries(desk):
    """Return the entries of the desk's company, the newest first."""
    with desk.reading(fresh=True) as session:
        wanted = sa.select(Entry).where(Entry.company_id == desk.context.company_id).order_by(Entry.id.desc())
        return [(entry, list(entry.lines)) for entry in session.scalars(wanted)]


def refused(desk, text, **wanted):
    done = load(desk, Files("book.journal", text.encode()), order(**wanted))
    assert done.posted == 0
    return [(one.place.line, one.what.filled(), one.why, one.remedy) for one in done.errors]


def test_a_book_becomes_accounts_years_and_entries(office):
    desk = office.company()
    done = import_(desk, RENT)
    assert (done.posted, done.accounts, done.years) == (1, 4, 1)
    [(entry, lines)] = entries(desk)
    assert (entry.number, entry.date, entry.description, entry.reference) == (
        "GEN/2026/00001", date(2026, 1, 5), "Landlord | January rent", "INV-7",
    )  # fmt: skip
    assert [(line.amount, line.description) for line in lines] == [
        (Decimal(100), "till the end of the month"),
        (Decimal(-100), None),
    ]
    assert desk.get("accounting.account", lines[0].account_id).type == "expense"


def test_what_a_file_says_beside_amounts_is_kept_with_the_entry(office):
    desk = office.company()
    import_(desk, RENT)
    with desk.reading(fresh=True) as session:
        kept = session.scalars(sa.select(BookEntry).order_by(BookEntry.id.desc())).first()
        assert (kept.place, kept.status, kept.remarks) == ("book.journal:1", "*", "office: north\npaid late")


def test_the_same_book_is_posted_once(office):
    desk = office.company()
    import_(desk, RENT)
    again = import_(desk, RENT)
    assert (again.posted, again.existing) == (0, 1)
    assert len(entries(desk)) == 1


def test_an_import_that_stopped_goes_on_where_it_was(office, monkeypatch):
    desk = office.company()
    text = "".join(RENT.replace("01-05", f"01-{day:02}") for day in range(1, 11))
    files = Files("book.journal", text.encode())
    monkeypatch.setattr("backoffice_accounting.books.loading.PER_TRANSACTION", 4)

    class Cut(Exception):
        pass

    def cut(done, total):
        if done == 8:
            raise Cut

    with pytest.raises(Cut):
        load(desk, files, order(), progress=cut)
    done = load(desk, Files("book.journal", text.encode()), order())
    assert (done.posted, done.existing) == (2, 8)
    assert worth(desk) == {"Expenses:Rent": 1000, "Assets:Bank": -1000}


def test_a_dry_run_keeps_nothing(office):
    desk = office.company()
    done = load(desk, Files("book.journal", RENT.encode()), order().__class__(open_years=True, dry_run=True))
    assert (done.posted, done.accounts, done.errors) == (1, 4, [])
    assert entries(desk) == []
    assert worth(desk) == {}


def test_the_next_years_file_finds_the_accounts_of_the_last(office):
    desk = office.company()
    import_(desk, RENT)
    done = import_(desk, RENT.replace("2026", "2027"))
    assert (done.accounts, done.years) == (0, 1)


def test_an_account_is_taken_for_one_that_is_there(office):
    desk = office.company()
    desk.execute("accounting.account.create", code="1200", name="Current account", type="asset", subtype="bank")
    wanted = order()
    wanted.accounts.known["Assets:Bank"] = "1200"
    import_(desk, RENT, wanted)
    assert worth(desk)["Current account"] == -100


def test_a_mistake_is_told_with_its_line_and_nothing_is_posted(office):
    desk = office.company()
    [(line, what, why, remedy)] = refused(desk, f"{RENT}\n2026-01-06 Odd\n    Expenses:A  $5\n    Assets:B  $-4\n")
    assert (line, what) == (6, "This transaction does not balance.")
    assert why.filled() == "1 $ is left over."
    assert "leave one out" in remedy


def test_a_balance_that_is_not_so_refuses_the_book_or_warns(office):
    desk = office.company()
    text = RENT.replace("Assets:Bank\n", "Assets:Bank  = $50\n").replace("$100.00", "$100.00")
    text = text.replace("Assets:Bank  =", "Assets:Bank  $-100 =")
    [(line, what, _why, _remedy)] = refused(desk, text)
    assert (line, what) == (4, "A balance the file asserts is not so: Assets:Bank.")
    done = import_(desk, text, order(assertions="warn"))
    assert [one.kind for one in done.told if "asserts" in one.what] == ["warning"]


def test_days_in_no_fiscal_year_are_refused_unless_years_may_be_opened(office):
    [(_line, what, _why, remedy)] = refused(office.company(), RENT, open_years=False)
    assert what == "No fiscal year contains 2026-01-05 to 2026-01-05."
    assert "let the import open them" in remedy


def test_what_nothing_gives_a_value_is_refused_until_somebody_says_what_it_is_worth(office):
    desk = office.company()
    text = "2026-01-05 x\n  Assets:Shares  5 ACME\n  Income:Gifts\n"
    [(line, what, _why, _remedy)] = refused(desk, text)
    assert (line, what) == (2, "Nothing tells what ACME is worth in USD.")
    import_(desk, text, order(values={"ACME": "12.50"}))
    assert (worth(desk)["Assets:Shares"], held(desk)["Assets:Shares"]) == (Decimal("62.50"), {"ACME": 5})


def test_types_that_nothing_tells_are_asked_for(office):
    desk = office.company()
    text = "2026-01-05 x\n  Clubhouse  5.00\n  Income:Gifts\n"
    [(_line, what, _why, _remedy)] = refused(desk, text, other=None)
    assert what == "Nothing tells the type of the account Clubhouse."
    import_(desk, text, order(other=None, types={"Clubhouse": "asset"}))
    assert worth(desk)["Clubhouse"] == 5


def test_prices_of_currencies_become_rates_of_the_office(office):
    desk = office.company()
    import_(desk, "P 2025-12-31 CHF $1.13\n2026-01-05 x\n  Assets:Swiss  10.00 CHF\n  Income:Gifts\n")
    assert (worth(desk)["Assets:Swiss"], held(desk)["Assets:Swiss"]) == (Decimal("11.30"), {"CHF": 10})
    with desk.reading(fresh=True) as session:
        row = session.scalars(sa.select(ExchangeRate).where(ExchangeRate.base == "CHF")).one()
        assert (row.currency, row.rate, row.source) == ("USD", Decimal("1.13"), "book.journal")


def test_the_action_posts_a_short_book_at_once(office):
    desk = office.company()
    answer = desk.execute("accounting.import_books", file=sent(RENT), open_years=True)
    assert (answer["posted"], answer["told"]) == (1, [])
    with desk.reading(fresh=True) as session:
        book = session.get(ImportedBook, answer["book"])
        assert (book.state, book.done, read_files(session, book)[0][1]) == ("loaded", 1, RENT.encode())
    assert desk.execute("accounting.import_books", file=sent(RENT), open_years=True)["existing"] == 1


def test_the_action_tells_all_mistakes(office):
    desk = office.company()
    with pytest.raises(InvalidInput, match="2 things stand against importing") as caught:
        desk.execute("accounting.import_books", file=sent("2026-99-01 x\nnonsense\n"))
    assert [one["place"] for one in caught.value.details["told"]] == ["book.journal:1", "book.journal:2"]


def test_the_action_only_tries_when_it_is_asked_to(office):
    desk = office.company()
    answer = desk.execute("accounting.import_books", file=sent(RENT), open_years=True, dry_run=True)
    assert (answer["entries"], answer["accounts"], answer["posted"]) == (1, 4, 0)
    assert entries(desk) == []


def test_a_long_book_is_posted_in_the_background(office, monkeypatch):
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    desk = office.company()
    answer = desk.execute("accounting.import_books", file=sent(RENT), open_years=True)
    assert answer["posted"] == 0

    class Job:
        office = desk

        @staticmethod
        def progress(done, total):
            assert done == total == 1

    done = actions.load_book(Job, book=answer["book"], order={"open_years": True})
    assert (done["posted"], done["existing"]) == (1, 0)


def test_what_is_no_file_is_refused(office):
    with pytest.raises(InvalidInput, match="base 64"):
        office.company().execute("accounting.import_books", file={"name": "x", "data": "%"})


def test_the_books_are_exported_as_a_file(office):
    desk = office.company()
    import_(desk, RENT)
    answer = desk.execute("accounting.export_books", format="hledger")
    assert answer["filename"] == "books.journal"
    assert "2026-01-05 * (INV-7)" in answer["text"]


def test_a_span_of_days_begins_with_what_was_before(office):
    desk = office.company()
    import_(desk, RENT + "\n" + RENT.replace("01-05", "02-05"))
    text = desk.execute("accounting.export_books", format="hledger", since="2026-02-01")["text"]
    there = office.company()
    import_(there, text)
    assert worth(there) == {"Expenses:Rent": 200, "Assets:Bank": -200}
    assert len(entries(there)) == 2


def test_posted_lines_keep_what_they_count(office):
    desk = office.company()
    import_(desk, '2026-01-05 x\n  Assets:Gold  2 "Krugerrand" @ $1,900.00\n  Assets:Bank\n')
    entry = entries(desk)[0][0]
    desk.execute("accounting.reverse_entry", id=entry.id, reason="sold")
    with desk.reading(fresh=True) as session:
        assert session.scalar(sa.select(sa.func.count(Entry.id)).where(Entry.reverses_id == entry.id)) == 1
        assert session.scalar(sa.select(Account.active).where(Account.name == "Gold")) is True
    assert held(desk) == {}
