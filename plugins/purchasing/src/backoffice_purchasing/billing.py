"""Bills of suppliers beside order and receipt: what agrees is handed to the books, what differs is decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_taxes.api import Computed

from backoffice.core.api import Conflict, InvoiceRequest, InvoiceRequestLine, Session, request_invoice
from backoffice.hookspecs import messages

from .models import Bill, Movement, Order, OrderLine
from .orders import locked, progress_of, refresh, require, tell
from .pricing import NO_TAX, Terms, computed
from .progress import Billed, Difference, differences
from .receiving import SOURCE

_ = messages("purchasing")

Said = Mapping[OrderLine, tuple[Decimal, Decimal]]
"""What a bill says of each line: quantity and unit price."""


def record(
    session: Session, order: Order, *, number: str, on: date, total: Decimal, said: Said, kind: str = "bill",
    due: date | None = None,
) -> Bill:  # fmt: skip
    """Record a bill or credit note by the supplier's number; hand it to the books when order and receipt agree.

    The same number of the same supplier is recorded once; the database refuses it a second time.
    """
    locked(session, order)
    require(order, "confirmed", "done")
    terms = Terms(session)
    document = computed(terms, order, list(said), said)
    found = _differences(session, order, said, document, total, kind)
    bill = Bill(
        number=number, kind=kind, order_id=order.id, party_id=order.party_id, company_id=order.company_id, date=on,
        due_date=due, currency=order.currency, total=total, computed=document.total,
        state="differs" if found else "asked", differences=[_written(one, order) for one in found] or None,
        lines_said=[{"line": line.id, "quantity": str(q), "unit_price": str(p)} for line, (q, p) in said.items()],
    )  # fmt: skip
    session.add(bill)
    session.flush()
    if found:
        kinds = " ".join(sorted({one.kind for one in found}))
        tell(session, "bill_differs", order, bill=number, differences=kinds)
    else:
        _hand_over(session, order, bill, said, document)
    return bill


def _differences(
    session: Session, order: Order, said: Said, document: Computed, total: Decimal, kind: str
) -> list[Difference]:
    progress = progress_of(session, order)
    tolerance = Decimal(str(session.setting("purchasing", "price_tolerance") or 0))
    lines = [
        Billed(
            key=line.id, quantity=quantity, unit_price=price, ordered_price=line.unit_price or Decimal(0),
            progress=progress[line],
        )
        for line, (quantity, price) in said.items()
    ]  # fmt: skip
    return differences(lines, total=total, computed=document.total, tolerance=tolerance, credit=kind == "bill_credit")


def _written(one: Difference, order: Order) -> dict[str, Any]:
    item = next((line.item or line.description for line in order.lines if line.id == one.key), None)
    return {
        "kind": one.kind, "line": one.key, "item": item, "expected": f"{one.expected.normalize():f}",
        "found": f"{one.found.normalize():f}",
    }  # fmt: skip


def accept(session: Session, bill: Bill, reason: str) -> None:
    """Hand a bill that differs to the books all the same."""
    order, said = _decided(session, bill)
    bill.state, bill.reason = "asked", reason
    session.flush()
    _hand_over(session, order, bill, said, computed(Terms(session), order, list(said), said))


def refuse(session: Session, bill: Bill, reason: str) -> None:
    """Refuse a bill that differs; the supplier is asked for another."""
    _decided(session, bill)
    bill.state, bill.reason = "refused", reason
    session.flush()


def _decided(session: Session, bill: Bill) -> tuple[Order, Said]:
    if bill.state != "differs":
        raise Conflict(_("Only a bill that differs is decided on."), remedy=_("Look at the bill again."))
    order = bill.order
    locked(session, order)
    lines = {line.id: line for line in order.lines}
    return order, {
        lines[one["line"]]: (Decimal(one["quantity"]), Decimal(one["unit_price"])) for one in bill.lines_said
    }


def _hand_over(session: Session, order: Order, bill: Bill, said: Said, document: Computed) -> None:
    counted = _counted(session, list(said))
    lines = tuple(_line(order, one.key, said, one.net, counted) for one in document.lines)
    request_invoice(
        session,
        InvoiceRequest(
            source=SOURCE, key=f"{order.number}:{bill.kind}:{bill.number}", kind=bill.kind,  # type: ignore[arg-type]
            party_id=order.party_id, date=bill.date, currency=order.currency, lines=lines, total=document.total,
            tax_total=document.tax, rounding=order.rounding, reference=bill.number, supply_date=bill.date,
            due_date=bill.due_date, terms=order.terms, match=f"purchase:{order.number}",
        ),
        subject=order,
    )  # fmt: skip
    for line, (quantity, _price) in said.items():
        session.add(
            Movement(
                order_id=order.id, company_id=order.company_id, line_id=line.id, date=bill.date, bill_id=bill.id,
                kind="billed" if bill.kind == "bill" else "credited", quantity=quantity,
            )
        )  # fmt: skip
    refresh(session, order)
    tell(session, "bill_accepted", order, bill=bill.number)


def _counted(session: Session, lines: Sequence[OrderLine]) -> frozenset[int]:
    """Return the products whose stock is counted: their bills settle goods that were received."""
    ids = [line.product_id for line in lines if line.product_id is not None and line.goods]
    found = session.hooks.first("products_counted", session=session, product_ids=ids) if ids else None
    return frozenset(found or ())


def _line(order: Order, line: OrderLine, said: Said, net: Decimal, counted: frozenset[int]) -> InvoiceRequestLine:
    quantity, price = said[line]
    return InvoiceRequestLine(
        description=line.description or line.item or "",
        quantity=quantity,
        unit_price=price,
        item=line.item,
        unit=line.unit.code if line.unit is not None else None,
        amount=net,
        discount=line.discount or None,
        taxes=tuple(code for code in (line.taxes or "").split() if code != NO_TAX),
        purpose="goods_received" if line.product_id in counted else "expense",
        category=line.category,
    )
