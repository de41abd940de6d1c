"""What a run asks for in the books: cost by purpose and dimension, what is withheld, and what is owed to employees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Amount, InvalidInput, PostingRequest, Session, request_postings, split
from backoffice.hookspecs import messages

from .models import Component, ContractShare, Run, RunTotal, Slip, SlipLine

_ = messages("payroll")

SOURCE = "payroll"
PURPOSES = {"earning": "wages", "deduction": "payroll_withheld", "employer": "social_cost"}
OWED_FOR = "social_security"
NET = "wages_payable"

Key = tuple[str, str | None, str]
"""Purpose, category and dimensions of an amount."""


def dimensions_of(text: str | None) -> dict[str, str]:
    """Return the dimensions written in ``text``. Raises :class:`~backoffice.core.api.InvalidInput`."""
    found = {}
    for part in filter(None, (one.strip() for one in (text or "").split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            said = _("Write dimensions as branch=RUH, project=P1.")
            raise InvalidInput(said, fields={"dimensions": [said]})
        found[name.strip()] = value.strip()
    return found


def post(session: Session, run: Run) -> None:
    """Ask for the entries of an approved run."""
    request_postings(session, [(one, run) for one in _requests(session, run)])


def take_back(session: Session, run: Run, *, on: date | None, reason: str) -> None:
    """Ask for the opposite entries."""
    asked = [_turned(one, on, reason) for one in _requests(session, run)]
    request_postings(session, [(one, run) for one in asked])


def pay(session: Session, run: Run, *, on: date, against: str, undo: bool = False, reason: str = "") -> None:
    """Ask for the entries of the payment, or for the opposite ones."""
    asked = []
    for total in session.scalars(sa.select(RunTotal).where(RunTotal.run_id == run.id).order_by(RunTotal.currency)):
        if not total.net:
            continue
        amounts = (Amount(NET, total.net), Amount(against, -total.net))
        request = PostingRequest(
            source=SOURCE, key=f"run:{run.id}:{total.currency}:{run.version}", purpose="payment", date=on,
            currency=total.currency, amounts=amounts, description=run.name, reference=run.number, journal="bank",
        )  # fmt: skip
        asked.append((_turned(request, on, reason) if undo else request, run))
    request_postings(session, asked)


def _turned(request: PostingRequest, on: date | None, reason: str) -> PostingRequest:
    amounts = tuple(replace(amount, amount=-amount.amount) for amount in request.amounts)
    return replace(request, purpose=f"{request.purpose}_undone", date=on or request.date, amounts=amounts,
                   description=reason[:200] or request.description)  # fmt: skip


def _requests(session: Session, run: Run) -> list[PostingRequest]:
    """Return one request for each currency, or for each payslip where the company wants it so."""
    alone = session.setting("payroll", "detail") == "slip"
    shares = _shares(session, run)
    sums: dict[tuple[str, str], dict[Key, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in _lines(session, run):
        group = sums[row.currency, row.number or "" if alone else ""]
        for key, amount in _parts(row, shares.get(row.contract_id, ())):
            group[key] += amount
    return [
        PostingRequest(
            source=SOURCE, key=f"run:{run.id}:{currency}{f':{slip}' if slip else ''}", purpose="pay",
            date=run.until_date or run.from_date, currency=currency, amounts=_amounts(group),
            description=run.name, reference=slip or run.number,
        )
        for (currency, slip), group in sorted(sums.items())
        if _amounts(group)
    ]  # fmt: skip


def _amounts(group: dict[Key, Decimal]) -> tuple[Amount, ...]:
    ordered = sorted(group.items(), key=lambda item: (item[1] < 0, item[0][0], item[0][1] or "", item[0][2]))
    return tuple(
        Amount(purpose, amount, category=category, dimensions=dimensions_of(dimensions))
        for (purpose, category, dimensions), amount in ordered
        if amount
    )


def _lines(session: Session, run: Run) -> Sequence[Any]:
    asked = (
        sa.select(
            SlipLine.kind, SlipLine.amount, Slip.currency, Slip.number, Slip.contract_id, Component.code,
            Component.purpose, Component.counter_purpose,
        )
        .join(Slip, Slip.id == SlipLine.slip_id)
        .join(Component, Component.id == SlipLine.component_id)
        .where(Slip.run_id == run.id, SlipLine.kind != "figure")
        .order_by(SlipLine.id)
    )  # fmt: skip
    return session.execute(asked).all()


def _shares(session: Session, run: Run) -> dict[int, list[tuple[str, Decimal]]]:
    asked = (
        sa.select(ContractShare.contract_id, ContractShare.dimensions, ContractShare.part)
        .where(ContractShare.contract_id.in_(sa.select(Slip.contract_id).where(Slip.run_id == run.id)))
        .order_by(ContractShare.id)
    )
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for contract_id, dimensions, part in session.execute(asked):
        found[contract_id].append((dimensions, part))
    return found


def _parts(row: Any, shares: Sequence[tuple[str, Decimal]]) -> Iterable[tuple[Key, Decimal]]:
    """Yield what one line of a payslip comes to in the books; cost is borne by the dimensions of the contract."""
    purpose = row.purpose or PURPOSES[row.kind]
    if row.kind == "deduction":
        yield (purpose, row.code, ""), -row.amount
        yield (NET, None, ""), row.amount
        return
    weights = [part for _dimensions, part in shares] if any(part for _dimensions, part in shares) else []
    if weights:
        amounts = split(row.amount, weights, row.currency)
        for (dimensions, _part), amount in zip(shares, amounts, strict=True):
            yield (purpose, row.code, dimensions), amount
    else:
        yield (purpose, row.code, ""), row.amount
    if row.kind == "employer":
        yield (row.counter_purpose or OWED_FOR, row.code, ""), -row.amount
    else:
        yield (NET, None, ""), -row.amount
