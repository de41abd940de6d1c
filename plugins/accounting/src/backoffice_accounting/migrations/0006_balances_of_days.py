"""Balances of days, and settlements found by the day they were undone."""

import sqlalchemy as sa
from alembic import op

revision = "accounting_0006"
down_revision = "accounting_0005"
branch_labels = None
depends_on = None

SUMS = """
INSERT INTO accounting_day_balance (organization_id, company_id, date, account_id, set_key, debit, credit)
SELECT e.organization_id, e.company_id, e.date, l.account_id, {set_key},
       SUM(CASE WHEN l.amount > 0 THEN l.amount ELSE 0 END), SUM(CASE WHEN l.amount < 0 THEN -l.amount ELSE 0 END)
FROM accounting_line l
JOIN accounting_entry e ON e.id = l.entry_id
JOIN accounting_period p ON p.id = e.period_id
WHERE e.state = 'posted' AND p.kind = 'regular'{only}
GROUP BY e.organization_id, e.company_id, e.date, l.account_id{grouped}
"""


def upgrade() -> None:
    op.create_table(
        "accounting_day_balance",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("set_key", sa.BigInteger(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["accounting_account.organization_id", "accounting_account.id"],
            name=op.f("accounting_day_balance_organization_id_account_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("accounting_day_balance_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("accounting_day_balance_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("accounting_day_balance_pk")),
        sa.UniqueConstraint(
            "organization_id",
            "company_id",
            "date",
            "account_id",
            "set_key",
            name=op.f("accounting_day_balance_organization_id_company_id_date_account_id_set_key_uq"),
        ),
        info={"backoffice.plugin": "accounting"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "accounting_settlement_undone_on_ix",
        "accounting_settlement",
        ["organization_id", "undone_on"],
        sqlite_where=sa.text("undone_on IS NOT NULL"),
        postgresql_where=sa.text("undone_on IS NOT NULL"),
    )
    op.execute(SUMS.format(set_key="0", only="", grouped=""))
    apart = {"only": " AND l.dimension_set_id IS NOT NULL", "grouped": ", l.dimension_set_id"}
    op.execute(SUMS.format(set_key="l.dimension_set_id", **apart))


def downgrade() -> None:
    op.drop_index("accounting_settlement_undone_on_ix", "accounting_settlement")
    op.drop_table("accounting_day_balance")
