from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.bookings.enums import Actor, BookingStatus
from src.companies.models import Company
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps, stored_enum
from src.rooms.models import Room
from src.users.models import User


class Booking(HasId, HasTimestamps, Base):
    """A reservation of a room. Price and cancellation policy are frozen when it is made.

    A pending booking is a hold: it ends at `expires_at` by the database's clock, whatever `status` still says.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("total_amount > 0 AND paid_amount >= 0", name="amounts"),
        CheckConstraint("refund_amount BETWEEN 0 AND paid_amount", name="refund"),
        CheckConstraint("status <> 'pending' OR expires_at IS NOT NULL", name="hold_expires"),
        Index("ix_bookings_customer_id", "customer_id", "id"),
        Index("ix_bookings_company_id_starts_at", "company_id", "starts_at"),
        Index("ix_bookings_address_id_starts_at", "address_id", "starts_at"),
        Index("ix_bookings_room_id_starts_at", "room_id", "starts_at"),
        Index("ix_bookings_open_holds", "expires_at", postgresql_where="status = 'pending'"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    claim_id: Mapped[int] = mapped_column(unique=True)
    status: Mapped[BookingStatus]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    currency: Mapped[CurrencyCode]
    total_amount: Mapped[int]
    paid_amount: Mapped[int] = mapped_column(server_default="0")
    refund_amount: Mapped[int] = mapped_column(server_default="0")
    items: Mapped[list[Any]]
    cancellation_policy: Mapped[list[Any]]


class BookingMove(HasId, Base):
    """Who moved a booking, when and why; written once."""

    __tablename__ = "booking_moves"
    __table_args__ = (
        Index("ix_booking_moves_booking_id", "booking_id"),
        Index("ix_booking_moves_actor_id", "actor_id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"))
    from_status: Mapped[BookingStatus | None] = mapped_column(stored_enum(BookingStatus, "from_status"))
    to_status: Mapped[BookingStatus]
    actor: Mapped[Actor]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
