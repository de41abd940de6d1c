"""Make the tables of the library."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "library_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_author",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mentor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("translations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "mentor_id"],
            ["library_author.organization_id", "library_author.id"],
            name=op.f("library_author_organization_id_mentor_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("library_author_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("library_author_pk")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("library_author_organization_id_code_uq")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("library_author_organization_id_id_uq")),
        info={"backoffice.plugin": "library"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "library_shelf",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("library_shelf_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("library_shelf_pk")),
        info={"backoffice.plugin": "library"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "library_book",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("isbn", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=True),
        sa.Column("lendable", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("royalty", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("translations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'catalogued')", name=op.f("library_book_state_ck")),
        sa.CheckConstraint("price IS NULL OR price >= 0", name=op.f("library_book_price_positive_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "author_id"],
            ["library_author.organization_id", "library_author.id"],
            name=op.f("library_book_organization_id_author_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("library_book_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("library_book_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("library_book_organization_id_id_uq")),
        sa.UniqueConstraint("organization_id", "isbn", name=op.f("library_book_organization_id_isbn_uq")),
        info={"backoffice.plugin": "library"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("library_book", schema=None) as batch_op:
        batch_op.create_index(
            "library_book_published_id_ix",
            ["organization_id", "published", "id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )
        batch_op.create_index(
            "library_book_royalty_id_ix",
            ["organization_id", "royalty", "id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )
        batch_op.create_index(
            "library_book_title_id_ix",
            ["organization_id", "title", "id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )

    op.create_table(
        "library_copy",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("book_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shelf", sa.String(length=12), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("donor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("condition IN ('new', 'worn')", name=op.f("library_copy_condition_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "book_id"],
            ["library_book.organization_id", "library_book.id"],
            name=op.f("library_copy_organization_id_book_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "donor_id"],
            ["library_author.organization_id", "library_author.id"],
            name=op.f("library_copy_organization_id_donor_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("library_copy_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("library_copy_pk")),
        info={"backoffice.plugin": "library"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("library_copy", schema=None) as batch_op:
        batch_op.create_index(
            "library_copy_book_id_ix",
            ["organization_id", "book_id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )


def downgrade() -> None:
    with op.batch_alter_table("library_copy", schema=None) as batch_op:
        batch_op.drop_index("library_copy_book_id_ix", sqlite_where=None, postgresql_where=None)

    op.drop_table("library_copy")
    with op.batch_alter_table("library_book", schema=None) as batch_op:
        batch_op.drop_index("library_book_title_id_ix", sqlite_where=None, postgresql_where=None)
        batch_op.drop_index("library_book_royalty_id_ix", sqlite_where=None, postgresql_where=None)
        batch_op.drop_index("library_book_published_id_ix", sqlite_where=None, postgresql_where=None)

    op.drop_table("library_book")
    op.drop_table("library_shelf")
    op.drop_table("library_author")
