"""What the reports share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_payroll.models import Component, Run, Slip, SlipLine

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import messages

_ = messages("payroll")

ZERO = Decimal(0)


def run_of(session: Session, run_id: int) -> Run:
    """Return a run of the company."""
    found: Run | None = session.get(Run, run_id)
    if found is None or found.company_id != session.company_id:
        said = _("There is no such run.")
        raise InvalidInput(said, fields={"run": [said]})
    return found


def components_in_order(session: Session, used: Collection[int]) -> list[Any]:
    """Return the components that are used, as they stand on payslips."""
    found = session.scalars(sa.select(Component).order_by(Component.sequence, Component.id))
    return [one for one in found if one.id in used]


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in a language."""
    said: str = ((getattr(record, "translations", None) or {}).get(language) or {}).get("name") or record.name
    return said


def amounts_by_slip(session: Session, *conditions: Any) -> dict[int, dict[int, Decimal]]:
    """Return what each component comes to on each payslip, back pay included."""
    asked = (
        sa.select(SlipLine.slip_id, SlipLine.component_id, sa.func.sum(SlipLine.amount))
        .join(Slip, Slip.id == SlipLine.slip_id)
        .where(Slip.company_id == session.company_id, *conditions)
        .group_by(SlipLine.slip_id, SlipLine.component_id)
    )
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for slip_id, component_id, amount in session.execute(asked):
        found[slip_id][component_id] = amount or ZERO
    return found
