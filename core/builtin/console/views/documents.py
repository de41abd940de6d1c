"""Documents: the page to hand out, looked at inside the console or by itself, in the language one chooses."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.attachments.serving import answered
from backoffice.core.builtin.console.pages import Choice
from backoffice.core.builtin.console.papers import called, pair
from backoffice.core.builtin.console.reader import say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.exchange.writers import MEDIA_TYPES
from backoffice.core.office.documents import Rendered
from backoffice.core.text import LANGUAGES
from backoffice.core.web import signed_in
from backoffice.hookspecs import Document, Resource

from .base import desk, pages
from .records import way


@pages.get("/documents/<name>/<int:id>")
@signed_in
def document(name: str, id: int) -> ResponseReturnValue:
    """Show a document of a record with what one can do with it."""
    made = _made(name, id)
    document: Document = desk().office.registry.get("documents", name)
    noun: Resource = desk().office.registry.get("resources", document.resource)
    with desk().reading():
        found = desk().get(noun.name, id)
        return render(
            "document",
            title=say(document.label or document.name),
            crumbs=way(noun, found),
            sheet=url_for("console.sheet", name=name, id=id, language=made.language),
            download=url_for("console.sheet", name=name, id=id, language=made.language, format="pdf"),
            keep=url_for("console.hand_out", name=name, id=id) if _is_final(noun, found) else "",
            language=made.language,
            languages=[_language(code, made, name, id) for code in (*LANGUAGES, pair())],
        )


def _language(code: str, made: Rendered, name: str, id_: int) -> Choice:
    url = url_for("console.document", name=name, id=id_, language=code)
    return Choice(code, called(code), url, code == made.language)


@pages.get("/documents/<name>/<int:id>/sheet")
@signed_in
def sheet(name: str, id: int) -> ResponseReturnValue:
    """Send the document itself, under a policy of its own: no script, and its stylesheet alone; or as PDF to keep."""
    made = _made(name, id)
    if request.args.get("format") == "pdf":
        response = Response(made.pdf(), mimetype=MEDIA_TYPES["pdf"])
        response.headers.set("Content-Disposition", "attachment", filename=f"{made.filename}.pdf")
    else:
        response = Response(made.html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = made.policy
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Language"] = made.language.replace("+", ", ")
    return response


@pages.post("/documents/<name>/<int:id>/handed-out")
@signed_in
def hand_out(name: str, id: int) -> ResponseReturnValue:
    """Send the final document, and keep the very same file with the record."""
    language = request.form.get("language") or None
    kept = desk().execute("core.hand_out", {"document": name, "record": id, "language": language})
    return answered(desk(), kept["attachment"], download=True)


def _is_final(noun: Resource, found: Any) -> bool:
    """Tell whether a record cannot be changed any more, so that its document is a final one."""
    when = noun.editable_when
    return when is None or getattr(found, when[0]) != when[1]


def _made(name: str, id_: int) -> Rendered:
    return desk().document(name, id_, request.args.get("language") or None)
