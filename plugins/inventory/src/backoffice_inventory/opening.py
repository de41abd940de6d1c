"""Opening stock from a table: CSV as text, or a spreadsheet the command line reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - the arguments are called date
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product

from backoffice.core.api import InvalidInput, Session, parse_decimal
from backoffice.hookspecs import messages

from . import papers
from .moving import move
from .places import needed
from .valuing import ZERO

_ = messages("inventory")

COLUMNS = ("product", "quantity", "unit_cost", "place", "lot", "expires")
TEMPLATE = ",".join(COLUMNS) + "\n"


def table_of(file: Path) -> str:
    """Return a CSV file as text, or the first sheet of an XLSX file as CSV."""
    if file.suffix.lower() != ".xlsx":
        try:
            return file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInput(
                _("{file} is not written in UTF-8.").with_values(file=str(file)),
                remedy=_("Save it as “CSV UTF-8” and try again."),
            ) from error
    import openpyxl

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    out = io.StringIO()
    writer = csv.writer(out)
    for row in book.worksheets[0].iter_rows(values_only=True):
        if any(cell is not None for cell in row):
            writer.writerow(["" if cell is None else _cell(cell) for cell in row])
    return out.getvalue()


def _cell(cell: Any) -> str:
    return cell.date().isoformat() if hasattr(cell, "date") else str(cell)


def import_opening(session: Session, *, table: str, date: Date | None = None) -> dict[str, Any]:
    """Enter opening stock from a table in CSV; all of it or none, with every mistake named by its row."""
    rows = list(csv.DictReader(io.StringIO(table.strip("\ufeff"))))
    if not rows or not {"product", "quantity"} <= set(rows[0]):
        said = _("The table needs at least the columns product and quantity.")
        raise InvalidInput(said, fields={"table": [said]})
    ids = dict(
        session.execute(sa.select(Product.code, Product.id).where(Product.code.in_({r["product"] for r in rows}))).all()
    )
    wrong: dict[str, list[str]] = {}
    by_place: dict[str, list[dict[str, Any]]] = {}
    for n, row in enumerate(rows, start=2):
        try:
            by_place.setdefault((row.get("place") or "").strip(), []).append(_line(row, ids))
        except InvalidInput as error:
            wrong.setdefault(f"row {n}", []).append(error.what)
    if wrong:
        raise InvalidInput(_("Some rows cannot be entered; none was."), fields=wrong)
    return _enter(session, by_place, date)


def _line(row: Mapping[str, str], ids: Mapping[str | None, int]) -> dict[str, Any]:
    if row["product"] not in ids:
        raise InvalidInput(_("There is no product {code}.").with_values(code=row["product"]))
    cost = row.get("unit_cost") or None
    return {
        "product_id": ids[row["product"]],
        "quantity": parse_decimal(row["quantity"]),
        "unit_cost": parse_decimal(cost) if cost is not None else None,
        "lot": row.get("lot") or None,
        "expires": _day(row["expires"]) if row.get("expires") else None,
    }


def _day(text: str) -> Date:
    try:
        return Date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(_("{text} is no date like 2026-12-31.").with_values(text=text)) from error


def _enter(session: Session, by_place: Mapping[str, list[dict[str, Any]]], day: Date | None) -> dict[str, Any]:
    places = needed(session, [code for code in by_place if code])
    made = [
        papers.draft(session, "opening", lines, places, day=day, target_id=places.named(code).id if code else None)
        for code, lines in sorted(by_place.items())
    ]
    move(session, made, places)
    session.settle()
    value: Decimal = sum((one.value for paper in made for one in paper.moves), ZERO)
    return {
        "documents": [paper.number for paper in made],
        "lines": sum(len(paper.lines) for paper in made),
        "value": value,
    }
