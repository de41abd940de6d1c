"""The platform of the authority over HTTP: requests, and what its answers mean."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from backoffice_einvoicing.api import Answer, Said

from backoffice.core.api import ConfigurationError, RuleBroken, Unavailable
from backoffice.hookspecs import messages

_ = messages("zatca")

SECONDS = 30
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
OK, ACCEPTED, SEE_OTHER, REFUSED, CONFLICT = 200, 202, 303, 400, 409


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform answered."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """An address of the platform and who asks there."""

    address: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Reply:
        """Send ``body`` to ``path`` and return the answer, whether it is good or not.

        Raises:
            Unavailable: nobody answers, or the answer is to come later.
            ConfigurationError: the address is not safe.
        """
        where = urlsplit(self.address)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise ConfigurationError(
                _("The platform is asked over HTTPS alone."), remedy=_("Correct its address at the unit.")
            )
        request = Request(  # noqa: S310 - the scheme was looked at
            f"{self.address.rstrip('/')}/{path}", data=json.dumps(body).encode(), headers={**self._headers(), **headers}
        )
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                return Reply(answer.status, _json(answer.read()))
        except HTTPError as error:
            with error:
                return self._refused(error.code, error.read())
        except (URLError, HTTPException, OSError) as error:
            raise Unavailable(
                _("The platform of the authority does not answer."), why=str(error), remedy=_("It is tried again.")
            ) from error

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Language": "en",
            "Accept-Version": "V2",
            "Content-Type": "application/json",
        }
        if self.user:
            basic = b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {basic}"
        return headers

    def _refused(self, status: int, body: bytes) -> Reply:
        if status in (401, 403):
            raise Unavailable(
                _("The platform does not know this unit."),
                why=_("Its certificate was withdrawn or has expired."),
                remedy=_("Register the unit again."),
            )
        if status == 429 or status >= 500:
            raise Unavailable(
                _("The platform of the authority cannot answer now."),
                why=f"HTTP {status}",
                remedy=_("It is tried again."),
            )
        return Reply(status, _json(body))


class _Staying(HTTPRedirectHandler):
    """No redirection is followed: the platform says something by one."""

    def redirect_request(self, *_args: Any, **_keywords: Any) -> None:
        return None


_OPENER = build_opener(_Staying())


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {"text": body[:500].decode("utf-8", "replace")}
    return found if isinstance(found, dict) else {"items": found}


def said_by(reply: Reply) -> Sequence[Said]:
    """Return the messages of an answer."""
    results = reply.body.get("validationResults") or {}
    found = [
        Said(str(one.get("message") or ""), str(one.get("code") or ""), kind)  # type: ignore[arg-type]
        for name, kind in (("errorMessages", "error"), ("warningMessages", "warning"), ("infoMessages", "info"))
        for one in results.get(name) or ()
    ]
    if not found and reply.status >= REFUSED:
        found = [Said(str(reply.body.get("message") or reply.body.get("text") or f"HTTP {reply.status}"))]
    return found


def submit(gate: Gate, body: Mapping[str, str], *, simplified: bool) -> Answer:
    """Report a simplified document, or have a standard one cleared; where clearance is switched off it is reported."""
    if simplified:
        return _reported(gate.post("invoices/reporting/single", body, **{"Clearance-Status": "0"}))
    reply = gate.post("invoices/clearance/single", body, **{"Clearance-Status": "1"})
    if reply.status == SEE_OTHER:
        return _reported(gate.post("invoices/reporting/single", body, **{"Clearance-Status": "0"}))
    if reply.status in (OK, ACCEPTED) and reply.body.get("clearanceStatus") == "CLEARED":
        content = reply.body.get("clearedInvoice")
        return Answer("cleared", said=said_by(reply), content=b64decode(content) if content else None)
    return _rejected(reply)


def _reported(reply: Reply) -> Answer:
    if reply.status in (OK, ACCEPTED) and reply.body.get("reportingStatus") == "REPORTED":
        return Answer("reported", said=said_by(reply))
    if reply.status == CONFLICT:
        return Answer("reported", said=said_by(reply))
    return _rejected(reply)


def _rejected(reply: Reply) -> Answer:
    return Answer("rejected", said=said_by(reply))


def must(reply: Reply, what: str) -> Mapping[str, Any]:
    """Return the body of a good answer. Raises ``RuleBroken`` with what the platform said for any other."""
    if reply.status in (OK, ACCEPTED) and not any(said.kind == "error" for said in said_by(reply)):
        return reply.body
    raise RuleBroken(what, why="; ".join(f"{said.code} {said.text}".strip() for said in said_by(reply)))


__all__ = ["Gate", "Reply", "must", "said_by", "submit"]
