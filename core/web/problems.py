"""Errors as answers: a problem document (RFC 9457) for programs, a page for people, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from backoffice.core.errors import BackofficeError, MalformedRequest, NotFound
from backoffice.core.text import translate, translate_title
from backoffice.hookspecs import messages

_ = messages("rest")
log = structlog.get_logger("backoffice.web")

MEDIA_TYPE: Final = "application/problem+json"
API: Final = "/api/"
STATUS: Final = "http_status"
"""Detail of an error by which the web says another status than the error's own, such as 412 for a stale version."""

_RENDERER: Final = "backoffice.error_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error in the reader's language. ``fields`` maps the names of inputs to what is wrong with them."""

    status: int
    code: str
    title: str
    what: str
    why: str = ""
    remedy: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as the object that programs get."""
        said = {
            "type": f"urn:backoffice:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.what,
            "why": self.why,
            "remedy": self.remedy,
            "fields": {name: list(given) for name, given in self.fields.items()},
            "instance": f"urn:backoffice:request:{self.request_id}",
            "code": self.code,
            "request_id": self.request_id,
        }
        return {name: value for name, value in said.items() if value}


ErrorPage = Callable[[Problem], ResponseReturnValue]


def show_errors_with(app: Flask, page: ErrorPage) -> None:
    """Let ``page`` show errors to people; without one everybody gets the problem document.

    It is called with a :class:`Problem` for every address outside ``/api/`` and gives a response, for which it may
    lead someone who is not signed in to the sign-in.
    """
    app.extensions[_RENDERER] = page


def install(app: Flask) -> None:
    """Handle every error of ``app``."""
    app.register_error_handler(BackofficeError, _ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: BackofficeError) -> ResponseReturnValue:
    return answer(problem_of(error))


def _of_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    return answer(http_problem(error))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request failed", path=request.path, request=g.get("request_id", ""), exc_info=error)
    return answer(_hidden(500))


# -- what is said ----------------------------------------------------------------------------------------------------


def problem_of(error: BackofficeError) -> Problem:
    """Return what ``error`` says in the language of the request.

    What went wrong inside the program is for its log: an outsider would learn statements and addresses from it.
    """
    status = int(error.details.get(STATUS, error.status))
    if status > 500:
        log.warning("request not served", path=request.path, request=g.get("request_id", ""), reason=str(error))
    if status == 500:
        log.error("request failed", path=request.path, request=g.get("request_id", ""), exc_info=error)
        return _hidden(status, error)
    language = _language()
    open_ = status < 500 or _may_tell()
    return Problem(
        status=status,
        code=error.code,
        title=translate_title(error, language),
        what=translate(error.what, language),
        why=translate(error.why, language) if open_ else "",
        remedy=translate(error.remedy, language),
        fields={name: [translate(one, language) for one in said] for name, said in error.fields.items()},
        request_id=g.get("request_id", ""),
        headers=_headers(error, status),
    )


def _headers(error: BackofficeError, status: int) -> dict[str, str]:
    if status == 401:
        told = ' error="invalid_token"' if "Authorization" in request.headers else ""
        return {"WWW-Authenticate": f'Bearer realm="backoffice"{"," if told else ""}{told}'}
    if status == 429:
        return {"Retry-After": str(error.details.get("retry_after", 60))}
    return {"Retry-After": "5"} if status == 503 else {}


def _hidden(status: int, error: BackofficeError | None = None) -> Problem:
    language = _language()
    tell = error is not None and _may_tell()
    return Problem(
        status=status,
        code=error.code if error is not None else "error",
        title=translate_title(BackofficeError, language),
        what=translate(
            error.what if error and tell else _("The program made a mistake; nothing was changed."), language
        ),
        why=translate(error.why, language) if error and tell else "",
        remedy=translate(_("Try again. If it stays, tell your administrator the number of this request."), language),
        request_id=g.get("request_id", ""),
    )


def http_problem(error: HTTPException) -> Problem:
    """Return what an error of HTTP itself means."""
    if isinstance(error, CSRFError):
        return problem_of(_forged())
    language = _language()
    status = error.code or 500
    code, title, what, remedy = _SAID.get(status, ("", "", "", ""))
    values = {
        "method": request.method,
        "methods": ", ".join(sorted(getattr(error, "valid_methods", None) or ())),
        "limit": (request.max_content_length or 0) // 1024**2,
    }
    told = [translate(part.with_values(**values), language) if part else "" for part in (what, remedy)]
    return Problem(
        status=status,
        code=code or f"http-{status}",
        title=translate(title, language) if title else str(error.name),
        what=told[0] or str(error.name),
        remedy=told[1],
        request_id=g.get("request_id", ""),
        headers={name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}},
    )


def _forged() -> MalformedRequest:
    return MalformedRequest(
        _("The form does not belong to this sign-in."),
        why=_("Its security token is missing, or from another browser or an earlier sign-in."),
        remedy=_("Load the page again and repeat. Programs use an API token instead of a browser's sign-in."),
    )


_SAID: Final[dict[int, tuple[Any, Any, Any, Any]]] = {
    400: (
        MalformedRequest.code, _("The request could not be read"), _("The request could not be understood."), ""
    ),
    404: (
        NotFound.code, _("Not found"), _("There is nothing at this address."),
        _("Check the address, or begin at the start page."),
    ),
    405: (
        "method-not-allowed", _("This cannot be done here"), _("{method} is not possible at this address."),
        _("Use one of: {methods}."),
    ),
    406: ("not-acceptable", _("No such format"), _("The answer cannot be given in the format asked for."), ""),
    408: ("timeout", _("Too slow"), _("The request did not arrive in time."), _("Try again.")),
    411: ("length-required", _("The length is missing"), _("The request does not say how long it is."), ""),
    413: (
        "too-large", _("The request is too large"), _("At most {limit} MiB are accepted here."),
        _("Send less at once, or use the command line for large files."),
    ),
    414: ("address-too-long", _("The address is too long"), _("The address is longer than the server reads."), ""),
    415: (
        "unsupported-type", _("This kind of content is not accepted"),
        _("The body is of a kind that is not accepted at this address."),
        _("Send JSON with the header Content-Type: application/json."),
    ),
    429: (
        "too-many-requests", _("Too many attempts"), _("Too many requests in a short time."),
        _("Wait a moment and try again."),
    ),
    431: ("headers-too-large", _("The headers are too large"), _("The headers are longer than the server reads."), ""),
}  # fmt: skip


# -- how it is said --------------------------------------------------------------------------------------------------


def answer(problem: Problem) -> ResponseReturnValue:
    """Return ``problem`` as a document or as a page, as the visitor can read it."""
    page: ErrorPage | None = current_app.extensions.get(_RENDERER)
    if page is None or request.path.startswith(API) or request.blueprint == "health" or _wants_json():
        return _document(problem)
    if isinstance(request.routing_exception, SecurityError):
        # A name that is not ours: no address can be built for a page, and nobody meant well is waiting for one.
        return Response(_plain(problem), problem.status, mimetype="text/plain")
    try:
        response = current_app.make_response(page(problem))
    except Exception as error:
        # The page needs the menu, and with it the database, which may be what is missing.
        log.error("error page failed", request=problem.request_id, exc_info=error)
        response = Response(_plain(problem), problem.status, mimetype="text/plain")
    response.headers.update(problem.headers)
    return response


def _document(problem: Problem) -> Response:
    body = json.dumps(problem.document(), ensure_ascii=False)
    response = Response(body, problem.status, mimetype=MEDIA_TYPE, headers=dict(problem.headers))
    response.headers["Content-Language"] = _language()
    response.vary.add("Accept-Language")
    return response


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json", MEDIA_TYPE], "text/html")
    return best != "text/html"


def _plain(problem: Problem) -> str:
    parts = (problem.title, problem.what, problem.why, problem.remedy, problem.request_id)
    return "\n\n".join(part for part in parts if part)


def _language() -> str:
    return str(g.get("language", "en"))


def _may_tell() -> bool:
    """Tell whether the reader may learn what is inside: while developing, not in production."""
    office = current_app.extensions["backoffice"]
    return bool(office.configuration.environment != "production")


__all__ = ["MEDIA_TYPE", "ErrorPage", "Problem", "answer", "install", "problem_of", "show_errors_with"]
