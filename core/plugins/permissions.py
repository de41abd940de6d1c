"""What can be granted: permissions that follow from the declarations, and the patterns in which roles name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import get_args

from backoffice.hookspecs import Action, Document, Permission, Report, Resource, Role, messages
from backoffice.hookspecs.parts import Scope

_ = messages("backoffice")

OPERATIONS = {
    "read": _("See: {things}"),
    "create": _("Create: {things}"),
    "change": _("Change: {things}"),
    "delete": _("Delete: {things}"),
}
"""What may be done with a resource's records, in words."""

_WIDTH: tuple[Scope, ...] = get_args(Scope)


def of_resource(resource: Resource) -> Iterator[Permission]:
    """Yield ``<name>.read`` and one permission for each of the resource's operations."""
    things = resource.plural or resource.label or resource.name
    for operation, label in OPERATIONS.items():
        if operation == "read" or operation in resource.operations:
            yield Permission(f"{resource.name}.{operation}", label.with_values(things=things))


def name_of(noun: Action | Report | Document) -> str:
    """Return the permission that an action, report or document asks for."""
    if isinstance(noun, Document):
        return noun.permission or f"{noun.resource}.read"
    return noun.permission or noun.name


def of_noun(noun: Action | Report | Document) -> Permission:
    """Return the permission that follows from an action, report or document."""
    return Permission(name_of(noun), noun.label or noun.name)


def expand(patterns: Iterable[str], permissions: Iterable[str]) -> frozenset[str]:
    """Return those of ``permissions`` that any of ``patterns`` names; ``*`` stands for any text.

    ``accounting.*`` is all of a plugin, ``*.read`` every reading one, ``*`` all there are.
    """
    wanted = tuple(patterns)
    return frozenset(name for name in permissions if any(fnmatchcase(name, pattern) for pattern in wanted))


def grants(role: Role, permissions: Iterable[str]) -> dict[str, Scope]:
    """Return what ``role`` grants of ``permissions`` and how far each reaches.

    A permission named in full has the scope given to it; of several patterns that match, the widest scope counts.
    """
    scopes: Mapping[str, Scope] = (
        role.permissions if isinstance(role.permissions, Mapping) else dict.fromkeys(role.permissions, "all")
    )
    given: dict[str, Scope] = {}
    for name in permissions:
        if name in scopes:
            given[name] = scopes[name]
        elif matching := [scope for pattern, scope in scopes.items() if fnmatchcase(name, pattern)]:
            given[name] = min(matching, key=_WIDTH.index)
    return given


__all__ = ["OPERATIONS", "expand", "grants", "name_of", "of_noun", "of_resource"]
