"""Invoices of orders, asked for of whoever keeps the books: by order, shipment or milestone; credit notes; deposits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_taxes.api import Computed, Line, Rounding, compute

from backoffice.core.api import (
    Happened,
    InvoiceRequest,
    InvoiceRequestLine,
    RuleBroken,
    Session,
    request_invoice,
    round_amount,
)
from backoffice.hookspecs import messages

from . import happenings
from .models import Billing, Movement, Order, OrderLine
from .pricing import NO_TAX, Terms, computed, discount_of, price_of
from .progress import ZERO, Progress, has_begun, spread_over, to_invoice
from .standing import locked, progress_of, reached, refresh, require

_ = messages("sales")

SOURCE = "sales"
ADVANCE = "customer_advance"
"""The purpose under which deposits wait in the books."""


def match_of(order: Any) -> str:
    """Return what open items of an order bear, so that invoice and payment settle each other."""
    return f"order:{order.number}"


def due_lines(session: Session, order: Order, progress: Mapping[OrderLine, Progress]) -> dict[OrderLine, Decimal]:
    """Return what is to be invoiced of each line, below zero what is to be credited."""
    begun, share = has_begun(progress.values()), reached(order)
    due = {line: to_invoice(one, order.invoicing, begun=begun, reached=share) for line, one in progress.items()}
    return {line: quantity for line, quantity in due.items() if quantity}


def invoice(session: Session, order: Order, *, on: date | None = None) -> Billing | None:
    """Ask for the invoice of all that is to be invoiced of an order; return it, or nothing when nothing is."""
    locked(session, order)
    require(order, "confirmed", "done")
    progress = progress_of(session, order)
    wanted = {line: quantity for line, quantity in due_lines(session, order, progress).items() if quantity > 0}
    if not wanted:
        return None
    terms = Terms(session)
    day = on or session.today()
    document = computed(terms, order, list(wanted), wanted)
    lines = [_line(order, one.key, wanted[one.key], one.net) for one in document.lines]
    parts = _deducted(session, order, document)
    made = _Asked(order, "invoice", day, document, lines, deposits=parts)
    billing = _ask(session, terms, made)
    for one in document.lines:
        session.add(
            Movement(
                order_id=order.id, company_id=order.company_id, line_id=one.key.id, kind="invoiced",
                quantity=wanted[one.key], date=day, billing_id=billing.id, amount=one.net,
            )
        )  # fmt: skip
    refresh(session, order, terms=terms)
    happenings.tell(session, "order_invoiced", order, invoice=billing.key)
    return billing


def _line(
    order: Order, line: OrderLine, quantity: Decimal, net: Decimal, *, credit: bool = False
) -> InvoiceRequestLine:
    return InvoiceRequestLine(
        description=line.description or line.item or "",
        quantity=quantity,
        unit_price=price_of(line),
        item=line.item,
        unit=line.unit.code if line.unit is not None else None,
        amount=net,
        discount=discount_of(line, order) or None,
        taxes=tuple(code for code in (line.taxes or "").split() if code != NO_TAX),
        inclusive=line.inclusive,
        purpose=purpose_of(line.purpose, credit=credit),
        category=line.category,
    )


def purpose_of(purpose: str, *, credit: bool) -> str:
    """Return the purpose of a line in the books: goods that come back are kept apart from those that were sold."""
    return "returns" if credit and purpose == "revenue" else purpose


@dataclass(slots=True)
class _Asked:
    """An invoice on its way to whoever keeps the books."""

    order: Order
    kind: str
    date: date
    document: Computed
    lines: list[InvoiceRequestLine]
    corrects: Billing | None = None
    deposits: dict[str, Decimal] = field(default_factory=dict)
    notes: str | None = None


def _ask(session: Session, terms: Terms, asked: _Asked) -> Billing:
    order = asked.order
    document, lines = asked.document, list(asked.lines)
    net, tax = document.net, document.tax
    if asked.deposits and asked.kind == "invoice":
        off = _deposit_document(terms, order, asked.deposits)
        lines += _deposit_lines(order, asked.deposits)
        net, tax = net + off.net, tax + off.tax
    billing = Billing(
        key=_next_key(session, order), kind=asked.kind, order_id=order.id, party_id=order.party_id, date=asked.date,
        currency=order.currency, net=net, tax=tax, total=net + tax, company_id=order.company_id,
        corrects_id=asked.corrects.id if asked.corrects is not None else None,
        deposits={codes: str(amount) for codes, amount in asked.deposits.items()} or None,
    )  # fmt: skip
    session.add(billing)
    session.flush()
    request_invoice(session, _request(order, billing, asked, tuple(lines)), subject=order)
    return billing


def _request(order: Order, billing: Billing, asked: _Asked, lines: tuple[InvoiceRequestLine, ...]) -> InvoiceRequest:
    credit = billing.kind in {"credit_note", "deposit_credit"}
    return InvoiceRequest(
        source=SOURCE,
        key=billing.key,
        kind="credit_note" if credit else "invoice",
        party_id=order.party_id,
        date=asked.date,
        currency=order.currency,
        lines=lines,
        total=billing.total,
        tax_total=billing.tax,
        rounding=order.rounding,
        reference=order.reference or order.number,
        supply_date=order.date if order.invoicing == "order" else asked.date,
        terms=order.terms,
        match=match_of(order),
        corrects=asked.corrects.key if asked.corrects is not None else None,
        notes=asked.notes,
    )


def _next_key(session: Session, order: Order) -> str:
    count = session.scalar(sa.select(sa.func.count(Billing.id)).where(Billing.order_id == order.id)) or 0
    return f"{order.number}:{count + 1}"


# -- credit notes ----------------------------------------------------------------------------------------------------


def credit(session: Session, order: Order, *, on: date | None = None, reason: str = "") -> list[Billing]:
    """Ask for credit notes over what was invoiced and is not wanted any more, at its price and taxes.

    There is one for each invoice that is corrected.
    """
    progress = progress_of(session, order)
    wanted = {line: -quantity for line, quantity in due_lines(session, order, progress).items() if quantity < 0}
    by_invoice: dict[int, dict[OrderLine, list[tuple[int, Decimal]]]] = {}
    for line, quantity in wanted.items():
        for source, part in spread_over(quantity, unbilled_sources(session, order, line)):
            movement = session.get(Movement, source)
            by_invoice.setdefault(movement.billing_id, {}).setdefault(line, []).append((source, part))
    terms, day = Terms(session), on or session.today()
    made = [_credit_one(session, terms, order, id_, parts, day, reason) for id_, parts in sorted(by_invoice.items())]
    if made:
        refresh(session, order, terms=terms)
        for billing in made:
            happenings.tell(session, "order_credited", order, invoice=billing.key)
    return made


def unbilled_sources(session: Session, order: Order, line: OrderLine) -> list[tuple[int, Decimal]]:
    """Return the movements that invoiced a line, with what was not credited of each, the last ones first."""
    rows = session.execute(
        sa.select(Movement.id, Movement.quantity)
        .where(Movement.line_id == line.id, Movement.kind == "invoiced", Movement.quantity > 0)
        .order_by(Movement.id.desc())
    ).all()
    taken: dict[int | None, Decimal] = dict(
        session.execute(
            sa.select(Movement.of_id, sa.func.sum(sa.func.abs(Movement.quantity)))
            .where(
                Movement.line_id == line.id, Movement.of_id.is_not(None), Movement.kind.in_(("credited", "invoiced"))
            )
            .group_by(Movement.of_id)
        ).all()
    )
    return [(id_, quantity - (taken.get(id_) or ZERO)) for id_, quantity in rows]


def _credit_one(
    session: Session, terms: Terms, order: Order, invoice_id: int,
    parts: Mapping[OrderLine, Sequence[tuple[int, Decimal]]], day: date, reason: str,
) -> Billing:  # fmt: skip
    corrected = session.get(Billing, invoice_id)
    quantities = {line: sum((part for _source, part in some), ZERO) for line, some in parts.items()}
    document = computed(terms, order, list(quantities), quantities)
    lines = [_line(order, one.key, quantities[one.key], one.net, credit=True) for one in document.lines]
    billing = _ask(
        session, terms, _Asked(order, "credit_note", day, document, lines, corrects=corrected, notes=reason or None)
    )
    for one in document.lines:
        left = one.net
        some = parts[one.key]
        for number, (source, part) in enumerate(some):
            last = number == len(some) - 1
            amount = left if last else round_amount(one.net * part / quantities[one.key], order.currency)
            left -= amount
            session.add(
                Movement(
                    order_id=order.id, company_id=order.company_id, line_id=one.key.id, kind="credited", quantity=part,
                    date=day, billing_id=billing.id, of_id=source, amount=-amount,
                )
            )  # fmt: skip
    session.flush()
    return billing


# -- deposits --------------------------------------------------------------------------------------------------------


def ask_deposit(session: Session, order: Order, *, percent: Decimal | None, amount: Decimal | None) -> Billing:
    """Ask for an invoice over a part of an order in advance; later invoices take it off.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than is left of the order.
    """
    locked(session, order)
    require(order, "confirmed")
    terms = Terms(session)
    whole = computed(terms, order, order.lines)
    open_ = _open_deposits(session, order)
    share = percent / 100 if percent is not None else (amount or ZERO) / whole.total if whole.total else ZERO
    nets = _by_codes(whole)
    left = whole.net - sum(open_.values(), ZERO) - _invoiced_net(session, order)
    parts = {codes: round_amount(net * share, order.currency) for codes, net in nets.items() if net > 0}
    if not parts or sum(parts.values(), ZERO) > left or sum(parts.values(), ZERO) <= 0:
        raise RuleBroken(
            _("A deposit is more than nothing, and not more than what is left of the order."),
            remedy=_("Ask for less."),
        )
    document = _deposit_document(terms, order, parts, sign=1)
    lines = _deposit_lines(order, parts, sign=1)
    billing = _ask(session, terms, _Asked(order, "deposit", session.today(), document, lines, deposits=parts))
    happenings.tell(session, "order_invoiced", order, invoice=billing.key)
    return billing


def _by_codes(document: Computed) -> dict[str, Decimal]:
    nets: dict[str, Decimal] = {}
    for one in document.lines:
        codes = one.key.taxes or NO_TAX
        nets[codes] = nets.get(codes, ZERO) + one.net
    return nets


def _open_deposits(session: Session, order: Order) -> dict[str, Decimal]:
    """Return what was asked for in advance and not taken off yet, by tax codes."""
    rows = session.execute(
        sa.select(Billing.kind, Billing.deposits).where(Billing.order_id == order.id, Billing.deposits.is_not(None))
    ).all()
    left: dict[str, Decimal] = {}
    for kind, parts in rows:
        for codes, amount in (parts or {}).items():
            left[codes] = left.get(codes, ZERO) + (Decimal(amount) if kind == "deposit" else -Decimal(amount))
    return left


def _invoiced_net(session: Session, order: Order) -> Decimal:
    found: Decimal | None = session.scalar(sa.select(sa.func.sum(Movement.amount)).where(Movement.order_id == order.id))
    return found or ZERO


def _deducted(session: Session, order: Order, document: Computed) -> dict[str, Decimal]:
    """Return what an invoice takes off of deposits: of each tax no more than it charges itself."""
    left = _open_deposits(session, order)
    nets = _by_codes(document)
    parts = {codes: min(amount, nets.get(codes, ZERO)) for codes, amount in left.items()}
    return {codes: amount for codes, amount in parts.items() if amount > 0}


def _deposit_document(terms: Terms, order: Order, parts: Mapping[str, Decimal], sign: int = -1) -> Computed:
    lines = [
        Line(unit_price=amount, quantity=Decimal(sign), taxes=terms.taxes(codes, order.date), key=codes)
        for codes, amount in parts.items()
    ]
    return compute(lines, order.currency, rounding=Rounding.read(order.rounding or terms.rounding.written()))


def _deposit_lines(order: Order, parts: Mapping[str, Decimal], sign: int = -1) -> list[InvoiceRequestLine]:
    said = _("Deposit for the order {number}") if sign > 0 else _("Deposit taken off, order {number}")
    return [
        InvoiceRequestLine(
            description=said.with_values(number=order.number).filled(),
            quantity=Decimal(sign),
            unit_price=amount,
            amount=amount * sign,
            taxes=tuple(code for code in codes.split() if code != NO_TAX),
            purpose=ADVANCE,
        )
        for codes, amount in parts.items()
    ]


# -- answers ---------------------------------------------------------------------------------------------------------


def note_posted(session: Session, event: Happened) -> None:
    """Note that an invoice was issued that sales asked for; those of a transaction together."""
    if event.facts.get("source") != SOURCE or not event.facts.get("source_key"):
        return
    transaction = session.get_transaction()
    waiting: tuple[Any, list[tuple[int | None, str]]] | None = session.info.get(_POSTED)
    if waiting is None or waiting[0] is not transaction:
        waiting = session.info[_POSTED] = (transaction, [])
        session.late(("sales", "posted"), _note_all_posted)
    waiting[1].append((event.company_id, event.facts["source_key"]))


_POSTED = "sales.posted"
CHUNK = 400


def _note_all_posted(session: Session) -> None:
    _transaction, noted = session.info.pop(_POSTED)
    for company in {company for company, _key in noted}:
        keys = sorted({key for own, key in noted if own == company})
        for start in range(0, len(keys), CHUNK):
            session.execute(
                sa.update(Billing)
                .where(
                    Billing.company_id == company, Billing.key.in_(keys[start : start + CHUNK]),
                    Billing.state == "asked",
                )
                .values(state="posted"),
                execution_options={"synchronize_session": False},
            )  # fmt: skip


__all__ = ["ask_deposit", "credit", "due_lines", "invoice", "match_of", "note_posted", "purpose_of", "unbilled_sources"]
