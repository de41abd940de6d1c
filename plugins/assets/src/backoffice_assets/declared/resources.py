"""Resources: assets, their categories, runs and deferrals."""

from __future__ import annotations

from backoffice_assets.models import Asset, Category, Deferral, Run

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("assets")

HERE = "backoffice_assets.checking"
READ_ONLY: frozenset[str] = frozenset()

ASSET = Resource(
    "assets.asset",
    Asset,
    label=_("Asset"),
    plural=_("Fixed assets"),
    description=_("What you use for years: buildings, machines, cars. Add one, then put it to use."),
    columns=("name", "number", "category_id", "acquired_on", "cost", "accumulated", "book_value", "state"),
    form=(
        "name", "category_id", "acquired_on", "in_service", "cost", "residual", "method", "life", "frequency",
        "convention", "factor", "switch", "rate", "compounding", "first_posting", "units", "opening", "opening_until",
        "location", "custodian", "serial", "dimensions", "part_of_id",
    ),
    filters=("state", "category_id", "acquired_on", "disposed_on", "source_key", "part_of_id"),
    sorts=("name", "acquired_on"),
    order="name",
    lines=(
        Lines("lines", ("date", "amount", "accumulated", "state"), label=_("Schedule"), totals=("amount",)),
        Lines("movements", ("date", "kind", "cost", "depreciation", "proceeds", "note"), label=_("What happened")),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="finance",
    before_save=f"{HERE}:asset",
)  # fmt: skip

CATEGORY = Resource(
    "assets.category",
    Category,
    label=_("Asset category"),
    plural=_("Asset categories"),
    description=_("Kinds of assets, how they are depreciated, and where that goes in the books."),
    columns=("code", "name", "method", "life", "frequency", "active"),
    filters=("method", "active"),
    sorts=("code",),
    order="code",
    menu="settings",
    before_save=f"{HERE}:category",
)

RUN = Resource(
    "assets.run",
    Run,
    label=_("Run"),
    plural=_("Runs of depreciation"),
    description=_("Each run posted all that was due until a day. The latest may be taken back."),
    columns=("number", "kind", "until", "count", "total", "state"),
    filters=("kind", "state", "until"),
    sorts=("until",),
    order="-until",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="finance",
)

DEFERRAL = Resource(
    "assets.deferral",
    Deferral,
    label=_("Deferral"),
    plural=_("Deferrals"),
    description=_("Revenue received and expenses paid in advance, recognised while the service lasts."),
    columns=("description", "number", "kind", "start_date", "end_date", "amount", "recognised", "left", "state"),
    form=(
        "kind", "description", "amount", "start_date", "end_date", "basis", "frequency", "purpose", "deferred_purpose",
        "category", "dimensions", "reference",
    ),
    filters=("kind", "state", "start_date", "end_date", "source_key"),
    sorts=("start_date",),
    order="-start_date",
    lines=(Lines("lines", ("date", "amount", "accumulated", "state"), label=_("Schedule"), totals=("amount",)),),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="finance",
    before_save=f"{HERE}:deferral",
)  # fmt: skip

RESOURCES = [ASSET, DEFERRAL, RUN, CATEGORY]
