"""uploads and favorites

Revision ID: 0910ad0fab03
Revises: 900613ad0001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0910ad0fab03"
down_revision = "900613ad0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("delete_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint("key", name=op.f("uq_stored_files_key")),
    )
    op.create_index(
        "ix_stored_files_unused",
        "stored_files",
        ["delete_at"],
        postgresql_where=sa.text("delete_at IS NOT NULL"),
    )
    op.create_table(
        "address_favorites",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_address_favorites_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_address_favorites_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "address_id", name=op.f("pk_address_favorites")),
    )
    op.create_index(
        "ix_address_favorites_user_id_created_at", "address_favorites", ["user_id", "created_at"]
    )
    op.create_index("ix_address_favorites_address_id", "address_favorites", ["address_id"])
    op.add_column("companies", sa.Column("logo", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_mails_recipient", "mails", [sa.text("lower(recipient)")])


def downgrade() -> None:
    op.drop_index("ix_mails_recipient", table_name="mails")
    op.drop_column("users", "deleted_at")
    op.drop_column("companies", "logo")
    op.drop_index("ix_address_favorites_address_id", table_name="address_favorites")
    op.drop_index("ix_address_favorites_user_id_created_at", table_name="address_favorites")
    op.drop_table("address_favorites")
    op.drop_index("ix_stored_files_unused", table_name="stored_files")
    op.drop_table("stored_files")
