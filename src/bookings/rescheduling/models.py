from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.bookings.enums import Actor
from src.bookings.models import Booking
from src.bookings.rescheduling.enums import ProposalStatus
from src.core.models import Base, HasId, HasTimestamps
from src.rooms.models import Room
from src.users.models import User


class BookingProposal(HasId, HasTimestamps, Base):
    """Another time for a booking, which somebody has to agree to or pay for; one open at most.

    Its claim holds what of that time the booking doesn't have already, and ends with `expires_at` by the
    database's clock. Of a swap it holds nothing: the time is that of the other booking.
    """

    __tablename__ = "booking_proposals"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("total_amount > 0", name="amounts"),
        CheckConstraint("claim_id IS NULL OR swap_with_id IS NULL", name="swap_holds_nothing"),
        CheckConstraint("status <> 'agreed' OR swap_with_id IS NOT NULL", name="agreed_swap"),
        Index(
            "uq_booking_proposals_open",
            "booking_id",
            unique=True,
            postgresql_where="status IN ('waiting_for_consent', 'waiting_for_payment', 'agreed')",
        ),
        Index(
            "ix_booking_proposals_open",
            "expires_at",
            postgresql_where="status IN ('waiting_for_consent', 'waiting_for_payment', 'agreed')",
        ),
        Index("ix_booking_proposals_booking_id", "booking_id"),
        Index("ix_booking_proposals_swap_with_id", "swap_with_id"),
        Index("ix_booking_proposals_proposed_by_id", "proposed_by_id"),
        Index("ix_booking_proposals_room_id", "room_id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"))
    status: Mapped[ProposalStatus]
    proposed_by: Mapped[Actor]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    claim_id: Mapped[int | None] = mapped_column(unique=True)
    swap_with_id: Mapped[int | None] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    total_amount: Mapped[int]
    tax_amount: Mapped[int]
    platform_fee_amount: Mapped[int]
    items: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text, server_default="")
    answer: Mapped[str] = mapped_column(Text, server_default="")  # of who has declined or withdrawn it
