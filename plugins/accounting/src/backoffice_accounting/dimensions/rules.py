"""What accounts ask of dimensions, checked when an entry is posted; nothing is read while no dimension is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from backoffice_accounting.models import Dimension, DimensionPart, DimensionRule
from backoffice_accounting.posting import EntryDraft

from backoffice.core.api import Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice_accounting.accounts import AccountFacts

_ = messages("accounting")

ASKING = Read(
    sa.select(Dimension.id, Dimension.code, Dimension.required).where(
        Dimension.company_id == sa.bindparam("company"), Dimension.active
    )
)
"""The dimensions ``company`` keeps."""

_RULES = Read(
    sa.select(DimensionRule.dimension_id, DimensionRule.account_id, DimensionRule.rule)
    .join(Dimension, Dimension.id == DimensionRule.dimension_id)
    .where(Dimension.company_id == sa.bindparam("company"), among(DimensionRule.account_id, "accounts"))
)
_PARTS = Read(sa.select(DimensionPart.set_id, DimensionPart.dimension_id).where(among(DimensionPart.set_id, "sets")))


@dataclass(frozen=True, slots=True)
class Rules:
    """What the dimensions of a company ask of lines."""

    kept: Sequence[tuple[int, str, str]] = ()
    of_accounts: Mapping[tuple[int, int], str] = field(default_factory=dict)
    parts: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, kept: Sequence[tuple[Any, ...]], drafts: Iterable[EntryDraft]) -> Rules:
        """Return the rules that concern ``drafts``; ``kept`` are the rows of :data:`ASKING`."""
        if not kept:
            return cls()
        lines = [line for draft in drafts for line in draft.lines]
        sets = sorted({line.dimension_set_id for line in lines if line.dimension_set_id is not None})
        rules, parts = Read.together(
            session,
            (_RULES, {"company": session.company_id, "accounts": sorted({line.account_id for line in lines})}),
            (_PARTS, {"sets": sets}),
        )
        grouped: dict[int, set[int]] = {}
        for set_id, dimension_id in parts:
            grouped.setdefault(set_id, set()).add(dimension_id)
        return cls(
            [(row[0], row[1], row[2]) for row in kept],
            {(dimension, account): rule for dimension, account, rule in rules},
            {set_id: frozenset(ids) for set_id, ids in grouped.items()},
        )

    def check(self, draft: EntryDraft, accounts: Mapping[int, AccountFacts]) -> None:
        """Raise :class:`~backoffice.core.api.RuleBroken` for lines that lack a dimension or may not bear one."""
        if not self.kept:
            return
        said: dict[str, list[str]] = {}
        for number, line in enumerate(draft.lines):
            bears = self.parts.get(line.dimension_set_id or 0, frozenset())
            wrong = list(self._wrong(accounts[line.account_id], bears))
            if wrong:
                said[f"lines.{number}.dimensions"] = wrong
        if said:
            raise RuleBroken(
                _("Some lines lack a dimension, or bear one they may not."),
                remedy=_("Give the dimensions the accounts ask for."),
                fields=said,
            )

    def _wrong(self, account: AccountFacts, bears: frozenset[int]) -> Iterable[str]:
        for id_, code, required in self.kept:
            rule = self.of_accounts.get((id_, account.id)) or _own(required, account.type)
            if rule == "required" and id_ not in bears:
                yield _("{account} asks for {dimension}.").with_values(account=account.code, dimension=code)
            elif rule == "refused" and id_ in bears:
                yield _("{account} takes no {dimension}.").with_values(account=account.code, dimension=code)


def _own(required: str, type_: str | None) -> str:
    if required == "all" or (required == "result" and type_ in ("income", "expense")):
        return "required"
    return "allowed"
