"""What a person must have or do before anything else, as conditions on users."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from .models import Role, RoleAssignment, SecondFactor, User

IN_USE: Final = sa.exists().where(
    SecondFactor.user_id == User.id,
    SecondFactor.organization_id == User.organization_id,
    SecondFactor.confirmed_at.is_not(None),
)
"""Condition on users: they have an authenticator in use."""

REQUIRED: Final = sa.exists().where(
    RoleAssignment.user_id == User.id,
    RoleAssignment.organization_id == User.organization_id,
    Role.id == RoleAssignment.role_id,
    Role.organization_id == RoleAssignment.organization_id,
    Role.second_factor,
)
"""Condition on users: one of their roles asks for a second factor."""

__all__ = ["IN_USE", "REQUIRED"]
