"""Electronic invoices for Backoffice: the European norm EN 16931, and the way to authorities and networks."""
