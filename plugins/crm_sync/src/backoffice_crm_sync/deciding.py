"""Who changed what: the values both sides agreed on last, ours and theirs, compared field by field.

Nothing here knows a database or another system. A value is a text; nothing and an empty text are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backoffice.hookspecs import messages

_ = messages("crm_sync")

OWNERS = {
    "both": _("Both sides"),
    "ours": _("Ours: theirs is overwritten"),
    "theirs": _("Theirs: ours is overwritten"),
    "fill": _("Theirs where ours is empty"),
}
TIES = {
    "ask": _("Ask somebody"),
    "ours": _("Ours"),
    "theirs": _("Theirs"),
    "newest": _("The newest"),
}

Values = Mapping[str, str]


@dataclass(frozen=True)
class Mapped:
    """How one field of ours is kept alike with one of theirs.

    ``placeholder`` is what they write where they know nothing, such as ``Unknown``: it never comes over. ``identifies``
    marks fields by which a record of theirs is recognised before it is linked.
    """

    ours: str
    theirs: str
    owner: str = "both"
    tie: str = "ask"
    placeholder: str = ""
    identifies: bool = False


@dataclass(frozen=True)
class Disagreement:
    """A field both sides changed, each in its own way."""

    name: str
    base: str
    ours: str
    theirs: str


@dataclass
class Decision:
    """What is to be done: values for our side and for theirs, what is agreed then, what somebody must decide."""

    here: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)
    open: list[Disagreement] = field(default_factory=list)


def known(value: object, placeholder: str = "") -> str:
    """Return a value as it is compared: a text without white space around it, empty for nothing and placeholders."""
    text = "" if value is None else str(value).strip()
    return "" if placeholder and text.casefold() == placeholder.strip().casefold() else text


def decide(
    fields: Sequence[Mapped],
    base: Values | None,
    ours: Values,
    theirs: Values,
    *,
    ours_at: datetime | None = None,
    theirs_at: datetime | None = None,
) -> Decision:
    """Return what has to be written on which side.

    Args:
        fields: the fields that are kept alike.
        base: what both sides agreed on last, or None when they never met.
        ours: our values by our names.
        theirs: their values by our names.
        ours_at: when ours was changed last, for ties the newest wins.
        theirs_at: when theirs was changed last.

    One side changed: that is taken. Both alike: nothing is to do. Both differently: as ``tie`` says. Where they never
    met, an empty value is one nobody knows, and the other side's is taken.
    """
    decision = Decision()
    for one in fields:
        here, there = known(ours.get(one.ours)), known(theirs.get(one.ours), one.placeholder)
        before = None if base is None or one.ours not in base else known(base[one.ours])
        _decide_field(decision, one, before, here, there, newest_is_ours(ours_at, theirs_at))
    return decision


def newest_is_ours(ours_at: datetime | None, theirs_at: datetime | None) -> bool:
    """Return whether our change is the newer one; unknown instants are the oldest, and ours wins a draw."""
    if theirs_at is None:
        return True
    return ours_at is not None and ours_at >= theirs_at


def _decide_field(decision: Decision, one: Mapped, before: str | None, here: str, there: str, ours_newer: bool) -> None:
    winner = _winner(one, before, here, there, ours_newer)
    if winner == "alike":
        decision.agreed[one.ours] = here
    elif winner == "ours":
        decision.there[one.ours] = decision.agreed[one.ours] = here
    elif winner == "theirs":
        decision.here[one.ours] = decision.agreed[one.ours] = there
    elif winner == "ask":
        decision.open.append(Disagreement(one.ours, before or "", here, there))
    # Otherwise each side keeps what it has, and nothing is agreed.


def _winner(one: Mapped, before: str | None, here: str, there: str, ours_newer: bool) -> str:
    if here == there:
        return "alike"
    if one.owner == "fill":
        return "theirs" if not here else "apart"
    if one.owner in ("ours", "theirs"):
        return _owned(one.owner, before, here if one.owner == "ours" else there)
    if before is None:
        if not here or not there:
            return "theirs" if not here else "ours"
    elif here == before:
        return "theirs"
    elif there == before:
        return "ours"
    if one.tie == "newest":
        return "ours" if ours_newer else "theirs"
    return one.tie


def _owned(owner: str, before: str | None, value: str) -> str:
    """The owner's value holds; one that was never known wipes nothing out."""
    return owner if value or before else "apart"
