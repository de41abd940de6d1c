"""Making a layout of one's own from a ready-made one."""

from __future__ import annotations

from typing import Any

from backoffice_accounting.models import Statement, StatementLine

from backoffice.core.api import NotFound, Session, translate
from backoffice.hookspecs import messages

from .layouts import READY

_ = messages("accounting")


def copy_statement(session: Session, *, ready: str, code: str | None = None) -> dict[str, Any]:
    """Copy a ready-made layout, so that it can be changed; under its own code the copy takes its place."""
    if ready not in READY:
        raise NotFound(_("There is no statement {code}.").with_values(code=ready))
    shape = READY[ready]
    made = Statement(
        code=code or ready, name=translate(shape.name, "en"), kind=shape.kind,
        translations={"ar": {"name": translate(shape.name, "ar")}},
    )  # fmt: skip
    made.lines = [
        StatementLine(
            sequence=10 * number, code=line.code, name=translate(line.name, "en"), name_ar=translate(line.name, "ar"),
            kind=line.kind, accounts=line.accounts or None, adds=line.adds or None, measure=line.measure,
            turned=line.turned, level=line.level,
        )
        for number, line in enumerate(shape.lines, start=1)
    ]  # fmt: skip
    session.add(made)
    session.flush()
    return {"id": made.id, "code": made.code, "lines": len(made.lines)}
