"""Two questions of whoever watches over the process: is it alive, and can it serve?"""

from __future__ import annotations

from flask import Blueprint, current_app

from backoffice.core.errors import NeedsMigration
from backoffice.core.office import Backoffice
from backoffice.hookspecs import messages

from .declared import unrecognised

_ = messages("rest")

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@unrecognised
def alive() -> dict[str, str]:
    """Say that the process answers; it asks nobody else, so that a database at rest kills no process."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@unrecognised
def ready() -> dict[str, str]:
    """Say that the database can be used and the core's tables are as new as the program; 503 otherwise."""
    office: Backoffice = current_app.extensions["backoffice"]
    behind = [item.name for item in office.standings() if item.pending and item.name == "core"]
    if behind:
        raise NeedsMigration(_("The database is older than the program."), remedy=_("Run `backoffice db upgrade`."))
    return {"status": "ok"}
