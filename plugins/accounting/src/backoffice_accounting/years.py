"""Closing a year: income and expense into retained earnings, what every account stood at is kept, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from backoffice.core.api import Conflict, RuleBroken, Session, translate
from backoffice.hookspecs import messages

from .accounts import account_for
from .balances import MONEY, Sums
from .closing import beside, need_state
from .currencies import company_of
from .dimensions.sets import set_of_values
from .journals import first_of
from .ledger import Posted, post
from .models import (
    Account,
    Balance,
    Dimension,
    DimensionBalance,
    DimensionPart,
    Entry,
    FiscalYear,
    Period,
    YearBalance,
)
from .posting import ZERO, EntryDraft, LineDraft, Source, reversal
from .stored import as_draft

_ = messages("accounting")

Key = tuple[int, int]
"""An account and a set of dimensions, 0 for none."""


def close(
    session: Session, year: FiscalYear, *, account_id: int | None = None, journal_id: int | None = None
) -> Posted | None:
    """Close ``year`` and return its closing entry, or nothing when there was nothing to close.

    Income and expense are brought to zero against retained earnings, for each value of the dimensions that are kept
    apart. The entry stands in a period of its own, so that the year's own figures stay to be read. Raises
    :class:`~backoffice.core.api.RuleBroken` while a period of it, or an earlier year, is open.
    """
    session.settle()
    need_state(year.state == "open", _("This year is closed already."))
    _refuse_open(session, year)
    period = _closing_period(session, year)
    left = _result(session, year)
    posted = None
    if left:
        retained = account_id or account_for(session, "retained_earnings")
        posted = post(session, _closing_entry(session, year, left, retained, journal_id))
        session.settle()
    period.state, year.state = "closed", "closed"
    session.flush()
    _snapshot(session, year)
    session.emit("accounting.year_moved", year, state="closed", entry=posted.id if posted is not None else None)
    return posted


def _refuse_open(session: Session, year: FiscalYear) -> None:
    still = session.scalar(
        sa.select(Period.code)
        .where(Period.fiscal_year_id == year.id, Period.state == "open", Period.kind != "closing")
        .order_by(Period.start_date)
        .limit(1)
    )
    if still is not None:
        raise RuleBroken(
            _("The year {code} cannot be closed yet.").with_values(code=year.code),
            why=_("The period {code} is open.").with_values(code=still),
            remedy=_("Close the periods of the year first."),
        )
    earlier = session.scalar(
        sa.select(FiscalYear.code)
        .where(
            FiscalYear.company_id == year.company_id, FiscalYear.end_date < year.start_date, FiscalYear.state == "open"
        )
        .order_by(FiscalYear.start_date)
        .limit(1)
    )
    if earlier is not None:
        raise RuleBroken(
            _("Earlier years are closed first."), why=_("The year {code} is open.").with_values(code=earlier)
        )


def _closing_period(session: Session, year: FiscalYear) -> Period:
    """Return the open period of the closing entry of ``year``, made the first time."""
    found = session.scalars(
        sa.select(Period).where(Period.fiscal_year_id == year.id, Period.kind == "closing")
    ).one_or_none()
    if found is None:
        found = beside(year, "closing", "C")
        found.fiscal_year_id = year.id
        session.add(found)
    elif found.state == "locked":
        raise Conflict(_("The closing of this year is locked for good."))
    found.state = "open"
    session.flush()
    return found


def _result(session: Session, year: FiscalYear) -> dict[Key, Decimal]:
    """Return what income and expense accounts stand at when ``year`` ends, by account and set of dimensions."""
    of_accounts = _sums(session, year, Balance, Account.type.in_(("income", "expense")))
    of_sets = _sums(session, year, DimensionBalance, Account.type.in_(("income", "expense")))
    found = {key: sums.balance for key, sums in of_sets.items()}
    for (account, _none), sums in of_accounts.items():
        apart = sum((amount for (id_, _set), amount in found.items() if id_ == account), ZERO)
        found[account, 0] = sums.balance - apart
    return {key: amount for key, amount in sorted(found.items()) if amount}


def _sums(
    session: Session, year: FiscalYear, model: type[Balance | DimensionBalance], *which: object
) -> dict[Key, Sums]:
    """Return the sums of each account (and set) from the beginning of the books to the end of ``year``."""
    set_ = DimensionBalance.set_id if model is DimensionBalance else sa.literal(0)
    debit, credit = (sa.type_coerce(sa.func.sum(c), MONEY) for c in (model.debit, model.credit))
    rows = session.execute(
        sa.select(model.account_id, set_, debit, credit)
        .join(Period, Period.id == model.period_id)
        .join(Account, Account.id == model.account_id)
        .where(model.company_id == year.company_id, Period.end_date <= year.end_date, *which)  # type: ignore[arg-type]
        .group_by(*([model.account_id, set_] if model is DimensionBalance else [model.account_id]))
    )
    return {(account, set_id): Sums(debit, credit) for account, set_id, debit, credit in rows}


def _closing_entry(
    session: Session, year: FiscalYear, left: Mapping[Key, Decimal], retained: int, journal_id: int | None
) -> EntryDraft:
    apart = _kept_apart(session, {set_id for _account, set_id in left if set_id})
    lines = [
        LineDraft(account_id=account, amount=-amount, dimension_set_id=set_id or None)
        for (account, set_id), amount in left.items()
    ]
    results: dict[int | None, Decimal] = {}
    for (_account, set_id), amount in left.items():
        kept = apart.get(set_id)
        results[kept] = results.get(kept, ZERO) + amount
    lines += [
        LineDraft(account_id=retained, amount=amount, dimension_set_id=kept)
        for kept, amount in results.items()
        if amount
    ]
    language = company_of(session).language
    times = session.scalar(
        sa.select(sa.func.count(Entry.id)).where(
            Entry.company_id == year.company_id, Entry.source_plugin == "accounting",
            Entry.source_purpose == "year_close", Entry.source_key.like(f"{year.id}:%"),
        )
    )  # fmt: skip
    return EntryDraft(
        date=year.end_date,
        journal_id=journal_id or first_of(session, "general").id,
        lines=tuple(lines),
        description=translate(_("Closing of {year}").with_values(year=year.code), language),
        source=Source(plugin="accounting", key=f"{year.id}:{times}", purpose="year_close"),
        period_kind="closing",
    )


def _kept_apart(session: Session, set_ids: Iterable[int]) -> dict[int, int | None]:
    """Return for each set the one that retained earnings bear: its values of dimensions that are kept apart."""
    wanted = sorted(set_ids)
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(DimensionPart.set_id, DimensionPart.dimension_id, DimensionPart.value_id)
        .join(Dimension, Dimension.id == DimensionPart.dimension_id)
        .where(DimensionPart.set_id.in_(wanted), Dimension.closes_apart)
        .order_by(DimensionPart.set_id, DimensionPart.dimension_id)
    )
    parts: dict[int, list[tuple[int, int]]] = {}
    for set_id, dimension_id, value_id in rows:
        parts.setdefault(set_id, []).append((dimension_id, value_id))
    return {set_id: set_of_values(session, members) for set_id, members in parts.items()}


def _snapshot(session: Session, year: FiscalYear) -> None:
    """Keep what every account, and every account of a set of dimensions, stood at when ``year`` ended."""
    session.execute(sa.delete(YearBalance).where(YearBalance.fiscal_year_id == year.id))
    rows = [*_rows(year, _sums(session, year, Balance)), *_rows(year, _sums(session, year, DimensionBalance))]
    session.write_rows(YearBalance, rows)


def _rows(year: FiscalYear, sums: Mapping[Key, Sums]) -> Iterator[dict[str, object]]:
    for (account, set_id), one in sums.items():
        yield {
            "company_id": year.company_id,
            "fiscal_year_id": year.id,
            "account_id": account,
            "set_key": set_id,
            "debit": one.debit,
            "credit": one.credit,
        }


def reopen(session: Session, year: FiscalYear, *, reason: str) -> Posted | None:
    """Open a closed year again and return the entry that reverses its closing; the reason stays in the log.

    Raises :class:`~backoffice.core.api.RuleBroken` while a later year is closed, and
    :class:`~backoffice.core.api.Conflict` when its closing is locked for good.
    """
    session.settle()
    need_state(year.state == "closed", _("This year is not closed."))
    later = session.scalar(
        sa.select(FiscalYear.code).where(
            FiscalYear.company_id == year.company_id,
            FiscalYear.start_date > year.end_date,
            FiscalYear.state == "closed",
        )
    )
    if later is not None:
        raise RuleBroken(
            _("Later years are opened first."), why=_("The year {code} is closed.").with_values(code=later)
        )
    period = _closing_period(session, year)
    posted = _take_back(session, year, reason)
    session.settle()
    session.execute(sa.delete(YearBalance).where(YearBalance.fiscal_year_id == year.id))
    period.state, year.state = "closed", "open"
    session.flush()
    session.emit(
        "accounting.year_moved", year, state="open", reason=reason, entry=posted.id if posted is not None else None
    )
    return posted


def _take_back(session: Session, year: FiscalYear, reason: str) -> Posted | None:
    entry = session.scalars(
        sa.select(Entry)
        .where(
            Entry.company_id == year.company_id, Entry.source_plugin == "accounting",
            Entry.source_purpose == "year_close", Entry.source_key.like(f"{year.id}:%"),
        )
        .order_by(Entry.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    if entry is None or session.scalar(sa.select(Entry.id).where(Entry.reverses_id == entry.id)) is not None:
        return None
    described = translate(_("Reversal of {number}").with_values(number=entry.number), company_of(session).language)
    draft = reversal(as_draft(entry), on=entry.date, entry_id=entry.id, description=described, reason=reason)
    return post(session, replace(draft, period_kind="closing"), kind="reverse")
