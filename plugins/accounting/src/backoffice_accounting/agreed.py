"""What was agreed about paying, read from where it is kept: terms, what a party has agreed, coins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from backoffice.core.api import InvalidInput, Read, RoundingPolicy, Session, among
from backoffice.hookspecs import messages

from .invoicing import direction_of
from .models import Agreement, PaymentTerms
from .posting import ZERO
from .terms import Instalment, Part, Terms, instalments, to_coins

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class Agreed:
    """The terms of many documents, read once."""

    terms: Mapping[int, Terms]
    of_parties: Mapping[tuple[int, str], int]
    """Party and direction → their terms."""
    days: int
    coin: Decimal
    each_converted: bool
    _none: Terms = field(default_factory=Terms)

    @classmethod
    def read(cls, session: Session, many: Sequence[Mapping[str, Any]]) -> Agreed:
        """Return what was agreed about documents, given as the arguments of ``accounting.issue_invoice``."""
        of_parties = _agreements(session, {values["party_id"] for values in many if values["party_id"] is not None})
        wanted = {values.get("terms_id") for values in many} | set(of_parties.values())
        return cls(
            _terms(session, {id_ for id_ in wanted if id_ is not None}),
            of_parties,
            int(session.setting("accounting", "payment_days") or 0),
            Decimal(str(session.setting("accounting", "smallest_coin") or 0)),
            session.setting("accounting", "instalments_converted") == "each",
        )

    def terms_id(self, values: Mapping[str, Any]) -> int | None:
        """Return which terms hold for a document: its own, or those agreed with the party."""
        given: int | None = values.get("terms_id")
        if given is not None and given not in self.terms:
            said = _("There are no such terms of payment in this company.")
            raise InvalidInput(said, fields={"terms": [said]})
        if given is None and not values.get("due_date"):
            return self.of_parties.get((values["party_id"], direction_of(values.get("kind") or "invoice")))
        return given

    def of(self, values: Mapping[str, Any]) -> Terms:
        """Return the terms of a document."""
        id_ = self.terms_id(values)
        return self.terms[id_] if id_ is not None else self._none

    def instalments(
        self, values: Mapping[str, Any], payable: Decimal, code: str, policy: RoundingPolicy
    ) -> tuple[Instalment, ...]:
        """Return what of a document falls due when."""
        day: date = values["date"]
        due: date | None = values.get("due_date")
        if due is None:
            parts = self.of(values).parts
            if parts:
                return instalments(payable, day, parts, code, policy)
            due = day + timedelta(days=self.days)
        return (Instalment(due, payable),)

    def rounding_of(self, values: Mapping[str, Any], total: Decimal, policy: RoundingPolicy) -> Decimal:
        """Return what rounding the total to the smallest coin adds, or takes away below zero."""
        coin = values.get("round_to")
        coin = self.coin if coin is None and values.get("in_coins") else coin
        return to_coins(total, coin, policy) - total if coin else ZERO


AGREED = Read(
    sa.select(Agreement.party_id, Agreement.terms_id, Agreement.supplier_terms_id).where(
        Agreement.company_id == sa.bindparam("company"), among(Agreement.party_id, "parties")
    )
)


def _agreements(session: Session, parties: set[int]) -> dict[tuple[int, str], int]:
    found = {}
    for party, sales, purchases in AGREED.rows(session, company=session.company_id, parties=sorted(parties)):
        found.update({(party, name): id_ for name, id_ in (("sale", sales), ("purchase", purchases)) if id_})
    return found


def _terms(session: Session, ids: Iterable[int]) -> dict[int, Terms]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = session.scalars(
        sa.select(PaymentTerms)
        .where(PaymentTerms.id.in_(wanted), PaymentTerms.company_id == session.company_id)
        .options(selectinload(PaymentTerms.parts))
    )
    return {row.id: terms_of(row) for row in rows}


def terms_of(row: PaymentTerms) -> Terms:
    """Return stored terms as plain values."""
    return Terms(
        parts=tuple(
            Part(
                kind=part.kind,  # type: ignore[arg-type]
                value=part.value,
                months=part.months,
                days=part.days,
                month_end=part.month_end,  # type: ignore[arg-type]
                day_of_month=part.day_of_month,
            )
            for part in row.parts
        ),
        discount_percent=row.discount_percent,
        discount_days=row.discount_days,
        discount_tax=row.discount_tax,  # type: ignore[arg-type]
    )
