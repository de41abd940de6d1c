"""The addresses of the interface: a few patterns, whatever the number of resources, actions and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from backoffice.core.web import signed_in

from . import documents, files, openapi, own, records, reports, verbs

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
    add("/actions/<name>", "POST", verbs.done, "action")
    add("/actions/<name>/import", "POST", files.imported_into, "action_import")
    add("/<plugin>/<noun>", "GET", records.listed, "list")
    add("/<plugin>/<noun>", "POST", records.created, "create")
    add("/<plugin>/<noun>/export", "GET", files.exported, "export")
    add("/<plugin>/<noun>/import", "POST", files.imported, "import")
    add("/<plugin>/<noun>/<int:id>", "GET", records.shown, "record")
    add("/<plugin>/<noun>/<int:id>", "PATCH", records.changed, "change")
    add("/<plugin>/<noun>/<int:id>", "DELETE", records.deleted, "delete")
    add("/<plugin>/<noun>/<int:id>/history", "GET", records.past, "history")
    add("/<plugin>/<noun>/<int:id>/actions/<name>", "POST", verbs.done_to, "record_action")
    return made


__all__ = ["ROOT", "blueprint"]
