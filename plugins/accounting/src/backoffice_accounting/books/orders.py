"""What a person says about a book: the fields of the action, the options of the command, the arguments of the job."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice_accounting.kinds import ACCOUNT_TYPES

from backoffice.core.api import InvalidInput, parse_decimal
from backoffice.core.api import currency as known_currency
from backoffice.hookspecs import messages

from .book import VIRTUAL, Choices
from .loading import Order
from .planning import AccountChoices
from .valuing import is_currency

_ = messages("accounting")


def order_of(values: Mapping[str, Any]) -> Order:
    """Return the order that plain ``values`` describe. Raises :class:`InvalidInput` for what is not understood."""
    choices = Choices(
        format=values.get("format") or "",
        assertions=values.get("assertions") or "refuse",
        automatic={"yes": True, "no": False}.get(values.get("automatic") or ""),
        virtual=values.get("virtual") or "balance",
        virtual_account=values.get("virtual_account") or VIRTUAL,
        decimal_mark=values.get("decimal_mark") or "",
    )
    accounts = AccountChoices(
        known=pairs(values.get("accounts"), "accounts"),
        types=_types(pairs(values.get("types"), "types")),
        other=values.get("other_type") or None,
    )
    return Order(
        choices,
        _symbols(pairs(values.get("commodities"), "commodities")),
        _values(pairs(values.get("values"), "values")),
        accounts,
        journal=values.get("journal") or "",
        open_years=bool(values.get("open_years")),
        year_begins=values.get("year_begins"),
        dry_run=bool(values.get("dry_run")),
    )


def pairs(said: Any, name: str) -> dict[str, str]:
    """Return pairs written as ``this=that``, one a line, as a list, or as an object."""
    if isinstance(said, Mapping):
        return {str(key).strip(): str(value).strip() for key, value in said.items()}
    lines = said.splitlines() if isinstance(said, str) else list(said or ())
    found = {}
    for line in filter(str.strip, map(str, lines)):
        key, equals, value = line.rpartition("=")
        if not equals or not key.strip():
            said_ = _("Write what it is called in the file, an equals sign, and what it is here.")
            raise InvalidInput(said_, why=line[:80], fields={name: [said_]})
        found[key.strip().strip('"')] = value.strip()
    return found


def _types(found: Mapping[str, str]) -> Mapping[str, str]:
    wrong = [type_ for type_ in found.values() if type_ not in ACCOUNT_TYPES]
    if wrong:
        said = _("{type} is no type of account.").with_values(type=wrong[0][:40])
        raise InvalidInput(
            said, remedy=_("Write asset, liability, equity, income or expense."), fields={"types": [said]}
        )
    return found


def _symbols(found: Mapping[str, str]) -> Mapping[str, str]:
    for code in found.values():
        if len(code) == 3 and code.isupper() and not is_currency(code):
            known_currency(code)
    return found


def _values(found: Mapping[str, str]) -> Mapping[str, Decimal]:
    values = {}
    for name, text in found.items():
        try:
            values[name] = parse_decimal(text)
        except InvalidInput as error:
            error.fields = {"values": [error.what]}
            raise
        if values[name] < 0:
            said = _("What one is worth is not below zero.")
            raise InvalidInput(said, fields={"values": [said]})
    return values
