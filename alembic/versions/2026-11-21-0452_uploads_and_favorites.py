"""uploads and favorites

Revision ID: 0910ad0fab03
Revises: 900613ad0001
"""

import sqlalchemy as sa

from alembic import op

revision = "0910ad0fab03"
down_revision = "900613ad0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
