"""Dimensions and their values."""

from __future__ import annotations

from backoffice_accounting.models import Dimension, DimensionValue

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.dimensions.checks"

RESOURCES = [
    Resource(
        "accounting.dimension",
        Dimension,
        label=_("Dimension"),
        plural=_("Dimensions"),
        description=_("Ways to tell amounts apart: by branch, cost centre, project or what you like."),
        columns=("code", "name", "required", "closes_apart", "active"),
        form=("code", "name", "required", "closes_apart", "active"),
        filters=("active",),
        sorts=("code",),
        order="code",
        lines=(Lines("rules", ("account_id", "rule"), label=_("Rules of accounts")),),
        menu="settings",
        before_save=f"{HERE}:before_save_dimension",
    ),
    Resource(
        "accounting.dimension_value",
        DimensionValue,
        label=_("Value of a dimension"),
        plural=_("Values of dimensions"),
        description=_("The branches, cost centres and projects amounts are told apart by."),
        columns=("dimension_id", "code", "name", "parent_id", "active"),
        form=("dimension_id", "code", "name", "parent_id", "active"),
        filters=("dimension_id", "active", "parent_id"),
        sorts=("code",),
        order="code",
        menu="settings",
        before_save=f"{HERE}:before_save_value",
    ),
]
