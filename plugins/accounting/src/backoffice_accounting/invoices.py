"""Invoices, bills and credit notes: complete them, and post one or many in few statements.

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
from backoffice_parties.facts import ADDRESSES, PARTIES, PartyFacts, read_parties
from backoffice_taxes.api import Rounding, Tax, early_payment, rounding_of

from backoffice.core.api import (
    AlreadyExists,
    InvalidInput,
    KeyReused,
    Read,
    RoundingPolicy,
    RuleBroken,
    Session,
    convert,
    fold,
    translate,
)
from backoffice.hookspecs import messages

from . import advances, ledger
from .accounts import CHOICES, FIRST_OF_KINDS, KINDS, RECONCILED, account_for, find_account
from .agreed import AGREED, Agreed
from .currencies import COMPANY, company_facts, policy_of, rate_on
from .dimensions.sets import dimension_sets
from .invoicing import (
    SALES,
    Charge,
    Figures,
    InvoiceFacts,
    Priced,
    TaxPart,
    entry_lines,
    figures_of,
    owed_in_books,
    tax_parts,
)
from .journals import FACTS, OF_KINDS, JournalFacts, first_of
from .kinds import INVOICE_KINDS
from .models import Invoice, InvoiceLine, InvoiceTax
from .periods import BETWEEN, Calendar, PeriodFacts
from .posting import ZERO, EntryDraft, Source
from .taxing import Taxer, declared, tax_rows
from .taxing import written as written_codes

_ = messages("accounting")

PATTERNS = {
    "invoice": "INV/{year}/{n:05}",
    "credit_note": "CRN/{year}/{n:05}",
    "bill": "BILL/{year}/{n:05}",
    "bill_credit": "BCR/{year}/{n:05}",
}
CHUNK = 400


@dataclass(slots=True)
class Issued:
    """An invoice on its way: its id at once, its number when the transaction is about to commit."""

    id: int
    total: Decimal
    number: str | None = None
    payable: Decimal = ZERO
    entry_id: int | None = None
    existed: bool = False

    def answer(self) -> dict[str, Any]:
        """Return what an action tells."""
        return {
            "id": self.id, "number": self.number, "total": self.total, "entry": self.entry_id, "existed": self.existed
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issuer:
    """The company that issues, with what every document of one call needs, read once."""

    session: Session
    company_id: int
    books: str
    language: str
    policy: RoundingPolicy
    rounding: Rounding
    journals: dict[int, JournalFacts]
    parties: dict[int, PartyFacts]
    calendar: Calendar
    agreed: Agreed
    taxer: Taxer
    settled: frozenset[int]
    """Accounts whose lines are open items."""

    @classmethod
    def read(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Issuer:
        """Return the session\'s company as the issuer of ``many``, arguments of ``accounting.issue_invoice``."""
        with Read.ahead(session, *_wanted(session, many)):
            return cls._of(session, many)

    @classmethod
    def _of(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Issuer:
        company = company_facts(session)
        days = [values["date"] for values in many]
        issuer = cls(
            session,
            company.id,
            company.currency,
            company.language,
            policy_of(company),
            rounding_of(session, policy_of(company)),
            _journals(session, {values.get("journal_id") for values in many}),
            read_parties(session, (values["party_id"] for values in many)),
            Calendar.read(session, min(days), max(days)),
            Agreed.read(session, many),
            Taxer(session, many),
            frozenset(RECONCILED.values(session, company=company.id)),
        )
        for kind in {values.get("kind") or "invoice" for values in many}:
            find_account(session, "receivable" if kind in SALES else "payable")
            if any(values.get("journal_id") is None for values in many):
                issuer.journal(None, kind)
        return issuer

    def journal(self, journal_id: int | None, kind: str) -> JournalFacts:
        """Return the journal asked for, or the first for sales or purchases."""
        if journal_id in self.journals:
            return self.journals[journal_id]
        if journal_id is not None:
            said = _("There is no such journal in this company.")
            raise RuleBroken(said, fields={"journal": [said]})
        place = 0 if kind in SALES else -1
        self.journals[place] = self.journals.get(place) or first_of(self.session, *usual_journals(kind))
        return self.journals[place]


def _wanted(session: Session, many: Sequence[Mapping[str, Any]]) -> list[tuple[Read, dict[str, Any]]]:
    """Return what an issuer reads, so that it travels together."""
    own = {"company": session.company_id}
    parties = sorted({values["party_id"] for values in many})
    days = [values["date"] for values in many]
    kinds = {usual_journals(values.get("kind") or "invoice") for values in many}
    return [
        (COMPANY, own),
        (PARTIES, {"ids": parties}),
        (ADDRESSES, {"ids": parties}),
        (BETWEEN, {**own, "first": min(days), "last": max(days)}),
        (AGREED, {**own, "parties": parties}),
        (RECONCILED, own),
        (CHOICES, own),
        (FIRST_OF_KINDS, {**own, "kinds": KINDS}),
        *((OF_KINDS, {**own, "kinds": list(some)}) for some in kinds),
    ]


def usual_journals(kind: str) -> tuple[str, str]:
    """Return the kinds of journals documents of ``kind`` go to, tried in their order."""
    return ("sale", "general") if kind in SALES else ("purchase", "general")


def _journals(session: Session, ids: Iterable[int | None]) -> dict[int, JournalFacts]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    found = [JournalFacts(*row) for row in FACTS.rows(session, company=session.company_id, ids=wanted)]
    return {journal.id: journal for journal in found if journal.active}


# -- completing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completed:
    """A document with everything decided that was left open."""

    values: Mapping[str, Any]
    facts: InvoiceFacts
    figures: Figures
    rounding_amount: Decimal
    taxes: tuple[tuple[Tax, ...], ...]
    accounts: tuple[int, ...]
    journal: JournalFacts
    period: PeriodFacts
    terms_id: int | None
    discount_until: date | None
    discount_offer: Decimal

    @property
    def total(self) -> Decimal:
        """What stands under the document."""
        return self.figures.total + self.rounding_amount

    @property
    def due(self) -> date | None:
        """When the last of it is due."""
        return max((one.due for one in self.facts.instalments if one.due), default=None)


def completed(issuer: Issuer, values: Mapping[str, Any]) -> Completed:
    """Decide what ``values``, the arguments of ``accounting.issue_invoice``, leave open, or raise."""
    session = issuer.session
    lines = values.get("lines") or ()
    if not lines:
        raise RuleBroken(_("An invoice needs a line."), fields={"lines": [_("Give at least one line.")]})
    party = issuer.parties.get(values["party_id"])
    if party is None:
        said = _("There is no such customer or supplier.")
        raise InvalidInput(said, fields={"party": [said]})
    kind = values.get("kind") or "invoice"
    journal = issuer.journal(values.get("journal_id"), kind)
    period = issuer.calendar.assert_open(date=values["date"], journal=journal, kind="post")
    code = values.get("currency") or issuer.books
    rounding = Rounding.read(values["rounding"]) if values.get("rounding") else issuer.rounding
    terms = issuer.agreed.of(values)
    taxes = tuple(issuer.taxer.taxes(values, line, n, party) for n, line in enumerate(lines))
    figures = figures_of(
        [_priced(line, own) for line, own in zip(lines, taxes, strict=True)],
        code, rounding, kind=kind, discount=values.get("discount") or ZERO, taxed=terms.taxed,
    )  # fmt: skip
    coins = issuer.agreed.rounding_of(values, figures.total, rounding.policy)
    accounts = tuple(_account_of(session, line, kind) for line in lines)
    parts, costs = tax_parts(figures.computed) if figures.computed else ((), {})
    _refuse_advances(issuer, lines, accounts)
    dimensions = dimension_sets(session, [line.get("dimensions") or {} for line in lines])
    charges = [
        Charge(account, net + costs.get(n, ZERO), values["party_id"] if account in issuer.settled else None, dims)
        for n, (account, net, dims) in enumerate(zip(accounts, figures.nets, dimensions, strict=True))
    ]
    if coins:
        charges.append(Charge(account_for(session, "rounding"), coins))
    payable = figures.total + coins - figures.withheld
    dues = issuer.agreed.instalments(values, payable, code, rounding.policy)
    each = len(dues) > 1 and code != issuer.books and issuer.agreed.each_converted
    facts = InvoiceFacts(
        kind=kind,
        party_id=values["party_id"],
        receivable_id=values.get("account_id") or account_for(session, "receivable" if kind in SALES else "payable"),
        currency=code,
        rate=values.get("rate") or rate_on(session, code, issuer.books, values["date"]),
        charges=tuple(charges),
        taxes=tuple(TaxPart(_tax_account(session, purpose, tax), amount) for purpose, tax, amount in parts),
        instalments=dues,
        exchange_id=account_for(session, "exchange_loss") if each else None,
    )
    until = values["date"] + timedelta(days=terms.discount_days) if terms.discount_percent else None
    offer = _offer(figures, payable, terms, code) if until else ZERO
    return Completed(
        values, facts, figures, coins, taxes, accounts, journal, period, issuer.agreed.terms_id(values), until, offer
    )  # fmt: skip


def _refuse_advances(issuer: Issuer, lines: Sequence[Mapping[str, Any]], accounts: Sequence[int]) -> None:
    """Refuse lines over advances while no account of their own keeps them."""
    for n, (line, account) in enumerate(zip(lines, accounts, strict=True)):
        if line.get("purpose") in advances.PURPOSES and account not in issuer.settled:
            raise RuleBroken(
                _("No account is chosen for advances."),
                remedy=_("Choose one that is reconciled, in the settings of accounting."),
                fields={f"lines.{n}.purpose": [_("No account is chosen for advances.")]},
            )


def _priced(line: Mapping[str, Any], taxes: tuple[Tax, ...]) -> Priced:
    return Priced(
        unit_price=line["unit_price"],
        quantity=line["quantity"],
        discount=line.get("discount") or ZERO,
        taxes=taxes,
        inclusive=bool(line.get("inclusive")),
    )


def _offer(figures: Figures, payable: Decimal, terms: Any, code: str) -> Decimal:
    """Return what may be deducted for paying early."""
    document = figures.computed
    if document is None:
        return convert(payable, terms.discount_percent / 100, code, figures.rounding.policy)
    taken = early_payment(document, terms.discount_percent, correct_tax=terms.discount_tax == "corrected")
    return taken.total


def _account_of(session: Session, line: Mapping[str, Any], kind: str) -> int:
    if line.get("account_id") is not None:
        return int(line["account_id"])
    usual = {"invoice": "revenue", "credit_note": "returns"}.get(kind, "expense")
    return account_for(session, line.get("purpose") or usual, category=line.get("account_category") or "")


def _tax_account(session: Session, purpose: str, tax: Tax) -> int:
    return account_for(session, purpose, tax=tax.code)


def snapshot(party: PartyFacts) -> dict[str, Any]:
    """Return the other party as the document keeps them: what is printed today is printed again in ten years."""
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


PLAIN = (
    "reference", "supplier_number", "supply_date", "notes", "source", "source_key", "corrects_id", "tax_country",
    "match_key",
)  # fmt: skip
"""What is kept of a document as it was given."""


def row_of(issuer: Issuer, one: Completed) -> dict[str, Any]:
    """Return a document as it is stored: a draft still, with everything decided."""
    values, facts, figures = one.values, one.facts, one.figures
    payable = facts.payable
    return {
        **{name: values.get(name) for name in PLAIN},
        "number": None,
        "kind": facts.kind,
        "party_id": facts.party_id,
        "date": values["date"],
        "due_date": one.due,
        "terms_id": one.terms_id,
        "currency": facts.currency,
        "rate": facts.rate if facts.currency != issuer.books else None,
        "discount": values.get("discount") or ZERO,
        "net": figures.net,
        "tax_total": figures.tax,
        "rounding_amount": one.rounding_amount,
        "total": one.total,
        "withheld": figures.withheld,
        "discount_until": one.discount_until,
        "discount_offer": one.discount_offer,
        "open_amount": payable,
        "open_in_books": owed_in_books(facts, issuer.books, issuer.policy),
        "journal_id": one.journal.id,
        "account_id": facts.receivable_id,
        "entry_id": None,
        "rounding": figures.rounding.written(),
        **snapshot(issuer.parties[facts.party_id]),
    }


def line_rows(invoice_id: int, one: Completed) -> Iterable[dict[str, Any]]:
    """Return the lines of a document as they are stored."""
    figures = one.figures
    for line, taxes, net, tax, account in zip(
        one.values["lines"], one.taxes, figures.nets, figures.line_taxes, one.accounts, strict=True
    ):
        yield {
            "invoice_id": invoice_id,
            "item": line.get("item"),
            "description": line.get("description") or "",
            "quantity": line["quantity"],
            "unit_price": line["unit_price"],
            "discount": line.get("discount") or ZERO,
            "taxes": written_codes(taxes) if taxes or line.get("taxes") else None,
            "inclusive": bool(line.get("inclusive")),
            "category": line.get("category"),
            "amount": net,
            "tax": tax,
            "account_id": account,
            "purpose": line.get("purpose"),
            "corrects_line": line.get("corrects_line"),
        }


def tax_rows_of(issuer: Issuer, invoice_id: int, one: Completed) -> Iterable[dict[str, Any]]:
    """Return the taxes of a document as they are stored."""
    party = issuer.parties[one.facts.party_id]
    for row in tax_rows(one.figures.computed, party.language or issuer.language):
        yield {"invoice_id": invoice_id, **row}


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


def declare(session: Session, pairs: Sequence[tuple[Issued, Completed]]) -> None:
    """Write the tax lines of documents that have just got their numbers."""
    taxed = [
        (one.values, issued.id, issued.number, one.figures.computed, one.facts.currency, one.facts.rate)
        for issued, one in pairs
        if one.figures.computed is not None
    ]
    if taxed:
        declared(session, taxed)


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
        lines=entry_lines(
            one.facts,
            issuer.books,
            issuer.policy,
            opening={"invoice_id": issued.id, "match_key": one.values.get("match_key")},
        ),
        description=translate(INVOICE_KINDS[one.facts.kind], issuer.language),
        reference=one.values.get("supplier_number") or one.values.get("reference"),
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
        "total": one.total,
        "tax": one.figures.tax,
        "currency": one.facts.currency,
        "entry": issued.entry_id,
        "source": one.values.get("source"),
        "source_key": one.values.get("source_key"),
    }
