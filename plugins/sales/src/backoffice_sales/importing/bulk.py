"""Documents that already happened, written by the hundred: order, shipment, invoice, each by few statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_products.api import GoodsDocument
from backoffice_products.api import Movement as Goods
from backoffice_sales import billing, goods, happenings, orders
from backoffice_sales.models import Billing, Message, Movement, Order, OrderLine, Shipment
from backoffice_sales.pricing import NO_TAX, Terms
from backoffice_sales.progress import ZERO
from backoffice_taxes.api import Computed, Line, compute

from backoffice.core.api import InvoiceRequest, InvoiceRequestLine, Session, fold, request_invoices
from backoffice.hookspecs import messages

from .mapping import Rules
from .reading import ReadDocument, ReadLine

_ = messages("sales")


@dataclass(frozen=True, slots=True)
class Known:
    """What documents refer to, by the file's own words."""

    parties: Mapping[str, int]
    products: Mapping[str, tuple[int, int]]
    """Code → ids of product and unit."""
    units: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Rounded:
    """A document whose amount in the file is no amount of money, and what it became."""

    number: str
    said: Decimal
    booked: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some documents."""

    made: int = 0
    lines: int = 0
    known: int = 0
    """Brought in before."""
    flagged: tuple[str, ...] = ()
    """Brought in before with another content; what is there stays."""
    rounded: tuple[Rounded, ...] = ()


@dataclass(slots=True)
class _Work:
    """A document on its way."""

    said: ReadDocument
    party_id: int
    computed: Computed
    day_country: str | None
    number: str = ""
    shipment: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    @property
    def ships(self) -> list[int]:
        """The places of the lines whose goods move."""
        if self.said.kind == "adjustment":
            return []
        return [n for n, line in enumerate(self.said.lines) if line.purpose is None and line.quantity > 0]

    @property
    def goes_out(self) -> bool:
        """Whether goods leave with it."""
        return bool(self.ships) and self.said.kind == "order"

    @property
    def bills(self) -> bool:
        """Whether it is invoiced."""
        return self.said.kind != "adjustment"

    @property
    def key(self) -> str:
        """The key of its invoice."""
        return f"{self.number}:1"


def bring_in(session: Session, some: Sequence[ReadDocument], rules: Rules, known: Known) -> Outcome:
    """Write documents that are not there yet as orders that were shipped and invoiced; say what became of them.

    Doing it again changes nothing; a document that came before with another content is flagged.
    """
    before = _before(session, some, rules)
    fresh = [one for one in some if one.number not in before]
    changed = [one for one in some if one.number in before and one.hash not in before[one.number]]
    terms = Terms(session)
    work = [_work(terms, one, rules, known) for one in fresh]
    if work:
        _number(session, work)
        _write(session, terms, work, rules, known)
    _remember(session, rules, work, changed)
    return Outcome(
        len(work), sum(len(one.said.lines) for one in work), len(some) - len(fresh) - len(changed),
        tuple(one.number for one in changed), tuple(rounding for one in work if (rounding := _rounded(one))),
    )  # fmt: skip


def _rounded(one: _Work) -> Rounded | None:
    sign = -1 if one.said.kind == "return" else 1
    said, booked = one.said.value, sign * one.computed.net
    return Rounded(one.said.number, said, booked) if said != booked else None


def _before(session: Session, some: Sequence[ReadDocument], rules: Rules) -> dict[str, set[str]]:
    rows = session.execute(
        sa.select(Message.external_id, Message.hash).where(
            Message.company_id == session.company_id,
            Message.source == rules.source,
            Message.external_id.in_([one.number for one in some]),
        )
    )
    found: dict[str, set[str]] = {}
    for number, hash_ in rows:
        found.setdefault(number, set()).add(hash_)
    return found


def _work(terms: Terms, one: ReadDocument, rules: Rules, known: Known) -> _Work:
    taxes = terms.taxes(rules.taxes, one.date) if rules.taxes else ()
    lines = [Line(unit_price=line.unit_price, quantity=line.quantity, taxes=taxes) for line in one.lines]
    done = compute(lines, rules.currency or terms.company.currency, rounding=terms.rounding)
    country = (rules.countries.get(one.country) if rules.countries else one.country) or None
    return _Work(one, known.parties[one.customer or rules.no_customer], done, country)


def _number(session: Session, work: Sequence[_Work]) -> None:
    company = session.company_id

    def order(one: _Work) -> Any:
        return lambda text: setattr(one, "number", text)

    def shipment(one: _Work) -> Any:
        return lambda text: setattr(one, "shipment", text)

    for one in work:
        year = one.said.date.year
        session.number(series="sales.order", company_id=company, year=year, pattern=orders.PATTERN, assign=order(one))
        if one.ships:
            kind = "return" if one.said.kind == "return" else "delivery"
            session.number(
                series=f"sales.{kind}", company_id=company, year=year, pattern=goods.PATTERNS[kind],
                assign=shipment(one),
            )  # fmt: skip
    session.settle()


def _write(session: Session, terms: Terms, work: Sequence[_Work], rules: Rules, known: Known) -> None:
    currency = rules.currency or terms.company.currency
    rounding = terms.rounding.written()
    rows = [_order_row(one, currency, rounding) for one in work]
    same = {
        "invoicing": "shipment", "shortage": "backorder", "source": rules.source, "discount": ZERO, "paid": ZERO,
        "correlation": session.context.request_id[:64], "waiting_since": session.now(),
    }  # fmt: skip
    for one, id_ in zip(work, session.insert_rows(Order, rows, **same), strict=True):
        one.ids["order"] = id_
    _write_lines(session, work, rules, known)
    _write_shipments(session, work)
    _write_billings(session, work, currency)
    costs = _move_goods(session, work) if rules.moves_goods else {}
    _write_movements(session, work, costs)
    _tell(session, terms, work, currency, rules, known)


def _order_row(one: _Work, currency: str, rounding: str) -> dict[str, Any]:
    said, done = one.said, one.computed
    nothing_due = not done.total or not one.bills
    return {
        "number": one.number,
        "kind": said.kind,
        "party_id": one.party_id,
        "date": said.date,
        "state": "done" if nothing_due else "confirmed",
        "goods_state": "shipped" if one.ships else "none",
        "invoice_state": "invoiced" if one.bills else "nothing",
        "payment_state": "paid" if nothing_due else "unpaid",
        "reference": said.number,
        "source_key": said.number,
        "currency": currency,
        "net": done.net,
        "tax": done.tax,
        "total": done.total,
        "country": one.day_country,
        "rounding": rounding,
        "search_key": fold(f"{one.number} {said.number}"),
    }


def _write_lines(session: Session, work: Sequence[_Work], rules: Rules, known: Known) -> None:
    rows = []
    for one in work:
        ships = set(one.ships)
        for place, (line, done) in enumerate(zip(one.said.lines, one.computed.lines, strict=True)):
            product, unit = known.products.get(rules.product_code(line.item), (None, None))
            rows.append({
                "order_id": one.ids["order"], "product_id": product, "unit_id": unit, "item": line.item[:60] or None,
                "description": (line.description or line.item)[:400], "quantity": line.quantity or Decimal(1),
                "unit_price": line.unit_price, "net": done.net, "tax": done.total - done.net, "ships": place in ships,
                "purpose": line.purpose or "revenue",
            })  # fmt: skip
    ids = iter(
        session.insert_rows(
            OrderLine, rows, taxes=rules.taxes or NO_TAX, discount=ZERO, unit_discount=None, inclusive=False
        )
    )
    for one in work:
        one.lines = [next(ids) for _line in one.said.lines]


def _write_shipments(session: Session, work: Sequence[_Work]) -> None:
    moved = [one for one in work if one.ships]
    rows = [
        {
            "number": one.shipment, "kind": "return" if one.said.kind == "return" else "delivery",
            "order_id": one.ids["order"], "party_id": one.party_id, "date": one.said.date,
            "search_key": fold(one.shipment),
        }
        for one in moved
    ]  # fmt: skip
    for one, id_ in zip(moved, session.insert_rows(Shipment, rows), strict=True):
        one.ids["shipment"] = id_


def _write_billings(session: Session, work: Sequence[_Work], currency: str) -> None:
    billed = [one for one in work if one.bills]
    rows = [
        {
            "key": one.key, "kind": "credit_note" if one.said.kind == "return" else "invoice",
            "order_id": one.ids["order"], "party_id": one.party_id, "date": one.said.date, "net": one.computed.net,
            "tax": one.computed.tax, "total": one.computed.total, "search_key": fold(one.key),
        }
        for one in billed
    ]  # fmt: skip
    for one, id_ in zip(billed, session.insert_rows(Billing, rows, currency=currency, state="asked"), strict=True):
        one.ids["billing"] = id_


def _write_movements(session: Session, work: Sequence[_Work], costs: Mapping[int, Decimal]) -> None:
    rows = []
    for one in work:
        back = one.said.kind == "return"
        common = {"order_id": one.ids["order"], "date": one.said.date}
        for place in one.ships:
            rows.append({
                **common, "line_id": one.lines[place], "kind": "returned" if back else "shipped",
                "quantity": one.said.lines[place].quantity, "shipment_id": one.ids["shipment"], "billing_id": None,
                "amount": None, "cost": costs.get(one.lines[place]),
            })  # fmt: skip
        if not one.bills:
            continue
        for id_, line, done in zip(one.lines, one.said.lines, one.computed.lines, strict=True):
            rows.append({
                **common, "line_id": id_, "kind": "credited" if back else "invoiced", "quantity": line.quantity,
                "shipment_id": None, "billing_id": one.ids["billing"], "amount": -done.net if back else done.net,
                "cost": None,
            })  # fmt: skip
    session.write_rows(Movement, rows)


def _move_goods(session: Session, work: Sequence[_Work]) -> dict[int, Decimal]:
    """Let the goods of all documents move in stock, in their order; what they cost, by line."""
    products = _products(session, work)
    moving = [pair for one in work for pair in _goods_of(one, products)]
    asked = [(document, movements) for _one, document, movements in moving]
    moved = session.hooks.first("products_move_many", session=session, documents=asked) if asked else None
    return {
        one.lines[int(done.key)]: done.cost
        for (one, _document, _movements), some in zip(moving, moved or (), strict=moved is not None)
        for done in some
    }


def _goods_of(one: _Work, products: Mapping[int, int]) -> Iterator[tuple[_Work, GoodsDocument, list[Goods]]]:
    """Yield what moves with a document; one that corrects stock says by the sign which way."""
    said, adjusts = one.said, one.said.kind == "adjustment"
    ways: Any = _CORRECTS if adjusts else ((1, "customer_return" if said.kind == "return" else "delivery"),)
    places = range(len(said.lines)) if adjusts else one.ships
    for sign, kind in ways:
        movements = [
            Goods(key=str(place), product_id=products[one.lines[place]], quantity=sign * said.lines[place].quantity)
            for place in places
            if one.lines[place] in products and said.lines[place].quantity * sign > 0
        ]
        if movements:
            party = None if adjusts else one.party_id
            key, about = (one.number, said.number) if adjusts else (one.shipment, one.number)
            yield one, GoodsDocument("sales", key, kind, said.date, party, about), movements


_CORRECTS: Final = ((-1, "scrap"), (1, "count"))
"""Which way goods go that a file writes off or finds."""


def _products(session: Session, work: Sequence[_Work]) -> dict[int, int]:
    wanted = [one.ids["order"] for one in work]
    rows = session.execute(
        sa.select(OrderLine.id, OrderLine.product_id).where(
            OrderLine.order_id.in_(wanted), OrderLine.product_id.is_not(None)
        )
    )
    return {line: product for line, product in rows if product is not None}


@dataclass(frozen=True, slots=True)
class _Told:
    """What events tell of an order that is not loaded."""

    id: int
    number: str
    party_id: int
    date: Any
    currency: str
    total: Decimal
    source: str
    source_key: str
    correlation: str


def _tell(session: Session, terms: Terms, work: Sequence[_Work], currency: str, rules: Rules, known: Known) -> None:
    chain = session.context.request_id[:64]
    told = [
        _Told(
            one.ids["order"], one.number, one.party_id, one.said.date, currency, one.computed.total, rules.source,
            one.said.number, chain,
        )
        for one in work
    ]  # fmt: skip
    pairs = list(zip(told, work, strict=True))
    happenings.tell_many(session, "order_placed", [(order, {}) for order, _one in pairs])
    shipped = [(o, {"shipment": one.shipment, "complete": True}) for o, one in pairs if one.goes_out]
    returned = [(o, {"shipment": one.shipment}) for o, one in pairs if one.ships and not one.goes_out]
    happenings.tell_many(session, "order_shipped", shipped)
    happenings.tell_many(session, "order_returned", returned)
    request_invoices(
        session,
        [(_request(terms, one, currency, rules, known), (Order, order.id)) for order, one in pairs if one.bills],
    )
    for name, back in (("order_invoiced", False), ("order_credited", True)):
        said = [(o, {"invoice": one.key}) for o, one in pairs if one.bills and (one.said.kind == "return") == back]
        happenings.tell_many(session, name, said)


def _request(terms: Terms, one: _Work, currency: str, rules: Rules, known: Known) -> InvoiceRequest:
    credit = one.said.kind == "return"
    codes = tuple(rules.taxes.split())
    lines = tuple(
        _request_line(line, done.net, codes, credit, known, rules)
        for line, done in zip(one.said.lines, one.computed.lines, strict=True)
    )
    return InvoiceRequest(
        source=billing.SOURCE, key=one.key, kind="credit_note" if credit else "invoice", party_id=one.party_id,
        date=one.said.date, currency=currency, lines=lines, total=one.computed.total, tax_total=one.computed.tax,
        rounding=one.computed.rounding.written(), reference=one.said.number, supply_date=one.said.date,
        match=f"order:{one.number}",
    )  # fmt: skip


def _request_line(
    line: ReadLine, net: Decimal, codes: tuple[str, ...], credit: bool, known: Known, rules: Rules
) -> InvoiceRequestLine:
    unit = known.products.get(rules.product_code(line.item), (None, None))[1]
    return InvoiceRequestLine(
        description=(line.description or line.item)[:400], quantity=line.quantity, unit_price=line.unit_price,
        item=line.item[:40] or None, unit=known.units.get(unit) if unit is not None else None, amount=net, taxes=codes,
        purpose=billing.purpose_of(line.purpose or "revenue", credit=credit),
    )  # fmt: skip


def _remember(session: Session, rules: Rules, work: Sequence[_Work], changed: Sequence[ReadDocument]) -> None:
    rows = [
        {
            "external_id": one.said.number, "hash": one.said.hash, "state": "done", "order_id": one.ids["order"],
            "search_key": fold(one.said.number),
        }
        for one in work
    ] + [
        {
            "external_id": one.number, "hash": one.hash, "state": "flagged", "order_id": None,
            "search_key": fold(one.number),
        }
        for one in changed
    ]  # fmt: skip
    session.write_rows(Message, rows, source=rules.source, received_at=session.now())
