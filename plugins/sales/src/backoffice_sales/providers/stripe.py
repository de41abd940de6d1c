"""A payment provider that speaks Stripe's API over HTTP: its signed notices, and refunds.

Amounts are in the smallest unit of the currency, as https://docs.stripe.com/currencies says; notices are signed as
https://docs.stripe.com/webhooks/signature describes: ``t=`` a time, ``v1=`` HMAC-SHA256 over time and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from backoffice.core.api import InvalidInput, Session, Unavailable, currency
from backoffice.hookspecs import IntakeMessage, Signed, messages

from .interface import PaymentEvent

_ = messages("sales")

NAME: Final = "stripe"
ADDRESS: Final = "https://api.stripe.com"
TIMEOUT: Final = 20
WITHOUT_CENTS: Final = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
"""Currencies whose amounts are given whole, whatever ISO 4217 says of their decimals."""


def verify(message: IntakeMessage, secret: str) -> Signed | None:
    """Return who a notice says it is when its ``stripe-signature`` is right under ``secret``."""
    parts = [part.strip().partition("=") for part in message.headers.get("stripe-signature", "").split(",")[:20]]
    at = next((value for name, _mark, value in parts if name == "t"), "")
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        return None
    right = hmac.new(secret.encode(), f"{at}.".encode() + message.body, hashlib.sha256).hexdigest()
    given = [value for name, _mark, value in parts if name == "v1"]
    if not any(hmac.compare_digest(right.encode(), one.encode()) for one in given):
        return None
    return Signed(_number(message), datetime.fromtimestamp(int(at), UTC))


def sign(secret: str, at: int, body: bytes) -> str:
    """Return the header ``stripe-signature`` of a notice, as the provider makes it."""
    right = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={right}"


def _number(message: IntakeMessage) -> str:
    """Return the number a notice bears, or one made of its body."""
    try:
        found = message.json().get("id")
    except (ValueError, AttributeError):
        found = None
    return str(found)[:200] if found else hashlib.sha256(message.body).hexdigest()


def amount_of(cents: int, code: str) -> Decimal:
    """Return an amount that is given in the smallest unit of its currency.

    >>> amount_of(1100, "EUR"), amount_of(500, "JPY")
    (Decimal('11.00'), Decimal('500'))
    """
    return Decimal(cents).scaleb(-_places(code))


def cents_of(amount: Decimal, code: str) -> int:
    """Return an amount in the smallest unit of its currency."""
    return int(amount.scaleb(_places(code)))


def _places(code: str) -> int:
    return 0 if code in WITHOUT_CENTS else currency(code).places


class Stripe:
    """Payments through Stripe, or anything that speaks its API."""

    name = NAME
    label = "Stripe"

    def read(self, message: IntakeMessage) -> Sequence[PaymentEvent]:
        """Return what a notice tells: charges that succeeded or failed, what was paid back, what was paid out."""
        try:
            said = message.json()
            readers = {
                "charge.succeeded": _charge, "charge.captured": _charge, "charge.failed": _charge,
                "charge.refunded": _refunds, "refund.created": _refund, "charge.refund.updated": _refund,
                "payout.paid": _payout,
            }  # fmt: skip
            reader = readers.get(said["type"])
            return reader(said["data"]["object"]) if reader is not None else ()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(_("This notice cannot be read.")) from error

    def refund(self, session: Session, *, charge: str, amount: Decimal, currency: str, key: str) -> PaymentEvent | None:
        """Ask for a refund; the same key asks once."""
        form = {"charge": charge, "amount": cents_of(amount, currency), "metadata[key]": key}
        [found] = _refund(call(session, "/v1/refunds", form, key=key))
        return found


def _charge(said: Mapping[str, Any]) -> list[PaymentEvent]:
    code = said["currency"].upper()
    kind: Any = "failure" if said.get("status") == "failed" else "charge"
    if kind == "charge" and said.get("captured") is False:
        kind = "authorisation"
    settled = said.get("balance_transaction")
    fee = settled.get("fee", 0) if isinstance(settled, Mapping) else 0
    metadata = said.get("metadata") or {}
    return [
        PaymentEvent(
            provider=NAME, kind=kind, reference=said["id"], amount=amount_of(said["amount"], code), currency=code,
            date=_day(said["created"]), fee=amount_of(fee, code),
            named=metadata.get("order") or said.get("payment_intent"),
        )
    ]  # fmt: skip


def _refunds(said: Mapping[str, Any]) -> list[PaymentEvent]:
    listed = (said.get("refunds") or {}).get("data") or ()
    return [event for one in listed for event in _refund({**one, "charge": one.get("charge") or said["id"]})]


def _refund(said: Mapping[str, Any]) -> list[PaymentEvent]:
    if said.get("status") not in {None, "succeeded"}:
        return []
    code = said["currency"].upper()
    return [
        PaymentEvent(
            provider=NAME, kind="refund", reference=said["id"], amount=amount_of(said["amount"], code), currency=code,
            date=_day(said["created"]), named=said.get("charge"),
        )
    ]  # fmt: skip


def _payout(said: Mapping[str, Any]) -> list[PaymentEvent]:
    code = said["currency"].upper()
    return [
        PaymentEvent(
            provider=NAME, kind="payout", reference=said["id"], amount=amount_of(said["amount"], code), currency=code,
            date=_day(said.get("arrival_date") or said["created"]),
        )
    ]  # fmt: skip


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def call(session: Session, path: str, form: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
    """Send a form to the provider and return its answer.

    Raises :class:`~backoffice.core.api.InvalidInput` for what it refuses, and
    :class:`~backoffice.core.api.Unavailable` when it cannot be reached; then it is tried again later.
    """
    sealed = session.setting("sales", "stripe_key")
    if sealed is None:
        raise InvalidInput(_("The key of Stripe is not set."), remedy=_("Enter it in the settings of sales."))
    address = (session.setting("sales", "stripe_address") or ADDRESS).rstrip("/")
    token = base64.b64encode(f"{session.reveal(sealed)}:".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/x-www-form-urlencoded"}
    if key:
        headers["Idempotency-Key"] = key
    request = urllib.request.Request(  # noqa: S310 - the address is an administrator's setting
        f"{address}{path}", data=urllib.parse.urlencode(form).encode(), headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise _refused(error) from error
    except OSError as error:
        raise Unavailable(
            _("Stripe cannot be reached."), why=str(error), remedy=_("It is tried again later.")
        ) from error


def _refused(error: urllib.error.HTTPError) -> Exception:
    try:
        said = json.load(error).get("error", {}).get("message", "")
    except (ValueError, AttributeError):
        said = ""
    if error.code >= 500 or error.code == 429:
        return Unavailable(_("Stripe cannot be reached."), why=said or str(error), remedy=_("It is tried again later."))
    return InvalidInput(_("Stripe refused: {said}").with_values(said=said or str(error)))


PROVIDER = Stripe()
