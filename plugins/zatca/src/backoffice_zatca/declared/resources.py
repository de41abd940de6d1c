"""Resources: units and the chain of what they signed."""

from __future__ import annotations

from backoffice_zatca.models import Link, Unit

from backoffice.hookspecs import Resource, messages

_ = messages("zatca")

UNIT = Resource(
    "zatca.unit",
    Unit,
    label=_("ZATCA unit"),
    plural=_("ZATCA units"),
    description=_("What signs your invoices. Add one, and register it with a one-time password of the Fatoora portal."),
    columns=("code", "name", "environment", "state", "valid_until", "message"),
    form=(
        "code", "name", "environment", "serial", "branch_name", "location", "industry", "types", "address",
    ),
    filters=("state", "environment"),
    operations=frozenset({"create", "change"}),
    editable_when=("state", "new"),
    badge="state",
    menu="settings",
)  # fmt: skip

LINK = Resource(
    "zatca.link",
    Link,
    label=_("Signed document"),
    plural=_("Chain of signed documents"),
    description=_("Every document a unit signed, each with the hash of the one before it."),
    columns=("counter", "unit_id", "number", "kind", "at", "uuid", "digest", "previous"),
    filters=("unit_id", "number", "invoice_id"),
    operations=frozenset(),
    menu="finance",
)

RESOURCES = [UNIT, LINK]
