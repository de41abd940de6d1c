"""Double-entry books: chart of accounts, journals, periods, entries, customer invoices, payments, reports."""
