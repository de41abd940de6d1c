"""Passkeys of people, and when each was used."""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_passkey",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_passkey_organization_id_user_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_passkey_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_passkey_pk")),
        sa.UniqueConstraint("credential", name=op.f("core_passkey_credential_uq")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("core_passkey_organization_id_id_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_passkey", schema=None) as batch_op:
        batch_op.create_index(
            "core_passkey_user_id_ix",
            ["organization_id", "user_id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )

    op.create_table(
        "core_passkey_use",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("passkey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "passkey_id"],
            ["core_passkey.organization_id", "core_passkey.id"],
            name=op.f("core_passkey_use_organization_id_passkey_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_passkey_use_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_passkey_use_pk")),
        sa.UniqueConstraint(
            "organization_id", "passkey_id", name=op.f("core_passkey_use_organization_id_passkey_id_uq")
        ),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("core_passkey_use")
    with op.batch_alter_table("core_passkey", schema=None) as batch_op:
        batch_op.drop_index("core_passkey_user_id_ix", sqlite_where=None, postgresql_where=None)

    op.drop_table("core_passkey")
