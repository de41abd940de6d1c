"""What must be right before a backend is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backoffice.core.api import ConfigurationError, InvalidInput, Session
from backoffice.hookspecs import messages

from .connectors.http import LOOPBACK
from .models import Backend
from .ours import ADDRESS
from .planning import connector_of

_ = messages("crm_sync")


def backend(session: Session, record: Backend, values: Mapping[str, Any]) -> None:
    """Refuse an address that is not safe, a connector nobody brings, and fields that contradict each other."""
    wrong: dict[str, list[Any]] = {}
    where = urlsplit(record.address or "")
    if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
        wrong["address"] = [_("It begins with https://.")]
    try:
        connector_of(session, record.connector)
    except ConfigurationError as error:
        wrong["connector"] = [error.what]
    for side in ("ours", "theirs"):
        names = [getattr(one, side) for one in record.fields]
        if len(set(names)) != len(names):
            wrong["fields"] = [_("A field is mapped once.")]
    if any(one.theirs == record.key_field for one in record.fields):
        wrong["fields"] = [_("The field for our code is written by the program.")]
    if any(one.identifies and one.ours.startswith(ADDRESS) for one in record.fields):
        wrong["fields"] = [_("Nobody is recognised by an address.")]
    if wrong:
        raise InvalidInput(_("This backend could not be kept alike."), fields=wrong)
