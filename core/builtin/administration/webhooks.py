"""Webhooks as resources: who is told of events and how that went, who may tell us and what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Any, Final, Literal

import sqlalchemy as sa

from backoffice.core.errors import InvalidInput
from backoffice.core.events.notices import notify
from backoffice.core.events.running import JobRun
from backoffice.core.mail import Letter, is_set_up, queue
from backoffice.core.persistence import Session
from backoffice.core.users.models import User
from backoffice.core.webhooks import incoming, outgoing
from backoffice.core.webhooks.models import (
    Webhook,
    WebhookAddress,
    WebhookAttempt,
    WebhookDelivery,
    WebhookMessage,
)
from backoffice.core.webhooks.reaching import Unreachable, judge, parts_of
from backoffice.core.webhooks.settings import WebhookSettings
from backoffice.core.webhooks.signing import new_secret
from backoffice.hookspecs import Action, Check, Event, Field, Job, Lines, On, Resource, messages

from .groups import SYSTEMS

_ = messages("webhooks")

NOTHING: Final[frozenset[str]] = frozenset()
HERE: Final = "backoffice.core.builtin.administration.webhooks"
KEPT: Final = timedelta(days=30)
"""How long it is kept what was sent and what came in, after it was done with."""
SOME: Final = 1000

RESOURCES = (
    Resource(
        "core.webhook",
        Webhook,
        columns=("name", "url", "events", "company_id", "active", "failing_since"),
        form=("name", "url", "events", "company_id", "active"),
        label=_("Webhook"),
        plural=_("Webhooks"),
        description=_("Addresses elsewhere that are told of events, signed as Standard Webhooks describes it."),
        filters=("active", "company_id"),
        before_save=f"{HERE}:check_webhook",
        menu="settings",
        menu_group=SYSTEMS,
    ),
    Resource(
        "core.webhook_delivery",
        WebhookDelivery,
        columns=("created_at", "webhook_id", "type", "state", "status", "attempts", "next_at", "error"),
        label=_("Webhook delivery"),
        plural=_("Webhook deliveries"),
        description=_("What was sent to webhooks, and what they answered."),
        filters=("state", "webhook_id", "type", "event_id"),
        operations=NOTHING,
        lines=(Lines("log", ("at", "status", "milliseconds", "error", "answer"), label=_("Attempts")),),
        badge="state",
        menu="settings",
        menu_group=SYSTEMS,
    ),
    Resource(
        "core.webhook_address",
        WebhookAddress,
        columns=("name", "intake", "company_id", "path", "active"),
        form=("name", "intake", "company_id", "active"),
        label=_("Incoming webhook"),
        plural=_("Incoming webhooks"),
        description=_("Addresses here at which other systems leave signed messages for a plugin."),
        filters=("active", "intake"),
        before_save=f"{HERE}:check_address",
        menu="settings",
        menu_group=SYSTEMS,
    ),
    Resource(
        "core.webhook_message",
        WebhookMessage,
        columns=("received_at", "address_id", "intake", "message_id", "state", "size", "handled_at", "error"),
        label=_("Incoming message"),
        plural=_("Incoming messages"),
        description=_("What other systems sent, each message once."),
        filters=("state", "address_id", "received_at"),
        operations=NOTHING,
        badge="state",
        menu="settings",
        menu_group=SYSTEMS,
    ),
)


# -- before they are saved -------------------------------------------------------------------------------------------


def check_webhook(session: Session, record: Webhook, values: Mapping[str, Any]) -> None:
    """Accept only addresses that could be called and events that exist; give a new one its secret."""
    services: Any = session.services
    record.url = (record.url or "").strip()
    _check_url(record.url, WebhookSettings.of(services.configuration))
    record.events = " ".join((record.events or "").split())
    _check_events(record.events, services.registry.events)
    if record.secret is None:
        record.secret = session.seal(new_secret())
    if record.active and record.disabled_at is not None:
        record.disabled_at = record.failing_since = None
    _remember(session)


def _check_url(url: str, settings: WebhookSettings) -> None:
    host = parts_of(url).hostname or ""
    try:
        judge(url, ip_address(host), settings.networks)
    except ValueError:
        if not url.startswith("https://") and not settings.networks:
            said = _("Outside of one's own network only https:// addresses are called.")
            raise InvalidInput(said, fields={"url": [said]}) from None
    except Unreachable as error:
        said = _("This address is not public.")
        remedy = _("An administrator of the machine can allow its network under [webhooks].")
        raise InvalidInput(said, remedy=remedy, fields={"url": [said]}) from error


def _check_events(patterns: str, known: Mapping[str, Event]) -> None:
    for pattern in patterns.split() or [""]:
        if not any(fnmatchcase(name, pattern) for name in known):
            said = _("No event is called {name}.").with_values(name=pattern)
            raise InvalidInput(
                said, remedy=_("Write names or patterns such as accounting.*."), fields={"events": [said]}
            )


def _remember(session: Session) -> None:
    """Let this process know of the change once it is committed; the others look every few seconds."""
    subscribers = session.services.subscribers  # type: ignore[union-attr]
    sa.event.listen(session, "after_commit", lambda _session: subscribers.forget(), once=True)


def check_address(session: Session, record: WebhookAddress, values: Mapping[str, Any]) -> None:
    """Accept only intakes that a plugin offers; give a new one its address and its secret."""
    known = session.services.registry.intakes  # type: ignore[union-attr]
    if record.intake not in known:
        said = _("No plugin takes in {name}.").with_values(name=record.intake or "")
        remedy = _("Choose one of: {names}.").with_values(names=", ".join(known) or "–")
        raise InvalidInput(said, remedy=remedy, fields={"intake": [said]})
    if record.token is None:
        record.token = incoming.new_token()
        record.secret = session.seal(new_secret())
    if record.company_id is None:
        record.company_id = session.company_id


# -- actions ---------------------------------------------------------------------------------------------------------


def reveal(session: Session, record: Any) -> dict[str, Any]:
    """Show the secret with which messages are signed."""
    return {"id": record.id, "secret": session.reveal(record.secret)}


def rotate(session: Session, record: Any) -> dict[str, Any]:
    """Make a new secret; the former one is valid for another day."""
    return {"id": record.id, "secret": outgoing.rotate(session, record)}


def take_over(session: Session, record: WebhookAddress, *, given: str) -> dict[str, Any]:
    """Keep a secret that the other side made; the former one is valid for another day."""
    record.previous_secret, record.previous_until = record.secret, session.now() + outgoing.OVERLAP
    record.secret = session.seal(given.strip())
    return {"id": record.id}


def test(session: Session, record: Webhook) -> dict[str, Any]:
    """Send an event to this webhook alone, to see whether it arrives."""
    event = session.emit("core.webhook_tested", record)
    session.flush()
    promised = sa.select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == record.id, WebhookDelivery.event_id == event.id
    )
    if session.scalars(promised).first() is None:
        outgoing.announce(session, [record.id], [(event.id, "core.webhook_tested")])
    return {"id": record.id}


def redeliver(session: Session, record: WebhookDelivery) -> dict[str, Any]:
    """Send it once more, whatever became of it."""
    return {"id": outgoing.again(session, record).id}


ACTIONS = (
    Action("core.test_webhook", test, label=_("Send a test"), resource="core.webhook", icon="mail"),
    Action("core.reveal_webhook_secret", reveal, label=_("Show the secret"), resource="core.webhook"),
    Action(
        "core.rotate_webhook_secret",
        rotate,
        label=_("New secret"),
        resource="core.webhook",
        confirm=_("Messages are signed with both for a day; tell the receiver the new one."),
    ),
    Action(
        "core.redeliver_webhook",
        redeliver,
        label=_("Send again"),
        resource="core.webhook_delivery",
        when=("state", ("done", "failed", "dead")),
    ),
    Action("core.reveal_address_secret", reveal, label=_("Show the secret"), resource="core.webhook_address"),
    Action(
        "core.rotate_address_secret",
        rotate,
        label=_("New secret"),
        resource="core.webhook_address",
        confirm=_("Both are accepted for a day; tell the sender the new one."),
    ),
    Action(
        "core.set_address_secret",
        take_over,
        label=_("Enter a secret"),
        help=_("For senders that make the secret themselves."),
        resource="core.webhook_address",
        fields=(Field("given", "text", label=_("Secret"), required=True, length=400, secret=True),),
    ),
)

EVENTS = (
    Event("core.webhook_tested", label=_("Webhook tried")),
    Event(
        "core.webhook_disabled",
        fields=(
            Field("status", "integer", label=_("Answer")),
            Field("since", "instant", label=_("Failing since"), required=True),
        ),
        label=_("Webhook switched off for failing"),
    ),
)

LISTENERS = (On("core.webhook_disabled", f"{HERE}:tell_maker", later=True, name="tell_maker"),)

JOBS = (
    Job(
        outgoing.JOB,
        "backoffice.core.webhooks.outgoing:deliver",
        label=_("Deliver to a webhook"),
        fields=(Field("delivery", "integer", label=_("Delivery"), required=True),),
        scope="system",
    ),
    Job(
        incoming.JOB,
        "backoffice.core.webhooks.incoming:handle",
        label=_("Handle an incoming message"),
        fields=(Field("message", "integer", label=_("Message"), required=True),),
        scope="system",
        attempts=8,
    ),
    Job(
        "core.put_away_webhooks",
        f"{HERE}:put_away",
        label=_("Put away what webhooks were sent and what came in"),
        every=timedelta(days=1),
        scope="system",
    ),
)


# -- on its own ------------------------------------------------------------------------------------------------------


def tell_maker(session: Session, event: Any) -> None:
    """Tell whoever made a webhook that it was switched off, here and by mail."""
    webhook = session.get(Webhook, event.subject_id)
    maker = session.get(User, webhook.created_by) if webhook is not None and webhook.created_by else None
    if maker is None or not maker.active or event.replayed:
        return
    notify(
        session, [maker.id], "webhook_disabled", resource="core.webhook", record_id=webhook.id, label=webhook.name
    )  # fmt: skip
    if not maker.email or not is_set_up(session.services.configuration):  # type: ignore[union-attr]
        return
    letter = Letter(
        "core.webhook_disabled",
        _("The webhook {name} was switched off").with_values(name=webhook.name),
        (
            _("For days nothing reached {url}, so nothing more is sent there.").with_values(url=webhook.url),
            _("Once it answers again, switch the webhook on and send again what was given up."),
        ),
    )
    queue(session, letter, to=maker.email, name=maker.name, language=maker.language, about=webhook)


def put_away(job: JobRun) -> dict[str, int]:
    """Delete deliveries that arrived long ago, and forget what handled messages said; what failed stays."""
    deleted = 0
    while some := _delete_some(job):
        deleted += some
        job.progress(deleted)
    with job.everywhere() as session:
        before = session.context.now() - KEPT
        forgotten = session.scalars(
            sa.update(WebhookMessage)
            .where(WebhookMessage.state == "done", WebhookMessage.handled_at < before, WebhookMessage.body.is_not(None))
            .values(body=None, headers=None)
            .returning(WebhookMessage.id)
        ).all()
        session.commit()
    return {"deliveries": deleted, "messages": len(forgotten)}


def _delete_some(job: JobRun) -> int:
    with job.everywhere() as session:
        old = sa.select(WebhookDelivery.id).where(
            WebhookDelivery.state == "done", WebhookDelivery.delivered_at < session.context.now() - KEPT
        )
        ids = list(session.scalars(old.limit(SOME)))
        session.execute(sa.delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(ids)))
        session.execute(sa.delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids)))
        session.commit()
        return len(ids)


def checks(office: Any) -> Sequence[Check]:
    """Say when webhooks were switched off for failing, or fail now."""
    return (Check("core.webhooks", lambda: _standing(office), _("Webhooks")),)


def _standing(office: Any) -> tuple[Literal["ok", "warning", "error"], str]:
    with office.database.looking() as session:
        off = session.scalar(sa.select(sa.func.count()).where(Webhook.disabled_at.is_not(None)))
        failing = session.scalar(sa.select(sa.func.count()).where(Webhook.active, Webhook.failing_since.is_not(None)))
    if off:
        return "warning", _(
            "{count} webhook was switched off for failing. Mend its receiver and switch it on."
        ).counted("{count} webhooks were switched off for failing. Mend their receivers and switch them on.", off)
    if failing:
        return "warning", _("{count} webhook fails now. See its deliveries.").counted(
            "{count} webhooks fail now. See their deliveries.", failing
        )
    return "ok", _("Nothing fails.")


__all__ = ["ACTIONS", "EVENTS", "JOBS", "LISTENERS", "RESOURCES", "checks"]
