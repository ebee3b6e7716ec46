"""google identities

Revision ID: 900613ad0001
Revises: 5e55104ec0de
"""

import sqlalchemy as sa

from alembic import op

revision = "900613ad0001"
down_revision = "5e55104ec0de"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
