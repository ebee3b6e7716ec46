from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.calendars.models import Resource
from src.companies.enums import CancellationPolicy
from src.core.models import Base, HasId, HasTimestamps
from src.core.uploads import LONGEST_KEY
from src.rooms.enums import BookingMode, RoomStatus
from src.users.models import User

DAY_MINUTES = 24 * 60
MOST_PHOTOS = 20
LONGEST_BLOCK_DAYS = 366


class Room(HasId, HasTimestamps, Base):
    """A bookable space of a studio. Lengths are minutes; buffers are taken on top of what is booked.

    `revision` grows with every change of what the owner offers: a booking is made of the revision that it was
    priced by, or not at all (docs/adr/0016).
    """

    __tablename__ = "rooms"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint(f"slot_minutes >= 5 AND {DAY_MINUTES} % slot_minutes = 0", name="slot"),
        CheckConstraint(
            "min_minutes > 0 AND min_minutes <= max_minutes"
            " AND min_minutes % slot_minutes = 0 AND max_minutes % slot_minutes = 0",
            name="lengths",
        ),
        CheckConstraint("buffer_before_minutes >= 0 AND buffer_after_minutes >= 0", name="buffers"),
        CheckConstraint("notice_minutes >= 0 AND horizon_days > 0", name="window"),
        CheckConstraint("area_dm2 > 0", name="area"),
        CheckConstraint(
            "coalesce(cancellation_policy = 'custom', false) = (cancellation_tiers IS NOT NULL)",
            name="cancellation_tiers",
        ),
        UniqueConstraint("id", "address_id"),  # what parts refer to: whole and part are of one studio
        Index("ix_rooms_address_id", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, server_default="")
    capacity: Mapped[int] = mapped_column(SmallInteger)
    area_dm2: Mapped[int | None] = mapped_column(Integer)  # a hundredth of a square metre
    booking_mode: Mapped[BookingMode] = mapped_column(server_default=BookingMode.INSTANT)
    slot_minutes: Mapped[int] = mapped_column(Integer)
    min_minutes: Mapped[int] = mapped_column(Integer)
    max_minutes: Mapped[int] = mapped_column(Integer)
    buffer_before_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    buffer_after_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    notice_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    horizon_days: Mapped[int] = mapped_column(Integer, server_default="365")
    cancellation_policy: Mapped[CancellationPolicy | None]  # None: that of the company
    cancellation_tiers: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    status: Mapped[RoomStatus] = mapped_column(server_default=RoomStatus.ACTIVE)
    revision: Mapped[int] = mapped_column(Integer, server_default="1")


class RoomPrice(Base):
    """A price tier: that many minutes for that amount, in minor units of the company's currency."""

    __tablename__ = "room_prices"
    __table_args__ = (CheckConstraint("duration_minutes > 0 AND amount > 0", name="positive"),)

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id, ondelete="CASCADE"), primary_key=True)
    duration_minutes: Mapped[int] = mapped_column(Integer, primary_key=True)
    amount: Mapped[int]


class RoomPriceRule(Base):
    """Peak or off-peak: that many percent of the price, at some hours of some weekdays of the studio's clock.

    The first rule that applies to a minute, by position, decides. `ends` at or before `starts` is the next day;
    weekday and dates are those of the start.
    """

    __tablename__ = "room_price_rules"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 10 AND 1000", name="percent"),
        CheckConstraint(
            "cardinality(weekdays) > 0 AND weekdays <@ ARRAY[0,1,2,3,4,5,6]::smallint[]", name="weekdays"
        ),
        CheckConstraint("first_date <= last_date", name="dates"),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    starts: Mapped[time]
    ends: Mapped[time]
    first_date: Mapped[date | None]
    last_date: Mapped[date | None]
    percent: Mapped[int] = mapped_column(SmallInteger)


class RoomPhoto(HasId, Base):
    """A picture of the room; `position` counts from 0, without gaps."""

    __tablename__ = "room_photos"
    __table_args__ = (
        UniqueConstraint("room_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_PHOTOS - 1}", name="position"),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    position: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)  # a key of our own storage
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RoomPart(Base):
    """A room that another is made of: whoever takes the whole takes each of its parts, and theirs."""

    __tablename__ = "room_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["whole_id", "address_id"], [Room.id, Room.address_id], name="fk_room_parts_whole_id_address_id"
        ),
        ForeignKeyConstraint(
            ["part_id", "address_id"], [Room.id, Room.address_id], name="fk_room_parts_part_id_address_id"
        ),
        CheckConstraint("whole_id <> part_id", name="not_itself"),
        Index("ix_room_parts_part_id_address_id", "part_id", "address_id"),
    )

    whole_id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(primary_key=True)


class RoomBlock(HasId, Base):
    """Time that the owner keeps for themselves; its occupancies are those of the claim."""

    __tablename__ = "room_blocks"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index("ix_room_blocks_room_id_starts_at", "room_id", "starts_at"),
        Index("ix_room_blocks_created_by", "created_by"),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    claim_id: Mapped[int] = mapped_column(unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    created_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
