"""Which account of the company each account of a book is, and which must be made first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.kinds import ACCOUNT_TYPES, TYPE_OF
from backoffice_accounting.models import Account

from backoffice.core.api import Session, fold
from backoffice.hookspecs import messages

from .account_types import type_of_name
from .book import AccountSaid, Book, Place, Told
from .valuing import BookEntryDraft

_ = messages("accounting")

FIRST_DIGIT: Final = {"asset": "1", "liability": "2", "equity": "3", "income": "4", "expense": "5", None: "9"}
LONGEST_NAME: Final = 200
LONGEST_CODE: Final = 32


@dataclass(slots=True)
class Planned:
    """An account to be made."""

    path: str
    code: str
    name: str
    type: str | None
    subtype: str | None
    heading: bool
    currency: str | None
    parent: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class AccountChoices:
    """How accounts are found and made where the file does not tell."""

    known: Mapping[str, str] = field(default_factory=dict)
    """Account in the file → code of the account here."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Account in the file, with all inside it → type."""
    other: str | None = None
    """The type of those that nothing tells."""


@dataclass(slots=True)
class Plan:
    """What becomes of the accounts of a book."""

    ids: dict[str, int] = field(default_factory=dict)
    """Account in the file → id of the account here; those to be made are added when they are."""
    new: dict[str, Planned] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


class Chart:
    """The accounts of the session's company by code and by their whole names."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(
            sa.select(Account.id, Account.code, Account.name, Account.parent_id, Account.type, Account.heading)
            .where(Account.company_id == session.company_id)
            .order_by(Account.id)
        ).all()
        self.rows = {row.id: row for row in rows}
        self.by_code: dict[str, int] = {row.code: row.id for row in rows}
        self.paths = {id_: self._path(id_) for id_ in self.rows}
        self.by_path: dict[str, int] = {}
        for id_, path in self.paths.items():
            self.by_path.setdefault(path, id_)

    def _path(self, id_: int) -> str:
        names: list[str] = []
        at, seen = self.rows.get(id_), set()
        while at is not None and at.id not in seen:
            seen.add(at.id)
            names.append(at.name.replace(":", "-"))
            at = self.rows.get(at.parent_id)
        return ":".join(reversed(names))


def plan(session: Session, book: Book, entries: Sequence[BookEntryDraft], choices: AccountChoices) -> Plan:
    """Return which accounts there are and which must be made; what cannot be decided is told."""
    return _Planning(Chart(session), book, entries, choices).all()


class _Planning:
    def __init__(self, chart: Chart, book: Book, entries: Sequence[BookEntryDraft], choices: AccountChoices) -> None:
        self.chart, self.book, self.choices = chart, book, choices
        self.used = {line.account: entry.place for entry in reversed(entries) for line in entry.lines}
        self.currencies: dict[str, set[str | None]] = {}
        for entry in entries:
            for line in entry.lines:
                self.currencies.setdefault(line.account, set()).add(line.currency)
        self.out = Plan()
        self.codes = set(chart.by_code)
        self.steps: dict[str | None, int] = {}

    def all(self) -> Plan:
        """Go through all accounts, those around others first."""
        wanted = {*self.used, *self.book.accounts}
        names = sorted({part for path in wanted for part in _with_parents(path)})
        self.inside = {path.rpartition(":")[0] for path in names}
        for path in names:
            found = self._there(path)
            if found is None:
                self._make(path)
            else:
                self._take(path, found)
        return self.out

    def _there(self, path: str) -> int | None:
        code = self.choices.known.get(path)
        if code is not None:
            found = self.chart.by_code.get(code)
            if found is None:
                self._tell(
                    path,
                    _("There is no account {code} in this company.").with_values(code=code),
                    remedy=_("Name one of the chart of accounts."),
                )
            return found
        said = self.book.accounts.get(path)
        by_code: int | None = self.chart.by_code.get(said.code) if said is not None and said.code else None
        if by_code is not None and self.chart.rows[by_code].name in {
            said.title if said else "",
            path.rpartition(":")[2],
        }:
            return by_code
        return self.chart.by_path.get(path) or self.chart.by_code.get(path)

    def _take(self, path: str, id_: int) -> None:
        self.out.ids[path] = id_
        row = self.chart.rows[id_]
        if row.heading and path in self.used:
            self._tell(
                path,
                _("{code} is a heading; post to one of its accounts.").with_values(code=row.code),
                remedy=_("Say which account of the company {account} is.").with_values(account=path),
            )

    def _make(self, path: str) -> None:
        said = self.book.accounts.get(path) or AccountSaid(path)
        parent, _colon, last = path.rpartition(":")
        name = said.title or last
        heading = path not in self.used and (path in self.inside or bool(said.heading))
        type_ = self._type(path, said)
        if type_ is None and not heading:
            self._tell(
                path,
                _("Nothing tells the type of the account {account}.").with_values(account=path),
                why=_("Types are asset, liability, equity, income and expense."),
                remedy=_("Say it for this account, or for all such accounts at once."),
            )
            return
        if len(name) > LONGEST_NAME or not name.strip():
            said_ = _("The name of the account {account} is empty or too long.").with_values(account=path[:80])
            self._tell(path, said_, remedy=_("Rename it, or say which account of the company it is."))
            return
        subtype = said.subtype if said.subtype in TYPE_OF and type_ in TYPE_OF[said.subtype] and not heading else None
        self.out.new[path] = Planned(
            path, self._code(said.code, type_), name, type_, subtype, heading, self._currency(path, said), parent
        )

    def _type(self, path: str, said: AccountSaid) -> str | None:
        for part in reversed(list(_with_parents(path))):
            chosen = self.choices.types.get(part)
            if chosen in ACCOUNT_TYPES:
                return chosen
        if said.type:
            return said.type
        for part in reversed(list(_with_parents(path))[:-1]):
            around = self.book.accounts.get(part)
            if around is not None and around.type:
                return around.type
            known = self.out.ids.get(part)
            if known is not None and self.chart.rows[known].type:
                found: str = self.chart.rows[known].type
                return found
        return type_of_name(path) or self.choices.other

    def _currency(self, path: str, said: AccountSaid) -> str | None:
        return (
            said.currency if said.currency and self.currencies.get(path, {said.currency}) == {said.currency} else None
        )

    def _code(self, wanted: str, type_: str | None) -> str:
        if wanted and len(wanted) <= LONGEST_CODE and wanted not in self.codes:
            code = wanted
        else:
            step = self.steps.get(type_, 0) + 1
            while (code := f"{FIRST_DIGIT[type_]}{step:03}") in self.codes:
                step += 1
            self.steps[type_] = step
        self.codes.add(code)
        return code

    def _tell(self, path: str, what: str, *, why: str = "", remedy: str = "") -> None:
        said = self.book.accounts.get(path)
        place = self.used.get(path) or (said.place if said else None) or Place(self.book.format, 0)
        self.out.told.append(Told(place, what, why, remedy))


def _with_parents(path: str) -> Iterable[str]:
    """Yield the accounts around ``path``, the outermost first, and itself."""
    parts = path.split(":")
    return [":".join(parts[:count]) for count in range(1, len(parts) + 1)]


def make_accounts(session: Session, made: Plan) -> int:
    """Add the planned accounts to the session's company; return how many."""
    for one in made.new.values():  # the transaction may be tried again
        one.id = None
        made.ids.pop(one.path, None)
    waiting = list(made.new.values())
    while waiting:
        ready = [one for one in waiting if not one.parent or one.parent in made.ids]
        rows = [_row(one, made.ids.get(one.parent)) for one in ready]
        ids = session.insert_rows(Account, rows, company_id=session.company_id, active=True, translations=None)
        for one, id_ in zip(ready, ids, strict=True):
            made.ids[one.path] = one.id = id_
        waiting = [one for one in waiting if one.id is None]
    return len(made.new)


def _row(one: Planned, parent_id: int | None) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "type": one.type,
        "subtype": one.subtype,
        "heading": one.heading,
        "parent_id": parent_id,
        "currency": one.currency,
        "reconcile": one.subtype in {"receivable", "payable"},
        "search_key": fold(f"{one.code} {one.name}"),
    }
