"""Documents other plugins ask for: issued in the transaction in which they ask, or put on the work list with a reason.

The same source and key are issued once. A document that comes to another amount than the request says is not issued:
what was agreed with a customer is never recomputed silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.currencies import company_of
from backoffice_accounting.invoices import CHUNK, issue_completed, issued_before
from backoffice_accounting.issuing.booking import Issued
from backoffice_accounting.issuing.completing import Completed, completed
from backoffice_accounting.issuing.issuer import Issuer
from backoffice_accounting.models import Invoice, Parked, PaymentTerms
from backoffice_accounting.settlement.settling import settle_later
from backoffice_accounting.stored_invoices import settle_documents

from backoffice.core.api import (
    BackofficeError,
    Happened,
    InvoiceRequest,
    InvoiceRequestLine,
    RuleBroken,
    Session,
    invoice_request,
)
from backoffice.hookspecs import messages

from .work_list import note_refusal, written

_ = messages("accounting")

PURPOSE = "document"
"""What stands as the purpose of a document on the work list."""

_WAITING = "accounting.documents_asked"
USUAL = {"credit_note": "returns", "bill": "expense", "bill_credit": "expense"}


def listen(session: Session, event: Happened) -> None:
    """Take down a document another plugin asks for; all of a transaction are issued together."""
    request = invoice_request(event.facts)
    transaction = session.get_transaction()
    waiting: tuple[Any, list[tuple[int | None, InvoiceRequest]]] | None = session.info.get(_WAITING)
    if waiting is None or waiting[0] is not transaction:
        waiting = session.info[_WAITING] = (transaction, [])
        session.late(("accounting", "asked"), _issue_gathered)
    waiting[1].append((event.company_id, request))


def _issue_gathered(session: Session) -> None:
    _transaction, waiting = session.info.pop(_WAITING)
    company_of(session)
    issue(session, [request for company, request in waiting if company in (None, session.company_id)])
    for company, request in waiting:
        if company not in (None, session.company_id):
            error = RuleBroken(
                _("It belongs to the books of another company."), remedy=_("Try it again at that company.")
            )
            _park(session, [(request, error)], company)


def issue(session: Session, requests: Sequence[InvoiceRequest]) -> list[Issued | None]:
    """Issue what is asked for and return the documents in order, with nothing where one was put on the work list.

    With the setting ``posting`` on ``strict`` the first that cannot be issued is raised instead.
    """
    once = list({(one.source, one.key): one for one in reversed(requests)}.values())[::-1]
    good, refused = _ready(session, once)
    if refused and session.setting("accounting", "posting") == "strict":
        raise refused[0][1]
    found = _issue(session, good)
    _park(session, refused, session.company_id)
    _unpark(session, [one.request for one in good])
    for one in good:
        issued = found[one.request.source, one.request.key]
        if one.values["corrects_id"] is not None and not issued.existed:
            _settle_later(session, one.values["corrects_id"], issued.id, one.request.date)
    return [found.get((one.source, one.key)) for one in requests]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A request that can be issued as asked, or was."""

    request: InvoiceRequest
    values: dict[str, Any]
    known: Issued | None
    complete: Completed | None


def _issue(session: Session, good: Sequence[_Ready]) -> dict[tuple[str, str], Issued]:
    found = {(one.request.source, one.request.key): one.known for one in good if one.known is not None}
    fresh = [(one, one.complete) for one in good if one.complete is not None]
    if fresh:
        issuer = Issuer.read(session, [one.values for one, _complete in fresh])
        made = issue_completed(issuer, [complete for _one, complete in fresh])
        found |= {(one.request.source, one.request.key): new for (one, _c), new in zip(fresh, made, strict=True)}
    return found


Refused = list[tuple[InvoiceRequest, BackofficeError]]


def _ready(session: Session, requests: Sequence[InvoiceRequest]) -> tuple[list[_Ready], Refused]:
    """Return which requests can be issued as asked, and which cannot and why."""
    try:
        return _checked(session, requests)
    except BackofficeError as error:
        if len(requests) == 1:
            return [], [(requests[0], _whole(error))]
    # What they need could not be read together: one at a time, the one that is wrong is told from the others.
    apart = [_ready(session, [request]) for request in requests]
    return [one for good, _none in apart for one in good], [one for _none, refused in apart for one in refused]


def _settle_later(session: Session, corrected: int, id_: int, day: date) -> None:
    settle_later(session, lambda late: settle_documents(late, [corrected, id_], on=None))


def _whole(error: BackofficeError) -> BackofficeError:
    said = [message for of_field in error.fields.values() for message in of_field]
    if said and not error.why:
        error.why = said[0]
    return error


def _checked(session: Session, requests: Sequence[InvoiceRequest]) -> tuple[list[_Ready], Refused]:
    """Complete requests as the arguments of ``accounting.issue_invoice``, what they need read once for all of them."""
    asked = [(request, _values(session, request)) for request in requests]
    before = issued_before(session, [values for _request, values in asked])
    fresh = [values for request, values in asked if (request.source, request.key) not in before]
    issuer = Issuer.read(session, fresh) if fresh else None
    good: list[_Ready] = []
    refused: Refused = []
    for request, values in asked:
        known = before.get((request.source, request.key))
        if issuer is None or known is not None:
            good.append(_Ready(request, values, known, None))
            continue
        try:
            one = completed(issuer, values)
            _same_figures(request, one)
            good.append(_Ready(request, values, None, one))
        except BackofficeError as error:
            refused.append((request, _whole(error)))
    return good, refused


def _same_figures(request: InvoiceRequest, one: Completed) -> None:
    for n, (line, net) in enumerate(zip(request.lines, one.figures.nets, strict=True), 1):
        if line.amount is not None and line.amount != net:
            raise _differs(_("Line {number} comes to another amount.").with_values(number=n), line.amount, net)
    if request.tax_total != one.figures.tax:
        raise _differs(_("The taxes come to another amount."), request.tax_total, one.figures.tax)
    if request.total != one.total:
        raise _differs(_("The document comes to another total."), request.total, one.total)


def _differs(what: str, asked: Decimal, found: Decimal) -> RuleBroken:
    return RuleBroken(
        what,
        why=_("Asked for were {asked}; it comes to {found}.").with_values(
            asked=format(asked, "f"), found=format(found, "f")
        ),
        remedy=_("Look whether taxes or rounding were changed since, then try it again or ask for it anew."),
    )


def _values(session: Session, request: InvoiceRequest) -> dict[str, Any]:
    bill = request.kind in ("bill", "bill_credit")
    return {
        "kind": request.kind,
        "party_id": request.party_id,
        "date": request.date,
        "due_date": request.due_date,
        "supply_date": request.supply_date,
        "terms_id": _terms(session, request.terms),
        "reference": None if bill else request.reference,
        "supplier_number": request.reference if bill else None,
        "currency": request.currency,
        "rate": request.rate,
        "rounding": request.rounding,
        "notes": request.notes,
        "match_key": request.match,
        "corrects_id": _corrected(session, request),
        "source": request.source,
        "source_key": request.key,
        "lines": [_line(line, request.kind) for line in request.lines],
    }


def _line(line: InvoiceRequestLine, kind: str) -> dict[str, Any]:
    return {
        "item": line.item,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "taxes": " ".join(line.taxes) or "none",
        "inclusive": line.inclusive,
        "purpose": USUAL.get(kind, line.purpose) if line.purpose == "revenue" else line.purpose,
        "account_category": line.category,
        "dimensions": dict(line.dimensions),
    }


def _terms(session: Session, code: str | None) -> int | None:
    if not code:
        return None
    found: int | None = session.scalar(
        sa.select(PaymentTerms.id).where(PaymentTerms.company_id == session.company_id, PaymentTerms.code == code)
    )
    if found is None:
        raise RuleBroken(
            _("There are no terms of payment {code}.").with_values(code=code),
            remedy=_("Add them, then try it again."),
        )
    return found


def _corrected(session: Session, request: InvoiceRequest) -> int | None:
    if not request.corrects:
        return None
    found: int | None = session.scalar(
        sa.select(Invoice.id).where(
            Invoice.company_id == session.company_id,
            Invoice.source == request.source,
            Invoice.source_key == request.corrects,
        )
    )
    if found is None:
        raise RuleBroken(
            _("The document it credits, {key}, is not in the books.").with_values(key=request.corrects),
            remedy=_("Issue that one first; it may be on the work list as well."),
        )
    return found


# -- the work list ---------------------------------------------------------------------------------------------------


def _park(session: Session, refused: Sequence[tuple[InvoiceRequest, BackofficeError]], company: int | None) -> None:
    language = company_of(session).language
    for request, error in refused:
        row = _parked(session, request, company)
        if row is None:
            row = Parked(
                company_id=company, source=request.source, key=request.key, purpose=PURPOSE, date=request.date,
                request=written(request), state="waiting",
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.emit("accounting.posting_parked", row, source=row.source, key=row.key, purpose=row.purpose)
        if row.state == "waiting":
            note_refusal(row, error, language)
    session.flush()


def _parked(session: Session, request: InvoiceRequest, company: int | None) -> Parked | None:
    return session.scalars(
        sa.select(Parked).where(
            Parked.company_id == company,
            Parked.source == request.source,
            Parked.key == request.key,
            Parked.purpose == PURPOSE,
        )
    ).first()


def _unpark(session: Session, requests: Sequence[InvoiceRequest]) -> None:
    """Note on the work list what was issued after all."""
    wanted = {(one.source, one.key) for one in requests}
    keys = sorted({key for _source, key in wanted})
    for start in range(0, len(keys), CHUNK):
        rows = session.scalars(
            sa.select(Parked).where(
                Parked.company_id == session.company_id, Parked.purpose == PURPOSE, Parked.state == "waiting",
                Parked.key.in_(keys[start : start + CHUNK]),
            )
        )  # fmt: skip
        for row in rows:
            if (row.source, row.key) in wanted:
                row.state = "posted"
    session.flush()


def retry(session: Session, stored: Sequence[dict[str, Any]], *, on: date | None = None) -> list[Issued | None]:
    """Try to issue requests of the work list again, dated ``on`` if given."""
    requests = [read(one) for one in stored]
    if on is not None:
        requests = [InvoiceRequest(**{**_shallow(one), "date": on}) for one in requests]
    return issue(session, requests)


def _shallow(request: InvoiceRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in InvoiceRequest.__dataclass_fields__}


MONEY = ("quantity", "unit_price", "amount", "discount")


def read(stored: dict[str, Any]) -> InvoiceRequest:
    """Return the request that was written to the work list."""
    lines = tuple(
        InvoiceRequestLine(
            **{
                **line,
                **{name: Decimal(line[name]) for name in MONEY if line[name] is not None},
                "taxes": tuple(line["taxes"]),
            }
        )
        for line in stored["lines"]
    )
    days = {
        name: date.fromisoformat(stored[name]) if stored[name] else None for name in ("date", "supply_date", "due_date")
    }
    amounts = {
        name: Decimal(stored[name]) if stored[name] is not None else None for name in ("total", "tax_total", "rate")
    }
    return InvoiceRequest(**{**stored, **days, **amounts, "lines": lines})


__all__ = ["PURPOSE", "issue", "listen", "read", "retry"]
