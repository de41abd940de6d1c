"""Who asks, and what became of work they asked for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import g
from flask.typing import ResponseReturnValue

from backoffice.core.errors import NotFound
from backoffice.core.events.models import JobRow
from backoffice.core.office import Desk
from backoffice.core.office.queries import LARGEST
from backoffice.core.persistence import ReadingSession
from backoffice.core.schemas import to_plain
from backoffice.core.users.models import Company, Organization
from backoffice.hookspecs import messages

from . import given
from .answers import json_answer

_ = messages("rest")

JOB = ("id", "name", "state", "done", "total", "message", "attempts", "most_attempts", "run_at", "started_at",
       "finished_at", "created_at", "result", "error")  # fmt: skip


def me() -> ResponseReturnValue:
    """Answer who asks: the person or token, their companies, and what they may do."""
    given.parameters(())
    desk: Desk = g.desk
    user = desk.user
    with desk.reading() as session:
        places = _companies(desk, session)
        organization = session.scalars(sa.select(Organization)).one()
    document = {
        "id": user.user_id,
        "username": user.username,
        "name": user.name,
        "language": user.language,
        "organization": {"code": organization.code, "name": organization.name},
        "company": next((place for place in places if place["id"] == desk.context.company_id), None),
        "companies": places,
        "scopes": None if user.scopes is None else list(user.scopes),
        "permissions": sorted(name for name in desk.office.registry.permissions if desk.may(name)),
    }
    return json_answer(document)


def _companies(desk: Desk, session: ReadingSession) -> list[dict[str, Any]]:
    statement = sa.select(Company).order_by(Company.code)
    if desk.user.companies is not None:
        statement = statement.where(Company.id.in_(desk.user.companies))
    return [
        {"id": company.id, "code": company.code, "name": company.name, "currency": company.currency}
        for company in session.scalars(statement)
    ]


def job(id: int) -> ResponseReturnValue:
    """Answer how far a job is: one's own, or any for those who may read jobs."""
    given.parameters(())
    desk: Desk = g.desk
    with desk.reading(fresh=True) as session:
        found = session.scalar(sa.select(JobRow).where(JobRow.id == id)) if id <= LARGEST else None
    if found is None or not _may_see(desk, found):
        raise NotFound(_("There is no job {id}.").with_values(id=str(id)), remedy=_("Look for it in the list of jobs."))
    return json_answer({name: to_plain(getattr(found, name)) for name in JOB})


def _may_see(desk: Desk, found: JobRow) -> bool:
    own = desk.user.user_id is not None and found.created_by == desk.user.user_id
    return own or desk.may("core.job.read", found, "created_by")


__all__ = ["job", "me"]
