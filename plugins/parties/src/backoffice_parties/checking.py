"""What must be right about a party before it is saved, and what follows from what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from backoffice.core.api import InvalidInput, Session, currency
from backoffice.hookspecs import messages

from . import iban
from .models import Address, BankAccount, Identifier, Party
from .names import NameParts, full_name, language_of_script

_ = messages("parties")

Mistake = tuple[str, str]
"""The dotted name of an input, and what is wrong with it."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def before_save(session: Session, party: Party, values: Mapping[str, Any]) -> None:
    """Complete and check ``party``, give it a code, and say that it changed."""
    complete(party)
    mistakes = dict(_mistakes(party)) | dict(_position(session, party))
    if mistakes:
        raise InvalidInput(
            _("Some particulars of this party cannot be accepted."),
            remedy=_("Correct the values marked below."),
            fields={name: [said] for name, said in mistakes.items()},
        )
    change = "changed" if party.id else "created"
    if not party.code:
        session.number(series="parties.party", pattern="P{n:05}", assign=lambda text: _give_code(party, text))
    session.emit(
        "parties.party_changed",
        party,
        change=change,
        kind=party.kind,
        customer=bool(party.customer),
        supplier=bool(party.supplier),
        employee=bool(party.employee),
        active=party.active is not False,
    )


def _give_code(party: Party, text: str) -> None:
    party.code = text


def complete(party: Party) -> None:
    """Put together a person's name from its parts, and write codes the one way they are compared."""
    party.code, party.tax_position = party.code or None, party.tax_position or None
    own, other = _parts(party), _other_parts(party)
    party.name = full_name(own) or party.name or ""
    if full_name(other):
        texts = {language: dict(names) for language, names in (party.translations or {}).items()}
        texts.setdefault(language_of_script(full_name(other)), {})["name"] = full_name(other)
        party.translations = texts
    placed: list[Any] = [party, *party.addresses, *party.numbers]
    for record in placed:
        record.country = record.country.upper() if record.country else None
    for account in party.bank_accounts:
        account.number = iban.compact(account.number) if iban.looks_like_iban(account.number) else account.number
        account.bic = iban.compact(account.bic) if account.bic else None


def _parts(party: Party) -> NameParts:
    return NameParts(
        prefix=party.prefix or "",
        given=party.given_name or "",
        middle=party.middle_name or "",
        family=party.family_name or "",
        suffix=party.suffix or "",
    )


def _other_parts(party: Party) -> NameParts:
    return NameParts(
        given=party.other_given_name or "",
        middle=party.other_middle_name or "",
        family=party.other_family_name or "",
    )


def _mistakes(party: Party) -> Iterator[Mistake]:
    if not party.name:
        yield "name", _("A party needs a name.")
    if party.organisation_id is not None and party.organisation_id == party.id:
        yield "organisation", _("Nobody works for themselves here; leave it empty.")
    yield from _codes("", party)
    for index, address in enumerate(party.addresses):
        yield from _codes(f"addresses.{index}.", address)
    for index, number in enumerate(party.numbers):
        yield from _codes(f"numbers.{index}.", number)
    for index, contact in enumerate(party.contacts):
        if contact.kind == "email" and not _EMAIL.fullmatch(contact.value or ""):
            yield f"contacts.{index}.value", _("This is not an e-mail address.")
    for index, account in enumerate(party.bank_accounts):
        yield from _account(f"bank_accounts.{index}.", account)


def _position(session: Session, party: Party) -> Iterator[Mistake]:
    """Where taxes are known, a position is one of theirs."""
    known = session.hooks.first("taxes_positions", session=session) if party.tax_position else None
    if known is not None and party.tax_position not in known:
        yield "tax_position", _("There is no such tax position.")


def _codes(path: str, record: Party | Address | Identifier | BankAccount) -> Iterator[Mistake]:
    country = getattr(record, "country", None)
    if country and not re.fullmatch("[A-Z]{2}", country):
        yield f"{path}country", _("Countries are written with the two letters of ISO 3166.")
    code = getattr(record, "currency", None)
    if code and not _is_currency(code):
        yield f"{path}currency", _("Currencies are written with the three capital letters of ISO 4217.")


def _is_currency(code: str) -> bool:
    try:
        currency(code)
    except InvalidInput:
        return False
    return True


def _account(path: str, account: BankAccount) -> Iterator[Mistake]:
    if iban.looks_like_iban(account.number) and not iban.is_valid_iban(account.number):
        yield f"{path}number", _("The check digits of this IBAN are wrong; look for a slip of the keyboard.")
    if account.bic and not _BIC.fullmatch(account.bic):
        yield f"{path}bic", _("A BIC has eight or eleven letters and digits, such as DEUTDEFF.")
    yield from _codes(path, account)
