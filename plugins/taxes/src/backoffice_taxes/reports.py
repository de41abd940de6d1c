"""Reports of taxes: the return with its boxes, taxes by code, the lines behind a figure, what waits for payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from . import returns
from .codes import company_of
from .exactly import ZERO
from .kinds import DIRECTIONS
from .models import Box, Code, CodeBox, Form, TaxLine

_ = messages("taxes")


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((record.translations or {}).get(language, {}).get("name") or record.name)


def _check(start: date, end: date) -> None:
    if start > end:
        said = _("The report would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})


def _span(session: Session, start: date, end: date) -> str:
    language = session.context.language
    said = _("{company}, {first} to {until}").with_values(
        company=name_in(company_of(session), language),
        first=format_date(start, language=language),
        until=format_date(end, language=language),
    )
    return translate(said, language)


def tax_return(session: Session, *, form_id: int, until: date, **span: Any) -> Table:
    """Return the boxes of a return over a span of days: as it was filed, else as it would be filed now."""
    start = span["from"]
    _check(start, until)
    form = returns.form_of(session, form_id)
    done = returns.filed(session, form, start, until)
    if done is not None:
        figures = returns.figures_filed(done, form)
    else:
        condition = sa.and_(returns.lines_in(session, form, start, until), TaxLine.return_id.is_(None))
        figures = returns.figures_of(session, form, condition)
    language, currency = session.context.language, company_of(session).currency
    columns = (
        Column("number", _("Box"), "code"),
        Column("name", _("Name")),
        Column("base", _("Amount"), "money", currency=currency),
        Column("tax", _("Tax"), "money", currency=currency),
    )
    rows = [_box_row(box, figures[box.code], language, start, until) for box in form.boxes]
    return Table(
        columns, rows, title=name_in(form, language), subtitle=_span(session, start, until),
        notes=tuple(_notes(session, form, done, language)),
    )  # fmt: skip


def _box_row(box: Box, columns: Mapping[str, Decimal], language: str, start: date, end: date) -> Row:
    base = columns["base"] if box.shown in {"both", "base"} else None
    tax = columns["tax"] if box.shown in {"both", "tax"} else None
    link = None
    if not box.sum_of:
        link = Link(report="taxes.lines", parameters={"from": start, "until": end, "box": box.id})
    return Row(
        (box.number or box.code, name_in(box, language), base, tax), link=link, style="total" if box.sum_of else ""
    )


def _notes(session: Session, form: Form, done: Any, language: str) -> Sequence[str]:
    notes: list[str] = []
    if done is not None:
        said = _("Filed on {day} under {reference}; the figures are those that were filed.").with_values(
            day=format_date(done.filed_at.date(), language=language), reference=done.reference
        )
        notes.append(translate(said, language))
    if form.source:
        notes.append(translate(_("Source: {source}").with_values(source=form.source), language))
    return notes


def by_code(session: Session, *, until: date, direction: str | None = None, **span: Any) -> Table:
    """Return the sums of tax lines by code over a span of days."""
    start = span["from"]
    _check(start, until)
    company = company_of(session)
    statement = (
        sa.select(
            TaxLine.tax_id, TaxLine.direction, TaxLine.rate, sa.func.sum(TaxLine.base).label("base"),
            sa.func.sum(TaxLine.amount).label("amount"), sa.func.sum(TaxLine.deductible).label("deductible"),
        )
        .where(TaxLine.company_id == company.id, TaxLine.date.between(start, until), TaxLine.tax_id.is_not(None))
        .group_by(TaxLine.tax_id, TaxLine.direction, TaxLine.rate)
    )  # fmt: skip
    if direction:
        statement = statement.where(TaxLine.direction == direction)
    found = session.execute(statement).all()
    codes = {row.id: row for row in session.scalars(sa.select(Code).where(Code.id.in_({one.tax_id for one in found})))}
    language = session.context.language
    ordered = sorted(found, key=lambda one: (one.direction != "sale", codes[one.tax_id].code, one.rate))
    rows = [
        Row(
            (
                codes[one.tax_id].code, name_in(codes[one.tax_id], language),
                translate(DIRECTIONS[one.direction], language), one.rate, one.base, one.amount,
                one.deductible if one.direction == "purchase" else None,
            ),
            link=Link(report="taxes.lines", parameters={"from": start, "until": until, "tax": one.tax_id}),
        )
        for one in ordered
    ]  # fmt: skip
    columns = (
        Column("code", _("Code"), "code"),
        Column("name", _("Name")),
        Column("direction", _("Direction")),
        Column("rate", _("Rate"), "quantity"),
        Column("base", _("Base"), "money", currency=company.currency),
        Column("amount", _("Tax"), "money", currency=company.currency),
        Column("deductible", _("Recovered"), "money", currency=company.currency),
    )
    return Table(columns, rows, title=_("Taxes by code"), subtitle=_span(session, start, until))


def lines(session: Session, *, until: date, tax_id: int | None = None, box_id: int | None = None, **span: Any) -> Table:
    """Return the tax lines of a span of days, of one code or of those that go into one box."""
    start = span["from"]
    _check(start, until)
    company = company_of(session)
    condition = [TaxLine.company_id == company.id]
    box = session.get(Box, box_id) if box_id is not None else None
    if box is not None:
        codes = sa.select(CodeBox.code_id).where(CodeBox.box_id == box.id)
        condition += [
            returns.lines_in(session, box.form, start, until),
            sa.or_(TaxLine.box_id == box.id, sa.and_(TaxLine.box_id.is_(None), TaxLine.tax_id.in_(codes))),
        ]
    else:
        condition.append(TaxLine.date.between(start, until))
    if tax_id is not None:
        condition.append(TaxLine.tax_id == tax_id)
    found = session.execute(
        sa.select(
            TaxLine.id, TaxLine.date, TaxLine.source_number, TaxLine.source_key, TaxLine.direction, TaxLine.base,
            TaxLine.amount, TaxLine.deductible, Code.code,
        )
        .join(Code, Code.id == TaxLine.tax_id, isouter=True)
        .where(*condition)
        .order_by(TaxLine.date, TaxLine.id)
    )  # fmt: skip
    language = session.context.language
    rows = [
        Row(
            (
                row.date, row.source_number or row.source_key, row.code or "",
                translate(DIRECTIONS[row.direction], language), row.base, row.amount, row.deductible,
            ),
            link=Link(resource="taxes.tax_line", id=row.id),
        )
        for row in found
    ]  # fmt: skip
    return Table(
        _line_columns(company.currency), rows, title=name_in(box, language) if box is not None else _("Tax lines"),
        subtitle=_span(session, start, until),
    )  # fmt: skip


def _line_columns(currency: str) -> tuple[Column, ...]:
    return (
        Column("date", _("Date"), "date"),
        Column("document", _("Document"), "code"),
        Column("code", _("Tax code"), "code"),
        Column("direction", _("Direction")),
        Column("base", _("Base"), "money", total=True, currency=currency),
        Column("amount", _("Tax"), "money", total=True, currency=currency),
        Column("deductible", _("Recovered"), "money", total=True, currency=currency),
    )


def waiting(session: Session) -> Table:
    """Return what of taxes due on payment still waits, by document."""
    company = company_of(session)
    waits = sa.func.sum(sa.case((TaxLine.date.is_(None), 1), else_=0))
    sign = sa.case((TaxLine.date.is_(None), 1), else_=-1)
    keys = (TaxLine.source_plugin, TaxLine.source_key, TaxLine.tax_id, TaxLine.direction)
    found = session.execute(
        sa.select(
            *keys, sa.func.max(TaxLine.source_number).label("number"), sa.func.min(TaxLine.id).label("first"),
            sa.type_coerce(sa.func.sum(sign * sa.type_coerce(TaxLine.base, sa.BigInteger)), TaxLine.base.type).label(
                "base"
            ),
            sa.type_coerce(
                sa.func.sum(sign * sa.type_coerce(TaxLine.amount, sa.BigInteger)), TaxLine.amount.type
            ).label("amount"),
        )
        .where(TaxLine.company_id == company.id)
        .group_by(*keys)
        .having(waits > 0)
        .order_by(sa.func.min(TaxLine.id))
    ).all()  # fmt: skip
    codes = dict(session.execute(sa.select(Code.id, Code.code)).all())
    language = session.context.language
    rows = [
        Row(
            (
                row.number or row.source_key, codes.get(row.tax_id, ""), translate(DIRECTIONS[row.direction], language),
                row.base, row.amount,
            ),
            link=Link(resource="taxes.tax_line", id=row.first),
        )
        for row in found
        if (row.base or ZERO) or (row.amount or ZERO)
    ]  # fmt: skip
    columns = (
        Column("document", _("Document"), "code"),
        Column("code", _("Tax code"), "code"),
        Column("direction", _("Direction")),
        Column("base", _("Base"), "money", total=True, currency=company.currency),
        Column("amount", _("Tax"), "money", total=True, currency=company.currency),
    )
    subtitle = name_in(company, language)
    return Table(columns, rows, title=_("Taxes waiting for payment"), subtitle=subtitle)
