"""The chain of a unit: counter and hash of what was signed before, without gaps and without forks.

The end of the chain is a row that is locked until the transaction ends, so of several processes one after the other
takes it. The database refuses a second document with the same counter or after the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backoffice.core.api import Company, RuleBroken, Session
from backoffice.hookspecs import messages

from .document import FIRST_PREVIOUS, Kind, Place, Signed
from .models import End, Link, Unit

_ = messages("zatca")


def now_in(session: Session) -> datetime:
    """Return the present moment in the zone of the session's company."""
    company: Company = session.get(Company, session.company_id)
    return session.now().astimezone(ZoneInfo(company.zone or "UTC"))


def append(
    session: Session, unit: Unit, record: Any, kind: Kind, sign: Callable[[Place], Signed]
) -> tuple[Signed, Link]:
    """Sign the next document of ``unit`` and add it to the chain; return it with its link.

    ``sign(place)`` makes it. The chain is held from here to the end of the transaction.
    """
    end = _end(session, unit)
    place = Place(end.counter + 1, end.digest, uuid4(), now_in(session))
    signed = sign(place)
    link = Link(
        unit_id=unit.id,
        counter=place.counter,
        invoice_id=record.id,
        number=record.number,
        kind=kind.code,
        uuid=str(place.uuid),
        at=place.at,
        digest=signed.digest,
        previous=place.previous,
    )
    session.add(link)
    end.counter, end.digest = place.counter, signed.digest
    session.flush()
    return signed, link


def _end(session: Session, unit: Unit) -> End:
    wanted = sa.select(End).where(End.unit_id == unit.id).with_for_update().execution_options(populate_existing=True)
    end = session.scalars(wanted).one_or_none()
    if end is None:
        raise RuleBroken(
            _("The unit {name} has no chain.").with_values(name=unit.name),
            remedy=_("Register it with the authority first."),
        )
    return end


def begin(session: Session, unit: Unit) -> None:
    """Begin the chain of a unit that was just registered; one that has begun goes on."""
    if session.scalar(sa.select(End.id).where(End.unit_id == unit.id)) is None:
        session.add(End(unit_id=unit.id, counter=0, digest=FIRST_PREVIOUS))
        session.flush()


def verify(session: Session, unit: Unit) -> list[str]:
    """Return what is wrong with the chain of a unit; none when it is whole."""
    wrong = []
    counter, previous = 0, FIRST_PREVIOUS
    for link in session.scalars(sa.select(Link).where(Link.unit_id == unit.id).order_by(Link.counter)):
        if link.counter != counter + 1:
            wrong.append(f"{link.counter}: {counter + 1}")
        if link.previous != previous:
            wrong.append(f"{link.counter}: {link.previous}")
        counter, previous = link.counter, link.digest
    return wrong


__all__ = ["append", "begin", "now_in", "verify"]
