"""Runs inside Tryton's own environment: prepares a company that invoices, or issues invoices when a line says so.

Each invoice has three lines that bear one tax, and is created, taxed and posted through Tryton's own models.
"""

from decimal import Decimal

import tryton_frame as frame

PARTIES = 100


def prepare():
    """Make a company with its chart, this year, a tax, terms of payment, and customers."""
    company = frame.make_company()
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax
    from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences

    create_chart(company)
    set_fiscalyear_invoice_sequences(create_fiscalyear(company, today=frame.THIS_YEAR)).click("create_period")
    create_tax(Decimal("0.10")).save()
    create_payment_term().save()
    for n in range(PARTIES):
        party = Model.get("party.party")(name=f"Customer {n}")
        party.addresses.new(city="Riyadh")
        party.save()


class Invoicing(frame.Work):
    """Creates and posts invoices."""

    last = 0

    def learn(self):
        """Look up what stands on every invoice, and the customers."""
        self.head, self.line = self._values()
        named = self.pool.get("party.party").search([("name", "like", "Customer %")])
        self.parties = [(party.id, party.addresses[0].id) for party in named]

    def _values(self):
        find, company = self.pool.get, self.company
        account = find("account.account")
        receivable = account.search([("type.receivable", "=", True), ("closed", "=", False)], limit=1)[0].id
        revenue = account.search([("type.revenue", "=", True), ("closed", "=", False)], limit=1)[0].id
        currency = find("company.company")(company).currency.id
        tax = find("account.tax").search([])[0].id
        head = {
            "type": "out", "company": company, "currency": currency, "account": receivable,
            "invoice_date": frame.TODAY,
            "journal": find("account.journal").search([("type", "=", "revenue")], limit=1)[0].id,
            "payment_term": find("account.invoice.payment_term").search([])[0].id,
        }  # fmt: skip
        line = {
            "type": "line", "account": revenue, "quantity": 2.0, "unit_price": Decimal(40), "currency": currency,
            "company": company, "taxes": [("add", [tax])],
        }  # fmt: skip
        return head, line

    def invoice(self, n):
        """Return the values of the ``n``-th invoice."""
        party, address = self.parties[n % len(self.parties)]
        lines = [{**self.line, "description": f"Line {k}"} for k in range(3)]
        return {**self.head, "party": party, "invoice_address": address, "lines": [("create", lines)]}

    def work(self, count):
        """Create and post ``count`` invoices."""
        model = self.pool.get("account.invoice")
        made = model.create([self.invoice(self.last + n) for n in range(count)])
        model.update_taxes(made)
        model.post(made)
        self.last += count


frame.run(prepare, Invoicing)
