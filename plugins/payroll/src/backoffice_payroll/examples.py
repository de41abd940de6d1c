"""Components and a structure to begin with: no country's law, only what most companies pay."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, translate
from backoffice.hookspecs import messages

from .gathering import company_of
from .models import Component, Structure, StructureComponent

_ = messages("payroll")

COMPONENTS: tuple[tuple[str, Any, str, str, str, bool], ...] = (
    ("basic", _("Basic pay"), "earning", "pay", "", True),
    ("housing", _("Housing allowance"), "earning", "pay * 0.25", "", True),
    ("transport", _("Transport allowance"), "earning", "pay * 0.10", "", True),
    ("overtime", _("Overtime"), "earning", "input.overtime_hours * pay / 240 * 1.5", "input.overtime_hours > 0", False),
    ("bonus", _("Bonus"), "earning", "input.bonus", "input.bonus > 0", False),
    ("advance", _("Advance taken back"), "deduction", "min(input.advance, gross)", "input.advance > 0", False),
)
"""Code, name, kind, formula, condition, and whether it follows the days paid."""

STRUCTURE = ("monthly", _("Monthly pay"))


def install(session: Session) -> dict[str, Any]:
    """Add what is not there yet, and return how much was added. Run again, it adds nothing."""
    company_of(session)
    known = {one.code: one for one in session.scalars(sa.select(Component))}
    added = []
    for place, (code, name, kind, formula, condition, prorated) in enumerate(COMPONENTS, 1):
        if code not in known:
            known[code] = Component(
                code=code, name=str(name), kind=kind, formula=formula, condition=condition or None, prorated=prorated,
                sequence=place * 10, translations={"ar": {"name": translate(name, "ar")}},
            )  # fmt: skip
            session.add(known[code])
            added.append(code)
    session.flush()
    code, name = STRUCTURE
    if session.scalar(sa.select(Structure.id).where(Structure.code == code)) is None:
        made = Structure(
            code=code, name=str(name), frequency="month", translations={"ar": {"name": translate(name, "ar")}}
        )
        made.components = [StructureComponent(component_id=known[one[0]].id) for one in COMPONENTS]
        session.add(made)
        added.append(code)
    session.flush()
    return {"added": len(added)}
