"""What a payment provider is to sales: it tells of payments, and pays back when it is asked to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from backoffice.core.api import NotFound, Session
from backoffice.hookspecs import IntakeMessage, messages

_ = messages("sales")

Kind = Literal["authorisation", "charge", "failure", "refund", "payout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent:
    """Something that happened to money at a provider; ``provider``, ``kind`` and ``reference`` name it."""

    provider: str
    kind: Kind
    reference: str
    amount: Decimal
    currency: str
    date: date
    named: str | None = None
    """What it is for: the number or reference of an order, or the reference of the charge it belongs to."""
    fee: Decimal = Decimal(0)

    @property
    def hash(self) -> str:
        """Return what tells two messages about the same thing apart: the amount, its currency and what it is for."""
        said = f"{self.amount.normalize():f}|{self.currency}|{self.fee.normalize():f}|{self.named or ''}"
        return hashlib.sha256(said.encode()).hexdigest()


class Provider(Protocol):
    """A payment provider."""

    name: str
    """As payments bear it, such as ``stripe``."""
    label: str

    def read(self, message: IntakeMessage) -> Sequence[PaymentEvent]:
        """Return what a signed notice tells; nothing for one that is about something else."""
        ...

    def refund(self, session: Session, *, charge: str, amount: Decimal, currency: str, key: str) -> PaymentEvent | None:
        """Pay back ``amount`` of a charge; the same ``key`` pays once. Return what became of it, if it is known."""
        ...


def known(session: Session) -> dict[str, Provider]:
    """Return the providers by name."""
    found: dict[str, Provider] = {}
    for some in session.hooks.call("sales_payment_providers"):
        for one in some:
            found.setdefault(one.name, one)
    return found


def provider_of(session: Session, name: str) -> Provider:
    """Return a provider by its name. Raises :class:`~backoffice.core.api.NotFound`."""
    found: Any = known(session).get(name)
    if found is None:
        raise NotFound(
            _("There is no payment provider {name}.").with_values(name=name),
            remedy=_("Install the plugin that speaks to it."),
        )
    return found  # type: ignore[no-any-return]
