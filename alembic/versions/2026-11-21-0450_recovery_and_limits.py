"""recovery and sessions

Revision ID: 5e55104ec0de
Revises: 1ed6e4a99e0d
"""

import sqlalchemy as sa

from alembic import op

revision = "5e55104ec0de"
down_revision = "1ed6e4a99e0d"
branch_labels = None
depends_on = None


PURPOSE_CHECK = "ck_one_time_tokens_onetimetokenpurpose"


def upgrade() -> None:
    op.drop_constraint(op.f(PURPOSE_CHECK), "one_time_tokens", type_="check")
    op.create_check_constraint(
        op.f(PURPOSE_CHECK), "one_time_tokens", "purpose IN ('verify_email', 'reset_password')"
    )
    op.add_column(
        "auth_sessions",
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.execute("UPDATE auth_sessions SET last_used_at = created_at")
    op.add_column("users", sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "password_changed_at")
    op.drop_column("auth_sessions", "last_used_at")
    op.execute("DELETE FROM one_time_tokens WHERE purpose = 'reset_password'")
    op.drop_constraint(op.f(PURPOSE_CHECK), "one_time_tokens", type_="check")
    op.create_check_constraint(op.f(PURPOSE_CHECK), "one_time_tokens", "purpose IN ('verify_email')")
