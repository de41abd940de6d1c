"""Tax lines: what a document bears of each tax, written by whoever posts it.

A tax that is due with the document gets a line with a date, by which it is declared. One that is due on payment gets a
line without a date, which waits, and a line with a date for each payment. Nothing is ever changed: what was wrong is
taken back by further lines.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import NotFound, Read, RoundingPolicy, RuleBroken, Session, among, convert, fold
from backoffice.hookspecs import messages

from .afterwards import FallsDue, on_payment
from .codes import books_of
from .computing import Computed, TaxAmount
from .exactly import ZERO
from .models import Code, TaxLine
from .tax import Tax

_ = messages("taxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The document tax lines come from."""

    plugin: str
    key: str
    """Unique within the plugin, such as ``invoice/17``."""
    number: str | None = None
    """As it is printed."""
    date: datetime.date
    """In whose period the taxes are declared that are due with the document."""
    supply_date: datetime.date | None = None
    party: int | None = None


def record(
    session: Session, document: Computed, source: Source, *, currency: str | None = None, rate: Decimal | None = None
) -> list[TaxLine]:
    """Write the tax lines of ``document`` and return them, a line for each code.

    Amounts are kept in the company's currency: a document in another ``currency`` is converted at ``rate``, what one
    unit of it costs, each figure once; post the amounts of the lines, so that ledger and return agree. The negated
    document writes a credit note. Raises :class:`~backoffice.core.api.AlreadyExists` when the source has lines already.
    """
    made = [TaxLine(**row) for row in _rows(session, [(document, source, currency, rate)], books_of(session))]
    session.add_all(made)
    session.flush()
    return made


def record_many(
    session: Session, many: Sequence[tuple[Computed, Source, str | None, Decimal | None]], *, books: str | None = None
) -> list[dict[str, Any]]:
    """Write the tax lines of many documents in one statement: each with its source, currency and rate.

    ``books`` is the currency of the company's books, where it is known.

    Means what :func:`record` does for each; returns the rows as plain values, in the order of documents and codes.
    """
    rows = _rows(session, many, books or books_of(session))
    if rows:
        keyed = [{**row, "search_key": fold(row["source_number"] or "")} for row in rows]
        session.write_rows(TaxLine, keyed)
    return rows


def _rows(
    session: Session, many: Sequence[tuple[Computed, Source, str | None, Decimal | None]], books: str
) -> list[dict[str, Any]]:
    countries = _countries(session, [row.tax for document, *_more in many for row in document.taxes])
    return [
        _row(row, document, source, books, currency or books, rate, countries)
        for document, source, currency, rate in many
        for row in document.taxes
    ]


def _row(
    row: TaxAmount,
    document: Computed,
    source: Source,
    books: str,
    currency: str,
    rate: Decimal | None,
    countries: dict[int, str],
) -> dict[str, Any]:
    policy = document.rounding.policy
    foreign = currency != books

    def there(amount: Decimal) -> Decimal:
        return converted(amount, rate, books, policy) if foreign else amount

    return {
        "date": None if row.tax.due == "payment" else source.date,
        "supply_date": source.supply_date,
        "direction": document.direction,
        "tax_id": _id(row.tax),
        "country": countries[_id(row.tax)],
        "rate": row.tax.rate,
        "base": there(row.base),
        "amount": there(row.amount),
        "deductible": there(row.deductible),
        "charged": there(row.charged),
        "currency": books,
        "document_currency": currency if foreign else None,
        "document_base": row.base if foreign else None,
        "document_amount": row.amount if foreign else None,
        "source_plugin": source.plugin,
        "source_key": source.key,
        "source_number": source.number,
        "party": source.party,
    }


def converted(amount: Decimal, rate: Decimal | None, books: str, policy: RoundingPolicy) -> Decimal:
    """Return an amount of a document in the books' currency, rounded the same above and below zero."""
    if rate is None:
        raise RuleBroken(
            _("A document in a foreign currency needs a rate of exchange."), remedy=_("Give what one unit costs.")
        )
    size = convert(abs(amount), rate, books, policy)
    return -size if amount < 0 else size


def _id(tax: Tax) -> int:
    if tax.id is None:
        raise RuleBroken(
            _("The tax code {code} is not stored.").with_values(code=tax.code),
            remedy=_("Use codes of the register, so that returns know where they go."),
        )
    return tax.id


def _countries(session: Session, taxes: Sequence[Tax]) -> dict[int, str]:
    known = {_id(tax): tax.country for tax in taxes}
    wanted = sorted(id_ for id_, country in known.items() if not country)
    return {**known, **dict(_COUNTRIES.rows(session, ids=wanted))} if wanted else known


_COUNTRIES = Read(sa.select(Code.id, Code.country).where(among(Code.id, "ids")))


def of_source(session: Session, plugin: str, key: str) -> Sequence[TaxLine]:
    """Return every tax line of a document, in the order they were written."""
    return session.scalars(
        sa.select(TaxLine)
        .where(TaxLine.company_id == session.company_id, TaxLine.source_plugin == plugin, TaxLine.source_key == key)
        .order_by(TaxLine.id)
    ).all()


def fall_due(
    session: Session,
    *,
    plugin: str,
    key: str,
    part: str,
    day: datetime.date,
    total: Decimal,
    paid_before: Decimal,
    paid: Decimal,
) -> list[TaxLine]:
    """Write what falls due of a document's waiting taxes with a payment, and return it.

    ``part`` names the payment, such as ``payment/4``; amounts are those of the document, in one currency. Nothing is
    written for a document without waiting taxes.
    """
    made = []
    for line, figures in _waiting(of_source(session, plugin, key)):
        tax = Tax(code=str(line.tax_id), due="payment", id=line.tax_id)
        row = TaxAmount(
            tax=tax, base=figures["base"], amount=figures["amount"], charged=figures["charged"],
            deductible=figures["deductible"],
        )  # fmt: skip
        [due] = on_payment([row], total=total, paid_before=paid_before, paid=paid, currency_or_places=line.currency)
        made.append(_dated(line, part, day, due))
    session.add_all(made)
    session.flush()
    return made


def _waiting(lines: Sequence[TaxLine]) -> list[tuple[TaxLine, dict[str, Decimal]]]:
    """Return what a document's waiting taxes came to, with a line of each; one that was taken back is left out."""
    found: dict[int | None, list[TaxLine]] = {}
    for line in lines:
        if line.date is None:
            found.setdefault(line.tax_id, []).append(line)
    sums = [
        (same[0], {name: sum((getattr(one, name) for one in same), ZERO) for name in _FIGURES})
        for same in found.values()
    ]
    return [(line, figures) for line, figures in sums if any(figures.values())]


def _dated(line: TaxLine, part: str, day: datetime.date, due: FallsDue) -> TaxLine:
    return _copy(
        line, part=part, day=day, base=due.base, amount=due.amount, deductible=due.deductible,
        charged=due.amount if line.charged else ZERO,
    )  # fmt: skip


def take_back(session: Session, *, plugin: str, key: str, part: str, day: datetime.date) -> list[TaxLine]:
    """Write lines that take back what a document bears, dated ``day``, and return them.

    What waits is taken back without a date; what fell due, on ``day``. Raises
    :class:`~backoffice.core.api.NotFound` when the document has no tax lines.
    """
    lines = of_source(session, plugin, key)
    if not lines:
        raise NotFound(_("This document has no tax lines."))
    sums: dict[tuple[int | None, bool], list[TaxLine]] = {}
    for line in lines:
        sums.setdefault((line.tax_id, line.date is None), []).append(line)
    made = []
    for (_tax, waits), same in sums.items():
        figures = {name: -sum((getattr(one, name) for one in same), ZERO) for name in _FIGURES}
        if any(figures.values()):
            name = f"{part}/waiting" if waits else part
            made.append(_copy(same[0], part=name, day=None if waits else day, **figures))
    session.add_all(made)
    session.flush()
    return made


_FIGURES = ("base", "amount", "deductible", "charged")


def _copy(line: TaxLine, *, part: str, day: datetime.date | None, **figures: Decimal) -> TaxLine:
    return TaxLine(
        date=day, supply_date=line.supply_date, direction=line.direction, tax_id=line.tax_id, country=line.country,
        rate=line.rate, currency=line.currency, source_plugin=line.source_plugin, source_key=line.source_key,
        part=part, source_number=line.source_number, party=line.party, **figures,
    )  # fmt: skip
