"""Alembic's environment for the core and for every plugin; run by :mod:`backoffice.core.persistence.migrations`."""

from alembic import context

configure = context.config.attributes["configure"]
context.configure(**configure)
with context.begin_transaction():
    context.run_migrations()
