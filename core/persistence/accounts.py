"""Two accounts on PostgreSQL: one owns the tables and changes them, the other serves and owns nothing.

Whoever owns a table may drop its triggers and empty it, whatever the guards say. An account that owns nothing may not:
a program that was taken over cannot rewrite the log of changes behind the guards' back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from .migrations import GUARDS

_OURS: Final = "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"


@dataclass(frozen=True, slots=True)
class Account:
    """What the account of a connection could do behind the guards' back."""

    name: str
    superuser: bool
    owns: int
    """Tables it owns, or owns through a role it belongs to."""
    truncates: int
    """Tables it may empty."""

    @property
    def harmless(self) -> bool:
        """Whether it can neither change tables nor empty them."""
        return not (self.superuser or self.owns or self.truncates)


def grant_service(connection: sa.Connection, account: str) -> None:
    """Let ``account`` work with the tables of the connection's schema, and do nothing else to them.

    It reads and writes rows; what the migrations and guards remember of themselves it reads alone. Called by the
    owner after every migration, since new tables belong to the owner.
    """
    role = connection.dialect.identifier_preparer.quote(account)
    schema = connection.dialect.identifier_preparer.quote(
        str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    )
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        *(f"REVOKE INSERT, UPDATE, DELETE ON {schema}.{table} FROM {role}" for table in _own_books(connection)),
    ):
        connection.exec_driver_sql(statement)


def _own_books(connection: sa.Connection) -> list[str]:
    """Return the tables in which migrations and guards remember what they did."""
    quote = connection.dialect.identifier_preparer.quote
    names = sa.inspect(connection).get_table_names()
    return [quote(name) for name in names if name == GUARDS or name.endswith("_alembic_version")]


def account_of(connection: sa.Connection) -> Account:
    """Return what the account of ``connection`` could do."""
    name, superuser = connection.exec_driver_sql(
        "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user"
    ).one()
    owns, truncates = connection.exec_driver_sql(
        "SELECT count(*) FILTER (WHERE pg_has_role(current_user, c.relowner, 'USAGE')), "
        f"count(*) FILTER (WHERE has_table_privilege(c.oid, 'TRUNCATE')) FROM pg_class c {_OURS}"
    ).one()
    return Account(str(name), bool(superuser), int(owns), int(truncates))


__all__ = ["Account", "account_of", "grant_service"]
