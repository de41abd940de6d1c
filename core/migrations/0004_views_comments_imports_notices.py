"""Comments, notices, imports that can be undone, and views of lists that are shared."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "core_comment",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        *_record(),
        *_keys("core_comment", ("user_id", "core_user")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_comment_resource_record_id_ix", "core_comment", ["organization_id", "resource", "record_id"])
    op.create_table(
        "core_import",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("company_id", ID, nullable=True),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("heads", sa.String(length=64), nullable=False),
        sa.Column("mapping", JSON, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("rows", "created", "changed", "unchanged", "refused")
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *_record(),
        sa.CheckConstraint("state IN ('running', 'loaded', 'undone')", name=op.f("core_import_state_ck")),
        *_keys("core_import", ("company_id", "core_company")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_import_resource_heads_id_ix", "core_import", ["organization_id", "resource", "heads", "id"])
    op.create_table(
        "core_notice",
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("record_id", ID, nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        *_keys("core_notice", ("user_id", "core_user")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_notice_user_id_id_ix", "core_notice", ["organization_id", "user_id", "id"])
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "core_notice_user_id_ix",
        "core_notice",
        ["organization_id", "user_id"],
        sqlite_where=unread,
        postgresql_where=unread,
    )
    with op.batch_alter_table("core_saved_view", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role_id", ID, nullable=True))
        batch_op.add_column(sa.Column("preferred", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key(
            "core_saved_view_organization_id_role_id_fk", "core_role", ["organization_id", "role_id"],
            ["organization_id", "id"],
        )  # fmt: skip


def _record() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", JSON, nullable=True),
    )


def _keys(table: str, *references: tuple[str, str]) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pk")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f(f"{table}_organization_id_fk")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{target}.organization_id", f"{target}.id"],
                name=op.f(f"{table}_organization_id_{column}_fk"),
            )
            for column, target in references
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("core_saved_view", schema=None) as batch_op:
        batch_op.drop_constraint("core_saved_view_organization_id_role_id_fk", type_="foreignkey")
        batch_op.drop_column("preferred")
        batch_op.drop_column("role_id")
    op.drop_table("core_notice")
    op.drop_table("core_import")
    op.drop_table("core_comment")
