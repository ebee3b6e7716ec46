"""languages and unsubscribing of mails, addresses that refuse, reminders of bookings

Revision ID: 3a1100000001
Revises: fa7000000001
"""

import sqlalchemy as sa

from alembic import op

revision = "3a1100000001"
down_revision = "fa7000000001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("mails", sa.Column("locale", sa.String(10), server_default="en", nullable=False))
    op.add_column("mails", sa.Column("user_id", sa.BigInteger(), nullable=True))
    op.add_column("mails", sa.Column("kind", sa.String(60), nullable=True))
    op.add_column(
        "mails", sa.Column("is_transactional", sa.Boolean(), server_default="true", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_mails_can_be_unsubscribed"),
        "mails",
        "is_transactional OR user_id IS NOT NULL AND kind IS NOT NULL",
    )
    op.create_index(
        "ix_mails_done", "mails", ["created_at"], postgresql_where=sa.text("status <> 'queued'")
    )
    op.create_table(
        "mail_suppressions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_suppressions")),
    )
    op.create_index(
        "uq_mail_suppressions_address", "mail_suppressions", [sa.text("lower(address)")], unique=True
    )
    op.add_column("bookings", sa.Column("reminded_for", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_bookings_to_remind",
        "bookings",
        ["starts_at"],
        postgresql_where=sa.text("status = 'confirmed' AND reminded_for IS DISTINCT FROM starts_at"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_bookings_to_remind", table_name="bookings")
    op.drop_column("bookings", "reminded_for")
    op.drop_table("mail_suppressions")
    op.drop_index("ix_mails_done", table_name="mails")
    op.drop_constraint(op.f("ck_mails_can_be_unsubscribed"), "mails", type_="check")
    for column in ("is_transactional", "kind", "user_id", "locale"):
        op.drop_column("mails", column)
