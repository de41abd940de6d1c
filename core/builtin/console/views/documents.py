"""Documents: the page to hand out, looked at inside the console or by itself, in the language one chooses."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

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


def _made(name: str, id_: int) -> Rendered:
    return desk().document(name, id_, request.args.get("language") or None)
