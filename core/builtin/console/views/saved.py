"""Views of lists: filters, order and columns kept under a name, one's own or shared with a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.builtin.console.filters import Asked
from backoffice.core.builtin.console.pages import Choice, ViewForm
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import say
from backoffice.core.errors import BackofficeError
from backoffice.core.office import views
from backoffice.core.office.views import View
from backoffice.core.persistence import Session
from backoffice.core.persistence.prepared import Read
from backoffice.core.users.models import Role
from backoffice.core.web import signed_in
from backoffice.hookspecs import Resource, messages

from .base import desk, pages, safe_path, see, tell

_ = messages("console")

SHARE = "core.share_views"


_ROLES: Final = Read(sa.select(Role.id, Role.name, Role.translations).order_by(Role.code))


@dataclass(frozen=True, slots=True)
class Saved:
    """The views of a list this person may choose from, and the roles they may share one with."""

    views: tuple[View, ...] = ()
    roles: tuple[Choice, ...] = ()


def ahead(noun: Resource) -> list[tuple[Read, dict[str, Any]]]:
    """Return what :func:`visible` reads."""
    return [views.asked(desk(), noun), *([(_ROLES, {})] if desk().may(SHARE) else [])]


def visible(noun: Resource, session: Session) -> Saved:
    """Return the views of a list this person may choose from: their own, then those shared with a role of theirs."""
    if desk().user.user_id is None:
        return Saved()
    roles = _ROLES.rows(session) if desk().may(SHARE) else []
    return Saved(views.visible(desk(), session, noun), tuple(_role(*row) for row in roles))


def _role(id_: int, name: str, translations: Mapping[str, Any] | None) -> Choice:
    return Choice(str(id_), (translations or {}).get(desk().language, {}).get("name") or name)


def preferred(saved: Saved) -> View | None:
    """Return the view a list opens with: one's own choice, else that of a role."""
    return next((view for view in saved.views if view.preferred), None)


def query_of(view: View) -> str:
    """Return the parameters of a list shown as ``view``."""
    return "&".join(part for part in (view.query, f"view={view.id}") if part)


def tabs(noun: Resource, wanted: Asked, saved: Saved) -> list[Choice]:
    """Return the views of a list to choose from, and the list as it is without any."""
    if not saved.views:
        return []
    here = wanted.given.get("view", "")
    url = url_for("console.records", resource=noun.name)
    known = {str(view.id) for view in saved.views}
    return [
        Choice("all", say(_("All")), f"{url}?view=all", here not in known),
        *(Choice(str(view.id), view.name, f"{url}?{query_of(view)}", here == str(view.id)) for view in saved.views),
    ]


def form(noun: Resource, wanted: Asked, saved: Saved) -> ViewForm | None:
    """Return the form that keeps the list as it is shown; only people have views."""
    me = desk().user.user_id
    if me is None:
        return None
    current = next((view for view in saved.views if str(view.id) == wanted.given.get("view")), None)
    own = current is not None and current.user_id == me
    role = str(current.role_id) if current is not None and own else ""
    may_forget = own or (current is not None and desk().may(SHARE))
    return ViewForm(
        url=url_for("console.save_view", resource=noun.name),
        query=wanted.query("view"),
        name=current.name if current is not None and own else "",
        roles=[replace(each, current=each.value == role) for each in saved.roles],
        preferred=own and current is not None and current.preferred,
        forget_url=url_for("console.forget_view", resource=noun.name) if may_forget else "",
        view=str(current.id) if current is not None else "",
    )


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


__all__ = ["Saved", "ahead", "form", "preferred", "query_of", "tabs", "visible"]
