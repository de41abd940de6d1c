"""Attachments, mails, webhooks out and in, and requests about people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_attachment",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_table", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("core_attachment_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_attachment_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_attachment_pk")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_attachment_digest_ix", "core_attachment", ["organization_id", "digest"])
    op.create_index(
        "core_attachment_subject_table_subject_id_ix",
        "core_attachment",
        ["organization_id", "subject_table", "subject_id"],
    )

    op.create_table(
        "core_mail",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject_table", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'failed', 'dead', 'cancelled')", name=op.f("core_mail_state_ck")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("core_mail_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_mail_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_mail_pk")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_mail_address_id_ix", "core_mail", ["organization_id", "address", "id"])
    op.create_index("core_mail_state_id_ix", "core_mail", ["organization_id", "state", "id"])
    op.create_index(
        "core_mail_subject_table_subject_id_ix", "core_mail", ["organization_id", "subject_table", "subject_id"]
    )

    op.create_table(
        "core_webhook",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", sa.String(length=1000), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("core_webhook_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_webhook_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_webhook_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("core_webhook_organization_id_id_uq")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("core_webhook_organization_id_name_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_webhook_address",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("intake", sa.String(length=120), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("core_webhook_address_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_webhook_address_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_webhook_address_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("core_webhook_address_organization_id_id_uq")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("core_webhook_address_organization_id_name_uq")),
        sa.UniqueConstraint("token", name=op.f("core_webhook_address_token_uq")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_person_request",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("payloads", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint("kind IN ('export', 'erase')", name=op.f("core_person_request_kind_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "asked_by"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_person_request_organization_id_asked_by_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "decided_by"],
            ["core_user.organization_id", "core_user.id"],
            name=op.f("core_person_request_organization_id_decided_by_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_person_request_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_person_request_pk")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "core_person_request_resource_record_id_ix", "core_person_request", ["organization_id", "resource", "record_id"]
    )

    op.create_table(
        "core_webhook_delivery",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("webhook_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed', 'dead')", name=op.f("core_webhook_delivery_state_ck")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["core_event.organization_id", "core_event.id"],
            name=op.f("core_webhook_delivery_organization_id_event_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "webhook_id"],
            ["core_webhook.organization_id", "core_webhook.id"],
            name=op.f("core_webhook_delivery_organization_id_webhook_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_webhook_delivery_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_webhook_delivery_pk")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("core_webhook_delivery_organization_id_id_uq")),
        sa.UniqueConstraint(
            "organization_id", "message_id", name=op.f("core_webhook_delivery_organization_id_message_id_uq")
        ),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_webhook_delivery_state_id_ix", "core_webhook_delivery", ["organization_id", "state", "id"])
    op.create_index(
        "core_webhook_delivery_webhook_id_id_ix", "core_webhook_delivery", ["organization_id", "webhook_id", "id"]
    )

    op.create_table(
        "core_webhook_message",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("intake", sa.String(length=120), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("core_webhook_message_state_ck")),
        sa.ForeignKeyConstraint(
            ["organization_id", "address_id"],
            ["core_webhook_address.organization_id", "core_webhook_address.id"],
            name=op.f("core_webhook_message_organization_id_address_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "company_id"],
            ["core_company.organization_id", "core_company.id"],
            name=op.f("core_webhook_message_organization_id_company_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_webhook_message_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_webhook_message_pk")),
        sa.UniqueConstraint(
            "organization_id",
            "address_id",
            "message_id",
            name=op.f("core_webhook_message_organization_id_address_id_message_id_uq"),
        ),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index(
        "core_webhook_message_received_at_id_ix", "core_webhook_message", ["organization_id", "received_at", "id"]
    )

    op.create_table(
        "core_webhook_attempt",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_id"],
            ["core_webhook_delivery.organization_id", "core_webhook_delivery.id"],
            name=op.f("core_webhook_attempt_organization_id_delivery_id_fk"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["core_organization.id"], name=op.f("core_webhook_attempt_organization_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("core_webhook_attempt_pk")),
        info={"backoffice.plugin": "core"},
        sqlite_autoincrement=True,
    )
    op.create_index("core_webhook_attempt_delivery_id_ix", "core_webhook_attempt", ["organization_id", "delivery_id"])


def downgrade() -> None:
    op.drop_index("core_webhook_attempt_delivery_id_ix", table_name="core_webhook_attempt")

    op.drop_table("core_webhook_attempt")
    op.drop_index("core_webhook_message_received_at_id_ix", table_name="core_webhook_message")

    op.drop_table("core_webhook_message")
    op.drop_index("core_webhook_delivery_webhook_id_id_ix", table_name="core_webhook_delivery")
    op.drop_index("core_webhook_delivery_state_id_ix", table_name="core_webhook_delivery")

    op.drop_table("core_webhook_delivery")
    op.drop_index("core_person_request_resource_record_id_ix", table_name="core_person_request")

    op.drop_table("core_person_request")
    op.drop_table("core_webhook_address")
    op.drop_table("core_webhook")
    op.drop_index("core_mail_subject_table_subject_id_ix", table_name="core_mail")
    op.drop_index("core_mail_state_id_ix", table_name="core_mail")
    op.drop_index("core_mail_address_id_ix", table_name="core_mail")

    op.drop_table("core_mail")
    op.drop_index("core_attachment_subject_table_subject_id_ix", table_name="core_attachment")
    op.drop_index("core_attachment_digest_ix", table_name="core_attachment")

    op.drop_table("core_attachment")
