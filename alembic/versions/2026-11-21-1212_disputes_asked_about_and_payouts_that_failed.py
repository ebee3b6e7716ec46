"""disputes that gateways are asked about, payouts that a gateway refuses

Revision ID: 5ea2c4000012
Revises: 5ea2c4000003
"""

import sqlalchemy as sa

from alembic import op

revision = "5ea2c4000012"
down_revision = "5ea2c4000003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "disputes",
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.create_index("ix_disputes_due", "disputes", ["due_at"], postgresql_where="status = 'open'")


def downgrade() -> None:
    op.drop_index("ix_disputes_due", table_name="disputes")
    op.drop_column("disputes", "due_at")
