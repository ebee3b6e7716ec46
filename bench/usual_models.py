"""The tables of the product as a team would map them that works with objects: relationships throughout."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Sequence, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it so
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    firstname: Mapped[str]
    lastname: Mapped[str]
    role: Mapped[str]
    email_verified_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Company(Base):
    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    currency: Mapped[str]
    cancellation_policy: Mapped[str]
    tax_rate_bp: Mapped[int]
    prices_include_tax: Mapped[bool]
    platform_fee_bp: Mapped[int]
    revision: Mapped[int]


class OperatingHours(Base):
    __tablename__ = "operating_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    weekday: Mapped[int]
    mode: Mapped[str]
    opens: Mapped[time | None]
    closes: Mapped[time | None]


class Address(Base):
    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    name: Mapped[str]
    slug: Mapped[str]
    street: Mapped[str]
    city_id: Mapped[int]
    timezone: Mapped[str]
    status: Mapped[str]
    revision: Mapped[int]

    company: Mapped[Company] = relationship()
    hours: Mapped[list[OperatingHours]] = relationship(order_by=OperatingHours.id)


class RoomPrice(Base):
    __tablename__ = "room_prices"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    duration_minutes: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]


class RoomPhoto(Base):
    __tablename__ = "room_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    position: Mapped[int]
    key: Mapped[str]


class RoomPriceRule(Base):
    __tablename__ = "room_price_rules"

    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)


class RoomPart(Base):
    __tablename__ = "room_parts"

    whole_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(primary_key=True)


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    resource_id: Mapped[int]
    name: Mapped[str]
    description: Mapped[str]
    capacity: Mapped[int]
    area_dm2: Mapped[int | None]
    booking_mode: Mapped[str]
    slot_minutes: Mapped[int]
    min_minutes: Mapped[int]
    max_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int]
    buffer_after_minutes: Mapped[int]
    notice_minutes: Mapped[int]
    horizon_days: Mapped[int]
    cancellation_policy: Mapped[str | None]
    status: Mapped[str]
    revision: Mapped[int]

    address: Mapped[Address] = relationship()
    prices: Mapped[list[RoomPrice]] = relationship(order_by=RoomPrice.duration_minutes)
    price_rules: Mapped[list[RoomPriceRule]] = relationship(order_by=RoomPriceRule.position)
    parts: Mapped[list[RoomPart]] = relationship(order_by=RoomPart.part_id)
    photos: Mapped[list[RoomPhoto]] = relationship(order_by=RoomPhoto.position)


class Occupancy(Base):
    __tablename__ = "occupancies"
    # Fetches claim_id with the INSERT instead of by a SELECT of its own.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - as above

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int]
    claim_id: Mapped[int] = mapped_column(default=Sequence("occupancies_claim_id_seq").next_value())
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class BookingMove(Base):
    __tablename__ = "booking_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    to_status: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[int]


class Booking(Base):
    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    claim_id: Mapped[int]
    status: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    currency: Mapped[str]
    total_amount: Mapped[int]
    tax_amount: Mapped[int]
    platform_fee_amount: Mapped[int]
    paid_amount: Mapped[int] = mapped_column(default=0)
    refund_amount: Mapped[int] = mapped_column(default=0)
    returned_amount: Mapped[int] = mapped_column(default=0)
    items: Mapped[list[Any]]
    cancellation_policy: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    room: Mapped[Room] = relationship()
    address: Mapped[Address] = relationship()
    moves: Mapped[list[BookingMove]] = relationship()


class OutboxRecord(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
