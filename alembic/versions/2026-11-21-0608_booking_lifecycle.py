"""booking lifecycle

The function is that of `src/bookings/admit_hold.sql`, which says how it works; a test compares the two.

Revision ID: 11fec0000001
Revises: 9a7a00000001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "11fec0000001"
down_revision = "9a7a00000001"
branch_labels = None
depends_on = None

ADMIT_HOLD = """
CREATE OR REPLACE FUNCTION admit_hold(
    holder bigint,
    wanted_room bigint,
    most_holds integer,
    most_expired integer,
    OUT refusal text,
    OUT refused_until timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bookings.holds'), hashint8(holder));

    IF (SELECT count(*) FROM bookings
        WHERE customer_id = holder AND status IN ('awaiting_approval', 'pending')
          AND expires_at > clock_timestamp()) >= most_holds THEN
        refusal := 'too_many_holds';
        RETURN;
    END IF;

    -- The one too many, counted from the latest. What the owner left unanswered is not the customer's doing.
    SELECT expires_at + interval '1 day' INTO refused_until FROM bookings AS unpaid
    WHERE customer_id = holder AND room_id = wanted_room AND status IN ('pending', 'expired')
      AND expires_at > clock_timestamp() - interval '1 day' AND expires_at <= clock_timestamp()
      AND NOT EXISTS (SELECT FROM booking_moves WHERE booking_id = unpaid.id
                      AND from_status = 'awaiting_approval' AND to_status = 'expired')
    ORDER BY expires_at DESC OFFSET most_expired - 1 LIMIT 1;
    IF FOUND THEN
        refusal := 'cool_down';
    END IF;
END
$$
"""

OLD_STATUSES = "'pending', 'confirmed', 'expired', 'cancelled'"
STATUSES = f"'awaiting_approval', 'completed', 'declined', 'no_show', {OLD_STATUSES}"
STATUS_COLUMNS = (
    ("bookings", "status", "ck_bookings_bookingstatus"),
    ("booking_moves", "from_status", "ck_booking_moves_from_status"),
    ("booking_moves", "to_status", "ck_booking_moves_bookingstatus"),
)
OLD_POLICIES = "'flexible', 'moderate', 'strict'"
POLICIES = f"{OLD_POLICIES}, 'custom'"
OLD_REASONS = "'cancelled', 'paid_too_late', 'granted'"
REASONS = f"{OLD_REASONS}, 'rescheduled'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _replace_checks(STATUSES, POLICIES, REASONS)
    _add_policies()
    _widen_bookings()
    _create_proposals()
    op.execute(ADMIT_HOLD)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION admit_hold(bigint, bigint, integer, integer)")
    op.drop_table("booking_proposals")
    op.execute("DELETE FROM booking_moves WHERE from_status = to_status")
    op.drop_column("booking_moves", "changes")
    _narrow_bookings()
    for table in ("companies", "rooms"):
        op.drop_constraint(op.f(f"ck_{table}_cancellation_tiers"), table)
        op.drop_column(table, "cancellation_tiers")
    _forget_new_values()
    _replace_checks(OLD_STATUSES, OLD_POLICIES, OLD_REASONS)


def _replace_checks(statuses: str, policies: str, reasons: str) -> None:
    columns = (
        *((*column, statuses) for column in STATUS_COLUMNS),
        ("companies", "cancellation_policy", "ck_companies_cancellationpolicy", policies),
        ("rooms", "cancellation_policy", "ck_rooms_cancellationpolicy", policies),
        ("refunds", "reason", "ck_refunds_refundreason", reasons),
    )
    for table, column, name, values in columns:
        op.drop_constraint(op.f(name), table)
        op.create_check_constraint(op.f(name), table, f"{column} IN ({values})")


def _add_policies() -> None:
    for table in ("companies", "rooms"):
        op.add_column(
            table, sa.Column("cancellation_tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
        )
        op.create_check_constraint(
            op.f(f"ck_{table}_cancellation_tiers"),
            table,
            "coalesce(cancellation_policy = 'custom', false) = (cancellation_tiers IS NOT NULL)"
            if table == "rooms"
            else "(cancellation_policy = 'custom') = (cancellation_tiers IS NOT NULL)",
        )


def _widen_bookings() -> None:
    op.add_column("bookings", sa.Column("guest_name", sa.String(length=120), nullable=True))
    op.add_column("bookings", sa.Column("guest_email", sa.String(length=254), nullable=True))
    op.add_column("bookings", sa.Column("guest_phone", sa.String(length=20), nullable=True))
    op.add_column("bookings", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("bookings", "customer_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_bookings_customer_or_guest"), "bookings", "(customer_id IS NULL) = (guest_name IS NOT NULL)"
    )
    op.drop_constraint(op.f("ck_bookings_hold_expires"), "bookings")
    op.create_check_constraint(
        op.f("ck_bookings_hold_expires"),
        "bookings",
        "status NOT IN ('awaiting_approval', 'pending') OR expires_at IS NOT NULL",
    )
    op.drop_index("ix_bookings_open_holds", "bookings")
    _create_indexes(
        ("ix_bookings_open_holds", ["expires_at"], "status IN ('awaiting_approval', 'pending')"),
        (
            "ix_bookings_unpaid_of_customer",
            ["customer_id", "expires_at"],
            "status IN ('awaiting_approval', 'pending', 'expired')",
        ),
        ("ix_bookings_to_complete", ["ends_at"], "status = 'confirmed'"),
    )
    op.add_column(
        "booking_moves",
        sa.Column(
            "changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
    )


def _create_indexes(*indexes: tuple[str, list[str], str]) -> None:
    for name, columns, where in indexes:
        op.create_index(name, "bookings", columns, postgresql_where=sa.text(where))


def _narrow_bookings() -> None:
    """Guests have no place in the schema before; nor have their bookings."""
    op.execute("DELETE FROM bookings WHERE customer_id IS NULL")
    for name in ("ix_bookings_to_complete", "ix_bookings_unpaid_of_customer", "ix_bookings_open_holds"):
        op.drop_index(name, "bookings")
    op.drop_constraint(op.f("ck_bookings_hold_expires"), "bookings")
    op.create_check_constraint(
        op.f("ck_bookings_hold_expires"), "bookings", "status <> 'pending' OR expires_at IS NOT NULL"
    )
    _create_indexes(("ix_bookings_open_holds", ["expires_at"], "status = 'pending'"))
    op.drop_constraint(op.f("ck_bookings_customer_or_guest"), "bookings")
    op.alter_column("bookings", "customer_id", nullable=False)
    for column in ("version", "guest_phone", "guest_email", "guest_name"):
        op.drop_column("bookings", column)


def _forget_new_values() -> None:
    """To the nearest of the old ones."""
    for table, column, _ in STATUS_COLUMNS:
        op.execute(
            f"UPDATE {table} SET {column} = CASE {column} WHEN 'awaiting_approval' THEN 'pending'"  # noqa: S608
            f" WHEN 'declined' THEN 'cancelled' ELSE 'confirmed' END"
            f" WHERE {column} IN ('awaiting_approval', 'declined', 'completed', 'no_show')"
        )
    for table in ("companies", "rooms"):
        op.execute(f"UPDATE {table} SET cancellation_policy = 'moderate' WHERE cancellation_policy = 'custom'")  # noqa: S608
    op.execute("UPDATE refunds SET reason = 'cancelled' WHERE reason = 'rescheduled'")


def _create_proposals() -> None:
    is_open = sa.text("status IN ('waiting_for_consent', 'waiting_for_payment', 'agreed')")
    op.create_table(
        "booking_proposals",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.String(20), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("swap_with_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("platform_fee_amount", sa.BigInteger(), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_booking_proposals_not_empty")),
        sa.CheckConstraint("total_amount > 0", name=op.f("ck_booking_proposals_amounts")),
        sa.CheckConstraint(
            "claim_id IS NULL OR swap_with_id IS NULL", name=op.f("ck_booking_proposals_swap_holds_nothing")
        ),
        sa.CheckConstraint(
            "status <> 'agreed' OR swap_with_id IS NOT NULL", name=op.f("ck_booking_proposals_agreed_swap")
        ),
        sa.CheckConstraint(
            "status IN ('waiting_for_consent', 'waiting_for_payment', 'agreed', 'done', 'declined', 'expired')",
            name=op.f("ck_booking_proposals_proposalstatus"),
        ),
        sa.CheckConstraint(
            "proposed_by IN ('customer', 'owner', 'system')", name=op.f("ck_booking_proposals_actor")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_proposals_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["swap_with_id"], ["bookings.id"], name=op.f("fk_booking_proposals_swap_with_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_booking_proposals_proposed_by_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_booking_proposals_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_proposals")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_booking_proposals_claim_id")),
    )
    op.create_index(
        "uq_booking_proposals_open", "booking_proposals", ["booking_id"], unique=True, postgresql_where=is_open
    )
    op.create_index("ix_booking_proposals_open", "booking_proposals", ["expires_at"], postgresql_where=is_open)
    for column in ("booking_id", "swap_with_id", "proposed_by_id", "room_id"):
        op.create_index(f"ix_booking_proposals_{column}", "booking_proposals", [column])
