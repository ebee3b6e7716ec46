"""calendar feeds and imports

Revision ID: ca1e00000001
Revises: 5ea2c4000001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "ca1e00000001"
down_revision = "5ea2c4000001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("room", "member", "customer", name="feedkind", native_enum=False, length=20, create_constraint=True),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint(
            "user_id", "kind", "subject_id", name=op.f("uq_calendar_feeds_user_id_kind_subject_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_table(
        "calendar_imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("address_sealed", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "problem",
            sa.Enum(
                "address_refused",
                "unreachable",
                "http_error",
                "too_large",
                "not_a_calendar",
                "too_complex",
                "too_many_events",
                name="importproblem",
                native_enum=False,
                length=20,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("has_unreadable_events", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_calendar_imports_resource_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_calendar_imports_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_imports")),
        sa.UniqueConstraint(
            "resource_id", "address_hash", name=op.f("uq_calendar_imports_resource_id_address_hash")
        ),
    )
    op.create_index("ix_calendar_imports_due_at", "calendar_imports", ["due_at"])
    op.create_index("ix_calendar_imports_created_by_id", "calendar_imports", ["created_by_id"])
    op.create_table(
        "imported_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("conflict_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_imported_events_not_empty")),
        sa.CheckConstraint(
            "NOT is_complete OR (claim_id IS NOT NULL AND conflict_since IS NULL)",
            name=op.f("ck_imported_events_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["calendar_imports.id"], name=op.f("fk_imported_events_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_events")),
        sa.UniqueConstraint(
            "import_id", "starts_at", "ends_at", name=op.f("uq_imported_events_import_id_starts_at_ends_at")
        ),
        sa.UniqueConstraint("claim_id", name=op.f("uq_imported_events_claim_id")),
    )
    op.add_column("mails", sa.Column("calendar_entry", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    op.drop_column("mails", "calendar_entry")
    op.drop_table("imported_events")
    op.drop_table("calendar_imports")
    op.drop_table("calendar_feeds")
