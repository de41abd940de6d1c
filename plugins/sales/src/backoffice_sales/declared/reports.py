"""Reports."""

from __future__ import annotations

from backoffice_parties.models import Party
from backoffice_sales.reports.book import SHOWN
from backoffice_sales.reports.selling import GROUPS

from backoffice.hookspecs import Field, Report, messages

_ = messages("sales")

HERE = "backoffice_sales.reports"

DAYS = (Field("from", "date", label=_("From")), Field("until", "date", label=_("Until")))
GROUP = Field("group", "choice", choices=GROUPS, label=_("By"), default="month")
WHOSE = (
    Field("country", "code", label=_("Country"), length=2),
    Field("party_id", "ref", target=Party, label=_("Customer")),
)

REPORTS = [
    Report(
        "sales.sales",
        f"{HERE}.selling:sales",
        label=_("Sales"),
        description=_("Net amounts that were invoiced, credit notes taken off."),
        fields=(GROUP, *DAYS, *WHOSE, Field("item", "code", label=_("Item"), length=60)),
        menu="sales",
    ),
    Report(
        "sales.margin",
        f"{HERE}.selling:margin",
        label=_("Margin"),
        description=_("What is left of sales after the cost of the goods."),
        fields=(Field("group", "choice", choices=GROUPS, label=_("By"), default="item"), *DAYS, *WHOSE),
        menu="sales",
    ),
    Report(
        "sales.order_book",
        f"{HERE}.book:order_book",
        label=_("Order book"),
        description=_("Orders that are not done: what is left to ship, what is late."),
        fields=(
            Field("show", "choice", choices=SHOWN, label=_("Shown"), default="open"),
            Field("until", "date", label=_("Promised until")),
        ),
        menu="sales",
    ),
    Report(
        "sales.payments",
        f"{HERE}.book:payments",
        label=_("Payments by provider"),
        description=_("What payment providers charged, paid back and kept."),
        fields=DAYS,
        menu="sales",
    ),
    Report(
        "sales.stuck",
        f"{HERE}.stuck:work_list",
        label=_("Work list"),
        description=_("Orders, payments and messages that wait longer than they should, and why."),
        fields=(
            Field("minutes", "integer", label=_("Longer than minutes"), minimum=0, help=_("Left empty, as it is set.")),
        ),
        menu="sales",
    ),
]
