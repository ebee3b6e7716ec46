"""permissions and audit

Revision ID: 7ea3a0000001
Revises: 0910ad0fab03
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "7ea3a0000001"
down_revision = "0910ad0fab03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("team_members", sa.Column("address_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True))
    op.add_column(
        "companies", sa.Column("tax_rate_bp", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "companies", sa.Column("prices_include_tax", sa.Boolean(), server_default="true", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_companies_tax_rate_bp"), "companies", "tax_rate_bp BETWEEN 0 AND 10000"
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("is_platform_admin", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_audit_entries_company_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_entries_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_company_id_id", "audit_entries", ["company_id", "id"])
    op.create_index("ix_audit_entries_actor_id", "audit_entries", ["actor_id"])


def downgrade() -> None:
    op.drop_table("audit_entries")
    op.drop_constraint(op.f("ck_companies_tax_rate_bp"), "companies")
    op.drop_column("companies", "prices_include_tax")
    op.drop_column("companies", "tax_rate_bp")
    op.drop_column("team_members", "address_ids")
