"""proposals of another time keep why they were made, and why they were declined

Revision ID: b00c00000004
Revises: b00c00000003
"""

import sqlalchemy as sa

from alembic import op

revision = "b00c00000004"
down_revision = "b00c00000003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in ("reason", "answer"):
        op.add_column("booking_proposals", sa.Column(column, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in ("answer", "reason"):
        op.drop_column("booking_proposals", column)
