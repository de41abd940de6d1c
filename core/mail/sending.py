"""Send a queued mail: through a server that proves who it is, or into a folder while developing.

A refusal for good gives the mail up at once; anything else is tried again by the job, with growing waits. The number
of a message is made when it is queued, so that one that was sent twice, because the program ended in between, can be
told by the other side.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

import structlog

from backoffice.core.attachments.store import Store
from backoffice.core.configuration import Configuration
from backoffice.core.errors import Unavailable
from backoffice.core.events.running import JobRun
from backoffice.core.persistence import Session
from backoffice.hookspecs import messages

from .letters import as_page, as_text
from .models import WAITING, Mail
from .queueing import forget
from .settings import PORTS, MailSettings, address_of

_ = messages("mail")
log = structlog.get_logger("backoffice.mail")

TIMEOUT_SECONDS: Final = 30
ERROR_LENGTH: Final = 2000


class Refused(Exception):
    """The server refused the mail for good: trying again would not help."""


def send(job: JobRun, mail: int) -> dict[str, str]:
    """Send the mail with the id ``mail``, unless that was done or given up; the job that waits for each mail.

    Raises :class:`Unavailable` when it should be tried again.
    """
    desk = job.program
    configuration: Configuration = desk.office.configuration
    settings = MailSettings.of(configuration)
    with desk.reading(fresh=True) as session:
        row = session.get(Mail, mail)
        if row is None or row.state not in WAITING:
            return {"state": row.state if row is not None else "gone"}
        message = message_of(session, row, settings, Store.of(configuration))
    last = job.attempt >= job.declared[job.name].attempts
    try:
        hand_over(settings, message, configuration)
    except Refused as error:
        return _note(desk, mail, "dead", str(error))
    except (OSError, smtplib.SMTPException) as error:
        _note(desk, mail, "dead" if last else "failed", f"{type(error).__name__}: {error}")
        raise Unavailable(_("The mail could not be handed over."), why=str(error)) from error
    return _note(desk, mail, "sent")


def _note(desk: Any, id_: int, state: str, error: str = "") -> dict[str, str]:
    def write(session: Session) -> None:
        row = session.get(Mail, id_)
        row.state, row.attempts = state, row.attempts + 1
        row.error = error[:ERROR_LENGTH] or None
        if state in {"sent", "dead"}:
            forget(row)
        if state == "sent":
            row.sent_at = session.now()

    desk.run(write, action="core.send_mail")
    log.info("mail", id=id_, state=state)
    return {"state": state}


def message_of(session: Session, row: Mail, settings: MailSettings, store: Store) -> EmailMessage:
    """Return ``row`` as a message with its text, its page and its files."""
    content: dict[str, Any] = json.loads(session.reveal(row.sealed)) if row.sealed is not None else row.content or {}
    made = EmailMessage()
    made["From"] = settings.address
    made["To"] = Address(display_name=row.name, addr_spec=row.address)
    if row.reply_to:
        made["Reply-To"] = address_of(row.reply_to)
    made["Subject"] = row.subject
    made["Date"] = format_datetime(row.queued_at)
    made["Message-ID"] = row.message_id
    made["Content-Language"] = row.language
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(as_text(content))
    made.add_alternative(as_page(content, row.language), subtype="html")
    for one in row.files or ():
        main, _slash, sub = one["type"].partition("/")
        made.add_attachment(
            store.read(one["digest"]), maintype=main, subtype=sub, filename=one["name"],
            params={"charset": "utf-8"} if main == "text" else None,
        )  # fmt: skip
    return made


def hand_over(settings: MailSettings, message: EmailMessage, configuration: Configuration) -> None:
    """Give ``message`` to the server, or put it into the folder.

    Raises:
        Refused: it was refused for good.
        OSError: the server or folder cannot be reached now.
        smtplib.SMTPException: the server cannot take it now.
    """
    if settings.folder:
        to_folder(configuration.resolve(settings.folder), message)
        return
    try:
        _to_server(settings, message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        _judge(code, said, error)
    except smtplib.SMTPResponseException as error:
        _judge(error.smtp_code, error.smtp_error, error)
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error)) from error


def _judge(code: int, said: Any, error: smtplib.SMTPException) -> None:
    """Tell a refusal for good from one for now; a password that is refused can be mended here, so it is for now."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if 500 <= code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError):
        raise Refused(f"{code} {text}") from error
    raise error


def _to_server(settings: MailSettings, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    port = settings.port or PORTS[settings.security]
    if settings.security == "tls":
        with smtplib.SMTP_SSL(settings.server, port, timeout=TIMEOUT_SECONDS, context=context) as server:
            _deliver(server, settings, message)
        return
    with smtplib.SMTP(settings.server, port, timeout=TIMEOUT_SECONDS) as server:
        if settings.security == "starttls":
            server.starttls(context=context)
        _deliver(server, settings, message)


def _deliver(server: smtplib.SMTP, settings: MailSettings, message: EmailMessage) -> None:
    if settings.user:
        server.login(settings.user, settings.password)
    server.send_message(message)


def to_folder(folder: Path, message: EmailMessage) -> None:
    """Write ``message`` into ``folder`` as a file that mail programs open; whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = message["Message-ID"].strip("<>").partition("@")[0]
    part = folder / f".{number}.part"
    part.write_bytes(message.as_bytes())
    part.chmod(0o600)
    part.replace(folder / f"{number}.eml")


__all__ = ["Refused", "hand_over", "message_of", "send", "to_folder"]
