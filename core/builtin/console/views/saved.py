"""Views of lists: filters, order and columns kept under a name, one's own or shared with a role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.models import SavedView
from backoffice.core.builtin.console.filters import Asked
from backoffice.core.builtin.console.pages import Choice, ViewForm
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import say
from backoffice.core.errors import BackofficeError
from backoffice.core.office import views
from backoffice.core.office.described import text_of
from backoffice.core.persistence import Session
from backoffice.core.users.models import Role
from backoffice.core.web import signed_in
from backoffice.hookspecs import Resource, messages

from .base import desk, pages, safe_path, see, tell

_ = messages("console")

SHARE = "core.share_views"


def visible(noun: Resource, session: Session) -> Sequence[SavedView]:
    """Return the views of a list this person may choose from: their own, then those shared with a role of theirs."""
    return views.visible(desk(), session, noun)


def preferred(known: Sequence[SavedView]) -> SavedView | None:
    """Return the view a list opens with: one's own choice, else that of a role."""
    return next((view for view in known if view.preferred), None)


def query_of(view: SavedView) -> str:
    """Return the parameters of a list shown as ``view``."""
    return "&".join(part for part in (view.query, f"view={view.id}") if part)


def tabs(noun: Resource, wanted: Asked, known: Sequence[SavedView]) -> list[Choice]:
    """Return the views of a list to choose from, and the list as it is without any."""
    if not known:
        return []
    here = wanted.given.get("view", "")
    url = url_for("console.records", resource=noun.name)
    numbers = {str(view.id) for view in known}
    return [
        Choice("all", say(_("All")), f"{url}?view=all", here not in numbers),
        *(Choice(str(view.id), view.name, f"{url}?{query_of(view)}", here == str(view.id)) for view in known),
    ]


def form(noun: Resource, wanted: Asked, known: Sequence[SavedView]) -> ViewForm | None:
    """Return the form that keeps the list as it is shown; only people have views."""
    me = desk().user.user_id
    if me is None:
        return None
    current = next((view for view in known if str(view.id) == wanted.given.get("view")), None)
    own = current is not None and current.user_id == me
    may_forget = own or (current is not None and desk().may(SHARE))
    return ViewForm(
        url=url_for("console.save_view", resource=noun.name),
        query=wanted.query("view"),
        name=current.name if current is not None and own else "",
        roles=_roles(current.role_id if current is not None and own else None) if desk().may(SHARE) else (),
        preferred=own and current is not None and current.preferred,
        forget_url=url_for("console.forget_view", resource=noun.name) if may_forget else "",
        view=str(current.id) if current is not None else "",
    )


def _roles(chosen: int | None) -> list[Choice]:
    with desk().reading() as session:
        roles = session.scalars(sa.select(Role).order_by(Role.code))
        return [Choice(str(r.id), str(text_of(r, "name", desk().language)), current=r.id == chosen) for r in roles]


@pages.post("/records/<resource>/views")
@signed_in
def save_view(resource: str) -> ResponseReturnValue:
    """Keep the list under a name."""
    given: dict[str, Any] = {
        "view_resource": resource,
        "name": request.form.get("name", "").strip(),
        "query": request.form.get("query", ""),
        "preferred": "preferred" in request.form,
    }
    role = request.form.get("role", "")
    if role.isascii() and role.isdigit():
        given["role"] = int(role)
    try:
        made = desk().execute("core.save_view", given)
    except BackofficeError as error:
        if error.status != 422:
            raise
        tell(_("Give the view a name."), "warning")
        return see(_back(resource, request.form.get("query", "")))
    tell(_("The view “{name}” is saved."), name=made["name"])
    return see(_back(resource, "&".join(part for part in (made["query"], f"view={made['id']}") if part)))


@pages.post("/records/<resource>/views/forget")
@signed_in
def forget_view(resource: str) -> ResponseReturnValue:
    """Forget a view; the list stays as it is."""
    desk().execute("core.forget_view", {"view": request.form.get("view", "")})
    tell(_("The view is forgotten."))
    return see(_back(resource, "view=all"))


def _back(resource: str, query: str) -> str:
    return safe_path(f"{places().list(resource)}?{query}".rstrip("?"))


__all__ = ["form", "preferred", "query_of", "tabs", "visible"]
