"""a no-show that is taken back isn't confirmed anew: the dashboard's index of confirmations leaves it out

Revision ID: 5ea2c4000014
Revises: 5ea2c4000012
"""

from alembic import op

revision = "5ea2c4000014"
down_revision = "5ea2c4000012"
branch_labels = None
depends_on = None

TABLE, COLUMNS = "booking_moves", ["created_at"]
CONFIRMED = "to_status = 'confirmed' AND from_status IS DISTINCT FROM 'confirmed'"
NEWLY_CONFIRMED = f"{CONFIRMED} AND from_status IS DISTINCT FROM 'no_show'"


def upgrade() -> None:
    _replace("ix_booking_moves_confirmed", "ix_booking_moves_newly_confirmed", NEWLY_CONFIRMED)


def downgrade() -> None:
    _replace("ix_booking_moves_newly_confirmed", "ix_booking_moves_confirmed", CONFIRMED)


def _replace(old: str, new: str, condition: str) -> None:
    with op.get_context().autocommit_block():
        op.create_index(new, TABLE, COLUMNS, postgresql_where=condition, postgresql_concurrently=True)
        op.drop_index(old, TABLE, postgresql_concurrently=True)
