"""What people and programs do with taxes; the rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from backoffice.core.api import InvalidInput, Session, translate
from backoffice.hookspecs import messages

from . import countries, returns
from .codes import company_of, rounding_of, taxes_by_code
from .computing import Computed, Line, TaxAmount, compute
from .determination import Determination, Facts
from .exactly import ZERO
from .models import Box, TaxLine
from .tax import Tax

_ = messages("taxes")


def install_country(session: Session, *, country: str) -> dict[str, int]:
    """Install the set-up of a country."""
    return countries.install(session, country)


def compute_document(session: Session, **document: Any) -> dict[str, Any]:
    """Compute the taxes of a document; see the fields of ``taxes.compute``."""
    day = document.get("supply_date") or document.get("date") or session.today()
    currency = document.get("currency") or company_of(session).currency
    lines = _lines(session, document, day)
    done = compute(lines, currency, rounding=rounding_of(session), direction=document.get("direction") or "sale")
    return {
        "currency": currency,
        "rounding": done.rounding.written(),
        "net": done.net,
        "tax": done.tax,
        "total": done.total,
        "withheld": done.withheld,
        "payable": done.payable,
        "taxes": [_told(row) for row in done.taxes],
        "lines": _told_lines(done),
    }


def _lines(session: Session, document: Mapping[str, Any], day: date) -> list[Line]:
    given: Sequence[Mapping[str, Any]] = document.get("lines") or ()
    named = {code for line in given for code in _codes(line)}
    known = taxes_by_code(session, named, day)
    determination = Determination(session) if any(not _codes(line) for line in given) else None
    lines = []
    for n, line in enumerate(given):
        taxes = _named(line, known, n) if determination is None or _codes(line) else None
        if taxes is None:
            assert determination is not None
            taxes = determination.determine(_facts(document, line, day)).taxes
        lines.append(
            Line(
                unit_price=line["unit_price"],
                quantity=line["quantity"] if line.get("quantity") is not None else Decimal(1),
                discount=line.get("discount") or ZERO,
                taxes=taxes,
                inclusive=bool(line.get("inclusive")),
                key=n + 1,
            )
        )
    return lines


def _codes(line: Mapping[str, Any]) -> list[str]:
    return str(line.get("taxes") or "").replace(",", " ").split()


def _named(line: Mapping[str, Any], known: Mapping[str, Tax], n: int) -> tuple[Tax, ...]:
    missing = [code for code in _codes(line) if code not in known]
    if missing:
        said = _("There is no tax code {code}.").with_values(code=", ".join(missing))
        raise InvalidInput(said, fields={f"lines.{n}.taxes": [said]})
    return tuple(known[code] for code in _codes(line))


def _facts(document: Mapping[str, Any], line: Mapping[str, Any], day: date) -> Facts:
    return Facts(
        direction=document.get("direction") or "sale",
        day=day,
        category=line.get("category"),
        position=document.get("position"),
        country=(document.get("country") or "").upper(),
        registered=bool(document.get("registered")),
    )


def _told(row: TaxAmount) -> dict[str, Any]:
    tax = row.tax
    return {
        "code": tax.code, "rate": tax.rate, "category": tax.category, "reason_code": tax.reason_code,
        "reason": tax.reason, "base": row.base, "amount": row.amount, "charged": row.charged,
        "deductible": row.deductible, "due": tax.due,
    }  # fmt: skip


def _told_lines(done: Computed) -> list[dict[str, Any]]:
    return [{"net": line.net, "total": line.total, "taxes": [_told(row) for row in line.taxes]} for line in done.lines]


def determine(session: Session, **given: Any) -> dict[str, Any]:
    """Say which tax codes hold, and why."""
    day = given.get("date") or session.today()
    found = Determination(session).determine(_facts(given, given, day))
    return {
        "codes": [tax.code for tax in found.taxes],
        "position": found.position,
        "why": [translate(said, session.context.language) for said in found.why],
    }


def file_return(session: Session, *, form_id: int, until: date, reference: str, **span: Any) -> Any:
    """File a return: keep its figures and mark its tax lines as declared."""
    return returns.file(session, returns.form_of(session, form_id), span["from"], until, reference)


def adjust(
    session: Session,
    *,
    box_id: int,
    date: date,
    reason: str,
    base: Decimal | None = None,
    amount: Decimal | None = None,
) -> TaxLine:
    """Write an adjustment straight into a box of a return."""
    box: Box | None = session.get(Box, box_id)
    if box is None:
        said = _("There is no such box.")
        raise InvalidInput(said, fields={"box": [said]})
    if box.sum_of:
        said = _("This box is a sum of others; adjust one of them.")
        raise InvalidInput(said, fields={"box": [said]})
    if not base and not amount:
        said = _("Give an amount or a tax.")
        raise InvalidInput(said, fields={"amount": [said]})
    company = company_of(session)
    line = TaxLine(
        date=date, direction="sale", country=box.form.country, rate=ZERO, base=base or ZERO, amount=amount or ZERO,
        deductible=ZERO, charged=ZERO, currency=company.currency, source_plugin="taxes",
        source_key=f"adjustment/{uuid4().hex[:16]}", box_id=box.id, reason=reason,
    )  # fmt: skip
    session.add(line)
    session.flush()
    return line
