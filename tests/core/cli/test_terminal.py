"""What a terminal shows: aligned tables, amounts, colours where they are wanted, bars that move."""

import builtins
import io
import re
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backoffice.core.cli.app import App
from backoffice.core.cli.cells import cell, width
from backoffice.core.cli.options import Options, language_from
from backoffice.core.cli.output import lines, replacing, write_pieces, write_table
from backoffice.core.cli.progress import progress
from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Row, Table


def drawn(table, language="en"):
    return list(lines(App(Options(language=language)), table))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_amounts_stand_at_the_right_and_are_grouped():
    columns = [Column("name", "Name"), Column("amount", "Amount", "money", currency="GBP", total=True)]
    table = Table(columns, [Row(("Rent", Decimal("1234.5"))), Row(("Tea", Decimal("-3")))])
    assert drawn(table) == [
        "Name  Amount (GBP)",
        "────  ────────────",
        "Rent      1,234.50",
        "Tea          -3.00",
        "────  ────────────",
        "          1,231.50",
    ]


def test_a_title_heads_a_report_and_notes_stand_below():
    table = Table(
        [Column("a", "A")], [Row(("x",), level=1)], title="A report", subtitle="until now", notes=("A note.",)
    )
    assert drawn(table) == ["A report", "until now", "A", "───", "  x", "A note."]


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "text", ""),
        (True, "boolean", "yes"),
        (date(2026, 1, 31), "date", "2026-01-31"),
        (datetime(2026, 1, 31, 21, tzinfo=UTC), "instant", "2026-02-01 00:00:00"),
        (Decimal("0.1234567"), "rate", "0.1234567"),
        (Decimal("15"), "percent", "15%"),
        (Decimal("2.5000"), "quantity", "2.5"),
        (1234567, "integer", "1234567"),
        ("two\nlines", "long_text", "two lines"),
        ({"a": [1]}, "data", '{"a": [1]}'),
    ],
)
def test_values_are_one_line(value, kind, shown):
    assert cell(value, kind, language="en", zone="Asia/Riyadh") == shown


def test_arabic_is_measured_as_it_is_seen():
    assert width("مُحَمَّد") == 4
    assert width("日本") == 4


def test_no_invisible_marks_are_left_in_what_may_be_copied():
    assert cell(Decimal("-5"), "money", language="ar", currency="SAR") == "-5.00"


def test_what_was_stored_cannot_speak_to_the_terminal():
    assert cell("Amal\x1b]0;owned\x07", "text", language="en") == "Amal\ufffd]0;owned\ufffd"


def test_binary_formats_spare_the_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    with pytest.raises(MalformedRequest):
        write_pieces([b"PK"], None, binary=True)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report.csv"
    target.write_text("before")

    def half():
        with replacing(target) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.csv", "before")]


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ar_SA.UTF-8"}, "ar"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ar_SA", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "en", "BACKOFFICE_LANGUAGE": "ar"}, "ar"),
        ({"LANG": "fr_FR"}, "en"),
    ],
)
def test_the_language_follows_the_environment(environ, language):
    assert language_from(environ) == language


def rich_or_plain(monkeypatch, table):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "30")
    write_table(App(), table, "table")
    return stream.getvalue()


WIDE = Table(
    [Column("what", "What"), Column("amount", "Amount", "money", total=True)],
    [Row(("a long story about a short word " * 3, Decimal("1234.5"))), Row(("Tea", Decimal("-3")))],
    title="Costs",
)


def test_a_table_fits_the_terminal(monkeypatch):
    said = rich_or_plain(monkeypatch, WIDE)
    assert "Costs" in said
    assert "1,231.50" in said
    assert max(width(line) for line in re.sub(r"\x1b\[[\d;]*m", "", said).splitlines()) <= 30


def test_a_table_needs_no_further_package(monkeypatch, without_rich):
    assert "…" in rich_or_plain(monkeypatch, WIDE)


def test_a_terminal_without_colours_gets_none(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in rich_or_plain(monkeypatch, WIDE)


@pytest.fixture
def without_rich(monkeypatch):
    """A machine where rich is not installed."""
    real = builtins.__import__

    def missing(name, *arguments, **keywords):
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", missing)


# -- progress ------------------------------------------------------------------------------------------------------


def told(monkeypatch, stream, steps=3):
    monkeypatch.setattr(sys, "stderr", stream)
    with progress(App(), "Loading", steps) as show:
        for done in range(1, steps + 1):
            show(done)
    return stream.getvalue()


def test_short_work_says_nothing_where_there_is_no_terminal(monkeypatch):
    assert told(monkeypatch, io.StringIO()) == ""


def test_long_work_says_a_line_now_and_then(monkeypatch):
    monkeypatch.setattr("backoffice.core.cli.progress._Lines.every", 0)
    assert told(monkeypatch, io.StringIO()).splitlines() == [f"Loading: {n} / 3" for n in (1, 2, 3)]


def test_a_terminal_shows_a_bar(monkeypatch):
    assert "3/3" in told(monkeypatch, Terminal())


def test_the_bar_needs_no_further_package(monkeypatch, without_rich):
    said = told(monkeypatch, Terminal())
    assert said.endswith("██████████ 3 / 3\n")


def test_a_dumb_terminal_gets_no_bar(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert told(monkeypatch, Terminal()) == ""


def test_work_that_fails_at_once_shows_no_empty_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(RuntimeError), progress(App(), "Loading") as show:
        raise RuntimeError
    assert show


def test_errors_are_red_in_a_terminal_and_plain_with_no_color(monkeypatch):
    from backoffice.core.cli.failures import write

    said = []
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        write(MalformedRequest("It did not work."), App())
        said.append("\x1b[" in stream.getvalue())
    assert said == [True, False]
