"""The rules of the norm that a program has to keep: what must be there, and that the amounts tie.

The complete set, with every code list, is the official schematron, by which the tests judge what this program writes.
These are the rules that tell whether an invoice can be booked: each broken one is named as the norm names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.hookspecs import messages

from .calculating import HUNDRED, NO_RATE, ZERO, bases
from .codes import CREDIT_NOTES, REASONED, UNREASONED
from .terms import Allowance, EInvoice, LineAllowance

_ = messages("einvoicing")

TOLERANCE = Decimal(1)
"""How far the tax of a category may be from its base times its rate (BR-CO-17); documents round in many ways."""

CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken, and what is wrong."""

    rule: str
    said: str


Found = Iterator[Broken]


def check(invoice: EInvoice) -> list[Broken]:
    """Return the rules ``invoice`` breaks, none when it is as the norm wants it."""
    return [broken for rule in RULES for broken in rule(invoice)]


def _needed(invoice: EInvoice) -> Found:
    there: tuple[tuple[str, Any, str], ...] = (
        ("BR-01", invoice.specification, _("It does not say which specification it follows.")),
        ("BR-02", invoice.number, _("It has no number.")),
        ("BR-04", invoice.type_code, _("It does not say what kind of document it is.")),
        ("BR-05", CURRENCY.fullmatch(invoice.currency), _("It has no currency.")),
        ("BR-06", invoice.seller.name, _("The seller has no name.")),
        ("BR-07", invoice.buyer.name, _("The buyer has no name.")),
        ("BR-08", invoice.seller.address, _("The seller has no address.")),
        ("BR-10", invoice.buyer.address, _("The buyer has no address.")),
        ("BR-16", invoice.lines, _("It has no lines.")),
        ("BR-CO-18", invoice.breakdowns, _("It does not say what is taxed at which rate.")),
    )
    yield from (Broken(rule, said) for rule, value, said in there if not value)
    for rule, party, said in (
        ("BR-09", invoice.seller, _("The address of the seller has no country.")),
        ("BR-11", invoice.buyer, _("The address of the buyer has no country.")),
    ):
        if party.address and not party.address.country:
            yield Broken(rule, said)


def _sellers_number(invoice: EInvoice) -> Found:
    seller = invoice.seller
    if not (seller.identifiers or seller.registration or seller.vat_id):
        yield Broken("BR-CO-26", _("The seller has neither a number nor a tax number."))


def _lines(invoice: EInvoice) -> Found:
    for line in invoice.lines:
        for rule, value, said in (
            ("BR-21", line.id, _("A line has no number.")),
            ("BR-23", line.unit, _("Line {line} has no unit.")),
            ("BR-25", line.item.name, _("Line {line} does not say what it is for.")),
            ("BR-CO-04", line.item.category, _("Line {line} has no tax category.")),
        ):
            if not value:
                yield Broken(rule, said.with_values(line=line.id))
        if line.price.net < 0:
            yield Broken("BR-27", _("The price of line {line} is below zero.").with_values(line=line.id))


def _points(invoice: EInvoice) -> Found:
    if invoice.tax_point and invoice.tax_point_code:
        yield Broken("BR-CO-03", _("It gives both a day and a rule for when the tax is due."))
    for rule, period in (
        ("BR-29", invoice.period),
        *(("BR-30", line.period) for line in invoice.lines),
    ):
        if period and period.start and period.end and period.end < period.start:
            yield Broken(rule, _("A period ends before it begins."))


def _sums(invoice: EInvoice) -> Found:
    t = invoice.totals
    tax = t.tax or ZERO
    less, more = t.allowances or ZERO, t.charges or ZERO
    for rule, stated, right, said in (
        ("BR-CO-10", t.lines, sum((line.net for line in invoice.lines), ZERO), _("The sum of the lines")),
        ("BR-CO-11", less, sum((a.amount for a in invoice.allowances), ZERO), _("The sum of the discounts")),
        ("BR-CO-12", more, sum((c.amount for c in invoice.charges), ZERO), _("The sum of the surcharges")),
        ("BR-CO-13", t.net, t.lines - less + more, _("The total without tax")),
        ("BR-CO-14", tax, sum((row.tax for row in invoice.breakdowns), ZERO), _("The total of the tax")),
        ("BR-CO-15", t.gross, t.net + tax, _("The total with tax")),
        ("BR-CO-16", t.due, t.gross - (t.paid or ZERO) + (t.rounding or ZERO), _("The amount to pay")),
    ):
        if stated != right:
            wrong = _("{what} is stated as {stated} and comes to {right}.")
            yield Broken(rule, wrong.with_values(what=said, stated=stated, right=right))


CATEGORY_RULES = {
    "S": "BR-S-08", "Z": "BR-Z-08", "E": "BR-E-08", "AE": "BR-AE-08", "K": "BR-IC-08", "G": "BR-G-08", "O": "BR-O-08",
    "L": "BR-IG-08", "M": "BR-IP-08", "B": "BR-B-01",
}  # fmt: skip


def _breakdowns(invoice: EInvoice) -> Found:
    right = bases(invoice.lines, invoice.allowances, invoice.charges)
    for row in invoice.breakdowns:
        rate = None if row.category in NO_RATE else row.rate if row.rate is not None else ZERO
        expected = right.pop((row.category, rate), ZERO)
        if abs(row.base - expected) >= TOLERANCE:
            wrong = _("At {category} {rate} % {stated} is stated as taxed, and the lines come to {right}.")
            values = {"category": row.category, "rate": rate or 0, "stated": row.base, "right": expected}
            yield Broken(CATEGORY_RULES.get(row.category, "BR-S-08"), wrong.with_values(**values))
        if abs(abs(row.tax) - abs(row.base) * (rate or ZERO) / HUNDRED) >= TOLERANCE:
            wrong = _("The tax of {base} at {rate} % is stated as {stated}.")
            yield Broken("BR-CO-17", wrong.with_values(base=row.base, rate=rate or 0, stated=row.tax))
        yield from _reason(row)
    for (category, _rate), amount in right.items():
        if amount:
            said = _("What is taxed under {category} is missing from the breakdown.").with_values(category=category)
            yield Broken(CATEGORY_RULES.get(category, "BR-S-08").replace("-08", "-01"), said)


def _reason(row: Any) -> Found:
    rule = CATEGORY_RULES.get(row.category, "BR-S-08").replace("-08", "-10")
    told = bool(row.reason or row.reason_code)
    if row.category in REASONED and not told:
        said = _("It does not say why there is no tax under {category}.").with_values(category=row.category)
        yield Broken(rule, said)
    if row.category in UNREASONED and told:
        yield Broken(rule, _("It gives a reason for no tax where there is tax."))


def _allowances(invoice: EInvoice) -> Found:
    document: list[tuple[str, Allowance | LineAllowance]] = [("BR-CO-21", one) for one in invoice.allowances]
    document += [("BR-CO-22", one) for one in invoice.charges]
    on_lines: list[tuple[str, Allowance | LineAllowance]]
    on_lines = [("BR-CO-23", one) for line in invoice.lines for one in line.allowances]
    on_lines += [("BR-CO-24", one) for line in invoice.lines for one in line.charges]
    for rule, one in (*document, *on_lines):
        if not (one.reason or one.reason_code):
            yield Broken(rule, _("A discount or surcharge has no reason."))


def _payment(invoice: EInvoice) -> Found:
    owed = invoice.totals.due > 0 and invoice.type_code not in CREDIT_NOTES
    if owed and not (invoice.due_date or invoice.terms):
        yield Broken("BR-CO-25", _("It says neither when it is due nor the terms of payment."))
    if invoice.payment and not invoice.payment.means:
        yield Broken("BR-49", _("It does not say how to pay."))


def _accounting_currency(invoice: EInvoice) -> Found:
    other = invoice.tax_currency and invoice.tax_currency != invoice.currency
    if other and invoice.totals.tax_in_tax_currency is None:
        yield Broken("BR-53", _("The tax is not stated in the currency of the tax."))


RULES: tuple[Callable[[EInvoice], Found], ...] = (
    _needed,
    _sellers_number,
    _lines,
    _points,
    _sums,
    _breakdowns,
    _allowances,
    _payment,
    _accounting_currency,
)

TIES = frozenset({f"BR-CO-{n}" for n in (10, 11, 12, 13, 14, 15, 16, 17)} | set(CATEGORY_RULES.values()))
"""The rules about amounts: what breaks one of these is not booked before somebody has looked."""


def unbalanced(invoice: EInvoice) -> list[Broken]:
    """Return the rules about amounts that ``invoice`` breaks."""
    return [broken for broken in check(invoice) if broken.rule in TIES]


__all__ = ["TIES", "Broken", "check", "unbalanced"]
