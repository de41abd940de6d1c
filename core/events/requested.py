"""What any plugin says when something belongs in the books, without knowing who keeps them.

A request is an event of the core: stored with the business document in its transaction, answered in the same one by
whichever plugin keeps the books, and there to be replayed when that plugin is installed later. Amounts go to
*purposes*, never to accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

from backoffice.core.errors import InvalidInput, ProgrammingError
from backoffice.core.money import check_places
from backoffice.core.persistence import Session
from backoffice.hookspecs import Event, Field, messages

_ = messages("backoffice")

POSTING: Final = "core.posting_requested"
INVOICE: Final = "core.invoice_requested"

Day = date
"""The type of a date, for fields beside one that is called ``date``."""

INVOICE_KINDS: Final = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "bill": _("Supplier's bill"),
    "bill_credit": _("Supplier's credit note"),
}

InvoiceKind = Literal["invoice", "credit_note", "bill", "bill_credit"]


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount for the books: what it is for, and how much, debit above zero."""

    purpose: str
    amount: Decimal
    party_id: int | None = None
    category: str | None = None
    """A narrower word for what it is for, such as a category of products; a more specific account may be set for it."""
    match: str | None = None
    """Open items of one party with the same match settle each other."""
    tax: str | None = None
    due_date: date | None = None
    text: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """Codes of dimensions and of their values, such as ``{"branch": "RUH"}``."""


@dataclass(frozen=True, slots=True)
class PostingRequest:
    """Amounts that belong in the books together; the same ``source``, ``key`` and ``purpose`` are booked once."""

    source: str
    """The plugin that asks."""
    key: str
    """Its document, such as a number."""
    purpose: str
    """Which of the document's entries it is, such as ``shipment``."""
    date: date
    currency: str
    """What ``amounts`` are in; books in another currency convert them."""
    amounts: tuple[Amount, ...]
    description: str = ""
    reference: str | None = None
    journal: str = "general"
    """The kind of journal: sale, purchase, bank, cash, general."""
    rate: Decimal | None = None
    """What one unit of ``currency`` costs in the books; left out, the rate of the day."""


@dataclass(frozen=True, slots=True)
class InvoiceRequestLine:
    """A line of an invoice: so much of something, and what it comes to."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    item: str | None = None
    unit: str | None = None
    amount: Decimal | None = None
    """Net of tax, after discounts, where it is settled already; checked, never recomputed silently."""
    discount: Decimal | None = None
    """In percent."""
    taxes: tuple[str, ...] = ()
    """Codes of the plugin taxes."""
    inclusive: bool = False
    """The price bears its taxes."""
    purpose: str = "revenue"
    category: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """A document for whoever keeps the books to issue (invoices, credit notes) or to record (those of suppliers)."""

    source: str
    key: str
    kind: InvoiceKind
    party_id: int
    date: date
    currency: str
    lines: tuple[InvoiceRequestLine, ...]
    total: Decimal
    """With taxes; a document that comes to another total is not issued."""
    tax_total: Decimal = Decimal(0)
    rounding: str | None = None
    """How it was computed, as :meth:`backoffice_taxes.api.Rounding.written` says."""
    reference: str | None = None
    supply_date: Day | None = None
    due_date: Day | None = None
    terms: str | None = None
    match: str | None = None
    corrects: str | None = None
    """The key of the document a credit note takes back, in whole or in part."""
    rate: Decimal | None = None
    notes: str | None = None


def request_posting(session: Session, request: PostingRequest, *, subject: Any = None) -> None:
    """Ask for one entry; see :func:`request_postings`."""
    request_postings(session, [(request, subject)])


def request_postings(session: Session, requests: Iterable[tuple[PostingRequest, Any]]) -> None:
    """Ask for entries in this transaction; each comes with the record it is about, or ``None``.

    Whoever keeps the books posts them now, or keeps them on a work list until it can; nothing is lost when nobody
    keeps books. Raises :class:`~backoffice.core.api.ProgrammingError` when the amounts of one do not balance or have
    more places than their currency.
    """
    session.emit_all(said_of_postings(requests))


def said_of_postings(requests: Iterable[tuple[PostingRequest, Any]]) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return what :func:`request_postings` says, for :meth:`Session.emit_all` to say it together with something else.

    Raises :class:`~backoffice.core.api.ProgrammingError` as that does.
    """
    said = []
    for request, subject in requests:
        _check_amounts(request)
        said.append((POSTING, subject, _facts(request)))
    return said


def request_invoice(session: Session, request: InvoiceRequest, *, subject: Any = None) -> None:
    """Ask for one document; see :func:`request_invoices`."""
    request_invoices(session, [(request, subject)])


def request_invoices(session: Session, requests: Iterable[tuple[InvoiceRequest, Any]]) -> None:
    """Ask for invoices in this transaction; each comes with the record it is about, or ``None``.

    The answer is the event ``accounting.invoice_posted`` with the same source and key, at once or when whoever keeps
    the books can. Raises :class:`~backoffice.core.api.ProgrammingError` for a request without lines.
    """
    said = []
    for request, subject in requests:
        if not request.lines:
            raise ProgrammingError(_("An invoice was asked for without a line."))
        said.append((subject, _facts(request)))
    session.emit_many(INVOICE, said, ids=False)


def posting_request(facts: Mapping[str, Any]) -> PostingRequest:
    """Return the request that the facts of ``core.posting_requested`` hold."""
    amounts = tuple(Amount(**_known(one, Amount)) for one in facts["amounts"])
    return PostingRequest(**{**_known(facts, PostingRequest), "amounts": amounts})


def invoice_request(facts: Mapping[str, Any]) -> InvoiceRequest:
    """Return the request that the facts of ``core.invoice_requested`` hold."""
    lines = tuple(
        InvoiceRequestLine(**{**_known(one, InvoiceRequestLine), "taxes": tuple(one["taxes"] or ())})
        for one in facts["lines"]
    )
    return InvoiceRequest(**{**_known(facts, InvoiceRequest), "lines": lines})


def _check_amounts(request: PostingRequest) -> None:
    total = sum((one.amount for one in request.amounts), Decimal(0))
    if not request.amounts or total:
        raise ProgrammingError(
            _("The amounts {source} asks to post for {key} differ by {total}.").with_values(
                source=request.source, key=request.key, total=format(total, "f")
            ),
            remedy=_("Debit is above zero, credit below; together they are zero."),
        )
    try:
        for one in request.amounts:
            check_places(one.amount, request.currency)
    except InvalidInput as error:
        raise ProgrammingError(error.what, why=error.why, remedy=error.remedy) from error


def _facts(request: PostingRequest | InvoiceRequest) -> dict[str, Any]:
    facts = _plain(request)
    parts = "amounts" if isinstance(request, PostingRequest) else "lines"
    facts[parts] = [_plain(part) for part in facts[parts]]
    return facts


def _plain(shape: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as they are; copying them deeply would take longer than storing them."""
    kind: Any = type(shape)
    return {name: getattr(shape, name) for name in _names(kind)}


@cache
def _names(shape: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(shape))


def _known(facts: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    """Return what of ``facts`` the dataclass ``shape`` has a place for; what is not there keeps its default."""
    return {name: facts[name] for name in (f.name for f in fields(shape)) if facts.get(name) is not None}


_COMMON: Final = (
    Field("source", "code", label=_("Plugin that asks"), required=True),
    Field("key", "code", label=_("Key there"), required=True),
    Field("date", "date", label=_("Date"), required=True),
    Field("currency", "code", label=_("Currency"), required=True),
    Field("reference", "code", label=_("Reference")),
    Field("rate", "rate", label=_("Rate")),
)

_AMOUNT: Final = (
    Field("purpose", "code", label=_("Purpose"), required=True),
    Field("amount", "money", label=_("Amount"), required=True),
    Field("party_id", "integer", label=_("Party")),
    Field("category", "code", label=_("Category")),
    Field("match", "code", label=_("Settled with")),
    Field("tax", "code", label=_("Tax")),
    Field("due_date", "date", label=_("Due")),
    Field("text", "text", label=_("Text")),
    Field("dimensions", "data", label=_("Dimensions")),
)

_LINE: Final = (
    Field("description", "text", label=_("Description"), required=True),
    Field("quantity", "quantity", label=_("Quantity"), required=True),
    Field("unit_price", "quantity", label=_("Unit price"), required=True),
    Field("item", "code", label=_("Item")),
    Field("unit", "code", label=_("Unit")),
    Field("amount", "money", label=_("Amount")),
    Field("discount", "percent", label=_("Discount")),
    Field("taxes", "code", many=True, label=_("Taxes")),
    Field("inclusive", "boolean", label=_("Taxes in the price"), default=False),
    Field("purpose", "code", label=_("Purpose"), required=True),
    Field("category", "code", label=_("Category")),
    Field("dimensions", "data", label=_("Dimensions")),
)

EVENTS: Final = (
    Event(
        POSTING,
        label=_("Posting asked for"),
        fields=(
            *_COMMON,
            Field("purpose", "code", label=_("Purpose"), required=True),
            Field("journal", "code", label=_("Kind of journal"), required=True),
            Field("description", "text", label=_("Description"), default=""),
            Field("amounts", "data", many=True, fields=_AMOUNT, label=_("Amounts"), required=True),
        ),
    ),
    Event(
        INVOICE,
        label=_("Invoice asked for"),
        fields=(
            *_COMMON,
            Field("kind", "choice", choices=INVOICE_KINDS, label=_("Kind"), required=True),
            Field("party_id", "integer", label=_("Party"), required=True),
            Field("total", "money", label=_("Total"), required=True),
            Field("tax_total", "money", label=_("Taxes"), required=True),
            Field("rounding", "code", label=_("Rounding")),
            Field("supply_date", "date", label=_("Date of supply")),
            Field("due_date", "date", label=_("Due")),
            Field("terms", "code", label=_("Terms")),
            Field("match", "code", label=_("Settled with")),
            Field("corrects", "code", label=_("Corrects")),
            Field("notes", "text", label=_("Notes"), personal=True),
            Field("lines", "data", many=True, fields=_LINE, label=_("Lines"), required=True),
        ),
    ),
)
