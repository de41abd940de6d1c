"""The office: configuration, plugins, nouns and database of one process, owned by one object and by nothing global."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import backoffice.core.attachments.models
import backoffice.core.mail.models
import backoffice.core.personal.models
import backoffice.core.webhooks.models  # noqa: F401 - their tables are the core's, whatever is loaded beside it
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.clock import Clock, SystemClock
from backoffice.core.configuration import Configuration, load_configuration
from backoffice.core.errors import BackofficeError, ConfigurationError, NotFound
from backoffice.core.events import jobs, log
from backoffice.core.persistence import Context, Database, Session
from backoffice.core.persistence.database import explained
from backoffice.core.persistence.migrations import Component, Standing, require_current
from backoffice.core.plugins.discovery import discover
from backoffice.core.plugins.manager import PluginManager
from backoffice.core.plugins.registry import Registry
from backoffice.core.plugins.resolution import resolve
from backoffice.core.plugins.states import InstalledPlugin, PluginStatus, run
from backoffice.core.secrets import KeyRing, Vault
from backoffice.core.text import add_catalogue, add_catalogues
from backoffice.core.users.identity import Identity, identity_of, system_identity
from backoffice.core.users.models import Company, Organization, User
from backoffice.core.webhooks.outgoing import announce
from backoffice.core.webhooks.subscribers import Subscribers
from backoffice.hookspecs import messages

from . import settings, tables
from .desk import Desk
from .modelling import refuse_unusable
from .noting import PluginNotes

if TYPE_CHECKING:
    from .documents import Documents

_ = messages("backoffice")


class Backoffice:
    """A back office: make it from a configuration, then act as someone.

    ``no_plugins`` loads the built-in plugins alone; ``only`` loads just these beside them.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        clock: Clock | None = None,
        no_plugins: bool = False,
        only: frozenset[str] | None = None,
        blocked: frozenset[str] = frozenset(),
        trace: Callable[..., None] | None = None,
        create: bool = False,
    ) -> None:
        self.configuration = configuration
        self.clock = clock or SystemClock()
        self.create = create
        self.services = _Services(self)
        self.notes = PluginNotes(self)
        self.manager = PluginManager(clock=self.clock, records=_Records(self))
        self.hooks = self.manager.hooks
        self.registry = Registry(self.manager)
        self.subscribers = Subscribers()
        self._companies: dict[tuple[int, int], str] = {}
        self._languages: dict[int, str] = {}
        if trace is not None:
            self.hooks.trace(trace)
        for name in blocked:
            self.manager.block(name)
        try:
            self._load(frozenset() if no_plugins else only)
        except BaseException:
            self._close_database()
            raise

    @classmethod
    def open(cls, address: str | Path, **options: Any) -> Backoffice:
        """Return the office of a database address, or of a configuration file when ``address`` ends in ``.toml``."""
        text = str(address)
        if text.endswith(".toml"):
            return cls(load_configuration(text), **options)
        return cls(Configuration(database=text, folder=Path.cwd()), **options)

    # -- loading -----------------------------------------------------------------------------------------------

    def _load(self, only: frozenset[str] | None) -> None:
        configured = self.configuration.plugins
        enabled = only if only is not None else frozenset(configured) if configured is not None else None
        allowed = self.configuration.allowed
        candidates = discover()
        builtin = {c.name for c in candidates if c.builtin}
        resolution = resolve(
            candidates,
            enabled=None if enabled is None else enabled | builtin,
            disabled=frozenset(self.configuration.disabled) | self._disabled(),
            required=self.configuration.required,
            distributions=None if allowed is None else frozenset(allowed),
        )
        add_catalogues(tables.CORE / "locale")
        self.manager.load(resolution)
        self.registry.collect()
        for name in self.manager.active():
            folder = self.manager.folders(name).locale
            if folder is not None and not self.manager.is_builtin(name):
                add_catalogue(name, folder)
        refuse_unusable(self.manager, self.registry)

    def _disabled(self) -> frozenset[str]:
        """Return the plugins an administrator switched off; none when there is no database yet."""
        return frozenset(row.name for row in self._plugin_rows() if not row.enabled)

    def _plugin_rows(self) -> list[PluginRow]:
        try:
            with self.database.read_engine.connect() as connection:
                if not sa.inspect(connection).has_table("core_plugin"):
                    return []
            with self.database.looking() as session:
                return list(session.scalars(sa.select(PluginRow)))
        except (BackofficeError, sa.exc.SQLAlchemyError):
            # Without a database there is nothing an administrator could have switched off; whoever needs
            # the database next is told why it cannot be had.
            return []

    def start(self) -> Backoffice:
        """Check the database and start the plugins; those whose tables are behind wait, the core's must be current."""
        self.configuration.check_production()
        with explained(self.database), self.database.read_engine.connect() as connection:
            standings = require_current(connection, self.components)
        for item in standings:
            if not item.known:
                self.manager.refuse(item.name, "incompatible", *self._too_old(item))
            elif item.name != "core" and item.pending:
                self.manager.refuse(
                    item.name,
                    "needs-migration",
                    _("Its tables stand at {current}, the plugin needs {head}.").with_values(
                        current=item.current or _("nothing"), head=item.head or ""
                    ),
                    run("backoffice db upgrade"),
                )
        self.manager.check_required()
        self.hooks.startup(self)
        return self

    def _too_old(self, item: Standing) -> tuple[str, str]:
        """Return why a plugin that is older than its tables is refused, and what to do."""
        status = self.manager.status(item.name)
        row = next((row for row in self._plugin_rows() if row.name == item.name), None)
        package, version = (status.distribution, status.version) if status is not None else (item.name, "")
        made_by = row.version if row is not None and row.version != version else ""
        reason = _("Its tables stand at {current}, which a newer version made; {version} knows them up to {head}.")
        wanted = f"{package}>={made_by}" if made_by else package
        return (
            reason.with_values(current=item.current, head=item.head or _("nothing"), version=version),
            run("pip install --upgrade '{wanted}'", wanted=wanted),
        )

    def close(self) -> None:
        """Let the plugins put away and close every connection."""
        self.hooks.shutdown(self)
        self.notes.close()
        self._close_database()

    def _close_database(self) -> None:
        if "database" in self.__dict__:
            self.database.close()

    # -- database ----------------------------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        """The database; opened at first use."""
        configuration = self.configuration
        vault = Vault(KeyRing.of(configuration))
        return Database(configuration.database, create=self.create, replica=configuration.replica, vault=vault)

    @cached_property
    def documents(self) -> Documents:
        """What makes documents; the templates are read at first use."""
        from .documents import Documents

        return Documents(self)

    @property
    def components(self) -> list[Component]:
        """The core and every plugin that has tables, in dependency order, with their guards."""
        return tables.components_of(self)

    def upgrade(self, only: Collection[str] | None = None) -> list[Standing]:
        """Bring every table to its newest shape, and remember which plugin owns which.

        What migrations change in audited tables is written into the audit log. Tables that a newer version of a plugin
        made are left as they are.

        Args:
            only: the names of the components to bring forward, ``core`` or plugins; nothing means all.

        Returns:
            Where each component stands afterwards.

        Raises:
            NeedsMigration: the core's own tables were made by a newer program.
        """
        return tables.upgrade(self, only)

    def standings(self) -> list[Standing]:
        """Return where the tables of the core and of each plugin stand."""
        return tables.standings_of(self)

    # -- people ------------------------------------------------------------------------------------------------

    def desk(
        self, identity: Identity, *, channel: str = "python", company_id: int | None = None, request_id: str = "",
        language: str = "", action: str = "",
    ) -> Desk:  # fmt: skip
        """Return the desk of ``identity``; ``company_id`` chooses among their companies."""
        company = company_id if company_id is not None else identity.company_id
        if company is not None and identity.companies is not None and company not in identity.companies:
            raise NotFound(_("There is no such company."), remedy=_("Choose one of your companies."))
        context = Context(
            organization_id=identity.organization_id,
            company_id=company,
            companies=identity.companies,
            branches=identity.branches,
            actor_id=identity.user_id,
            actor_name=identity.username,
            channel=channel,
            action=action,
            request_id=request_id or secrets.token_hex(8),
            language=language or identity.language,
            zone=self.company_zone(identity.organization_id, company),
            clock=self.clock,
        )
        return Desk(self, identity, context)

    def acting_as(
        self, username: str, *, company: str | None = None, organization: str | None = None, channel: str = "python"
    ) -> Desk:
        """Return the desk of the user called ``username``, in the company whose code is ``company``."""
        with explained(self.database), self.database.looking() as session:
            place = self._organization(session, organization)
            user_id = session.scalar(
                sa.select(User.id).where(User.organization_id == place.id, User.username == username)
            )
            if user_id is None:
                raise NotFound(
                    _("There is no user {name}.").with_values(name=username), remedy=_("See `backoffice user list`.")
                )
            identity = identity_of(session, user_id)
            company_id = self._company(session, place.id, company)
        return self.desk(identity, channel=channel, company_id=company_id)

    def as_system(
        self, *, organization: str | None = None, company: str | None = None, channel: str = "python"
    ) -> Desk:
        """Return the desk of the program itself, which may do everything in one organisation."""
        with explained(self.database), self.database.looking() as session:
            place = self._organization(session, organization)
            company_id = self._company(session, place.id, company) or session.scalar(
                sa.select(sa.func.min(Company.id)).where(Company.organization_id == place.id)
            )
        return self.desk(system_identity(place.id, company_id), channel=channel)

    def identity(self, user_id: int) -> Identity:
        """Return who the user with ``user_id`` is and what they may do."""
        with explained(self.database), self.database.looking() as session:
            return identity_of(session, user_id)

    def system_desk(
        self, organization_id: int, company_id: int | None = None, *, action: str = "", channel: str = "job"
    ) -> Desk:
        """Return the program's own desk in an organisation given by its id, for jobs and deliveries."""
        return self.desk(system_identity(organization_id, company_id), channel=channel, action=action)

    def _organization(self, session: Session, code: str | None) -> Organization:
        wanted = code or self.configuration.organization
        statement = sa.select(Organization)
        found = list(session.scalars(statement.where(Organization.code == wanted) if wanted else statement))
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigurationError(
                _("There are several organisations here."),
                remedy=_('Say which one: organization = "code" in backoffice.toml.'),
            )
        raise NotFound(
            _("There is no organisation {code}.").with_values(code=wanted or ""), remedy=_("Run `backoffice init`.")
        )

    def _company(self, session: Session, organization_id: int, code: str | None) -> int | None:
        if code is None:
            return None
        found = session.scalar(
            sa.select(Company.id).where(Company.organization_id == organization_id, Company.code == code)
        )
        if found is None:
            raise NotFound(
                _("There is no company {code}.").with_values(code=code), remedy=_("See `backoffice list core.company`.")
            )
        return int(found)

    def company_zone(self, organization_id: int, company_id: int | None) -> str:
        """Return the time zone of a company, UTC without one."""
        if company_id is None:
            return "UTC"
        key = (organization_id, company_id)
        if key not in self._companies:
            with self.database.looking() as session:
                zone = session.scalar(
                    sa.select(Company.zone).where(Company.organization_id == organization_id, Company.id == company_id)
                )
            if zone is None:
                raise NotFound(_("There is no such company."), remedy=_("Choose one of your companies."))
            self._companies[key] = zone
        return self._companies[key]

    def language_of(self, organization_id: int) -> str:
        """Return the language of an organisation: that of the plain, untranslated fields."""
        if organization_id not in self._languages:
            with self.database.looking() as session:
                row = session.get(Organization, organization_id)
            self._languages[organization_id] = row.language if row is not None else "en"
        return self._languages[organization_id]

    def forget(self) -> None:
        """Forget what is remembered of organisations and companies, after they changed."""
        self._companies.clear()
        self._languages.clear()


class _Services:
    """What sessions borrow from the office."""

    def __init__(self, office: Backoffice) -> None:
        self._office = office

    def emit(self, session: Session, name: str, subject: Any, facts: Mapping[str, Any]) -> Any:
        row = log.emit(session, self._office.registry, name, subject, facts)
        if wanting := self._wanting(session, name, row.company_id):
            session.flush()
            announce(session, wanting, [(row.id, name)])
        return row

    def emit_many(
        self, session: Session, name: str, said: Sequence[tuple[Any, Mapping[str, Any]]], *, ids: bool = True
    ) -> list[int]:
        wanting = self._wanting(session, name, session.company_id)
        given = log.emit_many(session, self._office.registry, name, said, ids=ids or bool(wanting))
        if wanting:
            announce(session, wanting, [(id_, name) for id_ in given])
        return given

    def emit_all(self, session: Session, said: Sequence[log.Said]) -> None:
        def wanted(name: str) -> bool:
            return bool(self._wanting(session, name, session.company_id))

        log.emit_all(session, self._office.registry, said, wanted=wanted)

    def heard_of(self, name: str) -> bool:
        return any(not listener.later for listener in self._office.registry.listeners.get(name, ()))

    def _wanting(self, session: Session, name: str, company_id: int | None) -> list[int]:
        """Return the webhooks that are told of the event ``name``."""
        office = self._office
        return office.subscribers.wanting(office.database, session.context.organization_id or 0, name, company_id)

    def enqueue(self, session: Session, name: str, arguments: Mapping[str, Any] | None, **how: Any) -> Any:
        return jobs.enqueue(session, self._office.registry, name, arguments, **how)

    def setting(self, session: Session, plugin: str, name: str) -> Any:
        return settings.get(session, self._office.registry, plugin, name)

    def perform(self, session: Session, action: str, arguments: Mapping[str, Any]) -> Any:
        context = session.context
        desk = session.info.get("desk") or self._office.system_desk(context.organization_id or 0, context.company_id)
        return desk.perform(session, action, arguments)

    def document(self, session: Session, name: str, record_id: int, language: str | None) -> Any:
        session.flush()
        desk = session.info.get("desk")
        if desk is None:
            desk = self._office.system_desk(session.context.organization_id or 0, session.company_id)
        try:
            # What is committed is read anew, so that names stand in the language of the document as well.
            return Desk(self._office, desk.user, desk.context).document(name, record_id, language)
        except NotFound:
            return desk.document(name, record_id, language)

    @property
    def hooks(self) -> Any:
        return self._office.hooks

    @property
    def registry(self) -> Registry:
        return self._office.registry

    @property
    def subscribers(self) -> Subscribers:
        return self._office.subscribers

    @property
    def configuration(self) -> Configuration:
        return self._office.configuration


class _Records:
    """What the database knows about plugins, for the plugin manager."""

    def __init__(self, office: Backoffice) -> None:
        self._office = office

    def installed(self) -> list[InstalledPlugin]:
        rows = self._office._plugin_rows()
        return [
            InstalledPlugin(row.name, row.distribution, row.version, tuple(row.tables)) for row in rows if row.tables
        ]

    def changed(self, status: PluginStatus) -> None:
        """Have it written into the audit log when the database is free, if the plugin failed while it ran."""
        if status.state == "quarantined":
            self._office.notes.add(status)
