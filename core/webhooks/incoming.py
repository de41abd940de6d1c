"""Take in what other systems send: find the address, check the signature and the time, keep it once, answer.

What is done with it is done by a job afterwards, so that the sender is answered fast and may send it again without
harm: a message whose number was seen at this address is answered like the first time and changes nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.core.errors import BackofficeError, NotFound, NotSignedIn, Unavailable
from backoffice.core.events.declared import called
from backoffice.core.events.running import JobRun
from backoffice.core.persistence import Session, explained
from backoffice.hookspecs import Intake, IntakeMessage, Signed, messages

from .models import WebhookAddress, WebhookMessage
from .outgoing import keys_of
from .signing import WINDOW, verify

_ = messages("webhooks")
log = structlog.get_logger("backoffice.webhooks")

JOB: Final = "core.handle_webhook"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
KEPT_HEADERS: Final = 40


def new_token() -> str:
    """Return a new random part of an address."""
    return secrets.token_urlsafe(32)


def address_of(office: Any, token: str) -> tuple[WebhookAddress, Intake]:
    """Return the address with ``token`` and the intake of the plugin that takes its messages in.

    Raises:
        NotFound: there is no such address, or it is switched off.
        Unavailable: the plugin is not active now; the sender tries again later.
    """
    found = None
    if _TOKEN.fullmatch(token):
        with explained(office.database), office.database.looking() as session:
            found = session.scalar(sa.select(WebhookAddress).where(WebhookAddress.token == token))
    if found is None or not found.active:
        raise NotFound(_("There is nothing at this address."))
    intake = office.registry.intakes.get(found.intake)
    if intake is None:
        raise Unavailable(_("Messages cannot be taken in now."), why=_("The plugin they are for is not active."))
    return found, intake


def take(office: Any, token: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Take in one message and return what its sender is told.

    Raises:
        NotFound: there is no such address.
        NotSignedIn: its signature is missing or wrong, or it is too old.
        Unavailable: the plugin is not active now.
    """
    address, intake = address_of(office, token)
    desk = office.system_desk(address.organization_id, address.company_id, action="core.take_webhook", channel="rest")
    given = IntakeMessage({name.lower(): value for name, value in headers.items()}, body, office.clock.now())
    signed = desk.run(lambda session: _verified(session, intake, given, address.id))
    if signed is None or (signed.at is not None and abs(given.received_at - signed.at) > WINDOW):
        log.warning("webhook refused", address=address.id, intake=intake.name, old=signed is not None)
        raise NotSignedIn(
            _("The message is not signed as agreed."),
            why=_("Its signature is missing or wrong, or it is older than five minutes."),
            remedy=_("Sign it with the secret of this address and send it at once."),
        )
    kept: bool = desk.run(lambda session: _keep(session, address.id, intake.name, signed.id, given))
    return {"id": signed.id, "duplicate": not kept}


def _verified(session: Session, intake: Intake, given: IntakeMessage, address_id: int) -> Signed | None:
    check = called(intake.verify) if intake.verify is not None else verify
    holder = session.get(WebhookAddress, address_id)
    found = [check(given, key) for key in keys_of(session, holder)]
    return next((signed for signed in found if signed is not None), None)


def _keep(session: Session, address_id: int, intake: str, number: str, given: IntakeMessage) -> bool:
    """Store a message and ask for it to be handled, unless its number was seen before."""
    build: Any = sqlite.insert if session.dialect == "sqlite" else postgresql.insert
    values = {
        "organization_id": session.organization_id,
        "company_id": session.company_id,
        "address_id": address_id,
        "intake": intake,
        "message_id": number[:200],
        "received_at": given.received_at,
        "size": len(given.body),
        "body": given.body.decode("utf-8", "replace").replace("\0", "\ufffd"),
        "headers": dict(list(given.headers.items())[:KEPT_HEADERS]),
        "state": "waiting",
    }
    row = build(WebhookMessage).values(values).on_conflict_do_nothing().returning(WebhookMessage.id)
    added = session.scalars(row).one_or_none()
    if added is None:
        return False
    session.enqueue(JOB, {"message": added}, by_program=True)
    return True


def handle(job: JobRun, message: int) -> dict[str, Any]:
    """Hand the message with the id ``message`` to its plugin, in one transaction with the mark that it was handled."""
    desk = job.program
    with desk.reading(fresh=True) as session:
        row = session.get(WebhookMessage, message)
        if row is None or row.state == "done":
            return {"state": "done" if row is not None else "gone"}
        company_id, name = row.company_id, row.intake
    intake = desk.office.registry.get("intakes", name)
    here = desk.at_company(company_id)
    try:
        here.run(lambda session: _handled(session, message, intake), action=name)
    except Exception as error:
        said = str(error) if isinstance(error, BackofficeError) else f"{type(error).__name__}: {error}"
        here.run(lambda session: _failed(session, message, said), action=JOB)
        raise
    return {"state": "done"}


def _handled(session: Session, id_: int, intake: Intake) -> None:
    row = session.scalars(sa.select(WebhookMessage).where(WebhookMessage.id == id_).with_for_update()).one()
    if row.state == "done":
        return
    given = IntakeMessage(row.headers or {}, (row.body or "").encode(), row.received_at, row.message_id)
    called(intake.handler)(session, given)
    row.state, row.handled_at, row.error = "done", session.now(), None


def _failed(session: Session, id_: int, said: str) -> None:
    row = session.get(WebhookMessage, id_)
    row.state, row.error = "failed", said[:2000]


__all__ = ["JOB", "address_of", "handle", "new_token", "take"]
