"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_inventory.models import CLASSES, METHODS, Place
from backoffice_parties.models import Party
from backoffice_products.api import Product, Unit

from backoffice.hookspecs import Action, Field, messages

_ = messages("inventory")

HERE = "backoffice_inventory.actions"

PRODUCT = Field("product_id", "ref", target=Product, label=_("Product"), required=True)
ONE_PRODUCT = Field("product_id", "ref", target=Product, label=_("Product"))
QUANTITY = Field("quantity", "quantity", label=_("Quantity"), required=True, places=6)
UNIT = Field("unit_id", "ref", target=Unit, label=_("Unit"), help=_("Left empty, the product's."))
LOT = Field("lot", "code", label=_("Lot"), length=60)
EXPIRES = Field("expires", "date", label=_("Expires on"))
COST = Field(
    "unit_cost", "quantity", label=_("Cost of one"), places=6, hint="price", help=_("In the company's currency.")
)
VALUE = Field("value", "money", label=_("Cost in all"), help=_("Instead of the cost of one."))
DATE = Field("date", "date", label=_("Date"), help=_("Left empty, today."))
PARTY = Field("party_id", "ref", target=Party, label=_("Customer or supplier"))
REFERENCE = Field("reference", "code", label=_("Reference"), length=80)
REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)

IN = Field("lines", "data", many=True, required=True, label=_("Lines"),
           fields=(PRODUCT, QUANTITY, UNIT, COST, VALUE, LOT, EXPIRES))  # fmt: skip
OUT = Field("lines", "data", many=True, required=True, label=_("Lines"), fields=(PRODUCT, QUANTITY, UNIT, LOT))
BACK = Field("lines", "data", many=True, label=_("Lines"), fields=(PRODUCT, QUANTITY), help=_("Left empty, all of it."))


ORDER = Field(
    "order", "code", label=_("Set aside for"), length=100, help=_("What is set aside for it is used up, line by line.")
)


def place(name: str, label: str, *, required: bool = False, help: str = "") -> Field:
    """Return a field that names a place."""
    return Field(name, "ref", target=Place, label=label, required=required, help=help)


USUAL = _("Left empty, the usual one.")

MOVES = [
    Action(
        "inventory.install_places",
        f"{HERE}:install_places",
        label=_("Install the usual places"),
        help=_("Adds a warehouse, and where goods come from and go to."),
        icon="download",
    ),
    Action(
        "inventory.receive",
        f"{HERE}:receive",
        many=f"{HERE}:receive_many",
        label=_("Receive goods"),
        help=_("Writes down what has arrived, and what it cost."),
        fields=(PARTY, DATE, place("to_id", _("To"), help=USUAL), REFERENCE, IN),
    ),
    Action(
        "inventory.deliver",
        f"{HERE}:deliver",
        many=f"{HERE}:deliver_many",
        label=_("Deliver goods"),
        help=_("Writes down what has left."),
        fields=(PARTY, DATE, place("from_id", _("From"), help=USUAL), REFERENCE, ORDER, OUT),
    ),
    Action(
        "inventory.transfer",
        f"{HERE}:transfer",
        label=_("Transfer goods"),
        help=_("Moves goods from one of our places to another, at once or by way of what is on the way."),
        fields=(
            place("from_id", _("From"), required=True),
            place("to_id", _("To"), required=True),
            DATE,
            Field("on_the_way", "boolean", label=_("They are on the way for a while"), default=False),
            REFERENCE,
            OUT,
        ),
    ),
    Action(
        "inventory.arrive",
        f"{HERE}:arrive",
        label=_("They arrived"),
        help=_("Puts what was on the way where it was sent."),
        resource="inventory.document",
        when=("state", ("sent",)),
        fields=(DATE, place("to_id", _("To"), help=_("Left empty, where it was sent."))),
    ),
    Action(
        "inventory.move",
        f"{HERE}:move",
        label=_("Move goods between any places"),
        help=_("For production, goods that go from a supplier to a customer at once, and the like."),
        fields=(
            place("from_id", _("From"), required=True),
            place("to_id", _("To"), required=True),
            DATE,
            REFERENCE,
            IN,
        ),
    ),
    Action(
        "inventory.scrap",
        f"{HERE}:scrap",
        label=_("Scrap goods"),
        help=_("Takes goods out of stock that are broken, expired or lost."),
        fields=(place("from_id", _("From"), required=True), DATE, REASON, OUT),
    ),
    Action(
        "inventory.return_goods",
        f"{HERE}:return_goods",
        label=_("Goods come back"),
        help=_("Returns goods of a receipt to its supplier, or takes goods of a delivery back, at their cost."),
        resource="inventory.document",
        when=("kind", ("receipt", "delivery", "customer_return", "supplier_return")),
        fields=(DATE, place("to_id", _("To"), help=USUAL), BACK),
    ),
    Action(
        "inventory.reverse",
        f"{HERE}:reverse",
        label=_("Take it back"),
        help=_("Moves the same goods the other way at the same value. The document itself stays as it is."),
        resource="inventory.document",
        when=("state", ("done",)),
        fields=(REASON, Field("date", "date", label=_("Date"), help=_("Left empty, its own while that is open."))),
        destructive=True,
        icon="undo",
    ),
    Action(
        "inventory.correct_quantity",
        f"{HERE}:correct_quantity",
        label=_("Correct the quantity of a move"),
        help=_("Moves the difference under a paper of its own."),
        fields=(
            Field("move", "integer", label=_("Number of the move"), required=True),
            QUANTITY,
            Field("date", "date", label=_("Date"), help=_("Left empty, the day of the move while that is open.")),
        ),
    ),
    Action(
        "inventory.preview",
        f"{HERE}:preview",
        label=_("See what an earlier date would change"),
        help=_("Tells which later moves would come out at another value, and writes nothing."),
        fields=(
            Field("kind", "choice", label=_("Kind"), choices={"receipt": _("Receipt"), "delivery": _("Delivery")},
                  required=True),
            Field("date", "date", label=_("Date"), required=True),
            PRODUCT, QUANTITY, COST, place("place_id", _("Place"), help=USUAL),
        ),
    ),
    Action(
        "inventory.open_stock",
        f"{HERE}:open_stock",
        label=_("Enter opening stock"),
        help=_("Writes down what is there when one begins, and what it is worth."),
        fields=(DATE, place("to_id", _("To"), help=USUAL), IN),
    ),
    Action(
        "inventory.import_opening",
        "backoffice_inventory.opening:import_opening",
        label=_("Import opening stock"),
        help=_("Reads a table with the columns product, quantity, unit_cost, place, lot and expires."),
        fields=(
            Field("table", "long_text", label=_("Table"), required=True, help=_("CSV in UTF-8.")),
            DATE,
        ),
    ),
]  # fmt: skip

RESERVING = [
    Action(
        "inventory.reserve",
        f"{HERE}:reserve",
        label=_("Set goods aside"),
        help=_("Keeps goods for an order; never more than are there."),
        fields=(
            Field(
                "order", "code", label=_("For"), required=True, length=100, help=_("Such as the number of an order.")
            ),
            Field("partially", "boolean", label=_("A part is enough"), default=False),
            Field("until", "instant", label=_("Until")),
            place("place_id", _("Place"), help=_("Left empty, wherever goods are sold from.")),
            OUT,
        ),
    ),
    Action(
        "inventory.release",
        f"{HERE}:release",
        label=_("Give back what was set aside"),
        help=_("Lets goods that were kept for an order be sold to others."),
        fields=(
            Field("order", "code", label=_("For"), required=True, length=100),
            Field("source", "code", label=_("Set aside by"), length=64, default="inventory"),
        ),
    ),
    Action(
        "inventory.release_expired",
        f"{HERE}:release_expired",
        label=_("Give back what was set aside for too long"),
        help=_("Does at once what a job does every few minutes."),
    ),
]

VALUING = [
    Action(
        "inventory.set_standard_cost",
        "backoffice_inventory.costing:set_standard_cost",
        label=_("Set the standard cost"),
        help=_("Values what is there anew, with an entry of its own."),
        fields=(
            PRODUCT,
            Field("cost", "quantity", label=_("Cost of one"), required=True, places=6, hint="price"),
            DATE,
        ),
    ),
    Action(
        "inventory.change_method",
        "backoffice_inventory.costing:change_method",
        label=_("Change the method"),
        help=_("Values a product by another method from now on."),
        fields=(
            PRODUCT,
            Field("method", "choice", label=_("Valued by"), choices=METHODS, required=True),
            Field(
                "value",
                "choice",
                label=_("What is there"),
                choices={"keep": _("Keeps its value"), "last_cost": _("Is valued at what came last")},
                default="keep",
            ),
            Field("cost", "quantity", label=_("Standard cost"), places=6, hint="price"),
        ),
    ),
    Action(
        "inventory.revalue",
        "backoffice_inventory.costing:revalue",
        label=_("Change the value of stock"),
        help=_("Adds to what a product in stock is worth, or takes from it."),
        fields=(PRODUCT, Field("amount", "money", label=_("Amount"), required=True), DATE, REASON),
    ),
    Action(
        "inventory.post_landed_cost",
        "backoffice_inventory.costing:post_landed_cost",
        label=_("Divide the cost"),
        help=_("Adds the cost to what was received; the part already sold goes to the cost of goods."),
        resource="inventory.landed_cost",
        when=("state", ("draft",)),
        icon="check",
    ),
    Action(
        "inventory.cancel_landed_cost",
        "backoffice_inventory.costing:cancel_landed_cost",
        label=_("Cancel it"),
        help=_("Takes the cost off again, with an entry of its own."),
        resource="inventory.landed_cost",
        when=("state", ("posted",)),
        fields=(DATE,),
        destructive=True,
        icon="undo",
    ),
]

COUNTED = (PRODUCT, LOT, EXPIRES, Field("counted", "quantity", label=_("Counted"), required=True, places=6))

COUNTING = [
    Action(
        "inventory.begin_count",
        "backoffice_inventory.counting:begin",
        label=_("Begin a count"),
        help=_("Makes the sheet of what should be at a place and within."),
        fields=(
            place("place_id", _("Place"), required=True),
            DATE,
            Field("abc", "choice", label=_("Class"), choices=CLASSES, help=_("Left empty, everything.")),
            Field("due", "boolean", label=_("Only what is due"), default=False,
                  help=_("Class A every month, B every quarter, C every year.")),
            Field("blind", "boolean", label=_("Blind"), default=False),
        ),
    ),
    Action(
        "inventory.write_count",
        "backoffice_inventory.counting:write",
        label=_("Write down what was counted"),
        help=_("Also of goods that were not on the sheet."),
        resource="inventory.count",
        when=("state", ("open",)),
        fields=(Field("lines", "data", many=True, required=True, label=_("Lines"), fields=COUNTED),),
    ),
    Action(
        "inventory.refresh_count",
        "backoffice_inventory.counting:refresh",
        label=_("Read the stock again"),
        help=_("Takes in what moved while it was counted."),
        resource="inventory.count",
        when=("state", ("open",)),
    ),
    Action(
        "inventory.post_count",
        "backoffice_inventory.counting:post",
        label=_("Adjust the stock"),
        help=_("Moves what is too much or missing. Lines that were not counted stay as they are."),
        resource="inventory.count",
        when=("state", ("open",)),
        icon="check",
    ),
    Action(
        "inventory.cancel_count",
        "backoffice_inventory.counting:cancel",
        label=_("Cancel the count"),
        help=_("Adjusts nothing."),
        resource="inventory.count",
        when=("state", ("open",)),
        destructive=True,
    ),
]  # fmt: skip

KEEPING = [
    Action(
        "inventory.close_period",
        f"{HERE}:close_period",
        label=_("Close the period"),
        help=_("Nothing is dated into it any more."),
        resource="inventory.period",
        when=("state", ("open",)),
        icon="lock",
    ),
    Action(
        "inventory.open_period",
        f"{HERE}:open_period",
        label=_("Open the period again"),
        help=_("Goods may be dated into it again."),
        resource="inventory.period",
        when=("state", ("closed",)),
        destructive=True,
    ),
    Action(
        "inventory.check",
        "backoffice_inventory.verifying:check",
        label=_("Check the stock"),
        help=_("Compares balances, layers, what is set aside and what was asked of the books with the moves."),
    ),
    Action(
        "inventory.rebuild_balances",
        "backoffice_inventory.verifying:rebuild",
        label=_("Make the balances anew"),
        help=_("Writes balances and layers again from the moves."),
        destructive=True,
    ),
    Action(
        "inventory.propose_orders",
        "backoffice_inventory.reordering:propose",
        label=_("Propose orders"),
        help=_("Tells what should be ordered by the rules, and writes nothing."),
        fields=(place("place_id", _("Place")), ONE_PRODUCT),
    ),
    Action(
        "inventory.order_proposals",
        "backoffice_inventory.reordering:order",
        label=_("Order what is proposed"),
        help=_("Hands the proposals to whoever buys, as draft orders."),
        fields=(place("place_id", _("Place")), ONE_PRODUCT),
    ),
    Action(
        "inventory.set_classes",
        "backoffice_inventory.counting:set_classes",
        label=_("Sort goods into classes"),
        help=_("A for those that make 80 % of a year's cost, B for the next 15 %, C for the others."),
    ),
]  # fmt: skip

ACTIONS = [*MOVES, *RESERVING, *VALUING, *COUNTING, *KEEPING]
