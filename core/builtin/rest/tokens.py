"""API tokens in the header ``Authorization: Bearer bo_…``."""

from __future__ import annotations

from flask import Request, current_app

from backoffice.core.errors import NotSignedIn
from backoffice.core.users.identity import Identity
from backoffice.core.users.tokens import PREFIX, token_identity
from backoffice.hookspecs import messages

_ = messages("rest")


def identity_in(request: Request) -> Identity | None:
    """Return whom the request's token acts as, ``None`` when it carries none.

    Raises :class:`NotSignedIn` for a token that is unknown, expired, revoked or of another kind: a program that sends
    one should hear of it, and not be taken for whoever else the request may look like.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    if not token.strip().startswith(PREFIX):
        raise NotSignedIn(
            _("This API token cannot be used."),
            why=_("Tokens of this office begin with {prefix}.").with_values(prefix=PREFIX),
            remedy=_("Make a token in the console and send it as it is."),
        )
    office = current_app.extensions["backoffice"]
    return token_identity(office.database, token.strip(), clock=office.clock)
