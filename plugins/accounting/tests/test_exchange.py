"""Accounts and entries by file: exported, imported again, posted from rows."""

from io import BytesIO

import pytest

from backoffice.core.exchange import export, import_rows, read_rows
from backoffice.core.testing.offices import add_organization, desk_of


def rows(text, name="rows.csv"):
    return read_rows(BytesIO(text if isinstance(text, bytes) else text.encode()), name)


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_chart_of_accounts_travels_with_its_names_and_headings(books, format_):
    books.do("account.create", code="1", name="Assets", name_ar="الأصول", type="asset", heading=True)
    books.do("account.change", id=books.accounts["1200"], parent="1")
    add_organization(books.desk.office, "other", "Other")
    there = desk_of(books.desk.office, organization="other")
    file = b"".join(export(books.desk, "accounting.account", format=format_))
    done = import_rows(there, "accounting.account", rows(file, f"accounts.{format_}"))
    assert (done.created, done.failed) == (11, [])
    assets = there.get("accounting.account", "1")
    assert (assets.translations, assets.heading) == ({"ar": {"name": "الأصول"}}, True)
    assert there.get("accounting.account", "1200").parent_id == assets.id


def test_entries_are_drafted_from_rows_with_their_lines(books):
    text = (
        "date,journal,description,lines.account,lines.debit,lines.credit\n"
        "2026-01-15,GEN,Rent,6000,100.00,\n"
        ",,,1200,,100.00\n"
        "2026-01-16,GEN,Cash,1210,50.00,\n"
        ",,,1200,,50.00\n"
    )
    done = import_rows(books.desk, "accounting.entry", rows(text))
    assert (done.created, done.failed) == (2, [])
    entries = books.desk.list("accounting.entry").records
    assert sorted((entry.description, entry.total, entry.state) for entry in entries) == [
        ("Cash", 50, "draft"), ("Rent", 100, "draft"),
    ]  # fmt: skip


def test_entries_are_posted_from_rows(books):
    text = (
        "date,journal,lines.account,lines.amount\n"
        "2026-01-15,GEN,6000,100.00\n"
        ",,1200,-100.00\n"
        "2026-01-16,GEN,1210,50.00\n"
        ",,1200,-49.00\n"
    )
    done = import_rows(books.desk, "accounting.post_entry", rows(text))
    assert done.created == 1
    assert len(done.failed) >= 1
    assert books.report("trial_balance", until="2026-12-31").rows[0].cells[3] == 100
