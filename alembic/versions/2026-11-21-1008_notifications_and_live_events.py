"""notifications, their preferences, and the events of live streams

Revision ID: 407100000001
Revises: 3a1100000001
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "407100000001"
down_revision = "3a1100000001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _widen_notifications()
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_preferences_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "live_counters",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_live_counters")),
    )
    op.create_table(
        "live_events",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("user_id", "number", name=op.f("pk_live_events")),
    )
    op.create_index("ix_live_events_created_at", "live_events", ["created_at"])


def _widen_notifications() -> None:
    """Nothing has written the table before."""
    op.add_column("notifications", sa.Column("key", sa.String(length=200), nullable=False))
    op.add_column("notifications", sa.Column("about_user_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_notifications_about_user_id"), "notifications", "users", ["about_user_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_notifications_user_id_key"), "notifications", ["user_id", "key"])
    op.create_index("ix_notifications_about_user_id", "notifications", ["about_user_id"])
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"])
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id", "id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("live_events", "live_counters", "notification_preferences"):
        op.drop_table(table)
    for name in ("unread", "created_at", "about_user_id"):
        op.drop_index(f"ix_notifications_{name}", "notifications")
    op.drop_constraint(op.f("uq_notifications_user_id_key"), "notifications")
    for name in ("about_user_id", "key"):
        op.drop_column("notifications", name)
