"""Second factors, counters of requests, and secrets among the settings."""

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_rate",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("core_rate_pk")),
        sa.UniqueConstraint("key", "began_at", name="core_rate_key_uq"),
        info={"backoffice.plugin": "core"},
    )
    op.create_table(
        "core_recovery_code",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_recovery_code_organization_id_user_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_recovery_code_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_recovery_code_pk")),
        sa.UniqueConstraint(
            "organization_id",
            "user_id",
            "code_hash",
            name=op.f("core_recovery_code_organization_id_user_id_code_hash_uq"),
        ),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_second_factor",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_second_factor_organization_id_user_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_second_factor_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_second_factor_pk")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("core_second_factor_organization_id_user_id_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_second_factor_use",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_second_factor_use_organization_id_user_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_second_factor_use_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_second_factor_use_pk")),
        sa.UniqueConstraint(
            "organization_id", "user_id", name=op.f("core_second_factor_use_organization_id_user_id_uq")
        ),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_sign_in_challenge",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_sign_in_challenge_organization_id_user_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_sign_in_challenge_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_sign_in_challenge_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("core_sign_in_challenge_token_hash_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.add_column("core_role", sa.Column("second_factor", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("core_setting", sa.Column("sealed", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("core_setting", schema=None) as batch_op:
        batch_op.drop_column("sealed")

    with op.batch_alter_table("core_role", schema=None) as batch_op:
        batch_op.drop_column("second_factor")

    op.drop_table("core_sign_in_challenge")
    op.drop_table("core_second_factor_use")
    op.drop_table("core_second_factor")
    op.drop_table("core_recovery_code")
    op.drop_table("core_rate")
