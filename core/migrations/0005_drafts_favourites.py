"""Drafts of forms, and favourites in the navigation."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "core_draft",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("form", sa.String(length=250), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("record_id", ID, nullable=True),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("record_version", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        *_own("core_draft", "form"),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_draft_resource_record_id_ix", "core_draft", ["organization_id", "resource", "record_id"])
    op.create_index("core_draft_saved_at_ix", "core_draft", ["organization_id", "saved_at"])
    op.create_table(
        "core_favourite",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        *_own("core_favourite", "place"),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )


def _own(table: str, name: str) -> tuple[Any, ...]:
    """Return what the tables of one person share: keys, and one row for each ``name``."""
    return (
        sa.Column("id", ID, sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pk")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f(f"{table}_organization_id_fk")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f(f"{table}_organization_id_user_id_fk"),
        ),
        sa.UniqueConstraint(
            "organization_id", "user_id", name, name=op.f(f"{table}_organization_id_user_id_{name}_uq")
        ),
    )


def downgrade() -> None:
    op.drop_table("core_favourite")
    op.drop_table("core_draft")
