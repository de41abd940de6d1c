"""How often rows that are remembered were changed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_generation",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_generation_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_generation_pk")),
        sa.UniqueConstraint("organization_id", name=op.f("core_generation_organization_id_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("core_generation")
