"""Keep a session inside its organisation: criteria for what the ORM can follow, refusal for what it cannot.

``with_loader_criteria`` covers entities, columns, joins, subqueries and loads. Tables used without their mapped class,
textual SQL and ``from_statement`` would walk past it, so they are refused with a remedy. Writes are held by the
database as well: the audit triggers refuse a row of another organisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import FromStatement, ORMExecuteState, with_loader_criteria

from backoffice.core.errors import InvalidInput, UnauditedWrite, UnscopedStatement
from backoffice.hookspecs import messages

from .context import Context
from .records import ItsOwn, OfBranch, OfCompany, Scoped, metadata

_ = messages("backoffice")

CHECKED = "backoffice_checked"
"""Execution option of statements that passed this guard."""


def apply(state: ORMExecuteState, context: Context) -> None:
    """Refuse what cannot be scoped, scope the rest to the organisation of ``context``."""
    statement = state.statement
    if not (state.is_relationship_load or state.is_column_load or state.session.info.get("getting")):
        refuse_unscoped(statement)
    if state.is_update and isinstance(state.parameters, list):
        raise _update_by_key()
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
    for element in _elements(statement):
        if isinstance(element, sa.TextClause | sa.TextualSelect) or _is_textual_query(element):
            raise _unscoped(_("Textual SQL cannot be kept inside the organisation."))
        table = _bare_table(element)
        if table is not None:
            raise _unscoped(_("The table {table} is used without its mapped class.").with_values(table=table.name))


def _elements(statement: Any) -> Iterator[Any]:
    """Yield ``statement`` and every part of it that someone wrote.

    A select also lists the tables that follow from its columns; those are left out, since a mapped column brings the
    criteria of its class along and a column without a class is found itself.
    """
    seen: dict[int, Any] = {}
    waiting = [statement]
    while waiting:
        element = waiting.pop()
        if id(element) not in seen:
            seen[id(element)] = element
            yield element
            waiting.extend(_parts(element))


def _parts(element: Any) -> Iterator[Any]:
    if isinstance(element, sa.Select):
        yield from sa.ClauseElement.get_children(element, omit_attrs=("_correlate", "_correlate_except"))
    elif isinstance(element, sa.ColumnClause):
        if element.table is not None:
            yield from _source(element, element.table)
    elif isinstance(element, sa.Alias):
        yield from _source(element, element.element)
    elif isinstance(element, FromStatement):
        yield element.element
    else:
        yield from element.get_children()


def _source(element: Any, source: Any) -> Iterator[Any]:
    """Yield where a column or an alias comes from, unless that is the table or alias of a mapped class."""
    if not (_is_mapped(element) and isinstance(source, sa.TableClause | sa.Alias) and _table_behind(source)):
        yield source


def _table_behind(source: Any) -> bool:
    while isinstance(source, sa.Alias):
        source = source.element
    return isinstance(source, sa.TableClause)


def _is_mapped(element: Any) -> bool:
    annotations = getattr(element, "_annotations", {})
    return "parententity" in annotations or "parentmapper" in annotations


def _is_textual_query(element: Any) -> bool:
    """Tell whether a piece of literal SQL could hold a query; a number or a star cannot."""
    return isinstance(element, sa.ColumnClause) and element.is_literal and "select" in element.name.lower()


def _bare_table(element: Any) -> sa.TableClause | None:
    if _is_mapped(element) or not isinstance(element, sa.TableClause):
        return None
    known = element if isinstance(element, sa.Table) else metadata.tables.get(element.name)
    return element if known is not None and _is_scoped(known) else None


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
    parameters: Any = state.parameters
    for row in parameters if isinstance(parameters, list) else [parameters or {}]:
        if row.get("organization_id", organization) != organization:
            raise foreign_row()


def _update_by_key() -> UnauditedWrite:
    return UnauditedWrite(
        _("A bulk update by key is refused."),
        why=_("It would overwrite what someone else wrote in the meantime, whatever its version."),
        remedy=_("Change the records, or use update(Model).where(…)."),
    )


def foreign_row() -> InvalidInput:
    """Return the error for a row that carries another organisation's id."""
    return InvalidInput(
        _("This record belongs to another organisation."),
        remedy=_("Sign in to that organisation to work with it."),
    )
