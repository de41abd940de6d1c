"""Organisations, companies, branches, people who sign in, what they may do, and how they prove who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from unicodedata import normalize

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, validates

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import (
    CoreBase,
    Indexed,
    ItsOwn,
    Must,
    OfCompany,
    Record,
    Row,
    Table,
    UniqueInOrganization,
    to_many,
    to_one,
)
from backoffice.core.persistence.types import Id, Instant
from backoffice.core.secrets import Sealed
from backoffice.hookspecs import messages

_ = messages("backoffice")

LANGUAGES = {"en": _("English"), "ar": _("Arabic")}
CALENDARS = {"gregorian": _("Gregorian"), "hijri": _("Hijri (Umm al-Qura)")}
DIGITS = {"latn": _("1 2 3"), "arab": _("١ ٢ ٣")}
THEMES = {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")}


class Access:
    """Mixin of the tables that say who may do what: grants limited to a company or a branch never reach them."""

    __organization_wide__: ClassVar[bool] = True


def normal_username(text: str) -> str:
    """Return the one spelling of a user name: trimmed, in lower case, compatibility forms of characters replaced."""
    return normalize("NFKC", text).strip().casefold()


class Organization(ItsOwn, CoreBase):
    """What isolates: its rows are invisible to every other organisation."""

    __tablename__ = "core_organization"
    __title__ = "name"
    code: Mapped[str] = field.code(32, label=_("Code"), unique=True)
    name: Mapped[str] = field.text(120, label=_("Name"))
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language"), default="en")
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """Ids are never used again."""
        return {"sqlite_autoincrement": True}


class Company(Record, CoreBase):
    """A legal entity: it owns books, fiscal years, numbering, a currency and a calendar."""

    __tablename__ = "core_company"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)
    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    currency: Mapped[str] = field.code(
        3, label=_("Currency"), help=_("ISO code of the currency its books are kept in.")
    )
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language of its documents"), default="en")
    zone: Mapped[str] = field.text(60, label=_("Time zone"), default="UTC")
    calendar: Mapped[str] = field.choice(CALENDARS, label=_("Calendar"), default="gregorian")
    country: Mapped[str | None] = field.code(2, label=_("Country"), help=_("ISO code of two letters."))
    tax_id: Mapped[str | None] = field.code(32, label=_("Tax number"))
    registration: Mapped[str | None] = field.code(40, label=_("Commercial registration"))
    address: Mapped[str | None] = field.text(400, label=_("Address"))
    rounding_mode: Mapped[str] = field.choice(
        {
            "half_up": _("Half up"),
            "half_even": _("Half to even"),
        },
        label=_("Rounding"),
        default="half_up",
    )
    rounding_level: Mapped[str] = field.choice(
        {"document": _("Once a document"), "line": _("Each line")}, label=_("Rounded"), default="document"
    )
    unique = UniqueInOrganization("code")
    currency_code = Must("currency_code", "length(currency) = 3")


class Branch(OfCompany, Record, CoreBase):
    """A place of business of a company."""

    __tablename__ = "core_branch"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)
    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    address: Mapped[str | None] = field.text(400, label=_("Address"))
    unique = UniqueInOrganization("company_id", "code")


class User(Access, Record, CoreBase):
    """Someone who signs in. Users are deactivated, never deleted: the log refers to them."""

    __tablename__ = "core_user"
    __title__ = "username"
    __key__ = ("username",)
    username: Mapped[str] = field.code(64, label=_("User name"), search=True)
    name: Mapped[str] = field.text(120, label=_("Full name"), search=True, personal=True)
    email: Mapped[str | None] = field.email(label=_("E-mail"), search=True)
    language: Mapped[str] = field.choice(LANGUAGES, label=_("Language"), default="en")
    calendar: Mapped[str] = field.choice(CALENDARS, label=_("Calendar"), default="gregorian")
    digits: Mapped[str] = field.choice(DIGITS, label=_("Digits"), default="latn")
    theme: Mapped[str] = field.choice(THEMES, label=_("Appearance"), default="auto")
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))
    party_id: Mapped[int | None] = field.integer(
        label=_("Party"), read_only=True, help=_("The person this user is; self-service shows them their own records.")
    )
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company at sign-in"))
    password_hash: Mapped[str | None] = field.text(200, label=_("Password"), secret=True, read_only=True)
    password_changed_at: Mapped[datetime | None] = field.instant(label=_("Password changed"), read_only=True)
    must_change_password: Mapped[bool] = field.yes_no(label=_("Must change the password at the next sign-in"))
    unique = UniqueInOrganization("username")
    roles: Mapped[list[RoleAssignment]] = to_many("RoleAssignment.user_id", back_populates="user")

    @validates("username")
    def _one_spelling(self, key: str, username: str) -> str:
        """Keep the one spelling, so that two people never share a name that differs in case alone."""
        return normal_username(username)


class Role(Access, Record, CoreBase):
    """A named set of permissions."""

    __tablename__ = "core_role"
    __title__ = "name"
    __key__ = ("code",)
    code: Mapped[str] = field.code(80, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    help: Mapped[str | None] = field.translated(400, label=_("What it is for"))
    plugin: Mapped[str] = field.code(64, label=_("Plugin"), read_only=True, default="")
    second_factor: Mapped[bool] = field.yes_no(
        label=_("Needs a second factor"),
        help=_("Whoever has the role sets up an authenticator before they do anything else."),
    )
    declared: Mapped[str] = mapped_column(sa.String(64), nullable=False, default="")
    """Digest of the role as its plugin last wrote it; a role that differs was edited and is left alone."""
    unique = UniqueInOrganization("code")
    grants: Mapped[list[RoleGrant]] = to_many("RoleGrant.role_id", back_populates="role")


SCOPES = {
    "all": _("Every record"),
    "company": _("Records of their companies"),
    "branch": _("Records of their branches"),
    "own": _("Their own records"),
}


class RoleGrant(Access, Row, CoreBase):
    """A permission, or a pattern of permissions, granted by a role, and how far it reaches."""

    __tablename__ = "core_role_grant"
    __part_of__ = "role_id"
    __referenced__ = False
    role_id: Mapped[int] = field.ref("core_role", label=_("Role"))
    permission: Mapped[str] = field.code(
        120,
        label=_("Permission"),
        help=_("A name, or a pattern such as accounting.* or *.read."),
        hint="list:permissions",
    )
    scope: Mapped[str] = field.choice(SCOPES, label=_("Reaches"), default="all")
    unique = UniqueInOrganization("role_id", "permission")
    role: Mapped[Role] = to_one(role_id, back_populates="grants")


class RoleAssignment(Access, Row, CoreBase):
    """A role given to a user, everywhere or for one company or branch."""

    __tablename__ = "core_role_assignment"
    __part_of__ = "user_id"
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    role_id: Mapped[int] = field.ref("core_role", label=_("Role"))
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Only for company"))
    branch_id: Mapped[int | None] = field.ref("core_branch", label=_("Only for branch"))
    unique = UniqueInOrganization("user_id", "role_id", "company_id", "branch_id")
    user: Mapped[User] = to_one(user_id, back_populates="roles")
    role: Mapped[Role] = to_one(role_id)


class LoginSession(Access, Row, CoreBase):
    """A browser that is signed in; revoked by deleting its hash."""

    __tablename__ = "core_login_session"
    __audited__ = False
    __audit_exempt__ = "It changes with every request; sign-in and sign-out are written to the sign-in log."
    __referenced__ = False
    __title__ = "agent"
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False, unique=True)
    company_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = field.instant(label=_("Signed in"))
    seen_at: Mapped[datetime] = field.instant(label=_("Last seen"))
    expires_at: Mapped[datetime] = field.instant(label=_("Ends"))
    revoked_at: Mapped[datetime | None] = field.instant(label=_("Signed out"))
    address: Mapped[str] = field.text(64, label=_("Address"), default="")
    agent: Mapped[str] = field.text(200, label=_("Browser"), default="")
    values: Mapped[dict[str, Any] | None] = field.data(label=_("Values"))
    by_user = Indexed("user_id")


WAYS = {
    "console": _("Console"),
    "second_factor": _("Code of an authenticator"),
    "passkey": _("Passkey"),
    "recovery": _("Recovery code"),
    "password": _("Change of the password"),
    "link": _("Link to a new password"),
}
OUTCOMES = {
    "started": _("Begun"),
    "halfway": _("Password right, code asked for"),
    "asked": _("Link asked for"),
    "succeeded": _("Succeeded"),
    "failed": _("Failed"),
    "reset": _("New password"),
    "signed_out": _("Sign-out"),
}


class SignIn(Row, CoreBase):
    """An attempt to prove who one is, successful or not: the source of lockout and of the sign-in log."""

    __tablename__ = "core_sign_in"
    __audited__ = False
    __audit_exempt__ = "It is a log of its own, written outside business transactions."
    __referenced__ = False
    organization_id: Mapped[int | None] = mapped_column(Id)  # type: ignore[assignment]
    at: Mapped[datetime] = field.instant(label=_("When"))
    username: Mapped[str] = field.code(64, label=_("User name"))
    way: Mapped[str] = field.choice(WAYS, label=_("Way in"), checked=False)
    outcome: Mapped[str] = field.choice(OUTCOMES, label=_("Outcome"), checked=False)
    address: Mapped[str] = field.code(64, label=_("Address"), default="")
    by_name = Indexed("username", "at")

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """Attempts are counted by address whatever the organisation."""
        return sa.Index("core_sign_in_address_ix", "address", "at"), {"sqlite_autoincrement": True}


class ApiToken(Access, Record, CoreBase):
    """A token for programs, stored hashed, with scopes and an end."""

    __tablename__ = "core_api_token"
    __title__ = "name"
    name: Mapped[str] = field.text(80, label=_("Name"), help=_("What uses it."))
    user_id: Mapped[int] = field.ref("core_user", label=_("Acts as"))
    token_hash: Mapped[str] = field.code(64, secret=True, read_only=True, unique=True)
    hint: Mapped[str] = field.code(12, label=_("Begins with"), read_only=True, default="")
    scopes: Mapped[list[str]] = field.data(
        label=_("Scopes"), help=_("Patterns of permissions; what the user may not do, the token may not either.")
    )
    expires_at: Mapped[datetime] = field.instant(label=_("Expires"))
    revoked_at: Mapped[datetime | None] = field.instant(label=_("Revoked"), read_only=True)


class TokenUse(Access, Row, CoreBase):
    """When a token was last used, to the hour."""

    __tablename__ = "core_token_use"
    __audited__ = False
    __audit_exempt__ = "It changes while the token is used; what a token changes is audited under its user."
    __referenced__ = False
    token_id: Mapped[int] = field.ref("core_api_token", label=_("Token"))
    used_at: Mapped[datetime | None] = field.instant(label=_("Last used"))
    unique = UniqueInOrganization("token_id")


class PasswordReset(Row, CoreBase):
    """A link to set a new password, used once, within an hour."""

    __tablename__ = "core_password_reset"
    __audited__ = False
    __audit_exempt__ = "Holds only the hash of a link; the change of the password is audited."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user")
    token_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False, unique=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SecondFactor(Access, Row, CoreBase):
    """The authenticator of a person: both know the seed, and so the code of this half minute (TOTP, RFC 6238)."""

    __tablename__ = "core_second_factor"
    __part_of__ = "user_id"
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    seed: Mapped[Sealed] = field.secret(label=_("Seed"))
    created_at: Mapped[datetime] = field.instant(label=_("Begun"))
    confirmed_at: Mapped[datetime | None] = field.instant(label=_("In use since"))
    unique = UniqueInOrganization("user_id")


class SecondFactorUse(Row, CoreBase):
    """The half minute whose code was used last; it and those before it are refused from then on."""

    __tablename__ = "core_second_factor_use"
    __audited__ = False
    __audit_exempt__ = "It changes with every sign-in, which is written to the sign-in log."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user")
    step: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)
    unique = UniqueInOrganization("user_id")


class RecoveryCode(Row, CoreBase):
    """A code that replaces the authenticator once."""

    __tablename__ = "core_recovery_code"
    __audited__ = False
    __audit_exempt__ = "Holds only the hash of a code; its use is written to the sign-in log."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user")
    code_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    unique = UniqueInOrganization("user_id", "code_hash")


class Passkey(Access, Row, CoreBase):
    """A key that a device keeps for a person; here is its public half. It signs in alone."""

    __tablename__ = "core_passkey"
    __title__ = "name"
    __part_of__ = "user_id"
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    name: Mapped[str] = field.text(80, label=_("Name"), help=_("Which device it is on."))
    credential: Mapped[str] = field.code(1400, label=_("Number"), read_only=True, unique=True)
    public_key: Mapped[str] = field.code(2000, label=_("Public key"), read_only=True)
    created_at: Mapped[datetime] = field.instant(label=_("Added"))
    by_user = Indexed("user_id")


class PasskeyUse(Row, CoreBase):
    """When a passkey was last used, and how often its device says."""

    __tablename__ = "core_passkey_use"
    __audited__ = False
    __audit_exempt__ = "It changes with every sign-in, which is written to the sign-in log."
    __referenced__ = False
    passkey_id: Mapped[int] = field.ref("core_passkey", label=_("Passkey"))
    count: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)
    used_at: Mapped[datetime | None] = field.instant(label=_("Last used"))
    unique = UniqueInOrganization("passkey_id")
    passkey: Mapped[Passkey] = to_one(passkey_id)


class SignInChallenge(Row, CoreBase):
    """A sign-in that has the password and lacks the second factor."""

    __tablename__ = "core_sign_in_challenge"
    __audited__ = False
    __audit_exempt__ = "It lasts for minutes; the sign-in is written to the sign-in log."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user")
    token_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False, unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(64), nullable=False)
    """Digest of the password's hash: a password changed meanwhile ends the challenge."""
    expires_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class RateWindow(Table, CoreBase):
    """How often something was asked for in one stretch of time, added up over all processes."""

    __tablename__ = "core_rate"
    __audited__ = False
    __audit_exempt__ = "Counters of requests, gone after an hour."
    __referenced__ = False
    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), nullable=False)
    began_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    count: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """One row for each key and stretch of time."""
        return (sa.UniqueConstraint("key", "began_at", name="core_rate_key_uq"),)


__all__ = [
    "Access",
    "ApiToken",
    "Branch",
    "Company",
    "LoginSession",
    "Organization",
    "Passkey",
    "PasskeyUse",
    "PasswordReset",
    "RateWindow",
    "RecoveryCode",
    "Role",
    "RoleAssignment",
    "RoleGrant",
    "SecondFactor",
    "SecondFactorUse",
    "SignIn",
    "SignInChallenge",
    "TokenUse",
    "User",
    "normal_username",
]
