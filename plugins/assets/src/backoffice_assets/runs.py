"""Runs: everything that is due until a day, posted at once, in few statements for many lines; and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Amount, PostingRequest, RuleBroken, Session, request_postings, translate
from backoffice.hookspecs import messages

from .assets import SOURCE, company_of, dimensions_of
from .deferrals import DEFERRED, RECOGNISED
from .models import Asset, Category, Deferral, DeferralLine, Line, Movement, Run
from .schedules import ZERO

_ = messages("assets")


def depreciate(session: Session, *, until: date, category_id: int | None = None) -> dict[str, Any]:
    """Post all depreciation that is due until a day, and return what the run comes to.

    Lines of one day, category and dimensions are posted as one entry, or each asset by itself where the setting
    ``detail`` says so. Nothing due is no error: the answer counts nothing.
    """
    due = _due_lines(session, until, category_id)
    if not due:
        return {"id": None, "count": 0, "total": ZERO}
    run = _run(session, "depreciation", until, len(due), sum((row.amount for row in due), ZERO))
    session.change_rows(Line, [{"id": row.id} for row in due], state="posted", run_id=run.id)
    _add_up(session, due)
    session.write_rows(
        Movement,
        [
            {"asset_id": row.asset_id, "date": row.date, "kind": "depreciation", "cost": ZERO,
             "depreciation": row.amount, "proceeds": None, "note": None, "run_id": run.id}
            for row in due
        ],
    )  # fmt: skip
    _post(session, run, _requests(session, run, due))
    session.emit("assets.run_posted", run, kind=run.kind, until=until, count=run.count, total=run.total,
                 currency=run.currency)  # fmt: skip
    session.expire_all()
    return {"id": run.id, "count": len(due), "total": sum((row.amount for row in due), ZERO)}


def _due_lines(session: Session, until: date, category_id: int | None) -> Sequence[Any]:
    asked = (
        sa.select(Line.id, Line.asset_id, Line.date, Line.amount, Asset.category_id, Asset.dimensions, Asset.number)
        .join(Asset, Asset.id == Line.asset_id)
        .where(Line.state == "planned", Line.date <= until, Asset.company_id == session.company_id)
        .order_by(Line.date, Line.asset_id)
    )
    return session.execute(asked if category_id is None else asked.where(Asset.category_id == category_id)).all()


def _run(session: Session, kind: str, until: date, count: int, total: Decimal) -> Run:
    company = company_of(session)
    run = Run(kind=kind, until=until, count=count, total=total, currency=company.currency, state="posted")
    session.add(run)
    session.number(series="assets.run", pattern="RUN/{year}/{n:04}", company_id=company.id, year=until.year,
                   assign=lambda text: setattr(run, "number", text))  # fmt: skip
    session.flush()
    return run


def _add_up(session: Session, due: Sequence[Any], sign: int = 1) -> None:
    """Add what was depreciated to the assets, and let those that are through be done."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for row in due:
        sums[row.asset_id] += row.amount * sign
    known = session.execute(
        sa.select(Asset.id, Asset.accumulated, Asset.cost, Asset.residual, Asset.state).where(Asset.id.in_(sums))
    )
    rows = []
    for one in known:
        accumulated = one.accumulated + sums[one.id]
        is_done = accumulated >= one.cost - (one.residual or ZERO)
        state = one.state if one.state == "disposed" else "done" if is_done else "running"
        rows.append({"id": one.id, "accumulated": accumulated, "state": state})
    session.change_rows(Asset, rows)


def _requests(session: Session, run: Run, due: Sequence[Any]) -> list[PostingRequest]:
    categories = {one.id: one for one in session.scalars(sa.select(Category))}
    alone = session.setting("assets", "detail") == "asset"
    groups: dict[tuple[date, int, str, int], Decimal] = defaultdict(Decimal)
    for row in due:
        groups[row.date, row.category_id, row.dimensions or "", row.asset_id if alone else 0] += row.amount
    return [
        _request(session, run, n, day, categories[category], dimensions, amount)
        for n, ((day, category, dimensions, _asset), amount) in enumerate(sorted(groups.items()))
    ]


def _request(
    session: Session, run: Run, n: int, day: date, category: Category, dimensions: str, amount: Decimal
) -> PostingRequest:
    said = dimensions_of(dimensions)
    amounts = (
        Amount(category.expense_purpose, amount, category=category.code, dimensions=said),
        Amount(category.accumulated_purpose, -amount, category=category.code, dimensions=said),
    )
    text = translate(_("Depreciation: {category}").with_values(category=category.name), company_of(session).language)
    return PostingRequest(source=SOURCE, key=f"run:{run.id}:{n}", purpose="depreciation", date=day,
                          currency=run.currency, amounts=amounts, description=text[:200])  # fmt: skip


def _post(session: Session, run: Run, asked: Sequence[PostingRequest]) -> None:
    request_postings(session, [(one, run) for one in asked if any(amount.amount for amount in one.amounts)])


# -- deferrals -------------------------------------------------------------------------------------------------------


def recognise(session: Session, *, until: date, kind: str | None = None) -> dict[str, Any]:
    """Recognise the deferred revenue and expense that is due until a day."""
    asked = (
        sa.select(
            DeferralLine.id, DeferralLine.deferral_id, DeferralLine.date, DeferralLine.amount, Deferral.kind,
            Deferral.purpose, Deferral.deferred_purpose, Deferral.category, Deferral.dimensions, Deferral.description,
            Deferral.number,
        )
        .join(Deferral, Deferral.id == DeferralLine.deferral_id)
        .where(DeferralLine.state == "planned", DeferralLine.date <= until, Deferral.company_id == session.company_id)
        .order_by(DeferralLine.date, DeferralLine.deferral_id)
    )  # fmt: skip
    due = session.execute(asked if kind is None else asked.where(Deferral.kind == kind)).all()
    if not due:
        return {"id": None, "count": 0, "total": ZERO}
    run = _run(session, "deferral", until, len(due), sum((row.amount for row in due), ZERO))
    session.change_rows(DeferralLine, [{"id": row.id} for row in due], state="posted", run_id=run.id)
    _add_up_deferrals(session, due)
    requests = [_recognition(run, row) for row in due]
    request_postings(session, [(one, run) for one in requests])
    session.emit("assets.run_posted", run, kind=run.kind, until=until, count=run.count, total=run.total,
                 currency=run.currency)  # fmt: skip
    session.expire_all()
    return {"id": run.id, "count": len(due), "total": sum((row.amount for row in due), ZERO)}


def _add_up_deferrals(session: Session, due: Sequence[Any], sign: int = 1) -> None:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for row in due:
        sums[row.deferral_id] += row.amount * sign
    known = session.execute(sa.select(Deferral.id, Deferral.recognised, Deferral.amount).where(Deferral.id.in_(sums)))
    rows = []
    for one in known:
        recognised = one.recognised + sums[one.id]
        rows.append(
            {"id": one.id, "recognised": recognised, "state": "done" if recognised == one.amount else "running"}
        )
    session.change_rows(Deferral, rows)


def _recognition(run: Run, row: Any) -> PostingRequest:
    said = dimensions_of(row.dimensions)
    deferred = row.deferred_purpose or DEFERRED[row.kind]
    sign = 1 if row.kind == "revenue" else -1
    amounts = (
        Amount(deferred, row.amount * sign, category=row.category, dimensions=said),
        Amount(row.purpose or RECOGNISED[row.kind], -row.amount * sign, category=row.category, dimensions=said),
    )
    return PostingRequest(source=SOURCE, key=f"line:{row.id}:{run.id}", purpose="deferral", date=row.date,
                          currency=run.currency, amounts=amounts, description=row.description,
                          reference=row.number)  # fmt: skip


# -- taking back -----------------------------------------------------------------------------------------------------


def undo(session: Session, run: Run, *, reason: str, on: date | None = None) -> dict[str, Any]:
    """Take a run back: its lines are planned again, and opposite entries are asked for, each on its own day.

    ``on`` dates all opposite entries. Raises :class:`~backoffice.core.api.RuleBroken` when a later run or a disposal
    rests on it.
    """
    if run.state != "posted":
        raise RuleBroken(_("This run was taken back already."))
    if run.kind == "deferral":
        return _undo_deferrals(session, run, reason, on)
    lines = session.execute(
        sa.select(Line.id, Line.asset_id, Line.date, Line.amount, Asset.category_id, Asset.dimensions, Asset.state)
        .join(Asset, Asset.id == Line.asset_id)
        .where(Line.run_id == run.id)
        .order_by(Line.date, Line.asset_id)
    ).all()
    _check_last(session, run, lines)
    asked = _requests(session, run, lines)
    session.change_rows(Line, [{"id": row.id} for row in lines], state="planned", run_id=None)
    _add_up(session, lines, -1)
    session.write_rows(
        Movement,
        [
            {"asset_id": row.asset_id, "date": on or row.date, "kind": "depreciation_undone", "cost": ZERO,
             "depreciation": -row.amount, "proceeds": None, "note": reason, "run_id": run.id}
            for row in lines
        ],
    )  # fmt: skip
    _post(session, run, [_turned(one, on, reason) for one in asked])
    return _undone(session, run)


def _check_last(session: Session, run: Run, lines: Sequence[Any]) -> None:
    if any(row.state == "disposed" for row in lines):
        raise RuleBroken(_("An asset of this run was disposed of since."))
    later = session.scalar(
        sa.select(sa.func.count(Movement.id)).where(
            Movement.asset_id.in_(sorted({row.asset_id for row in lines})),
            Movement.kind.in_(("depreciation", "revaluation", "impairment", "disposal", "terms")),
            Movement.id > (session.scalar(sa.select(sa.func.max(Movement.id)).where(Movement.run_id == run.id)) or 0),
        )
    )
    if later:
        raise RuleBroken(
            _("Later changes of these assets rest on this run."), remedy=_("Take the later runs back first.")
        )


def _turned(request: PostingRequest, on: date | None, reason: str) -> PostingRequest:

    amounts = tuple(replace(amount, amount=-amount.amount) for amount in request.amounts)
    return replace(request, purpose=f"{request.purpose}_undone", date=on or request.date, amounts=amounts,
                   description=reason[:200] or request.description)  # fmt: skip


def _undo_deferrals(session: Session, run: Run, reason: str, on: date | None) -> dict[str, Any]:
    lines = session.execute(
        sa.select(
            DeferralLine.id, DeferralLine.deferral_id, DeferralLine.date, DeferralLine.amount, Deferral.kind,
            Deferral.purpose, Deferral.deferred_purpose, Deferral.category, Deferral.dimensions, Deferral.description,
            Deferral.number,
        )
        .join(Deferral, Deferral.id == DeferralLine.deferral_id)
        .where(DeferralLine.run_id == run.id)
    ).all()  # fmt: skip
    asked = [_turned(_recognition(run, row), on, reason) for row in lines]
    session.change_rows(DeferralLine, [{"id": row.id} for row in lines], state="planned", run_id=None)
    _add_up_deferrals(session, lines, -1)
    request_postings(session, [(one, run) for one in asked])
    return _undone(session, run)


def _undone(session: Session, run: Run) -> dict[str, Any]:
    run.state = "undone"
    session.flush()
    session.expire_all()
    return {"id": run.id, "count": run.count}
