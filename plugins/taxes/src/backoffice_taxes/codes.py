"""Tax codes as they are stored, resolved into plain taxes for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Company, InvalidInput, Read, RoundingPolicy, RuleBroken, Session, among
from backoffice.hookspecs import messages

from .computing import Rounding
from .models import Code, Member, Rate, StandsOn
from .tax import DatedRate, Tax, rate_on

_ = messages("taxes")


def company_of(session: Session) -> Company:
    """Return the session's company. Raises :class:`~backoffice.core.api.RuleBroken` when none was chosen."""
    company: Company | None = session.get(Company, session.company_id) if session.company_id is not None else None
    if company is None:
        raise RuleBroken(_("No company was chosen."), remedy=_("Choose one of your companies and try again."))
    return company


def country_of(session: Session) -> str:
    """Return the country whose taxes the session's company bears.

    Raises :class:`~backoffice.core.api.RuleBroken` when it is not known.
    """
    country = company_of(session).country
    if not country:
        raise RuleBroken(
            _("The country of the company is not known."),
            why=_("Taxes are chosen by country."),
            remedy=_("Enter the country of the company in its settings."),
        )
    return str(country)


def rounding_of(session: Session, policy: RoundingPolicy | None = None) -> Rounding:
    """Return how documents of the session's company are rounded: its own policy, and the settings of taxes.

    ``policy`` is the company's own, where it is known.
    """
    if policy is None:
        company = company_of(session)
        policy = RoundingPolicy(mode=company.rounding_mode, level=company.rounding_level)  # type: ignore[arg-type]

    def chosen(name: str, usual: str) -> Any:
        return session.setting("taxes", name) or usual

    return Rounding(
        policy=policy,
        nets=chosen("nets", "line"),
        base=chosen("tax_base", "rounded"),
        taxes=chosen("tax_amounts", "each"),
    )


_BOOKS = Read(sa.select(Company.currency).where(Company.id == sa.bindparam("company")))


def books_of(session: Session) -> str:
    """Return the currency of the books of the session's company."""
    found = _BOOKS.first(session, company=session.company_id)
    return str(found[0]) if found is not None else company_of(session).currency


@dataclass(slots=True)
class StoredCode:
    """A code as it is stored, with all that it is made of."""

    id: int
    code: str
    kind: str
    per: str
    basis: str
    raises_base: bool
    in_price: str
    reverse_charge: bool
    withholding: bool
    deductible: Decimal
    due: str
    category: str
    reason_code: str | None
    reason: str | None
    sequence: int
    country: str
    rates: list[DatedRate] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    stands_on: list[int] = field(default_factory=list)


_COLUMNS = tuple(getattr(Code, one.name) for one in fields(StoredCode)[:-3])
_PARTS = (
    sa.select(*_COLUMNS),
    sa.select(Rate.code_id, Rate.rate, Rate.valid_from, Rate.valid_until)
    .join(Code, Code.id == Rate.code_id)
    .order_by(Rate.id),
    sa.select(Member.group_id, Member.member_id).join(Code, Code.id == Member.group_id).order_by(Member.id),
    sa.select(StandsOn.code_id, StandsOn.on_id).join(Code, Code.id == StandsOn.code_id).order_by(StandsOn.id),
)
_BY_ID = tuple(Read(part.where(among(Code.id, "wanted"))) for part in _PARTS)
_BY_NAME = tuple(Read(part.where(among(Code.code, "wanted"))) for part in _PARTS)
"""Codes and what they are made of: rates, members of groups, taxes they are taken of."""


class Codes:
    """The codes of an organisation, read once for a call that needs many of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[int, StoredCode] = {}
        self._ids: dict[str, int | None] = {}
        self._taxes: dict[tuple[int, date], Tax] = {}
        self._withheld: str | None = None

    def _due(self, row: Code) -> str:
        """Return when a code is due; the company may say it for all that is withheld."""
        if not row.withholding:
            return row.due
        if self._withheld is None:
            self._withheld = self.session.setting("taxes", "withheld") or "code"
        return row.due if self._withheld == "code" else self._withheld

    def read(self, ids: Iterable[int]) -> None:
        """Read the codes with these ids and all that they are made of."""
        wanted = sorted(set(ids) - self._rows.keys())
        while wanted:
            wanted = self._take(_BY_ID, wanted)

    def _take(self, reads: Sequence[Read], wanted: Sequence[Any]) -> list[int]:
        """Read codes by ``reads`` and return which further ones they are made of."""
        asked = {"wanted": list(wanted)}
        codes, rates, members, on = Read.together(self.session, *((read, asked) for read in reads))
        found = {row[0]: StoredCode(*row) for row in codes}
        for id_, rate, since, until in rates:
            found[id_].rates.append(DatedRate(rate=rate, valid_from=since, valid_until=until))
        for id_, member in members:
            found[id_].members.append(member)
        for id_, other in on:
            found[id_].stands_on.append(other)
        self._rows.update(found)
        self._ids.update({row.code: row.id for row in found.values()})
        return sorted({id_ for row in found.values() for id_ in (*row.members, *row.stands_on)} - self._rows.keys())

    def tax(self, id_: int, day: date) -> Tax:
        """Return a code as it is on ``day``. Raises :class:`~backoffice.core.api.InvalidInput` when there is none."""
        self.read([id_])
        row = self._rows.get(id_)
        if row is None:
            said = _("There is no such tax code.")
            raise InvalidInput(said, fields={"taxes": [said]})
        known = self._taxes.get((id_, day))
        if known is None:
            known = self._taxes[id_, day] = self._tax(row, day, ())
        return known

    def _tax(self, row: StoredCode, day: date, within: tuple[str, ...]) -> Tax:
        if row.code in within:
            raise RuleBroken(
                _("The group {code} holds itself.").with_values(code=row.code),
                remedy=_("Take it out of the group it holds."),
            )
        members = [self._rows[id_] for id_ in row.members]
        inner = tuple(self._tax(one, day, (*within, row.code)) for one in members)
        return Tax(
            code=row.code,
            kind=row.kind,  # type: ignore[arg-type]
            rate=Decimal(0) if row.kind == "group" else _rate(row, day),
            per=row.per,  # type: ignore[arg-type]
            basis=row.basis,  # type: ignore[arg-type]
            on=tuple(self._rows[id_].code for id_ in row.stands_on),
            raises_base=row.raises_base,
            in_price=row.in_price,  # type: ignore[arg-type]
            reverse_charge=row.reverse_charge,
            withholding=row.withholding,
            deductible=row.deductible,
            due=self._due(row),  # type: ignore[arg-type]
            category=row.category,
            reason_code=row.reason_code or "",
            reason=row.reason or "",
            members=inner,
            id=row.id,
            country=row.country,
        )

    def in_order(self, ids: Iterable[int], day: date) -> tuple[Tax, ...]:
        """Return codes as they are on ``day``, in the order in which taxes of a line are computed."""
        wanted = list(dict.fromkeys(ids))
        self.read(wanted)
        return tuple(
            self.tax(id_, day) for id_ in sorted(wanted, key=lambda one: (self._place(one), wanted.index(one)))
        )

    def _place(self, id_: int) -> int:
        row = self._rows.get(id_)
        return row.sequence if row is not None else 0

    def named(self, codes: Iterable[str], day: date) -> Mapping[str, Tax]:
        """Return the codes with these names as they are on ``day``, by name; those that are not there are missing."""
        wanted = sorted(set(codes))
        unknown = [code for code in wanted if code not in self._ids]
        if unknown:
            self._ids.update(dict.fromkeys(unknown))
            self.read(self._take(_BY_NAME, unknown))
        ids = {code: self._ids[code] for code in wanted}
        return {code: self.tax(id_, day) for code, id_ in ids.items() if id_ is not None}

    def row(self, id_: int) -> StoredCode:
        """Return a code as it is stored."""
        self.read([id_])
        return self._rows[id_]


def _rate(row: StoredCode, day: date) -> Decimal:
    return rate_on(row.rates, day, row.code)


def taxes_by_code(session: Session, codes: Iterable[str], day: date) -> Mapping[str, Tax]:
    """Return the codes named ``codes`` as they are on ``day``, by code; those that are not there are missing."""
    return Codes(session).named(codes, day)


__all__ = ["Codes", "StoredCode", "books_of", "company_of", "country_of", "rounding_of", "taxes_by_code"]
