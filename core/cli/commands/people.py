"""`backoffice user`: the people who sign in, their passwords, roles and tokens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import InvalidInput, MalformedRequest
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")

USER = "core.user"


@click.group("user", cls=Group, help=_("Manage the people who sign in, their roles and tokens."))
def user() -> None:
    """Group the commands about people."""


@user.command("list", help=_("List the people who sign in."))
@option("--all", "everything", is_flag=True, help=_("With those who were deactivated."))
@format_option("table", "json", "csv")
@click.pass_obj
def list_(app: App, everything: bool, shape: str) -> None:
    from .records import records, write_records

    desk = app.desk()
    people, _more = records(desk, USER, {} if everything else {"active": "true"}, "", "", 0)
    write_records(app, desk, desk.resource(USER), people, shape)


@user.command("create", help=_("Add someone who signs in."))
@click.argument("username")
@option("--name", help=_("Full name; by default the user name."))
@option("--email", help=_("For the link to a new password."))
@option("--role", "roles", multiple=True, metavar="CODE", help=_("A role they have; may be given many times."))
@option("--password", help=_("By default one is made up and shown once; - reads it from standard input."))
@click.pass_obj
def create(
    app: App, username: str, name: str | None, email: str | None, roles: Sequence[str], password: str | None
) -> None:
    desk = app.desk()
    secret = _secret(password)

    def work(session: Any) -> Any:
        given = {"roles": [{"role": code} for code in roles]} if roles else {}
        values = {"username": username, "name": name or username, "email": email, "language": app.language, **given}
        made = desk.execute("core.user.create", values)
        return desk.execute("core.set_password", {"id": made["id"], "password": secret})

    answer = desk.run(work, action="core.user.create")
    app.say(_("{name} can sign in.").with_values(name=username))
    _say_password(app, answer)


def _secret(password: str | None) -> str | None:
    if password != "-":  # noqa: S105 - the dash that stands for standard input
        return password
    return sys.stdin.readline().rstrip("\n")


def _say_password(app: App, answer: dict[str, Any]) -> None:
    if answer["password"]:
        app.say(_("Password, shown this once: {password}").with_values(password=answer["password"]))
    app.say(_("They choose their own at the next sign-in."))


@user.command("password", help=_("Give someone a new password; their browsers are signed out."))
@click.argument("username")
@option("--password", help=_("By default one is made up and shown once; - reads it from standard input."))
@click.pass_obj
def password(app: App, username: str, password: str | None) -> None:
    desk = app.desk()
    answer = desk.execute("core.set_password", {"id": _id(desk, username), "password": _secret(password)})
    app.say(_("{name} has a new password.").with_values(name=username))
    _say_password(app, answer)


def _id(desk: Desk, username: str) -> int:
    from backoffice.core.users.models import normal_username

    return int(desk.get(USER, normal_username(username)).id)


@user.command("disable", help=_("Keep someone from signing in; their name stays in the history."))
@click.argument("username")
@click.pass_obj
def disable(app: App, username: str) -> None:
    _activate(app, username, False)
    app.say(_("{name} can no longer sign in.").with_values(name=username))


@user.command("enable", help=_("Let someone sign in again."))
@click.argument("username")
@click.pass_obj
def enable(app: App, username: str) -> None:
    _activate(app, username, True)
    app.say(_("{name} can sign in.").with_values(name=username))


def _activate(app: App, username: str, active: bool) -> None:
    desk = app.desk()
    desk.execute("core.user.change", {"id": _id(desk, username), "active": active})


@user.command(
    "reset-factor", help=_("Take the second factor from someone who lost their device; they sign in by password again.")
)
@click.argument("username")
@click.pass_obj
def reset_factor(app: App, username: str) -> None:
    desk = app.desk()
    answer = desk.execute("core.reset_second_factor", {"id": _id(desk, username)})
    if answer["removed"]:
        app.say(_("{name} has no second factor any more, and is signed out everywhere.").with_values(name=username))
    else:
        app.say(_("{name} had no second factor.").with_values(name=username))


@user.command("roles", help=_("Show the roles of someone, or give and take some."))
@click.argument("username")
@option("--add", "added", multiple=True, metavar="CODE", help=_("Give this role."))
@option("--remove", "removed", multiple=True, metavar="CODE", help=_("Take this role away."))
@option("--only-company", metavar="CODE", help=_("Give it for this company alone."))
@click.pass_obj
def roles(
    app: App, username: str, added: Sequence[str], removed: Sequence[str], only_company: str | None
) -> None:  # fmt: skip
    from backoffice.core.cli.output import write_table

    desk = app.desk()
    id_ = _id(desk, username)
    present = _roles(desk, id_)
    if added or removed:
        missing = sorted(set(removed) - {code for _id_, code, _company in present})
        if missing:
            raise InvalidInput(
                _("{name} does not have the role {role}.").with_values(name=username, role=", ".join(missing))
            )
        kept = [{"id": line} for line, code, _company in present if code not in removed]
        given = [{"role": code, **({"company": only_company} if only_company else {})} for code in added]
        desk.execute("core.user.change", {"id": id_, "roles": [*_whole(desk, id_, kept), *given]})
    columns = [Column("role", _("Role")), Column("company", _("Only for company"))]
    write_table(app, Table(columns, [Row((code, company)) for _line, code, company in _roles(desk, id_)]), "table")


def _roles(desk: Desk, id_: int) -> list[tuple[int, str, str]]:
    """Return the line, the code of the role and that of the company of everything given to the user."""
    with desk.reading() as session:
        record = desk.find(session, desk.resource(USER), id_, f"{USER}.read")
        found = []
        for given in record.roles:
            company = session.get_one(_company_model(), given.company_id).code if given.company_id else ""
            found.append((given.id, given.role.code, company))
        return found


def _company_model() -> Any:
    from backoffice.core.users.models import Company

    return Company


def _whole(desk: Desk, id_: int, kept: Sequence[dict[str, int]]) -> list[dict[str, Any]]:
    """Return the lines to keep with all their values, since a change names every line."""
    wanted = {line["id"] for line in kept}
    with desk.reading() as session:
        record = desk.find(session, desk.resource(USER), id_, f"{USER}.read")
        return [
            {"id": g.id, "role": g.role_id, "company": g.company_id, "branch": g.branch_id}
            for g in record.roles
            if g.id in wanted
        ]


@user.command("token", help=_("Make an API token for a program that works as someone. It is shown once."))
@click.argument("username")
@option("--name", required=True, help=_("What uses it."))
@option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="PATTERN",
    help=_("What it may do, such as accounting.* or *.read; may be given many times."),
)
@option("--days", type=click.IntRange(1, 730), default=90, show_default=True, help=_("How long it is good for."))
@click.pass_obj
def token(app: App, username: str, name: str, scopes: Sequence[str], days: int) -> None:
    desk = app.desk()
    if any(not scope.strip() for scope in scopes):
        raise MalformedRequest(_("A scope is empty."))
    values = {"name": name, "scopes": " ".join(scopes), "days": days, "user": _id(desk, username)}
    answer = desk.execute("core.create_token", values)
    app.note(_("The token is shown this once:"))
    app.say(answer["token"])
