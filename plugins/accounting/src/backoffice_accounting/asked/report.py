"""Which account every purpose goes to, by what it was chosen, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from backoffice_accounting.accounts import HOW, INSTEAD, find_account, purpose_label
from backoffice_accounting.kinds import DOCUMENT_ACCOUNTS, OTHER_PURPOSES, PURPOSES
from backoffice_accounting.models import Account, AccountChoice, Parked
from backoffice_accounting.reports import name_in

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

_ = messages("accounting")

COLUMNS = (
    Column("code", _("Purpose"), "code"),
    Column("name", _("Name")),
    Column("for", _("Narrowed to")),
    Column("account", _("Account")),
    Column("how", _("Chosen by")),
)


def account_choices(session: Session, *, missing: bool = False) -> Table:
    """Return every purpose with the account its amounts go to; with ``missing`` only those without one."""
    language = session.context.language
    names = {
        row.id: f"{row.code} · {name_in(row, language)}"
        for row in session.execute(
            sa.select(Account.id, Account.code, Account.name, Account.translations).where(
                Account.company_id == session.company_id
            )
        )
    }
    wanted = _asked_for(session)
    rows = []
    for purpose in _purposes(session, wanted):
        found = find_account(session, purpose)
        how = translate(_how(purpose, found.how), language) if found else _missing(purpose, wanted, language)
        account = names.get(found.account_id, "") if found else ""
        style = "" if found else "head"
        if not missing or not found:
            cells = (purpose, translate(purpose_label(purpose), language), "", account, how)
            link = Link(resource="accounting.account", id=found.account_id) if found else None
            rows.append(Row(cells, link=link, style=style))  # type: ignore[arg-type]
        if not missing:
            rows += _narrower(session, purpose, names, language)
    return Table(COLUMNS, rows, title=_("Accounts of purposes"))


def _how(purpose: str, how: str) -> str:
    said: str = HOW[how]
    return (
        _("In place of it: {purpose}").with_values(purpose=purpose_label(INSTEAD[purpose]))
        if how == "instead"
        else said
    )


def _missing(purpose: str, wanted: Iterable[str], language: str) -> str:
    return translate(_("Missing, and asked for") if purpose in wanted else _("None yet"), language)


def _purposes(session: Session, wanted: Iterable[str]) -> list[str]:
    chosen = session.scalars(
        sa.select(AccountChoice.purpose).where(AccountChoice.company_id == session.company_id).distinct()
    )
    known = {**DOCUMENT_ACCOUNTS, **PURPOSES, **OTHER_PURPOSES}
    return [*known, *sorted({*chosen, *wanted} - known.keys())]


def _asked_for(session: Session) -> frozenset[str]:
    """Return the purposes of what waits on the work list."""
    rows = session.scalars(
        sa.select(Parked.request).where(Parked.company_id == session.company_id, Parked.state == "waiting").limit(1000)
    )
    return frozenset(one["purpose"] for request in rows for one in request.get("amounts") or request.get("lines") or ())


def _narrower(session: Session, purpose: str, names: dict[int, str], language: str) -> Iterator[Row]:
    rows = session.scalars(
        sa.select(AccountChoice)
        .where(AccountChoice.company_id == session.company_id, AccountChoice.purpose == purpose)
        .order_by(AccountChoice.category, AccountChoice.tax, AccountChoice.party)
    )
    for one in rows:
        narrowed = " · ".join(filter(None, (one.category, one.tax, one.party)))
        if narrowed:
            yield Row(
                ("", "", narrowed, names.get(one.account_id, ""), translate(HOW["choice"], language)),
                link=Link(resource="accounting.account_choice", id=one.id),
                level=1,
            )
