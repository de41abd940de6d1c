"""What must be right about codes, rules and forms before they are saved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .kinds import REASONED
from .models import Box, Code, Form, Rate, TaxLine
from .returns import Slot, fill

_ = messages("taxes")

Mistake = tuple[str, str]

FIXED = ("kind", "per", "basis", "reverse_charge", "withholding", "due", "country", "family")
"""What a code keeps once tax lines bear it: its figures could not be explained otherwise."""


def country(session: Session, record: Any, values: Mapping[str, Any]) -> None:
    """Write the country in capitals and refuse what is no country's code."""
    record.country = (record.country or "").upper()
    if not re.fullmatch("[A-Z]{2}", record.country):
        said = _("Countries are written with the two letters of ISO 3166.")
        raise InvalidInput(said, fields={"country": [said]})


def code(session: Session, record: Code, values: Mapping[str, Any]) -> None:
    """Check a tax code; raise :class:`~backoffice.core.api.InvalidInput` with what is wrong and where."""
    country(session, record, values)
    mistakes: dict[str, list[str]] = {}
    for name, said in _mistakes(record):
        mistakes.setdefault(name, []).append(said)
    if mistakes:
        raise InvalidInput(_("Some particulars of this tax code cannot be accepted."), fields=mistakes)
    _keep_what_was_used(session, record)


def _mistakes(record: Code) -> Iterator[Mistake]:
    if record.kind == "group":
        if not record.members:
            yield "members", _("A group holds at least one code.")
        if record.id is not None and record.id in {one.member_id for one in record.members}:
            yield "members", _("A group does not hold itself.")
        if record.rates:
            yield "rates", _("A group has the rates of its codes and none of its own.")
    else:
        if record.members:
            yield "members", _("Only a group holds other codes.")
        if not record.rates:
            yield "rates", _("Give at least one rate; 0 for what is exempt.")
    if record.basis == "taxes" and not record.stands_on:
        yield "stands_on", _("Name the taxes it is taken of.")
    if record.category in REASONED and record.kind != "group" and not (record.reason or record.reason_code):
        yield "reason", _("An invoice must say why there is no tax: give the reason or its code.")
    yield from _rates(record.rates)


def _rates(rates: list[Rate]) -> Iterator[Mistake]:
    for n, one in enumerate(rates):
        if one.valid_from and one.valid_until and one.valid_from > one.valid_until:
            yield f"rates.{n}.valid_until", _("It would end before it begins.")
        for other in rates[:n]:
            if _meet(one, other):
                yield f"rates.{n}.valid_from", _("Two rates hold on the same day.")
                break


def _meet(one: Rate, other: Rate) -> bool:
    begins = max((rate.valid_from for rate in (one, other) if rate.valid_from), default=None)
    ends = min((rate.valid_until for rate in (one, other) if rate.valid_until), default=None)
    return begins is None or ends is None or begins <= ends


def _keep_what_was_used(session: Session, record: Code) -> None:
    if record.id is None:
        return
    changed = [name for name in FIXED if sa.inspect(record).attrs[name].history.has_changes()]
    if changed and session.scalar(sa.select(TaxLine.id).where(TaxLine.tax_id == record.id).limit(1)) is not None:
        said = _("Documents bear this tax code; what it is stays.")
        raise RuleBroken(
            said, remedy=_("Make a new code and put this one out of use."), fields={name: [said] for name in changed}
        )


def form(session: Session, record: Form, values: Mapping[str, Any]) -> None:
    """Check the form of a return: its sums add up boxes that are there."""
    country(session, record, values)
    fill([_slot(box) for box in record.boxes], [])


def _slot(box: Box) -> Slot:
    return Slot(code=box.code, sum_of=tuple((box.sum_of or "").split()))


def rule(session: Session, record: Any, values: Mapping[str, Any]) -> None:
    """Check a rule: its days are in order."""
    country(session, record, values)
    if record.valid_from and record.valid_until and record.valid_from > record.valid_until:
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"valid_until": [said]})
