"""Resources: codes, how they are chosen, forms of returns, and what was taxed."""

from __future__ import annotations

from backoffice_taxes.models import Category, Code, Form, Position, Registration, Rule, TaxLine, TaxReturn

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("taxes")

READ_ONLY: frozenset[str] = frozenset()
HERE = "backoffice_taxes.checking"

CODE = Resource(
    "taxes.code",
    Code,
    label=_("Tax code"),
    plural=_("Tax codes"),
    description=_("How each tax is computed. Install the set-up of a country, or add codes one by one."),
    columns=("code", "name", "country", "family", "used_for", "kind", "category", "active"),
    form=(
        "code", "name", "country", "family", "used_for", "category", "kind", "per", "basis", "raises_base", "in_price",
        "reverse_charge", "withholding", "deductible", "due", "reason_code", "reason", "sequence", "source", "active",
    ),
    filters=("country", "family", "used_for", "kind", "category", "active"),
    sorts=("code",),
    order="code",
    lines=(
        Lines("rates", ("rate", "valid_from", "valid_until", "source"), label=_("Rates")),
        Lines("members", ("member_id",), label=_("Codes of the group")),
        Lines("stands_on", ("on_id",), label=_("Taken of these taxes")),
        Lines("boxes", ("box_id", "side", "figure", "used_for", "negative"), label=_("In the return")),
    ),
    menu="finance",
    before_save=f"{HERE}:code",
)  # fmt: skip

CATEGORY = Resource(
    "taxes.category",
    Category,
    label=_("Tax category"),
    plural=_("Tax categories"),
    description=_("Kinds of goods and services that are taxed differently."),
    columns=("code", "name", "active"),
    filters=("active",),
    menu="settings",
)

POSITION = Resource(
    "taxes.position",
    Position,
    label=_("Tax position"),
    plural=_("Tax positions"),
    description=_("Where customers and suppliers stand for taxes: at home, abroad, registered or not."),
    columns=("code", "name", "country", "located", "registered", "sequence", "active"),
    filters=("country", "located", "active"),
    sorts=("country",),
    order="country",
    menu="settings",
    before_save=f"{HERE}:country",
)

RULE = Resource(
    "taxes.rule",
    Rule,
    label=_("Tax rule"),
    plural=_("Tax rules"),
    description=_("Which tax code holds for a position and a category; the rule that names most wins."),
    columns=("code", "country", "used_for", "position_id", "category_id", "tax_id", "valid_from", "valid_until"),
    form=(
        "code", "country", "used_for", "position_id", "category_id", "tax_id", "valid_from", "valid_until", "active",
    ),
    filters=("country", "used_for", "position_id", "category_id", "tax_id", "active"),
    sorts=("country",),
    order="country",
    menu="settings",
    before_save=f"{HERE}:rule",
)  # fmt: skip

FORM = Resource(
    "taxes.form",
    Form,
    label=_("Tax return form"),
    plural=_("Tax return forms"),
    description=_("The forms of tax returns with their boxes."),
    columns=("code", "name", "country", "active"),
    form=("code", "name", "country", "whole_bases", "source", "active"),
    filters=("country", "active"),
    lines=(Lines("boxes", ("code", "number", "name", "other_name", "shown", "sum_of", "sequence"), label=_("Boxes")),),
    menu="settings",
    before_save=f"{HERE}:form",
)

REGISTRATION = Resource(
    "taxes.registration",
    Registration,
    label=_("Tax registration"),
    plural=_("Tax registrations"),
    description=_("The numbers under which your company is known to tax authorities."),
    columns=("number", "country", "form_id", "frequency", "valid_from", "valid_until"),
    filters=("country",),
    menu="settings",
    before_save=f"{HERE}:rule",
)

TAX_LINE = Resource(
    "taxes.tax_line",
    TaxLine,
    label=_("Tax line"),
    plural=_("Tax lines"),
    description=_("What each document bears of each tax. Whatever posts a document writes them; they never change."),
    columns=("date", "source_number", "direction", "tax_id", "rate", "base", "amount", "deductible", "return_id"),
    filters=("date", "direction", "tax_id", "country", "source_plugin", "source_key", "party", "return_id"),
    operations=READ_ONLY,
    currency="currency",
    menu="finance",
)

RETURN = Resource(
    "taxes.return",
    TaxReturn,
    label=_("Tax return"),
    plural=_("Tax returns"),
    description=_("Returns that were filed, with their figures. File one when its figures are right."),
    columns=("end_date", "form_id", "start_date", "reference", "filed_at"),
    filters=("form_id", "end_date"),
    sorts=("end_date",),
    order="-end_date",
    operations=READ_ONLY,
    lines=(Lines("boxes", ("box_id", "base", "tax"), label=_("Boxes")),),
    currency="currency",
    menu="finance",
)

RESOURCES = [CODE, TAX_LINE, RETURN, REGISTRATION, RULE, POSITION, CATEGORY, FORM]
