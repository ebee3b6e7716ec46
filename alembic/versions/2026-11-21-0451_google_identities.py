"""google identities

`users.google_id` held subjects of Google alone, as its only issuer: they move, and back.

Revision ID: 900613ad0001
Revises: 5e55104ec0de
"""

import sqlalchemy as sa

from alembic import op

revision = "900613ad0001"
down_revision = "5e55104ec0de"
branch_labels = None
depends_on = None


GOOGLE = "https://accounts.google.com"


def upgrade() -> None:
    op.create_table(
        "external_identities",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_external_identities_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_external_identities_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_external_identities_user_id_issuer")),
    )
    op.create_table(
        "sign_in_codes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("challenge", sa.String(length=43), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_codes_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_codes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_codes_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_codes_user_id"), "sign_in_codes", ["user_id"])
    op.execute(
        "INSERT INTO external_identities (user_id, issuer, subject) "
        f"SELECT id, '{GOOGLE}', google_id FROM users WHERE google_id IS NOT NULL"
    )
    op.drop_column("users", "google_id")


def downgrade() -> None:
    op.add_column("users", sa.Column("google_id", sa.String(length=255), nullable=True))
    op.create_unique_constraint(op.f("uq_users_google_id"), "users", ["google_id"])
    op.execute(
        "UPDATE users SET google_id = subject FROM external_identities "
        f"WHERE user_id = users.id AND issuer = '{GOOGLE}'"
    )
    op.drop_table("sign_in_codes")
    op.drop_table("external_identities")
