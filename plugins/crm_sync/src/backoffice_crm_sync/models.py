"""What is kept of sync: backends with their fields, which record is which, disagreements, runs and what they did."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .deciding import OWNERS, TIES
from .ours import FIELDS

_ = messages("crm_sync")

Base: Any = plugin_base("crm_sync")

DIRECTIONS = {"both": _("Both ways"), "pull": _("From there to here"), "push": _("From here to there")}
WHO = {
    "all": _("All parties"),
    "customer": _("Customers"),
    "supplier": _("Suppliers"),
    "person": _("People"),
    "none": _("Only those that are linked"),
}
DELETES = {"keep": _("Are left as they are"), "follow": _("Are followed")}
LINK_STATES = {
    "linked": _("Linked"),
    "conflict": _("Disagrees"),
    "failed": _("Failed"),
    "gone": _("Gone on one side"),
    "apart": _("Kept apart"),
}
CONFLICT_STATES = {"open": _("To be decided"), "ours": _("Ours was taken"), "theirs": _("Theirs was taken"),
                   "settled": _("Settled by itself")}  # fmt: skip
RUN_KINDS = {"changes": _("What changed"), "full": _("Everything"), "trial": _("Trial, nothing is written")}
RUN_STATES = {
    "running": _("Running"),
    "done": _("Done"),
    "stopped": _("Stopped"),
    "undone": _("Taken back"),
}
WHAT = {
    "linked": _("Linked"),
    "created_here": _("Created here"),
    "changed_here": _("Changed here"),
    "archived_here": _("Put away here"),
    "created_there": _("Created there"),
    "changed_there": _("Changed there"),
    "deleted_there": _("Deleted there"),
    "conflict": _("Disagrees"),
    "gone": _("Gone on one side"),
    "failed": _("Failed"),
}


def written(values: Any) -> str:
    """Return values by name as people read them, one after the other."""
    return "; ".join(f"{name}: {value or '–'}" for name, value in (values or {}).items())


class Backend(OfCompany, Record, Base):
    """Another system whose records are kept alike with parties."""

    __tablename__ = "crm_sync_backend"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True)
    connector: Mapped[str] = field.code(40, label=_("System"), help=_("Such as hubspot or salesforce."))
    address: Mapped[str] = field.text(200, label=_("Address"), help=_("Beginning with https://."))
    kind: Mapped[str | None] = field.code(
        80, label=_("Their records"), help=_("Left empty, contacts, by the name they have there.")
    )
    key_field: Mapped[str] = field.code(
        80, label=_("Their field for our code"),
        help=_("One whose values are unique there. It keeps records from being made twice."),
    )  # fmt: skip
    client: Mapped[str | None] = field.text(
        200, label=_("Client"), help=_("Left empty, the secret is a token; otherwise a token is asked for with both.")
    )
    secret: Mapped[Any] = field.secret(label=_("Secret"), nullable=True)
    direction: Mapped[str] = field.choice(DIRECTIONS, label=_("Direction"), default="both")
    who: Mapped[str] = field.choice(WHO, label=_("Who is created there"), default="customer")
    creates_here: Mapped[bool] = field.yes_no(default=True, label=_("Create here who is not known"))
    as_customer: Mapped[bool] = field.yes_no(default=True, label=_("As customers"))
    deletes: Mapped[str] = field.choice(DELETES, label=_("Deletions"), default="keep")
    most_deleted: Mapped[Decimal] = field.percent(
        label=_("Stop when more is deleted"), default=Decimal(10), help=_("In percent of what is linked.")
    )
    overlap: Mapped[int] = field.integer(
        label=_("Minutes read again"), default=10, minimum=0, maximum=1440,
        help=_("What appears late there is found all the same."),
    )  # fmt: skip
    active: Mapped[bool] = field.yes_no(
        default=False, label=_("Runs by itself"), help=_("What changed is kept alike every ten minutes.")
    )
    read_until: Mapped[datetime.datetime | None] = field.instant(label=_("Read until"), read_only=True)
    read_id: Mapped[str | None] = field.code(80, label=_("Read until record"), read_only=True)
    run_at: Mapped[datetime.datetime | None] = field.instant(label=_("Last run"), read_only=True)
    problem: Mapped[str | None] = field.text(400, label=_("Problem"), read_only=True)

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    fields: Mapped[list[MappedField]] = to_many("MappedField.backend_id", back_populates="backend")


class MappedField(Row, Base):
    """One field of ours and the one there it is kept alike with."""

    __tablename__ = "crm_sync_field"
    __part_of__ = "backend_id"
    __referenced__ = False

    backend_id: Mapped[int] = field.ref(Backend, label=_("Backend"), read_only=True)
    ours: Mapped[str] = field.choice(FIELDS, label=_("Ours"))
    theirs: Mapped[str] = field.code(120, label=_("Theirs"))
    owner: Mapped[str] = field.choice(OWNERS, label=_("Belongs to"), default="both")
    tie: Mapped[str] = field.choice(TIES, label=_("When both changed"), default="ask")
    placeholder: Mapped[str | None] = field.text(
        80, label=_("Stands for nothing"), help=_("Such as Unknown; it never comes over.")
    )
    identifies: Mapped[bool] = field.yes_no(
        default=False, label=_("Identifies"), help=_("Records not linked yet are recognised by it.")
    )

    of_backend = Indexed("backend_id", "id")
    backend: Mapped[Backend] = to_one(backend_id, back_populates="fields")


class Link(OfCompany, Record, Base):
    """Which record there is which party here, and what both agreed on last."""

    __tablename__ = "crm_sync_link"
    __title__ = "remote_id"

    backend_id: Mapped[int] = field.ref(Backend, label=_("Backend"), read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"), read_only=True)
    remote_id: Mapped[str] = field.code(80, label=_("Record there"), search=True, read_only=True)
    remote_version: Mapped[str] = field.code(80, label=_("Version there"), default="", read_only=True)
    base: Mapped[Any] = field.data(label=_("Agreed on last"), default=dict, read_only=True)
    state: Mapped[str] = field.choice(LINK_STATES, label=_("State"), default="linked", read_only=True)
    problem: Mapped[str | None] = field.text(400, label=_("Problem"), read_only=True)
    synced_at: Mapped[datetime.datetime | None] = field.instant(label=_("Last compared"), read_only=True)

    # One record there is one party here, whoever comes first: two runs at once cannot make twins.
    theirs = UniqueInCompany("backend_id", "remote_id")
    ours = UniqueInCompany("backend_id", "party_id")
    by_state = Indexed("state", "id")
    of_party = Indexed("party_id", where="party_id IS NOT NULL")
    backend: Mapped[Backend] = to_one(backend_id)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)


class Conflict(OfCompany, Record, Base):
    """A field both sides changed, each in its own way, for somebody to decide."""

    __tablename__ = "crm_sync_conflict"
    __title__ = "name"

    link_id: Mapped[int] = field.ref(Link, label=_("Link"), read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"), read_only=True)
    name: Mapped[str] = field.choice(FIELDS, label=_("Field"), read_only=True)
    base: Mapped[str | None] = field.text(400, label=_("Agreed on last"), read_only=True, personal=True)
    ours: Mapped[str | None] = field.text(400, label=_("Ours"), read_only=True, personal=True)
    theirs: Mapped[str | None] = field.text(400, label=_("Theirs"), read_only=True, personal=True)
    state: Mapped[str] = field.choice(CONFLICT_STATES, label=_("State"), default="open", read_only=True)

    once = UniqueInCompany("link_id", "name", where="state = 'open'")
    by_state = Indexed("state", "id")
    link: Mapped[Link] = to_one(link_id)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)


class Pending(OfCompany, Row, Base):
    """A party that changed here and has to be compared."""

    __tablename__ = "crm_sync_pending"
    __audited__ = False
    __audit_exempt__ = "A party's own changes are audited; this only says that one is to be looked at."
    __referenced__ = False

    backend_id: Mapped[int] = field.ref(Backend, label=_("Backend"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Party"), read_only=True)

    unique = UniqueInCompany("backend_id", "party_id")


class Run(OfCompany, Record, Base):
    """One run of sync and what came of it."""

    __tablename__ = "crm_sync_run"
    __title__ = "number"
    __key__ = ("number",)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    backend_id: Mapped[int] = field.ref(Backend, label=_("Backend"), read_only=True)
    kind: Mapped[str] = field.choice(RUN_KINDS, label=_("Kind"), default="changes", read_only=True)
    started_at: Mapped[datetime.datetime] = field.instant(label=_("Began"), read_only=True)
    beat_at: Mapped[datetime.datetime] = field.instant(label=_("Last sign of life"), read_only=True)
    finished_at: Mapped[datetime.datetime | None] = field.instant(label=_("Ended"), read_only=True)
    compared: Mapped[int] = field.integer(label=_("Compared"), default=0, read_only=True)
    here: Mapped[int] = field.integer(label=_("Written here"), default=0, read_only=True)
    there: Mapped[int] = field.integer(label=_("Written there"), default=0, read_only=True)
    conflicts: Mapped[int] = field.integer(label=_("Disagreements"), default=0, read_only=True)
    failed: Mapped[int] = field.integer(label=_("Failed"), default=0, read_only=True)
    state: Mapped[str] = field.choice(RUN_STATES, label=_("State"), default="running", read_only=True)
    problem: Mapped[str | None] = field.text(400, label=_("Problem"), read_only=True)

    numbered = UniqueInCompany("number")
    one_at_a_time = UniqueInCompany("backend_id", where="state = 'running'")
    by_started = Indexed("started_at", "id")
    not_below = Must("not_below", "compared >= 0 AND failed >= 0")
    backend: Mapped[Backend] = to_one(backend_id)
    changes: Mapped[list[Change]] = to_many("Change.run_id", back_populates="run")


class Change(Row, Base):
    """Something a run did to one record, with the values before and after."""

    __tablename__ = "crm_sync_change"
    __part_of__ = "run_id"
    __referenced__ = False

    run_id: Mapped[int] = field.ref(Run, label=_("Run"), read_only=True)
    link_id: Mapped[int | None] = field.ref(Link, label=_("Link"), read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"), read_only=True)
    remote_id: Mapped[str | None] = field.code(80, label=_("Record there"), read_only=True)
    what: Mapped[str] = field.choice(WHAT, label=_("What happened"), read_only=True)
    before: Mapped[Any] = field.data(label=_("Before"), nullable=True, read_only=True, personal=True)
    after: Mapped[Any] = field.data(label=_("After"), nullable=True, read_only=True, personal=True)
    note: Mapped[str | None] = field.text(400, label=_("Note"), read_only=True)

    was = field.derived("text", lambda change: written(change.before), label=_("Before"), personal=True)
    now = field.derived("text", lambda change: written(change.after), label=_("After"), personal=True)

    of_run = Indexed("run_id", "id")
    run: Mapped[Run] = to_one(run_id, back_populates="changes")
