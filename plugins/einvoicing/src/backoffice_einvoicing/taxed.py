"""How the lines of an invoice of accounting are taxed, in the words of the norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_taxes.api import Code

from backoffice.core.api import Company, RuleBroken, Session
from backoffice.hookspecs import messages

from .en16931.calculating import ZERO
from .en16931.terms import Breakdown

_ = messages("einvoicing")

OUTSIDE = "O"
"""The category of what bears no tax at all: outside the scope."""


NOT_SUBJECT = {"SA": ("VATEX-SA-OOS", "Not subject to VAT")}
"""Code and text of the reason why something is outside the scope, where a country has its own."""


def not_subject(session: Session) -> tuple[str, str]:
    """Return code and text of the reason why something bears no tax at all, in the company's country."""
    company: Company = session.get(Company, session.company_id)
    return NOT_SUBJECT.get(company.country or "", ("VATEX-EU-O", "Not subject to VAT"))


@dataclass(frozen=True, slots=True)
class Taxed:
    """What the norm wants to know of the tax of a line."""

    net: Decimal
    category: str = OUTSIDE
    rate: Decimal | None = None
    reason_code: str = ""
    reason: str = ""


def rows_of(record: Any) -> Sequence[Any]:
    """Return what each tax comes to on a document, as accounting keeps it."""
    rows: Sequence[Any] = getattr(record, "taxes", None) or ()
    return rows


def _vat(session: Session, record: Any) -> dict[str, Any]:
    """Return the rows of value added tax of a document by code; other taxes have no place in the norm."""
    rows = {row.code: row for row in rows_of(record)}
    if not rows:
        return {}
    known = session.execute(sa.select(Code.code, Code.family).where(Code.code.in_(sorted(rows))))
    families = {code: family for code, family in known}  # noqa: C416
    other = [code for code, row in rows.items() if families.get(code) != "vat" and row.charged]
    if other:
        raise RuleBroken(
            _("The tax {code} has no place in an electronic invoice.").with_values(code=", ".join(other)),
            why=_("The norm knows value added tax alone; others belong into the price."),
        )
    return {code: row for code, row in rows.items() if families.get(code) == "vat"}


def taxes_of_lines(session: Session, record: Any) -> dict[int, Taxed]:
    """Return how each line of ``record`` is taxed, by its id.

    Raises :class:`~backoffice.core.api.RuleBroken` when a line bears what the norm cannot say.
    """
    vat = _vat(session, record)
    outside = not_subject(session)
    return {line.id: _of_line(line, vat, outside) for line in record.lines}


def _of_line(line: Any, vat: Mapping[str, Any], outside: tuple[str, str]) -> Taxed:
    codes = [code for code in (getattr(line, "taxes", None) or "").replace(",", " ").split() if code in vat]
    if not codes:
        return Taxed(line.amount, reason_code=outside[0], reason=outside[1])
    if len(codes) > 1:
        said = _("{line} bears several rates of value added tax.").with_values(line=line.description or line.item)
        raise RuleBroken(said)
    row = vat[codes[0]]
    return Taxed(line.amount, row.category, _rate(row), row.reason_code or "", row.reason or "")


def _rate(row: Any) -> Decimal | None:
    if row.category == OUTSIDE:
        return None
    rate: Decimal = row.rate if row.category == "S" else ZERO
    return rate.normalize() + 0 if rate else ZERO


def breakdown_of(session: Session, record: Any) -> tuple[Breakdown, ...]:
    """Return the tax of ``record`` by category and rate, as it was posted; none when it bears none."""
    vat = _vat(session, record)
    if not vat:
        return ()
    found: dict[tuple[str, Decimal | None], Breakdown] = {}
    for row in vat.values():
        key = (row.category, _rate(row))
        had = found.get(key, Breakdown(ZERO, ZERO, row.category, key[1], row.reason or "", row.reason_code or ""))
        found[key] = Breakdown(
            had.base + row.base, had.tax + row.charged, had.category, had.rate, had.reason, had.reason_code
        )
    bare = [line for line in record.lines if not set((line.taxes or "").replace(",", " ").split()) & vat.keys()]
    if bare:
        untaxed = sum((line.amount for line in bare), ZERO)
        code, reason = not_subject(session)
        found[OUTSIDE, None] = Breakdown(untaxed, ZERO, OUTSIDE, None, reason, code)
    return tuple(found.values())


__all__ = ["OUTSIDE", "Taxed", "breakdown_of", "rows_of", "taxes_of_lines"]
