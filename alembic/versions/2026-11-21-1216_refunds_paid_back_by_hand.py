"""refunds that a gateway could not deliver and that were paid back by hand

Revision ID: 5ea2c4000016
Revises: 5ea2c4000014
"""

import sqlalchemy as sa

from alembic import op

revision = "5ea2c4000016"
down_revision = "5ea2c4000014"
branch_labels = None
depends_on = None

STATUS = "ck_refunds_refundstatus"
BEFORE = ("pending", "succeeded", "failed", "disputed")


def upgrade() -> None:
    _allow(*BEFORE, "by_hand")


def downgrade() -> None:
    """The customers have their money."""
    op.execute("UPDATE refunds SET status = 'succeeded' WHERE status = 'by_hand'")
    _allow(*BEFORE)


def _allow(*statuses: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f(STATUS), "refunds", type_="check")
    op.create_check_constraint(op.f(STATUS), "refunds", sa.column("status").in_(statuses))
