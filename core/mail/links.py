"""Mail the link for a new password. What the mail says is sealed until it was sent, and not kept."""

from __future__ import annotations

from typing import Any

from backoffice.core.users.reset import ResetLink
from backoffice.hookspecs import messages

from .letters import Letter
from .queueing import is_set_up, queue

_ = messages("mail")


def mail_link(office: Any, link: ResetLink) -> bool:
    """Queue the mail with a link for a new password; false when mail is not set up."""
    if not is_set_up(office.configuration) or not link.email:
        return False
    letter = Letter(
        "core.reset_password",
        _("A new password"),
        (
            _("Hello {name},").with_values(name=link.name),
            _("a link for a new password was asked for in your name. It works once, within an hour."),
        ),
        button=(_("Choose a new password"), link.url),
        closing=(_("If you did not ask for it, do nothing: your password stays as it is."),),
    )
    desk = office.system_desk(link.organization_id, action="core.request_reset", channel="console")
    desk.run(
        lambda session: (
            queue(session, letter, to=link.email or "", name=link.name, language=link.language, secret=True).id
        )
    )
    return True


__all__ = ["mail_link"]
