"""Reports, as JSON or as a file."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue

from backoffice.core.exchange import export_table, table_document
from backoffice.core.exchange.sheets import print_table
from backoffice.core.exchange.writers import REPORT_FORMATS, require_format
from backoffice.core.office import Desk
from backoffice.core.office.queries import is_text
from backoffice.core.schemas import public_name
from backoffice.hookspecs import Field, Report

from . import given
from .answers import file_answer, json_answer


def answered(name: str) -> ResponseReturnValue:
    """Answer the report ``name`` for the parameters in the address."""
    desk: Desk = g.desk
    report: Report = desk.office.registry.get("reports", name)
    desk.require(report.permission or report.name)
    fields = {public_name(field): field for field in report.fields}
    sent = given.parameters((*fields, "format"))
    format = sent.pop("format", "json") or "json"
    require_format(format, REPORT_FORMATS)
    for one, text in sent.items():
        if not text and not is_text(fields[one]):
            raise given.without_value(one)
    asked = {n: _value(fields[n], text) for n, text in sent.items() if text}
    table = desk.report(name, asked)
    if format == "json":
        return json_answer(table_document(table, desk.language))
    if format == "pdf":
        return file_answer(print_table(desk, report, table, **asked), format, name)
    return file_answer(export_table(table, format, desk.language), format, name)


def _value(field: Field, text: str) -> Any:
    return given.words(text) if field.many else text


__all__ = ["answered"]
