"""Resources: backends with their fields, links, disagreements and runs."""

from __future__ import annotations

from backoffice_crm_sync.models import Backend, Conflict, Link, Run

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("crm_sync")

NOTHING: frozenset[str] = frozenset()

BACKEND = Resource(
    "crm_sync.backend",
    Backend,
    label=_("Backend"),
    plural=_("Systems kept alike"),
    description=_("Other systems whose records are kept alike with your parties: which, by which fields, which way."),
    columns=("name", "code", "connector", "direction", "active", "run_at", "problem"),
    form=(
        "code", "name", "connector", "address", "kind", "key_field", "client", "direction", "who", "creates_here",
        "as_customer", "deletes", "most_deleted", "overlap", "active",
    ),
    filters=("connector", "active"),
    sorts=("code",),
    order="code",
    lines=(
        Lines("fields", ("ours", "theirs", "owner", "tie", "placeholder", "identifies"), label=_("Fields")),
    ),
    menu="people",
    before_save="backoffice_crm_sync.checking:backend",
)  # fmt: skip

CONFLICT = Resource(
    "crm_sync.conflict",
    Conflict,
    label=_("Disagreement"),
    plural=_("Disagreements"),
    description=_("Fields both sides changed, each in its own way. Take ours or theirs."),
    columns=("party_id", "name", "base", "ours", "theirs", "state"),
    filters=("state", "party_id", "name"),
    operations=NOTHING,
    badge="state",
    menu="people",
)

LINK = Resource(
    "crm_sync.link",
    Link,
    label=_("Link"),
    plural=_("Links"),
    description=_("Which record elsewhere is which party here, and what both agreed on last."),
    columns=("party_id", "backend_id", "remote_id", "synced_at", "state", "problem"),
    filters=("backend_id", "state", "party_id"),
    operations=NOTHING,
    badge="state",
    menu="people",
)

RUN = Resource(
    "crm_sync.run",
    Run,
    label=_("Run"),
    plural=_("Runs of sync"),
    description=_("What each run compared and wrote. What it wrote here can be taken back."),
    columns=("number", "started_at", "backend_id", "kind", "compared", "here", "there", "conflicts", "failed", "state"),
    filters=("backend_id", "kind", "state"),
    sorts=("started_at",),
    order="-started_at",
    lines=(Lines("changes", ("what", "party_id", "remote_id", "was", "now", "note"), label=_("What it did")),),
    operations=NOTHING,
    badge="state",
    menu="people",
)

RESOURCES = [BACKEND, CONFLICT, LINK, RUN]
