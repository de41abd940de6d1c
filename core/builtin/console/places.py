"""Where things are: addresses of lists, records, reports and actions, empty where this person may not go."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, cast

from flask import g, url_for

from backoffice.core.office import Desk
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import Field, Link, Resource

from .kept import kept

OWN_LISTS = {
    "core.job": "console.jobs",
    "core.audit": "console.audit",
    "core.approval": "console.approvals",
    "core.setting": "console.settings",
}
"""Resources that have a page of their own instead of the generic list."""


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a page that is asked for again and again, built once."""
    return kept(("address", endpoint, *values.items()), lambda: url_for(endpoint, **values))


class Places:
    """The addresses one person may go to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._readable: dict[str, bool] = {}
        self._records: dict[str, str] = {}

    @cached_property
    def by_table(self) -> dict[str, Resource]:
        """The resource that shows the records of a table; of several the first."""
        found: dict[str, Resource] = {}
        for resource in self.desk.office.registry.resources.values():
            found.setdefault(resource.model.__tablename__, resource)
        return found

    def may_read(self, resource: str) -> bool:
        """Tell whether this person may see any record of ``resource``."""
        if resource not in self._readable:
            known = resource in self.desk.office.registry.resources
            self._readable[resource] = known and self.desk.may(f"{resource}.read")
        return self._readable[resource]

    def target(self, field: Field) -> Resource | None:
        """Return the resource that ``field``, a reference, points to, if this person may see it."""
        target = field.target
        if isinstance(target, str) and target in self.desk.office.registry.resources:
            found = self.desk.office.registry.resources[target]
        else:
            table = target if isinstance(target, str) else getattr(target, "__tablename__", "")
            found = self.by_table.get(table)  # type: ignore[assignment]
        return found if found is not None and self.may_read(found.name) else None

    def list(self, resource: str, **query: Any) -> str:
        """Return the address of a list, or nothing."""
        if not self.may_read(resource):
            return ""
        own = OWN_LISTS.get(resource)
        return url_for(own, **query) if own else url_for("console.records", resource=resource, **query)

    def record(self, resource: str, id_: Any) -> str:
        """Return the address of a record, or nothing."""
        if resource not in self._records:
            self._records[resource] = self._record_base(resource) if self.may_read(resource) else ""
        base = self._records[resource]
        return f"{base}{id_}" if base else ""

    def _record_base(self, resource: str) -> str:
        if resource == "core.job":
            return address("console.job", id="0")[:-1]
        return address("console.record", resource=resource, id="0")[:-1]

    def of_table(self, table: str, id_: Any) -> str:
        """Return the address of the record ``id_`` of ``table``, or nothing."""
        found = self.by_table.get(table)
        return self.record(found.name, id_) if found is not None else ""

    def report(self, name: str, **parameters: Any) -> str:
        """Return the address of a report with its parameters, or nothing."""
        found = self.desk.office.registry.reports.get(name)
        if found is None or not self.desk.may(found.permission or found.name):
            return ""
        given = {key: to_plain(value) for key, value in parameters.items() if value is not None}
        return url_for("console.report", name=name, **given)

    def link(self, link: Link | None) -> str:
        """Return the address of what a figure comes from, or nothing."""
        if link is None:
            return ""
        if link.report:
            return self.report(link.report, **link.parameters)
        if link.resource and link.id is not None:
            return self.record(link.resource, link.id)
        return self.list(link.resource, **to_plain(link.parameters)) if link.resource else ""

    def pick(self, field: Field) -> str:
        """Return the address that suggests records for ``field``, or nothing."""
        found = self.target(field)
        return url_for("console.pick", resource=found.name) if found is not None else ""

    def resources(self) -> Iterator[Resource]:
        """Yield the resources this person may see."""
        for resource in self.desk.office.registry.resources.values():
            if self.may_read(resource.name):
                yield resource


def places() -> Places:
    """Return where the person who asks may go; made once a request."""
    found = g.get("places")
    if found is None:
        found = g.places = Places(g.desk)
    return cast(Places, found)


__all__ = ["OWN_LISTS", "Places", "address", "places"]
