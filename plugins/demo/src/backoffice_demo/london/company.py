"""Load the month, step by step, through the actions anybody uses, and compare it with the independent reckoning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

import sqlalchemy as sa
from backoffice_sales.api import Order, PaymentEvent, import_orders, record_many

from backoffice.core.api import AlreadyExists, Desk, NotFound, Session
from backoffice.hookspecs import Table, messages

from . import comparing, orders

_ = messages("demo")

MAPPING: Final = "demo-online-retail"
PROVIDER: Final = "simulated"
OPENED: Final = date(2010, 11, 30)

JOURNALS: Final = (
    {"code": "SAL", "name": "Sales", "name_ar": "المبيعات", "kind": "sale"},
    {"code": "PUR", "name": "Purchases", "name_ar": "المشتريات", "kind": "purchase"},
    {"code": "BNK", "name": "Bank", "name_ar": "البنك", "kind": "bank"},
    {"code": "GEN", "name": "General", "name_ar": "القيود العامة", "kind": "general"},
)

ACCOUNTS: Final = {
    "revenue": "4000",
    "returns": "4100",
    "carriage": "4200",
    "discount": "4300",
    "manual": "4400",
    "other_income": "4900",
    "bank_charges": "6100",
    "marketplace_fees": "6200",
    "charity_commission": "6300",
    "bad_debt": "6900",
    "inventory": "1300",
    "cost_of_goods": "5000",
    "inventory_loss": "5100",
    "inventory_gain": "4500",
    "opening_balance": "3900",
    "payment_clearing": "1250",
}
"""Which account each purpose goes to."""

Progress = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was added, and the figures beside those of the reckoning."""

    added: Mapping[str, int]
    figures: tuple[comparing.Figure, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees."""
        return all(figure.agrees for figure in self.figures)

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables to print."""
        yield from comparing.tables(self.figures)


def load(desk: Desk, progress: Progress | None = None) -> Summary:
    """Load what is missing of the month into the desk's company; see the head of this package."""
    set_up_books(desk)
    set_up_goods(desk)
    added = sell(desk, orders.rows(), progress or _silent)
    return Summary(added, comparing.figures(desk))


def sell(
    desk: Desk, rows: Iterable[Mapping[str, str]], progress: Progress, found: Mapping[str, orders.Needed] | None = None
) -> dict[str, int]:
    """Bring in what is missing of the products, the opening stock, documents and payments; say how many.

    ``found`` are the products to have, by default those of the whole month.
    """
    found = orders.needed() if found is None else found
    added = {"products": _products(desk, found), "opening": _opening(desk, found)}
    summary = import_orders(desk, list(rows), MAPPING, progress=progress)
    return added | {"documents": summary.made, "payments": desk.run(_pay, action="sales.record_payment")}


load.reports = {"accounting.trial_balance": {"until": orders.UNTIL}}  # type: ignore[attr-defined]  # printed by `backoffice demo`


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def set_up_books(desk: Desk) -> None:
    """Make the chart of accounts, journals and the year, and choose accounts."""
    desk.execute("accounting.import_chart", chart=files(__package__).joinpath("chart.csv").read_text("utf-8"))
    for journal in JOURNALS:
        _once(desk, "accounting.journal.create", journal)
    for purpose, account in ACCOUNTS.items():
        _once(desk, "accounting.account_choice.create", {"purpose": purpose, "account": account})
    _once(desk, "accounting.open_year", {"start": date(2010, 1, 1)})


def set_up_goods(desk: Desk) -> None:
    """Make units and places, and say how the file is read."""
    desk.execute("products.install_units")
    desk.execute("inventory.install_places")
    rules = {**asdict(orders.rules()), "moves_goods": True}
    _once(desk, "sales.mapping.create", {"code": MAPPING, "name": "Online Retail", "rules": rules})


def _once(desk: Desk, action: str, values: Mapping[str, Any]) -> None:
    try:
        desk.execute(action, values)
    except AlreadyExists:
        pass  # it was made the last time


def _products(desk: Desk, found: Mapping[str, orders.Needed]) -> int:
    try:
        desk.get("products.product", next(iter(found)))
    except NotFound:
        wanted = [
            {"code": code, "name": one.name or code, "unit": "pc", "kind": "storable"} for code, one in found.items()
        ]
        desk.execute_many("products.product.create", wanted, per_transaction=500)
        return len(wanted)
    return 0


def _opening(desk: Desk, found: Mapping[str, orders.Needed]) -> int:
    if desk.list("inventory.document", kind="opening").records:
        return 0
    table = orders.opening(found.items())
    return int(desk.execute("inventory.import_opening", {"table": table, "date": OPENED})["lines"])


def _pay(session: Session) -> int:
    """Record the simulated payments; each is counted once, however often it is told."""
    totals = dict(session.execute(sa.select(Order.reference, Order.total).where(Order.kind == "order")).all())
    events = [
        PaymentEvent(
            provider=PROVIDER, kind="charge", reference=f"SIM-{one.number}", amount=totals[one.number],
            currency="GBP", date=day, named=one.number,
        )
        for one, day in orders.paid()
        if totals.get(one.number, Decimal(0)) > 0
    ]  # fmt: skip
    return sum(one.state != "known" for one in record_many(session, events))


__all__ = ["Summary", "load", "sell", "set_up_books", "set_up_goods"]
