"""Runs of payments: resources, and what is done with them."""

from __future__ import annotations

from backoffice_accounting.models import Account, PaymentRun

from backoffice.hookspecs import Action, Approval, Event, Field, Lines, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.paying.actions"

ACTIONS = [
    Action(
        "accounting.propose_payments",
        f"{HERE}:propose_payments",
        label=_("Propose payments"),
        help=_("Collects the bills that are due, for one payment run. Nothing is paid yet."),
        fields=(
            Field("date", "date", label=_("Date of execution"), help=_("Left empty, today.")),
            Field("due_until", "date", label=_("Due until"), help=_("Left empty, the date of execution.")),
            Field(
                "account_id", "ref", target=Account, label=_("Bank account"), help=_("Left empty, the bank account.")
            ),
            Field("currency", "code", label=_("Currency"), length=3),
            Field("discounts", "boolean", label=_("Take discounts for early payment"), default=True),
            Field("debtor_iban", "code", label=_("Our IBAN"), length=34),
            Field("debtor_bic", "code", label=_("Our BIC"), length=11),
        ),
        icon="bank",
    ),
    Action(
        "accounting.execute_payment_run",
        f"{HERE}:execute_payment_run",
        label=_("Execute the payment run"),
        help=_("Records the payments and makes the file for the bank. A second person agrees first."),
        resource="accounting.payment_run",
        when=("state", ("proposed",)),
        approval=Approval(always=True),
        confirm=_("Every bill of the run counts as paid afterwards."),
        icon="check",
    ),
    Action(
        "accounting.drop_payment_run",
        f"{HERE}:drop_payment_run",
        label=_("Drop the payment run"),
        resource="accounting.payment_run",
        when=("state", ("proposed",)),
    ),
]

RUN = Resource(
    "accounting.payment_run",
    PaymentRun,
    label=_("Payment run"),
    plural=_("Payment runs"),
    description=_("Bills paid together. Propose what is due, choose, let a second person agree, send the file."),
    columns=("date", "due_until", "account_id", "currency", "total", "state"),
    form=("date", "account_id", "debtor_iban", "debtor_bic"),
    filters=("state", "date", "account_id"),
    sorts=("date",),
    order="-date",
    operations=frozenset({"change"}),
    lines=(
        Lines(
            "lines",
            ("invoice_id", "party_id", "amount", "discount", "holder", "iban", "bic", "reference", "payment_id"),
            label=_("Bills"),
            minimum=1,
            totals=("amount", "discount"),
        ),
    ),
    editable_when=("state", "proposed"),
    currency="currency",
    badge="state",
    menu="purchases",
    before_save="backoffice_accounting.paying.runs:before_save",
)

RESOURCES = [RUN]

EVENTS = [
    Event(
        "accounting.payment_run_executed",
        label=_("Payment run executed"),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("total", "money", label=_("Total"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    ),
]
