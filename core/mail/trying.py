"""Send a mail at once, past the queue, to learn what the server says."""

from __future__ import annotations

import smtplib
import uuid
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from backoffice.core.text import translate
from backoffice.hookspecs import messages

from .letters import Letter, as_page, as_text, said
from .queueing import require_settings
from .sending import Refused, hand_over
from .settings import address_of

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("mail")

LETTER = Letter(
    "core.test",
    _("Mail works"),
    (_("This mail was sent to see whether mail goes out. There is nothing to do."),),
)


def send_now(desk: Desk, to: str) -> str:
    """Send a mail to ``to`` that says mail works; return what went wrong, or nothing.

    Raises ``ConfigurationError`` when mail is not set up, ``InvalidInput`` when ``to`` is no address.
    """
    configuration = desk.office.configuration
    settings = require_settings(configuration)
    content = said(LETTER, desk.language)
    made = EmailMessage()
    made["From"] = settings.address
    made["To"] = Address(addr_spec=address_of(to).addr_spec)
    made["Subject"] = translate(LETTER.subject, desk.language)
    made["Date"] = format_datetime(desk.context.now())
    made["Message-ID"] = f"<{uuid.uuid4()}@{settings.address.domain}>"
    made.set_content(as_text(content))
    made.add_alternative(as_page(content, desk.language), subtype="html")
    try:
        hand_over(settings, made, configuration)
    except (Refused, OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}"
    return ""


__all__ = ["LETTER", "send_now"]
