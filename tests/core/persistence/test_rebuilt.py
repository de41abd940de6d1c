"""A table that a migration builds anew on SQLite never gives an id twice, as before."""

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from backoffice.core.persistence.rebuilt import counted_on


def rebuild(connection):
    op = Operations(MigrationContext.configure(connection))
    with op.batch_alter_table("acme_tank", recreate="always") as batch:
        batch.add_column(sa.Column("litres", sa.Integer))


def test_a_rebuilt_table_counts_on_behind_a_row_that_was_deleted():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE acme_tank (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)")
        connection.exec_driver_sql("INSERT INTO acme_tank (name) VALUES ('A'), ('B'), ('C')")
        connection.exec_driver_sql("DELETE FROM acme_tank WHERE id > 1")
        with counted_on(connection):
            rebuild(connection)
        connection.exec_driver_sql("INSERT INTO acme_tank (name) VALUES ('D')")
        rows = connection.exec_driver_sql("SELECT id, name FROM acme_tank ORDER BY id").fetchall()
        assert [tuple(row) for row in rows] == [(1, "A"), (4, "D")]


def test_a_table_that_lost_all_its_rows_counts_on_too():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE acme_tank (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)")
        connection.exec_driver_sql("INSERT INTO acme_tank (name) VALUES ('A'), ('B')")
        connection.exec_driver_sql("DELETE FROM acme_tank")
        with counted_on(connection):
            rebuild(connection)
        connection.exec_driver_sql("INSERT INTO acme_tank (name) VALUES ('C')")
        assert connection.exec_driver_sql("SELECT id FROM acme_tank").scalar() == 3
