"""The columns of a budget in a statement: what was planned, the difference, and what share of the plan happened."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.models import Account, Budget
from backoffice_accounting.planned.budgets import planned
from backoffice_accounting.posting import ZERO

from backoffice.core.api import InvalidInput, NotFound, Session
from backoffice.hookspecs import Column, messages

from .figures import Figures, Span

_ = messages("accounting")

CREDITED = ("income", "liability", "equity")


class BudgetSpan(Span):
    """The figures of a budget over the days of a span, as if what was planned had been posted.

    Movements are what is planned. Balances are what accounts stood at when the year began and what is planned since;
    an account nothing is planned for stays as it was.
    """

    def __init__(self, session: Session, actual: Span, budget_id: int, value_id: int | None) -> None:
        super().__init__(session, actual.asked, actual.first, actual.last)
        budget = session.get(Budget, budget_id)
        if budget is None or budget.company_id != session.company_id:
            raise NotFound(_("There is no such budget in this company."))
        year = budget.fiscal_year
        if actual.last < year.start_date or actual.first > year.end_date:
            said = _("The budget is of another year.")
            raise InvalidInput(said, fields={"budget": [said]})
        self.name = budget.name
        self._budget, self._value_id, self._begins = budget, value_id, year.start_date

    @property
    def planned(self) -> Figures:
        """What is planned to move, debit above zero."""
        return self._plan(self.first)

    def measured(self, measure: str) -> Figures:
        """Return what the budget says of ``measure``."""
        if measure == "movement":
            return self.planned
        begun = Span(self.session, self.asked, self._begins, self.last).measured("opening")
        if measure == "opening":
            return begun
        plan = self._plan(self._begins)
        return {id_: begun.get(id_, ZERO) + plan.get(id_, ZERO) for id_ in begun.keys() | plan.keys()}

    def _plan(self, first: Any) -> Figures:
        """Return the plan from ``first`` on; budgets write income and expense above zero."""
        found = planned(self.session, self._budget, max(first, self._begins), self.last, self._value_id)
        types = dict(
            self.session.execute(sa.select(Account.id, Account.type).where(Account.id.in_(sorted(found)))).all()
        )
        return {id_: -amount if types[id_] in CREDITED else amount for id_, amount in found.items()}


def columns(currency: str) -> tuple[Column, Column]:
    """Return the columns after the budget's own."""
    return (
        Column("difference", _("Difference"), "money", currency=currency),
        Column("share", _("Of the budget"), "percent"),
    )


def cells(amounts: Sequence[Decimal]) -> tuple[Decimal | None, ...]:
    """Return the amounts of a line, of which the second is the budget's, with difference and share after it."""
    actual, plan, *others = amounts
    share = (actual * 100 / plan).quantize(Decimal("0.1")) if plan else None
    return (actual, plan, actual - plan, share, *others)


__all__ = ["BudgetSpan", "cells", "columns"]
