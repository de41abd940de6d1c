"""Sales for Backoffice: quotations, orders, shipments, returns, payments, and a door for shops."""
