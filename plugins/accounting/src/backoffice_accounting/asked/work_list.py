"""The work list: postings that could not be made, why, and trying them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.currencies import company_of
from backoffice_accounting.ledger import Posted
from backoffice_accounting.models import Parked

from backoffice.core.api import Amount, BackofficeError, Conflict, PostingRequest, Session, translate
from backoffice.hookspecs import messages

_ = messages("accounting")

AT_ONCE = 500
"""Postings tried again in one transaction."""


Refused = tuple[PostingRequest, BackofficeError]
"""A request that was not booked, and the reason."""


def park(session: Session, refused: Sequence[Refused], *, company_id: int | None = None) -> None:
    """Put requests on the work list; one that stands there already gets the new reason, unless it was dismissed."""
    if not refused:
        return
    company = company_id or session.company_id
    known = _known(session, [request for request, _error in refused], company)
    language = company_of(session).language
    fresh = []
    for request, error in refused:
        row = known.get(_key(request))
        if row is None:
            row = Parked(
                company_id=company, source=request.source, key=request.key, purpose=request.purpose,
                date=request.date, request=written(request), state="waiting",
            )  # fmt: skip
            session.add(row)
            fresh.append(row)
        if row.state == "waiting":
            note_refusal(row, error, language)
    session.flush()
    facts = [(row, {"source": row.source, "key": row.key, "purpose": row.purpose}) for row in fresh]
    session.emit_many("accounting.posting_parked", facts, ids=False)


def note_refusal(row: Parked, error: BackofficeError, language: str) -> None:
    """Write on a row why it could not be posted, and what to do."""
    said = [translate(error.what, language), translate(error.why, language) if error.why else ""]
    row.reason = " ".join(filter(None, said))[:600]
    row.remedy = (translate(error.remedy, language) if error.remedy else "")[:400]


def settle_parked(session: Session, posted: Sequence[tuple[PostingRequest, Posted]]) -> None:
    """Take what was posted off the work list, where it stood there."""
    if not posted or not _anything_waits(session):
        return
    known = _known(session, [request for request, _entry in posted], session.company_id)
    for request, entry in posted:
        row = known.get(_key(request))
        if row is not None and row.state == "waiting":
            row.state, row.entry_id = "posted", entry.id
    session.flush()


def _anything_waits(session: Session) -> bool:
    found = session.scalar(
        sa.select(Parked.id).where(Parked.company_id == session.company_id, Parked.state == "waiting").limit(1)
    )
    return found is not None


def _key(request: PostingRequest) -> tuple[str, str, str]:
    return request.source, request.key, request.purpose


def _known(
    session: Session, requests: Iterable[PostingRequest], company_id: int | None
) -> dict[tuple[str, str, str], Parked]:
    keys = sorted({request.key for request in requests})
    rows: list[Parked] = []
    for start in range(0, len(keys), AT_ONCE):
        rows += session.scalars(
            sa.select(Parked).where(Parked.company_id == company_id, Parked.key.in_(keys[start : start + AT_ONCE]))
        )
    return {(row.source, row.key, row.purpose): row for row in rows}


def retry(session: Session, rows: Sequence[Parked], *, on: date | None = None) -> list[Any]:
    """Try to book ``rows`` of the work list again, dated ``on`` if given; those that still cannot be stay there."""
    from . import documents
    from .booking import book

    asked = [row for row in rows if row.purpose == documents.PURPOSE]
    issued = dict(zip(asked, documents.retry(session, [row.request for row in asked], on=on), strict=True))
    others = [row for row in rows if row not in issued]
    requests = [read(row.request) for row in others]
    booked = book(session, [replace(one, date=on) if on is not None else one for one in requests])
    made = {**issued, **dict(zip(others, booked, strict=True))}
    return [made[row] for row in rows]


def written(request: Any) -> dict[str, Any]:
    """Return ``request`` as JSON."""
    return _plain(asdict(request))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def read(stored: Mapping[str, Any]) -> PostingRequest:
    """Return the request that :func:`written` wrote."""
    amounts = tuple(
        Amount(**{**one, "amount": Decimal(one["amount"]), "due_date": _day(one["due_date"])})
        for one in stored["amounts"]
    )
    rate = Decimal(stored["rate"]) if stored["rate"] is not None else None
    return PostingRequest(**{**stored, "date": date.fromisoformat(stored["date"]), "amounts": amounts, "rate": rate})


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def retry_waiting(session: Session, limit: int = AT_ONCE) -> tuple[int, int]:
    """Try everything that waits, oldest first, and return how many were posted and how many still wait."""
    rows = session.scalars(
        sa.select(Parked)
        .where(Parked.company_id == session.company_id, Parked.state == "waiting")
        .order_by(Parked.date, Parked.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0, 0
    posted = sum(1 for entry in retry(session, rows) if entry is not None)
    return posted, len(rows) - posted


def retry_soon(session: Session) -> None:
    """Try what waits again at the end of this transaction: something it may have waited for was changed."""
    if not session.info.get("accounting.retry_soon") and _anything_waits(session):
        session.info["accounting.retry_soon"] = True
        session.late(("accounting", "retry"), _retry_now)


def _retry_now(session: Session) -> None:
    session.info.pop("accounting.retry_soon", None)
    session.flush()
    retry_waiting(session)


def dismiss(session: Session, row: Parked, *, reason: str) -> Parked:
    """Take a request off the work list for good, with a reason; nothing is posted for it any more."""
    if row.state != "waiting":
        raise Conflict(_("This is not waiting any more."))
    row.state, row.dismissed = "dismissed", reason
    session.flush()
    session.emit("accounting.posting_dismissed", row, source=row.source, key=row.key, purpose=row.purpose)
    return row
