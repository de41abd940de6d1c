"""Tell others of events: a delivery is stored with the event, a job hands it over, again and again for three days.

What is sent is made of the event, which never changes, so every attempt sends the same. It carries the event's facts
and ids, and not its personal part.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog

from backoffice.core.errors import Conflict
from backoffice.core.events.models import EventRow
from backoffice.core.events.running import JobRun
from backoffice.core.persistence import Session
from backoffice.core.users.models import Company
from backoffice.hookspecs import messages

from .models import Webhook, WebhookAttempt, WebhookDelivery
from .reaching import Answer, Unreachable, post
from .settings import WebhookSettings
from .signing import new_secret, sign

_ = messages("webhooks")
log = structlog.get_logger("backoffice.webhooks")

JOB: Final = "core.deliver_webhook"
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # fmt: skip
"""How long after the first, second … failure it is tried again; after the last the delivery is given up."""
PATIENCE: Final = timedelta(days=5)
"""How long every attempt may fail before the webhook is switched off."""
OVERLAP: Final = timedelta(hours=24)
"""How long the former secret signs beside a new one."""
GONE: Final = 410
AGENT: Final = "backoffice-webhooks/1"


# -- promising -------------------------------------------------------------------------------------------------------


def announce(session: Session, webhook_ids: Sequence[int], events: Sequence[tuple[int, str]]) -> None:
    """Promise in this transaction to tell each of the webhooks of each of the events, pairs of id and name."""
    rows = [_delivery(session, webhook, *event) for event in events for webhook in webhook_ids]
    session.add_all(rows)
    session.flush()
    for row in rows:
        _ask(session, row)


def _delivery(session: Session, webhook_id: int, event_id: int, name: str) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=webhook_id, event_id=event_id, type=name, message_id=f"msg_{uuid.uuid4().hex}", state="waiting",
        next_at=session.now(), created_at=session.now(),
    )  # fmt: skip


def _ask(session: Session, row: WebhookDelivery, at: datetime | None = None) -> None:
    session.enqueue(JOB, {"delivery": row.id}, run_at=at, by_program=True)


def again(session: Session, row: WebhookDelivery) -> WebhookDelivery:
    """Send a delivery again at once, whatever became of it, with all waits before it.

    Raises :class:`Conflict` when it waits already or its webhook is switched off.
    """
    if row.state == "waiting":
        raise Conflict(_("It waits to be sent already."))
    if not row.webhook.active:
        raise Conflict(_("The webhook is switched off."), remedy=_("Switch it on first."))
    row.state, row.tries, row.error, row.next_at = "waiting", 0, None, session.now()
    session.flush()
    _ask(session, row)
    return row


def rotate(session: Session, webhook: Any) -> str:
    """Give ``webhook`` (or an address of ours) a new secret and return it; the former is valid for a day."""
    secret = new_secret()
    webhook.previous_secret, webhook.previous_until = webhook.secret, session.now() + OVERLAP
    webhook.secret = session.seal(secret)
    session.flush()
    return secret


def keys_of(session: Session, holder: Any) -> list[str]:
    """Return the secrets that are valid now, the present one first."""
    now = session.now()
    former = holder.previous_secret if holder.previous_until is not None and holder.previous_until > now else None
    return [session.reveal(sealed) for sealed in (holder.secret, former) if sealed is not None]


# -- keeping the promise ---------------------------------------------------------------------------------------------


def deliver(job: JobRun, delivery: int) -> dict[str, Any]:
    """Try once to hand over the delivery with the id ``delivery``; the job behind each attempt."""
    desk = job.program
    settings = WebhookSettings.of(desk.office.configuration)
    with desk.reading(fresh=True) as session:
        row = session.get(WebhookDelivery, delivery)
        if row is None or row.state not in {"waiting", "failed"}:
            return {"state": row.state if row is not None else "gone"}
        webhook = row.webhook
        url, active = webhook.url, webhook.active
        body = payload(session, row.event, desk.office.registry)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            **sign(keys_of(session, webhook), row.message_id, session.context.now(), body),
        }
    answer, error = (
        _sent(url, body, headers, settings) if active else (None, _("The webhook is switched off.").filled())
    )
    state: str = desk.run(lambda session: _note(session, delivery, answer, error, active), action=JOB)
    log.info("webhook", delivery=delivery, state=state, status=answer.status if answer else None, error=error)
    return {"state": state, "status": answer.status if answer else None}


def _sent(
    url: str, body: bytes, headers: dict[str, str], settings: WebhookSettings
) -> tuple[Answer | None, str]:  # fmt: skip
    try:
        answer = post(url, body, headers, allowed=settings.networks, seconds=settings.seconds)
    except Unreachable as error:
        return None, str(error)
    return answer, "" if 200 <= answer.status < 300 else _refused(answer.status)


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return _("It leads elsewhere, which is not followed.").filled()
    return _("It answered {status}.").with_values(status=status).filled()


def payload(session: Session, event: EventRow, registry: Any) -> bytes:
    """Return what is sent about ``event``."""
    company = session.get(Company, event.company_id) if event.company_id is not None else None
    resource = next(
        (one.name for one in registry.resources.values() if one.model.__tablename__ == event.subject_table), ""
    )
    said = {
        "type": event.name,
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.id,
            "version": event.version,
            "company": company.code if company is not None else None,
            "resource": resource or None,
            "record": event.subject_id,
            "facts": event.facts,
        },
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _note(session: Session, id_: int, answer: Answer | None, error: str, active: bool) -> str:
    """Write down what came of an attempt, and ask for the next one."""
    row = session.scalars(sa.select(WebhookDelivery).where(WebhookDelivery.id == id_).with_for_update()).one()
    if row.state not in {"waiting", "failed"}:
        return str(row.state)
    row.attempts, row.tries = row.attempts + 1, row.tries + 1
    row.status, row.error = answer.status if answer is not None else None, error[:400] or None
    session.add(
        WebhookAttempt(
            delivery_id=row.id, at=session.context.now(), status=row.status, error=row.error,
            milliseconds=answer.milliseconds if answer is not None else 0,
            answer=answer.text[:1000].replace("\0", "") if answer is not None else None,
        )
    )  # fmt: skip
    webhook = session.scalars(sa.select(Webhook).where(Webhook.id == row.webhook_id).with_for_update()).one()
    if not error:
        row.state, row.delivered_at, row.next_at = "done", session.now(), None
        webhook.failing_since = None
        return "done"
    _put_off(session, row, active and row.status != GONE)
    if active:
        _judge(session, webhook, row)
    return str(row.state)


def _put_off(session: Session, row: WebhookDelivery, again_: bool) -> None:
    if not again_ or row.tries > len(WAITS):
        row.state, row.next_at = "dead", None
        return
    wait = WAITS[row.tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - it spreads load and guards nothing
    row.state, row.next_at = "failed", session.now() + wait
    session.flush()
    _ask(session, row, row.next_at)


def _judge(session: Session, webhook: Webhook, row: WebhookDelivery) -> None:
    """Switch ``webhook`` off when nothing has reached it for long, or it says that it is gone for good."""
    if webhook.failing_since is None:
        webhook.failing_since = session.now()
    if row.status != GONE and session.now() - webhook.failing_since < PATIENCE:
        return
    webhook.active, webhook.disabled_at = False, session.now()
    session.flush()
    session.emit("core.webhook_disabled", webhook, status=row.status, since=webhook.failing_since)


__all__ = ["JOB", "OVERLAP", "PATIENCE", "WAITS", "again", "announce", "deliver", "keys_of", "payload", "rotate"]
