"""Deferrals belong to the plugin assets alone. What was planned here is posted on as before: each part that was not
posted becomes an entry that recurs once, on its day."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backoffice.core.api import fold

revision = "accounting_0007"
down_revision = "accounting_0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DEFERRAL = sa.table(
    "accounting_deferral", *(sa.column(name) for name in ("description", "journal_id", "dimensions", "created_by")),
    sa.column("id", ID), sa.column("organization_id", ID), sa.column("company_id", ID), sa.column("held_id", ID),
    sa.column("moved_id", ID),
)  # fmt: skip
PART = sa.table(
    "accounting_deferral_part", sa.column("id", ID), sa.column("deferral_id", ID), sa.column("date", sa.Date()),
    sa.column("amount", sa.BigInteger()), sa.column("entry_id", ID),
)  # fmt: skip
RECURRING = sa.table(
    "accounting_recurring", *(sa.column(name, ID) for name in ("id", "organization_id", "company_id", "journal_id")),
    *(sa.column(name, sa.String()) for name in ("code", "description", "search_key")), sa.column("next_on", sa.Date()),
    sa.column("last_on", sa.Date()), *(sa.column(name, sa.BigInteger()) for name in ("every", "posted", "version")),
    *(sa.column(name, sa.Boolean()) for name in ("month_end", "reversed_next", "active")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")), sa.column("created_by", ID),
)  # fmt: skip
LINE = sa.table(
    "accounting_recurring_line", *(sa.column(name, ID) for name in ("organization_id", "recurring_id", "account_id")),
    sa.column("amount", sa.BigInteger()), sa.column("dimensions", sa.String()),
)  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    waiting = (
        sa.select(DEFERRAL, PART.c.id.label("part"), PART.c.date, PART.c.amount)
        .join(PART, PART.c.deferral_id == DEFERRAL.c.id)
        .where(PART.c.entry_id.is_(None))
        .order_by(PART.c.date, PART.c.id)
    )
    for row in connection.execute(waiting).all():
        _as_recurring(connection, row)
    op.drop_table("accounting_deferral_part")
    op.drop_table("accounting_deferral")


def _as_recurring(connection: sa.Connection, row: sa.Row[Any]) -> None:
    code, now = f"DEFERRAL-{row.id}-{row.part}", datetime.now(UTC)
    made = connection.execute(
        RECURRING.insert().values(
            organization_id=row.organization_id, company_id=row.company_id, code=code, description=row.description,
            journal_id=row.journal_id, next_on=row.date, last_on=row.date, every=1, month_end=False,
            reversed_next=False, posted=0, active=True, version=1, created_at=now, created_by=row.created_by,
            updated_at=now, search_key=fold(f"{code} {row.description}"),
        ).returning(RECURRING.c.id)
    ).scalar_one()  # fmt: skip
    for account, amount in ((row.held_id, row.amount), (row.moved_id, -row.amount)):
        connection.execute(
            LINE.insert().values(
                organization_id=row.organization_id, recurring_id=made, account_id=account, amount=amount,
                dimensions=row.dimensions,
            )
        )  # fmt: skip


def downgrade() -> None:
    op.create_table(
        "accounting_deferral",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_until", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("held_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("moved_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dimensions", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.CheckConstraint("basis IN ('days', 'months')", name=op.f("accounting_deferral_basis_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("accounting_deferral_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "held_id"],
            ["accounting_account.organization_id", "accounting_account.id"],
            name=op.f("accounting_deferral_organization_id_held_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "journal_id"],
            ["accounting_journal.organization_id", "accounting_journal.id"],
            name=op.f("accounting_deferral_organization_id_journal_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "moved_id"],
            ["accounting_account.organization_id", "accounting_account.id"],
            name=op.f("accounting_deferral_organization_id_moved_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("accounting_deferral_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounting_deferral_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("accounting_deferral_organization_id_id_uq")),
        info={"backoffice.plugin": "accounting"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounting_deferral", schema=None) as batch_op:
        batch_op.create_index(
            "accounting_deferral_service_from_id_ix",
            ["organization_id", "service_from", "id"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )

    op.create_table(
        "accounting_deferral_part",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deferral_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "deferral_id"],
            ["accounting_deferral.organization_id", "accounting_deferral.id"],
            name=op.f("accounting_deferral_part_organization_id_deferral_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "entry_id"],
            ["accounting_entry.organization_id", "accounting_entry.id"],
            name=op.f("accounting_deferral_part_organization_id_entry_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("accounting_deferral_part_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounting_deferral_part_pk")),
        info={"backoffice.plugin": "accounting"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounting_deferral_part", schema=None) as batch_op:
        batch_op.create_index(
            "accounting_deferral_part_date_ix",
            ["organization_id", "date"],
            unique=False,
            sqlite_where=sa.text("entry_id IS NULL"),
            postgresql_where=sa.text("entry_id IS NULL"),
        )
        batch_op.create_index(
            "accounting_deferral_part_deferral_id_date_ix",
            ["organization_id", "deferral_id", "date"],
            unique=False,
            sqlite_where=None,
            postgresql_where=None,
        )
