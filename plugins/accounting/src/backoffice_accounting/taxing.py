"""Which taxes the lines of documents bear: those somebody chose, else those that follow from the party and category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from backoffice_parties.facts import PartyFacts
from backoffice_parties.models import Party
from backoffice_taxes.api import Codes, Computed, Determination, Facts, Rounding, Source, Tax, record_many
from backoffice_taxes.models import Rule

from backoffice.core.api import InvalidInput, Read, Session, translate
from backoffice.hookspecs import messages

from .currencies import company_facts
from .invoicing import direction_of, turned

_ = messages("accounting")

NONE = "none"
"""What stands for a line that bears no tax, whatever would follow from the party."""


def codes_of(line: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the tax codes chosen for a line, none of them for ``"none"``; nothing where they are to be determined."""
    given = line.get("taxes")
    if given is None or given == "":
        return None
    written = given.replace(",", " ").split() if isinstance(given, str) else list(given)
    return tuple(code for code in written if code != NONE)


class Taxer:
    """The taxes of many documents, with what they need read once."""

    def __init__(self, session: Session, many: Iterable[Mapping[str, Any]]) -> None:
        self.session = session
        wanted: dict[date, set[str]] = {}
        for values in many:
            day = day_of(values)
            for line in values.get("lines") or ():
                wanted.setdefault(day, set()).update(codes_of(line) or ())
        known = Codes(session)
        self._codes = {day: known.named(codes, day) for day, codes in wanted.items() if codes}
        self._determinations: dict[str, Determination | None] = {}
        self._determined: dict[Facts, tuple[Tax, ...]] = {}

    @cached_property
    def _countries(self) -> frozenset[str]:
        """The countries whose rules are installed."""
        return frozenset(_WITH_RULES.values(self.session))

    def taxes(
        self, values: Mapping[str, Any], line: Mapping[str, Any], n: int, party: Party | PartyFacts
    ) -> tuple[Tax, ...]:
        """Return the taxes of line ``n`` of a document.

        Where no country's rules are installed, a line without codes bears none. Raises
        :class:`~backoffice.core.api.InvalidInput` for a code that is not there.
        """
        codes = codes_of(line)
        day = day_of(values)
        if codes is None:
            return self._by_rules(values, line, day, party)
        known = self._codes.get(day, {})
        missing = [code for code in codes if code not in known]
        if missing:
            said = _("There is no tax code {code}.").with_values(code=", ".join(missing))
            raise InvalidInput(said, fields={f"lines.{n}.taxes": [said]})
        return tuple(known[code] for code in codes)

    def _by_rules(
        self, values: Mapping[str, Any], line: Mapping[str, Any], day: date, party: Party | PartyFacts
    ) -> tuple[Tax, ...]:
        country = values.get("tax_country") or company_facts(self.session).country or ""
        if country not in self._countries:
            return ()
        direction = direction_of(values.get("kind") or "invoice")
        facts = Facts.of(party, direction=direction, day=day, category=line.get("category"))
        found = self._determined.get(facts)
        if found is None:
            found = self._determination(country, day).determine(facts).taxes
            self._determined[facts] = found
        return found

    def _determination(self, country: str, day: date) -> Determination:
        own = company_facts(self.session).country or ""
        known = self._determinations.get(country)
        if known is None:
            known = Determination(self.session, "" if country == own else country, day)
            self._determinations[country] = known
        return known


_WITH_RULES = Read(sa.select(Rule.country).where(Rule.active).distinct())


def day_of(values: Mapping[str, Any]) -> date:
    """Return the day that chooses the rates of a document: that of supply, else its own."""
    day: date = values.get("supply_date") or values["date"]
    return day


def tax_rows(document: Computed | None, language: str) -> list[dict[str, Any]]:
    """Return the taxes of a document as they are kept with it and printed."""
    if document is None:
        return []
    return [
        {
            "tax_id": row.tax.id,
            "code": row.tax.code,
            "rate": row.tax.rate,
            "base": row.base,
            "amount": row.amount,
            "charged": row.charged,
            "deductible": row.deductible,
            "withheld": row.withheld,
            "due": row.tax.due,
            "category": row.tax.category,
            "reason_code": row.tax.reason_code or None,
            "reason": translate(row.tax.reason, language) if row.tax.reason else None,
        }
        for row in document.taxes
    ]


def declared(
    session: Session, documents: Sequence[tuple[Mapping[str, Any], int, str | None, Computed, str, Decimal | None]]
) -> None:
    """Write the tax lines of posted documents: their values, id, number, taxes, currency and rate."""
    record_many(
        session,
        [
            (
                turned(computed) if (values.get("kind") or "invoice") in ("credit_note", "bill_credit") else computed,
                Source(
                    plugin="accounting",
                    key=f"invoice/{id_}",
                    number=number,
                    date=values["date"],
                    supply_date=values.get("supply_date"),
                    party=values["party_id"],
                ),
                currency,
                rate,
            )
            for values, id_, number, computed, currency, rate in documents
        ],
        books=company_facts(session).currency,
    )


def written(taxes: Sequence[Tax]) -> str:
    """Return the codes of a line as one word to keep with it."""
    return " ".join(tax.code for tax in taxes) or NONE


__all__ = ["NONE", "Rounding", "Taxer", "codes_of", "day_of", "declared", "tax_rows", "written"]
