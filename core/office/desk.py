"""A desk: the office as one person sees it, in one organisation and company, through one interface.

Everything an interface offers goes through here: execute, report, list, get. Permissions and record rules are
checked in this module and nowhere else, so no interface can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa

from backoffice.core.errors import BackofficeError, Forbidden, InvalidInput, NotFound
from backoffice.core.persistence import Context, ReadingSession, Session, fields_of
from backoffice.core.persistence.database import explained, stale
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.schemas import to_plain
from backoffice.core.users import attempts
from backoffice.core.users.identity import Identity, criteria, matching, may, permitted_fields, reach
from backoffice.hookspecs import SIGNED_IN, Field, Report, Resource, Table, messages

from . import approvals, keys, verbs
from .described import custom_fields, input_fields, title_of
from .input import load, load_with
from .queries import LARGEST, Page, Question, answer
from .references import Known, References, restore
from .transactions import transact
from .verbs import Verb

if TYPE_CHECKING:
    from .backoffice import Backoffice
    from .documents import Rendered

_ = messages("backoffice")
T = TypeVar("T")
DO_LATER: Final = "worker.do"
"""The job that does a verb in the background."""
Show = Callable[[Session, Any], Any]
"""Makes the answer of a result, as plain JSON values, before the transaction ends."""


def _own(verb: Verb, many: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return inputs whose parts belong to the work: free JSON is handed on as it was given, so it is copied."""
    free = any(field.kind == "data" and not field.fields for field in verb.fields)
    return [restore(values) for values in many] if free else many


class Desk:
    """The office as one person sees it."""

    def __init__(self, office: Backoffice, identity: Identity, context: Context) -> None:
        self.office = office
        self.user = identity
        self.context = context
        self._open: Session | None = None
        self._snapshot: ReadingSession | None = None

    @property
    def language(self) -> str:
        """The language answers are given in."""
        return self.context.language

    def at_company(self, company_id: int | None) -> Desk:
        """Return the same person's desk in another of their companies."""
        if company_id is not None and self.user.companies is not None and company_id not in self.user.companies:
            raise NotFound(_("There is no such company."), remedy=_("Choose one of your companies."))
        zone = self.office.company_zone(self.user.organization_id, company_id)
        return Desk(self.office, self.user, replace(self.context, company_id=company_id, zone=zone))

    # -- permissions -------------------------------------------------------------------------------------------

    def may(self, permission: str, record: Any = None, owner: str = "") -> bool:
        """Tell whether this person may do ``permission``, to ``record`` when one is given."""
        if permission == SIGNED_IN:
            return self.user.user_id is not None or self.user.is_system
        granted = may(self.user, permission, record, owner)
        return self.office.hooks.authorize(self.user, permission, record, granted=granted)

    def require(self, permission: str, record: Any = None, owner: str = "") -> None:
        """Raise :class:`Forbidden` unless this person may."""
        if not self.may(permission, record, owner):
            raise Forbidden(
                _("You may not do this."),
                why=_("It needs the permission {permission}.").with_values(permission=permission),
                remedy=_("Ask an administrator to add it to one of your roles."),
            )

    def require_whole(self, permission: str) -> None:
        """Raise :class:`Forbidden` when ``permission`` reaches one's own records alone: a report sums everybody's."""
        if reach(self.user, permission).only_own:
            raise Forbidden(
                _("You may see your own records alone."),
                why=_("A report sums up the records of others."),
                remedy=_("Ask an administrator for a role that reaches them."),
            )

    def within(self, permission: str) -> Context:
        """Return the context in which ``permission`` may work: no wider than what it was granted for.

        Raises :class:`Forbidden` when the company at work is outside of it.
        """
        found = reach(self.user, permission)
        if not matching(self.user, permission):
            return self.context
        company = self.context.company_id
        if found.companies is not None and company is not None and company not in found.companies:
            raise Forbidden(
                _("You may not do this in this company."),
                why=_("It needs the permission {permission}.").with_values(permission=permission),
                remedy=_("Choose another company, or ask an administrator."),
            )
        return replace(self.context, companies=found.companies, branches=found.branches)

    def readable(self, resource: Resource) -> list[str]:
        """Return the names of the fields of ``resource`` this person may read."""
        return [f.name for f in permitted_fields(self.user, fields_of(resource.model).values()) if not f.secret]

    # -- sessions ----------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self, *, fresh: bool = False, context: Context | None = None) -> Iterator[ReadingSession]:
        """Give a session that reads a snapshot; inside :meth:`run` the open session, which sees its own writes.

        Inside another reading of the same context it is the same session: a page is from one moment.
        """
        if self._open is not None:
            self._open.flush()
            yield self._open  # type: ignore[misc]
            return
        within, outer = context or self.context, self._snapshot
        if outer is not None and not fresh and outer.context == within:
            yield outer
            return
        with explained(self.office.database):
            self._snapshot = session = self.office.database.reading(within, self.office.services, fresh=fresh)
            try:
                yield session
            finally:
                self._snapshot = outer
                session.close()

    def run(self, work: Callable[[Session], T], *, action: str = "", context: Context | None = None) -> T:
        """Return ``work(session)`` as one transaction, retried whole; executing inside it joins the transaction."""
        if self._open is not None:
            return work(self._open)

        def joined(session: Session) -> T:
            self._open = session
            session.info["desk"] = self
            try:
                return work(session)
            finally:
                self._open = None

        within = context or self.context
        within = replace(within, action=action) if action else within
        return transact(self.office.database, within, self.office.services, joined)

    # -- doing -------------------------------------------------------------------------------------------------

    def verb(self, name: str) -> Verb:
        """Return the verb ``name`` with all the fields it takes here. Raises :class:`NotFound`."""
        found = verbs.find(self.office.registry, name)
        if found.generated in {"create", "change"} and found.resource is not None:
            custom = self.custom_fields(found.resource)
            fields = input_fields(found.resource, custom, language=self.office.language_of(self.user.organization_id))
            found = found.with_fields(permitted_fields(self.user, fields))
        return found

    def custom_fields(self, resource: Resource) -> list[Field]:
        """Return the fields this company added to ``resource``."""
        if not hasattr(resource.model, "custom"):
            return []
        with self.reading() as session:
            return custom_fields(session, resource.name, self.context.company_id)

    def execute(self, name: str, arguments: Mapping[str, Any] | None = None, /, *, key: str = "", **more: Any) -> Any:
        """Do ``name`` with its arguments in one transaction and return its answer as plain JSON values.

        ``key`` makes it happen once: the same key and arguments give the first answer again. An action that needs a
        second person answers ``{"approval": id, "state": "pending"}``. Raises the errors of :mod:`core.errors`.
        """
        return self.execute_showing(name, {**(arguments or {}), **more}, key=key)

    def execute_showing(
        self, name: str, given: Mapping[str, Any], *, key: str = "", show: Show | None = None
    ) -> Any:  # fmt: skip
        """Do ``name`` as :meth:`execute` does; ``show(session, result)`` makes the answer inside the transaction."""
        verb = self.verb(name)
        self.require(verb.permission)
        loaded = self.load(verb, given)
        hash_ = keys.fingerprint(verb.name, loaded) if key else ""
        within = self.within(verb.permission)
        unused = [loaded]

        def work(session: Session) -> Any:
            # What was read is changed by the work; when the transaction is tried again it is read once more.
            values = unused.pop() if unused else self.load(verb, given)
            return self._perform(session, verb, given, _own(verb, [values])[0], show=show)

        try:
            return self._keyed(verb, key, hash_, work, within)
        except InvalidInput as error:
            self._note_failed_proof(error)
            raise

    def _note_failed_proof(self, error: InvalidInput) -> None:
        """Count a wrong password that an action was given: what the action wrote itself is undone with it."""
        user_id = error.details.pop("failed_proof", None)
        if user_id is not None and self._open is None:
            attempts.note_failure(
                self.office.database, user_id, way="password", clock=self.office.clock, channel=self.context.channel
            )

    def queue(self, name: str, given: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """Ask for ``name`` to be done in the background and return ``{"job": id, "state": "waiting"}``.

        Permission and arguments are checked now, and everything again when it runs; a key counts as in :meth:`execute`.
        """
        verb = self.verb(name)
        self.require(verb.permission)
        self.within(verb.permission)
        loaded = self.load(verb, given)
        hash_ = keys.fingerprint(verb.name, loaded) if key else ""

        def work(session: Session) -> Any:
            job = session.enqueue(DO_LATER, {"verb": name, "arguments": to_plain(given)})
            return {"job": job.id, "state": job.state}

        found: dict[str, Any] = self._keyed(verb, key, hash_, work, self.context)
        return found

    def _keyed(self, verb: Verb, key: str, hash_: str, do: Callable[[Session], Any], within: Context) -> Any:
        """Return ``do(session)`` as one transaction, or what it answered first under ``key``."""

        def work(session: Session) -> Any:
            if key and (answers := keys.first_answers(session, {key: hash_})):
                return answers[key]
            answer_ = do(session)
            if key:
                keys.remember(session, verb.name, {key: (hash_, answer_)})
            return answer_

        return self._once(key, lambda: self.run(work, action=verb.name, context=within))

    def _once(self, key: str, do: Callable[[], T]) -> T:
        """Do it again when it failed with a key: another request with the same key may have been first.

        Then what failed, at whichever constraint or rule the two met, is answered by what the other one did.
        """
        try:
            return do()
        except BackofficeError as error:
            if key and error.status < 500 and self._open is None:
                return do()
            raise

    def load(self, verb: Verb, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``given`` read by the schema of ``verb``; raise :class:`InvalidInput` with every mistake."""
        if verb.schema is None:
            return load(verb.name, verb.fields, given, partial=verb.partial)
        own = {name: given[name] for name in ("id", "version") if verb.on_record and name in given}
        rest = {name: value for name, value in given.items() if name not in own}
        return {**(load(verb.name, verb.fields[:2], own) if verb.on_record else {}), **load_with(verb.schema, rest)}

    def perform(self, session: Session, name: str, given: Mapping[str, Any]) -> Any:
        """Do ``name`` inside the open transaction without asking for its permission or approval again."""
        verb = self.verb(name)
        return self._perform(session, verb, given, self.load(verb, given), asked=True)

    def apply(
        self, session: Session, verb: Verb, given: Mapping[str, Any], values: dict[str, Any], known: Known | None = None
    ) -> Any:
        """Do ``verb`` inside the open transaction with ``values`` that :meth:`load` made of ``given``.

        ``known`` remembers references from one call to the next, for many records in a row.
        """
        self.require(verb.permission)
        return self._perform(session, verb, given, values, known=known)

    def _perform(
        self, session: Session, verb: Verb, given: Mapping[str, Any], values: dict[str, Any], *, asked: bool = False,
        known: Known | None = None, show: Show | None = None,
    ) -> Any:  # fmt: skip
        references = References(session, self.office.registry.models.values(), known)
        references.collect(verb.fields, values)
        references.resolve()
        record = self._record(session, verb, values, asked)
        if not asked and approvals.needed(session, verb, values):
            return to_plain(approvals.ask(session, verb, given, record))
        result = verb.run(session, record, values)
        session.settle()
        if verb.generated == "create" and result is not None and not asked:
            self.require(verb.permission, result, verb.resource.owner if verb.resource else "")
        return self.plain(result) if show is None else show(session, result)

    def _record(self, session: Session, verb: Verb, values: dict[str, Any], asked: bool) -> Any:
        if not verb.on_record or verb.resource is None:
            return None
        id_ = values.pop("id")
        record = self._lookup(session, verb.resource, id_) if asked else None
        record = record or self.find(session, verb.resource, id_, verb.permission)
        version = values.pop("version", None)
        if version is not None and getattr(record, "version", version) != version:
            raise stale()
        return record

    def plain(self, result: Any) -> Any:
        """Return what an action gave as plain JSON values."""
        return to_plain(result() if callable(result) else result)

    def execute_many(
        self, name: str, many: Iterable[Mapping[str, Any]], *, per_transaction: int = 100, keys_: Sequence[str] = ()
    ) -> list[Any]:
        """Do ``name`` for each of ``many``, so many in a transaction, through the vectorised form where there is one.

        ``keys_`` are the idempotency keys in the same order: what was done before is not done again. A failure leaves
        the transactions before it committed, and says how many.
        """
        verb = self.verb(name)
        self.require(verb.permission)
        answers: list[Any] = []
        items = list(many)
        for start in range(0, len(items), per_transaction):
            chunk = items[start : start + per_transaction]
            some = list(keys_[start : start + per_transaction])
            try:
                answers += self._execute_chunk(verb, chunk, some)
            except BackofficeError as error:
                error.details.setdefault("done", len(answers))
                raise
        return answers

    def _execute_chunk(self, verb: Verb, chunk: list[Mapping[str, Any]], some_keys: list[str]) -> list[Any]:
        loaded = [self._load_nth(verb, given, n) for n, given in enumerate(chunk)]
        asked = keys.Asked.of(verb.name, some_keys, loaded)
        within = self.within(verb.permission)
        unused = [loaded]

        def work(session: Session) -> list[Any]:
            # As in execute_showing: a transaction that is tried again reads its input again.
            values = unused.pop() if unused else [self._load_nth(verb, given, n) for n, given in enumerate(chunk)]
            before = keys.first_answers(session, asked.hashes)
            todo = asked.not_in(before, len(chunk))
            done = self._perform_many(session, verb, [chunk[n] for n in todo], _own(verb, [values[n] for n in todo]))
            fresh = dict(zip(todo, done, strict=True))
            keys.remember(session, verb.name, asked.remembered(fresh))
            return [asked.answer(n, fresh, before) for n in range(len(chunk))]

        return self._once(next(filter(None, some_keys), ""), lambda: self.run(work, action=verb.name, context=within))

    def _load_nth(self, verb: Verb, given: Mapping[str, Any], n: int) -> dict[str, Any]:
        try:
            return self.load(verb, given)
        except InvalidInput as error:
            error.details["index"] = n
            raise

    def _perform_many(
        self, session: Session, verb: Verb, given: list[Mapping[str, Any]], values: list[dict[str, Any]]
    ) -> list[Any]:
        if verb.many is None or verb.approval is not None or verb.on_record:
            both = zip(given, values, strict=True)
            return [self._perform_nth(session, verb, one, loaded, n) for n, (one, loaded) in enumerate(both)]
        references = References(session, self.office.registry.models.values())
        for one in values:
            references.collect(verb.fields, one)
        references.resolve()
        results = verb.many(session, values)
        session.settle()
        return [self.plain(result) for result in results]

    def _perform_nth(
        self, session: Session, verb: Verb, given: Mapping[str, Any], values: dict[str, Any], n: int
    ) -> Any:
        try:
            return self._perform(session, verb, given, values)
        except BackofficeError as error:
            error.details["index"] = n
            raise

    # -- asking ------------------------------------------------------------------------------------------------

    def report(self, name: str, parameters: Mapping[str, Any] | None = None, /, **more: Any) -> Table:
        """Return the answer of the report ``name``; its rows are a list."""
        report: Report = self.office.registry.get("reports", name)
        permission = report.permission or report.name
        self.require(permission)
        self.require_whole(permission)
        values = load(report.name, report.fields, {**(parameters or {}), **more})
        with self.reading(context=self.within(permission)) as session:
            references = References(session, self.office.registry.models.values())
            references.collect(report.fields, values)
            references.resolve_with_next()
            table: Table = resolve_function(report.run)(session, **values)
            rows = list(table.rows)
            session.catch_up()
            return replace(table, rows=rows)

    def document(self, name: str, record_id: int | str, language: str | None = None) -> Rendered:
        """Return the document ``name`` of a record as a page, by default in the language the document chooses."""
        return self.office.documents.render(self, name, record_id, language)

    def resource(self, name: str) -> Resource:
        """Return the resource ``name``; raise :class:`NotFound` or, when it may not be read, :class:`Forbidden`."""
        found: Resource = self.office.registry.get("resources", name)
        self.require(f"{found.name}.read")
        return found

    def list(
        self, name: str, /, question: Question | None = None, *, only: Sequence[str] = (), **filters: Any
    ) -> Page:  # fmt: skip
        """Return a page of the records of the resource ``name`` that this person may see.

        ``only`` names the fields that will be shown; rows then hold those alone, see :func:`.queries.answer`.
        """
        resource = self.resource(name)
        asked = question or Question(filters=filters)
        with self.reading() as session:
            rule = self.rule(resource, "read")
            readable = self.readable(resource)
            return answer(session, resource, asked, [] if rule is None else [rule], readable=readable, only=only)

    def rule(self, resource: Resource, verb: str) -> Any:
        """Return the condition that keeps a list inside what this person may see, or ``None`` for all."""
        return criteria(self.user, f"{resource.name}.{verb}", resource.model, resource.owner)

    def get(self, name: str, id_or_key: int | str) -> Any:
        """Return one record of the resource ``name`` by id or natural key."""
        resource = self.resource(name)
        with self.reading() as session:
            return self.find(session, resource, id_or_key, f"{resource.name}.read")

    def find(self, session: Session, resource: Resource, id_or_key: int | str, permission: str) -> Any:
        """Return a record through ``session`` if this person may do ``permission`` to it.

        Raises :class:`NotFound` alike for what does not exist, belongs to others or may not even be read, so that
        numbers tell nothing; :class:`Forbidden` for what may be read but not this.
        """
        record = self._lookup(session, resource, id_or_key)
        read = f"{resource.name}.read"
        if record is None or not (
            self.may(read, record, resource.owner) or self.may(permission, record, resource.owner)
        ):
            raise NotFound(
                _("There is no {noun} {id}.").with_values(noun=resource.label or resource.name, id=str(id_or_key)),
                remedy=_("Look for it in the list."),
            )
        if permission != read:
            self.require(permission, record, resource.owner)
        return record

    def _lookup(self, session: Session, resource: Resource, id_or_key: int | str) -> Any:
        model = resource.model
        statement = sa.select(model)
        if isinstance(id_or_key, int) or (not model.__key__ and str(id_or_key).isascii() and str(id_or_key).isdigit()):
            return self._numbered(session, model, int(id_or_key))
        for name in model.__key__[:1]:
            found = session.scalars(statement.where(getattr(model, name) == id_or_key)).unique().all()
            if len(found) == 1:
                return found[0]
        if id_or_key.isascii() and id_or_key.isdigit():
            return self._numbered(session, model, int(id_or_key))
        return None

    @staticmethod
    def _numbered(session: Session, model: Any, id: int) -> Any:
        """Return the record with a number, ``None`` if there is none, as there is of one that no database can hold."""
        if not 0 < id <= LARGEST:
            return None
        return session.scalars(sa.select(model).where(model.id == id)).unique().one_or_none()

    def titles(self, session: Session, field: Field, ids: Iterable[int]) -> dict[int, str]:
        """Return what the records that ``field``, a reference, points to are called, by id, in one query."""
        wanted = sorted({id_ for id_ in ids if id_ is not None})
        if not wanted:
            return {}
        from .references import model_of

        model = model_of(field.target, self.office.registry.models.values())
        records = session.scalars(sa.select(model).where(model.id.in_(wanted))).unique()
        return {record.id: title_of(record, self.language) for record in records}
