"""Files of records: add one, list them, read one, remove one. The record decides who may.

Whoever may see a record may see its files, through whatever interface. Whoever may make or change records of that kind
may add files to those they can see. Removing one asks for the right to change the record, while the record itself can
be changed; afterwards, as with a posted invoice, for ``core.remove_files``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from backoffice.core.errors import Forbidden, InvalidInput, NotFound, RuleBroken
from backoffice.core.persistence import Session
from backoffice.hookspecs import Resource, messages

from .kinds import recognise
from .models import Attachment
from .settings import AttachmentSettings
from .store import Store

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("attachments")

ADD = "core.add_files"
REMOVE = "core.remove_files"
ORIGINAL = "sent"
"""Purpose of a file that is the very document that left the house; nobody removes it from its record."""


def attach(session: Session, record: Any, name: str, data: bytes, *, purpose: str = "") -> Attachment:
    """Attach a file to ``record`` in this transaction and return the attachment; rights were asked before.

    Raises :class:`InvalidInput` when the file is too large or not of a kind that is taken in.
    """
    configuration = session.services.configuration  # type: ignore[union-attr]
    limit = AttachmentSettings.of(configuration).bytes
    if len(data) > limit:
        said = _("The file is larger than {limit} MiB.").with_values(limit=limit // 1024**2)
        raise InvalidInput(said, fields={"file": [said]})
    known = recognise(name, data)
    return keep(session, record, known.name, known.type, data, purpose=purpose)


def keep(session: Session, record: Any, name: str, type_: str, data: bytes, *, purpose: str) -> Attachment:
    """Attach a file that the program made itself; nothing about it is in doubt."""
    session.flush()
    made = Attachment(
        company_id=getattr(record, "company_id", None),
        subject_table=record.__tablename__,
        subject_id=record.id,
        name=name,
        type=type_,
        size=len(data),
        digest=Store.of(session.services.configuration).keep(data),  # type: ignore[union-attr]
        purpose=purpose,
    )
    session.add(made)
    session.flush()
    return made


def of_record(session: Session, table: str, id_: int) -> Sequence[Attachment]:
    """Return the attachments of a record, the oldest first."""
    wanted = sa.select(Attachment).where(Attachment.subject_table == table, Attachment.subject_id == id_)
    return session.scalars(wanted.order_by(Attachment.id)).all()


def contents(session: Session, record: Any, *, purpose: str = "") -> list[tuple[str, bytes]]:
    """Return names and bytes of the files of ``record``, the oldest first, those of one ``purpose`` if it is given."""
    store = Store.of(session.services.configuration)  # type: ignore[union-attr]
    kept = of_record(session, record.__tablename__, record.id)
    return [(one.name, store.read(one.digest)) for one in kept if not purpose or one.purpose == purpose]


# -- as one person may -----------------------------------------------------------------------------------------------


def add(desk: Desk, resource: str, record: int | str, name: str, data: bytes) -> dict[str, Any]:
    """Attach a file to the record ``record`` of ``resource`` as this person; return what it became.

    Raises :class:`NotFound`, :class:`Forbidden` and :class:`InvalidInput`.
    """
    noun = desk.resource(resource)

    def work(session: Session) -> dict[str, Any]:
        found = desk.find(session, noun, record, f"{noun.name}.read")
        if not may_add(desk, noun, found):
            raise _forbidden(ADD)
        made = attach(session, found, name, data)
        session.emit("core.file_attached", found, attachment=made.id, type=made.type, size=made.size)
        return described(made)

    return desk.run(work, action="core.attach")


def listed(desk: Desk, resource: str, record: int | str) -> list[Attachment]:
    """Return the attachments of a record this person may see. Raises :class:`NotFound`."""
    noun = desk.resource(resource)
    with desk.reading() as session:
        found = desk.find(session, noun, record, f"{noun.name}.read")
        return list(of_record(session, noun.model.__tablename__, found.id))


def fetch(desk: Desk, id_: int) -> tuple[Attachment, bytes]:
    """Return an attachment and its bytes. Raises :class:`NotFound` alike for none and for one not to be seen."""
    with desk.reading() as session:
        found, _noun, _record = _found(desk, session, id_)
        return found, Store.of(desk.office.configuration).read(found.digest)


def remove(desk: Desk, id_: int) -> dict[str, Any]:
    """Remove an attachment; its bytes are swept away later, unless another record has the same.

    Raises :class:`NotFound`, :class:`Forbidden`, and :class:`RuleBroken` for a document as it was sent.
    """

    def work(session: Session) -> dict[str, Any]:
        found, noun, record = _found(desk, session, id_)
        if not may_remove(desk, noun, record):
            raise _forbidden(REMOVE)
        if found.purpose == ORIGINAL:
            raise RuleBroken(
                _("What was sent is kept."),
                why=_("The file is the document as it was mailed or printed."),
                remedy=_("Attach another file beside it."),
            )
        session.delete(found)
        session.emit("core.file_removed", record, attachment=found.id, type=found.type, size=found.size)
        return {"id": id_}

    return desk.run(work, action="core.detach")


def may_add(desk: Desk, noun: Resource, record: Any) -> bool:
    """Tell whether this person may attach files to ``record``, which they can see; bookkeeping takes none."""
    if not noun.model.__audited__:
        return False
    wanted = [f"{noun.name}.{verb}" for verb in ("change", "create") if verb in noun.operations]
    return any(desk.may(name, record, noun.owner) for name in (*wanted, ADD))


def may_remove(desk: Desk, noun: Resource, record: Any) -> bool:
    """Tell whether this person may remove files of ``record``, which they can see."""
    when = noun.editable_when
    editable = "change" in noun.operations and (when is None or getattr(record, when[0]) == when[1])
    return (editable and desk.may(f"{noun.name}.change", record, noun.owner)) or desk.may(REMOVE, record, noun.owner)


def described(attachment: Attachment) -> dict[str, Any]:
    """Return an attachment as plain JSON."""
    return {
        "id": attachment.id,
        "name": attachment.name,
        "type": attachment.type,
        "size": attachment.size,
        "digest": attachment.digest,
        "purpose": attachment.purpose,
        "created_at": attachment.created_at.isoformat(),
    }


def _found(desk: Desk, session: Session, id_: int) -> tuple[Attachment, Resource, Any]:
    """Return an attachment with the record it belongs to, if this person may see that."""
    found = session.get(Attachment, id_)
    for noun in desk.office.registry.resources.values():
        if found is not None and noun.model.__tablename__ == found.subject_table and desk.may(f"{noun.name}.read"):
            try:
                return found, noun, desk.find(session, noun, found.subject_id, f"{noun.name}.read")
            except NotFound:
                continue
    raise NotFound(_("There is no file {id}.").with_values(id=id_), remedy=_("Look for it on its record."))


def _forbidden(permission: str) -> Forbidden:
    return Forbidden(
        _("You may not do this."),
        why=_("It needs the right to change the record, or the permission {permission}.").with_values(
            permission=permission
        ),
        remedy=_("Ask an administrator to add it to one of your roles."),
    )


__all__ = [
    "ADD",
    "ORIGINAL",
    "REMOVE",
    "add",
    "attach",
    "contents",
    "described",
    "fetch",
    "keep",
    "listed",
    "may_add",
    "may_remove",
    "of_record",
    "remove",
]
