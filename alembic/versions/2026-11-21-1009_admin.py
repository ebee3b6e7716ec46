"""admin: what platform staff did, and indexes for what they look for

Revision ID: ad3100000001
Revises: 407100000001
"""

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "ad3100000001"
down_revision = "407100000001"
branch_labels = None
depends_on = None

# Of the few among many: name, table, columns, condition.
RARE: list[tuple[str, str, list[str], str]] = [
    ("ix_users_admins", "users", ["id"], "role = 'admin'"),
    ("ix_users_deactivated", "users", ["id"], "deactivated_at IS NOT NULL"),
    ("ix_mails_failed", "mails", ["id"], "status = 'failed'"),
    ("ix_event_handlings_set_aside", "event_handlings", ["event_id"], "error IS NOT NULL"),
    ("ix_webhook_notices_unknown", "webhook_notices", ["id"], "status = 'unknown'"),
    ("ix_webhook_deliveries_failed", "webhook_deliveries", ["id"], "status = 'failed'"),
    (
        "ix_bookings_rare_status",
        "bookings",
        ["status", "id"],
        "status IN ('awaiting_approval', 'declined', 'no_show')",
    ),
]
# What the dashboard adds up, without looking at the tables.
SUMS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "ix_bookings_taken",
        "bookings",
        "starts_at",
        {
            "postgresql_include": ["ends_at"],
            "postgresql_where": "status IN ('confirmed', 'completed', 'no_show') AND event_id IS NULL",
        },
    ),
    (
        "ix_booking_moves_confirmed",
        "booking_moves",
        "created_at",
        {"postgresql_where": "to_status = 'confirmed' AND from_status IS DISTINCT FROM 'confirmed'"},
    ),
    (
        "ix_charges_paid",
        "charges",
        "paid_at",
        {
            "postgresql_include": ["currency", "amount", "refunded_amount"],
            "postgresql_where": "status = 'succeeded'",
        },
    ),
]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_actions()
    for name, table, columns, condition in RARE:
        op.create_index(name, table, columns, postgresql_where=condition)
    for name, table, column, options in SUMS:
        op.create_index(name, table, [column], **options)
    for table in ("companies", "addresses"):
        op.create_index(
            f"ix_{table}_slug_prefix", table, ["slug"], postgresql_ops={"slug": "varchar_pattern_ops"}
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("companies", "addresses"):
        op.drop_index(f"ix_{table}_slug_prefix", table)
    for name, table, *_ in [*SUMS, *RARE]:
        op.drop_index(name, table)
    op.drop_table("admin_actions")


def _create_actions() -> None:
    op.create_table(
        "admin_actions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("form_key", sa.String(length=43), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_admin_actions_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_actions")),
        sa.UniqueConstraint("form_key", name=op.f("uq_admin_actions_form_key")),
    )
    op.create_index("ix_admin_actions_actor_id", "admin_actions", ["actor_id", "id"])
    op.create_index("ix_admin_actions_subject", "admin_actions", ["subject", "subject_id", "id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON admin_actions "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
