"""Reports."""

from __future__ import annotations

from backoffice_inventory.models import Lot, Place
from backoffice_products.api import Product

from backoffice.hookspecs import Field, Report, messages

_ = messages("inventory")

HERE = "backoffice_inventory.reports"

TODAY = _("Left empty, today.")
DATE = Field("date", "date", label=_("At the end of"), help=TODAY)
PLACE = Field("place_id", "ref", target=Place, label=_("Place"))
PRODUCT = Field("product_id", "ref", target=Product, label=_("Product"))
FROM = Field("date_from", "date", label=_("From"))
UNTIL = Field("date_until", "date", label=_("Until"))
IN_30_DAYS = _("Left empty, in thirty days.")

REPORTS = [
    Report(
        "inventory.on_hand",
        f"{HERE}:on_hand",
        label=_("Stock on hand"),
        description=_("What is there, at any place, at the end of any day; today also what is set aside and free."),
        fields=(DATE, PLACE, PRODUCT),
        menu="stock",
    ),
    Report(
        "inventory.valuation",
        f"{HERE}:valuation",
        label=_("Value of stock"),
        description=_("What stock is worth at the end of any day."),
        fields=(DATE, PRODUCT),
        menu="stock",
    ),
    Report(
        "inventory.moves",
        f"{HERE}:moves",
        label=_("Moves of an item"),
        description=_("What moved of a product, with what was there after each move."),
        fields=(
            Field("product_id", "ref", target=Product, label=_("Product"), required=True),
            FROM,
            UNTIL,
            PLACE,
            Field("hide_reversed", "boolean", label=_("Without what was taken back"), default=False),
        ),
        menu="stock",
    ),
    Report(
        "inventory.forecast",
        f"{HERE}:forecast",
        label=_("Forecast of stock"),
        description=_("What there will be when confirmed orders have come and gone."),
        fields=(Field("until", "date", label=_("Until"), help=IN_30_DAYS), PLACE),
        menu="stock",
    ),
    Report(
        "inventory.ageing",
        f"{HERE}:ageing",
        label=_("Age of stock"),
        description=_("How long what is there has lain, by its value."),
        fields=(DATE,),
    ),
    Report(
        "inventory.turnover",
        f"{HERE}:turnover",
        label=_("Turnover of stock"),
        description=_("What left at which cost, how often stock was turned, and its class."),
        fields=(FROM, UNTIL),
    ),
    Report(
        "inventory.expiring",
        f"{HERE}:expiring",
        label=_("What expires"),
        description=_("Lots in stock that expire until a day, or expired already."),
        fields=(Field("until", "date", label=_("Until"), help=IN_30_DAYS),),
        menu="stock",
    ),
    Report(
        "inventory.trace",
        f"{HERE}:trace",
        label=_("Where a lot came from and went"),
        description=_("Every move of a lot, with its supplier and its customers, for a recall."),
        fields=(Field("lot_id", "ref", target=Lot, label=_("Lot"), required=True),),
        menu="stock",
    ),
    Report(
        "inventory.drift",
        f"{HERE}:drift",
        label=_("Check of the stock"),
        description=_("Where balances, layers, what is set aside or the books differ from the moves."),
        permission="inventory.check",
        menu="stock",
    ),
]
