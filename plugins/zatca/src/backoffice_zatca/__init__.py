"""Electronic invoices of Saudi Arabia: the QR code, signed documents, and the platform of ZATCA."""
