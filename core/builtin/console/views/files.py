"""Files of a record: the panel on its page, the form that takes new ones, the files themselves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.attachments import files
from backoffice.core.attachments.kinds import ENDINGS, SHOWN
from backoffice.core.attachments.models import Attachment
from backoffice.core.attachments.serving import answered
from backoffice.core.attachments.settings import AttachmentSettings
from backoffice.core.builtin.console.pages import FilesPanel, FileView
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.errors import BackofficeError, InvalidInput, NotFound
from backoffice.core.office.queries import LARGEST
from backoffice.core.persistence import Session
from backoffice.core.web import signed_in
from backoffice.hookspecs import Resource, messages

from .base import desk, pages, people_by_id, see, tell

_ = messages("console")

KIB = 1024


def panel(noun: Resource, found: Any, session: Session) -> FilesPanel:
    """Return the files of a record, with what this person may do with them."""
    here = files.of_record(session, noun.model.__tablename__, found.id)
    people = people_by_id(session, [one.created_by for one in here])
    removable = bool(here) and files.may_remove(desk(), noun, found)
    adding = files.may_add(desk(), noun, found)
    return FilesPanel(
        files=[_view(one, people.get(one.created_by or 0, ""), removable) for one in here],
        url=url_for("console.attach", resource=noun.name, id=found.id) if adding else "",
        accept=",".join(f".{ending}" for endings in ENDINGS.values() for ending in endings),
        limit=AttachmentSettings.of(desk().office.configuration).bytes // KIB**2,
    )


def _view(one: Attachment, who: str, removable: bool) -> FileView:
    return FileView(
        name=one.name,
        url=url_for("console.file", id=one.id),
        size=size_text(one.size),
        at=one.created_at,
        who=who,
        picture=one.type in SHOWN,
        remove_url=url_for("console.detach", id=one.id) if removable and one.purpose != files.ORIGINAL else "",
        digest=one.digest if one.purpose == files.ORIGINAL else "",
    )


def size_text(size: int) -> str:
    """Return how large a file is, as people say it."""
    if size < KIB:
        return say(_("{size} bytes"), size=reader().number(size))
    if size < KIB**2:
        return say(_("{size} KiB"), size=reader().number((size + KIB - 1) // KIB))
    return say(_("{size} MiB"), size=reader().number(Decimal(size) / KIB**2, 1))


@pages.post("/records/<resource>/<int:id>/files")
@signed_in
def attach(resource: str, id: int) -> ResponseReturnValue:
    """Attach the files that were sent; a script that sends them one by one is answered in its own way."""
    sent = [each for each in request.files.getlist("file") if each.filename]
    if not sent:
        raise InvalidInput(_("Choose a file first."))
    if request.accept_mimetypes.best == "application/json":
        return jsonify([files.add(desk(), resource, id, each.filename or "", each.stream.read()) for each in sent]), 201
    refused = [said for each in sent if (said := _added(resource, id, each))]
    for said in refused:
        tell(said, "bad")
    if len(refused) < len(sent):
        tell(_("The files were attached."))
    return see(places().record(resource, id))


def _added(resource: str, id_: int, sent: Any) -> str:
    """Attach one file; return what is wrong with it, or nothing."""
    try:
        files.add(desk(), resource, id_, sent.filename, sent.stream.read())
    except BackofficeError as error:
        if error.status != InvalidInput.status:
            raise
        return f"{sent.filename}: " + " ".join(say(part) for part in (error.what, error.why, error.remedy) if part)
    return ""


@pages.get("/files/<int:id>")
@signed_in
def file(id: int) -> Response:
    """Send a file to whoever may see the record it belongs to."""
    return answered(desk(), _possible(id), download="download" in request.args)


@pages.post("/files/<int:id>/remove")
@signed_in
def detach(id: int) -> ResponseReturnValue:
    """Remove a file from its record."""
    with desk().reading():
        found, _data = files.fetch(desk(), _possible(id))
    files.remove(desk(), id)
    tell(_("The file {name} was removed."), name=found.name)
    return see(places().of_table(found.subject_table, found.subject_id) or url_for("console.home"))


def _possible(id_: int) -> int:
    if id_ > LARGEST:
        raise NotFound(_("There is no such file."))
    return id_


__all__ = ["panel", "size_text"]
