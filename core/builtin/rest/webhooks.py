"""The door for messages of other systems: no sign-in, a signature instead; answered at once, handled by a job."""

from __future__ import annotations

from flask import current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from backoffice.core.office import Backoffice
from backoffice.core.webhooks import incoming

from .answers import json_answer


def taken(token: str) -> ResponseReturnValue:
    """Take a message in and answer that it arrived; the same one again is answered alike and changes nothing."""
    office: Backoffice = current_app.extensions["backoffice"]
    _address, intake = incoming.address_of(office, token)
    request.max_content_length = intake.largest
    if (request.content_length or 0) > intake.largest:
        raise RequestEntityTooLarge
    body = request.get_data(cache=False)
    told = incoming.take(office, token, dict(request.headers), body)
    return json_answer(told, 200 if told["duplicate"] else 202)


__all__ = ["taken"]
