"""companies have a revision, as rooms and studios do

Revision ID: b00c00000001
Revises: 5ea2c4000002
"""

import sqlalchemy as sa

from alembic import op

revision = "b00c00000001"
down_revision = "5ea2c4000002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("companies", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("companies", "revision")
