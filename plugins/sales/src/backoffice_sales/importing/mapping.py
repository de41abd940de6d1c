"""How a file of orders is read, kept as data: columns, kinds of documents, codes that are no goods."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from backoffice_sales.models import FileMapping

from backoffice.core.api import InvalidInput, NotFound, Session
from backoffice.hookspecs import messages

_ = messages("sales")

COLUMNS = ("document", "item", "quantity", "price", "date")
"""Columns a file must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A mapping as plain values."""

    source: str
    """What orders made with it bear as their source."""
    columns: Mapping[str, str]
    """Of ``document``, ``item``, ``description``, ``quantity``, ``date``, ``price``, ``customer``, ``country``: the
    heads of the file's columns."""
    currency: str = ""
    return_prefix: str = ""
    """Documents that begin with it take goods back; their quantities are negative."""
    document_purposes: Mapping[str, str] = field(default_factory=dict)
    """What a document is for that begins so."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    """Items that are no goods, and what they are for."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """The same for items that begin so."""
    fold_items: bool = False
    """Items that differ in case alone are the same product."""
    make_items: bool = True
    no_customer: str = "no-customer"
    """Code of the customer that stands for those a file does not name."""
    no_customer_name: str = "Customers without an account"
    no_customer_name_ar: str = "عملاء بلا حساب"
    customer_name: str = "Customer {code}"
    customer_name_ar: str = "العميل {code}"
    countries: Mapping[str, str] = field(default_factory=dict)
    """The file's names of countries → ISO codes; left out, the file has codes."""
    taxes: str = ""
    """Codes of taxes every line bears; empty for none."""
    moves_goods: bool = False
    """Let goods move in stock; history is usually brought in without."""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Rules:
        """Return the rules that ``said`` describes. Raises :class:`~backoffice.core.api.InvalidInput`."""
        # A form takes lines of text for a list, which says nothing here.
        said = said if isinstance(said, Mapping) else {}
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(said) - known)
        missing = [name for name in COLUMNS if name not in (said.get("columns") or {})]
        if unknown or missing or not said.get("source"):
            wrong = [*unknown, *(f"columns.{name}" for name in missing), *([] if said.get("source") else ["source"])]
            raise InvalidInput(
                _("This mapping cannot be used: {names}.").with_values(names=", ".join(wrong)),
                remedy=_("Name the source and the columns of document, item, quantity, price and date."),
                fields={"rules": wrong},
            )
        return cls(**said)

    def purpose(self, item: str, document: str) -> str | None:
        """Return what a line is for, or ``None`` for goods.

        >>> Rules(source="x", columns={}, purposes={"POST": "carriage"}).purpose("POST", "1")
        'carriage'
        """
        for prefix, purpose in self.document_purposes.items():
            if document.startswith(prefix):
                return purpose
        if item in self.purposes:
            return self.purposes[item]
        return next((purpose for prefix, purpose in self.prefixes.items() if item.startswith(prefix)), None)

    def product_code(self, item: str) -> str:
        """Return the code of the product an item stands for."""
        return item.upper() if self.fold_items else item


def before_save(session: Session, mapping: FileMapping, values: Mapping[str, Any]) -> None:
    """Refuse rules that could not be used."""
    Rules.read(mapping.rules or {})


def ready_made() -> dict[str, Rules]:
    """Return the mappings that come with the plugin, by code."""
    found = {}
    for one in files("backoffice_sales.importing").iterdir():
        if one.name.endswith(".json"):
            found[one.name.removesuffix(".json")] = Rules.read(json.loads(one.read_text(encoding="utf-8")))
    return found


def rules_of(session: Session, code: str) -> Rules:
    """Return the rules of a mapping, the organisation's own or one that comes with the plugin.

    Raises :class:`~backoffice.core.api.NotFound` when there is none.
    """
    own = session.scalars(sa.select(FileMapping).where(FileMapping.code == code)).one_or_none()
    if own is not None:
        return Rules.read(own.rules)
    found = ready_made().get(code)
    if found is None:
        raise NotFound(
            _("There is no mapping {code}.").with_values(code=code),
            remedy=_("Add one, or take one of {names}.").with_values(names=", ".join(sorted(ready_made()))),
        )
    return found
