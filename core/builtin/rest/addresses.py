"""The addresses of the interface: a few patterns, whatever the number of resources, actions and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from backoffice.core.web import signed_in
from backoffice.core.web.declared import unrecognised

from . import attachments, bulk, documents, files, openapi, own, records, reports, verbs, webhooks

ROOT = "/api/v1"


def blueprint() -> Blueprint:
    """Return the blueprint of the interface. What a visitor may do is asked by the desk, record by record."""
    made = Blueprint("rest", __name__, url_prefix=ROOT)

    def add(rule: str, method: str, view: Callable[..., Any], name: str) -> None:
        made.add_url_rule(rule, name, signed_in(view), methods=[method])

    add("/me", "GET", own.me, "me")
    add("/openapi.json", "GET", openapi.specification, "openapi")
    add("/jobs/<int:id>", "GET", own.job, "job")
    add("/reports/<name>", "GET", reports.answered, "report")
    add("/documents/<name>/<int:id>", "GET", documents.answered, "document")
    add("/bulk", "POST", bulk.done, "bulk")
    add("/actions/<name>", "POST", verbs.done, "action")
    add("/actions/<name>/import", "POST", files.imported_into, "action_import")
    add("/<plugin>/<noun>", "GET", records.listed, "list")
    add("/<plugin>/<noun>", "POST", records.created, "create")
    add("/<plugin>/<noun>/views", "GET", records.viewed, "views")
    add("/<plugin>/<noun>/totals", "GET", records.summed, "totals")
    add("/<plugin>/<noun>/export", "GET", files.exported, "export")
    add("/<plugin>/<noun>/import", "POST", files.imported, "import")
    add("/<plugin>/<noun>/<int:id>", "GET", records.shown, "record")
    add("/<plugin>/<noun>/<int:id>", "PATCH", records.changed, "change")
    add("/<plugin>/<noun>/<int:id>", "DELETE", records.deleted, "delete")
    add("/<plugin>/<noun>/<int:id>/history", "GET", records.past, "history")
    add("/<plugin>/<noun>/<int:id>/actions/<name>", "POST", verbs.done_to, "record_action")
    add("/<plugin>/<noun>/<int:id>/attachments", "GET", attachments.listed, "attachments")
    add("/<plugin>/<noun>/<int:id>/attachments", "POST", attachments.added, "attach")
    add("/attachments/<int:id>", "GET", attachments.shown, "attachment")
    add("/attachments/<int:id>", "DELETE", attachments.removed, "detach")
    # Whoever knocks here has no account: the signature is asked instead, and a form's token would be of no use.
    made.add_url_rule("/webhooks/<token>", "webhook", unrecognised(webhooks.taken), methods=["POST"])
    return made


__all__ = ["ROOT", "blueprint"]
