"""Who asks, in what language, and whether they may: before every request, for every view, without exception."""

from __future__ import annotations

import re
import secrets
from typing import Final

import sqlalchemy as sa
from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect

from backoffice.core.errors import BackofficeError, NotFound, NotSignedIn, ProgrammingError
from backoffice.core.office import Backoffice, Desk
from backoffice.core.text import LANGUAGES, base_language
from backoffice.core.users.identity import Identity
from backoffice.core.users.models import Company
from backoffice.hookspecs import messages

from . import limits
from .declared import Access, access_of
from .problems import API

_ = messages("rest")

COMPANY_HEADER: Final = "Backoffice-Company"
"""Names the company a program works for, by its code."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_csrf: Final = CSRFProtect()


def install(app: Flask) -> None:
    """Recognise visitors of ``app`` and keep out those who may not enter."""
    _csrf.init_app(app)
    limits.install(app)
    app.before_request(_introduce)
    app.before_request(_admit)


def _introduce() -> None:
    """Set what even an error needs: the request's number and a language."""
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)
    g.language = _language(None)
    g.identity = None
    g.desk = None


def _admit() -> None:
    """Find out who asks, whether they ask too often, and whether they may."""
    if request.endpoint is None or request.routing_exception is not None:
        _recognise_if_possible()
        return
    access = access_of(current_app.view_functions.get(request.endpoint), request.endpoint)
    if access is None:
        raise ProgrammingError(_("The view {name} declares no permission.").with_values(name=request.endpoint))
    if not access.recognised:
        return
    _recognise_within_limits(access)
    if not by_token():
        # Not before it is known who asks: a program whose token expired should be told so, not of forms.
        _csrf.protect()
    if access.permission:
        g.desk.require(access.permission)


def _recognise_within_limits(access: Access) -> None:
    try:
        _recognise(access)
    except NotSignedIn:
        if "Authorization" in request.headers:
            limits.of_wrong_token()
        limits.of_visitor(None)
        raise
    limits.of_visitor(g.identity)


def by_token() -> bool:
    """Tell whether the visitor is a program with an API token; browsers never send one by themselves."""
    return g.identity is not None and g.identity.scopes is not None


def _recognise(access: Access) -> None:
    try:
        _enter()
    except NotSignedIn:
        if not access.public:
            raise
    if g.identity is None and not access.public:
        raise NotSignedIn(
            _("Please sign in first."),
            why=_("The request carries neither a sign-in nor an API token."),
            remedy=_("Sign in, or send the header Authorization: Bearer with an API token."),
        )


def _recognise_if_possible() -> None:
    """Find out who asks for what does not exist, for the page that tells them; nothing depends on it."""
    if request.path.startswith(API) or request.routing_exception is None or request.routing_exception.code != 404:
        return
    try:
        _enter()
    except BackofficeError:
        g.identity = g.desk = None


def _enter() -> None:
    office: Backoffice = current_app.extensions["backoffice"]
    identity = office.hooks.authenticate(request)
    if identity is None:
        return
    g.identity = identity
    g.language = _language(identity)
    g.desk = _desk(office, identity)


def _desk(office: Backoffice, identity: Identity) -> Desk:
    channel = "rest" if request.path.startswith(API) else "console"
    desk = office.desk(identity, channel=channel, request_id=g.request_id, language=g.language)
    code = request.headers.get(COMPANY_HEADER)
    return desk if code is None else _at(desk, code)


def _at(desk: Desk, code: str) -> Desk:
    with desk.reading() as reading:
        found = reading.scalar(sa.select(Company.id).where(Company.code == code))
    if found is None:
        raise NotFound(
            _("There is no company {code}.").with_values(code=code),
            remedy=_("Send the code of one of your companies in the header {name}.").with_values(name=COMPANY_HEADER),
        )
    return desk.at_company(found)


def _language(identity: Identity | None) -> str:
    """Return the language of the answer.

    Programs say what they accept. People chose theirs in their profile, or before signing in with the switch.
    """
    accepted = _accepted()
    if request.path.startswith(API):
        return accepted or (identity.language if identity is not None else LANGUAGES[0])
    if identity is not None:
        return identity.language
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else accepted or LANGUAGES[0]


def _accepted() -> str:
    """Return the first language accepted that we speak, whatever its country; nothing if there is none."""
    wanted = (base_language(language) for language, quality in request.accept_languages if quality > 0)
    return next((language for language in wanted if language in LANGUAGES), "")


__all__ = ["COMPANY_HEADER", "by_token", "install"]
