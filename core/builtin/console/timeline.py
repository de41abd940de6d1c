"""What happened to records, as people read it: changes of one request told together, values in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from flask import url_for

from backoffice.core.audit.history import Change as Audited
from backoffice.core.audit.history import FieldChange
from backoffice.core.office.described import child_of
from backoffice.core.text import LANGUAGES, language_name
from backoffice.hookspecs import Field, Label, Resource, messages

from .pages import Change, Moment, Tone
from .reader import Reader
from .showing import Showing

_ = messages("console")

CHANNELS = {
    "console": _("Console"),
    "rest": _("Programs' interface"),
    "cli": _("Command line"),
    "job": _("Background job"),
    "python": _("Program"),
    "system": _("The system"),
}
DID = {"I": _("created this"), "U": _("changed this"), "D": _("deleted this")}
DID_LINES: dict[str, Callable[[int], Label]] = {
    "I": lambda n: _("added {count} line to “{label}”").counted("added {count} lines to “{label}”", n),
    "U": lambda n: _("changed {count} line of “{label}”").counted("changed {count} lines of “{label}”", n),
    "D": lambda n: _("removed {count} line from “{label}”").counted("removed {count} lines from “{label}”", n),
}
TONES: dict[str, Tone] = {"I": "good", "U": "info", "D": "bad"}
MOST_CHANGES = 12
"""Changes of fields told with one moment of lines."""


def actor(change: Audited, reader: Reader) -> str:
    """Return who made a change; what nobody made by name was made by the system."""
    nobody = change.actor_id is None and change.actor in {"", "system"}
    return reader.say(CHANNELS["system"]) if nobody else change.actor


class Timeline:
    """Tells the history of the records of one resource."""

    def __init__(self, showing: Showing, resource: Resource) -> None:
        self.showing = showing
        self.resource = resource
        self.table = resource.model.__tablename__

    @cached_property
    def readable(self) -> set[str]:
        """The fields of the record this person may read."""
        return set(self.showing.desk.readable(self.resource))

    @cached_property
    def parts(self) -> dict[str, str]:
        """Table of nested lines → what they are called, as far as they may be read."""
        may = self.showing.desk.may
        return {
            child_of(lines, self.resource.model).__tablename__: lines.label or lines.relation.capitalize()
            for lines in self.resource.lines
            if not lines.permission or may(lines.permission)
        }

    def moments(self, changes: Sequence[Audited], record_id: int) -> list[Moment]:
        """Return ``changes``, newest first, those of one request and kind together."""
        self.want(changes)
        seen = [c for c in changes if c.table == self.table or c.table in self.parts]
        groups = [list(group) for _key, group in groupby(seen, key=_together)]
        return [self._moment(group, record_id) for group in groups]

    def _moment(self, group: Sequence[Audited], record_id: int) -> Moment:
        first = next((c for c in group if c.table == self.table), group[0])
        # The record as it was just after this change.
        at = max(c.at for c in group)
        here: dict[str, Any] = {"resource": self.resource.name, "id": record_id}
        return Moment(
            at=first.at,
            who=actor(first, self.showing.reader),
            what=self._what(group, first),
            through=self.through(first),
            tone=TONES[_strongest([c for c in group if c.table == self.table])],
            changes=self._changes(group),
            as_of_url=url_for("console.record", **here, as_of=at.isoformat()),
            request=first.request_id,
        )

    def through(self, change: Audited) -> str:
        """Return the channel and the action in words."""
        read = self.showing.reader
        channel = read.say(CHANNELS.get(change.channel, change.channel))
        label = self.action(change.action)
        return f"{channel} · {label}" if label else channel

    def action(self, name: str) -> str:
        """Return the label of an action that is more than creating, changing or deleting."""
        found = self.showing.desk.office.registry.actions.get(name)
        return self.showing.reader.say(found.label or found.name) if found is not None else ""

    def _what(self, group: Sequence[Audited], first: Audited) -> str:
        read = self.showing.reader
        own = [c for c in group if c.table == self.table]
        said = [read.say(DID[_strongest(own)])] if own else []
        for table, label in self.parts.items():
            for operation, did in DID_LINES.items():
                count = sum(1 for c in group if c.table == table and c.operation == operation)
                if count:
                    said.append(read.say(did(count), label=label))
        comma = "، " if read.language == "ar" else ", "
        return comma.join(said) or read.say(DID[first.operation])

    def _changes(self, group: Sequence[Audited]) -> list[Change]:
        if any(c.table == self.table and c.operation == "I" for c in group):
            return []
        own = [c for c in group if c.table == self.table and c.operation == "U"]
        lines = [c for c in group if c.table != self.table and c.operation == "U"]
        found = [self.change(c.table, f) for c in (*own, *lines) for f in c.changes if self._may_show(c.table, f)]
        return [change for change in found if change is not None][:MOST_CHANGES]

    def _may_show(self, table: str, change: FieldChange) -> bool:
        if change.field is None:
            return change.name in {"translations", "custom"}
        if change.field.secret:
            return False
        return table != self.table or change.name in self.readable

    def change(self, table: str, change: FieldChange) -> Change | None:
        """Return one field before and after, in words."""
        showing, field = self.showing, change.field
        if field is None:
            label = _("Other languages") if change.name == "translations" else _("Added fields")
            return Change(label=showing.reader.say(label), before=_flat(change.before), after=_flat(change.after))
        before, after = (self._value(field, value) for value in (change.before, change.after))
        return Change(
            label=showing.reader.say(field.label),
            before=before,
            after=after,
            kind=field.kind,
            choices=showing.reader.choices(field),
        )

    def _value(self, field: Field, value: Any) -> Any:
        if field.kind == "ref" and isinstance(value, int):
            return self.showing.ref(field, value)
        return value

    def want(self, changes: Iterable[Audited]) -> None:
        """Note the references in ``changes``, so that one query names all of a kind."""
        for change in changes:
            for each in change.changes:
                if each.field is not None and each.field.kind == "ref":
                    for value in (each.before, each.after):
                        if isinstance(value, int):
                            self.showing.refs.want(each.field, value)


def _strongest(changes: Sequence[Audited]) -> str:
    """Return what changes of one moment amount to: made and then changed is made."""
    return next((operation for operation in "DI" if any(c.operation == operation for c in changes)), "U")


def _together(change: Audited) -> tuple[str, str, int | None]:
    return change.request_id, change.action, change.actor_id


def _flat(value: Any) -> str:
    """Return nested translations or added values as one line."""
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    parts = [f"{_name(name)}: {_flat(inner)}" for name, inner in value.items()]
    return ", ".join(parts)


def _name(name: str) -> str:
    return language_name(name) if name in LANGUAGES else name


__all__ = ["CHANNELS", "Timeline"]
