"""an index for guests who are to be forgotten

Revision ID: b00c00000002
Revises: b00c00000001
"""

from alembic import op

revision = "b00c00000002"
down_revision = "b00c00000001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_bookings_guests", "bookings", ["ends_at"], postgresql_where="guest_name <> ''")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_bookings_guests", "bookings")
