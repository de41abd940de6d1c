"""`backoffice mail`: try whether mail goes out, and see the queue."""

from __future__ import annotations

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import Unavailable
from backoffice.hookspecs import messages

_ = messages("cli")

STATES = ("waiting", "sent", "failed", "dead", "cancelled")


@click.group("mail", cls=Group, help=_("Try whether mail goes out, and see what waits and what was sent."))
def mail() -> None:
    """Group the commands about mail."""


@mail.command("test", help=_("Send a mail now that says mail works, past the queue, and say what the server answered."))
@click.argument("address")
@click.pass_obj
def test(app: App, address: str) -> None:
    from backoffice.core.mail.trying import send_now

    desk = app.desk()
    desk.require("core.send_test_mail")
    problem = send_now(desk, address)
    if problem:
        raise Unavailable(
            _("The mail could not be handed over."), why=problem, remedy=_("Correct the section [mail] and try again.")
        )
    app.say(_("The mail to {address} was handed over.").with_values(address=address))


@mail.command("list", help=_("List mails, the newest first."))
@option("--state", type=click.Choice(STATES), help=_("Only those in this state."))
@option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help=_("At most so many."))
@format_option("table", "json", "csv")
@click.pass_obj
def list_mails(app: App, state: str | None, limit: int, shape: str) -> None:
    from backoffice.core.cli.output import write_table
    from backoffice.core.office import Question
    from backoffice.hookspecs import Column, Row, Table

    found = app.desk().list("core.mail", Question(filters={"state": state} if state else {}, limit=limit)).records
    names = ("id", "queued_at", "address", "purpose", "subject", "state", "attempts", "error")
    labels = (_("Number"), _("When"), _("To"), _("Purpose"), _("Subject"), _("State"), _("Attempts"), _("Error"))
    kinds = ("integer", "instant", "text", "text", "text", "text", "integer", "text")
    columns = [Column(*one) for one in zip(names, labels, kinds, strict=True)]  # type: ignore[arg-type]
    rows = [Row(tuple(getattr(one, name) for name in names)) for one in found]
    plain = [{name: getattr(one, name) for name in names} for one in found]
    write_table(app, Table(columns, rows), shape, plain=plain)
