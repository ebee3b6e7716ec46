"""rooms

Revision ID: 200a50000001
Revises: add2e5500001
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "200a50000001"
down_revision = "add2e5500001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("rooms", sa.Column("area_dm2", sa.Integer(), nullable=True))
    op.add_column("rooms", sa.Column("booking_mode", sa.String(20), server_default="instant", nullable=False))
    op.add_column("rooms", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_rooms_area"), "rooms", "area_dm2 > 0")
    op.create_check_constraint(
        op.f("ck_rooms_bookingmode"), "rooms", "booking_mode IN ('instant', 'on_request')"
    )
    op.create_unique_constraint(op.f("uq_rooms_id_address_id"), "rooms", ["id", "address_id"])
    _create_price_rules()
    _create_photos()
    _create_parts()
    _create_blocks()
    for column in ("tax_amount", "platform_fee_amount"):
        op.add_column("bookings", sa.Column(column, sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_bookings_shares"),
        "bookings",
        "tax_amount >= 0 AND platform_fee_amount >= 0 AND tax_amount + platform_fee_amount <= total_amount",
    )


def _create_price_rules() -> None:
    op.create_table(
        "room_price_rules",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 10 AND 1000", name=op.f("ck_room_price_rules_percent")),
        sa.CheckConstraint(
            "cardinality(weekdays) > 0 AND weekdays <@ ARRAY[0,1,2,3,4,5,6]::smallint[]",
            name=op.f("ck_room_price_rules_weekdays"),
        ),
        sa.CheckConstraint("first_date <= last_date", name=op.f("ck_room_price_rules_dates")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_price_rules_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "position", name=op.f("pk_room_price_rules")),
    )


def _create_photos() -> None:
    op.create_table(
        "room_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 19", name=op.f("ck_room_photos_position")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_photos_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_photos")),
        sa.UniqueConstraint("key", name=op.f("uq_room_photos_key")),
        sa.UniqueConstraint(
            "room_id",
            "position",
            name=op.f("uq_room_photos_room_id_position"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )


def _create_parts() -> None:
    op.create_table(
        "room_parts",
        sa.Column("whole_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("whole_id <> part_id", name=op.f("ck_room_parts_not_itself")),
        sa.ForeignKeyConstraint(
            ["whole_id", "address_id"],
            ["rooms.id", "rooms.address_id"],
            name="fk_room_parts_whole_id_address_id",
        ),
        sa.ForeignKeyConstraint(
            ["part_id", "address_id"],
            ["rooms.id", "rooms.address_id"],
            name="fk_room_parts_part_id_address_id",
        ),
        sa.PrimaryKeyConstraint("whole_id", "address_id", "part_id", name=op.f("pk_room_parts")),
    )
    op.create_index("ix_room_parts_part_id_address_id", "room_parts", ["part_id", "address_id"])


def _create_blocks() -> None:
    op.create_table(
        "room_blocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_room_blocks_not_empty")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_blocks_room_id")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_room_blocks_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_blocks")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_room_blocks_claim_id")),
    )
    op.create_index("ix_room_blocks_room_id_starts_at", "room_blocks", ["room_id", "starts_at"])
    op.create_index("ix_room_blocks_created_by", "room_blocks", ["created_by"])


def downgrade() -> None:
    op.drop_constraint(op.f("ck_bookings_shares"), "bookings")
    op.drop_column("bookings", "platform_fee_amount")
    op.drop_column("bookings", "tax_amount")
    op.execute("DELETE FROM occupancies WHERE claim_id IN (SELECT claim_id FROM room_blocks)")
    for table in ("room_blocks", "room_parts", "room_photos", "room_price_rules"):
        op.drop_table(table)
    op.drop_constraint(op.f("uq_rooms_id_address_id"), "rooms")
    op.drop_constraint(op.f("ck_rooms_bookingmode"), "rooms")
    op.drop_constraint(op.f("ck_rooms_area"), "rooms")
    for column in ("revision", "booking_mode", "area_dm2"):
        op.drop_column("rooms", column)
