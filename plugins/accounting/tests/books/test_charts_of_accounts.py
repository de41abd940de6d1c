"""Charts of accounts of seven countries and programs: what is wrong in each is told row by row, and nothing else."""

from collections import Counter

import pytest
from backoffice_accounting.charts import read

NO_TYPE = "It has no type, and no account is part of it."
SAME_CODE = "Its code is that of row {row}; give it one of its own."
NO_CODE = "It had no code and was given {code}."
OTHER_NAME = "It is part of {parent}, which bears that code, and not of {name}."

CHARTS = {
    "SA_odoo.csv": (158, {}, {}),
    "AE_odoo.csv": (156, {}, {}),
    "ES_PGC_pyme.csv": (776, {NO_TYPE: 2}, {}),
    "NL_RGS_1.1.csv": (2349, {SAME_CODE: 25}, {OTHER_NAME: 132}),
    "CH_KMU_2013_de.csv": (160, {}, {}),
    "AT_EKR_2017.csv": (323, {}, {}),
    "generic_business_en.csv": (75, {}, {NO_CODE: 75}),
}


@pytest.mark.parametrize("file", CHARTS)
def test_the_mess_of_a_real_chart_is_told_row_by_row(shared, file):
    count, refused, notes = CHARTS[file]
    rows = read((shared / "charts_of_accounts" / file).read_text("utf-8-sig"))
    loaded = [row for row in rows if not row.refused]
    assert len(rows) == count
    assert Counter(str(row.refused) for row in rows if row.refused) == refused
    assert Counter(str(note) for row in loaded for note in row.notes) == notes
    assert len({row.code for row in loaded}) == len(loaded)
    assert all(row.type or row.heading for row in loaded)
    assert all(row.parent is None or not row.parent.refused for row in loaded)


def test_arabic_names_are_kept_beside_english_ones(shared):
    rows = read((shared / "charts_of_accounts" / "SA_odoo.csv").read_text("utf-8-sig"))
    assert all(row.names["en"] and row.names["ar"] for row in rows)
