"""Which taxes hold: from where the other side stands and what is sold to codes. Pure rules, then their reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .codes import Codes, company_of, country_of
from .models import Category, Code, Position, Registration, Rule
from .tax import Direction, Tax

_ = messages("taxes")

EU: Final = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip
"""Member states of the European Union (Treaty on European Union, article 52)."""

GCC: Final = frozenset(["AE", "BH", "KW", "OM", "QA", "SA"])
"""Member states of the Cooperation Council for the Arab States of the Gulf (its Charter, article 5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A position as a plain value: where the other side is, and whether it has a tax number."""

    id: int
    code: str
    located: str = "any"
    registered: str = "any"
    sequence: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A rule as a plain value."""

    id: int
    tax: int
    family: str
    position: int | None = None
    category: int | None = None
    used_for: str = "both"
    valid_from: date | None = None
    valid_until: date | None = None


def is_located(located: str, own: str, other: str) -> bool:
    """Tell whether a party in the country ``other`` is where a position of a company in ``own`` says."""
    if located == "any":
        return True
    if located == "domestic":
        return other in {own, ""}
    if not other or other == own:
        return False
    return located == "abroad" or other in (EU if located == "eu" else GCC)


def stands(positions: Iterable[Standing], *, own: str, other: str, registered: bool) -> Standing | None:
    """Return the first of ``positions`` that fits a party in the country ``other``, or ``None``."""
    fitting = [
        one
        for one in positions
        if is_located(one.located, own, other) and one.registered in {"any", "yes" if registered else "no"}
    ]
    return min(fitting, key=lambda one: (one.sequence, one.id), default=None)


def chosen(
    rules: Iterable[Choice], *, direction: Direction, day: date, position: int | None, category: int | None
) -> tuple[Choice, ...]:
    """Return the rule that holds for each family of taxes: the one that names most, position before category.

    Of equal ones the one that began last holds.
    """
    best: dict[str, Choice] = {}
    for rule in rules:
        if _holds(rule, direction, day, position, category):
            there = best.get(rule.family)
            if there is None or _rank(rule) > _rank(there):
                best[rule.family] = rule
    return tuple(best.values())


def _holds(rule: Choice, direction: Direction, day: date, position: int | None, category: int | None) -> bool:
    return (
        rule.used_for in {"both", direction}
        and (rule.valid_from is None or rule.valid_from <= day)
        and (rule.valid_until is None or day <= rule.valid_until)
        and rule.position in (None, position)
        and rule.category in (None, category)
    )


def _rank(rule: Choice) -> tuple[bool, bool, bool, date, int]:
    return (
        rule.position is not None,
        rule.category is not None,
        rule.used_for != "both",
        rule.valid_from or date.min,
        -rule.id,
    )


# -- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What taxes depend on."""

    direction: Direction
    day: date
    """The day of supply: it chooses rules and rates."""
    category: str | None = None
    """Code of the tax category of what is sold."""
    position: str | None = None
    """Code of the party's position, when it has one of its own; else it follows from country and number."""
    country: str = ""
    """ISO code of the party's country; empty counts as the company's own."""
    registered: bool = False
    """The party has a tax number."""

    @classmethod
    def of(cls, party: Any, *, direction: Direction, day: date, category: str | None = None) -> Facts:
        """Return what a record of parties tells: its own position, its country, whether it has a tax number."""
        return cls(
            direction=direction, day=day, category=category, position=party.tax_position, country=party.country or "",
            registered=bool(party.tax_id),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """The taxes that hold, in order, and why: a sentence for each rule."""

    taxes: tuple[Tax, ...]
    position: str | None
    why: tuple[str, ...]


class Determination:
    """Positions and rules of the company's country, read once for a document.

    ``country`` is another one in which the company is registered, whose taxes this document bears. Raises
    :class:`~backoffice.core.api.RuleBroken` when it has no registration there on the ``day`` of the document.
    """

    def __init__(self, session: Session, country: str = "", day: date | None = None) -> None:
        self.session = session
        self.own = country or country_of(session)
        if country and country != company_of(session).country:
            _require_registration(session, country, day or session.today())
        self.codes = Codes(session)
        self.positions = {row.id: row for row in _active(session, Position, self.own)}
        rows = session.scalars(
            sa.select(Rule).where(Rule.country == self.own, Rule.active).options(joinedload(Rule.tax))
        )
        self.rules = {row.id: row for row in rows}
        self.categories = dict(session.execute(sa.select(Category.code, Category.id)).all())

    def determine(self, facts: Facts) -> Determined:
        """Return the taxes that hold for ``facts`` and why.

        Raises :class:`~backoffice.core.api.RuleBroken` when no rule holds, and
        :class:`~backoffice.core.api.InvalidInput` for a position or category that is not there.
        """
        position = self._position(facts)
        category = self._category(facts.category)
        rules = chosen(
            [_plain(row) for row in self.rules.values()],
            direction=facts.direction, day=facts.day, position=position.id if position else None, category=category,
        )  # fmt: skip
        if not rules:
            raise RuleBroken(
                _("No rule says which tax holds here."),
                why=_("The position is {position}, the category {category}.").with_values(
                    position=position.code if position else "–", category=facts.category or "–"
                ),
                remedy=_("Install the set-up of the country, or add a rule."),
            )
        taxes = self.codes.in_order([rule.tax for rule in rules], facts.day)
        return Determined(
            taxes=taxes,
            position=position.code if position else None,
            why=tuple(self._because(rule, position, facts.category) for rule in rules),
        )

    def _position(self, facts: Facts) -> Position | None:
        if facts.position:
            for row in self.positions.values():
                if row.code == facts.position:
                    return row
            said = _("There is no such tax position.")
            raise InvalidInput(said, fields={"position": [said]})
        standings = [
            Standing(id=row.id, code=row.code, located=row.located, registered=row.registered, sequence=row.sequence)
            for row in self.positions.values()
        ]
        found = stands(standings, own=self.own, other=facts.country, registered=facts.registered)
        return self.positions[found.id] if found else None

    def _category(self, code: str | None) -> int | None:
        if not code:
            return None
        if code not in self.categories:
            said = _("There is no tax category {code}.").with_values(code=code)
            raise InvalidInput(said, fields={"category": [said]})
        return self.categories[code]

    def _because(self, rule: Choice, position: Position | None, category: str | None) -> str:
        named = self.rules[rule.id]
        tax: Code = named.tax
        where = position.code if rule.position is not None and position else _("any position")
        what = category if rule.category is not None and category else _("any category")
        return _("{tax} by the rule {rule}: {position}, {category}").with_values(
            tax=tax.code, rule=named.code, position=where, category=what
        )


def _require_registration(session: Session, country: str, day: date) -> None:
    found = session.scalars(
        sa.select(Registration.id).where(
            Registration.company_id == session.company_id,
            Registration.country == country,
            sa.or_(Registration.valid_from.is_(None), Registration.valid_from <= day),
            sa.or_(Registration.valid_until.is_(None), Registration.valid_until >= day),
        )
    ).first()
    if found is None:
        raise RuleBroken(
            _("The company is not registered for taxes in {country}.").with_values(country=country),
            remedy=_("Enter the registration, or choose another country."),
        )


def _active(session: Session, model: type[Position], country: str) -> Sequence[Position]:
    return session.scalars(sa.select(model).where(model.country == country, model.active)).all()


def _plain(row: Rule) -> Choice:
    return Choice(
        id=row.id, tax=row.tax_id, family=row.tax.family, position=row.position_id, category=row.category_id,
        used_for=row.used_for, valid_from=row.valid_from, valid_until=row.valid_until,
    )  # fmt: skip
