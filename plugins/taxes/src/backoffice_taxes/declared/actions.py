"""Actions. Each is a form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_taxes.countries import COUNTRIES
from backoffice_taxes.kinds import DIRECTIONS
from backoffice_taxes.models import Box, Form

from backoffice.hookspecs import Action, Field, messages

_ = messages("taxes")

HERE = "backoffice_taxes.actions"

OTHER_SIDE = (
    Field("direction", "choice", label=_("Direction"), choices=DIRECTIONS, default="sale"),
    Field("position", "code", label=_("Tax position"), length=32, help=_("Left empty, it follows from the country.")),
    Field("country", "code", label=_("Country of the other side"), length=2, help=_("Left empty, our own.")),
    Field("registered", "boolean", label=_("Has a tax number"), default=False),
)

LINES = (
    Field("quantity", "quantity", label=_("Quantity"), places=6),
    Field("unit_price", "quantity", label=_("Unit price"), places=6, required=True),
    Field("discount", "percent", label=_("Discount, %"), places=6),
    Field("inclusive", "boolean", label=_("Price with tax"), default=False),
    Field("category", "code", label=_("Tax category"), length=32),
    Field("taxes", "text", label=_("Tax codes"), length=200, help=_("Left empty, the rules choose.")),
)

ACTIONS = [
    Action(
        "taxes.install_country",
        f"{HERE}:install_country",
        label=_("Install the set-up of a country"),
        help=_("Adds codes, categories, positions, rules and the return of a country; what is there stays as it is."),
        fields=(Field("country", "choice", label=_("Country"), choices=COUNTRIES, required=True),),
        icon="download",
    ),
    Action(
        "taxes.compute",
        f"{HERE}:compute_document",
        label=_("Compute taxes"),
        help=_("Tells the taxes of a document without writing anything."),
        fields=(
            *OTHER_SIDE,
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
            Field("supply_date", "date", label=_("Supplied"), help=_("Chooses the rates; left empty, the date.")),
            Field("currency", "code", label=_("Currency"), length=3, help=_("Left empty, the company's.")),
            Field("lines", "data", many=True, fields=LINES, label=_("Lines"), required=True),
        ),
    ),
    Action(
        "taxes.determine",
        f"{HERE}:determine",
        label=_("Which taxes hold"),
        help=_("Tells which tax codes hold for a customer or supplier and a category, and why."),
        fields=(
            *OTHER_SIDE,
            Field("category", "code", label=_("Tax category"), length=32),
            Field("date", "date", label=_("Date"), help=_("Left empty, today.")),
        ),
    ),
    Action(
        "taxes.file_return",
        f"{HERE}:file_return",
        label=_("File a return"),
        help=_("Keeps the figures of a return as they are now and marks its tax lines as declared."),
        fields=(
            Field("form_id", "ref", target=Form, label=_("Form"), required=True),
            Field("from", "date", label=_("From"), required=True),
            Field("until", "date", label=_("Until"), required=True),
            Field(
                "reference", "code", label=_("Reference"), length=80, required=True,
                help=_("What the authority answered."),
            ),
        ),
        confirm=_("A return that was filed stays as it is; what is found later is declared with the next one."),
        icon="check",
    ),
    Action(
        "taxes.adjust",
        f"{HERE}:adjust",
        label=_("Adjust a return"),
        help=_("Writes an amount straight into a box: a correction, a credit carried forward."),
        fields=(
            Field("box_id", "ref", target=Box, label=_("Box"), required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("base", "money", label=_("Amount")),
            Field("amount", "money", label=_("Tax")),
            Field("reason", "text", label=_("Reason"), length=200, required=True),
        ),
    ),
]  # fmt: skip
