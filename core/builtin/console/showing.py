"""Records as tables and facts: references named together, amounts with their currency, choices in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from backoffice.core.exchange.refs import Ref as Named
from backoffice.core.exchange.refs import Refs
from backoffice.core.office import Desk
from backoffice.core.office.described import NATIVE, line_fields, text_of
from backoffice.core.persistence import OfCompany, Session, fields_of
from backoffice.core.text import FIGURES, INTERNAL, LANGUAGES, PERSON, PRICE, decimals, least_decimals, shown_as
from backoffice.core.users.identity import permitted_fields
from backoffice.core.users.models import Company, User
from backoffice.hookspecs import Field, Lines, Resource, messages

from .pages import Fact, Head, Ref, Related, TableRow, TableView
from .places import Places
from .reader import Reader

_ = messages("console")

LONG = 200
"""Texts that may have as many characters are cut short in a table."""
MANY_FACTS = 14
"""More facts than these, and those without a value are left out."""


def called(found: Named | None) -> str:
    """Return what people call a record: its title, with a number such as an account's before it."""
    if found is None:
        return ""
    key = found.key or ""
    return f"{key} {found.title}" if key.isdigit() and key not in found.title else found.title


class Showing:
    """Shows records to one reader."""

    def __init__(self, desk: Desk, session: Session, reader: Reader, places: Places) -> None:
        self.desk = desk
        self.session = session
        self.reader = reader
        self.places = places
        self.refs = Refs(desk, session)
        self._company_currency: str | None = None
        self._people: dict[int, str] = {}

    # -- single values -------------------------------------------------------------------------------------------

    def value(self, record: Any, field: Field) -> Any:
        """Return the value of ``field`` as templates draw it."""
        if field.kind == "ref":
            return self.ref(field, getattr(record, field.name))
        if field.hint == PERSON:
            return self.person(getattr(record, field.name))
        if field.translatable:
            return text_of(record, field.name, self.desk.language)
        return getattr(record, field.name)

    def ref(self, field: Field, id_: int | None, *, linked: bool = True) -> Ref | None:
        """Return the record that ``field`` refers to, with a link where this person may follow it."""
        if id_ is None:
            return None
        target = self.places.target(field) if linked else None
        url = self.places.record(target.name, id_) if target is not None else ""
        return Ref(called(self.refs.of(field, id_)), url)

    def person(self, id_: int | None) -> str:
        """Return the name of the user with this id; nothing for one that is gone."""
        if id_ is None:
            return ""
        if id_ not in self._people:
            self._people[id_] = self.session.scalar(sa.select(User.name).where(User.id == id_)) or ""
        return self._people[id_]

    def want(self, records: Iterable[Any], fields: Sequence[Field]) -> None:
        """Note the references of ``records``, so that one query names all of a kind."""
        referring = [field for field in fields if field.kind == "ref"]
        for record in records if referring else ():
            for field in referring:
                self.refs.want(field, getattr(record, field.name, None))

    def currency(self, record: Any, field: Field, resource: Resource | None) -> str:
        """Return the currency of an amount: of the field that holds it, of the record, or nothing."""
        name = self._unit(field, resource)
        found = getattr(record, name, None) if name else None
        return str(found) if found else self.company_currency() if name else ""

    def _unit(self, field: Field, resource: Resource | None) -> str:
        """Return the field that holds the currency of an amount, or nothing."""
        name = field.hint.partition(":")[2] if field.hint.partition(":")[0] in {"currency", PRICE} else ""
        return name or (resource.currency if resource is not None else "")

    def company_currency(self) -> str:
        """Return the currency the company keeps its books in."""
        if self._company_currency is None:
            wanted = sa.select(Company.currency).where(Company.id == self.desk.context.company_id)
            self._company_currency = self.session.scalar(wanted) or ""
        return self._company_currency

    # -- tables --------------------------------------------------------------------------------------------------

    def fields(self, resource: Resource, names: Iterable[str] = ()) -> list[Field]:
        """Return the fields called ``names``, by default the list's columns, as far as this person may read them."""
        described = fields_of(resource.model)
        readable = set(self.desk.readable(resource))
        hidden = () if names else self._plain(resource)
        wanted = [n for n in names or resource.columns if n not in hidden]
        return [described[n] for n in wanted if n in described and n in readable]

    def choosable(self, resource: Resource) -> list[str]:
        """Return the fields this person may make columns of, the one that says nothing here left out."""
        described, hidden = fields_of(resource.model), self._plain(resource)
        return [n for n in self.desk.readable(resource) if n not in hidden and described[n].hint != INTERNAL]

    def table(
        self, records: Sequence[Any], fields: Sequence[Field], resource: Resource | None, *, linked: bool = True,
        parent: Any = None,
    ) -> TableView:  # fmt: skip
        """Return ``records`` with one column for each of ``fields``; the first leads to the record.

        ``parent`` is the record that lines belong to: their amounts are in its currency unless they say another.
        """
        self.want(records, fields)
        heads = [self.head(field, records, resource, parent) for field in fields]
        columns = [self._column(records, field) for field in fields]
        ids = [record.id for record in records]
        place = self.places.record(resource.name, "") if resource is not None and linked else ""
        if place and columns:
            pairs = zip(records, columns[0], strict=True)
            columns[0] = [self._leading(record, fields[0], value) for record, value in pairs]
        cells: Iterable[Sequence[Any]] = zip(*columns, strict=True) if columns else [()] * len(ids)
        rows = [
            TableRow(cells=each, id=str(id_), url=f"{place}{id_}" if place else "")
            for id_, each in zip(ids, cells, strict=True)
        ]
        return TableView(columns=[_aligned(head, rows, at) for at, head in enumerate(heads)], rows=rows)

    def _column(self, records: Sequence[Any], field: Field) -> list[Any]:
        """Return the values of ``field`` as templates draw them, as :meth:`value` gives each."""
        if field.kind == "ref" or field.translatable or field.hint == PERSON:
            return [self.value(record, field) for record in records]
        return list(map(attrgetter(field.name), records))

    def _leading(self, record: Any, field: Field, value: Any) -> Any:
        """Return the first cell, which is a link itself: never empty, and without a link inside."""
        if value is None or value == "":
            return f"#{record.id}" if field.kind not in FIGURES else record.id
        return replace(value, url="") if isinstance(value, Ref) else value

    def head(self, field: Field, records: Sequence[Any], resource: Resource | None, parent: Any = None) -> Head:
        """Return the head of a column; a currency that all of its amounts share stands there once."""
        currency = ""
        kind = shown_as(field)
        if kind in {"money", PRICE}:
            holders = [parent] if parent is not None and ":" not in field.hint else records
            shared = {self.currency(holder, field, resource) for holder in holders}
            currency = shared.pop() if len(shared) == 1 else ""
        return Head(
            name=field.name,
            label=self.reader.say(field.label),
            kind="long_text" if field.kind == "text" and (field.length or 0) >= LONG else kind,
            currency=currency,
            choices=self.reader.choices(field),
            badge=resource is not None and resource.badge == field.name,
        )

    def needed(self, fields: Sequence[Field], resource: Resource) -> list[str]:
        """Return the names of what a table of ``fields`` reads of its records."""
        units = [self._unit(field, resource) for field in fields if shown_as(field) in {"money", PRICE}]
        translations = ["translations"] if any(field.translatable for field in fields) else []
        return [*(field.name for field in fields), *(name for name in units if name), *translations]

    # -- facts ---------------------------------------------------------------------------------------------------

    def facts(self, record: Any, resource: Resource) -> list[Fact]:
        """Return the fields of ``record`` this person may read, and those its company added."""
        described = fields_of(resource.model)
        hidden = {resource.badge, *self._plain(resource)}
        readable = [described[n] for n in self.desk.readable(resource) if n not in hidden]
        fields = [field for field in readable if field.hint != INTERNAL]
        self.want([record], fields)
        facts = [fact for field in fields for fact in self._facts_of(record, field, resource)]
        facts += self._custom(record, resource)
        return [f for f in facts if f.value not in (None, "")] if len(facts) > MANY_FACTS else facts

    def _plain(self, resource: Resource) -> tuple[str, ...]:
        """Return the field that says nothing here: the company at work stands at the top of every page."""
        return ("company_id",) if issubclass(resource.model, OfCompany) else ()

    def _facts_of(self, record: Any, field: Field, resource: Resource) -> Iterable[Fact]:
        yield self.fact(field, self.value(record, field), self.currency(record, field, resource))
        if field.translatable:
            translations: Mapping[str, Mapping[str, str]] = record.translations or {}
            for language in LANGUAGES:
                said = translations.get(language, {}).get(field.name)
                if said and language != self.desk.language:
                    yield Fact(label=self._in_language(field, language), value=said)
            own = getattr(record, field.name)
            if own and own != text_of(record, field.name, self.desk.language):
                yield Fact(label=self._in_language(field, self._plain_language()), value=own)

    def _plain_language(self) -> str:
        return self.desk.office.language_of(self.desk.user.organization_id)

    def _in_language(self, field: Field, language: str) -> str:
        return self.reader.say(_("{label} in {language}"), label=field.label, language=NATIVE[language])

    def fact(self, field: Field, value: Any, currency: str = "") -> Fact:
        """Return one value with its label."""
        return Fact(
            label=self.reader.say(field.label),
            value=value,
            kind=shown_as(field),
            currency=currency if shown_as(field) in {"money", PRICE} else "",
            choices=self.reader.choices(field),
            wide=field.kind in {"long_text", "data"} and bool(value),
        )

    def _custom(self, record: Any, resource: Resource) -> list[Fact]:
        values = getattr(record, "custom", None) or {}
        fields = self.desk.custom_fields(resource) if values else []
        return [self.fact(f, custom_value(f, values[f.name])) for f in fields if values.get(f.name) is not None]

    # -- lines ---------------------------------------------------------------------------------------------------

    def lines(self, lines: Lines, resource: Resource, record: Any, rows: Sequence[Any]) -> Related | None:
        """Return the nested lines ``rows`` of ``record`` with their totals, or nothing when they may not be read."""
        if lines.permission and not self.desk.may(lines.permission):
            return None
        own = [f for f in line_fields(lines, resource.model) if f.name != "id"]
        fields = [f for f in permitted_fields(self.desk.user, own) if not rows or _says_something(rows, f)]
        view = self.table(rows, fields, None, linked=False, parent=record)
        view = self._with_currency(view, fields, resource, record)
        totals = [_sum(view, at) if f.name in lines.totals else None for at, f in enumerate(fields)]
        label = self.reader.say(lines.label or lines.relation.capitalize())
        return Related(title=label, table=replace(view, totals=totals if lines.totals and rows else ()))

    def _with_currency(self, view: TableView, fields: Sequence[Field], resource: Resource, record: Any) -> TableView:
        if not resource.currency:
            return view
        own = self.currency(record, Field("", "money"), resource)
        columns = [
            replace(head, currency=own) if head.kind in {"money", PRICE} and ":" not in field.hint else head
            for head, field in zip(view.columns, fields, strict=True)
        ]
        return replace(view, columns=columns)


def _says_something(rows: Sequence[Any], field: Field) -> bool:
    """Tell whether a column is worth its room: not where no line has anything there, no discount and no "yes"."""
    seldom = field.kind in {"boolean", "percent"}
    values = [getattr(row, field.name, None) for row in rows]
    return (field.required and not seldom) or any(v if seldom else v not in (None, "") for v in values)


def _sum(view: TableView, at: int) -> Decimal:
    return sum((row.cells[at] for row in view.rows if row.cells[at] is not None), Decimal(0))


def _aligned(head: Head, rows: Sequence[TableRow], at: int) -> Head:
    """Return ``head`` with the most decimals of its column, where they differ."""
    if head.kind not in {"quantity", "rate", PRICE}:
        return head
    least = least_decimals(head.kind, head.currency)
    places = {max(least, decimals(row.cells[at])) for row in rows if row.cells[at] is not None}
    return replace(head, places=max(places)) if len(places) > 1 else head


def custom_value(field: Field, value: Any) -> Any:
    """Return the value of an added field, which is kept as JSON, as Python has it."""
    if value is None or not isinstance(value, str):
        return value
    if field.kind == "money":
        return Decimal(value)
    return date.fromisoformat(value) if field.kind == "date" else value


__all__ = ["Showing", "called", "custom_value"]
