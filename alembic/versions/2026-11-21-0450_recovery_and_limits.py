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


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
