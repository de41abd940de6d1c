"""Accounts as posting sees them, and which account an amount goes to when only its purpose is known."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

from .kinds import DOCUMENT_ACCOUNTS, PURPOSES, TYPE_OF
from .models import Account

_ = messages("accounting")

ONLY_OF_KIND = {
    "receivable": "receivable",
    "payable": "payable",
    "bank": "bank",
    "cash": "cash",
    "revenue": "revenue",
}
"""Purposes that need no setting while a company has only one account of the kind, the lowest code winning."""

INSTEAD = {"returns": "revenue", "carriage": "revenue", "other_income": "revenue", "exchange_loss": "exchange_gain"}
"""The purpose whose account serves when none is set for this one."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account as the rules of posting see it."""

    id: int
    code: str
    company_id: int
    heading: bool
    active: bool
    currency: str | None
    subtype: str | None


FACTS = Read(
    sa.select(
        Account.id, Account.code, Account.company_id, Account.heading, Account.active, Account.currency, Account.subtype
    ).where(among(Account.id, "ids"))
)
"""The facts of the accounts ``ids``."""


def why_not(account: AccountFacts | None, *, company_id: int | None, currency: str | None) -> str:
    """Return why a line with a foreign ``currency`` cannot be posted to ``account``; an empty text when it can."""
    if account is None or account.company_id != company_id:
        return _("There is no such account in this company.")
    if account.heading:
        return _("{code} is a heading; post to one of its accounts.").with_values(code=account.code)
    if not account.active:
        return _("The account {code} is not in use any more.").with_values(code=account.code)
    if account.currency is not None and account.currency != currency:
        return _("The account {code} takes amounts in {currency} only.").with_values(
            code=account.code, currency=account.currency
        )
    return ""


def account_for(session: Session, purpose: str) -> int:
    """Return the id of the company's account for ``purpose``.

    The settings say which; without one the account of a related purpose serves, or the company's only account of that
    kind. Raises :class:`~backoffice.core.api.RuleBroken` when nothing is found.
    """
    cache: dict[str, int] = session.info.setdefault("accounting.purposes", {})
    if purpose not in cache:
        cache[purpose] = _account_for(session, purpose)
    return cache[purpose]


def _account_for(session: Session, purpose: str) -> int:
    chosen = session.setting("accounting", f"{purpose}_account")
    if chosen is not None and (found := _chosen(session, chosen)) is not None:
        return found
    if purpose in ONLY_OF_KIND and (found := _first_of_kind(session, ONLY_OF_KIND[purpose])) is not None:
        return found
    if purpose in INSTEAD:
        return account_for(session, INSTEAD[purpose])
    label = PURPOSES.get(purpose) or DOCUMENT_ACCOUNTS.get(purpose) or purpose
    raise RuleBroken(
        _("No account is chosen for {purpose}.").with_values(purpose=label),
        remedy=_("Choose one in the settings of accounting, or name the account on the document."),
    )


def _chosen(session: Session, chosen: int | str) -> int | None:
    """Return the id of the account a setting names, by id or by code."""
    same = Account.id == chosen if isinstance(chosen, int) else Account.code == chosen
    found: int | None = session.scalar(sa.select(Account.id).where(Account.company_id == session.company_id, same))
    return found


def _first_of_kind(session: Session, subtype: str) -> int | None:
    found: int | None = session.scalar(
        sa.select(Account.id)
        .where(
            Account.company_id == session.company_id,
            Account.subtype == subtype,
            Account.active,
            Account.heading.is_(False),
        )
        .order_by(Account.code)
        .limit(1)
    )
    return found


def before_save(session: Session, account: Account, values: object) -> None:
    """Check an account before it is saved: its kind fits its type, and neither changes once it was posted to."""
    if account.subtype and not account.type:
        account.type = TYPE_OF[account.subtype][0]
    if account.subtype and account.type not in TYPE_OF[account.subtype]:
        said = _("This kind of account belongs to another type.")
        raise InvalidInput(said, fields={"subtype": [said]})
    if not account.type and not account.heading:
        said = _("An account that is posted to needs a type.")
        raise InvalidInput(said, fields={"type": [said]})
    if account.parent_id is not None and account.parent_id == account.id:
        said = _("An account is not part of itself.")
        raise InvalidInput(said, fields={"parent": [said]})
    if account.id is not None:
        _keep_what_was_posted(session, account)


def _keep_what_was_posted(session: Session, account: Account) -> None:
    from .models import Line

    changed = {
        name for name in ("type", "currency", "heading") if sa.inspect(account).attrs[name].history.has_changes()
    }
    if not changed:
        return
    with session.no_autoflush:
        used = session.scalar(sa.select(Line.id).where(Line.account_id == account.id).limit(1))
    if used is not None:
        said = _("Entries were written on this account; its type, currency and being a heading stay.")
        raise RuleBroken(
            said, remedy=_("Make a new account and put this one out of use."), fields={name: [said] for name in changed}
        )
