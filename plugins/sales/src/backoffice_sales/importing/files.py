"""Files of orders that are sent in a form or over REST: tried, brought in by a job, kept with what was told of them."""

from __future__ import annotations

import hashlib
import io
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from backoffice_sales.models import OrderFile

from backoffice.core.api import InvalidInput, NotFound, Session, keep_file, read_files, translate
from backoffice.hookspecs import messages

from .reading import rows_in
from .run import PERMISSION, Summary, import_orders, summed_up

_ = messages("sales")

PURPOSE: Final = "orders"
MOST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    name: str
    data: bytes

    @classmethod
    def read(cls, file: Any) -> Sent:
        """Return the file of a form. Raises :class:`~backoffice.core.api.InvalidInput` for what is none."""
        try:
            name, data = str(file["name"]), b64decode(str(file["data"]), validate=True)
        except (KeyError, TypeError, ValueError, Base64Error) as error:
            said = _("Send the file with its name and its bytes in base 64.")
            raise InvalidInput(said, fields={"file": [said]}) from error
        return cls(name.replace("\\", "/").rpartition("/")[2][-200:] or "orders.csv", data)

    @property
    def digest(self) -> str:
        """The same for the same bytes."""
        return hashlib.sha256(self.data).hexdigest()


def import_file(
    session: Session, *, file: Mapping[str, Any], mapping: str, dry_run: bool | None = None
) -> dict[str, Any]:
    """Look at a file of orders, and have a job bring it in; see the fields of ``sales.import_orders``."""
    sent = Sent.read(file)
    summary = summed_up(session, rows_in(sent.name, io.BytesIO(sent.data)), mapping)
    if dry_run:
        return answer(summary, session.context.language)
    record = _record(session, sent, mapping, summary)
    if record.state != "loaded":
        session.enqueue("sales.load_orders", {"file": record.id}, key=f"sales.load_orders:{record.id}")
    return {**answer(summary, session.context.language), "file": record.id}


def _record(session: Session, sent: Sent, mapping: str, summary: Summary) -> OrderFile:
    found = session.scalars(
        sa.select(OrderFile).where(
            OrderFile.company_id == session.company_id, OrderFile.digest == sent.digest, OrderFile.mapping == mapping
        )
    ).one_or_none()
    if found is None:
        found = OrderFile(
            company_id=session.company_id, filename=sent.name, mapping=mapping, digest=sent.digest,
            documents=summary.documents, lines=summary.lines,
        )  # fmt: skip
        session.add(found)
        session.flush()
        keep_file(session, found, sent.name, "application/octet-stream", sent.data, purpose=PURPOSE)
    return found


def load_orders(job: Any, *, file: int) -> dict[str, Any]:
    """Bring in a file that was put on record, and go on with it after a break."""
    with job.office.reading(fresh=True) as session:
        record = session.get(OrderFile, file)
        kept = read_files(session, record, purpose=PURPOSE) if record is not None else []
        if record is None or not kept:
            raise NotFound(_("The file of these orders is not here any more."), remedy=_("Send it again."))
    rows = rows_in(kept[0][0], io.BytesIO(kept[0][1]))
    summary = import_orders(job.office, rows, record.mapping, progress=job.progress)
    said = answer(summary, job.office.language)

    def end(session: Session) -> None:
        done = session.get(OrderFile, file)
        done.state, done.made, done.told = "loaded", summary.made + summary.known, "\n".join(said["told"])

    job.office.run(end, action=PERMISSION)
    return said


def answer(summary: Summary, language: str) -> dict[str, Any]:
    """Return what a file holds and what was done with it as plain values, sentences in ``language``."""
    names = ("documents", "lines", "returns", "adjustments", "duplicates", "made", "known", "customers", "products")
    said = [translate(one, language) for one in told(summary)]
    more = len(said) - MOST_TOLD
    said = said[:MOST_TOLD] + (
        [translate(_("And {count} more.").with_values(count=more), language)] if more > 0 else []
    )
    return {**{name: getattr(summary, name) for name in names}, "value": summary.value, "told": said}


def told(summary: Summary) -> list[str]:
    """Return what somebody should look at: amounts that were rounded, documents that came with another content."""
    rounded = [
        _("{number} comes to {said} in the file and was rounded to {booked}.").with_values(
            number=one.number, said=f"{one.said:f}", booked=f"{one.booked:f}"
        )
        for one in summary.rounded
    ]
    there = _("{number} was there with another content; what is there stays.")
    return [*rounded, *(there.with_values(number=number) for number in summary.flagged)]
