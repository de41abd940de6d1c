"""Rows into an action: each holds its arguments, and perhaps the key under which it is done only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backoffice.core.errors import InvalidInput
from backoffice.core.office import Desk
from backoffice.hookspecs import Field, messages

from .drafts import Draft
from .layout import KEY, Target, targets_of

_ = messages("rest")


class IntoAction:
    """The action ``name`` as a target of an import."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk = desk
        self.verb = desk.verb(name)
        desk.require(self.verb.permission)
        self.action = self.verb.name
        self.known: Mapping[str, tuple[str, ...]] = {}
        self.refers_to_itself = False

    @property
    def targets(self) -> list[Target]:
        """The arguments."""
        schema = self.verb.schema
        further = [Field(name) for name in schema.fields] if schema is not None else []
        return targets_of([*self.verb.fields, *further])

    def prepare(self, draft: Draft) -> None:
        """Raise :class:`InvalidInput` unless the draft's arguments fit; empty cells take the defaults."""
        draft.given = {name: _without_empty(value) for name, value in draft.given.items() if value is not None}
        self.desk.load(self.verb, draft.given)

    def load(self, drafts: Sequence[Draft]) -> list[str]:
        """Do the action for each of ``drafts`` in one transaction."""
        for draft in drafts:
            draft.refused = None
        keys = [draft.key for draft in drafts if draft.key]
        if keys and len(keys) < len(drafts):
            raise InvalidInput(_("The column {name} must be filled in every row.").with_values(name=KEY))
        self.desk.execute_many(
            self.verb.name, [draft.given for draft in drafts], per_transaction=len(drafts), keys_=keys
        )
        return ["created"] * len(drafts)


def _without_empty(value: object) -> object:
    if isinstance(value, list):
        return [_without_empty(one) for one in value]
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not None}
    return value


__all__ = ["IntoAction"]
