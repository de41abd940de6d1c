"""Tax codes as they are stored, resolved into plain taxes for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from backoffice.core.api import Company, InvalidInput, RoundingPolicy, RuleBroken, Session
from backoffice.hookspecs import messages

from .computing import Rounding
from .models import Code
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


def rounding_of(session: Session) -> Rounding:
    """Return how documents of the session's company are rounded: its own policy, and the settings of taxes."""
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


class Codes:
    """The codes of an organisation, read once for a call that needs many of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[int, Code] = {}
        self._taxes: dict[tuple[int, date], Tax] = {}

    def read(self, ids: Iterable[int]) -> None:
        """Read the codes with these ids and all that they are made of."""
        wanted = sorted(set(ids) - self._rows.keys())
        while wanted:
            rows = self.session.scalars(
                sa.select(Code)
                .where(Code.id.in_(wanted))
                .options(selectinload(Code.rates), selectinload(Code.members), selectinload(Code.stands_on))
            )
            found = list(rows)
            self._rows.update((row.id, row) for row in found)
            named = {one.on_id for row in found for one in row.stands_on}
            wanted = sorted(({one.member_id for row in found for one in row.members} | named) - self._rows.keys())

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

    def _tax(self, row: Code, day: date, within: tuple[str, ...]) -> Tax:
        if row.code in within:
            raise RuleBroken(
                _("The group {code} holds itself.").with_values(code=row.code),
                remedy=_("Take it out of the group it holds."),
            )
        members = [self._rows[one.member_id] for one in row.members]
        inner = tuple(self._tax(one, day, (*within, row.code)) for one in members)
        return Tax(
            code=row.code,
            kind=row.kind,  # type: ignore[arg-type]
            rate=Decimal(0) if row.kind == "group" else _rate(row, day),
            per=row.per,  # type: ignore[arg-type]
            basis=row.basis,  # type: ignore[arg-type]
            on=tuple(self._rows[one.on_id].code for one in row.stands_on),
            raises_base=row.raises_base,
            in_price=row.in_price,  # type: ignore[arg-type]
            reverse_charge=row.reverse_charge,
            withholding=row.withholding,
            deductible=row.deductible,
            due=row.due,  # type: ignore[arg-type]
            category=row.category,
            reason_code=row.reason_code or "",
            reason=row.reason or "",
            members=inner,
            id=row.id,
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

    def row(self, id_: int) -> Code:
        """Return the stored code."""
        self.read([id_])
        return self._rows[id_]


def _rate(row: Code, day: date) -> Decimal:
    rates = [DatedRate(rate=one.rate, valid_from=one.valid_from, valid_until=one.valid_until) for one in row.rates]
    return rate_on(rates, day, row.code)


def taxes_by_code(session: Session, codes: Iterable[str], day: date) -> Mapping[str, Tax]:
    """Return the codes named ``codes`` as they are on ``day``, by code; those that are not there are missing."""
    wanted = sorted(set(codes))
    ids = dict(session.execute(sa.select(Code.code, Code.id).where(Code.code.in_(wanted))).all())
    known = Codes(session)
    known.read(ids.values())
    return {code: known.tax(id_, day) for code, id_ in ids.items()}


__all__ = ["Codes", "company_of", "country_of", "rounding_of", "taxes_by_code"]
