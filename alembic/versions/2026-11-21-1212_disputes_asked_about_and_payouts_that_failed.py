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

STATUS = "ck_payouts_payoutstatus"
REFUSALS = ("account_closed", "account_restricted", "other")


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
    op.add_column("payouts", sa.Column("failure", sa.String(length=20), nullable=True))
    op.drop_constraint(op.f(STATUS), "payouts", type_="check")
    for name, condition in {
        STATUS: sa.column("status").in_(["pending", "sent", "failed"]),
        "ck_payouts_transferrefusal": sa.column("failure").in_(REFUSALS),
        "ck_payouts_failed": "(status = 'failed') = (failure IS NOT NULL)",
    }.items():
        op.create_check_constraint(op.f(name), "payouts", condition)
    op.create_index("ix_payouts_unsent", "payouts", ["id"], postgresql_where="status <> 'sent'")
    op.drop_index("ix_payouts_pending", table_name="payouts")


def downgrade() -> None:
    """What a gateway has refused is tried every hour, as before."""
    op.create_index("ix_payouts_pending", "payouts", ["id"], postgresql_where="status = 'pending'")
    op.drop_index("ix_payouts_unsent", table_name="payouts")
    op.drop_constraint(op.f("ck_payouts_failed"), "payouts", type_="check")
    op.execute("UPDATE transfers SET status = 'pending' WHERE status = 'failed'")
    op.execute("UPDATE payouts SET status = 'pending' WHERE status = 'failed'")
    op.drop_constraint(op.f(STATUS), "payouts", type_="check")
    op.create_check_constraint(op.f(STATUS), "payouts", sa.column("status").in_(["pending", "sent"]))
    op.drop_column("payouts", "failure")
    op.drop_index("ix_disputes_due", table_name="disputes")
    op.drop_column("disputes", "due_at")
