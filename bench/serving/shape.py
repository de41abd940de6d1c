"""What the pages that are measured show: fifty parties, five columns, in the order of their codes."""

import os

DATABASE = os.environ.get("BENCH_DATABASE", "")
"""Address of the database, as SQLAlchemy writes it."""
TABLE = "parties_party"
COLUMNS = ("code", "name", "kind", "email", "phone")
SIZE = 50
