"""ledger is append-only

What is written stays, and every transaction sums to zero in each currency by the time it commits.

Revision ID: 1ed6e4a99e0d
Revises: c1a13e7140e0
"""

from alembic import op

revision = "1ed6e4a99e0d"
down_revision = "c1a13e7140e0"
branch_labels = None
depends_on = None

REFUSE_CHANGE = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END
$$
"""

CHECK_BALANCE = """
CREATE FUNCTION check_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entries WHERE transaction_id = NEW.transaction_id
        GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute(REFUSE_CHANGE)
    op.execute(CHECK_BALANCE)
    for table in ("ledger_transactions", "ledger_entries"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_entries "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_ledger_balance()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER balanced ON ledger_entries")
    for table in ("ledger_transactions", "ledger_entries"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION check_ledger_balance()")
    op.execute("DROP FUNCTION refuse_ledger_change()")
