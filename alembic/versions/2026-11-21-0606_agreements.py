"""agreements

Revision ID: a93ee0000001
Revises: ca1e00000001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "a93ee0000001"
down_revision = "ca1e00000001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing has written to the table before this revision.
    op.drop_column("agreements", "storage_key")
    op.add_column("agreements", sa.Column("terms_sha256", sa.LargeBinary(), nullable=False))
    op.add_column("agreements", sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False))
    op.add_column("agreements", sa.Column("pdf", sa.LargeBinary(), nullable=False))
    op.alter_column("agreements", "created_at", server_default=None)
    op.create_check_constraint(op.f("ck_agreements_version"), "agreements", "version > 0")
    op.create_check_constraint(
        op.f("ck_agreements_sha256"), "agreements", "length(sha256) = 32 AND length(terms_sha256) = 32"
    )
    # A PDF is compressed already.
    op.execute("ALTER TABLE agreements ALTER COLUMN pdf SET STORAGE EXTERNAL")
    op.create_table(
        "agreement_acceptances",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("studio", "customer", name="side", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=241), nullable=False),
        sa.Column("client_address", sa.String(length=45), nullable=True),
        sa.Column(
            "accepted_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_acceptances_agreement_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_agreement_acceptances_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_acceptances")),
        sa.UniqueConstraint("agreement_id", "side", name=op.f("uq_agreement_acceptances_agreement_id_side")),
    )
    op.create_index("ix_agreement_acceptances_user_id", "agreement_acceptances", ["user_id"])
    op.create_table(
        "due_agreements",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_due_agreements_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_due_agreements")),
    )
    op.create_index("ix_due_agreements_due_at", "due_agreements", ["due_at"])


def downgrade() -> None:
    op.drop_table("due_agreements")
    op.drop_table("agreement_acceptances")
    op.drop_constraint(op.f("ck_agreements_sha256"), "agreements")
    op.drop_constraint(op.f("ck_agreements_version"), "agreements")
    op.alter_column("agreements", "created_at", server_default=sa.text("now()"))
    op.drop_column("agreements", "pdf")
    op.drop_column("agreements", "content")
    op.drop_column("agreements", "terms_sha256")
    op.add_column("agreements", sa.Column("storage_key", sa.String(length=300), nullable=False))
