"""The life of an asset: put to use, revised, impaired, moved, sold or scrapped. Everything is posted by purposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import (
    Amount,
    Company,
    InvalidInput,
    InvoiceRequest,
    InvoiceRequestLine,
    PostingRequest,
    RuleBroken,
    Session,
    check_places,
    request_invoice,
    request_posting,
    round_amount,
)
from backoffice.hookspecs import messages

from . import schedules
from .models import Asset, Category, Line, Movement, Terms
from .schedules import ZERO, Planned
from .spans import ONE_DAY, Span, plus_months

_ = messages("assets")

SOURCE = "assets"


def complete(session: Session, asset: Asset) -> None:
    """Fill in what the category proposes, and the company's currency."""
    category: Category | None = (
        asset.category if asset.category_id is None else session.get(Category, asset.category_id)
    )
    if category is None:
        said = _("There is no such category.")
        raise InvalidInput(said, fields={"category": [said]})
    for name in Terms.COMMON:
        if getattr(asset, name) is None:
            setattr(asset, name, getattr(category, name))
    asset.currency = asset.currency or company_of(session).currency
    asset.in_service = asset.in_service or asset.acquired_on
    if asset.residual is None:
        share = (category.residual or ZERO) / 100
        asset.residual = round_amount(asset.cost * share, asset.currency)


def company_of(session: Session) -> Company:
    """Return the company at work."""
    found: Company | None = session.get(Company, session.company_id) if session.company_id is not None else None
    if found is None:
        raise RuleBroken(_("Choose a company first."))
    return found


def year_start(session: Session) -> int:
    """Return the month fiscal years begin with."""
    return int(session.setting("assets", "year_start") or 1)


def terms_of(session: Session, asset: Asset) -> schedules.Terms:
    """Return how ``asset`` is depreciated."""
    return schedules.Terms(
        cost=asset.cost, residual=asset.residual or ZERO, currency=asset.currency, method=asset.method or "",
        life=asset.life or 0, frequency=asset.frequency or "month", convention=asset.convention or "days",
        in_service=asset.in_service or asset.acquired_on, first_posting=asset.first_posting,
        year_start=year_start(session), factor=asset.factor or Decimal(2), switch=bool(asset.switch),
        rate=asset.rate, compounding=asset.compounding or "period",
    )  # fmt: skip


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


def amounts_of(asset: Asset, *parts: tuple[str, Decimal], dimensions: str | None = None) -> tuple[Amount, ...]:
    """Return amounts for the books, those that are not nothing, with the category and dimensions of ``asset``."""
    said = dimensions_of(asset.dimensions if dimensions is None else dimensions)
    code = asset.category.code
    return tuple(Amount(purpose, amount, category=code, dimensions=said) for purpose, amount in parts if amount)


def ask(
    session: Session, asset: Asset, purpose: str, on: date, amounts: Sequence[Amount], text: Any, *, n: int = 0
) -> None:
    """Ask for an entry about ``asset``; each kind of entry is numbered by what happened before."""
    if not amounts:
        return
    key = f"{asset.id}:{n or _moved(session, asset)}"
    request_posting(
        session,
        PostingRequest(
            source=SOURCE, key=key, purpose=purpose, date=on, currency=asset.currency, amounts=tuple(amounts),
            description=str(text), reference=asset.number,
        ),
        subject=asset,
    )  # fmt: skip


def _moved(session: Session, asset: Asset) -> int:
    found = session.scalar(sa.select(sa.func.count(Movement.id)).where(Movement.asset_id == asset.id))
    return int(found or 0)


def move(session: Session, asset: Asset, on: date, kind: str, **values: Any) -> None:
    """Write down that something changed ``asset``."""
    session.add(Movement(asset_id=asset.id, date=on, kind=kind, **values))
    session.flush()
    session.emit("assets.asset_moved", asset, kind=kind, date=on, cost=values.get("cost", ZERO),
                 depreciation=values.get("depreciation", ZERO), currency=asset.currency)  # fmt: skip


# -- putting to use --------------------------------------------------------------------------------------------------


def start(session: Session, asset: Asset, *, against: str | None = None) -> dict[str, Any]:
    """Put ``asset`` to use: give it a number and a schedule, and post its cost ``against`` a purpose if one is given.

    Raises :class:`~backoffice.core.api.RuleBroken` for one that was put to use before.
    """
    if asset.state != "draft":
        raise RuleBroken(_("This asset is in use already."))
    complete(session, asset)
    check_places(asset.cost, asset.currency)
    terms = terms_of(session, asset)
    schedules.check_terms(terms)
    if asset.opening > terms.depreciable:
        said = _("More was depreciated before than there is to depreciate.")
        raise InvalidInput(said, fields={"opening": [said]})
    session.number(series="assets.asset", pattern="FA{n:05}", company_id=asset.company_id,
                   assign=lambda text: setattr(asset, "number", text))  # fmt: skip
    asset.state, asset.accumulated = "running", asset.opening
    session.flush()
    move(session, asset, asset.acquired_on, "acquisition", cost=asset.cost)
    if asset.opening:
        move(session, asset, asset.opening_until or asset.acquired_on, "opening", depreciation=asset.opening)
    _plan(session, asset, terms, _spans_left(asset, terms))
    if against:
        parts = ((asset.category.asset_purpose, asset.cost), (asset.category.accumulated_purpose, -asset.opening),
                 (against, asset.opening - asset.cost))  # fmt: skip
        ask(session, asset, "acquisition", asset.acquired_on, amounts_of(asset, *parts), asset.name)
    _settle_state(asset)
    return {"id": asset.id, "lines": len(planned_of(session, asset))}


def _spans_left(asset: Asset, terms: schedules.Terms) -> list[Span]:
    until = asset.opening_until
    return [span for span in terms.spans() if until is None or span.date > until]


def _plan(session: Session, asset: Asset, terms: schedules.Terms, left: Sequence[Span]) -> None:
    """Write the lines for the spans that are left, in place of those that were planned."""
    session.execute(sa.delete(Line).where(Line.asset_id == asset.id, Line.state == "planned"))
    if terms.method == "units":
        return
    lines = schedules.remaining(terms, left, asset.accumulated)
    session.write_rows(Line, [_row(asset, line) for line in lines])
    session.expire(asset, ["lines"])


def _row(asset: Asset, line: Planned) -> dict[str, Any]:
    return {"asset_id": asset.id, "date": line.date, "amount": line.amount, "accumulated": line.accumulated,
            "state": "planned", "run_id": None}  # fmt: skip


def planned_of(session: Session, asset: Asset) -> list[Line]:
    """Return the lines of ``asset`` that are not posted yet, the earliest first."""
    found = sa.select(Line).where(Line.asset_id == asset.id, Line.state == "planned").order_by(Line.date, Line.id)
    return list(session.scalars(found))


def _settle_state(asset: Asset) -> None:
    if asset.state in ("running", "done"):
        asset.state = "done" if asset.accumulated >= asset.cost - (asset.residual or ZERO) else "running"


def _in_use(asset: Asset) -> None:
    if asset.state not in ("running", "done"):
        raise RuleBroken(_("This asset is not in use."), remedy=_("Put it to use first."))


def _nothing_due(session: Session, asset: Asset, before: date) -> None:
    due = next((line for line in planned_of(session, asset) if line.date < before), None)
    if due is not None:
        raise RuleBroken(
            _("Depreciation until {day} is not posted yet.").with_values(day=due.date.isoformat()),
            remedy=_("Run the depreciation first, or choose an earlier day."),
        )


# -- changes ---------------------------------------------------------------------------------------------------------


def revise(
    session: Session, asset: Asset, *, on: date, cost: Decimal | None = None, residual: Decimal | None = None,
    life: int | None = None, method: str | None = None, reason: str = "", against: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Change cost, residual value, life or method of ``asset`` from a day on; what is posted stays as it is.

    ``life`` is counted in months from the day it was first used. A change of the cost is posted ``against`` the
    revaluation reserve unless another purpose is given.
    """
    _in_use(asset)
    _nothing_due(session, asset, on)
    change = ZERO if cost is None else cost - asset.cost
    check_places(change, asset.currency)
    asset.cost += change
    asset.residual = asset.residual if residual is None else residual
    asset.life, asset.method = life or asset.life, method or asset.method
    terms = terms_of(session, asset)
    schedules.check_terms(terms)
    if terms.depreciable < asset.accumulated:
        raise RuleBroken(_("More is depreciated already than that would leave."))
    _plan(session, asset, terms, _left_after(session, asset, terms, on))
    move(session, asset, on, "revaluation" if change else "terms", cost=change, note=reason or None)
    parts = ((asset.category.asset_purpose, change), (against or "revaluation", -change))
    ask(session, asset, "revaluation", on, amounts_of(asset, *parts), asset.name)
    _settle_state(asset)
    return {"id": asset.id, "lines": len(planned_of(session, asset))}


def _left_after(session: Session, asset: Asset, terms: schedules.Terms, on: date) -> list[Span]:
    posted = (
        session.scalar(sa.select(sa.func.max(Line.date)).where(Line.asset_id == asset.id, Line.state == "posted"))
        or asset.opening_until
    )
    left = [span for span in terms.spans() if posted is None or span.date > posted]
    if left:
        return left
    end = max(on, (posted or on) + ONE_DAY)
    return [Span(end, terms.spans()[-1].share)]


def impair(session: Session, asset: Asset, *, on: date, amount: Decimal, reason: str) -> dict[str, Any]:
    """Write ``amount`` of the book value off because the asset is worth less; it is depreciated from the rest."""
    _in_use(asset)
    _nothing_due(session, asset, on)
    check_places(amount, asset.currency)
    if not ZERO < amount <= asset.cost - asset.accumulated:
        said = _("Give more than nothing, and not more than the book value.")
        raise InvalidInput(said, fields={"amount": [said]})
    asset.accumulated += amount
    asset.residual = min(asset.residual or ZERO, asset.cost - asset.accumulated)
    terms = terms_of(session, asset)
    _plan(session, asset, terms, _left_after(session, asset, terms, on))
    move(session, asset, on, "impairment", depreciation=amount, note=reason)
    parts = (("impairment", amount), (asset.category.accumulated_purpose, -amount))
    ask(session, asset, "impairment", on, amounts_of(asset, *parts), reason or asset.name)
    _settle_state(asset)
    return {"id": asset.id, "book_value": asset.cost - asset.accumulated}


def transfer(
    session: Session, asset: Asset, *, on: date, dimensions: str | None = None, location: str | None = None,
    custodian: str | None = None, reason: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Move ``asset`` to other dimensions, another place or person; cost and depreciation go with it in the books."""
    _in_use(asset)
    before, after = asset.dimensions, asset.dimensions if dimensions is None else dimensions
    moves = dimensions_of(before) != dimensions_of(after)
    if moves:
        _nothing_due(session, asset, on)
        there = ((asset.category.asset_purpose, asset.cost), (asset.category.accumulated_purpose, -asset.accumulated))
        here = tuple((purpose, -amount) for purpose, amount in there)
        moved = (*amounts_of(asset, *here, dimensions=before or ""), *amounts_of(asset, *there, dimensions=after or ""))
        ask(session, asset, "transfer", on, moved, asset.name, n=_moved(session, asset) + 1)
    asset.dimensions = after
    asset.location, asset.custodian = location or asset.location, custodian or asset.custodian
    places = " → ".join(filter(None, (before, after))) if moves else asset.location
    move(session, asset, on, "transfer", note=reason or places)
    return {"id": asset.id}


def use_units(session: Session, asset: Asset, *, on: date, units: Decimal) -> dict[str, Any]:
    """Count ``units`` that were made with ``asset``, and plan the depreciation they bring."""
    _in_use(asset)
    if asset.method != "units":
        raise RuleBroken(_("This asset is not depreciated by units."))
    planned = sum((line.amount for line in planned_of(session, asset)), ZERO)
    asset.units_used += units
    amount = schedules.used(
        terms_of(session, asset), asset.units_used, asset.units or ZERO, asset.accumulated + planned
    )
    if amount:
        line = Planned(on, amount, asset.accumulated + planned + amount)
        session.write_rows(Line, [_row(asset, line)])
        session.expire(asset, ["lines"])
    return {"id": asset.id, "amount": amount}


# -- the end ---------------------------------------------------------------------------------------------------------


def dispose(
    session: Session, asset: Asset, *, on: date, kind: str = "sale", part: Decimal = Decimal(100),
    proceeds: Decimal = ZERO, party_id: int | None = None, taxes: Sequence[str] = (), reason: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Sell or scrap ``asset``, or a ``part`` of it in percent, and post what is gained or lost.

    It is depreciated until the day first where its category says so. With a party the sale is invoiced; else the
    proceeds wait on the purpose ``asset_proceeds`` for the money to arrive.
    """
    _in_use(asset)
    _nothing_due(session, asset, on)
    check_places(proceeds, asset.currency)
    if proceeds < 0 or (kind == "scrap" and proceeds):
        said = _("What is scrapped brings nothing; what is sold, not less than nothing.")
        raise InvalidInput(said, fields={"proceeds": [said]})
    share = part / 100
    charge = _charge_until(session, asset, on)
    cost, accumulated = schedules.shares_of(asset.cost, asset.accumulated, share, asset.currency)
    gain = proceeds - (cost - accumulated)
    asset.cost -= cost
    asset.accumulated -= accumulated
    residual = schedules.shares_of(asset.residual or ZERO, ZERO, share, asset.currency)[0]
    asset.residual = (asset.residual or ZERO) - residual
    if share == 1:
        asset.state, asset.disposed_on = "disposed", on
        session.execute(sa.delete(Line).where(Line.asset_id == asset.id, Line.state == "planned"))
        session.expire(asset, ["lines"])
    else:
        terms = terms_of(session, asset)
        _plan(session, asset, terms, _left_after(session, asset, terms, on))
    move(session, asset, on, "disposal", cost=-cost, depreciation=-accumulated, proceeds=proceeds, note=reason or None)
    _post_disposal(session, asset, on, cost, accumulated, proceeds, gain)
    if party_id is not None and proceeds:
        _invoice(session, asset, on, proceeds, party_id, taxes)
    return {"id": asset.id, "gain": gain, "book_value": cost - accumulated, "depreciated": charge}


def _charge_until(session: Session, asset: Asset, on: date) -> Decimal:
    """Post the depreciation of the days until the disposal, and return it."""
    lines = planned_of(session, asset)
    if asset.category.upon_disposal != "to_date" or not lines or asset.method == "units":
        return ZERO
    line = lines[0]
    posted = (
        session.scalar(sa.select(sa.func.max(Line.date)).where(Line.asset_id == asset.id, Line.state == "posted"))
        or asset.opening_until
    )
    before = posted or max((asset.in_service or asset.acquired_on) - ONE_DAY, plus_months(line.date, -12))
    planned = Planned(line.date, line.amount, line.accumulated)
    amount = schedules.until(terms_of(session, asset), before, planned, on, line.amount)
    if not amount:
        return ZERO
    asset.accumulated += amount
    line.date, line.amount, line.accumulated, line.state = min(on, line.date), amount, asset.accumulated, "posted"
    session.flush()
    move(session, asset, on, "depreciation", depreciation=amount)
    parts = ((asset.category.expense_purpose, amount), (asset.category.accumulated_purpose, -amount))
    ask(session, asset, "depreciation", on, amounts_of(asset, *parts), asset.name)
    return amount


def _post_disposal(
    session: Session, asset: Asset, on: date, cost: Decimal, accumulated: Decimal, proceeds: Decimal, gain: Decimal
) -> None:
    category = asset.category
    parts = (
        (category.accumulated_purpose, accumulated),
        (category.asset_purpose, -cost),
        ("asset_proceeds", proceeds),
        ("asset_gain" if gain > 0 else "asset_loss", -gain),
    )
    ask(session, asset, "disposal", on, amounts_of(asset, *parts), asset.name)


def _invoice(session: Session, asset: Asset, on: date, proceeds: Decimal, party_id: int, taxes: Sequence[str]) -> None:
    line = InvoiceRequestLine(
        asset.name, Decimal(1), proceeds, item=asset.number, amount=proceeds, taxes=tuple(taxes),
        purpose="asset_proceeds", category=asset.category.code, dimensions=dimensions_of(asset.dimensions),
    )  # fmt: skip
    request = InvoiceRequest(
        source=SOURCE, key=f"{asset.id}:{_moved(session, asset)}", kind="invoice", party_id=party_id, date=on,
        currency=asset.currency, lines=(line,), total=proceeds,
    )  # fmt: skip
    request_invoice(session, request, subject=asset)


def taken_in(session: Session, facts: Mapping[str, Any]) -> None:
    """Make drafts of assets from the lines of a supplier's bill that are for a fixed asset."""
    for n, line in enumerate(facts["lines"]):
        code = line.get("category")
        if line["purpose"] != "fixed_asset" or not code:
            continue
        category = session.scalars(sa.select(Category).where(Category.code == code)).first()
        if category is not None:
            _draft(session, category, facts, line, n)


def _draft(session: Session, category: Category, facts: Mapping[str, Any], line: Mapping[str, Any], n: int) -> None:
    asset = Asset(
        name=line["description"][:200], category_id=category.id, acquired_on=facts["date"],
        cost=Decimal(str(line["amount"])), source=facts["source"], source_key=f"{facts['key']}#{n + 1}",
        dimensions=", ".join(f"{name}={value}" for name, value in (line.get("dimensions") or {}).items()) or None,
    )  # fmt: skip
    asset.category = category
    session.add(asset)
    complete(session, asset)
    session.flush()
