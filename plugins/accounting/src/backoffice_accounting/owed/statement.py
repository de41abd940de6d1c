"""The statement of account of a customer: what is open, document by document, to hand out and to mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from backoffice_accounting.currencies import company_of
from backoffice_accounting.documents import seller_of
from backoffice_accounting.posting import ZERO
from backoffice_accounting.reports import name_in
from backoffice_parties.addresses import written
from backoffice_parties.models import Party

from backoffice.core.api import (
    InvalidInput,
    Letter,
    Session,
    format_date,
    hand_out,
    queue_mail,
)
from backoffice.hookspecs import messages

from .aged import AGES, Left, by_age, open_on
from .papers import column

_ = messages("accounting")

WORDS = {
    "date": _("Date"),
    "document": _("Document"),
    "due": _("Due"),
    "amount": _("Amount"),
    "open": _("Open amount"),
    "total": _("Amount due"),
    "nothing": _("Nothing is open."),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
    "to": _("Statement for"),
}
"""The words on a statement, translated where they are shown."""


def statement_context(session: Session, party: Party) -> dict[str, Any]:
    """Return what the template of a statement of account shows."""
    day = session.today()
    lefts = open_on(session, day, subtypes=("receivable",), party_id=party.id)
    language = session.context.language
    return {
        "title": _("Statement of account"),
        "words": WORDS,
        "date": day,
        "seller": seller_of(company_of(session), language),
        "buyer": {
            "name": name_in(party, language),
            "address": (written(party, "billing") or "").splitlines(),
            "tax_id": party.tax_id,
        },
        "text": [],
        "tables": [
            _table(code, [left for left in lefts if left.item.currency == code], ages)
            for code, ages in by_age(lefts, day).items()
        ],
    }


def _table(code: str, lefts: Sequence[Left], ages: Sequence[Decimal]) -> dict[str, Any]:
    labels = dict(zip(AGES, ages, strict=True))
    return {
        "currency": code,
        "columns": [
            column(WORDS["date"], "day"),
            column(WORDS["document"], "code"),
            column(WORDS["due"], "day"),
            column(WORDS["amount"], "money"),
            column(WORDS["open"], "money"),
        ],
        "rows": [(left.item.date, _name(left), left.item.due_date, left.item.amount, left.amount) for left in lefts],
        "sums": [*((label, amount) for label, amount in labels.items() if amount), (WORDS["total"], sum(ages, ZERO))],
    }


def _name(left: Left) -> str | None:
    item = left.item
    number = item.invoice.number if item.invoice else item.entry.reference or item.entry.number
    return str(number) if number else None


def statement_language(session: Session, party: Party) -> str:
    """Return the language of a statement: the customer's."""
    return str(party.language or company_of(session).language)


def statement_filename(party: Party) -> str:
    """Return the name of a statement as a file, without extension."""
    return "statement-" + re.sub(r"[^\w.-]+", "-", party.code or str(party.id)).strip("-")


def send_statement(
    session: Session, party: Party, *, to: str | None = None, message: str | None = None
) -> dict[str, Any]:
    """Queue the mail with the statement of account of ``party``; it goes out once this is committed."""
    address = to or party.email
    if not address:
        said = _("This customer has no e-mail address.")
        raise InvalidInput(said, remedy=_("Write one here, or enter it with the customer."), fields={"to": [said]})
    language = statement_language(session, party)
    paper = hand_out(session, party, "accounting.account_statement", language=language, to=address)
    company = name_in(company_of(session), language)
    letter = Letter(
        "accounting.account_statement",
        _("Statement of account of {company}").with_values(company=company),
        (
            _("Hello {name},").with_values(name=name_in(party, language)),
            message or _("you find it enclosed."),
        ),
        facts=[(_("Date"), format_date(session.today(), language=language))],
        closing=(company,),
    )
    mail = queue_mail(session, letter, to=address, name=party.name, language=language, about=party, enclosures=[paper])
    return {"id": party.id, "mail": mail.id, "to": mail.address}
