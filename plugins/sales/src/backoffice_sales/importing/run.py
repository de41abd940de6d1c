"""Bring a file of orders in: customers and products that are missing first, then documents by the hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_products.api import Product, Unit
from backoffice_sales.models import Message
from backoffice_sales.pricing import Terms

from backoffice.core.api import Desk, InvalidInput, Session, round_amount
from backoffice.hookspecs import messages

from .bulk import Known, Outcome, Rounded, bring_in
from .mapping import Rules, rules_of
from .reading import ReadDocument, check_columns, documents, rows_of

_ = messages("sales")

PERMISSION: Final = "sales.import_orders"
PER_TRANSACTION: Final = 100

Progress = Callable[[int, int], None]
"""Called with how many documents are done, and of how many."""


@dataclass(slots=True)
class Summary:
    """What a file holds and what was done with it."""

    documents: int = 0
    lines: int = 0
    returns: int = 0
    adjustments: int = 0
    duplicates: int = 0
    """Rows that are exactly like another of their document; they are kept, since the file charged them."""
    value: Decimal = field(default_factory=Decimal)
    made: int = 0
    made_lines: int = 0
    known: int = 0
    flagged: list[str] = field(default_factory=list)
    rounded: list[Rounded] = field(default_factory=list)
    """Documents whose amounts are smaller than the currency has coins for."""
    customers: int = 0
    products: int = 0

    def add(self, one: Outcome) -> None:
        """Add what became of some documents."""
        self.made += one.made
        self.made_lines += one.lines
        self.known += one.known
        self.flagged += one.flagged
        self.rounded += one.rounded


def look(session: Session, rows: Iterable[Mapping[str, Any]], mapping: str) -> tuple[list[ReadDocument], Rules]:
    """Return the documents of ``rows`` and how they were read.

    Raises :class:`~backoffice.core.api.InvalidInput` for a file that does not fit the mapping, naming its rows.
    """
    rules = rules_of(session, mapping)
    read = list(rows)
    if not read:
        raise InvalidInput(_("The file is empty."))
    check_columns(read[0], rules)
    return list(documents(read, rules)), rules


def summed_up(session: Session, rows: Iterable[Mapping[str, Any]], mapping: str) -> Summary:
    """Return what ``rows`` hold, and what of it is there already; see :func:`look`."""
    some, rules = look(session, rows, mapping)
    summary = _counted(some)
    summary.known = _known_before(session, some, rules)
    summary.rounded = _to_be_rounded(session, some, rules)
    return summary


def import_orders(
    desk: Desk, rows: Iterable[Mapping[str, Any]], mapping: str, *, dry_run: bool = False,
    per_transaction: int = PER_TRANSACTION, progress: Progress | None = None,
) -> Summary:  # fmt: skip
    """Bring in the documents of ``rows`` that are not there yet; a run that was broken off goes on where it ended.

    Raises :class:`~backoffice.core.api.InvalidInput` for a file that does not fit the mapping; then nothing is written.
    """
    desk.require(PERMISSION)
    with desk.reading() as session:
        if dry_run:
            return summed_up(session, rows, mapping)
        some, rules = look(session, rows, mapping)
    summary = _counted(some)
    summary.customers = _make_customers(desk, some, rules)
    summary.products = _make_products(desk, some, rules)
    with desk.reading(fresh=True) as session:
        known = _known(session)
    for start in range(0, len(some), per_transaction):
        part = some[start : start + per_transaction]
        summary.add(desk.run(partial(bring_in, some=part, rules=rules, known=known), action=PERMISSION))
        if progress is not None:
            progress(min(start + per_transaction, len(some)), len(some))
    return summary


def import_file(desk: Desk, file: Path, mapping: str, **how: Any) -> Summary:
    """Bring in a CSV or XLSX file; see :func:`import_orders`."""
    return import_orders(desk, rows_of(file), mapping, **how)


def _counted(some: Sequence[ReadDocument]) -> Summary:
    found = Summary(documents=len(some))
    for one in some:
        found.lines += len(one.lines)
        found.returns += one.kind == "return"
        found.adjustments += one.kind == "adjustment"
        found.duplicates += len(one.lines) - len(set(one.lines))
        found.value += one.value
    return found


def _known_before(session: Session, some: Sequence[ReadDocument], rules: Rules) -> int:
    there = set(
        session.scalars(
            sa.select(Message.external_id).where(
                Message.company_id == session.company_id, Message.source == rules.source
            )
        )
    )
    return sum(one.number in there for one in some)


def _to_be_rounded(session: Session, some: Sequence[ReadDocument], rules: Rules) -> list[Rounded]:
    """Return the documents whose amounts are smaller than the currency has coins for, before taxes."""
    code = rules.currency or Terms(session).company.currency
    pairs = [(one, round_amount(one.value, code)) for one in some]
    return [Rounded(one.number, one.value, booked) for one, booked in pairs if booked != one.value]


def _known(session: Session) -> Known:
    parties = {code or "": id_ for code, id_ in session.execute(sa.select(Party.code, Party.id))}
    products = {
        code or "": (id_, unit)
        for code, id_, unit in session.execute(sa.select(Product.code, Product.id, Product.unit_id))
    }
    return Known(parties, products, dict(session.execute(sa.select(Unit.id, Unit.code)).all()))


def _make_customers(desk: Desk, some: Sequence[ReadDocument], rules: Rules) -> int:
    with desk.reading() as session:
        there = set(session.scalars(sa.select(Party.code)))
    wanted = {one.customer or rules.no_customer: one.country for one in some}
    missing = [_customer(code, country, rules) for code, country in wanted.items() if code not in there]
    desk.execute_many("parties.party.create", missing, per_transaction=250)
    return len(missing)


def _customer(code: str, country: str, rules: Rules) -> dict[str, Any]:
    if code == rules.no_customer:
        return {"code": code, "name": rules.no_customer_name, "name_ar": rules.no_customer_name_ar, "customer": True}
    return {
        "code": code, "name": rules.customer_name.format(code=code), "customer": True,
        "name_ar": rules.customer_name_ar.format(code=code),
        "country": rules.countries.get(country) if rules.countries else country or None,
    }  # fmt: skip


def _make_products(desk: Desk, some: Sequence[ReadDocument], rules: Rules) -> int:
    if not rules.make_items:
        return 0
    with desk.reading() as session:
        there = set(session.scalars(sa.select(Product.code)))
        has_units = session.scalar(sa.select(Unit.id).limit(1)) is not None
    if not has_units:
        desk.execute("products.install_units")
    names: dict[str, str] = {}
    for one in some:
        for line in one.lines:
            if line.purpose is None and line.item:
                code = rules.product_code(line.item)
                names[code] = names.get(code) or line.description
    missing = [
        {"code": code, "name": name or code, "unit": "pc", "kind": "storable"}
        for code, name in names.items()
        if code not in there
    ]
    desk.execute_many("products.product.create", missing, per_transaction=250)
    return len(missing)
