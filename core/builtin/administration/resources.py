"""The core's records as people see them; nothing about them is special to an interface."""

from __future__ import annotations

from backoffice.core.audit.models import AuditRow
from backoffice.core.bookkeeping.models import ApprovalRequest, CustomField, ExchangeRate, Setting
from backoffice.core.events.models import Delivery, EventRow, JobRow
from backoffice.core.persistence.numbering import Series
from backoffice.core.users.models import ApiToken, Branch, Company, LoginSession, Role, SecondFactor, SignIn, User
from backoffice.hookspecs import Lines, Resource, messages

from . import checks
from .groups import ACCESS, EVENTS, ORGANISATION, SYSTEMS, WORK

_ = messages("backoffice")

NOTHING: frozenset[str] = frozenset()
NO_DELETE = frozenset({"create", "change"})

PLACES = (
    Resource(
        "core.company",
        Company,
        columns=("code", "name", "currency", "language", "country"),
        label=_("Company"),
        plural=_("Companies"),
        description=_("Legal entities that keep books of their own."),
        sorts=("code", "name"),
        order="code",
        operations=NO_DELETE,
        before_save=checks.company,
        menu="settings",
        menu_group=ORGANISATION,
    ),
    Resource(
        "core.branch",
        Branch,
        columns=("code", "name", "company_id", "address"),
        label=_("Branch"),
        plural=_("Branches"),
        description=_("Places of business of a company."),
        sorts=("code", "name"),
        order="code",
        menu="settings",
        menu_group=ORGANISATION,
    ),
)

PEOPLE = (
    Resource(
        "core.user",
        User,
        columns=("username", "name", "email", "language", "active"),
        label=_("User"),
        plural=_("Users"),
        description=_("People who sign in."),
        filters=("active", "language"),
        sorts=("username", "name"),
        order="username",
        operations=NO_DELETE,
        lines=(
            Lines(
                "roles",
                ("role_id", "company_id", "branch_id"),
                label=_("Roles"),
                permission="core.grant_roles",
            ),
        ),
        owner="id",
        before_save=checks.user,
        menu="settings",
        menu_group=ACCESS,
    ),
    Resource(
        "core.role",
        Role,
        columns=("code", "name", "help"),
        label=_("Role"),
        plural=_("Roles"),
        description=_("Sets of permissions that are given to users."),
        sorts=("code", "name"),
        order="code",
        lines=(Lines("grants", ("permission", "scope"), label=_("Permissions"), permission="core.grant_roles"),),
        before_save=checks.role,
        menu="settings",
        menu_group=ACCESS,
    ),
    Resource(
        "core.api_token",
        ApiToken,
        columns=("name", "user_id", "hint", "expires_at", "revoked_at"),
        label=_("API token"),
        plural=_("API tokens"),
        description=_("Keys with which other programs work here as a user."),
        order="-id",
        operations=NOTHING,
        owner="user_id",
        menu="settings",
        menu_group=SYSTEMS,
    ),
    Resource(
        "core.second_factor",
        SecondFactor,
        columns=("user_id", "confirmed_at", "created_at"),
        label=_("Second factor"),
        plural=_("Second factors"),
        description=_("Who signs in with an authenticator, and since when."),
        filters=("user_id", "confirmed_at"),
        operations=NOTHING,
        owner="user_id",
        menu="settings",
        menu_group=ACCESS,
    ),
    Resource(
        "core.login_session",
        LoginSession,
        columns=("user_id", "address", "agent", "created_at", "seen_at", "expires_at", "revoked_at"),
        label=_("Login session"),
        plural=_("Login sessions"),
        description=_("Browsers that are signed in."),
        filters=("user_id",),
        operations=NOTHING,
        owner="user_id",
        menu="settings",
        menu_group=ACCESS,
    ),
    Resource(
        "core.sign_in",
        SignIn,
        columns=("at", "username", "way", "outcome", "address"),
        label=_("Sign-in"),
        plural=_("Sign-ins"),
        description=_("Attempts to sign in, successful or not."),
        filters=("username", "outcome", "at"),
        operations=NOTHING,
        menu="settings",
        menu_group=ACCESS,
    ),
)

OFFICE = (
    Resource(
        "core.series",
        Series,
        columns=("name", "branch_id", "pattern"),
        label=_("Numbering series"),
        plural=_("Numbering series"),
        description=_("How documents are numbered, where it differs from what the plugin proposes."),
        sorts=("name",),
        order="name",
        before_save=checks.series,
        menu="settings",
        menu_group=ORGANISATION,
    ),
    Resource(
        "core.exchange_rate",
        ExchangeRate,
        columns=("date", "base", "currency", "rate", "source"),
        label=_("Exchange rate"),
        plural=_("Exchange rates"),
        description=_("What one unit of a currency costs in another, from a date on."),
        filters=("date", "base", "currency"),
        before_save=checks.exchange_rate,
        menu="settings",
        menu_group=ORGANISATION,
    ),
    Resource(
        "core.custom_field",
        CustomField,
        columns=("resource", "name", "label", "kind", "required", "active"),
        label=_("Custom field"),
        plural=_("Custom fields"),
        description=_("Fields this company adds to records."),
        filters=("resource", "active"),
        operations=NO_DELETE,
        before_save=checks.custom_field,
        menu="settings",
        menu_group=ORGANISATION,
    ),
    Resource(
        "core.setting",
        Setting,
        columns=("plugin", "name", "company", "value"),
        label=_("Setting"),
        plural=_("Settings"),
        description=_("What was set for a plugin, where it differs from the plugin's default."),
        filters=("plugin", "name"),
        operations=NOTHING,
    ),
    Resource(
        "core.approval",
        ApprovalRequest,
        columns=("summary", "action", "state", "requested_by", "decided_by", "decided_at"),
        label=_("Approval"),
        plural=_("Approvals"),
        description=_("Actions that wait for a second person."),
        filters=("state", "action", "requested_by"),
        operations=NOTHING,
        badge="state",
    ),
)

MACHINERY = (
    Resource(
        "core.job",
        JobRow,
        columns=("name", "state", "done", "total", "message", "run_at", "finished_at"),
        label=_("Job"),
        plural=_("Jobs"),
        description=_("Work done in the background."),
        filters=("state", "name"),
        operations=NOTHING,
        badge="state",
        owner="created_by",
        menu="settings",
        menu_group=WORK,
    ),
    Resource(
        "core.delivery",
        Delivery,
        columns=("event_id", "listener", "state", "attempts", "next_at", "error"),
        label=_("Delivery"),
        plural=_("Deliveries"),
        description=_("Events on their way to listeners that run later."),
        filters=("state", "listener", "plugin"),
        operations=NOTHING,
        badge="state",
        menu="settings",
        menu_group=EVENTS,
    ),
    Resource(
        "core.event",
        EventRow,
        columns=("at", "name", "subject_table", "facts", "correlation"),
        label=_("Event"),
        plural=_("Events"),
        description=_("What happened, as the plugins said it."),
        filters=("name", "at"),
        operations=NOTHING,
        menu="settings",
        menu_group=EVENTS,
    ),
    Resource(
        "core.audit",
        AuditRow,
        columns=("at", "actor", "channel", "action", "operation", "table_name", "record_id"),
        label=_("Audit entry"),
        plural=_("Audit log"),
        description=_("Every change of every record: who, when, and through what."),
        filters=("at", "actor", "channel", "action", "table_name", "record_id", "operation"),
        operations=NOTHING,
        badge="operation",
        menu="settings",
        menu_group=EVENTS,
    ),
)

RESOURCES = (*PLACES, *PEOPLE, *OFFICE, *MACHINERY)
