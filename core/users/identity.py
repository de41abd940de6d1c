"""Who someone is while they work, and what they may do: deny by default, then what their roles grant.

An identity is read once per request and never changes. Interfaces ask three questions of it: :func:`may` for one
permission and perhaps one record, :func:`criteria` for the rows of a list, :func:`permitted_fields` for its columns.
How people prove who they are is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.core.errors import NotSignedIn
from backoffice.core.persistence import Session
from backoffice.core.persistence.fields import REF
from backoffice.core.persistence.prepared import Line, Read
from backoffice.hookspecs import Field, messages
from backoffice.hookspecs.parts import Scope

from .models import Branch, Company, RoleAssignment, RoleGrant, User

_ = messages("backoffice")


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission, or a pattern of permissions, as one role gives it to one person.

    ``company_id`` and ``branch_id`` limit it to one company or branch, which the scopes ``company`` and ``branch``
    always name; ``own`` reaches only a person's own records there. ``role_id`` keeps the grants of one role together:
    in a role a permission named in full outweighs a pattern.
    """

    permission_pattern: str
    scope: Scope = "all"
    company_id: int | None = None
    branch_id: int | None = None
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one permission reaches for one person.

    ``companies`` and ``branches`` are ``None`` when every one is reached. ``only_own`` says that nothing but the
    person's own records are reached, so that a report over everyone's is not for them.
    """

    companies: frozenset[int] | None
    branches: frozenset[int] | None
    only_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person, a program or the system itself, at work in one organisation.

    ``companies`` and ``branches`` are those they may see at all, ``None`` for every one; a single permission may reach
    less, see :func:`reach`. ``scopes`` are an API token's patterns, which narrow what its user may do.
    """

    user_id: int | None
    username: str
    name: str
    organization_id: int
    company_id: int | None = None
    companies: frozenset[int] | None = frozenset()
    branches: frozenset[int] | None = frozenset()
    language: str = "en"
    zone: str = "UTC"
    calendar: str = "gregorian"
    digits: str = "latn"
    theme: str = "auto"
    party_id: int | None = None
    grants: tuple[Grant, ...] = ()
    scopes: tuple[str, ...] | None = None
    is_system: bool = False
    _matched: dict[str, tuple[Grant, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Return what most identities differ in; what is kept for a person is looked up several times a request."""
        return hash((self.organization_id, self.user_id, self.company_id))


_EVERYTHING = (Grant("*"),)


def system_identity(organization_id: int, company_id: int | None = None, *, name: str = "system") -> Identity:
    """Return the program itself, which may do everything: the worker, the loader of a demonstration, the CLI."""
    return Identity(
        user_id=None, username=name, name=name, organization_id=organization_id, company_id=company_id,
        companies=None, branches=None, grants=_EVERYTHING, is_system=True,
    )  # fmt: skip


# -- reading who someone is ------------------------------------------------------------------------------------------


def identity_of(session: Session | Line, user_id: int, company_id: int | None = None) -> Identity:
    """Return the identity of the user with ``user_id``, read through a session across organisations.

    ``company_id`` is the company they chose to work for; one they may not see is passed over for their own.

    Raises:
        NotSignedIn: there is no such user, or they were deactivated.
    """
    lines, places = Read.together(session, *((read, {"user_id": user_id}) for read in _BY_ID))
    return identity_from(lines, places, company_id)


def identity_from(lines: Sequence[Any], places: Sequence[Any], company_id: int | None = None) -> Identity:
    """Return the identity that the two reads of :func:`who` tell of; see :func:`identity_of`."""
    if not lines or not _Line(*lines[0]).active:
        raise NotSignedIn(
            _("This user cannot sign in."),
            why=_("The user was deactivated or does not exist."),
            remedy=_("Ask an administrator to activate the user."),
        )
    return _identity(tuple(lines), tuple(places), company_id)


def who(condition: sa.ColumnElement[bool], shown: Any = None) -> tuple[Read, Read]:
    """Return the reads that tell who a user is, by their id or by what they show: a login session, a token.

    Whatever ``shown`` is, a mapped class with the id of a user, a request reads it and them at once.
    """
    found = []
    for statement in (_LINES, _ZONES):
        if shown is not None:
            theirs = sa.and_(shown.user_id == User.id, shown.organization_id == User.organization_id)
            statement = statement.join(shown, theirs)
        found.append(Read(statement.where(condition)))
    return found[0], found[1]


@lru_cache(maxsize=1024)
def _identity(lines: tuple[Any, ...], places: tuple[Any, ...], company_id: int | None) -> Identity:
    """Make the identity of what was read.

    It is kept together with what was found of its permissions, and found again by everything that was read: a role
    or a place that changed gives another one.
    """
    rows = [_Line(*line) for line in lines]
    user, zones = rows[0], dict(places)
    theirs = _their_places(user, rows, list(zones))
    grants = tuple(grant for row in rows if row.permission is not None for grant in _grants(row, theirs))
    companies = _allowed_companies(grants, frozenset(company for company, _branch in theirs))
    company_id = _working_company((company_id, user.own_company_id), companies, list(zones))
    return Identity(
        user_id=user.user_id, username=user.username, name=user.name, organization_id=user.organization_id,
        company_id=company_id, companies=companies, branches=_allowed_branches(grants),
        language=user.language, zone=zones.get(company_id or 0, "UTC"), calendar=user.calendar,
        digits=user.digits, theme=user.theme, party_id=user.party_id, grants=grants,
    )  # fmt: skip


class _Line(NamedTuple):
    """A permission of a person, beside what is known of them; whoever has none has one empty line."""

    user_id: int
    username: str
    name: str
    organization_id: int
    own_company_id: int | None
    language: str
    calendar: str
    digits: str
    theme: str
    active: bool
    party_id: int | None
    role_id: int | None
    branch_id: int | None
    company_id: int | None
    permission: str | None
    scope: Scope | None


_LINES = (
    sa.select(
        User.id, User.username, User.name, User.organization_id, User.company_id.label("own_company_id"),
        User.language, User.calendar, User.digits, User.theme, User.active, User.party_id,
        RoleAssignment.role_id, RoleAssignment.branch_id,
        sa.func.coalesce(Branch.company_id, RoleAssignment.company_id).label("company_id"),
        RoleGrant.permission, RoleGrant.scope,
    )
    .outerjoin(
        RoleAssignment,
        sa.and_(RoleAssignment.user_id == User.id, RoleAssignment.organization_id == User.organization_id),
    )
    .outerjoin(
        RoleGrant,
        sa.and_(
            RoleGrant.role_id == RoleAssignment.role_id, RoleGrant.organization_id == RoleAssignment.organization_id
        ),
    )
    .outerjoin(
        Branch, sa.and_(Branch.id == RoleAssignment.branch_id, Branch.organization_id == RoleAssignment.organization_id)
    )
    .order_by(RoleGrant.id)
)  # fmt: skip

_ZONES = (
    sa.select(Company.id, Company.zone).join(User, User.organization_id == Company.organization_id).order_by(Company.id)
)
"""The zone of each company of their organisation, the oldest company first."""

_BY_ID = who(User.id == sa.bindparam("user_id"))


Place = tuple[int, int | None]
"""A company and perhaps one of its branches."""


def _their_places(user: _Line, rows: Sequence[_Line], existing: list[int]) -> frozenset[Place]:
    """Return where a person belongs: the places named for them, or the only company there is."""
    named: set[Place] = {(row.company_id, row.branch_id) for row in rows if row.company_id is not None}
    if user.own_company_id is not None:
        named.add((user.own_company_id, None))
    return frozenset(named) or frozenset((company, None) for company in existing if len(existing) == 1)


def _grants(row: Any, theirs: frozenset[Place]) -> list[Grant]:
    """Return the grants of one line of a role; one that names no place where its scope asks for one means theirs."""
    places: set[tuple[int | None, int | None]] = {(row.company_id, row.branch_id)}
    if row.scope == "company" and row.company_id is None:
        places = {(company, None) for company, _branch in theirs}
    if row.scope == "branch" and row.branch_id is None:
        places = {(c, b) for c, b in theirs if b is not None and row.company_id in (None, c)}
    return [Grant(row.permission, row.scope, *place, row.role_id) for place in sorted(places, key=str)]


def _allowed_companies(grants: tuple[Grant, ...], theirs: frozenset[int]) -> frozenset[int] | None:
    """Return the companies someone may see; own records alone do not open every company to one who has some."""
    if any(grant.scope == "all" and grant.company_id is None for grant in grants):
        return None
    if not theirs and any(grant.scope == "own" for grant in grants):
        return None
    return theirs


def _allowed_branches(grants: tuple[Grant, ...]) -> frozenset[int] | None:
    branches = frozenset(grant.branch_id for grant in grants if grant.branch_id is not None)
    if not branches or any(grant.branch_id is None and grant.scope in ("all", "company") for grant in grants):
        return None
    return branches


def _working_company(wished: Iterable[int | None], companies: frozenset[int] | None, existing: list[int]) -> int | None:
    allowed = [company for company in existing if companies is None or company in companies]
    return next((company for company in wished if company in allowed), next(iter(allowed), None))


# -- what they may do ------------------------------------------------------------------------------------------------


def may(identity: Identity, permission: str, record: Any = None, owner: str = "") -> bool:
    """Tell whether ``identity`` has ``permission``, for ``record`` if one is given.

    Without a record the answer is yes when the permission reaches anything at all; lists are then narrowed by
    :func:`criteria`. ``owner`` is the field that names the person a record belongs to, by default who created it.
    """
    grants = matching(identity, permission)
    if record is None or not grants:
        return bool(grants)
    if getattr(record, "organization_id", identity.organization_id) not in (None, identity.organization_id):
        return False
    return any(_reaches(identity, grant, record, owner) for grant in grants)


def criteria(identity: Identity, permission: str, model: Any, owner: str = "") -> sa.ColumnElement[bool] | None:
    """Return the condition under which ``permission`` reaches rows of ``model``; ``None`` when it reaches them all."""
    conditions = []
    for grant in matching(identity, permission):
        condition = _condition(identity, grant, model, owner)
        if condition is None:
            return None
        conditions.append(condition)
    return sa.or_(sa.false(), *dict.fromkeys(conditions))


def permitted_fields(identity: Identity, fields: Iterable[Field]) -> list[Field]:
    """Return those of ``fields`` that ``identity`` may read and write."""
    return [field for field in fields if not field.permission or may(identity, field.permission)]


def reach(identity: Identity, permission: str) -> Reach:
    """Return how far ``permission`` reaches, for actions and reports that work on more than one record.

    A session opened with these companies and branches stays inside what the permission was granted for, where
    ``identity.companies`` may be wider because of another permission.
    """
    grants = matching(identity, permission)
    wide = [grant for grant in grants if grant.scope != "own"]
    # A session limits companies and branches separately: whoever has whole companies gets only those.
    chosen = [grant for grant in wide if grant.branch_id is None] or wide or grants
    return Reach(
        companies=_united([grant.company_id for grant in chosen]),
        branches=_united([grant.branch_id for grant in chosen]),
        only_own=bool(grants) and not wide,
    )


def _united(limits: list[int | None]) -> frozenset[int] | None:
    return None if None in limits else frozenset(limit for limit in limits if limit is not None)


def matching(identity: Identity, permission: str) -> tuple[Grant, ...]:
    """Return the grants that give ``permission``, found once per identity and permission."""
    found = identity._matched.get(permission)
    if found is None:
        found = identity._matched[permission] = _match(identity, permission)
    return found


def _match(identity: Identity, permission: str) -> tuple[Grant, ...]:
    if identity.scopes is not None and not any(fnmatchcase(permission, scope) for scope in identity.scopes):
        return ()
    given = [grant for grant in identity.grants if fnmatchcase(permission, grant.permission_pattern)]
    exact = {grant.role_id for grant in given if grant.permission_pattern == permission and grant.role_id is not None}
    return tuple(
        dict.fromkeys(grant for grant in given if grant.permission_pattern == permission or grant.role_id not in exact)
    )


# -- how far a grant reaches: the same rules for one record and as a condition ---------------------------------------


def _reaches(identity: Identity, grant: Grant, record: Any, owner: str) -> bool:
    model = type(record)
    if _limited(grant) and getattr(model, "__organization_wide__", False):
        return False
    if grant.scope == "own":
        name = owner or "created_by"
        me = _me(identity, model, name)
        if me is None or getattr(record, name, None) != me:
            return False
    company, branch = _limit_columns(grant, model)
    shared = () if getattr(model, "__kept_apart__", False) else (None,)
    if company and getattr(record, company) not in (*shared, grant.company_id):
        return False
    return not branch or (grant.branch_id is not None and getattr(record, branch) == grant.branch_id)


def _condition(identity: Identity, grant: Grant, model: Any, owner: str) -> sa.ColumnElement[bool] | None:
    if _limited(grant) and getattr(model, "__organization_wide__", False):
        return sa.false()
    conditions: list[sa.ColumnElement[bool]] = []
    if grant.scope == "own":
        name = owner or "created_by"
        me = _me(identity, model, name)
        conditions.append(sa.false() if me is None else getattr(model, name) == me)
    company, branch = _limit_columns(grant, model)
    if company:
        column = getattr(model, company)
        apart = getattr(model, "__kept_apart__", False)
        conditions.append(column == grant.company_id if apart else sa.or_(column.is_(None), column == grant.company_id))
    if branch:
        conditions.append(sa.false() if grant.branch_id is None else getattr(model, branch) == grant.branch_id)
    return sa.and_(*conditions) if conditions else None


def _limited(grant: Grant) -> bool:
    return grant.company_id is not None or grant.branch_id is not None or grant.scope in ("company", "branch")


def _limit_columns(grant: Grant, model: Any) -> tuple[str, str]:
    """Return the attributes of ``model`` that must hold the company and the branch of ``grant``, if any.

    A model without such a column, or a record without a company, is shared by the companies of its organisation. A
    record without a branch belongs to the company as a whole and is out of reach of one branch.
    """
    columns = model.__mapper__.column_attrs
    own = "id" if model.__tablename__ == "core_company" else ""
    company = "company_id" if "company_id" in columns else own
    bound_to_branch = grant.branch_id is not None or grant.scope == "branch"
    branch = "branch_id" if bound_to_branch and "branch_id" in columns else ""
    bound_to_company = grant.company_id is not None or grant.scope == "company"
    return (company if bound_to_company else "", branch)


def _me(identity: Identity, model: Any, name: str) -> int | None:
    """Return the id that the field ``name`` holds in this person's own records: the user's, or the party's."""
    attribute = model.__mapper__.column_attrs.get(name)
    if attribute is None:
        return None
    target = attribute.columns[0].info.get(REF) or (model.__tablename__ if name == "id" else "")
    return identity.user_id if target == "core_user" or name == "created_by" else identity.party_id


__all__ = [
    "Grant",
    "Identity",
    "Reach",
    "criteria",
    "identity_of",
    "matching",
    "may",
    "permitted_fields",
    "reach",
    "system_identity",
]
