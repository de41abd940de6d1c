"""Work in the background: what runs, how far it is, what was given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console.pages import Choice, Command, Crumb, Empty, Fact, JobView, Pager
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import Forbidden, NotFound
from backoffice.core.events.models import STATES, JobRow
from backoffice.core.office import Question
from backoffice.core.persistence import Session
from backoffice.core.users.models import Company
from backoffice.core.web import permission, signed_in
from backoffice.hookspecs import Field, messages

from .base import desk, pages, people_by_id

_ = messages("console")

JOB_VIEWS = {
    "": _("All"),
    "waiting,running,failed": _("Under way"),
    "dead": _("Given up"),
    "done": _("Done"),
}


@pages.get("/jobs")
@permission("core.job.read")
def jobs() -> str:
    """Show the work in the background."""
    state = request.args.get("state", "")
    asked = Question(
        filters={"state__in": state} if state in JOB_VIEWS and state else {},
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    with desk().reading() as session:
        found = desk().list("core.job", asked)
        people = people_by_id(session, [row.created_by for row in found.records])
        shown = [_job(row, people) for row in found.records]
        given: dict[str, Any] = {"state": state} if state else {}
        return render(
            "jobs",
            jobs=shown,
            views=[
                Choice(value, say(label), url_for("console.jobs", state=value or None), value == state)
                for value, label in JOB_VIEWS.items()
            ],
            pager=Pager(
                previous=url_for("console.jobs", **given, before=found.previous) if found.previous else "",
                next=url_for("console.jobs", **given, after=found.next) if found.next else "",
            ),
            empty=Empty(
                title=say(_("No jobs here")),
                text=say(_("Imports, deliveries and scheduled work appear here while they run and afterwards.")),
                icon="bolt",
            ),
        )


def _job(row: JobRow, people: dict[int, str]) -> JobView:
    read, job = reader(), desk().office.registry.jobs.get(row.name)
    ended = row.state in {"done", "dead", "cancelled"}
    return JobView(
        id=str(row.id),
        label=read.say(job.label if job is not None and job.label else row.name),
        name=row.name,
        state=row.state,
        state_label=read.say(STATES.get(row.state, row.state)),
        url=url_for("console.job", id=row.id),
        done=row.done,
        total=row.total or 0,
        text=row.message,
        queued_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempt=row.attempts,
        attempts=row.most_attempts,
        who=people.get(row.created_by or 0, ""),
        error=(row.error or "").splitlines()[-1] if row.error else "",
        poll="" if ended else url_for("console.job_progress", id=row.id),
    )


@pages.get("/jobs/<int:id>")
@signed_in
def job(id: int) -> str:
    """Show one job and how far it is."""
    with desk().reading() as session:
        row = _visible(session, id)
        people = people_by_id(session, [row.created_by])
        company = session.scalar(sa.select(Company.name).where(Company.id == row.company_id)) if row.company_id else ""
        view = _job(row, people)
        declared = desk().office.registry.jobs.get(row.name)
        arguments = _arguments(row.arguments, declared.fields if declared else ())
        detailed = _detailed(view, row, company or "", arguments)
        return render("job", job=detailed, crumbs=[Crumb(say(_("Jobs")), places().list("core.job"))])


def _detailed(view: JobView, row: JobRow, company: str, arguments: Sequence[Fact]) -> JobView:
    return replace(
        view,
        company=company,
        arguments=arguments,
        remedy=say(_("Mend what it complains of, then try again.")) if row.state == "dead" else "",
        commands=list(_job_commands(row)),
    )


def _job_commands(row: JobRow) -> Iterator[Command]:
    for action in desk().office.registry.actions_of("core.job"):
        if (action.when is None or row.state in action.when[1]) and desk().may(action.permission or action.name):
            yield Command(
                label=say(action.label),
                url=url_for("console.act", resource="core.job", id=row.id, name=action.name),
                icon="repeat" if "retry" in action.name else "close",
                dialog=True,
                style="" if action.destructive else "primary",
            )


def _arguments(given: Any, fields: Sequence[Field]) -> list[Fact]:
    described = {field.name: field for field in fields}
    facts = []
    for name, value in (given or {}).items():
        field = described.get(name)
        kind = "data" if isinstance(value, dict | list) else "text"
        label = say(field.label) if field is not None and field.label else name
        facts.append(Fact(label=label, value=value, kind=kind))
    return facts


def _visible(session: Session, id_: int) -> JobRow:
    """Return a job this person may see, or one they asked for themselves."""
    try:
        found: JobRow = desk().get("core.job", id_)
    except (Forbidden, NotFound):
        mine = sa.select(JobRow).where(JobRow.id == id_, JobRow.created_by == desk().user.user_id)
        own = session.scalars(mine).one_or_none() if desk().user.user_id is not None else None
        if own is None:
            raise
        return own
    return found


def job_view(id_: int) -> JobView:
    """Return how far a job of this person is, for another page."""
    with desk().reading() as session:
        row = _visible(session, id_)
        return _job(row, people_by_id(session, [row.created_by]))


@pages.get("/jobs/<int:id>/progress.json")
@signed_in
def job_progress(id: int) -> ResponseReturnValue:
    """Tell a script how far a job is."""
    with desk().reading() as session:
        row = _visible(session, id)
        read = reader()
        share = f"{read.number(row.done)} / {read.number(row.total)}" if row.total else ""
        finished = row.state in {"done", "dead", "cancelled"}
        return jsonify(done=row.done, total=row.total, text=row.message, share=share, finished=finished)
