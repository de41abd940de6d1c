"""A payment provider for trying things out: notices in plain JSON, signed as Standard Webhooks describes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import IntakeMessage, messages

from .interface import PaymentEvent

_ = messages("sales")

NAME: Final = "test"


class Trial:
    """Says yes to everything; for tests, demonstrations, and shops that collect money by themselves."""

    name = NAME
    label = _("Test provider")

    def read(self, message: IntakeMessage) -> Sequence[PaymentEvent]:
        """Return the one event a notice tells of."""
        try:
            return [event_of(message.json())]
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise InvalidInput(_("This notice cannot be read.")) from error

    def refund(self, session: Session, *, charge: str, amount: Decimal, currency: str, key: str) -> PaymentEvent | None:
        """Pay back at once."""
        return PaymentEvent(
            provider=NAME, kind="refund", reference=f"re_{key}", amount=amount, currency=currency,
            date=session.today(), named=charge,
        )  # fmt: skip


def event_of(said: Any) -> PaymentEvent:
    """Return the event a notice's JSON describes."""
    return PaymentEvent(
        provider=NAME,
        kind=said["kind"],
        reference=str(said["reference"]),
        amount=Decimal(said["amount"]),
        currency=said["currency"],
        date=date.fromisoformat(said["date"]),
        named=said.get("order"),
        fee=Decimal(said.get("fee", "0")),
    )


PROVIDER = Trial()
