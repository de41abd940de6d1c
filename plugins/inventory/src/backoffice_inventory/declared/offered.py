"""Events, jobs, documents, settings, permissions and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice_inventory.models import KINDS, METHODS

from backoffice.hookspecs import Document, Event, Field, Job, Permission, Role, Settings, messages

_ = messages("inventory")

HERE = "backoffice_inventory.documents"

MOVED_LINE = (
    Field("product_id", "integer", label=_("Number of the product")),
    Field("product", "code", label=_("Product")),
    Field("quantity", "quantity", label=_("Quantity")),
    Field("from", "code", label=_("From")),
    Field("to", "code", label=_("To")),
    Field("lot", "code", label=_("Lot")),
    Field("value", "money", label=_("Value")),
    Field("line", "code", label=_("Line")),
)

CHANGED_LINE = (
    Field("product_id", "integer", label=_("Number of the product")),
    Field("product", "code", label=_("Product")),
    Field("on_hand", "quantity", label=_("There")),
    Field("reserved", "quantity", label=_("Set aside")),
    Field("available", "quantity", label=_("Free")),
)

EVENTS = [
    Event(
        "inventory.stock_moved",
        label=_("Stock moved"),
        fields=(
            Field("kind", "choice", label=_("Kind"), choices=KINDS, required=True),
            Field("date", "date", label=_("Date"), required=True),
            Field("source", "code", label=_("Comes from")),
            Field("key", "code", label=_("Source document")),
            Field("reference", "code", label=_("Reference")),
            Field("lines", "data", many=True, fields=MOVED_LINE, label=_("Lines"), required=True),
        ),
    ),
    Event(
        "inventory.stock_changed",
        label=_("What may be sold changed"),
        fields=(Field("lines", "data", many=True, fields=CHANGED_LINE, label=_("Lines"), required=True),),
    ),
]

JOBS = [
    Job(
        "inventory.release_expired",
        "backoffice_inventory.jobs:release_expired",
        label=_("Give back what was set aside for too long"),
        every=timedelta(minutes=5),
    )
]

DOCUMENTS = [
    Document(
        "inventory.paper",
        "inventory.document",
        "inventory/paper.html",
        f"{HERE}:paper_context",
        label=_("Delivery note or receipt"),
        filename=f"{HERE}:paper_filename",
    ),
    Document(
        "inventory.count_sheet",
        "inventory.count",
        "inventory/count.html",
        f"{HERE}:count_context",
        label=_("Count sheet"),
        filename=f"{HERE}:count_filename",
    ),
]

SETTINGS = [
    Settings(
        (
            Field("method", "choice", label=_("Stock is valued by"), choices=METHODS, default="fifo"),
            Field(
                "cost_places",
                "choice",
                label=_("An average"),
                choices={
                    "exact": _("Is exact"),
                    "2": _("Is rounded to 2 decimals before it values what leaves"),
                    "4": _("Is rounded to 4 decimals before it values what leaves"),
                },
                default="exact",
            ),
            Field(
                "backdating",
                "choice",
                label=_("Goods that moved on an earlier day"),
                choices={
                    "replay": _("Value later moves anew and write the differences"),
                    "append": _("Leave later moves as they are"),
                    "refuse": _("Are refused"),
                },
                default="replay",
            ),
            Field(
                "taking_reserved",
                "choice",
                label=_("Goods set aside for others"),
                choices={"refuse": _("Stay set aside"), "take": _("May be taken; the other loses them")},
                default="refuse",
            ),
        ),
        label=_("Stock"),
    )
]

PERMISSIONS = [
    Permission(
        "inventory.see_expected",
        label=_("See what a count should find"),
        help=_("Who counts blindly does without it."),
    )
]

READ = (
    "inventory.document.read",
    "inventory.place.read",
    "inventory.item.read",
    "inventory.lot.read",
    "inventory.reservation.read",
    "inventory.count.read",
    "inventory.landed_cost.read",
    "inventory.rule.read",
    "inventory.period.read",
    "inventory.on_hand",
    "inventory.forecast",
    "inventory.expiring",
    "inventory.trace",
    "products.product.read",
    "products.unit.read",
)

VALUES = ("inventory.valuation", "inventory.moves", "inventory.ageing", "inventory.turnover", "inventory.see_expected")

WORK = (
    "inventory.receive",
    "inventory.deliver",
    "inventory.transfer",
    "inventory.arrive",
    "inventory.return_goods",
    "inventory.scrap",
    "inventory.reserve",
    "inventory.release",
    "inventory.write_count",
    "inventory.count.change",
    "inventory.lot.change",
)

ROLES = [
    Role(
        "inventory.keeper",
        _("Keeper of stock"),
        ("inventory.*", "products.product.read", "products.unit.read", "parties.party.read"),
        help=_("Everything in stock: counts, values, periods and settings of items included."),
    ),
    Role(
        "inventory.worker",
        _("Worker in the warehouse"),
        (*READ, *WORK),
        help=_("Receives, delivers, transfers and counts; sees no values and corrects nothing."),
    ),
    Role("inventory.reader", _("Reader of stock"), (*READ, *VALUES), help=_("Sees everything and changes nothing.")),
]
