"""One table of figures, written alike by pages, files, paper and the terminal, in both languages and digits."""

import re
from decimal import Decimal

import pytest

from backoffice.core.builtin.console.drawing import Drawing
from backoffice.core.builtin.console.drawing import Reader as Draws
from backoffice.core.builtin.console.pages import Head
from backoffice.core.builtin.console.reader import Reader
from backoffice.core.builtin.console.typed import text_of
from backoffice.core.cli.cells import cell
from backoffice.core.exchange.sheets import _Sheet
from backoffice.core.exchange.tables import export_table
from backoffice.core.persistence import fields as field
from backoffice.core.text import decimals, format_figure, padded, shown_as
from backoffice.hookspecs import Column, Field, Row, Table

MARKS = re.compile("[\u2066-\u2069]")
CASES = [
    # kind, value, currency, in 123, in ١٢٣, as it is typed
    ("money", "1234.5", "GBP", "1,234.50", "١٬٢٣٤٫٥٠", "1234.50"),
    ("money", "-0.125", "GBP", "-0.125", "-٠٫١٢٥", "-0.125"),
    ("money", "7", "KWD", "7.000", "٧٫٠٠٠", "7.000"),
    ("money", "7.0000", "JPY", "7", "٧", "7"),
    ("money", "2.1000", "", "2.10", "٢٫١٠", "2.10"),
    ("price", "2.1", "GBP", "2.10", "٢٫١٠", "2.10"),
    ("price", "0.004500", "GBP", "0.0045", "٠٫٠٠٤٥", "0.0045"),
    ("price", "12", "BHD", "12.000", "١٢٫٠٠٠", "12.000"),
    ("price", "3", "", "3.00", "٣٫٠٠", "3.00"),
    ("quantity", "2.100000", "GBP", "2.1", "٢٫١", "2.1"),
    ("quantity", "12000", "", "12,000", "١٢٬٠٠٠", "12000"),
    ("rate", "0.2500000000", "", "0.25", "٠٫٢٥", "0.25"),
    ("percent", "15.000000", "", "15%", "١٥٪", "15"),
    ("percent", "-2.5", "", "-2.5%", "-٢٫٥٪", "-2.5"),
]
each = pytest.mark.parametrize(("kind", "value", "currency", "latn", "arab", "typed"), CASES)


def plain(text):
    """The figure as it reads, without the marks and markup that keep it from flipping."""
    return MARKS.sub("", re.sub("<[^>]+>", "", str(text)))


def described(kind):
    return Field("x", "quantity", hint="price") if kind == "price" else Field("x", kind)


@each
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_interface_writes_the_same_figure(kind, value, currency, latn, arab, typed, language):
    number = Decimal(value)
    for digits, wanted in (("latn", latn), ("arab", arab)):
        said = format_figure(number, kind, language=language, digits=digits, currency=currency)
        head = Head(name="x", label="", kind=kind, currency=currency)
        drawn = Drawing(Draws(language=language, digits=digits), "")._drawer(head)(number)
        assert (plain(said), plain(drawn)) == (wanted, wanted)
    column = Column("x", "X", kind, currency=currency)
    on_paper = _Sheet(language, "gregorian", "UTC")._cell(number, column)
    in_a_terminal = cell(number, kind, language=language, currency=currency)
    assert (plain(on_paper), in_a_terminal) == (latn, latn)
    assert text_of(described(kind), number, Reader(language=language), currency) == typed


@each
def test_a_file_holds_the_same_decimals_as_are_typed(kind, value, currency, latn, arab, typed):
    table = Table([Column("x", "X", kind, currency=currency)], [Row((Decimal(value),))])
    row = b"".join(export_table(table)).decode().splitlines()[1]
    assert Decimal(row) == Decimal(value)
    assert kind not in {"money", "price"} or row == typed


def test_a_unit_price_is_a_quantity_to_programs_and_a_price_to_people():
    found = next(iter(field.unit_price(label="Price").column.info.values()))
    assert (found.kind, shown_as(found)) == ("quantity", "price")
    assert shown_as(Field("x", "quantity")) == "quantity"


def test_decimals_are_counted_without_zeros_at_the_end():
    assert [decimals(Decimal(text)) for text in ("1", "1.50", "1E+3", "0.000100")] == [0, 1, 0, 4]


def test_padding_rounds_nothing_and_takes_zeros_away():
    written = ("2.1", "2.1000", "2.1005", "-3")
    assert [str(padded(Decimal(text), 2)) for text in written] == ["2.10", "2.10", "2.1005", "-3.00"]
