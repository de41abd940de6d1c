"""Bank accounts, statements, matching and reconciliation for Backoffice."""
