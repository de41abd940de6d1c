"""The core's records as people see them."""

from __future__ import annotations

from backoffice.core.users.models import Branch, Company
from backoffice.hookspecs import Resource, messages

_ = messages("backoffice")

RESOURCES = (
    Resource(
        "core.company",
        Company,
        columns=("code", "name", "currency"),
        label=_("Company"),
        plural=_("Companies"),
        description=_("Legal entities that keep books of their own."),
        sorts=("code", "name"),
        order="code",
        operations=frozenset({"create", "change"}),
        menu="settings",
    ),
    Resource(
        "core.branch",
        Branch,
        columns=("code", "name", "company_id"),
        label=_("Branch"),
        plural=_("Branches"),
        description=_("Places of business of a company."),
        sorts=("code", "name"),
        order="code",
        menu="settings",
    ),
)
