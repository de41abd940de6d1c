"""Make what must exist before anyone can sign in: an organisation, its companies, people, and ready-made roles.

All of this runs in a system session, since at the beginning there is nobody to act. Afterwards people are managed
through resources and actions like everything else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.money import currency as known_currency
from backoffice.core.persistence import Session
from backoffice.core.text import translate
from backoffice.hookspecs import messages
from backoffice.hookspecs import parts as declared

from .models import LANGUAGES, Branch, Company, Organization, Role, RoleAssignment, RoleGrant, User, normal_username
from .passwords import check_password, hash_password

_ = messages("backoffice")

ADMINISTRATOR = "core.administrator"
SELF_SERVICE = "core.self_service"

BUILT_IN_ROLES: tuple[tuple[str, declared.Role], ...] = (
    ("core", declared.Role(ADMINISTRATOR, _("Administrator"), ("*",), help=_("May do everything."))),
    (
        "core",
        declared.Role(
            SELF_SERVICE, _("Self-service"), {"*.read": "own"}, help=_("Sees their own records and nothing else.")
        ),
    ),
)
"""The roles every organisation starts with, as (plugin, role)."""

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]*")


def create_organization(session: Session, *, code: str, name: str, language: str = "en", now: datetime) -> Organization:
    """Create an organisation with the built-in roles and return it.

    ``code`` is what people write after the @ when they sign in: small letters, digits, ``-`` and ``_``.

    Raises:
        InvalidInput: the code is not of that form.
    """
    if not _CODE.fullmatch(code):
        raise InvalidInput(
            _("“{code}” cannot be the code of an organisation.").with_values(code=code),
            remedy=_("Use small letters, digits, - and _, beginning with a letter or digit."),
            fields={"code": [_("Use small letters, digits, - and _, beginning with a letter or digit.")]},
        )
    organization = Organization(code=code, name=name, language=language, created_at=now)
    session.add(organization)
    session.flush()
    sync_roles(session, organization.id, BUILT_IN_ROLES)
    return organization


def create_company(
    session: Session, *, organization_id: int, code: str, name: str, currency: str, language: str = "en", **fields: Any
) -> Company:
    """Create a company of the organisation and return it; ``fields`` are further fields of ``Company``.

    Raises:
        InvalidInput: ``currency`` is not the ISO code of one.
    """
    company = Company(
        organization_id=organization_id, code=code, name=name, currency=known_currency(currency).code,
        language=language, **fields,
    )  # fmt: skip
    session.add(company)
    session.flush()
    return company


def create_branch(session: Session, *, company: Company, code: str, name: str, **fields: Any) -> Branch:
    """Create a branch of ``company`` and return it."""
    branch = Branch(organization_id=company.organization_id, company_id=company.id, code=code, name=name, **fields)
    session.add(branch)
    session.flush()
    return branch


def create_user(
    session: Session,
    *,
    organization_id: int,
    username: str,
    name: str,
    password: str | None = None,
    email: str | None = None,
    roles: Iterable[str] = (),
    language: str = "en",
    company_id: int | None = None,
    must_change_password: bool = False,
) -> User:
    """Create someone who may sign in, with the roles of these codes everywhere, and return them.

    Without a password they cannot sign in until one is set. Hashing takes a noticeable time: call this before the
    session has begun a transaction that others wait for.

    Raises:
        InvalidInput: the password is too weak.
        NotFound: a role does not exist.
    """
    hashed = None
    if password is not None:
        check_password(password, username)
        hashed = hash_password(password)
    user = User(
        organization_id=organization_id, username=username, name=name, email=email, language=language,
        company_id=company_id, password_hash=hashed, password_changed_at=session.now() if hashed else None,
        must_change_password=must_change_password,
    )  # fmt: skip
    session.add(user)
    session.flush()
    for code in roles:
        give_role(session, user, code)
    return user


def give_role(
    session: Session, user: User, code: str, *, company_id: int | None = None, branch_id: int | None = None
) -> RoleAssignment:
    """Give ``user`` the role of this code, everywhere or for one company or branch, and return the assignment.

    Raises:
        NotFound: the organisation has no such role.
    """
    role = session.scalar(sa.select(Role).where(Role.organization_id == user.organization_id, Role.code == code))
    if role is None:
        raise NotFound(
            _("There is no role {code}.").with_values(code=code),
            remedy=_("Look at the list of roles; a role of a plugin exists once the plugin is installed."),
        )
    assignment = RoleAssignment(
        organization_id=user.organization_id, user_id=user.id, role_id=role.id, company_id=company_id,
        branch_id=branch_id,
    )  # fmt: skip
    session.add(assignment)
    session.flush()
    return assignment


def find_user(session: Session, organization_id: int, username: str) -> User:
    """Return the user of this name.

    Raises:
        NotFound: the organisation has no such user.
    """
    wanted = sa.select(User).where(User.organization_id == organization_id, User.username == normal_username(username))
    user: User | None = session.scalar(wanted)
    if user is None:
        raise NotFound(_("There is no user {name}.").with_values(name=username), remedy=_("Look at the list of users."))
    return user


# -- ready-made roles ------------------------------------------------------------------------------------------------


def sync_roles(session: Session, organization_id: int, roles: Iterable[tuple[str, declared.Role]]) -> list[str]:
    """Create the ready-made ``roles``, pairs of plugin and role, or bring them up to date; return the codes changed.

    A role that an administrator edited is left as it is.
    """
    existing = {
        role.code: role for role in session.scalars(sa.select(Role).where(Role.organization_id == organization_id))
    }
    return [
        role.name for plugin, role in roles if _sync(session, organization_id, plugin, role, existing.get(role.name))
    ]


def _sync(session: Session, organization_id: int, plugin: str, wanted: declared.Role, role: Role | None) -> bool:
    digest = _digest(_wanted_state(wanted))
    if role is None:
        role = Role(organization_id=organization_id, code=wanted.name, plugin=plugin)
        session.add(role)
    elif role.declared == digest or role.declared != _digest(_present_state(role)):
        return False
    role.name, role.help = str(wanted.label), str(wanted.help) or None
    role.translations, role.declared = _translations(wanted), digest
    _write_grants(role, _permissions(wanted), organization_id)
    session.flush()
    return True


def _write_grants(role: Role, wanted: Mapping[str, str], organization_id: int) -> None:
    kept = {grant.permission: grant for grant in role.grants if grant.permission in wanted}
    role.grants[:] = [
        kept.get(permission) or RoleGrant(organization_id=organization_id, permission=permission)
        for permission in wanted
    ]
    for grant in role.grants:
        grant.scope = wanted[grant.permission]


def _permissions(role: declared.Role) -> dict[str, str]:
    given = role.permissions
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, "all")


def _translations(role: declared.Role) -> dict[str, dict[str, str]] | None:
    """Return what the role is called and what it is for in the other languages that translate them."""
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        said = {"name": translate(role.label, language), "help": translate(role.help, language)}
        own = {name: text for name, text in said.items() if text not in {role.label, role.help}}
        if own:
            found[language] = own
    return found or None


def _wanted_state(role: declared.Role) -> list[Any]:
    return [str(role.label), str(role.help) or None, _translations(role), sorted(_permissions(role).items())]


def _present_state(role: Role) -> list[Any]:
    grants = sorted((grant.permission, grant.scope) for grant in role.grants)
    return [role.name, role.help, role.translations or None, grants]


def _digest(state: list[Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


__all__ = [
    "ADMINISTRATOR",
    "BUILT_IN_ROLES",
    "SELF_SERVICE",
    "create_branch",
    "create_company",
    "create_organization",
    "create_user",
    "find_user",
    "give_role",
    "sync_roles",
]
