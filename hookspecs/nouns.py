"""The seven nouns a plugin contributes, each a frozen record the core turns into every interface.

Models are SQLAlchemy classes and are handed over as a declarative base; the other six are declared here. Where a
function is asked for, a dotted reference ``"package.module:name"`` is taken as well and imported at first use, so
that ``plugin.py`` stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from typing import Any, Literal

from .labels import Label

Function = Callable[..., Any] | str
"""A function, or ``"package.module:name"`` imported when first called."""

Kind = Literal[
    "text", "long_text", "integer", "boolean", "date", "instant", "money", "quantity", "rate", "percent",
    "choice", "ref", "email", "phone", "data", "code", "file",
]  # fmt: skip
"""What a value is; every interface draws, reads and writes it accordingly."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field described once: forms, schemas, lists, imports and documents all read this.

    On a model it is written by the helpers of ``backoffice.core.api`` (``text()``, ``money()`` …) and read back with
    ``fields_of(Model)``; an action or report lists its arguments with it.
    """

    name: str
    kind: Kind = "text"
    _: KW_ONLY
    label: str = ""
    help: str = ""
    required: bool = False
    default: Any = None
    length: int | None = None
    """Longest text in characters."""
    places: int | None = None
    """Most decimals accepted; for money ``None`` means those of the currency."""
    minimum: Any = None
    maximum: Any = None
    choices: Mapping[str, str] = field(default_factory=dict)
    """Stored value → label, for ``choice``."""
    target: Any = None
    """The mapped class a ``ref`` points to, or ``"plugin.resource"``."""
    many: bool = False
    """A list of such values."""
    fields: tuple[Field, ...] = ()
    """Fields of a nested line when ``kind`` is ``data`` and ``many`` is set."""
    searchable: bool = False
    translatable: bool = False
    personal: bool = False
    """Tells something about a person: exported and erased with them, kept out of event payloads."""
    secret: bool = False
    """Never shown, exported or audited."""
    read_only: bool = False
    permission: str | None = None
    """Asked in addition before the field is read or written."""
    hint: str = ""
    """How it is shown: ``"currency:field"`` names the field that holds the currency of an amount, ``"person"`` says
    that a whole number is the id of a user, ``"internal"`` that no page shows it."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Records that live inside another and are edited with it, such as the lines of a journal entry."""

    relation: str
    """Name of the relationship on the parent model."""
    columns: tuple[str, ...] = ()
    _: KW_ONLY
    label: str = ""
    minimum: int = 0
    totals: tuple[str, ...] = ()
    """Columns summed under the lines."""
    permission: str | None = None
    """Asked in addition before the lines are read or written."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A model people may see: a list, a form and a record in the console, REST, CLI, import and export.

    Permissions follow from the name: ``<name>.read``, ``.create``, ``.change`` and ``.delete``.
    """

    name: str
    """``plugin.noun`` in the singular, such as ``accounting.account``."""
    model: Any
    _: KW_ONLY
    columns: tuple[str, ...] = ()
    """Fields shown in lists, in order; the first links to the record."""
    label: str = ""
    plural: str = ""
    description: str = ""
    """One sentence that says what belongs here; shown on the empty page."""
    schema: type | None = None
    """A marshmallow schema that replaces the derived one."""
    form: tuple[str, ...] = ()
    """Fields of the form in order; by default every field that can be written."""
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    """Fields a list may be ordered by; each needs an index that starts with the organisation."""
    order: str = ""
    """Default order, a field name, ``-`` in front for descending; by default the newest first."""
    lines: tuple[Lines, ...] = ()
    operations: frozenset[str] = frozenset({"create", "change", "delete"})
    editable_when: tuple[str, str] | None = None
    """``("state", "draft")``: change and delete are offered and accepted only while the field has this value."""
    currency: str = ""
    """Name of the field or property that holds the currency of the record's amounts."""
    owner: str = ""
    """Field that names the person a record belongs to, for the record rule *own*: a user's or a party's id."""
    menu: str = ""
    """Section of the navigation: ``sales``, ``purchases``, ``bank``, ``finance``, ``stock``, ``people``, ``reports``,
    ``settings``; empty keeps it out."""
    menu_group: str = ""
    """Heading under which it stands in its section, a label; by default what its plugin is called."""
    badge: str = ""
    """A choice field shown as the record's state."""
    before_save: Function | None = None
    """``before_save(session, record, values)`` runs before the record is flushed, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person must agree before the action runs.

    ``always`` holds for everyone; otherwise a company switches it on in its settings. ``amount`` names the argument
    compared with the company's limit.
    """

    always: bool = False
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A verb: one transaction, audited, permitted, idempotent by key, on every interface."""

    name: str
    """``plugin.verb_noun``, also the permission's name unless ``permission`` says otherwise."""
    run: Function
    """``run(session, **arguments)``; with ``resource`` set, ``run(session, record, **arguments)``."""
    _: KW_ONLY
    label: str = ""
    help: str = ""
    fields: tuple[Field, ...] = ()
    schema: type | None = None
    """A marshmallow schema, when ``fields`` cannot say it."""
    permission: str = ""
    resource: str = ""
    """The resource whose records carry this action as a button."""
    when: tuple[str, tuple[str, ...]] | None = None
    """``("state", ("draft",))``: the button is shown while the field has one of these values."""
    begins: Function | None = None
    """``begins(session, record) -> dict``: what its form holds when it is opened; by default the fields' defaults.

    Such a form does not hold to the version of the record: a field may say what it was made from, and the action see to
    what others changed meanwhile.
    """
    approval: Approval | None = None
    many: Function | None = None
    """Vectorised form, ``many(session, list_of_arguments) -> list``: same meaning, fewer statements."""
    destructive: bool = False
    confirm: str = ""
    """Said before it runs: what it will touch."""
    as_job: bool = False
    """Interfaces queue it and show its progress instead of waiting."""
    icon: str = ""
    menu: str = ""
    """Section on whose page an action without a record is offered; by default the one with most of its plugin's
    lists."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report."""

    name: str
    label: str
    kind: Kind | Literal["price"] = "text"
    """What its cells hold; ``price`` is what one unit costs, with at least the decimals of the currency, and
    ``long_text`` goes on in further lines."""
    _: KW_ONLY
    total: bool = False
    currency: str = ""
    """ISO code shared by the column, shown once in its head."""


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which makes each of thousands of rows thrice as slow
class Link:
    """Where a figure comes from: a record, or another report with its parameters. It stays as it was made."""

    resource: str = ""
    id: int | None = None
    report: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which makes each of thousands of rows thrice as slow
class Row:
    """A row of a report: cells in the order of the columns. It stays as it was made."""

    cells: tuple[Any, ...]
    _: KW_ONLY
    link: Link | None = None
    level: int = 0
    style: Literal["", "head", "total"] = ""


@dataclass(frozen=True, slots=True)
class TableChart:
    """A chart of columns of the same table, so that the two cannot disagree."""

    kind: Literal["bar", "line"] = "bar"
    x: str = ""
    y: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A report's answer."""

    columns: Sequence[Column]
    rows: Iterable[Row]
    _: KW_ONLY
    title: str = ""
    subtitle: str = ""
    totals: tuple[Any, ...] = ()
    """Cells of the total row; empty sums the columns marked ``total``."""
    chart: TableChart | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A question with typed parameters, answered by a table."""

    name: str
    run: Function
    """``run(session, **parameters) -> Table``; the session reads a snapshot and cannot write."""
    _: KW_ONLY
    label: str = ""
    description: str = ""
    fields: tuple[Field, ...] = ()
    permission: str = ""
    menu: str = "reports"
    """Section of the navigation; its plugin's own section shows it on its page as well."""
    menu_group: str = ""
    """Heading under which it stands in its section, a label; by default what its plugin is called."""


@dataclass(frozen=True, slots=True)
class Document:
    """A record as a page to hand out."""

    name: str
    resource: str
    template: str
    """Jinja template below ``templates/<plugin>/``, ending in ``.html``."""
    context: Function
    """``context(session, record) -> dict`` of plain values and labels; templates see nothing else."""
    _: KW_ONLY
    label: str = ""
    permission: str = ""
    """By default the resource's ``read``."""
    filename: Function | None = None
    """``filename(record) -> str`` without extension."""
    language: Function | None = None
    """``language(session, record) -> str``; by default the company's language."""
    when: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work done later or on a schedule, with retries, progress and a page."""

    name: str
    run: Function
    """``run(job, **arguments)``: ``job.office`` executes and reports, ``job.progress(done, total)`` tells how far."""
    _: KW_ONLY
    label: str = ""
    fields: tuple[Field, ...] = ()
    every: timedelta | None = None
    scope: Literal["company", "system"] = "company"
    attempts: int = 5
    timeout: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a name, a version and the facts it carries."""

    name: str
    version: int = 1
    _: KW_ONLY
    fields: tuple[Field, ...] = ()
    label: str = ""
    upcast: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    """Old version → function that makes the payload of the next version."""


@dataclass(frozen=True, slots=True)
class On:
    """A listener: ``On("sales.order_shipped", post_cost)`` joins the transaction; ``later=True`` runs after commit.

    A listener is called as ``handler(session, event)``. A later one runs at least once, and its effect commits
    together with its delivery mark.
    """

    event: str
    handler: Function
    _: KW_ONLY
    later: bool = False
    name: str = ""
    """Stable name of the listener, by default the handler's; deliveries are remembered under it."""


__all__ = [
    "Action",
    "Approval",
    "Column",
    "Document",
    "Event",
    "Field",
    "Function",
    "Job",
    "Kind",
    "Label",
    "Lines",
    "Link",
    "On",
    "Report",
    "Resource",
    "Row",
    "Table",
    "TableChart",
]
