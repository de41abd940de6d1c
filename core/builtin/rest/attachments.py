"""Files of records over HTTP: listed, added, read, removed; the record decides who may."""

from __future__ import annotations

from typing import Final

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from backoffice.core.attachments import files
from backoffice.core.attachments.serving import answered
from backoffice.core.errors import InvalidInput, MalformedRequest, NotFound
from backoffice.core.office.queries import LARGEST
from backoffice.hookspecs import messages

from . import given
from .answers import json_answer
from .conditions import possible
from .records import readable

_ = messages("rest")

LONGEST: Final = 400
"""Characters of the longest name that is looked at."""


def listed(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Answer the files of a record."""
    desk, resource = readable(plugin, noun)
    given.parameters(())
    found = files.listed(desk, resource.name, possible(resource, id))
    return json_answer({"data": [files.described(one) for one in found]})


def added(plugin: str, noun: str, id: int) -> ResponseReturnValue:
    """Attach the file that is the part ``file`` of a form, or the body itself with its name in the address."""
    desk, resource = readable(plugin, noun)
    sent = given.parameters(("name",))
    name, data = _sent(sent.get("name", ""))
    made = files.add(desk, resource.name, possible(resource, id), name, data)
    return json_answer(made, 201, Location=f"/api/v1/attachments/{made['id']}")


def _sent(name: str) -> tuple[str, bytes]:
    if request.mimetype == "multipart/form-data":
        part = request.files.get("file")
        if part is None:
            raise MalformedRequest(_("The form has no file."), remedy=_("Send it as the part named file."))
        return (name or part.filename or "")[:LONGEST], part.stream.read()
    if not name:
        said = _("Say what the file is called: ?name=…")
        raise InvalidInput(said, fields={"name": [said]})
    return name[:LONGEST], request.get_data(cache=False)


def shown(id: int) -> Response:
    """Answer a file itself."""
    given.parameters(())
    return answered(g.desk, _known(id), download=True)


def removed(id: int) -> ResponseReturnValue:
    """Remove a file from its record."""
    given.parameters(())
    files.remove(g.desk, _known(id))
    return "", 204


def _known(id: int) -> int:
    if id > LARGEST:
        raise NotFound(_("There is no file {id}.").with_values(id=str(id)))
    return id


__all__ = ["added", "listed", "removed", "shown"]
