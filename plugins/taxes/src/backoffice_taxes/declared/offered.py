"""Reports, events, settings and roles."""

from __future__ import annotations

from backoffice_taxes.kinds import DIRECTIONS
from backoffice_taxes.models import Box, Code, Form

from backoffice.hookspecs import Event, Field, Report, Role, Settings, messages

_ = messages("taxes")

HERE = "backoffice_taxes.reports"

SPAN = (
    Field("from", "date", label=_("From"), required=True),
    Field("until", "date", label=_("Until"), required=True),
)

REPORTS = [
    Report(
        "taxes.tax_return",
        f"{HERE}:tax_return",
        label=_("Tax return"),
        description=_("The boxes of a return: as it was filed, or as it would be filed now."),
        fields=(Field("form_id", "ref", target=Form, label=_("Form"), required=True), *SPAN),
    ),
    Report(
        "taxes.by_code",
        f"{HERE}:by_code",
        label=_("Taxes by code"),
        description=_("What was taxed under each code, and what of it is recovered."),
        fields=(*SPAN, Field("direction", "choice", label=_("Direction"), choices=DIRECTIONS)),
    ),
    Report(
        "taxes.lines",
        f"{HERE}:lines",
        label=_("Tax lines"),
        description=_("The documents behind a figure of a return or of a code."),
        fields=(
            *SPAN,
            Field("tax_id", "ref", target=Code, label=_("Tax code")),
            Field("box_id", "ref", target=Box, label=_("Box")),
        ),
    ),
    Report(
        "taxes.waiting",
        f"{HERE}:waiting",
        label=_("Taxes waiting for payment"),
        description=_("Taxes that fall due when documents are paid, and are not paid yet."),
    ),
]

EVENTS = [
    Event(
        "taxes.return_filed",
        label=_("Tax return filed"),
        fields=(
            Field("form", "code", label=_("Form"), required=True),
            Field("start", "date", label=_("From"), required=True),
            Field("end", "date", label=_("Until"), required=True),
            Field("reference", "code", label=_("Reference"), required=True),
            Field("currency", "code", label=_("Currency"), required=True),
        ),
    )
]

SETTINGS = [
    Settings(
        (
            Field(
                "tax_base",
                "choice",
                label=_("Taxes are taken of"),
                help=_("Electronic invoices ask for net amounts as they are printed."),
                choices={"rounded": _("Net amounts as they are printed"), "exact": _("Exact net amounts")},
                default="rounded",
            ),
            Field(
                "withheld",
                "choice",
                label=_("Tax that is withheld is owed"),
                help=_("Until then it waits on the account for taxes that are not due yet."),
                choices={
                    "code": _("As each tax code says"),
                    "supply": _("When the document is posted"),
                    "payment": _("When the document is paid"),
                },
                default="code",
            ),
            Field(
                "nets",
                "choice",
                label=_("Net amounts are rounded"),
                choices={"line": _("Each line"), "document": _("Once a document")},
                default="line",
            ),
            Field(
                "tax_amounts",
                "choice",
                label=_("Right to the cent is"),
                choices={"each": _("Each tax by itself"), "together": _("The taxes of a line together")},
                default="each",
            ),
        ),
        label=_("Rounding of taxes"),
    )
]

READ = (
    "taxes.code.read",
    "taxes.category.read",
    "taxes.position.read",
    "taxes.rule.read",
    "taxes.form.read",
    "taxes.registration.read",
    "taxes.tax_line.read",
    "taxes.return.read",
    "taxes.tax_return",
    "taxes.by_code",
    "taxes.lines",
    "taxes.waiting",
    "taxes.compute",
    "taxes.determine",
)

ROLES = [
    Role(
        "taxes.officer",
        _("Tax officer"),
        ("taxes.*",),
        help=_("Keeps tax codes and rules, adjusts and files returns."),
    ),
    Role("taxes.reader", _("Reader of taxes"), READ, help=_("Sees taxes and their returns and changes nothing.")),
]
