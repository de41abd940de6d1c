"""What is left open by whoever asks for a document, decided: accounts, taxes, terms, amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from backoffice_accounting import advances
from backoffice_accounting.accounts import account_for
from backoffice_accounting.currencies import rate_on
from backoffice_accounting.dimensions.sets import dimension_sets
from backoffice_accounting.invoicing import SALES, Charge, Figures, InvoiceFacts, Priced, TaxPart, figures_of, tax_parts
from backoffice_accounting.journals import JournalFacts
from backoffice_accounting.periods import PeriodFacts
from backoffice_accounting.posting import ZERO
from backoffice_parties.addresses import written
from backoffice_parties.facts import PartyFacts
from backoffice_taxes.api import Rounding, Tax, early_payment

from backoffice.core.api import InvalidInput, RuleBroken, Session, convert
from backoffice.hookspecs import messages

from .issuer import Issuer

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class Completed:
    """A document with everything decided that was left open."""

    values: Mapping[str, Any]
    facts: InvoiceFacts
    figures: Figures
    rounding_amount: Decimal
    taxes: tuple[tuple[Tax, ...], ...]
    accounts: tuple[int, ...]
    journal: JournalFacts
    period: PeriodFacts
    terms_id: int | None
    discount_until: date | None
    discount_offer: Decimal

    @property
    def total(self) -> Decimal:
        """What stands under the document."""
        return self.figures.total + self.rounding_amount

    @property
    def due(self) -> date | None:
        """When the last of it is due."""
        return max((one.due for one in self.facts.instalments if one.due), default=None)


def completed(issuer: Issuer, values: Mapping[str, Any]) -> Completed:
    """Decide what ``values``, the arguments of ``accounting.issue_invoice``, leave open, or raise."""
    session = issuer.session
    lines = values.get("lines") or ()
    if not lines:
        raise RuleBroken(_("An invoice needs a line."), fields={"lines": [_("Give at least one line.")]})
    party = issuer.parties.get(values["party_id"])
    if party is None:
        said = _("There is no such customer or supplier.")
        raise InvalidInput(said, fields={"party": [said]})
    kind = values.get("kind") or "invoice"
    journal = issuer.journal(values.get("journal_id"), kind)
    period = issuer.calendar.assert_open(date=values["date"], journal=journal, kind="post")
    code = values.get("currency") or issuer.books
    rounding = Rounding.read(values["rounding"]) if values.get("rounding") else issuer.rounding
    terms = issuer.agreed.of(values)
    taxes = tuple(issuer.taxer.taxes(values, line, n, party) for n, line in enumerate(lines))
    figures = figures_of(
        [_priced(line, own) for line, own in zip(lines, taxes, strict=True)],
        code, rounding, kind=kind, discount=values.get("discount") or ZERO, taxed=terms.taxed,
    )  # fmt: skip
    coins = issuer.agreed.rounding_of(values, figures.total, rounding.policy)
    accounts = tuple(_account_of(session, line, kind) for line in lines)
    parts, costs = tax_parts(figures.computed) if figures.computed else ((), {})
    _refuse_advances(issuer, lines, accounts)
    dimensions = dimension_sets(session, [line.get("dimensions") or {} for line in lines])
    charges = [
        Charge(account, net + costs.get(n, ZERO), values["party_id"] if account in issuer.settled else None, dims)
        for n, (account, net, dims) in enumerate(zip(accounts, figures.nets, dimensions, strict=True))
    ]
    if coins:
        charges.append(Charge(account_for(session, "rounding"), coins))
    payable = figures.total + coins - figures.withheld
    dues = issuer.agreed.instalments(values, payable, code, rounding.policy)
    each = len(dues) > 1 and code != issuer.books and issuer.agreed.each_converted
    facts = InvoiceFacts(
        kind=kind,
        party_id=values["party_id"],
        receivable_id=values.get("account_id") or account_for(session, "receivable" if kind in SALES else "payable"),
        currency=code,
        rate=values.get("rate") or rate_on(session, code, issuer.books, values["date"]),
        charges=tuple(charges),
        taxes=tuple(TaxPart(_tax_account(session, purpose, tax), amount) for purpose, tax, amount in parts),
        instalments=dues,
        exchange_id=account_for(session, "exchange_loss") if each else None,
    )
    until = values["date"] + timedelta(days=terms.discount_days) if terms.discount_percent else None
    offer = _offer(figures, payable, terms, code) if until else ZERO
    return Completed(
        values, facts, figures, coins, taxes, accounts, journal, period, issuer.agreed.terms_id(values), until, offer
    )  # fmt: skip


def _refuse_advances(issuer: Issuer, lines: Sequence[Mapping[str, Any]], accounts: Sequence[int]) -> None:
    """Refuse lines over advances while no account of their own keeps them."""
    for n, (line, account) in enumerate(zip(lines, accounts, strict=True)):
        if line.get("purpose") in advances.PURPOSES and account not in issuer.settled:
            raise RuleBroken(
                _("No account is chosen for advances."),
                remedy=_("Choose one that is reconciled, in the settings of accounting."),
                fields={f"lines.{n}.purpose": [_("No account is chosen for advances.")]},
            )


def _priced(line: Mapping[str, Any], taxes: tuple[Tax, ...]) -> Priced:
    return Priced(
        unit_price=line["unit_price"],
        quantity=line["quantity"],
        discount=line.get("discount") or ZERO,
        taxes=taxes,
        inclusive=bool(line.get("inclusive")),
    )


def _offer(figures: Figures, payable: Decimal, terms: Any, code: str) -> Decimal:
    """Return what may be deducted for paying early."""
    document = figures.computed
    if document is None:
        return convert(payable, terms.discount_percent / 100, code, figures.rounding.policy)
    taken = early_payment(document, terms.discount_percent, correct_tax=terms.discount_tax == "corrected")
    return taken.total


def _account_of(session: Session, line: Mapping[str, Any], kind: str) -> int:
    if line.get("account_id") is not None:
        return int(line["account_id"])
    usual = {"invoice": "revenue", "credit_note": "returns"}.get(kind, "expense")
    return account_for(session, line.get("purpose") or usual, category=line.get("account_category") or "")


def _tax_account(session: Session, purpose: str, tax: Tax) -> int:
    return account_for(session, purpose, tax=tax.code)


def snapshot(party: PartyFacts) -> dict[str, Any]:
    """Return the other party as the document keeps them: what is printed today is printed again in ten years."""
    names = (party.translations or {}).get(party.language, {})
    return {
        "party_name": names.get("name") or party.name,
        "party_address": written(party, "billing") or None,
        "party_tax_id": party.tax_id,
    }
