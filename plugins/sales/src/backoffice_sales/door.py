"""The door for shops: an order comes in whole or not at all, once for each number the shop gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Address, Party
from backoffice_products.api import Barcode, Product
from sqlalchemy.orm import joinedload

from backoffice.core.api import Conflict, InvalidInput, Session
from backoffice.hookspecs import messages

from . import goods, orders, payments
from .models import CustomerLink, ItemLink, Message, Order, OrderLine
from .providers import PaymentEvent

_ = messages("sales")

CUSTOMER = ("name", "email", "phone", "country", "language", "tax_id")
ADDRESS = ("building", "street", "district", "city", "region", "postcode", "country")
HEAD = (
    "reference", "currency", "promised_on", "delivery_name", "delivery_address", "delivery_country", "delivery_terms",
    "place", "notes",
)  # fmt: skip


def place_order(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Place the order of a shop and return its number and state.

    The same ``source`` and ``external_id`` with the same body get the first answer; with another body nothing is done,
    the message is kept and flagged, and the answer says ``"state": "flagged"``. Raises
    :class:`~backoffice.core.api.RuleBroken` naming every short line, where the shop wants all or nothing; nothing is
    kept then, so that it may be sent again.
    """
    said = hash_of(values)
    before = session.scalars(
        sa.select(Message)
        .where(
            Message.company_id == session.company_id, Message.source == values["source"],
            Message.external_id == values["external_id"],
        )
        .order_by(Message.id)
    ).all()  # fmt: skip
    if before:
        return _again(session, values, said, before)
    order = _order(session, values)
    answer = _answer(order)
    session.add(_message(session, values, said, "done", order.id, answer))
    session.flush()
    return answer


def hash_of(values: Any) -> str:
    """Return the hash of what was sent, in a canonical form."""
    said = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _message(
    session: Session, values: Mapping[str, Any], said: str, state: str, order_id: int | None, answer: Any
) -> Message:
    return Message(
        source=values["source"], external_id=values["external_id"], hash=said, state=state, received_at=session.now(),
        order_id=order_id, answer=answer,
    )  # fmt: skip


def _again(session: Session, values: Mapping[str, Any], said: str, before: Sequence[Message]) -> dict[str, Any]:
    first = before[0]
    same = next((one for one in before if one.hash == said), None)
    if same is None:
        same = _message(session, values, said, "flagged", first.order_id, _refusal(first))
        session.add(same)
        session.flush()
    return {**same.answer, "known": True}


def _refusal(first: Message) -> dict[str, Any]:
    return {
        "state": "flagged",
        "accepted": False,
        "number": (first.answer or {}).get("number"),
        "problem": "This number was used before with another body; the first one holds.",
    }


def _answer(order: Order) -> dict[str, Any]:
    return {
        "accepted": True,
        "id": order.id,
        "number": order.number,
        "state": order.state,
        "goods": order.goods_state,
        "payment": order.payment_state,
        "total": str(order.total),
        "currency": order.currency,
        "chain": order.correlation,
        "known": False,
    }


def _order(session: Session, values: Mapping[str, Any]) -> Order:
    source = values["source"]
    party = customer_of(session, source, values["customer"])
    order = Order(
        kind="order", party_id=party.id, date=values.get("date") or session.today(), source=source,
        source_key=values["external_id"], price_list_id=values.get("price_list_id"),
        shortage="refuse" if not values.get("allow_short") else session.setting("sales", "shortage") or "backorder",
        **{name: values[name] for name in HEAD if values.get(name) is not None},
    )  # fmt: skip
    order.reference = order.reference or values["external_id"]
    products = items_of(session, source, [line["item"] for line in values["lines"]])
    order.lines = [_line(line, *products[line["item"]]) for line in values["lines"]]
    if not order.lines:
        raise InvalidInput(_("An order needs a line."), fields={"lines": [_("Give at least one line.")]})
    with session.no_autoflush:
        orders.before_save(session, order, {"shortage": order.shortage})
    session.add(order)
    session.flush()
    orders.confirm(session, order)
    _after(session, order, values)
    return order


def _line(said: Mapping[str, Any], product: Product, unit_id: int | None) -> OrderLine:
    return OrderLine(
        product_id=product.id, quantity=said["quantity"], unit_id=unit_id, unit_price=said.get("unit_price"),
        discount=said.get("discount") or 0, unit_discount=said.get("unit_discount"),
        inclusive=bool(said.get("inclusive")), description=said.get("description"),
    )  # fmt: skip


def _after(session: Session, order: Order, values: Mapping[str, Any]) -> None:
    """Keep goods aside for a while only, until it is paid; record the payment the shop tells of."""
    policy = session.setting("sales", "shortage") or "backorder"
    order.shortage = policy if order.shortage == "refuse" and policy != "refuse" else order.shortage
    paid = values.get("payment")
    if paid:
        event = PaymentEvent(
            provider=paid["provider"], kind="charge", reference=paid["reference"], amount=paid["amount"],
            currency=order.currency, date=order.date, named=order.number,
        )  # fmt: skip
        payments.record(session, event)
    elif (until := goods.until_paid(session)) is not None and order.payment_state == "unpaid":
        goods.reserve(session, order, until=until)


# -- customers -------------------------------------------------------------------------------------------------------


def customer_of(session: Session, source: str, said: Mapping[str, Any]) -> Party:
    """Return the party a shop means, found by its number there, or made.

    Raises :class:`~backoffice.core.api.InvalidInput` for one that is new and has no name.
    """
    link = session.scalars(
        sa.select(CustomerLink)
        .where(CustomerLink.source == source, CustomerLink.external_id == said["reference"])
        .options(joinedload(CustomerLink.party))
    ).one_or_none()
    if link is not None:
        return link.party
    if not said.get("name"):
        name = _("Give the name of a new customer.")
        raise InvalidInput(name, fields={"customer.name": [name]})
    given = {name: said[name] for name in CUSTOMER if said.get(name) is not None}
    place = {name: said[name] for name in ADDRESS if said.get(name) is not None}
    made: int = session.perform("parties.party.create", customer=True, **given)["id"]
    if set(place) - {"country"}:
        session.add(Address(party_id=made, kind="main", **place))
    session.add(CustomerLink(source=source, external_id=said["reference"], party_id=made))
    session.flush()
    party: Party = session.get(Party, made)
    return party


# -- items -----------------------------------------------------------------------------------------------------------


def items_of(session: Session, source: str, codes: Sequence[str]) -> dict[str, tuple[Product, int | None]]:
    """Return the products a shop means by codes: its own links first, then product codes, then barcodes.

    Raises :class:`~backoffice.core.api.InvalidInput` naming every code that means nothing.
    """
    wanted = sorted(set(codes))
    found: dict[str, tuple[Product, int | None]] = {}
    barcodes = session.scalars(sa.select(Barcode).where(Barcode.same.in_(wanted)).options(joinedload(Barcode.product)))
    found.update((row.same, (row.product, row.unit_id)) for row in barcodes)
    products = session.scalars(sa.select(Product).where(Product.code.in_(wanted)))
    found.update((row.code or "", (row, None)) for row in products)
    links = session.scalars(
        sa.select(ItemLink)
        .where(ItemLink.source == source, ItemLink.external_id.in_(wanted))
        .options(joinedload(ItemLink.product))
    )
    found.update((row.external_id, (row.product, row.unit_id)) for row in links)
    _require_sold(codes, found)
    return found


def _require_sold(codes: Sequence[str], found: Mapping[str, tuple[Product, int | None]]) -> None:
    fields = {}
    for number, code in enumerate(codes):
        if code not in found:
            fields[f"lines.{number}.item"] = [_("There is no item {code}.").with_values(code=code)]
        elif not (found[code][0].sold and found[code][0].active):
            fields[f"lines.{number}.item"] = [_("The item {code} is not sold.").with_values(code=code)]
    if fields:
        raise InvalidInput(
            _("Some items are not known."), remedy=_("Link the shop's codes to products."), fields=fields
        )


def resolve(session: Session, message: Message) -> None:
    """Put a flagged message aside after someone looked at it."""
    if message.state != "flagged":
        raise Conflict(_("Only what was refused is put aside."), remedy=_("Look at the message again."))
    message.state = "done"
    session.flush()
