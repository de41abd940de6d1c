"""Attachments as a resource for administrators, and as actions for whoever may see the record they belong to."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Any, Final

from backoffice.core.attachments import files
from backoffice.core.attachments.models import Attachment
from backoffice.core.errors import InvalidInput
from backoffice.core.office import handing_out
from backoffice.core.persistence import Session
from backoffice.hookspecs import SIGNED_IN, Action, Event, Field, Job, Permission, Resource, messages

from .groups import WORK

_ = messages("attachments")

NOTHING: Final[frozenset[str]] = frozenset()

RESOURCES = (
    Resource(
        "core.attachment",
        Attachment,
        columns=("name", "type", "size", "subject_table", "subject_id", "created_at"),
        label=_("Attachment"),
        plural=_("Attachments"),
        description=_("Files that belong to records. Add them on the page of the record."),
        filters=("subject_table", "subject_id", "type"),
        operations=NOTHING,
        menu="settings",
        menu_group=WORK,
    ),
)

PERMISSIONS = (
    Permission(
        files.ADD, _("Add files to every record one sees"), help=_("Whoever may change a record may do it anyway.")
    ),
    Permission(
        files.REMOVE,
        _("Remove files of records that are final"),
        help=_("Whoever may change a record removes its files as long as it can be changed."),
    ),
)

_FACTS = (
    Field("attachment", "integer", label=_("Attachment"), required=True),
    Field("type", "code", label=_("Kind"), required=True),
    Field("size", "integer", label=_("Bytes"), required=True),
)

EVENTS = (
    Event("core.file_attached", fields=_FACTS, label=_("File attached")),
    Event("core.file_removed", fields=_FACTS, label=_("File removed")),
    Event(
        handing_out.EVENT,
        fields=(
            Field("document", "code", label=_("Document"), required=True),
            Field("language", "code", label=_("Language"), required=True),
            Field("how", "choice", choices=handing_out.HOW, label=_("How"), required=True),
            Field("attachment", "integer", label=_("Attachment"), required=True),
            Field("size", "integer", label=_("Bytes"), required=True),
            Field("digest", "code", label=_("SHA-256"), required=True),
            Field("to", "text", label=_("To"), personal=True),
        ),
        label=_("Document handed out"),
    ),
)


def attach(session: Session, *, resource: str, record: int, name: str, content: str) -> dict[str, Any]:
    """Attach a file whose content is given in base64."""
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        said = _("The content of the file is not base64.")
        raise InvalidInput(said, fields={"content": [said]}) from error
    return files.add(session.info["desk"], resource, record, name, data)


def detach(session: Session, *, attachment: int) -> dict[str, Any]:
    """Remove a file from its record."""
    return files.remove(session.info["desk"], attachment)


ACTIONS = (
    Action(
        "core.hand_out",
        handing_out.hand_out_by_hand,
        label=_("Hand out a document"),
        help=_("Makes the final PDF of a record and keeps the very same file with it."),
        permission=SIGNED_IN,
        fields=(
            Field("document", "code", label=_("Document"), required=True, length=120),
            Field("record", "integer", label=_("Record"), required=True),
            Field("language", "code", label=_("Language"), length=12, help=_("Left empty, that of the document.")),
        ),
    ),
    Action(
        "core.attach",
        attach,
        label=_("Attach a file"),
        help=_("Asks for the right to change the record."),
        permission=SIGNED_IN,
        fields=(
            Field("resource", "code", label=_("List"), required=True, length=120),
            Field("record", "integer", label=_("Record"), required=True),
            Field("name", "text", label=_("Name"), required=True, length=400),
            Field("content", "long_text", label=_("Content in base64"), required=True),
        ),
    ),
    Action(
        "core.detach",
        detach,
        label=_("Remove the file"),
        permission=SIGNED_IN,
        fields=(Field("attachment", "integer", label=_("Attachment"), required=True),),
        destructive=True,
    ),
)

JOBS = (
    Job(
        "core.sweep_files",
        "backoffice.core.builtin.administration.sweeping:sweep",
        label=_("Remove files that nothing refers to"),
        every=timedelta(days=1),
        scope="system",
    ),
)

__all__ = ["ACTIONS", "EVENTS", "JOBS", "PERMISSIONS", "RESOURCES"]
