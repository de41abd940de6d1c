"""Actions, jobs, events, settings and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice.hookspecs import Action, Event, Field, Job, Role, Settings, messages

_ = messages("zatca")

HERE = "backoffice_zatca.onboarding"
WAITING = ("state", ("new", "compliance"))

ACTIONS = [
    Action(
        "zatca.make_request",
        f"{HERE}:make_request",
        label=_("Make the request for a certificate"),
        help=_("Makes the key of the unit, which is kept sealed, and the request the authority takes."),
        resource="zatca.unit",
        when=("state", ("new",)),
        permission="zatca.register",
    ),
    Action(
        "zatca.register",
        f"{HERE}:register",
        label=_("Register with ZATCA"),
        help=_("Sends sample documents and gets the certificate. Take the one-time password from the Fatoora portal."),
        resource="zatca.unit",
        when=WAITING,
        fields=(Field("otp", "code", label=_("One-time password"), length=12, required=True),),
    ),
    Action(
        "zatca.retire",
        f"{HERE}:retire",
        label=_("Take out of use"),
        help=_("Its chain stays; another unit signs from now on."),
        resource="zatca.unit",
        when=("state", ("active",)),
        permission="zatca.register",
        destructive=True,
    ),
    Action(
        "zatca.verify_chain",
        "backoffice_zatca.actions:verify_chain",
        label=_("Check the chain"),
        help=_("Tells whether every document names the one before it and no counter is missing."),
        resource="zatca.unit",
        permission="zatca.link.read",
    ),
]

JOBS = [
    Job(
        "zatca.register",
        f"{HERE}:run",
        label=_("Register a unit with ZATCA"),
        fields=(
            Field("unit", "integer", label=_("Unit"), required=True),
            Field("otp", "code", label=_("One-time password"), required=True),
        ),
        attempts=2,
        timeout=timedelta(minutes=10),
    )
]

EVENTS = [Event("zatca.unit_registered", label=_("Unit registered with ZATCA"), fields=())]

SETTINGS = [
    Settings(
        (
            Field(
                "reason",
                "text",
                label=_("Reason of credit notes"),
                length=200,
                default="تصحيح فاتورة",
                help=_("Said where a credit note has no notes of its own."),
            ),
        ),
        label=_("ZATCA"),
    )
]

ROLES = [
    Role(
        "zatca.officer",
        _("Keeper of ZATCA units"),
        ("zatca.*",),
        help=_("Registers units and sees what they signed."),
    )
]
