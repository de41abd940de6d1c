"""Imported books; lines that count something beside money."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "accounting_0002"
down_revision = "accounting_0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "accounting_book",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("told", JSON, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", JSON, nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "format IN ('hledger', 'ledger', 'beancount', 'gnucash', 'csv')", name=op.f("accounting_book_format_ck")
        ),
        sa.CheckConstraint("state IN ('running', 'loaded')", name=op.f("accounting_book_state_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("accounting_book_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("accounting_book_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounting_book_pk")),
        sa.UniqueConstraint(
            "organization_id", "company_id", "digest", name=op.f("accounting_book_organization_id_company_id_digest_uq")
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("accounting_book_organization_id_id_uq")),
        info={"backoffice.plugin": "accounting"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounting_book_entry",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("place", sa.String(length=240), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "book_id"],
            ["accounting_book.organization_id", "accounting_book.id"],
            name=op.f("accounting_book_entry_organization_id_book_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "entry_id"],
            ["accounting_entry.organization_id", "accounting_entry.id"],
            name=op.f("accounting_book_entry_organization_id_entry_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("accounting_book_entry_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounting_book_entry_pk")),
        sa.UniqueConstraint(
            "organization_id", "entry_id", name=op.f("accounting_book_entry_organization_id_entry_id_uq")
        ),
        info={"backoffice.plugin": "accounting"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "accounting_book_entry_book_id_id_ix", "accounting_book_entry", ["organization_id", "book_id", "id"]
    )
    # Written by hand: SQLite would copy the whole table for a constraint of its own, and a column brings one along.
    op.add_column("accounting_line", sa.Column("commodity", sa.String(length=64), nullable=True))
    op.execute(
        "ALTER TABLE accounting_line ADD COLUMN quantity BIGINT "
        "CONSTRAINT accounting_line_counted_ck CHECK ((commodity IS NULL) = (quantity IS NULL))"
    )


def downgrade() -> None:
    with op.batch_alter_table("accounting_line", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("accounting_line_counted_ck"), type_="check")
        batch_op.drop_column("quantity")
        batch_op.drop_column("commodity")
    op.drop_table("accounting_book_entry")
    op.drop_table("accounting_book")
