"""Invoices, bills and credit notes: complete them, and post one or many in few statements.

The rules are in :mod:`.invoicing`; the books are written through :mod:`.ledger`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import AlreadyExists, InvalidInput, KeyReused, Session, fold
from backoffice.hookspecs import messages

from . import advances
from .issuing.booking import Issued, declare, into_books
from .issuing.completing import Completed, completed
from .issuing.issuer import Issuer
from .issuing.rows import line_rows, row_of, tax_rows_of
from .models import Invoice, InvoiceLine, InvoiceTax

_ = messages("accounting")

CHUNK = 400


def issue_many(session: Session, many: Sequence[Mapping[str, Any]]) -> list[Issued]:
    """Create and post invoices and credit notes, given as the arguments of ``accounting.issue_invoice``.

    One whose source and key were used before is not made again: the one there is answered. Raises as
    :func:`.ledger.post_many` does.
    """
    if not many:
        return []
    known = issued_before(session, many)
    fresh = [values for values in many if _source(values) not in known]
    made = iter(_issue(session, fresh)) if fresh else iter(())
    return [known[_source(values)] if _source(values) in known else next(made) for values in many]


def _source(values: Mapping[str, Any]) -> tuple[str, str] | None:
    key = values.get("source_key")
    return (values.get("source") or "", key) if key else None


def issued_before(session: Session, many: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str] | None, Issued]:
    """Return which of ``many`` were issued before, by source and key."""
    wanted = {source: values for values in many if (source := _source(values)) is not None}
    found: dict[tuple[str, str] | None, Issued] = {}
    keys = sorted(key for _plugin, key in wanted)
    for start in range(0, len(keys), CHUNK):
        rows = session.execute(
            sa.select(
                Invoice.id, Invoice.total, Invoice.number, Invoice.entry_id, Invoice.source, Invoice.source_key,
                Invoice.party_id, Invoice.date,
            ).where(Invoice.company_id == session.company_id, Invoice.source_key.in_(keys[start : start + CHUNK]))
        )  # fmt: skip
        for row in rows:
            source = (row.source or "", row.source_key)
            if source in wanted:
                _same_document(wanted[source], row)
                found[source] = Issued(row.id, row.total, row.number, entry_id=row.entry_id, existed=True)
    return found


def _same_document(values: Mapping[str, Any], row: Any) -> None:
    if (values["party_id"], values["date"]) != (row.party_id, row.date):
        raise KeyReused(
            _("{source} {key} was issued already, to another customer or on another date.").with_values(
                source=row.source or "", key=row.source_key
            ),
            remedy=_("Credit the document, or issue this one under another key."),
        )


def _issue(session: Session, many: Sequence[Mapping[str, Any]]) -> list[Issued]:
    issuer = Issuer.read(session, many)
    complete = []
    for index, values in enumerate(many):
        try:
            complete.append(completed(issuer, values))
        except InvalidInput as error:
            error.details.setdefault("index", index)
            raise
    return issue_completed(issuer, complete)


def issue_completed(issuer: Issuer, complete: Sequence[Completed]) -> list[Issued]:
    """Create and post documents of ``issuer`` that :func:`completed` has decided everything of."""
    session = issuer.session
    _refuse_known_bills(session, [one.values for one in complete])
    advances.recall(session, [one.facts for one in complete])
    rows = [row_of(issuer, one) for one in complete]
    ids = session.insert_rows(Invoice, rows, state="draft", search_key="")
    pairs = list(zip(ids, complete, strict=True))
    session.write_rows(InvoiceLine, [line for id_, one in pairs for line in line_rows(id_, one)])
    session.write_rows(InvoiceTax, [row for id_, one in pairs for row in tax_rows_of(issuer, id_, one)])
    issued = [Issued(id_, one.total, payable=one.facts.payable) for id_, one in pairs]
    together = list(zip(issued, complete, strict=True))
    into_books(issuer, together)
    session.late(("accounting", "invoice"), lambda late: _become_posted(late, together))
    return issued


def _refuse_known_bills(session: Session, many: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a bill whose number of this supplier is known: it would be paid twice."""
    asked = [(values["party_id"], values["supplier_number"]) for values in many if values.get("supplier_number")]
    if not asked:
        return
    there = session.execute(
        sa.select(Invoice.party_id, Invoice.supplier_number, Invoice.number).where(
            Invoice.company_id == session.company_id,
            Invoice.supplier_number.in_(sorted({number for _party, number in asked})),
        )
    )
    known = {(party, number): own for party, number, own in there}
    for index, key in enumerate(asked):
        if key in known or key in asked[:index]:
            said = _("The bill {number} of this supplier was entered before.").with_values(number=key[1])
            raise AlreadyExists(
                said,
                why=_("It is {number} here.").with_values(number=known.get(key) or "–"),
                remedy=_("Look whether it is the same one; it would be paid twice."),
                fields={"supplier_number": [said]},
            )


def _become_posted(session: Session, pairs: Sequence[tuple[Issued, Completed]]) -> None:
    session.change_rows(Invoice, [_posted_row(issued, one) for issued, one in pairs])
    declare(session, pairs)


def _posted_row(issued: Issued, one: Completed) -> dict[str, Any]:
    values = one.values
    words = (issued.number, values.get("reference"), values.get("supplier_number"))
    return {
        "id": issued.id,
        "number": issued.number,
        "entry_id": issued.entry_id,
        "state": "posted" if issued.payable else "paid",
        "search_key": fold(" ".join(filter(None, words))),
    }
