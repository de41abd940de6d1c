"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from decimal import Decimal

from backoffice_assets.models import DEFERRAL_KINDS, Category
from backoffice_assets.schedules import METHODS

from backoffice.hookspecs import Action, Field, messages

_ = messages("assets")

HERE = "backoffice_assets.actions"
IN_USE = ("state", ("running", "done"))
DISPOSALS = {"sale": _("Sold"), "scrap": _("Scrapped")}

REASON = Field("reason", "text", label=_("Reason"), length=200)
DATE = Field("date", "date", label=_("Date"), required=True)
UNTIL = Field("until", "date", label=_("Until"), help=_("Left empty, the end of last month."))
AGAINST = Field(
    "against",
    "code",
    label=_("Posted against"),
    length=40,
    help=_("A purpose, such as bank. Left empty, nothing is posted: the supplier's bill did that already."),
)

ACTIONS = [
    Action(
        "assets.start",
        f"{HERE}:start",
        label=_("Put to use"),
        help=_("Gives the asset its number and its schedule."),
        resource="assets.asset",
        when=("state", ("draft",)),
        fields=(AGAINST,),
        icon="check",
    ),
    Action(
        "assets.revise",
        f"{HERE}:revise",
        label=_("Revise"),
        help=_("Changes cost, residual value, life or method from a day on; what is posted stays."),
        resource="assets.asset",
        when=IN_USE,
        fields=(
            DATE,
            Field("cost", "money", label=_("New cost"), minimum=0),
            Field("residual", "money", label=_("New residual value"), minimum=0),
            Field("life", "integer", label=_("New life in months"), minimum=1, maximum=1200,
                  help=_("Counted from the day it was first used.")),
            Field("method", "choice", choices=METHODS, label=_("New method")),
            Field("against", "code", label=_("Posted against"), length=40,
                  help=_("A purpose; left empty, revaluation.")),
            REASON,
        ),
        icon="edit",
    ),
    Action(
        "assets.impair",
        f"{HERE}:impair",
        label=_("Impair"),
        help=_("Writes a part of the book value off because the asset is worth less."),
        resource="assets.asset",
        when=IN_USE,
        fields=(
            DATE,
            Field("amount", "money", label=_("Amount"), required=True),
            Field("reason", "text", label=_("Reason"), length=200, required=True),
        ),
    ),
    Action(
        "assets.transfer",
        f"{HERE}:transfer",
        label=_("Transfer"),
        help=_("Moves the asset to other dimensions, another place or person."),
        resource="assets.asset",
        when=IN_USE,
        fields=(
            DATE,
            Field("dimensions", "text", label=_("Dimensions"), length=200,
                  help=_("Such as branch=RUH, project=P1; they are written on its postings.")),
            Field("location", "text", label=_("Location"), length=120),
            Field("custodian", "text", label=_("In the hands of"), length=120),
            REASON,
        ),
    ),
    Action(
        "assets.use_units",
        f"{HERE}:use_units",
        label=_("Count units"),
        help=_("Counts what was made with it, for units of production."),
        resource="assets.asset",
        when=("method", ("units",)),
        fields=(DATE, Field("units", "quantity", label=_("Units"), required=True, places=6)),
    ),
    Action(
        "assets.dispose",
        f"{HERE}:dispose",
        label=_("Sell or scrap"),
        help=_("Takes the asset, or a part of it, out of the books with what is gained or lost."),
        resource="assets.asset",
        when=IN_USE,
        fields=(
            DATE,
            Field("kind", "choice", choices=DISPOSALS, label=_("How"), default="sale"),
            Field("part", "percent", label=_("Part in percent"), default=Decimal(100)),
            Field("proceeds", "money", label=_("Proceeds"), default=Decimal(0), help=_("Without tax.")),
            Field("party_id", "integer", label=_("Buyer"),
                  help=_("Number of the party; with one, the sale is invoiced.")),
            REASON,
        ),
        destructive=True,
        confirm=_("Cost and depreciation leave the books, with the gain or loss."),
        icon="leave",
    ),
    Action(
        "assets.depreciate",
        f"{HERE}:depreciate",
        label=_("Run the depreciation"),
        help=_("Posts all depreciation that is due until a day."),
        fields=(UNTIL, Field("category_id", "ref", target=Category, label=_("Category"))),
        icon="bolt",
    ),
    Action(
        "assets.start_deferral",
        f"{HERE}:start_deferral",
        label=_("Begin"),
        help=_("Gives the deferral its number and schedule."),
        resource="assets.deferral",
        when=("state", ("draft",)),
        fields=(
            Field("reclassify", "boolean", label=_("Defer what was booked at once"),
                  help=_("Moves the whole amount from revenue or expense to the deferred purpose first.")),
        ),
        icon="check",
    ),
    Action(
        "assets.finish_deferral",
        f"{HERE}:finish_deferral",
        label=_("End early"),
        help=_("Recognises all that is still deferred."),
        resource="assets.deferral",
        when=("state", ("running",)),
        fields=(DATE, Field("reason", "text", label=_("Reason"), length=200, required=True)),
    ),
    Action(
        "assets.recognise",
        f"{HERE}:recognise",
        label=_("Recognise deferrals"),
        help=_("Posts the deferred revenue and expense that is due until a day."),
        fields=(UNTIL, Field("kind", "choice", choices=DEFERRAL_KINDS, label=_("Kind"))),
        icon="bolt",
    ),
    Action(
        "assets.undo_run",
        f"{HERE}:undo_run",
        label=_("Take back"),
        help=_("Plans the lines of the run again and posts the opposite entries."),
        resource="assets.run",
        when=("state", ("posted",)),
        fields=(
            Field("reason", "text", label=_("Reason"), length=200, required=True),
            Field("date", "date", label=_("Date"), help=_("Left empty, each entry is taken back on its own day.")),
        ),
        icon="undo",
    ),
]  # fmt: skip
