"""Switch plugins on and off, and keep the ready-made roles of those that are on up to date."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.errors import ConfigurationError, Conflict, NotFound
from backoffice.core.events.models import EventRow, JobRow
from backoffice.core.office import Backoffice
from backoffice.core.office.noting import note_plugin, plugin_row
from backoffice.core.persistence import Context, explained
from backoffice.core.users.models import Organization
from backoffice.core.users.setup import BUILT_IN_ROLES, sync_roles
from backoffice.hookspecs import messages

_ = messages("cli")

ESSENTIAL = "administration"
"""The built-in plugin that brings the core's own tables."""


def switch(office: Backoffice, name: str, *, on: bool) -> bool:
    """Enable or disable the plugin ``name`` for the processes that start from now on; tell whether that is news.

    Its data is kept either way.

    Raises:
        NotFound: no plugin of that name is installed.
        Conflict: it is required, or it is what everything stands on.
        ConfigurationError: the configuration decides, not the database.
    """
    status = office.manager.status(name)
    if status is None or status.state == "orphaned":
        raise NotFound(
            _("There is no plugin {name}.").with_values(name=name),
            remedy=_("Run: {command}").with_values(command="backoffice plugin list"),
        )
    _check(office, name, on)
    action = "plugin enable" if on else "plugin disable"
    context = Context(organization_id=None, channel="system", action=action, clock=office.clock)
    with explained(office.database), office.database.system(context) as session, session.begin():
        row = plugin_row(session, status)
        if row.enabled is on:
            return False
        row.enabled, row.changed_at = on, session.now()
        if not on:
            row.last_event_id = session.scalar(sa.select(sa.func.max(EventRow.id)))
        note_plugin(session, row, {"enabled": not on}, {"enabled": on})
    return True


def missed_since(office: Backoffice, name: str) -> int | None:
    """Return the id of the last event before the plugin ``name`` was switched off, or nothing when it never was."""
    with explained(office.database), office.database.looking() as session:
        return session.scalar(sa.select(PluginRow.last_event_id).where(PluginRow.name == name))


def put_out_of_service(office: Backoffice, name: str, *, purge: bool = False) -> bool:
    """Switch the plugin ``name`` off, let it say its last words, and give up the work that waits for it.

    Its data is kept. What its package brings can be uninstalled afterwards.

    Args:
        office: the office.
        name: a plugin that is installed, or whose package is gone.
        purge: its data goes next; handed to its hook ``uninstall``.

    Returns:
        Whether it was in service.

    Raises:
        Conflict: other plugins need it, or it is required.
    """
    status = office.manager.status(name)
    if status is None:
        return False
    _check(office, name, False)
    if others := dependents(office, name):
        raise Conflict(
            _("These need {name}: {names}.").with_values(name=name, names=", ".join(others)),
            remedy=_("Remove them first."),
        )
    context = Context(organization_id=None, channel="system", action="plugin remove", clock=office.clock)
    with explained(office.database), office.database.system(context, office.services) as session, session.begin():
        office.hooks.uninstall(name, session, purge)
        session.execute(
            sa.update(JobRow)
            .where(JobRow.name.startswith(f"{name}.", autoescape=True), JobRow.state.in_(("waiting", "failed")))
            .values(state="cancelled", finished_at=session.now())
        )
    return switch(office, name, on=False)


def _check(office: Backoffice, name: str, on: bool) -> None:
    configuration = office.configuration
    if not on and name == ESSENTIAL:
        raise Conflict(_("The plugin {name} cannot be disabled.").with_values(name=name), why=_("Everything needs it."))
    if not on and name in configuration.required:
        raise Conflict(
            _("The plugin {name} is required.").with_values(name=name),
            remedy=_("Take it from `required` in {file} first.").with_values(file=str(configuration.path)),
        )
    left_out = configuration.plugins is not None and name not in configuration.plugins
    if on and (name in configuration.disabled or (left_out and name != ESSENTIAL)):
        raise ConfigurationError(
            _("The configuration leaves out the plugin {name}.").with_values(name=name),
            remedy=_("Change `disabled` or `plugins` in {file}.").with_values(file=str(configuration.path)),
        )


def dependents(office: Backoffice, name: str) -> list[str]:
    """Return the active plugins that need ``name``, directly or not."""
    reached = {name}
    for other in office.manager.active():
        if office.manager.needs(other) & reached:
            reached.add(other)
    return sorted(reached - {name})


def with_needs(office: Backoffice, name: str) -> set[str]:
    """Return ``name``, the plugins it needs, directly or not, and ``core``."""
    found, waiting = {"core", name}, [name]
    while waiting:
        needed = office.manager.needs(waiting.pop()) - found
        found |= needed
        waiting += needed
    return found


def refresh_roles(office: Backoffice) -> list[str]:
    """Create the ready-made roles of every active plugin in every organisation, or bring them up to date.

    Returns the codes of the roles that changed; one an administrator edited is left as it is.
    """
    declared = [(office.registry.owner_of("roles", name), role) for name, role in office.registry.roles.items()]
    changed: list[str] = []
    with explained(office.database), office.database.system() as session, session.begin():
        for organization_id in session.scalars(sa.select(Organization.id).order_by(Organization.id)):
            changed += sync_roles(session, organization_id, [*BUILT_IN_ROLES, *declared])
    return sorted(set(changed))
