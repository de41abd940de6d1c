"""What must be right before anything of payroll is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Session, check_places, currency
from backoffice.hookspecs import messages

from . import computing, formulas, runs, tables
from .computing import ComponentError
from .formulas import FormulaError
from .gathering import Rules, as_computed, bases_of, company_of
from .models import Absence, Component, Contract, Employee, Input, Rate, Run, Structure, StructureComponent, Table
from .posting import dimensions_of

_ = messages("payroll")


def _invalid(name: str, said: Any) -> InvalidInput:
    return InvalidInput(said, fields={name: [said]})


def component(session: Session, record: Component, values: Mapping[str, Any]) -> None:
    """Refuse a code or a formula that cannot be read, and one that breaks a structure it is part of."""
    try:
        computing.check_code(record.code)
        for base in bases_of(record.bases):
            computing.check_name(base)
    except FormulaError as error:
        raise _invalid("code", error.said) from None
    for name in ("formula", "condition"):
        text = getattr(record, name)
        if text and text.strip():
            try:
                formulas.parse(text)
            except FormulaError as error:
                raise _invalid(name, error.said) from None
    if record.step is not None and record.step <= 0:
        raise _invalid("step", _("A step of rounding is above zero."))
    if record.id is not None:
        _check_structures(session, record)


def _check_structures(session: Session, record: Component) -> None:
    found = sa.select(StructureComponent.structure_id).where(StructureComponent.component_id == record.id).distinct()
    with session.no_autoflush:
        for structure_id in session.scalars(found):
            known = session.get(Structure, structure_id)
            if known is not None:
                _check_structure(session, known, "formula")


def structure(session: Session, record: Structure, values: Mapping[str, Any]) -> None:
    """Refuse a structure whose components read what is not there, or need each other in a circle."""
    codes = [one.component_id for one in record.components]
    if len(set(codes)) != len(codes):
        raise _invalid("components", _("A component stands in a structure once."))
    with session.no_autoflush:
        _check_structure(session, record, "components")


def _check_structure(session: Session, record: Structure, at: str) -> None:
    loaded = [(session.get(Component, one.component_id), one.formula) for one in record.components]
    chosen = [as_computed(one, formula) for one, formula in loaded if one is not None and one.active]
    rates, known = Rules(session).names
    try:
        for one in chosen:
            computing.check_names(one, chosen, rates, known)
        computing.in_order(chosen)
    except ComponentError as error:
        raise InvalidInput(
            _("Pay could not be worked out with {structure}.").with_values(structure=record.name or record.code),
            why=error.said,
            fields={at: [error.said]},
        ) from None


def rate(session: Session, record: Rate, values: Mapping[str, Any]) -> None:
    """Refuse a code no formula could name, and two values from one day on."""
    _check_code(record.code)
    since = [one.since for one in record.values]
    if len(set(since)) != len(since):
        raise _invalid("values", _("Two values hold from the same day on."))


def table(session: Session, record: Table, values: Mapping[str, Any]) -> None:
    """Refuse a code no formula could name, and brackets that contradict each other."""
    _check_code(record.code)
    for since in {one.since for one in record.brackets}:
        same = [tables.Bracket(one.start, one.rate, one.base) for one in record.brackets if one.since == since]
        try:
            tables.check(same)
        except FormulaError as error:
            raise _invalid("brackets", error.said) from None


def _check_code(code: str) -> None:
    try:
        computing.check_name(code)
    except FormulaError as error:
        raise _invalid("code", error.said) from None


def employee(session: Session, record: Employee, values: Mapping[str, Any]) -> None:
    """Give a new employee a number, and refuse facts no formula could name."""
    for fact in record.facts:
        try:
            computing.check_name(fact.name)
        except FormulaError as error:
            raise _invalid("facts", error.said) from None
    if not record.number:
        record.number = None
        session.number(series="payroll.employee", pattern="E{n:04}", company_id=session.company_id,
                       assign=lambda text: setattr(record, "number", text))  # fmt: skip


def contract(session: Session, record: Contract, values: Mapping[str, Any]) -> None:
    """Complete a contract with the company's currency, and refuse one beside another of the same employee."""
    record.currency = record.currency or company_of(session).currency
    currency(record.currency)
    check_places(record.pay, record.currency)
    if record.end_date is not None and record.end_date < record.start_date:
        raise _invalid("end_date", _("It would end before it begins."))
    for share in record.shares:
        dimensions_of(share.dimensions)
    if record.shares and not any(share.part for share in record.shares):
        raise _invalid("shares", _("At least one part is above zero."))
    asked = sa.select(Contract.start_date).where(
        Contract.employee_id == record.employee_id,
        sa.or_(Contract.end_date.is_(None), Contract.end_date >= record.start_date),
    )
    if record.end_date is not None:
        asked = asked.where(Contract.start_date <= record.end_date)
    if record.id is not None:
        asked = asked.where(Contract.id != record.id)
    with session.no_autoflush:
        other = session.scalar(asked.limit(1))
    if other is not None:
        said = _("Another contract of this employee, from {day} on, holds on the same days.")
        raise _invalid("start_date", said.with_values(day=other.isoformat()))


def entered(session: Session, record: Input, values: Mapping[str, Any]) -> None:
    """Refuse an input no formula could name."""
    try:
        computing.check_name(record.name)
    except FormulaError as error:
        raise _invalid("name", error.said) from None
    if record.until is not None and record.until < record.date:
        raise _invalid("until", _("It would end before it begins."))


def absence(session: Session, record: Absence, values: Mapping[str, Any]) -> None:
    """Refuse an absence that ends before it begins, or takes away more than all."""
    if record.end_date < record.start_date:
        raise _invalid("end_date", _("It would end before it begins."))
    if not 0 < record.unpaid <= 100:
        raise _invalid("unpaid", _("It lies above nothing and is the whole at most."))


def run(session: Session, record: Run, values: Mapping[str, Any]) -> None:
    """Complete a run."""
    runs.complete(session, record)
