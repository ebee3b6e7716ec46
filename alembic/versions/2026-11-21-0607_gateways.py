"""gateways

Revision ID: 9a7a00000001
Revises: a93ee0000001
"""

import sqlalchemy as sa

from alembic import op

revision = "9a7a00000001"
down_revision = "a93ee0000001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")

# Enums whose values have grown: table, column, name of the check, before, after.
GROWN = (
    (
        "refunds",
        "reason",
        "refundreason",
        ("cancelled", "paid_too_late"),
        ("cancelled", "paid_too_late", "granted"),
    ),
    (
        "refunds",
        "status",
        "refundstatus",
        ("pending", "succeeded"),
        ("pending", "succeeded", "failed", "disputed"),
    ),
    (
        "ledger_entries",
        "account",
        "account",
        ("gateway_clearing", "customer_deposits"),
        (
            "gateway_clearing",
            "owner_clearing",
            "customer_deposits",
            "owner_balance",
            "disputed",
            "dispute_losses",
        ),
    ),
)


def _identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _timestamps() -> tuple[sa.Column, sa.Column]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _replace_check(table: str, column: str, name: str, values: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, sa.column(column).in_(values))


def upgrade() -> None:
    for table, column, name, _, after in GROWN:
        _replace_check(table, column, name, after)
    _charges_and_refunds()
    op.create_table(
        "webhook_notices",
        _identity(),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            _enum("noticestatus", "received", "done", "ignored", "unknown"),
            server_default="received",
            nullable=False,
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_notices")),
    )
    op.create_index("uq_webhook_notices_event", "webhook_notices", ["gateway", "event_id"], unique=True)
    op.create_index(
        "ix_webhook_notices_due", "webhook_notices", ["due_at"], postgresql_where="status = 'received'"
    )
    op.create_table(
        "disputes",
        _identity(),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("gateway_ref", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("status", _enum("disputestatus", "open", "won", "lost"), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_disputes_charge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_charge_id", "disputes", ["charge_id"])
    op.create_index("uq_disputes_gateway_ref", "disputes", ["gateway", "gateway_ref"], unique=True)
    _accounts_and_transfers()


def _accounts_and_transfers() -> None:
    op.create_table(
        "payment_accounts",
        _identity(),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column(
            "status",
            _enum("accountstatus", "pending", "active", "revoked"),
            server_default="pending",
            nullable=False,
        ),
        sa.Column("location_ref", sa.String(length=200), nullable=True),
        sa.Column("access_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        *_timestamps(),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_payment_accounts_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_accounts")),
    )
    op.create_index(
        "uq_payment_accounts_company_id", "payment_accounts", ["company_id", "gateway"], unique=True
    )
    op.create_index("ix_payment_accounts_ref", "payment_accounts", ["gateway", "ref"])
    op.create_table(
        "transfers",
        _identity(),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reversed_amount", sa.BigInteger(), server_default="0", nullable=False),
        *_intent(),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("reversed_amount BETWEEN 0 AND amount", name=op.f("ck_transfers_reversed")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_transfers_charge_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payment_accounts.id"], name=op.f("fk_transfers_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index("uq_transfers_charge_id", "transfers", ["charge_id"], unique=True)
    op.create_index("ix_transfers_account_id", "transfers", ["account_id"])
    op.create_index("ix_transfers_due", "transfers", ["due_at"], postgresql_where="status = 'pending'")
    op.create_table(
        "transfer_reversals",
        _identity(),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *_intent(),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_reversals_amount")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_reversals_transfer_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_transfer_reversals_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_reversals")),
    )
    op.create_index("ix_transfer_reversals_transfer_id", "transfer_reversals", ["transfer_id"])
    op.create_index("ix_transfer_reversals_refund_id", "transfer_reversals", ["refund_id"])
    op.create_index(
        "ix_transfer_reversals_due", "transfer_reversals", ["due_at"], postgresql_where="status = 'pending'"
    )


def _intent() -> tuple[sa.Column, ...]:
    """Of an order to a gateway."""
    return (
        sa.Column(
            "status",
            _enum("moneystatus", "pending", "succeeded", "failed"),
            server_default="pending",
            nullable=False,
        ),
        sa.Column("gateway_ref", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("refusals", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
    )


def _charges_and_refunds() -> None:
    for column in (
        sa.Column("fee_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_paid_to_owner", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("page_ref", sa.String(length=200), nullable=True),
        sa.Column("payment_ref", sa.String(length=200), nullable=True),
        sa.Column("page_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
    ):
        op.add_column("charges", column)
    op.create_check_constraint(op.f("ck_charges_fee"), "charges", "fee_amount BETWEEN 0 AND amount")
    op.create_foreign_key(op.f("fk_charges_recorded_by_id"), "charges", "users", ["recorded_by_id"], ["id"])
    op.create_index("ix_charges_recorded_by_id", "charges", ["recorded_by_id"])
    op.create_index("ix_charges_payment_ref", "charges", ["gateway", "payment_ref"])
    op.create_index("ix_charges_due", "charges", ["due_at"], postgresql_where="status = 'open'")
    for column in (
        sa.Column("fee_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        sa.Column("refusals", sa.SmallInteger(), server_default="0", nullable=False),
    ):
        op.add_column("refunds", column)
    op.create_check_constraint(op.f("ck_refunds_fee"), "refunds", "fee_amount BETWEEN 0 AND amount")
    op.create_foreign_key(op.f("fk_refunds_decided_by_id"), "refunds", "users", ["decided_by_id"], ["id"])
    op.create_index("ix_refunds_decided_by_id", "refunds", ["decided_by_id"])


def downgrade() -> None:
    """Refused by the check of `account` once the ledger, which nobody rewrites, has an entry of a newer account."""
    op.execute("UPDATE refunds SET reason = 'cancelled' WHERE reason = 'granted'")
    op.execute("UPDATE refunds SET status = 'succeeded' WHERE status IN ('failed', 'disputed')")
    op.drop_table("transfer_reversals")
    op.drop_table("transfers")
    op.drop_table("payment_accounts")
    op.drop_table("disputes")
    op.drop_table("webhook_notices")
    for column in ("refusals", "note", "decided_by_id", "fee_amount"):
        op.drop_column("refunds", column)
    for column in (
        "note",
        "recorded_by_id",
        "due_at",
        "attempts",
        "page_expires_at",
        "page_ref",
        "payment_ref",
        "is_paid_to_owner",
        "fee_amount",
    ):
        op.drop_column("charges", column)
    for table, column, name, before, _ in GROWN:
        _replace_check(table, column, name, before)
