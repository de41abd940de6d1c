"""Rules for the core's own records, run before they are saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import CustomField, ExchangeRate
from backoffice.core.errors import InvalidInput, RuleBroken
from backoffice.core.money import currency
from backoffice.core.persistence import Session
from backoffice.core.persistence.numbering import Series, check_pattern
from backoffice.core.users.models import Company, Role, RoleAssignment, User, normal_username
from backoffice.hookspecs import messages

_ = messages("backoffice")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def company(session: Session, record: Company, values: Mapping[str, Any]) -> None:
    """Refuse an unknown currency or time zone."""
    record.currency = currency(record.currency).code
    try:
        ZoneInfo(record.zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            _("There is no time zone {zone}.").with_values(zone=record.zone),
            remedy=_("Write something like Asia/Riyadh."),
            fields={"zone": [_("Unknown time zone.")]},
        ) from error


def user(session: Session, record: User, values: Mapping[str, Any]) -> None:
    """Keep names in one form, and never leave the organisation without an administrator."""
    record.username = normal_username(record.username)
    if record.id is not None:
        with session.no_autoflush:
            _keep_an_administrator(session, record)


def _keep_an_administrator(session: Session, record: User) -> None:
    role_id = session.scalar(sa.select(Role.id).where(Role.code == "core.administrator"))
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(RoleAssignment)
        .join(User, User.id == RoleAssignment.user_id)
        .where(RoleAssignment.role_id == role_id, User.active, User.id != record.id)
    )
    here = record.active and any(given.role_id == role_id for given in record.roles)
    was = session.scalar(
        sa.select(sa.func.count())
        .select_from(RoleAssignment)
        .where(RoleAssignment.role_id == role_id, RoleAssignment.user_id == record.id)
    )
    if was and not here and not others:
        raise RuleBroken(
            _("This is the last administrator."),
            why=_("Without one, nobody could give roles any more."),
            remedy=_("Make someone else an administrator first."),
        )


def role(session: Session, record: Role, values: Mapping[str, Any]) -> None:
    """Accept only names and patterns of permissions."""
    for grant in record.grants:
        if not re.fullmatch(r"[a-z0-9_.*]+", grant.permission or ""):
            raise InvalidInput(
                _("{permission} is not the name of a permission.").with_values(permission=grant.permission or ""),
                remedy=_("Write a name, or a pattern such as accounting.* or *.read."),
                fields={"grants": [_("Unknown permission.")]},
            )


def series(session: Session, record: Series, values: Mapping[str, Any]) -> None:
    """Accept only patterns that give a number."""
    check_pattern(record.pattern or "")


def exchange_rate(session: Session, record: ExchangeRate, values: Mapping[str, Any]) -> None:
    """Refuse unknown currencies and rates that are not positive."""
    record.base, record.currency = currency(record.base).code, currency(record.currency).code
    if record.rate is not None and record.rate <= 0:
        raise InvalidInput(_("A rate is more than zero."), fields={"rate": [_("More than zero, please.")]})


def custom_field(session: Session, record: CustomField, values: Mapping[str, Any]) -> None:
    """Keep the name and kind of a custom field for ever, since records hold values under it."""
    if not _NAME.fullmatch(record.name or ""):
        raise InvalidInput(
            _("This name cannot be used."),
            remedy=_("Use small letters, digits and _, beginning with a letter."),
            fields={"name": [_("Small letters, digits and _.")]},
        )
    if record.id is not None and (session.is_modified(record) and _renamed(record)):
        raise RuleBroken(
            _("The name and kind of a custom field do not change."),
            why=_("Records hold values under them."),
            remedy=_("Switch it off and add another."),
        )


def _renamed(record: CustomField) -> bool:
    state: Any = sa.inspect(record)
    return any(state.attrs[name].history.has_changes() for name in ("name", "kind", "resource"))


__all__ = ["company", "custom_field", "exchange_rate", "role", "series", "user"]
