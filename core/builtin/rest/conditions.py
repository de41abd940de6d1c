"""Which record a request means, and in which version it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backoffice.core.errors import MalformedRequest, NotFound, StaleVersion
from backoffice.core.office import Desk
from backoffice.core.office.queries import LARGEST
from backoffice.core.persistence.database import stale
from backoffice.core.web.problems import STATUS
from backoffice.hookspecs import Resource, messages

from . import given

_ = messages("rest")


def possible(resource: Resource, id: int) -> int:
    """Return ``id`` if a record can have it; no database keeps a larger one."""
    if not 0 < id <= LARGEST:
        raise NotFound(
            _("There is no {noun} {id}.").with_values(noun=resource.label or resource.name, id=str(id)),
            remedy=_("Look for it in the list."),
        )
    return id


def target(desk: Desk, resource: Resource, id: int, version: Any) -> dict[str, Any]:
    """Return the arguments by which a verb finds its record: the id, and the version it must have.

    That is the one in ``If-Match``, or else ``version``, which stood in the body.
    """
    found: dict[str, Any] = {"id": possible(resource, id)}
    wanted = given.versions()
    if wanted is None:
        return found if version is None else {**found, "version": version}
    if version is not None and version not in wanted:
        raise MalformedRequest(_("If-Match and the body name different versions."))
    if len(wanted) != 1:
        present = getattr(desk.get(resource.name, id), "version", None)
        if present not in wanted:
            raise _precondition(stale())
        wanted = [present]
    return {**found, "version": wanted[0]}


def matched(do: Callable[[], Any]) -> Any:
    """Do it; that the version is stale answers 412 where ``If-Match`` named it, and 409 where the body did."""
    try:
        return do()
    except StaleVersion as error:
        raise (_precondition(error) if given.versions() is not None else error) from error


def _precondition(error: StaleVersion) -> StaleVersion:
    error.details[STATUS] = 412
    return error


__all__ = ["matched", "possible", "target"]
