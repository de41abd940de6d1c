"""What people and programs do with assets; the rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from backoffice.core.api import Happened, JobRun, Session

from . import assets, deferrals, runs
from .models import Asset, Deferral, Run

Answer = Callable[[], dict[str, Any]]
"""What an action tells once the transaction is settled: numbers are given that late."""


def _with_number(record: Any, answer: dict[str, Any]) -> Answer:
    return lambda: {**answer, "number": record.number}


def start(session: Session, asset: Asset, *, against: str | None = None) -> Answer:
    """Put an asset to use."""
    return _with_number(asset, assets.start(session, asset, against=against or None))


def revise(session: Session, asset: Asset, *, date: date, **changes: Any) -> dict[str, Any]:
    """Change the terms of an asset from a day on."""
    return assets.revise(
        session, asset, on=date, **{name: value for name, value in changes.items() if value is not None}
    )


def impair(session: Session, asset: Asset, *, date: date, amount: Decimal, reason: str) -> dict[str, Any]:
    """Write a part of the book value off."""
    return assets.impair(session, asset, on=date, amount=amount, reason=reason)


def transfer(session: Session, asset: Asset, *, date: date, **there: Any) -> dict[str, Any]:
    """Move an asset elsewhere."""
    return assets.transfer(
        session, asset, on=date, **{name: value for name, value in there.items() if value is not None}
    )


def use_units(session: Session, asset: Asset, *, date: date, units: Decimal) -> dict[str, Any]:
    """Count units that were made."""
    return assets.use_units(session, asset, on=date, units=units)


def dispose(session: Session, asset: Asset, *, date: date, **how: Any) -> dict[str, Any]:
    """Sell or scrap an asset or a part of it."""
    return assets.dispose(session, asset, on=date, **{name: value for name, value in how.items() if value is not None})


def _last_month(session: Session) -> date:
    return session.today().replace(day=1) - timedelta(days=1)


def depreciate(session: Session, *, until: date | None = None, category_id: int | None = None) -> dict[str, Any]:
    """Post the depreciation that is due."""
    return runs.depreciate(session, until=until or _last_month(session), category_id=category_id)


def recognise(session: Session, *, until: date | None = None, kind: str | None = None) -> dict[str, Any]:
    """Recognise the deferrals that are due."""
    return runs.recognise(session, until=until or _last_month(session), kind=kind)


def undo_run(session: Session, run: Run, *, reason: str, date: date | None = None) -> dict[str, Any]:
    """Take a run back."""
    return runs.undo(session, run, reason=reason, on=date)


def start_deferral(session: Session, record: Deferral, *, reclassify: bool | None = None) -> Answer:
    """Begin a deferral."""
    return _with_number(record, deferrals.start(session, record, reclassify=bool(reclassify)))


def finish_deferral(session: Session, record: Deferral, *, date: date, reason: str) -> dict[str, Any]:
    """End a deferral early."""
    return deferrals.finish(session, record, on=date, reason=reason)


def take_in(session: Session, event: Happened) -> None:
    """Make drafts of the assets on a supplier's bill."""
    if event.facts["kind"] == "bill":
        assets.taken_in(session, event.facts)


def run_due(job: JobRun) -> dict[str, Any]:
    """Post what is due until the end of last month, where the company asked for it."""
    with job.program.reading() as session:
        if not session.setting("assets", "automatic"):
            return {"posted": 0}
        until = _last_month(session)
    done = job.program.run(lambda session: runs.depreciate(session, until=until))
    recognised = job.program.run(lambda session: runs.recognise(session, until=until))
    return {"posted": done["count"] + recognised["count"], "until": until.isoformat()}
