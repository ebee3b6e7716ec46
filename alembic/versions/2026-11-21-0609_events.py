"""events, add-ons, series, the waiting list

Revision ID: e7e000000001
Revises: 11fec0000001
"""

import sqlalchemy as sa

from alembic import op

revision = "e7e000000001"
down_revision = "11fec0000001"
branch_labels = None
depends_on = None

# Of `src/bookings/admit_hold.sql`, which says how it works; here it learns that a series is one hold.
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

    IF (SELECT count(DISTINCT coalesce(-series_id, id)) FROM bookings
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
OF_EACH, OF_SERIES = "count(*)", "count(DISTINCT coalesce(-series_id, id))"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("events", sa.Column("status", sa.String(20), server_default="scheduled", nullable=False))
    op.create_check_constraint(
        op.f("ck_events_eventstatus"), "events", "status IN ('scheduled', 'cancelled')"
    )
    op.create_index("ix_events_starts_at", "events", ["starts_at"])
    _create_series()
    _widen_bookings()
    _create_add_ons()
    _create_waitlist()
    op.execute(ADMIT_HOLD)


def _create_series() -> None:
    op.create_table(
        "booking_series",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("rrule", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["users.id"], name=op.f("fk_booking_series_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_series")),
    )
    op.create_index("ix_booking_series_customer_id", "booking_series", ["customer_id"])


def _widen_bookings() -> None:
    """Seats have no time of their own: it is the event's."""
    for name in ("event_id", "series_id"):
        op.add_column("bookings", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("bookings", sa.Column("seats", sa.Integer(), nullable=True))
    op.add_column("bookings", sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("bookings", "claim_id", nullable=True)
    op.create_foreign_key(op.f("fk_bookings_event_id"), "bookings", "events", ["event_id"], ["id"])
    op.create_foreign_key(op.f("fk_bookings_series_id"), "bookings", "booking_series", ["series_id"], ["id"])
    op.create_index("ix_bookings_event_id", "bookings", ["event_id", "id"])
    op.create_index("ix_bookings_series_id", "bookings", ["series_id"])
    op.create_check_constraint(
        op.f("ck_bookings_room_or_seats"),
        "bookings",
        "(event_id IS NULL) = (claim_id IS NOT NULL) AND (event_id IS NULL) = (seats IS NULL)",
    )
    op.create_check_constraint(op.f("ck_bookings_seats"), "bookings", "seats > 0")
    op.drop_constraint(op.f("ck_bookings_amounts"), "bookings")
    op.create_check_constraint(
        op.f("ck_bookings_amounts"),
        "bookings",
        "(total_amount > 0 OR total_amount = 0 AND event_id IS NOT NULL) AND paid_amount >= 0",
    )


def _create_add_ons() -> None:
    op.create_table(
        "booking_add_ons",
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("equipment_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(equipment_id, member_id) = 1", name=op.f("ck_booking_add_ons_one_kind")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_add_ons_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_booking_add_ons_resource_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["address_equipment.id"], name=op.f("fk_booking_add_ons_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["team_members.id"], name=op.f("fk_booking_add_ons_member_id")
        ),
        sa.PrimaryKeyConstraint("booking_id", "resource_id", name=op.f("pk_booking_add_ons")),
    )
    for column in ("resource_id", "equipment_id", "member_id"):
        op.create_index(f"ix_booking_add_ons_{column}", "booking_add_ons", [column])


def _create_waitlist() -> None:
    op.create_table(
        "waitlist_entries",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(20), server_default="waiting", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_waitlist_entries_not_empty")),
        sa.CheckConstraint(
            "(event_id IS NULL) = (seats IS NULL) AND seats > 0", name=op.f("ck_waitlist_entries_seats")
        ),
        sa.CheckConstraint(
            "status <> 'offered' OR booking_id IS NOT NULL", name=op.f("ck_waitlist_entries_offer")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'taken', 'passed', 'lapsed', 'left')",
            name=op.f("ck_waitlist_entries_waitstatus"),
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["users.id"], name=op.f("fk_waitlist_entries_customer_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_waitlist_entries_room_id")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_waitlist_entries_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_waitlist_entries_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entries")),
    )
    op.create_index("ix_waitlist_entries_customer_id", "waitlist_entries", ["customer_id", "id"])
    op.create_index("ix_waitlist_entries_room_id", "waitlist_entries", ["room_id", "id"])
    op.create_index("ix_waitlist_entries_event_id", "waitlist_entries", ["event_id", "id"])
    op.create_index("ix_waitlist_entries_booking_id", "waitlist_entries", ["booking_id"], unique=True)
    op.create_index(
        "uq_waitlist_entries_waiting",
        "waitlist_entries",
        ["customer_id", "room_id", "starts_at", "ends_at", sa.text("coalesce(event_id, 0)")],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'offered')"),
    )


def downgrade() -> None:
    """Refused by the database while a seat is booked: there is no way back for it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ADMIT_HOLD.replace(OF_SERIES, OF_EACH))
    op.drop_table("waitlist_entries")
    op.drop_table("booking_add_ons")
    for name in ("amounts", "seats", "room_or_seats"):
        op.drop_constraint(op.f(f"ck_bookings_{name}"), "bookings")
    op.create_check_constraint(
        op.f("ck_bookings_amounts"), "bookings", "total_amount > 0 AND paid_amount >= 0"
    )
    op.alter_column("bookings", "claim_id", nullable=False)
    for name in ("event_id", "series_id", "seats", "checked_in_at"):
        op.drop_column("bookings", name)
    op.drop_table("booking_series")
    op.drop_index("ix_events_starts_at", table_name="events")
    op.drop_column("events", "status")
