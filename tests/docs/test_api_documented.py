"""The page about Python names everything that may be imported, and nothing else."""

import re
from pathlib import Path

import pytest

from backoffice.core import api
from backoffice.core.persistence import fields

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "api.md"


def text():
    return PAGE.read_text("utf-8")


def test_every_name_that_may_be_imported_is_explained():
    named = set(re.findall(r"`@?(\w+)[`(]", text())) | set(re.findall(r"backoffice\.core\.api\.(\w+)", text()))
    assert set(api.__all__) <= named


def test_every_name_in_the_tables_may_be_imported():
    tables = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", text().partition("## Tests")[0], flags=re.MULTILINE)
    assert {name for cell in tables for name in re.findall(r"\w+", cell)} <= set(api.__all__)


def test_every_kind_of_field_is_explained():
    listed = re.search(r"persistence\.fields\n   :members: (.+)", text())[1].split(", ")
    own = [value for value in vars(fields).values() if getattr(value, "__module__", "") == fields.__name__]
    making = [
        f.__name__ for f in own if str(getattr(f, "__annotations__", {}).get("return")).startswith("MappedColumn")
    ]
    assert sorted(listed) == sorted({*making, "derived"} - {"_column", "plain_column"})
