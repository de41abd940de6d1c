"""The bank's statements of the quarter: the first is matched to the end, the last until the middle of December.

What is left of the last one waits on the work list: payments that are in the books already, customers who paid, charges
of the bank, and money nobody knows the reason of.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Final

import sqlalchemy as sa
from backoffice_accounting.api import Entry

from backoffice.core.api import AlreadyExists, Desk, Question

from . import tables

ACCOUNT: Final = {
    "code": "BANK",
    "name": "الحساب الجاري",
    "number": "SA1280000000608010167519",
    "bank": "مصرف وادي حنيفة",
    "currency": "SAR",
    "journal": "BNK",
    "account": "1102",
    "automatic": False,
}
FILES: Final = ("bank-2025-11.xml", "bank-2025-12.xml")
MATCHED_UNTIL: Final = date(2025, 12, 15)


def load(desk: Desk) -> int:
    """Take in the statements that are missing and match what is in the books; return how many were taken in."""
    try:
        desk.execute("banking.account.create", ACCOUNT)
    except AlreadyExists:
        pass  # it was made the last time
    there = {statement.file_name for statement in desk.list("banking.statement").records}
    missing = [name for name in FILES if name not in there]
    for name in missing:
        content = b64encode(tables.text(name).encode()).decode("ascii")
        desk.execute("banking.import_statement", {"content": content, "name": name})
    desk.execute_many("banking.match_entry", _certain(desk))
    return len(missing)


def _certain(desk: Desk) -> list[dict[str, int]]:
    """Return the lines until the middle of December that wait, each with the entry of the reference it bears."""
    waiting = desk.list("banking.line", Question(filters={"state": "open"}, order="date", limit=200)).records
    lines = {line.end_to_end: line.id for line in waiting if line.end_to_end and line.date <= MATCHED_UNTIL}
    with desk.reading() as session:
        wanted = sa.select(Entry.reference, Entry.id).where(
            Entry.company_id == session.company_id, Entry.state == "posted", Entry.reference.in_(sorted(lines))
        )
        entries = {str(reference): id_ for reference, id_ in session.execute(wanted.order_by(Entry.id))}
    return [{"id": lines[reference], "entry": id_} for reference, id_ in entries.items()]


__all__ = ["load"]
