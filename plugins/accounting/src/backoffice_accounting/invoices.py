"""Customer invoices and credit notes: complete them, post them one by one or many in few statements, and print them.

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

from backoffice.core.api import Conflict, InvalidInput, KeyReused, RoundingPolicy, RuleBroken, Session, fold, translate
from backoffice.hookspecs import messages

from . import ledger
from .accounts import account_for
from .currencies import company_of, policy_of, rate_on
from .invoicing import InvoiceFacts, entry_lines, in_books, line_amounts
from .journals import first_of
from .kinds import INVOICE_KINDS
from .models import Invoice, InvoiceLine, Journal
from .periods import Calendar, PeriodFacts
from .posting import ZERO, EntryDraft, Source

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
class _Desk:
    """What every invoice of one call needs, read once."""

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
    def read(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> _Desk:
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
            Calendar(session, min(days), max(days)),
            int(session.setting("accounting", "payment_days") or 0),
        )

    def journal(self, journal_id: int | None) -> Journal:
        if journal_id in self.journals:
            return self.journals[journal_id]
        if journal_id is not None:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        self.journals[0] = self.journals.get(0) or first_of(self.session, "sale", "general")
        return self.journals[0]

    def due(self, values: Mapping[str, Any]) -> date:
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
class _Complete:
    """An invoice with everything decided that was left open."""

    values: Mapping[str, Any]
    facts: InvoiceFacts
    amounts: tuple[Decimal, ...]
    journal: Journal
    period: PeriodFacts
    due: date


def _complete(desk: _Desk, values: Mapping[str, Any], known: RoundingPolicy | None = None) -> _Complete:
    session, policy = desk.session, known or desk.policy
    lines = values.get("lines") or ()
    if not lines:
        raise RuleBroken(_("An invoice needs a line."), fields={"lines": [_("Give at least one line.")]})
    if values["party_id"] not in desk.parties:
        raise InvalidInput(_("There is no such customer."), fields={"party": [_("There is no such customer.")]})
    journal = desk.journal(values.get("journal_id"))
    period = desk.calendar.assert_open(date=values["date"], journal=journal, kind="post")
    code = values.get("currency") or desk.books
    amounts = line_amounts([(line["quantity"], line["unit_price"]) for line in lines], code, policy)
    kind = values.get("kind") or "invoice"
    due = desk.due(values)
    facts = InvoiceFacts(
        kind=kind,
        party_id=values["party_id"],
        receivable_id=values.get("account_id") or account_for(session, "receivable"),
        currency=code,
        rate=values.get("rate") or rate_on(session, code, desk.books, values["date"]),
        due_date=due,
        charges=tuple((_account_of(session, line, kind), amount) for line, amount in zip(lines, amounts, strict=True)),
    )
    return _Complete(values, facts, tuple(amounts), journal, period, due)


def _account_of(session: Session, line: Mapping[str, Any], kind: str) -> int:
    if line.get("account_id") is not None:
        return int(line["account_id"])
    usual = "revenue" if kind == "invoice" else "returns"
    return account_for(session, line.get("purpose") or usual)


def _snapshot(desk: _Desk, party: Party) -> dict[str, Any]:
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
    desk = _Desk.read(session, many)
    complete = []
    for index, values in enumerate(many):
        try:
            complete.append(_complete(desk, values))
        except InvalidInput as error:
            error.details.setdefault("index", index)
            raise
    rows = [_row(desk, one) for one in complete]
    ids = list(session.scalars(sa.insert(Invoice).returning(Invoice.id, sort_by_parameter_order=True), rows))
    session.execute(
        sa.insert(InvoiceLine),
        [line for id_, one in zip(ids, complete, strict=True) for line in _lines(desk, id_, one)],
    )
    issued = [Issued(id_, one.facts.total) for id_, one in zip(ids, complete, strict=True)]
    _post(desk, list(zip(issued, complete, strict=True)))
    session.late(("accounting", "invoice"), lambda late: _become_posted(late, issued, rows))
    return issued


def _row(desk: _Desk, one: _Complete) -> dict[str, Any]:
    session, values, facts = desk.session, one.values, one.facts
    now = session.now()
    return {
        "organization_id": session.organization_id,
        "company_id": desk.company_id,
        "number": None,
        "kind": facts.kind,
        "party_id": facts.party_id,
        "date": values["date"],
        "due_date": one.due,
        "reference": values.get("reference"),
        "currency": facts.currency,
        "rate": facts.rate if facts.currency != desk.books else None,
        "total": facts.total,
        "open_amount": facts.total,
        "open_in_books": in_books(facts.total, facts, desk.books, desk.policy),
        "state": "draft",
        "notes": values.get("notes"),
        "journal_id": one.journal.id,
        "account_id": facts.receivable_id,
        "entry_id": None,
        "rounding_mode": desk.policy.mode,
        "rounding_level": desk.policy.level,
        **_snapshot(desk, desk.parties[facts.party_id]),
        "source": values.get("source"),
        "source_key": values.get("source_key"),
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "created_by": session.context.actor_id,
        "search_key": "",
    }


def _lines(desk: _Desk, invoice_id: int, one: _Complete) -> Iterable[dict[str, Any]]:
    organization = desk.session.organization_id
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
    pairs = list(zip(issued, rows, strict=True))
    for start in range(0, len(pairs), ledger.AT_ONCE):
        ledger.write_each(
            session,
            Invoice,
            {
                one.id: {
                    "number": one.number,
                    "entry_id": one.entry_id,
                    "state": "posted" if one.total else "paid",
                    "search_key": fold(" ".join(filter(None, (one.number, row["reference"])))),
                }
                for one, row in pairs[start : start + ledger.AT_ONCE]
            },
        )


# -- into the books --------------------------------------------------------------------------------------------------


def _post(desk: _Desk, pairs: Sequence[tuple[Issued, _Complete]]) -> None:
    """Post the entries of invoices, ask for their numbers, and say what happened."""
    session = desk.session
    drafts = [(issued, _entry(desk, issued, one)) for issued, one in pairs]
    worth = [(issued, draft) for issued, draft in drafts if draft.lines]
    posted = dict(zip((i.id for i, _draft in worth), ledger.post_many(session, [d for _i, d in worth]), strict=True))
    for issued, one in pairs:
        entry = posted.get(issued.id)
        issued.entry_id = entry.id if entry else None
        _ask_number(session, issued, one, entry)
    session.emit_many("accounting.invoice_posted", [_said(issued, one) for issued, one in pairs])


def _entry(desk: _Desk, issued: Issued, one: _Complete) -> EntryDraft:
    return EntryDraft(
        date=one.values["date"],
        journal_id=one.journal.id,
        lines=entry_lines(one.facts, desk.books, desk.policy),
        description=translate(INVOICE_KINDS[one.facts.kind], desk.language),
        reference=one.values.get("reference"),
        source=Source(plugin="accounting", key=f"invoice/{issued.id}", purpose="invoice"),
    )


def _ask_number(session: Session, issued: Issued, one: _Complete, entry: ledger.Posted | None) -> None:
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


def _said(issued: Issued, one: _Complete) -> tuple[Any, dict[str, Any]]:
    return (Invoice, issued.id), {
        "kind": one.facts.kind,
        "party": one.facts.party_id,
        "date": one.values["date"],
        "total": one.facts.total,
        "currency": one.facts.currency,
        "entry": issued.entry_id,
    }


def credit(session: Session, invoice: Invoice, *, on: date) -> Issued:
    """Issue the credit note that takes back a posted invoice, line by line, and return it.

    It refers to the invoice by its number. Raises :class:`~backoffice.core.api.Conflict` for a draft or a credit note.
    """
    ledger.settled(session, invoice)
    if invoice.kind != "invoice" or invoice.state == "draft":
        raise Conflict(_("Only a posted invoice is credited."), remedy=_("Change or delete the draft."))
    names = ("party_id", "currency", "rate", "journal_id", "account_id")
    details = ("item", "description", "quantity", "unit_price", "account_id", "purpose")
    values = {
        **{name: getattr(invoice, name) for name in names},
        "kind": "credit_note",
        "date": on,
        "due_date": on,
        "reference": invoice.number,
        "source": "accounting",
        "source_key": f"credit/{invoice.id}",
        "lines": [{name: getattr(line, name) for name in details} for line in invoice.lines],
    }
    return issue_many(session, [values])[0]


# -- drafts ----------------------------------------------------------------------------------------------------------


def _values_of(invoice: Invoice) -> dict[str, Any]:
    names = (
        "kind",
        "party_id",
        "date",
        "due_date",
        "reference",
        "currency",
        "rate",
        "journal_id",
        "account_id",
        "notes",
    )
    lines = [
        {
            "quantity": line.quantity if line.quantity is not None else Decimal(1),
            "unit_price": line.unit_price,
            "account_id": line.account_id,
            "purpose": line.purpose,
        }
        for line in invoice.lines
    ]
    return {**{name: getattr(invoice, name) for name in names}, "lines": lines}


def before_save(session: Session, invoice: Invoice, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved: currency, amounts and total."""
    company = company_of(session)
    policy = policy_of(company)
    invoice.currency = invoice.currency or company.currency
    products = [(line.quantity if line.quantity is not None else Decimal(1), line.unit_price) for line in invoice.lines]
    for line, amount in zip(invoice.lines, line_amounts(products, invoice.currency, policy), strict=True):
        line.amount = amount
    invoice.total = sum((line.amount for line in invoice.lines), ZERO)
    invoice.open_amount = invoice.total
    invoice.rounding_mode, invoice.rounding_level = policy.mode, policy.level


def post_stored(session: Session, invoice: Invoice) -> Issued:
    """Post an invoice that was kept as a draft, under the rounding it was calculated with."""
    if invoice.state != "draft":
        raise Conflict(_("This invoice is posted already."), remedy=_("Credit it if it is wrong."))
    values = _values_of(invoice)
    desk = _Desk.read(session, [values])
    one = _complete(desk, values, RoundingPolicy(mode=invoice.rounding_mode, level=invoice.rounding_level))  # type: ignore[arg-type]
    for line, amount, (account_id, _amount) in zip(invoice.lines, one.amounts, one.facts.charges, strict=True):
        line.amount, line.account_id = amount, account_id
    row = _row(desk, one)
    for name in ("due_date", "currency", "rate", "total", "open_amount", "open_in_books", "journal_id", "account_id",
                 "party_name", "party_address", "party_tax_id"):  # fmt: skip
        setattr(invoice, name, row[name])
    session.flush()
    issued = Issued(invoice.id, one.facts.total)
    _post(desk, [(issued, one)])
    session.late(("accounting", "invoice"), lambda late: _post_record(late, invoice, issued))
    return issued


def _post_record(session: Session, invoice: Invoice, issued: Issued) -> None:
    invoice.number, invoice.entry_id = issued.number, issued.entry_id
    invoice.state = "posted" if issued.total else "paid"
    session.flush()
