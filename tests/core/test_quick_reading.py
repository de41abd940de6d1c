"""The short way of reading input gives what the schema gives, or leaves the input to it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from backoffice.core.schemas.derive import schema_for
from backoffice.core.schemas.quick import Declined, quick_reader
from backoffice.hookspecs import Field

LINES = (Field("account_id", "ref", required=True), Field("amount", "money"), Field("note", "text", length=5))
FIELDS = (
    Field("date", "date", required=True),
    Field("journal_id", "ref", required=True),
    Field("title", "text", length=8, required=True),
    Field("kind", "choice", choices={"a": "A", "b": "B"}, default="a"),
    Field("rate", "rate"),
    Field("share", "percent", minimum=Decimal(0), maximum=Decimal(100)),
    Field("count", "integer", minimum=0, maximum=9),
    Field("yes", "boolean"),
    Field("at", "instant"),
    Field("mail", "email"),
    Field("tags", "text", many=True),
    Field("more", "data"),
    Field("lines", "data", many=True, fields=LINES),
    Field("one", "data", fields=LINES),
)
NAMES = ["date", "journal", "journal_id", "title", "kind", "rate", "share", "count", "yes", "at", "mail", "tags"]

texts = st.sampled_from(
    ["", " a ", "a", "b", "é", "e\u0301", "أحمد", "a\nb", "a\x00", "123456789", "12.50", "-3", "1,5", "5%"]
)
numbers = st.sampled_from(
    [0, 1, -1, 10, 2**63, 1.5, True, Decimal("1.25"), Decimal("NaN"), Decimal("1E+3"), "1.2345678901"]
)
days = st.sampled_from([date(2026, 1, 31), date(1447, 1, 1), "2026-01-31", "2026-02-30", "20260131", "31/01/2026"])
values = st.one_of(st.none(), texts, numbers, days, st.lists(texts, max_size=2), st.just({"id": 3}))
line = st.dictionaries(st.sampled_from(["account", "account_id", "amount", "note", "other"]), values, max_size=4)
inputs = st.fixed_dictionaries(
    {"date": st.one_of(days, values), "journal": st.one_of(texts, st.integers()), "title": texts},
    optional={
        **dict.fromkeys(NAMES[4:], values),
        "lines": st.one_of(values, st.lists(line, max_size=2)),
        "one": st.one_of(values, line),
        "unknown": texts,
    },
)


def same(left, right):
    """Tell whether two readings are equal to the last digit and type."""
    return repr(left) == repr(right)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(inputs, st.booleans())
def test_what_is_read_the_short_way_is_what_the_schema_reads(said, partial):
    try:
        quick = quick_reader(FIELDS, partial=partial)(said)
    except Declined:
        return
    try:
        loaded = schema_for("Said", FIELDS, partial=partial)().load(said)
    except ValidationError as error:
        pytest.fail(f"the schema refuses what was read: {error}")
    assert same(quick, {name: loaded[name] for name in quick})
    assert quick.keys() == loaded.keys()


def test_an_ordinary_entry_is_read_the_short_way():
    lines = [{"account": "1000", "amount": "12.50"}, {"account": 7, "amount": "-12.50", "note": "أ"}]
    found = quick_reader(FIELDS)({"date": "2026-01-31", "journal": "GEN", "title": "Sale", "lines": lines})
    assert found["date"] == date(2026, 1, 31)
    assert [row["amount"] for row in found["lines"]] == [Decimal("12.50"), Decimal("-12.50")]
    assert found["kind"] == "a"
