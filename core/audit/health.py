"""What `doctor` and the console ask about the audit log: is it sealed, is the key there, are checkpoints handed out?"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from backoffice.core.errors import BackofficeError
from backoffice.core.persistence import explained
from backoffice.hookspecs import Check, messages

from . import storage
from .handing import Handed, configured_places, read_handed
from .keys import Installation, key_path, load_signer
from .sealing import LATE, oldest_unsealed
from .storage import Standing, Store

_ = messages("audit")

Answer = tuple[Literal["ok", "warning", "error"], str]

FAILING: Final = timedelta(hours=1)
"""So long may a place refuse checkpoints before it counts as an error."""


def checks(office: Installation) -> list[Check]:
    """Return the checks of the audit log."""
    return [
        Check("audit.sealed", lambda: _sealed(office), _("Audit log sealed")),
        Check("audit.key", lambda: _key(office), _("Key of the audit log")),
        Check("audit.checkpoints", lambda: _checkpoints(office), _("Checkpoints kept elsewhere")),
    ]


def _sealed(office: Installation) -> Answer:
    with explained(office.database), storage.looking(office.database) as store:
        try:
            standing = storage.read_standing(store)
        except ValueError as error:
            return "error", _("Sealing has stopped: {why} Run: {command}").with_values(
                why=str(error), command="backoffice audit verify"
            )
        return _age(office, store, standing)


def _age(office: Installation, store: Store, standing: Standing) -> Answer:
    oldest = oldest_unsealed(store, standing)
    if oldest is None or office.clock.now() - oldest <= LATE:
        return "ok", ""
    if not standing.tree.size:
        return "warning", _("The audit log was never sealed; a worker does it: {command}").with_values(
            command="backoffice worker"
        )
    minutes = (office.clock.now() - oldest) // timedelta(minutes=1)
    said = _(
        "The audit log has not been sealed for {minutes} minutes. Is a worker running? On PostgreSQL a transaction "
        "left open also stops it; pg_stat_activity shows it."
    )
    return "error", said.with_values(minutes=minutes)


def _key(office: Installation) -> Answer:
    signer = load_signer(office.configuration)
    with explained(office.database), storage.looking(office.database) as store:
        newest = storage.newest_checkpoint(store)
    if signer is not None or newest is None:
        return "ok", ""
    return "error", _("The key that signs checkpoints is not at {path}; bring it back from its copy.").with_values(
        path=str(key_path(office.configuration))
    )


def _checkpoints(office: Installation) -> Answer:
    places = configured_places(office)
    if not places:
        if office.configuration.environment != "production":
            return "ok", ""
        return "warning", _(
            "Checkpoints are kept in the database alone, where whoever can write there could exchange them. Name a "
            "folder, an address or a command in the section [audit]."
        )
    with explained(office.database), storage.looking(office.database) as store:
        handed = {one.place: one for one in read_handed(store)}
    failing = [one for name in places if (one := handed.get(name)) is not None and one.failures]
    return _failing(office, failing[0]) if failing else ("ok", "")


def _failing(office: Installation, handed: Handed) -> Answer:
    since = handed.failing_since or office.clock.now()
    state: Literal["warning", "error"] = "error" if office.clock.now() - since > FAILING else "warning"
    return state, _("Checkpoints cannot be handed out ({place}): {error}").with_values(
        place=handed.place, error=handed.error
    )


def problems(office: Installation) -> list[str]:
    """Return what is wrong at the moment, one sentence each, for a log that somebody watches."""
    found = []
    for check in checks(office):
        try:
            state, said = check.run()
        except BackofficeError as error:
            state, said = "error", str(error)
        if state == "error":
            found.append(said)
    return found
