"""add-ons keep the price that was agreed; the waiting list knows them

Revision ID: b00c00000003
Revises: b00c00000002
"""

import sqlalchemy as sa

from alembic import op

revision = "b00c00000003"
down_revision = "b00c00000002"
branch_labels = None
depends_on = None

# A piece costs what it does today; a professional what the bill says, in units as long as it makes them.
KEEP_EQUIPMENT = """
UPDATE booking_add_ons AS add_on
SET description = item.name, unit_amount = coalesce(item.price_amount, 0),
    charged = coalesce(item.price_unit, 'per_booking')
FROM address_equipment AS item WHERE item.id = add_on.equipment_id
"""
KEEP_PROFESSIONALS = """
UPDATE booking_add_ons AS add_on
SET description = item ->> 'description', unit_amount = (item ->> 'unit_amount')::bigint, charged = 'per_booking',
    unit_minutes = ceil(extract(epoch FROM ends_at - starts_at) / 60 / (item ->> 'quantity')::int)
FROM bookings AS booking, jsonb_array_elements(booking.items) AS item
WHERE booking.id = add_on.booking_id AND add_on.member_id IS NOT NULL AND item ->> 'kind' = 'service'
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _keep_prices()
    _wait_for_add_ons()


def _keep_prices() -> None:
    op.add_column("booking_add_ons", sa.Column("description", sa.String(300)))
    op.add_column("booking_add_ons", sa.Column("unit_amount", sa.BigInteger()))
    op.add_column("booking_add_ons", sa.Column("charged", sa.String(20)))
    op.add_column("booking_add_ons", sa.Column("unit_minutes", sa.Integer()))
    op.execute(KEEP_EQUIPMENT)
    op.execute(KEEP_PROFESSIONALS)
    for column in ("description", "unit_amount", "charged"):
        op.alter_column("booking_add_ons", column, nullable=False)
    checks = {
        "charged": "charged IN ('per_hour', 'per_booking')",
        "unit": "(member_id IS NULL) = (unit_minutes IS NULL) AND unit_minutes > 0",
        "unit_amount": "unit_amount >= 0",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_booking_add_ons_{name}"), "booking_add_ons", condition)


def _wait_for_add_ons() -> None:
    op.add_column(
        "waitlist_entries",
        sa.Column("equipment_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )
    op.add_column("waitlist_entries", sa.Column("member_id", sa.BigInteger()))
    op.add_column("waitlist_entries", sa.Column("service_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_waitlist_entries_member_id"), "waitlist_entries", "team_members", ["member_id"], ["id"]
    )
    op.create_index("ix_waitlist_entries_member_id", "waitlist_entries", ["member_id"])
    op.create_check_constraint(
        op.f("ck_waitlist_entries_add_ons"),
        "waitlist_entries",
        "(member_id IS NULL) = (service_id IS NULL)"
        " AND (event_id IS NULL OR member_id IS NULL AND equipment_ids = '{}')",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_waitlist_entries_add_ons"), "waitlist_entries")
    for column in ("service_id", "member_id", "equipment_ids"):
        op.drop_column("waitlist_entries", column)
    for name in ("unit_amount", "unit", "charged"):
        op.drop_constraint(op.f(f"ck_booking_add_ons_{name}"), "booking_add_ons")
    for column in ("unit_minutes", "charged", "unit_amount", "description"):
        op.drop_column("booking_add_ons", column)
