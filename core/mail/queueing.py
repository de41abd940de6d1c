"""Put a letter into the queue, in the transaction of the business it belongs to; a job sends it after the commit."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

from backoffice.core.attachments.store import Store
from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError, Conflict
from backoffice.core.persistence import Session
from backoffice.core.text import LANGUAGES
from backoffice.hookspecs import messages

from .letters import Enclosure, Letter, as_text, said
from .models import Mail
from .settings import MailSettings, address_of

_ = messages("mail")

JOB: Final = "core.send_mail"


def is_set_up(configuration: Configuration) -> bool:
    """Tell whether mail goes anywhere."""
    return MailSettings.of(configuration).is_set_up


def queue(
    session: Session,
    letter: Letter,
    *,
    to: str,
    language: str,
    name: str = "",
    reply_to: str = "",
    about: Any = None,
    enclosures: Sequence[Enclosure] = (),
    secret: bool = False,
) -> Mail:
    """Queue ``letter`` in this transaction; it is sent once that is committed, and not when it is rolled back.

    Args:
        session: the transaction.
        letter: what it says.
        to: the address.
        language: the language and with it the direction it is written in.
        name: what the person is called.
        reply_to: where answers go, if not to the sender.
        about: the record it is about; the mail is found from there.
        enclosures: files that go with it.
        secret: what it says is sealed until it was sent, and kept nowhere afterwards.

    Raises:
        ConfigurationError: mail is not set up.
        InvalidInput: ``to`` is no e-mail address.
    """
    configuration: Configuration = session.services.configuration  # type: ignore[union-attr]
    settings = require_settings(configuration)
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    content = said(letter, chosen)
    mail = Mail(
        company_id=session.company_id,
        purpose=letter.purpose,
        address=address_of(to).addr_spec,
        name=" ".join(name.split())[:160],
        reply_to=address_of(reply_to).addr_spec if reply_to else "",
        language=chosen,
        subject=content["subject"][:300],
        text=None if secret else as_text(content),
        secret=secret,
        content=None if secret else content,
        sealed=session.seal(json.dumps(content)) if secret else None,
        files=[_keep(configuration, one) for one in enclosures] or None,
        state="waiting",
        message_id=f"<{uuid.uuid4()}@{settings.address.domain}>",
        queued_at=session.now(),
        subject_table=about.__tablename__ if about is not None else "",
        subject_id=about.id if about is not None else None,
        created_by=session.context.actor_id,
    )
    session.add(mail)
    session.flush()
    ask(session, mail)
    return mail


def ask(session: Session, mail: Mail) -> None:
    """Ask for ``mail`` to be sent."""
    session.enqueue(JOB, {"mail": mail.id}, by_program=True)


def require_settings(configuration: Configuration) -> MailSettings:
    """Return how mail goes out. Raises :class:`ConfigurationError` when it does not."""
    settings = MailSettings.of(configuration)
    if not settings.is_set_up:
        raise ConfigurationError(
            _("Mail is not set up."),
            why=_("The configuration names no mail server."),
            remedy=_("Fill in the section [mail] of backoffice.toml, then run `backoffice mail test`."),
        )
    return settings


def _keep(configuration: Configuration, one: Enclosure) -> dict[str, Any]:
    kept = Store.of(configuration).keep(one.data)
    return {"name": one.name, "type": one.type, "size": len(one.data), "digest": kept}


def again(session: Session, mail: Mail) -> Mail:
    """Let ``mail`` be sent again that was given up or cancelled.

    Raises :class:`Conflict` when it did not fail, or nothing is left of what it said.
    """
    if mail.state not in {"dead", "failed", "cancelled"}:
        raise Conflict(_("This mail did not fail."), why=_("Only what failed or was cancelled is sent again."))
    if mail.content is None and mail.sealed is None:
        raise Conflict(
            _("What this mail said is not kept."),
            why=_("It was secret, such as a link for a new password."),
            remedy=_("Let it be asked for again."),
        )
    mail.state, mail.attempts, mail.error = "waiting", 0, None
    session.flush()
    ask(session, mail)
    return mail


def cancel(session: Session, mail: Mail) -> Mail:
    """Take ``mail`` out of the queue. Raises :class:`Conflict` when it was sent."""
    if mail.state not in {"waiting", "failed"}:
        raise Conflict(_("This mail does not wait any more."))
    mail.state = "cancelled"
    forget(mail)
    return mail


def forget(mail: Mail) -> None:
    """Drop what only sending needs; of a secret mail nothing is left of what it said."""
    if mail.secret:
        mail.content = mail.sealed = None


__all__ = ["JOB", "again", "ask", "cancel", "forget", "is_set_up", "queue", "require_settings"]
