"""Customer invoices and credit notes: complete them, and post one or many in few statements.

The rules are in :mod:`.invoicing`; the books are written through :mod:`.ledger`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_parties.addresses import written
from backoffice_parties.models import Party
from sqlalchemy.orm import selectinload

from backoffice.core.api import InvalidInput, KeyReused, RoundingPolicy, RuleBroken, Session, fold, translate
from backoffice.hookspecs import messages

from . import ledger
from .accounts import account_for
from .currencies import company_of, policy_of, rate_on
from .invoicing import InvoiceFacts, entry_lines, in_books, line_amounts
from .journals import first_of
from .kinds import INVOICE_KINDS
from .models import Invoice, InvoiceLine, Journal
from .periods import Calendar, PeriodFacts
from .posting import EntryDraft, Source

_ = messages("accounting")

PATTERNS = {"invoice": "INV/{year}/{n:05}", "credit_note": "CRN/{year}/{n:05}"}
CHUNK = 400


@dataclass(slots=True)
class Issued:
    """An invoice on its way: its id at once, its number when the transaction is about to commit."""

    id: int
    total: Decimal
    number: str | None = None
    entry_id: int | None = None
    existed: bool = False

    def answer(self) -> dict[str, Any]:
        """Return what an action tells."""
        return {
            "id": self.id, "number": self.number, "total": self.total, "entry": self.entry_id, "existed": self.existed
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issuer:
    """The company that issues, with what every invoice of one call needs, read once."""

    session: Session
    company_id: int
    books: str
    language: str
    policy: RoundingPolicy
    journals: dict[int, Journal]
    parties: dict[int, Party]
    calendar: Calendar
    payment_days: int

    @classmethod
    def read(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Issuer:
        """Return the session\'s company as the issuer of ``many``, arguments of ``accounting.issue_invoice``."""
        company = company_of(session)
        days = [values["date"] for values in many]
        return cls(
            session,
            company.id,
            company.currency,
            company.language,
            policy_of(company),
            _journals(session, {values.get("journal_id") for values in many}),
            _parties(session, {values["party_id"] for values in many}),
            Calendar.read(session, min(days), max(days)),
            int(session.setting("accounting", "payment_days") or 0),
        )

    def journal(self, journal_id: int | None) -> Journal:
        """Return the journal asked for, or the first for sales."""
        if journal_id in self.journals:
            return self.journals[journal_id]
        if journal_id is not None:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        self.journals[0] = self.journals.get(0) or first_of(self.session, "sale", "general")
        return self.journals[0]

    def due(self, values: Mapping[str, Any]) -> date:
        """Return when an invoice is due."""
        due: date | None = values.get("due_date")
        return due or values["date"] + timedelta(days=self.payment_days)


def _journals(session: Session, ids: Iterable[int | None]) -> dict[int, Journal]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(Journal).where(Journal.id.in_(wanted), Journal.company_id == session.company_id, Journal.active)
    )
    return {journal.id: journal for journal in rows}


def _parties(session: Session, ids: Iterable[int]) -> dict[int, Party]:
    found: dict[int, Party] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        rows = session.scalars(sa.select(Party).where(Party.id.in_(some)).options(selectinload(Party.addresses)))
        found.update((party.id, party) for party in rows)
    return found


# -- completing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completed:
    """An invoice with everything decided that was left open."""

    values: Mapping[str, Any]
    facts: InvoiceFacts
    amounts: tuple[Decimal, ...]
    journal: Journal
    period: PeriodFacts
    due: date


def completed(issuer: Issuer, values: Mapping[str, Any]) -> Completed:
    """Decide what ``values``, the arguments of ``accounting.issue_invoice``, leave open, or raise."""
    session, policy = issuer.session, issuer.policy
    lines = values.get("lines") or ()
    if not lines:
        raise RuleBroken(_("An invoice needs a line."), fields={"lines": [_("Give at least one line.")]})
    if values["party_id"] not in issuer.parties:
        raise InvalidInput(_("There is no such customer."), fields={"party": [_("There is no such customer.")]})
    journal = issuer.journal(values.get("journal_id"))
    period = issuer.calendar.assert_open(date=values["date"], journal=journal, kind="post")
    code = values.get("currency") or issuer.books
    amounts = line_amounts([(line["quantity"], line["unit_price"]) for line in lines], code, policy)
    kind = values.get("kind") or "invoice"
    due = issuer.due(values)
    facts = InvoiceFacts(
        kind=kind,
        party_id=values["party_id"],
        receivable_id=values.get("account_id") or account_for(session, "receivable"),
        currency=code,
        rate=values.get("rate") or rate_on(session, code, issuer.books, values["date"]),
        due_date=due,
        charges=tuple((_account_of(session, line, kind), amount) for line, amount in zip(lines, amounts, strict=True)),
    )
    return Completed(values, facts, tuple(amounts), journal, period, due)


def _account_of(session: Session, line: Mapping[str, Any], kind: str) -> int:
    if line.get("account_id") is not None:
        return int(line["account_id"])
    usual = "revenue" if kind == "invoice" else "returns"
    return account_for(session, line.get("purpose") or usual)


def _snapshot(issuer: Issuer, party: Party) -> dict[str, Any]:
    """Return the customer as the document keeps them: what is printed today is printed again in ten years."""
    names = (party.translations or {}).get(party.language, {})
    return {
        "party_name": names.get("name") or party.name,
        "party_address": written(party, "billing") or None,
        "party_tax_id": party.tax_id,
    }


# -- many at once ----------------------------------------------------------------------------------------------------


def issue_many(session: Session, many: Sequence[Mapping[str, Any]]) -> list[Issued]:
    """Create and post invoices and credit notes, given as the arguments of ``accounting.issue_invoice``.

    One whose source and key were used before is not made again: the one there is answered. Raises as
    :func:`.ledger.post_many` does.
    """
    if not many:
        return []
    known = _issued_before(session, many)
    fresh = [values for values in many if _source(values) not in known]
    made = iter(_issue(session, fresh)) if fresh else iter(())
    return [known[_source(values)] if _source(values) in known else next(made) for values in many]


def _source(values: Mapping[str, Any]) -> tuple[str, str] | None:
    key = values.get("source_key")
    return (values.get("source") or "", key) if key else None


def _issued_before(session: Session, many: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str] | None, Issued]:
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
                found[source] = Issued(row.id, row.total, row.number, row.entry_id, existed=True)
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
    rows = [row_of(issuer, one) for one in complete]
    ids = list(session.scalars(sa.insert(Invoice).returning(Invoice.id, sort_by_parameter_order=True), rows))
    session.execute(
        sa.insert(InvoiceLine),
        [line for id_, one in zip(ids, complete, strict=True) for line in _lines(issuer, id_, one)],
    )
    issued = [Issued(id_, one.facts.total) for id_, one in zip(ids, complete, strict=True)]
    into_books(issuer, list(zip(issued, complete, strict=True)))
    session.late(("accounting", "invoice"), lambda late: _become_posted(late, issued, rows))
    return issued


def row_of(issuer: Issuer, one: Completed) -> dict[str, Any]:
    """Return an invoice as it is stored: a draft still, with everything decided."""
    session, values, facts = issuer.session, one.values, one.facts
    now = session.now()
    return {
        "organization_id": session.organization_id,
        "company_id": issuer.company_id,
        "number": None,
        "kind": facts.kind,
        "party_id": facts.party_id,
        "date": values["date"],
        "due_date": one.due,
        "reference": values.get("reference"),
        "currency": facts.currency,
        "rate": facts.rate if facts.currency != issuer.books else None,
        "total": facts.total,
        "open_amount": facts.total,
        "open_in_books": in_books(facts.total, facts, issuer.books, issuer.policy),
        "state": "draft",
        "notes": values.get("notes"),
        "journal_id": one.journal.id,
        "account_id": facts.receivable_id,
        "entry_id": None,
        "rounding_mode": issuer.policy.mode,
        "rounding_level": issuer.policy.level,
        **_snapshot(issuer, issuer.parties[facts.party_id]),
        "source": values.get("source"),
        "source_key": values.get("source_key"),
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "created_by": session.context.actor_id,
        "search_key": "",
    }


def _lines(issuer: Issuer, invoice_id: int, one: Completed) -> Iterable[dict[str, Any]]:
    organization = issuer.session.organization_id
    for line, amount, (account_id, _amount) in zip(one.values["lines"], one.amounts, one.facts.charges, strict=True):
        yield {
            "organization_id": organization,
            "invoice_id": invoice_id,
            "item": line.get("item"),
            "description": line.get("description") or "",
            "quantity": line["quantity"],
            "unit_price": line["unit_price"],
            "amount": amount,
            "account_id": account_id,
            "purpose": line.get("purpose"),
        }


def _become_posted(session: Session, issued: Sequence[Issued], rows: Sequence[Mapping[str, Any]]) -> None:
    session.change_rows(
        Invoice,
        [
            {
                "id": one.id,
                "number": one.number,
                "entry_id": one.entry_id,
                "state": "posted" if one.total else "paid",
                "search_key": fold(" ".join(filter(None, (one.number, row["reference"])))),
            }
            for one, row in zip(issued, rows, strict=True)
        ],
    )


# -- into the books --------------------------------------------------------------------------------------------------


def into_books(issuer: Issuer, pairs: Sequence[tuple[Issued, Completed]]) -> None:
    """Post the entries of invoices, ask for their numbers, and say what happened."""
    session = issuer.session
    drafts = [(issued, _entry(issuer, issued, one)) for issued, one in pairs]
    worth = [(issued, draft) for issued, draft in drafts if draft.lines]
    posted = dict(zip((i.id for i, _draft in worth), ledger.post_many(session, [d for _i, d in worth]), strict=True))
    for issued, one in pairs:
        entry = posted.get(issued.id)
        issued.entry_id = entry.id if entry else None
        _ask_number(session, issued, one, entry)
    session.emit_many("accounting.invoice_posted", [_said(issued, one) for issued, one in pairs], ids=False)


def _entry(issuer: Issuer, issued: Issued, one: Completed) -> EntryDraft:
    return EntryDraft(
        date=one.values["date"],
        journal_id=one.journal.id,
        lines=entry_lines(one.facts, issuer.books, issuer.policy),
        description=translate(INVOICE_KINDS[one.facts.kind], issuer.language),
        reference=one.values.get("reference"),
        source=Source(plugin="accounting", key=f"invoice/{issued.id}", purpose="invoice"),
    )


def _ask_number(session: Session, issued: Issued, one: Completed, entry: ledger.Posted | None) -> None:
    def assign(number: str) -> None:
        issued.number = number
        if entry is not None:
            entry.reference = number

    kind = one.facts.kind
    session.number(
        series=f"accounting.{kind}",
        company_id=one.journal.company_id,
        year=one.period.year,
        pattern=PATTERNS[kind],
        assign=assign,
    )


def _said(issued: Issued, one: Completed) -> tuple[Any, dict[str, Any]]:
    return (Invoice, issued.id), {
        "kind": one.facts.kind,
        "party": one.facts.party_id,
        "date": one.values["date"],
        "total": one.facts.total,
        "currency": one.facts.currency,
        "entry": issued.entry_id,
    }
