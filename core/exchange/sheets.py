"""Answers of reports on paper: a sheet in either direction, its head again on each page, as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from backoffice.core import text
from backoffice.core.errors import InvalidInput
from backoffice.core.printing import pdf
from backoffice.core.schemas import public_name
from backoffice.core.text import translate
from backoffice.core.text.formats import Calendar
from backoffice.core.users.models import Company
from backoffice.hookspecs import Column, Field, Label, Report, Table, messages

from .tables import NUMERIC, totals_of

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("rest")

HERE: Final = Path(__file__).parent / "templates" / "sheets"
MOST_ROWS: Final = 20_000
"""Some four hundred pages; nobody prints more, and the engine keeps all of them in memory."""

Facts = Sequence[tuple[str, str]]
"""What was asked for, as label and value in words."""


def print_table(desk: Desk, report: Report, table: Table, facts: Facts | None = None, **given: Any) -> Iterator[bytes]:
    """Yield the answer of ``report`` as PDF in the language, calendar and company of ``desk``.

    ``facts`` says in words what was asked for; left out, it is told from the parameters ``given``.

    Raises :class:`InvalidInput` for more rows than a sheet takes, :class:`Unavailable` where PDF cannot be made.
    """
    rows = list(table.rows)
    if len(rows) > MOST_ROWS:
        raise InvalidInput(
            _("A printed report has at most {n} rows.").with_values(n=MOST_ROWS),
            remedy=_("Narrow the report, or take CSV or XLSX."),
        )
    with desk.reading() as session:
        company = session.get(Company, session.company_id) if session.company_id is not None else None
    calendar: Calendar = "hijri" if company is not None and company.calendar == "hijri" else "gregorian"
    sheet = _Sheet(desk.language, calendar, desk.context.zone)
    told = [(sheet.say(label), value) for label, value in (sheet.facts(report, given) if facts is None else facts)]
    made_at = text.format_instant(
        desk.context.now(), desk.context.zone, language=sheet.language, calendar=sheet.calendar
    )
    title = sheet.say(table.title or report.label or report.name)
    name = "" if company is None else company.name
    html = sheet.page(replace(table, title=title, rows=rows), company=name, facts=told, made_at=made_at)
    yield pdf(html, title=title, author=name)


@dataclass(frozen=True, slots=True)
class _Head:
    label: str
    currency: str
    figure: bool


@dataclass(frozen=True, slots=True)
class _Line:
    cells: list[str]
    level: int
    style: str


@dataclass(frozen=True, slots=True)
class _Sheet:
    language: str
    calendar: Calendar
    zone: str

    def say(self, label: str) -> str:
        return translate(label, self.language)

    def page(self, table: Table, **given: Any) -> str:
        totals = [self._cell(cell, column) for cell, column in zip(totals_of(table), table.columns, strict=False)]
        if totals and not totals[0]:
            totals[0] = self.say(_("Total"))
        marks = {"made_at": "".join(c for c in given["made_at"] if c not in '"\\<')}
        return _template("report.html").render(
            language=self.language,
            direction=text.direction(self.language),
            styles=Markup(_template("report.css").render(marks)),  # noqa: S704
            title=table.title,
            subtitle=self.say(table.subtitle),
            columns=[_Head(self.say(c.label or c.name), c.currency, c.kind in NUMERIC) for c in table.columns],
            rows=[_Line(self._cells(row.cells, table.columns), row.level, row.style) for row in table.rows],
            totals=totals,
            notes=[self.say(note) for note in table.notes],
            **given,
        )

    def facts(self, report: Report, given: Mapping[str, Any]) -> Facts:
        named = ((field, given.get(public_name(field), given.get(field.name))) for field in report.fields)
        return [
            (field.label or field.name, self._fact(field, value)) for field, value in named if value not in (None, "")
        ]

    def _fact(self, field: Field, value: Any) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self._fact(field, each) for each in value)
        if field.kind == "choice":
            return self.say(field.choices.get(value, str(value)))
        if field.kind == "date" and isinstance(value, str):
            value = text.parse_date(value, calendar=self.calendar)
        return self._cell(value, Column(field.name, "", field.kind))

    def _cells(self, cells: Sequence[Any], columns: Sequence[Column]) -> list[str]:
        return [self._cell(cell, column) for cell, column in zip(cells, columns, strict=True)]

    def _cell(self, value: Any, column: Column) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.say(_("Yes") if value else _("No"))
        if isinstance(value, Decimal | int) and column.kind in NUMERIC:
            return text.format_figure(value, column.kind, language=self.language, currency=column.currency)
        if isinstance(value, datetime):
            return text.format_instant(value, self.zone, language=self.language, calendar=self.calendar)
        if isinstance(value, date):
            return text.format_date(value, language=self.language, calendar=self.calendar)
        return self.say(value) if isinstance(value, Label) else str(value)


@cache
def _template(name: str) -> Template:
    """Return a template of the sheet; what a person typed is escaped in HTML, and never reaches the style."""
    loader = FileSystemLoader(HERE)
    return Environment(
        loader=loader,
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


__all__ = ["MOST_ROWS", "print_table"]
