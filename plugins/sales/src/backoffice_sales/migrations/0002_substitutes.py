"""Amounts off each unit; products shipped in the place of others; files of orders; orders by their key in a shop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "sales_0002"
down_revision = "sales_0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KEYED = sa.text("source_key IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "sales_substitute",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("substitute_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", JSON, nullable=True),
        sa.CheckConstraint("product_id <> substitute_id", name=op.f("sales_substitute_other_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["products_product.organization_id", "products_product.id"],
            name=op.f("sales_substitute_organization_id_product_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "substitute_id"],
            ["products_product.organization_id", "products_product.id"],
            name=op.f("sales_substitute_organization_id_substitute_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("sales_substitute_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sales_substitute_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("sales_substitute_organization_id_id_uq")),
        sa.UniqueConstraint(
            "organization_id",
            "product_id",
            "substitute_id",
            name=op.f("sales_substitute_organization_id_product_id_substitute_id_uq"),
        ),
        info={"backoffice.plugin": "sales"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "sales_substitute_product_id_sequence_id_ix",
        "sales_substitute",
        ["organization_id", "product_id", "sequence", "id"],
    )
    op.create_table(
        "sales_order_file",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("mapping", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", JSON, nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'loaded')", name=op.f("sales_order_file_state_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("sales_order_file_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("sales_order_file_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sales_order_file_pk")),
        sa.UniqueConstraint(
            "organization_id",
            "company_id",
            "digest",
            "mapping",
            name=op.f("sales_order_file_organization_id_company_id_digest_mapping_uq"),
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("sales_order_file_organization_id_id_uq")),
        info={"backoffice.plugin": "sales"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "sales_order_source_key_ix",
        "sales_order",
        ["organization_id", "source_key"],
        sqlite_where=KEYED,
        postgresql_where=KEYED,
    )
    op.add_column("sales_order_line", sa.Column("unit_discount", sa.BigInteger(), nullable=True))
    op.add_column("sales_quotation_line", sa.Column("unit_discount", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sales_quotation_line", "unit_discount")
    op.drop_column("sales_order_line", "unit_discount")
    op.drop_index("sales_order_source_key_ix", "sales_order")
    op.drop_table("sales_order_file")
    op.drop_table("sales_substitute")
