"""Accounts as posting sees them, and which account an amount goes to when only its purpose is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

from .kinds import DOCUMENT_ACCOUNTS, OTHER_PURPOSES, PURPOSES, TYPE_OF
from .models import Account, AccountChoice

_ = messages("accounting")

ONLY_OF_KIND = {
    "receivable": "receivable",
    "payable": "payable",
    "bank": "bank",
    "cash": "cash",
    "revenue": "revenue",
    "expense": "operating_expense",
    "inventory": "inventory",
    "retained_earnings": "retained_earnings",
    "tax_payable": "tax",
    "tax_receivable": "tax",
    "depreciation": "depreciation",
    "cost_of_goods": "cost_of_sales",
}
"""Purposes that need no setting while a company has only one account of the kind, the lowest code winning."""

SETTLED = ("receivable", "payable")
"""Kinds of accounts whose lines are always open items."""

INSTEAD = {
    "returns": "revenue",
    "carriage": "revenue",
    "other_income": "revenue",
    "exchange_loss": "exchange_gain",
    "tax_waiting_payable": "tax_payable",
    "tax_waiting_receivable": "tax_receivable",
    "tax_withheld_payable": "tax_payable",
    "tax_withheld_receivable": "tax_receivable",
    "discount_given": "discount",
    "discount_taken": "other_income",
    "discount": "revenue",
    "reminder_fees": "other_income",
    "customer_advance": "receivable",
    "supplier_advance": "payable",
    "cheques_deposited": "cheques_received",
}
"""The purpose whose account serves when none is set for this one."""


SETTABLE = frozenset({**DOCUMENT_ACCOUNTS, **PURPOSES})
"""Purposes whose account may stand in the settings."""


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
    type: str | None = None
    frozen_from: date | None = None
    reconcile: bool = False

    @property
    def settled(self) -> bool:
        """Whether lines on it are open items that settle each other."""
        return self.reconcile or self.subtype in SETTLED


FACTS = Read(
    sa.select(
        Account.id,
        Account.code,
        Account.company_id,
        Account.heading,
        Account.active,
        Account.currency,
        Account.subtype,
        Account.type,
        Account.frozen_from,
        Account.reconcile,
    ).where(among(Account.id, "ids"))
)
"""The facts of the accounts ``ids``."""


def why_not(
    account: AccountFacts | None, *, company_id: int | None, currency: str | None, day: date | None = None
) -> str:
    """Return why a line with a foreign ``currency`` cannot be posted to ``account``; an empty text when it can."""
    if account is None or account.company_id != company_id:
        return _("There is no such account in this company.")
    if account.heading:
        return _("{code} is a heading; post to one of its accounts.").with_values(code=account.code)
    if not account.active:
        return _("The account {code} is not in use any more.").with_values(code=account.code)
    if day is not None and account.frozen_from is not None and day >= account.frozen_from:
        return _("The account {code} is frozen from {day}.").with_values(code=account.code, day=account.frozen_from)
    if account.currency is not None and account.currency != currency:
        return _("The account {code} takes amounts in {currency} only.").with_values(
            code=account.code, currency=account.currency
        )
    return ""


HOW = {
    "choice": _("Account choice"),
    "setting": _("Setting"),
    "only": _("The first account of its kind"),
    "instead": _("In place of it: {purpose}"),
}
"""How an account was found."""


@dataclass(frozen=True, slots=True)
class Found:
    """The account an amount goes to, and how it was found."""

    account_id: int
    how: str


def account_for(session: Session, purpose: str, *, category: str = "", tax: str = "", party: str = "") -> int:
    """Return the id of the company's account for ``purpose``.

    Account choices say which, those first that say more about the amount: its category, tax and party; then the
    settings; without one the company's first account of that kind, or the account of a related purpose. Raises
    :class:`~backoffice.core.api.RuleBroken` when nothing is found.
    """
    found = find_account(session, purpose, category=category, tax=tax, party=party)
    if found is None:
        raise RuleBroken(
            _("No account is chosen for {purpose}.").with_values(purpose=purpose_label(purpose)),
            remedy=_("Add an account choice for it, or name the account on the document."),
            purpose=purpose,
        )
    return found.account_id


def purpose_label(purpose: str) -> str:
    """Return what people call ``purpose``; one that no plugin named is called by its code."""
    return PURPOSES.get(purpose) or DOCUMENT_ACCOUNTS.get(purpose) or OTHER_PURPOSES.get(purpose) or purpose


def find_account(session: Session, purpose: str, *, category: str = "", tax: str = "", party: str = "") -> Found | None:
    """Return the account for an amount and how it was found, or nothing; see :func:`account_for`."""
    cache: dict[tuple[str, ...], Found | None] = session.info.setdefault("accounting.purposes", {})
    key = (purpose, category, tax, party)
    if key not in cache:
        cache[key] = _find(session, *key)
    return cache[key]


def forget(session: Session) -> None:
    """Let accounts be looked for anew, after choices or accounts were changed."""
    session.info.pop("accounting.purposes", None)
    session.info.pop("accounting.choices", None)
    session.info.pop("accounting.kinds", None)


def _find(session: Session, purpose: str, category: str, tax: str, party: str) -> Found | None:
    chosen = _best(_choices(session).get(purpose, ()), category, tax, party)
    if chosen is not None:
        return Found(chosen, "choice")
    setting = session.setting("accounting", f"{purpose}_account") if purpose in SETTABLE else None
    if setting is not None and (found := _chosen(session, setting)) is not None:
        return Found(found, "setting")
    kind = ONLY_OF_KIND.get(purpose)
    if kind is not None and (found := _first_of_kind(session, kind)) is not None:
        return Found(found, "only")
    if purpose in INSTEAD:
        other = find_account(session, INSTEAD[purpose], category=category, tax=tax, party=party)
        return Found(other.account_id, "instead") if other is not None else None
    return None


Choice = tuple[str, str, str, int]
"""Category, tax, party and the account."""


def _choices(session: Session) -> dict[str, list[Choice]]:
    known: dict[str, list[Choice]] | None = session.info.get("accounting.choices")
    if known is None:
        known = {}
        for purpose, *choice in CHOICES.rows(session, company=session.company_id):
            known.setdefault(purpose, []).append(tuple(choice))
        session.info["accounting.choices"] = known
    return known


def _best(choices: Iterable[Choice], category: str, tax: str, party: str) -> int | None:
    """Return the account of the choice that says most about an amount and contradicts nothing of it."""
    fitting = [
        ((bool(c[2]), bool(c[0]), bool(c[1])), c[3])
        for c in choices
        if c[0] in ("", category) and c[1] in ("", tax) and c[2] in ("", party)
    ]
    return max(fitting)[1] if fitting else None


CHOICES = Read(
    sa.select(
        AccountChoice.purpose, AccountChoice.category, AccountChoice.tax, AccountChoice.party, AccountChoice.account_id
    ).where(AccountChoice.company_id == sa.bindparam("company"))
)


def _chosen(session: Session, chosen: int | str) -> int | None:
    """Return the id of the account a setting names, by id or by code."""
    read = _BY_ID if isinstance(chosen, int) else _BY_CODE
    found = read.first(session, company=session.company_id, chosen=chosen)
    return found[0] if found is not None else None


def _first_of_kind(session: Session, subtype: str) -> int | None:
    known: dict[str, int] | None = session.info.get("accounting.kinds")
    if known is None:
        known = session.info["accounting.kinds"] = {}
        for kind, id_ in FIRST_OF_KINDS.rows(session, company=session.company_id, kinds=KINDS):
            known.setdefault(kind, id_)
    return known.get(subtype)


KINDS = sorted(set(ONLY_OF_KIND.values()))
FIRST_OF_KINDS = Read(
    sa.select(Account.subtype, Account.id)
    .where(
        Account.company_id == sa.bindparam("company"),
        among(Account.subtype, "kinds"),
        Account.active,
        Account.heading.is_(False),
    )
    .order_by(Account.code)
)
"""The accounts of ``kinds``, by their codes."""

_OF_COMPANY = sa.select(Account.id).where(Account.company_id == sa.bindparam("company"))
_BY_ID = Read(_OF_COMPANY.where(Account.id == sa.bindparam("chosen")))
_BY_CODE = Read(_OF_COMPANY.where(Account.code == sa.bindparam("chosen")))
RECONCILED = Read(_OF_COMPANY.where(Account.reconcile))
"""The accounts of ``company`` whose lines are open items by their own setting."""


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
