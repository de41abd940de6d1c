"""What every table shares: identity, organisation, version and timestamps; and constraints said in one line.

Nothing here is called by interfaces. Plugin authors write ``class Vehicle(Record, Base)`` and fields; the table's
composite keys, the folded search text, translations and the guards in the database follow from that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column, registry, relationship
from sqlalchemy.schema import SchemaItem

from backoffice.core.errors import ProgrammingError
from backoffice.hookspecs import messages

from .fields import INFO, REF, UNCHECKED, ref
from .types import Id, Instant, Json

_ = messages("backoffice")

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_uq",
    "ck": "%(table_name)s_%(constraint_name)s_ck",
    "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    "pk": "%(table_name)s_pk",
}

metadata = sa.MetaData(naming_convention=NAMING)
"""Every table of the core and of the plugins."""

PLUGIN = "backoffice.plugin"


def plugin_base(plugin: str) -> Any:
    """Return the declarative base of the plugin named ``plugin``: its own registry, the shared MetaData.

    Two plugins may then have classes of the same name. Tables of its classes are marked as the plugin's.
    """

    class Base(DeclarativeBase):
        registry = registry(metadata=metadata)
        __plugin__ = plugin

    return Base


CoreBase = plugin_base("core")
"""The base of the core's own tables."""


def _from_context(name: str) -> Any:
    def default(execution: Any) -> Any:
        values = execution.connection.info.get("backoffice.defaults")
        return None if values is None else values[name]

    return default


@dataclass(frozen=True, slots=True)
class Guard:
    """An invariant held by the database itself: statements per dialect, re-created after every migration.

    ``name`` is unique and prefixed by the plugin. Each dialect has a list of statements; the objects they create are
    dropped by name before a migration, so every trigger's or function's name must start with ``name``.
    """

    name: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]


class Shaped:
    """A line in a class body that becomes a part of its table."""

    def parts(self, cls: type) -> Iterator[SchemaItem]:
        """Yield the constraints and indexes for ``cls``."""
        raise NotImplementedError


class UniqueInOrganization(Shaped):
    """No two records of an organisation share these values."""

    def __init__(self, *columns: str, where: str = "") -> None:
        self.columns = columns
        self.where = where
        self.scope: tuple[str, ...] = ("organization_id",)

    def parts(self, cls: type) -> Iterator[SchemaItem]:
        """Yield a unique constraint, or a unique index when only rows ``where`` count."""
        names = (*self.scope, *self.columns)
        if not self.where:
            yield sa.UniqueConstraint(*names)
            return
        table = cls.__table__  # type: ignore[attr-defined]
        condition = sa.text(self.where)
        name = f"{table.name}_{'_'.join(self.columns)}_uq"
        yield sa.Index(
            name, *(table.c[n] for n in names), unique=True, sqlite_where=condition, postgresql_where=condition
        )


class UniqueInCompany(UniqueInOrganization):
    """No two records of a company share these values."""

    def __init__(self, *columns: str, where: str = "") -> None:
        super().__init__(*columns, where=where)
        self.scope = ("organization_id", "company_id")


class Indexed(Shaped):
    """An index that starts with the organisation, for lists sorted or reports filtered by these columns."""

    def __init__(self, *columns: str, where: str = "") -> None:
        self.columns = columns
        self.where = where

    def parts(self, cls: type) -> Iterator[SchemaItem]:
        """Yield the index."""
        table = cls.__table__  # type: ignore[attr-defined]
        condition = sa.text(self.where) if self.where else None
        columns = [table.c[name] for name in ("organization_id", *self.columns)]
        yield sa.Index(
            f"{table.name}_{'_'.join(self.columns)}_ix", *columns, sqlite_where=condition, postgresql_where=condition
        )


class Must(Shaped):
    """A condition every row fulfils, named, checked by the database."""

    def __init__(self, name: str, condition: str) -> None:
        self.name = name
        self.condition = condition

    def parts(self, cls: type) -> Iterator[SchemaItem]:
        """Yield the check constraint."""
        yield sa.CheckConstraint(self.condition, name=self.name)


class Table:
    """What every mapped class of the project shares, scoped to an organisation or not."""

    __tablename__: ClassVar[str]
    __title__: ClassVar[str] = ""
    """The field that names a record where another refers to it."""
    __key__: ClassVar[tuple[str, ...]] = ()
    """Natural key: imports, REST and CLI may refer to a record by it."""
    __audited__: ClassVar[bool] = True
    __audit_exempt__: ClassVar[str] = ""
    """Why the table is not audited; said in the documentation and by ``audit verify``."""
    __part_of__: ClassVar[str] = ""
    """For lines: the column that holds the id of the record they belong to."""
    __referenced__: ClassVar[bool] = True
    """False when no foreign key points here; saves an index."""
    __remembered__: ClassVar[bool] = False
    """Its rows change seldom: prepared reads of such tables are answered from memory until one of them changes."""
    guards: ClassVar[tuple[Guard, ...]] = ()

    def __init_subclass__(cls, **keywords: Any) -> None:
        mapped = issubclass(cls, DeclarativeBase) and "__tablename__" in vars(cls)
        if mapped:
            _prepare(cls)
        super().__init_subclass__(**keywords)
        if mapped:
            _finish(cls)


class Scoped(Table):
    """A table whose rows carry the organisation they belong to; every session sees only its own."""

    organization_id: Mapped[int] = mapped_column(
        Id, default=_from_context("organization"), nullable=False, sort_order=-99
    )


class ItsOwn(Table):
    """A table whose rows are organisations; every session sees only its own."""

    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True, sort_order=-100)


class Row(Scoped):
    """A row that belongs to an organisation: id and organisation, nothing more. The base of lines."""

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """Ids are never used again, so that the audit log of a deleted record stays its own."""
        return {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True, sort_order=-100)


class Record(Row):
    """A record people know: it has a version for optimistic locking, timestamps, and custom fields."""

    version: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=1, sort_order=90)
    created_at: Mapped[datetime] = mapped_column(Instant, default=_from_context("now"), nullable=False, sort_order=91)
    created_by: Mapped[int | None] = mapped_column(Id, default=_from_context("actor"), sort_order=92)
    updated_at: Mapped[datetime] = mapped_column(
        Instant, default=_from_context("now"), onupdate=_from_context("now"), nullable=False, sort_order=93
    )
    custom: Mapped[dict[str, Any] | None] = mapped_column(Json, sort_order=94)

    @declared_attr.directive
    def __mapper_args__(cls) -> Any:  # noqa: N805
        """Updates name the version they were read at; a lost update is refused."""
        return {"version_id_col": cls.version}


class OfCompany:
    """Mixin of records that belong to one company of the organisation."""

    @declared_attr
    def company_id(cls) -> Mapped[int]:  # noqa: N805
        """The company, the session's own unless given."""
        return ref(
            "core_company",
            label=_("Company"),
            default=_from_context("company"),
            nullable=False,
            sort_order=-98,
            read_only=True,
        )


class OfBranch(OfCompany):
    """Mixin of records that belong to a branch of a company."""

    @declared_attr
    def branch_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The branch, the session's own unless given."""
        return ref("core_branch", label=_("Branch"), default=_from_context("branch"), nullable=True, sort_order=-97)


def to_one(column: Any, **keywords: Any) -> Any:
    """Return a relationship to the record that ``column``, made by ``ref``, refers to."""
    return relationship(foreign_keys=[column], **keywords)


def to_many(column: str, **keywords: Any) -> Any:
    """Return a relationship to the lines whose ``column`` (``"JournalLine.entry_id"``) refers to this record."""
    child = column.split(".")[0]
    keywords.setdefault("cascade", "all, delete-orphan")
    keywords.setdefault("order_by", f"{child}.id")
    return relationship(child, foreign_keys=column, **keywords)


def _own_columns(cls: type) -> dict[str, MappedColumn[Any]]:
    return {name: value for name, value in vars(cls).items() if isinstance(value, MappedColumn)}


def _prepare(cls: Any) -> None:
    """Check the table's name and add the columns that follow from the fields, before SQLAlchemy reads the class."""
    if not cls.__tablename__.startswith(f"{cls.__plugin__}_"):
        raise ProgrammingError(
            _("The table {name} cannot be one of {plugin}.").with_values(name=cls.__tablename__, plugin=cls.__plugin__),
            why=_("A plugin's tables begin with its name, so that no two plugins claim the same."),
            remedy=_("Call it {plugin}_{name}.").with_values(plugin=cls.__plugin__, name=cls.__tablename__),
        )
    _check_names(cls)
    described = [(name, c.column.info.get(INFO)) for name, c in _own_columns(cls).items()]
    if any(field and field.searchable for _, field in described):
        cls.search_key = mapped_column(sa.Text, nullable=False, default="", sort_order=95)
    if any(field and field.translatable for _, field in described):
        cls.translations = mapped_column(Json, nullable=True, sort_order=96)


def _check_names(cls: Any) -> None:
    """Refuse a field that would hide one every record has, such as its version: changes could be lost unseen then."""
    taken = {name for base in (Row, Record) if issubclass(cls, base) for name in vars(base)}
    for name in _own_columns(cls):
        if name in taken:
            raise ProgrammingError(
                _("The field {name} of {table} has a name every record uses itself.").with_values(
                    name=name, table=cls.__tablename__
                ),
                remedy=_("Give it another name."),
            )


def _finish(cls: Any) -> None:
    """Add keys, constraints and indexes, after the table exists."""
    table: sa.Table = cls.__table__
    table.info[PLUGIN] = cls.__plugin__
    if isinstance(cls, type) and issubclass(cls, Row) and cls.__referenced__:
        table.append_constraint(sa.UniqueConstraint("organization_id", "id"))
    if issubclass(cls, Row):
        table.append_constraint(sa.ForeignKeyConstraint(["organization_id"], ["core_organization.id"]))
    for column in list(table.columns):
        _add_reference(table, column)
        _add_choices(table, column)
    for value in [v for base in cls.__mro__ for v in vars(base).values() if isinstance(v, Shaped)]:
        for part in value.parts(cls):
            if isinstance(part, sa.Constraint):
                table.append_constraint(part)


def _add_reference(table: sa.Table, column: sa.Column[Any]) -> None:
    target = column.info.get(REF)
    if target is None:
        return
    if target == "core_organization" or "organization_id" not in table.c:
        table.append_constraint(sa.ForeignKeyConstraint([column.name], [f"{target}.id"]))
        return
    table.append_constraint(
        sa.ForeignKeyConstraint(["organization_id", column.name], [f"{target}.organization_id", f"{target}.id"])
    )


def _add_choices(table: sa.Table, column: sa.Column[Any]) -> None:
    field = column.info.get(INFO)
    if field is None or not field.choices or column.info.get(UNCHECKED):
        return
    values = ", ".join("'" + value.replace("'", "''") + "'" for value in field.choices)
    table.append_constraint(sa.CheckConstraint(f"{column.name} IN ({values})", name=column.name))
