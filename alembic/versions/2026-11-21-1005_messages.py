"""messages

Revision ID: 3e5500000001
Revises: b00c00000004
"""

import sqlalchemy as sa

from alembic import op

revision = "3e5500000001"
down_revision = "b00c00000004"
branch_labels = None
depends_on = None

SIDES = ("customer", "studio")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Nothing has written to the two tables before this revision.
    op.add_column(
        "conversations", sa.Column("last_message_id", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("messages", _choice("side"))
    op.create_check_constraint(op.f("ck_messages_side"), "messages", "side IN ('customer', 'studio')")
    op.add_column("messages", sa.Column("masked_body", sa.Text(), nullable=True))
    op.create_index(
        "ix_messages_words",
        "messages",
        [sa.text("to_tsvector('simple'::regconfig, search_key(body))")],
        postgresql_using="gin",
    )
    _create_readers()
    _create_attachments()
    _create_blocks()
    _create_reports()
    _create_saved_replies()


def _choice(column: str) -> sa.Column[str]:
    return sa.Column(column, sa.String(20), nullable=False)


def _one_of(table: str, name: str, column: str, *values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=op.f(f"ck_{table}_{name}"))


def _moment(name: str = "created_at") -> sa.Column[sa.DateTime]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
    )


def _foreign_key(table: str, column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), **options)


def _create_readers() -> None:
    table = "conversation_readers"
    op.create_table(
        table,
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        _choice("side"),
        *[
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("latest_message_id", "last_read_message_id", "told_message_id")
        ],
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.BigInteger(), nullable=True),
        _one_of(table, "side", "side", *SIDES),
        sa.CheckConstraint(
            "last_read_message_id BETWEEN 0 AND latest_message_id", name=op.f(f"ck_{table}_read_what_is_there")
        ),
        sa.CheckConstraint(
            "told_message_id BETWEEN 0 AND latest_message_id", name=op.f(f"ck_{table}_told_of_what_is_there")
        ),
        _foreign_key(table, "conversation_id", "conversations"),
        _foreign_key(table, "read_by_id", "users"),
        sa.PrimaryKeyConstraint("conversation_id", "side", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_read_by_id", table, ["read_by_id"])
    op.create_index(
        f"ix_{table}_untold",
        table,
        ["latest_message_id"],
        postgresql_where=sa.text(
            "last_read_message_id < latest_message_id AND told_message_id <= last_read_message_id"
        ),
    )


def _create_attachments() -> None:
    table = "message_attachments"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        _choice("kind"),
        sa.Column("key", sa.String(200), nullable=False),
        _one_of(table, "attachmentkind", "kind", "image", "pdf"),
        _foreign_key(table, "message_id", "messages", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{table}_key")),
    )
    op.create_index(f"ix_{table}_message_id", table, ["message_id"])


def _create_blocks() -> None:
    table = "message_blocks"
    op.create_table(
        table,
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        _choice("side"),
        sa.Column("blocked_by_id", sa.BigInteger(), nullable=False),
        _moment(),
        _one_of(table, "side", "side", *SIDES),
        _foreign_key(table, "customer_id", "users"),
        _foreign_key(table, "company_id", "companies"),
        _foreign_key(table, "blocked_by_id", "users"),
        sa.PrimaryKeyConstraint("customer_id", "company_id", "side", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_company_id", table, ["company_id"])
    op.create_index(f"ix_{table}_blocked_by_id", table, ["blocked_by_id"])


def _create_reports() -> None:
    table = "message_reports"
    reasons, statuses = ("spam", "harassment", "fraud", "other"), ("open", "upheld", "dismissed")
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=False),
        _choice("reason"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), server_default="open", nullable=False),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("resolved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        _moment(),
        _one_of(table, "reportreason", "reason", *reasons),
        _one_of(table, "reportstatus", "status", *statuses),
        sa.CheckConstraint(
            "(status = 'open') = (resolved_at IS NULL) AND (resolved_at IS NULL) = (resolved_by_id IS NULL)",
            name=op.f(f"ck_{table}_resolved"),
        ),
        _foreign_key(table, "message_id", "messages"),
        _foreign_key(table, "reporter_id", "users"),
        _foreign_key(table, "resolved_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("message_id", "reporter_id", name=op.f(f"uq_{table}_message_id_reporter_id")),
    )
    op.create_index(f"ix_{table}_status", table, ["status", "id"])
    op.create_index(f"ix_{table}_reporter_id", table, ["reporter_id"])
    op.create_index(f"ix_{table}_resolved_by_id", table, ["resolved_by_id"])


def _create_saved_replies() -> None:
    now = {"server_default": sa.text("now()"), "nullable": False}
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), **now),
        sa.Column("updated_at", sa.DateTime(timezone=True), **now),
        _foreign_key("saved_replies", "company_id", "companies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
    )
    op.create_index(
        "uq_saved_replies_title", "saved_replies", ["company_id", sa.text("lower(title)")], unique=True
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (
        "saved_replies",
        "message_reports",
        "message_blocks",
        "message_attachments",
        "conversation_readers",
    ):
        op.drop_table(table)
    op.drop_index("ix_messages_words", table_name="messages")
    op.drop_constraint(op.f("ck_messages_side"), "messages")
    op.drop_column("messages", "masked_body")
    op.drop_column("messages", "side")
    op.drop_column("conversations", "last_message_id")
