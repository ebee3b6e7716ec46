"""ledger accounts and payouts

Revision ID: fa7000000001
Revises: 3e5500000001
"""

import sqlalchemy as sa

from alembic import op

revision = "fa7000000001"
down_revision = "3e5500000001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")

ACCOUNTS_BEFORE = (
    "gateway_clearing",
    "owner_clearing",
    "customer_deposits",
    "owner_balance",
    "disputed",
    "dispute_losses",
)
ACCOUNTS = (
    "gateway_clearing",
    "owner_clearing",
    "customer_deposits",
    "owner_payable",
    "tax",
    "platform_revenue",
    "refunds",
    "payouts",
    "disputed",
    "dispute_losses",
    "provider_fees",
)

# What was granted counted as never paid.
GRANTED = """
UPDATE bookings SET paid_amount = paid_amount {sign} granted.amount, returned_amount = {returned}
FROM (SELECT booking_id, sum(refunds.amount) AS amount FROM refunds JOIN charges ON charges.id = charge_id
      WHERE reason = 'granted' GROUP BY booking_id) AS granted
WHERE granted.booking_id = bookings.id
"""

SHARES = """
UPDATE charges SET company_id = bookings.company_id, is_fee_collected = gateway <> 'manual',
                   fee_amount = bookings.platform_fee_amount * amount / bookings.total_amount,
                   tax_amount = bookings.tax_amount * amount / bookings.total_amount
FROM bookings WHERE bookings.id = booking_id
"""

# Refunds were posted when they were sent; from now on they are when they are promised.
PROMISED = """
WITH promised AS (
    INSERT INTO ledger_transactions (source, company_id, charge_id, explanation)
    SELECT 'refund-promised:' || refunds.id, bookings.company_id, charges.id,
           'Refund of booking ' || bookings.id || ' was promised before refunds had an account'
    FROM refunds JOIN charges ON charges.id = charge_id JOIN bookings ON bookings.id = booking_id
    WHERE refunds.status IN ('pending', 'failed')
    RETURNING id, split_part(source, ':', 2)::bigint AS refund_id
)
INSERT INTO ledger_entries (transaction_id, account, amount, currency)
SELECT promised.id, side.account, side.sign * refunds.amount, charges.currency
FROM promised JOIN refunds ON refunds.id = refund_id JOIN charges ON charges.id = charge_id,
     (VALUES ('customer_deposits', 1), ('refunds', -1)) AS side (account, sign)
"""

IS_SUM = """
CREATE FUNCTION payout_is_sum(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (payouts.amount, payouts.tax_amount)
           IS NOT DISTINCT FROM (coalesce(sum(item.amount), 0), coalesce(sum(item.tax_amount), 0))
    FROM payouts LEFT JOIN payout_items AS item
        ON item.payout_id = payouts.id AND item.company_id = payouts.company_id
        AND item.currency = payouts.currency
    WHERE payouts.id = wanted GROUP BY payouts.id
$$
"""

CHECK_PAYOUT = """
CREATE FUNCTION check_payout_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT payout_is_sum(NEW.id) THEN
        RAISE EXCEPTION 'payout % is not the sum of its items', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
"""

# Once for all items that a payout takes.
CHECK_TAKEN = """
CREATE FUNCTION check_taken_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT payout_id FROM taken) AS of_payout WHERE NOT payout_is_sum(payout_id)) THEN
        RAISE EXCEPTION 'a payout is the sum of its items' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
"""

KEEP_ITEM = """
CREATE FUNCTION keep_payout_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.payout_id IS NOT NULL
       OR (to_jsonb(NEW) - 'payout_id') <> (to_jsonb(OLD) - 'payout_id') THEN
        RAISE EXCEPTION 'an item becomes part of a payout once and never changes otherwise'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

KEEP_PAYOUT = """
CREATE FUNCTION keep_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'sent' AND NEW.status <> 'sent'
       OR (NEW.company_id, NEW.currency, NEW.amount, NEW.tax_amount)
          <> (OLD.company_id, OLD.currency, OLD.amount, OLD.tax_amount) THEN
        RAISE EXCEPTION 'a payout stays what it is, and once it is sent it is over'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _bookings()
    _charges()
    op.drop_constraint(op.f("ck_ledger_entries_account"), "ledger_entries", type_="check")
    op.create_check_constraint(
        op.f("ck_ledger_entries_account"), "ledger_entries", sa.column("account").in_(ACCOUNTS)
    )
    op.add_column("ledger_transactions", sa.Column("charge_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ledger_transactions_charge_id"), "ledger_transactions", "charges", ["charge_id"], ["id"]
    )
    op.create_index("ix_ledger_transactions_charge_id", "ledger_transactions", ["charge_id"])
    op.drop_index("ix_ledger_transactions_company_id", table_name="ledger_transactions")
    op.create_index("ix_ledger_transactions_company_id", "ledger_transactions", ["company_id", "id"])
    op.create_index(
        "ix_webhook_notices_finished",
        "webhook_notices",
        ["received_at"],
        postgresql_where="status IN ('done', 'ignored')",
    )
    op.execute(PROMISED)
    _payouts()
    _transfers(
        "payout_id", "payouts", "cause_id", "ledger_transactions"
    )


def _bookings() -> None:
    op.add_column(
        "bookings", sa.Column("returned_amount", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.drop_constraint(op.f("ck_bookings_refund"), "bookings", type_="check")
    op.execute(GRANTED.format(sign="+", returned="granted.amount"))
    op.create_check_constraint(
        op.f("ck_bookings_refund"),
        "bookings",
        "refund_amount >= 0 AND returned_amount >= 0 AND refund_amount + returned_amount <= paid_amount",
    )


def _charges() -> None:
    for column in (
        sa.Column("lost_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_fee_collected", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("charges", column)
    op.add_column("charges", sa.Column("company_id", sa.BigInteger(), nullable=True))
    op.execute(SHARES)
    op.alter_column("charges", "company_id", nullable=False)
    op.create_foreign_key(op.f("fk_charges_company_id"), "charges", "companies", ["company_id"], ["id"])
    op.create_index("ix_charges_company_id", "charges", ["company_id", "id"])
    for name in ("refunded", "refunded_was_paid", "fee"):
        op.drop_constraint(op.f(f"ck_charges_{name}"), "charges", type_="check")
    for name, condition in {
        "refunded": "refunded_amount >= 0 AND lost_amount >= 0 AND refunded_amount + lost_amount <= amount",
        "refunded_was_paid": "refunded_amount + lost_amount = 0 AND earned_at IS NULL OR status = 'succeeded'",
        "shares": "fee_amount >= 0 AND tax_amount >= 0 AND fee_amount + tax_amount <= amount",
    }.items():
        op.create_check_constraint(op.f(f"ck_charges_{name}"), "charges", condition)


def _identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _timestamps() -> tuple[sa.Column, sa.Column]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _payouts() -> None:
    op.create_table(
        "payouts",
        _identity(),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "status", _enum("payoutstatus", "pending", "sent"), server_default="pending", nullable=False
        ),
        sa.Column(
            "day",
            sa.Date(),
            server_default=sa.text("(clock_timestamp() AT TIME ZONE 'UTC')::date"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), server_default="", nullable=False),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount")),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_payouts_sent")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_payouts_company_id")),
        sa.ForeignKeyConstraint(["paid_by_id"], ["users.id"], name=op.f("fk_payouts_paid_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
    )
    op.create_index("uq_payouts_day", "payouts", ["company_id", "currency", "day"], unique=True)
    op.create_index("ix_payouts_company_id", "payouts", ["company_id", "id"])
    op.create_index("ix_payouts_paid_by_id", "payouts", ["paid_by_id"])
    op.create_index("ix_payouts_pending", "payouts", ["id"], postgresql_where="status = 'pending'")
    op.create_table(
        "payout_items",
        _identity(),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_payout_items_{column}"))
            for column, target in {
                "transaction_id": "ledger_transactions.id",
                "charge_id": "charges.id",
                "company_id": "companies.id",
                "payout_id": "payouts.id",
            }.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_items")),
    )
    op.create_index("uq_payout_items_transaction_id", "payout_items", ["transaction_id"], unique=True)
    for column in ("charge_id", "company_id", "payout_id"):
        op.create_index(f"ix_payout_items_{column}", "payout_items", [column])
    op.create_index(
        "ix_payout_items_unpaid",
        "payout_items",
        ["company_id", "earned_at"],
        postgresql_where="payout_id IS NULL",
    )
    for function in (IS_SUM, CHECK_PAYOUT, CHECK_TAKEN, KEEP_ITEM, KEEP_PAYOUT):
        op.execute(function)
    op.execute(
        "CREATE CONSTRAINT TRIGGER is_sum AFTER INSERT ON payouts "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payout_sum()"
    )
    op.execute(
        "CREATE TRIGGER is_sum AFTER UPDATE ON payout_items REFERENCING NEW TABLE AS taken "
        "FOR EACH STATEMENT EXECUTE FUNCTION check_taken_items()"
    )
    for table, function in (("payouts", "keep_payout"), ("payout_items", "keep_payout_item")):
        op.execute(
            f"CREATE TRIGGER is_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def _transfers(of: str, table: str, cause: str, causes: str) -> None:
    """Anew: nothing has decided one until now."""
    op.drop_table("transfer_reversals")
    op.drop_table("transfers")
    op.create_table(
        "transfers",
        _identity(),
        sa.Column(of, sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reversed_amount", sa.BigInteger(), server_default="0", nullable=False),
        *_intent(),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint("reversed_amount BETWEEN 0 AND amount", name=op.f("ck_transfers_reversed")),
        sa.ForeignKeyConstraint([of], [f"{table}.id"], name=op.f(f"fk_transfers_{of}")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["payment_accounts.id"], name=op.f("fk_transfers_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    op.create_index(f"uq_transfers_{of}", "transfers", [of], unique=True)
    op.create_index("ix_transfers_account_id", "transfers", ["account_id"])
    op.create_index("ix_transfers_due", "transfers", ["due_at"], postgresql_where="status = 'pending'")
    op.create_table(
        "transfer_reversals",
        _identity(),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column(cause, sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *_intent(),
        *_timestamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_reversals_amount")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_reversals_transfer_id")
        ),
        sa.ForeignKeyConstraint([cause], [f"{causes}.id"], name=op.f(f"fk_transfer_reversals_{cause}")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_reversals")),
    )
    op.create_index("ix_transfer_reversals_transfer_id", "transfer_reversals", ["transfer_id"])
    op.create_index(f"ix_transfer_reversals_{cause}", "transfer_reversals", [cause])
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


def downgrade() -> None:
    """Refused by the check of `account` once the ledger, which nobody rewrites, has an entry of a newer account."""
    _transfers("charge_id", "charges", "refund_id", "refunds")
    op.drop_table("payout_items")
    op.drop_table("payouts")
    for function in (
        "check_taken_items()",
        "check_payout_sum()",
        "keep_payout_item()",
        "keep_payout()",
        "payout_is_sum(bigint)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_webhook_notices_finished", table_name="webhook_notices")
    op.drop_index("ix_ledger_transactions_company_id", table_name="ledger_transactions")
    op.create_index("ix_ledger_transactions_company_id", "ledger_transactions", ["company_id"])
    op.drop_index("ix_ledger_transactions_charge_id", table_name="ledger_transactions")
    op.drop_column("ledger_transactions", "charge_id")
    op.drop_constraint(op.f("ck_ledger_entries_account"), "ledger_entries", type_="check")
    op.create_check_constraint(
        op.f("ck_ledger_entries_account"), "ledger_entries", sa.column("account").in_(ACCOUNTS_BEFORE)
    )
    for name in ("refunded", "refunded_was_paid", "shares"):
        op.drop_constraint(op.f(f"ck_charges_{name}"), "charges", type_="check")
    for name, condition in {
        "refunded": "refunded_amount BETWEEN 0 AND amount",
        "refunded_was_paid": "refunded_amount = 0 OR status = 'succeeded'",
        "fee": "fee_amount BETWEEN 0 AND amount",
    }.items():
        op.create_check_constraint(op.f(f"ck_charges_{name}"), "charges", condition)
    op.drop_index("ix_charges_company_id", table_name="charges")
    for column in ("company_id", "earned_at", "is_fee_collected", "tax_amount", "lost_amount"):
        op.drop_column("charges", column)
    op.drop_constraint(op.f("ck_bookings_refund"), "bookings", type_="check")
    op.execute(GRANTED.format(sign="-", returned="0"))
    op.create_check_constraint(
        op.f("ck_bookings_refund"), "bookings", "refund_amount BETWEEN 0 AND paid_amount"
    )
    op.drop_column("bookings", "returned_amount")
