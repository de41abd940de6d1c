"""Errors as pages: what happened, why, and what to do, in the frame of the console."""

from __future__ import annotations

from typing import Any

import structlog
from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.errors import BackofficeError
from backoffice.core.web.problems import Problem
from backoffice.hookspecs import messages

from . import frame
from .pages import Choice, Command, ErrorPage, Page
from .reader import say
from .rendering import render

_ = messages("console")
log = structlog.get_logger("backoffice.console")


def show(problem: Problem) -> ResponseReturnValue:
    """Return ``problem`` as a page; whoever is not signed in is led to where they can sign in."""
    if problem.status == 401:
        return _to_the_door()
    error = ErrorPage(
        status=problem.status,
        title=problem.title,
        what=problem.what,
        why=problem.why,
        remedy=problem.remedy,
        request_id=problem.request_id if problem.status >= 500 else "",
        commands=_commands(problem),
    )
    return render("error", error=error, page=_frame()), problem.status


def _to_the_door() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else ""
    following: dict[str, Any] = {"next": wanted} if wanted not in {"", "/"} else {}
    return redirect(url_for("console.sign_in", **following), 303)


def _frame() -> Page:
    """Return the frame, or the plain one of the door when the full one cannot be made: the database may be missing."""
    try:
        return frame.page()
    except BackofficeError as error:
        log.warning("error page without its frame", request=g.get("request_id", ""), exc_info=error)
        g.frame = plain = frame.door()
        return plain


def _commands(problem: Problem) -> list[Command]:
    found = []
    given = request.view_args or {}
    elsewhere: Choice | None = g.get("elsewhere")
    if elsewhere is not None:
        there = {"company": elsewhere.value, "next": request.full_path.rstrip("?")}
        label = say(_("Open it in {company}"), company=elsewhere.label)
        found.append(Command(label=label, url=url_for("console.company"), style="primary", post=True, values=there))
    if problem.status in {403, 409} and {"resource", "id"} <= set(given) and request.endpoint != "console.record":
        record = url_for("console.record", resource=given["resource"], id=given["id"])
        found.append(Command(label=say(_("Back to the record")), url=record, icon="previous"))
    if problem.status >= 500 or problem.status == 429:
        address = request.full_path.rstrip("?") if request.method == "GET" else ""
        if address:
            found.append(Command(label=say(_("Try again")), url=address, icon="repeat"))
    home = url_for("console.home") if g.get("desk") is not None else url_for("console.sign_in")
    label = _("To the start page") if g.get("desk") is not None else _("To the sign-in")
    return [*found, Command(label=say(label), url=home, style="primary" if elsewhere is None else "")]


__all__ = ["show"]
