"""Keep a session inside its organisation: criteria for what the ORM can follow, refusal for what it cannot.

``with_loader_criteria`` covers entities, columns, joins, subqueries and loads. Tables used without their mapped class,
textual SQL and ``from_statement`` would walk past it, so they are refused with a remedy. Writes are held by the
database as well: the audit triggers refuse a row of another organisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql import visitors

from backoffice.core.errors import InvalidInput, UnauditedWrite, UnscopedStatement
from backoffice.hookspecs import messages

from .context import Context
from .records import ItsOwn, OfBranch, OfCompany, Scoped

_ = messages("backoffice")

CHECKED = "backoffice_checked"
"""Execution option of statements that passed this guard."""


def apply(state: ORMExecuteState, context: Context) -> None:
    """Refuse what cannot be scoped, scope the rest to the organisation of ``context``."""
    statement = state.statement
    refuse_unscoped(statement)
    state.update_execution_options(**{CHECKED: True})
    if context.organization_id is None:
        return
    if state.is_insert:
        _check_insert(state, context.organization_id)
        return
    if not state.is_column_load:
        state.statement = statement.options(*_criteria(context))


def _criteria(context: Context) -> Iterator[Any]:
    organization = context.organization_id
    yield with_loader_criteria(Scoped, lambda cls: cls.organization_id == organization, include_aliases=True)
    yield with_loader_criteria(ItsOwn, lambda cls: cls.id == organization, include_aliases=True)
    if context.companies is not None:
        companies = tuple(context.companies)
        yield with_loader_criteria(OfCompany, lambda cls: cls.company_id.in_(companies), include_aliases=True)
    if context.branches is not None:
        branches = tuple(context.branches)
        yield with_loader_criteria(
            OfBranch, lambda cls: sa.or_(cls.branch_id.is_(None), cls.branch_id.in_(branches)), include_aliases=True
        )


def refuse_unscoped(statement: Any) -> None:
    """Raise :class:`UnscopedStatement` for forms of SQL whose rows cannot be kept inside the organisation."""
    if isinstance(statement, sa.TextClause | sa.TextualSelect):
        raise _unscoped(_("Textual SQL cannot be kept inside the organisation."))
    for element in visitors.iterate(statement):
        if isinstance(element, sa.TextualSelect) or element.__visit_name__ == "textual_select":
            raise _unscoped(_("Textual SQL cannot be kept inside the organisation."))
        table = _bare_table(element)
        if table is not None:
            raise _unscoped(_("The table {table} is used without its mapped class.").with_values(table=table.name))


def _bare_table(element: Any) -> sa.Table | None:
    if "parententity" in getattr(element, "_annotations", {}):
        return None
    if isinstance(element, sa.Table):
        table: Any = element
    elif isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
        table = element.table
    else:
        return None
    return table if _is_scoped(table) else None


def _is_scoped(table: sa.Table) -> bool:
    return "organization_id" in table.c


def _unscoped(what: str) -> UnscopedStatement:
    return UnscopedStatement(
        what,
        why=_("It could read or write rows of another organisation."),
        remedy=_("Select mapped classes, or use a system session for work across organisations."),
    )


def _check_insert(state: ORMExecuteState, organization: int) -> None:
    if state.statement.select is not None:  # type: ignore[attr-defined]
        raise UnauditedWrite(
            _("INSERT from SELECT is refused."),
            why=_("Its rows would not be stamped with the organisation."),
            remedy=_("Select the rows, then insert them."),
        )
    parameters = state.parameters
    for row in parameters if isinstance(parameters, list) else [parameters or {}]:
        if row.get("organization_id", organization) != organization:
            raise foreign_row()


def foreign_row() -> InvalidInput:
    """Return the error for a row that carries another organisation's id."""
    return InvalidInput(
        _("This record belongs to another organisation."),
        remedy=_("Sign in to that organisation to work with it."),
    )
