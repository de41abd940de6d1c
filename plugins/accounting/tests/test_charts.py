"""Charts of accounts: read, what is wrong told row by row, the rest loaded; real charts of six countries."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.charts import read
from backoffice_accounting.models import Account

from backoffice.core.api import InvalidInput

CHART = """code,name_en,name_ar,type,parent_code
1,Assets,الأصول,asset,
1200,Bank,البنك,bank,1
4000,Sales,المبيعات,revenue,
"""


def test_rows_become_accounts_with_names_in_both_languages(empty_books):
    answer = empty_books.do("import_chart", chart=CHART)
    assert (answer["new"], answer["existing"], answer["refused"]) == (3, 0, [])
    bank = empty_books.get("account", "1200")
    assert (bank.name, bank.translations, bank.type, bank.subtype) == (
        "Bank",
        {"ar": {"name": "البنك"}},
        "asset",
        "bank",
    )
    assets = empty_books.get("account", "1")
    assert (assets.heading, bank.parent_id) == (True, assets.id)


def test_importing_again_changes_nothing(empty_books):
    empty_books.do("import_chart", chart=CHART)
    answer = empty_books.do("import_chart", chart=CHART)
    assert (answer["new"], answer["existing"]) == (0, 3)


def test_wrong_rows_are_told_and_the_others_load(empty_books):
    wrong = CHART + "4000,Sales again,,revenue,\n5000,,,expense,\n6000,Rent,,nonsense,\n6100,Light,,expense,77\n"
    answer = empty_books.do("import_chart", chart=wrong)
    assert answer["new"] == 4
    assert [(told["row"], told["reason"]) for told in answer["refused"]] == [
        (5, "Its code is that of row 4; give it one of its own."),
        (6, "It has no name."),
        (7, "Its type nonsense is not known."),
    ]
    assert answer["notes"][0]["reason"].startswith("The account it is part of, 77")
    assert "6000,Rent,nonsense" in answer["refused_csv"]


def test_accounts_without_a_code_are_numbered_by_their_type():
    rows = read("name,type,parent_name\nAssets,asset,\nBank,bank,Assets\nSales,income,\n")
    assert [(row.code, row.parent and row.parent.name) for row in rows] == [
        ("1010", None),
        ("1020", "Assets"),
        ("4010", None),
    ]


def test_accounts_without_a_code_are_refused_when_asked():
    assert [row.refused for row in read("name,type\nBank,bank\n", numbering=False)] == ["It has no code."]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_is_read(separator):
    text = "\ufeffcode,name,type\n1,Bank,bank\n".replace(",", separator)
    assert [(row.code, row.name, row.type) for row in read(text)] == [("1", "Bank", "asset")]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "code,name\n1,Bank\n"])
def test_what_is_no_chart_is_refused(text):
    with pytest.raises(InvalidInput, match="not a chart"):
        read(text)


def test_an_account_that_is_part_of_itself_stands_alone():
    rows = read("code,name,type,parent_code\n1,One,asset,2\n2,Two,asset,1\n")
    assert sum(row.parent is None for row in rows) == 1


CHARTS = {
    "SA_odoo.csv": (158, 0),
    "AE_odoo.csv": (156, 0),
    "ES_PGC_pyme.csv": (774, 2),
    "NL_RGS_1.1.csv": (2324, 25),
    "CH_KMU_2013_de.csv": (160, 0),
    "AT_EKR_2017.csv": (323, 0),
    "generic_business_en.csv": (75, 0),
}


@pytest.fixture(scope="session")
def charts():
    """The folder of real charts, which lies beside the checkout."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "data" / "charts_of_accounts"
        if found.is_dir():
            return found
    pytest.skip("the real charts of accounts are not here")


@pytest.mark.parametrize("file", CHARTS)
def test_a_real_chart_loads_and_its_mess_is_told(empty_books, charts, file):
    loaded, refused = CHARTS[file]
    answer = empty_books.do("import_chart", chart=(charts / file).read_text("utf-8-sig"))
    assert (answer["new"], len(answer["refused"])) == (loaded, refused)
    with empty_books.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Account.id))) == loaded
        assert session.scalar(sa.select(sa.func.count(Account.id)).where(Account.type.is_(None), ~Account.heading)) == 0


def test_the_type_of_an_account_follows_its_kind(empty_books):
    empty_books.account("1", "Bank", None, "bank")
    assert empty_books.get("account", "1").type == "asset"


@pytest.mark.parametrize(
    ("values", "field"),
    [({"type": "income", "subtype": "bank"}, "subtype"), ({}, "type")],
)
def test_an_account_that_contradicts_itself_is_refused(empty_books, values, field):
    with pytest.raises(InvalidInput) as caught:
        empty_books.do("account.create", code="1", name="Bank", **values)
    assert field in caught.value.fields


def test_the_type_of_an_account_that_was_posted_to_stays(books):
    books.post(("1200", "5"), ("4000", "-5"))
    with pytest.raises(InvalidInput, match="Entries were written on this account"):
        books.do("account.change", id=books.accounts["1200"], type="expense", subtype=None)


def test_a_journal_that_numbered_entries_keeps_its_pattern(books):
    books.do("journal.change", id=books.journals["GEN"], pattern="G{yy}-{n:03}")
    assert books.post(("1200", "5"), ("4000", "-5"))["number"] == "G26-001"
    with pytest.raises(InvalidInput, match="bear numbers already"):
        books.do("journal.change", id=books.journals["GEN"], pattern="X{n}")


def test_a_pattern_that_cannot_be_filled_is_refused(books):
    with pytest.raises(InvalidInput) as caught:
        books.do("journal.change", id=books.journals["GEN"], pattern="X{day}")
    assert "pattern" in caught.value.fields
