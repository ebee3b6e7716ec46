from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.bookings.enums import Actor, BookingStatus
from src.companies.models import Company
from src.core.models import Base, CurrencyCode, HasId, HasTimestamps, stored_enum
from src.events.models import HostedEvent
from src.rooms.models import Room
from src.users.models import User


class Booking(HasId, HasTimestamps, Base):
    """A reservation of a room, or of seats at an event: its time is the event's then, and not claimed again.

    Price and cancellation policy are frozen when it is made.

    A pending booking is a hold, and so is one that awaits approval: it ends at `expires_at` by the database's
    clock, whatever `status` still says. Somebody without an account is a guest, for whom staff books at the desk;
    without a name they are one whom we have forgotten.
    Of `paid_amount`, `refund_amount` goes back because the booking was cancelled or got cheaper, `returned_amount`
    beside what was agreed: granted, or taken by the customer's bank.
    `version` grows with every move, and when another time is proposed or no longer is.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint(
            "(total_amount > 0 OR total_amount = 0 AND event_id IS NOT NULL) AND paid_amount >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "(event_id IS NULL) = (claim_id IS NOT NULL) AND (event_id IS NULL) = (seats IS NULL)",
            name="room_or_seats",
        ),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint(
            "tax_amount >= 0 AND platform_fee_amount >= 0 AND tax_amount + platform_fee_amount <= total_amount",
            name="shares",
        ),
        CheckConstraint(
            "refund_amount >= 0 AND returned_amount >= 0 AND refund_amount + returned_amount <= paid_amount",
            name="refund",
        ),
        CheckConstraint(
            "status NOT IN ('awaiting_approval', 'pending') OR expires_at IS NOT NULL", name="hold_expires"
        ),
        CheckConstraint("(customer_id IS NULL) = (guest_name IS NOT NULL)", name="customer_or_guest"),
        Index("ix_bookings_customer_id", "customer_id", "id"),
        Index("ix_bookings_company_id_starts_at", "company_id", "starts_at"),
        Index("ix_bookings_address_id_starts_at", "address_id", "starts_at"),
        Index("ix_bookings_room_id_starts_at", "room_id", "starts_at"),
        Index("ix_bookings_event_id", "event_id", "id"),
        Index("ix_bookings_series_id", "series_id"),
        Index(
            "ix_bookings_open_holds",
            "expires_at",
            postgresql_where="status IN ('awaiting_approval', 'pending')",
        ),
        # What a user holds unpaid, and what they have let expire (`admit_hold.sql`).
        Index(
            "ix_bookings_unpaid_of_customer",
            "customer_id",
            "expires_at",
            postgresql_where="status IN ('awaiting_approval', 'pending', 'expired')",
        ),
        # The few that administrators look for among all, and the time taken on the whole market.
        Index(
            "ix_bookings_rare_status",
            "status",
            "id",
            postgresql_where="status IN ('awaiting_approval', 'declined', 'no_show')",
        ),
        Index(
            "ix_bookings_taken",
            "starts_at",
            postgresql_include=["ends_at"],
            postgresql_where="status IN ('confirmed', 'completed', 'no_show') AND event_id IS NULL",
        ),
        Index("ix_bookings_guests", "ends_at", postgresql_where="guest_name <> ''"),
        Index(
            "ix_bookings_to_remind",
            "starts_at",
            postgresql_where="status = 'confirmed' AND reminded_for IS DISTINCT FROM starts_at",
        ),
        Index("ix_bookings_to_complete", "ends_at", postgresql_where="status = 'confirmed'"),
    )

    customer_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    guest_name: Mapped[str | None] = mapped_column(String(120))
    guest_email: Mapped[str | None] = mapped_column(String(254))
    guest_phone: Mapped[str | None] = mapped_column(String(20))
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    company_id: Mapped[int] = mapped_column(ForeignKey(Company.id))
    claim_id: Mapped[int | None] = mapped_column(unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey(HostedEvent.id))
    seats: Mapped[int | None] = mapped_column(Integer)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("booking_series.id"))
    status: Mapped[BookingStatus]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    currency: Mapped[CurrencyCode]
    total_amount: Mapped[int]
    tax_amount: Mapped[int] = mapped_column(server_default="0")  # contained in the total
    platform_fee_amount: Mapped[int] = mapped_column(server_default="0")  # ours, of the total without tax
    paid_amount: Mapped[int] = mapped_column(server_default="0")
    refund_amount: Mapped[int] = mapped_column(server_default="0")
    returned_amount: Mapped[int] = mapped_column(server_default="0")
    items: Mapped[list[Any]]
    cancellation_policy: Mapped[list[Any]]
    checked_in_at: Mapped[datetime | None]  # at the door of an event
    reminded_for: Mapped[datetime | None]  # the start that the customer was reminded of
    version: Mapped[int] = mapped_column(Integer, server_default="1")

    @property
    def has_forgotten_guest(self) -> bool:
        return self.guest_name == ""

    @property
    def settled_amount(self) -> int:
        """How much of the price is paid: what was granted afterwards is no debt."""
        return self.paid_amount - self.refund_amount

    @property
    def kept_amount(self) -> int:
        """What of the customer's money is with us or the owner, and promised to nobody."""
        return self.settled_amount - self.returned_amount

    @property
    def time_claim_id(self) -> int:
        """Of a booking of a room, which always has a claim; seats never ask for it."""
        assert self.claim_id is not None
        return self.claim_id


class BookingMove(HasId, Base):
    """Who moved a booking, when and why; written once.

    A change of its time keeps the status: `changes` maps a field to its value before and after.
    """

    __tablename__ = "booking_moves"
    __table_args__ = (
        Index("ix_booking_moves_booking_id", "booking_id"),
        Index("ix_booking_moves_actor_id", "actor_id"),
        Index(
            "ix_booking_moves_newly_confirmed",
            "created_at",
            postgresql_where=(
                "to_status = 'confirmed' AND from_status IS DISTINCT FROM 'confirmed'"
                " AND from_status IS DISTINCT FROM 'no_show'"
            ),
        ),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id, ondelete="CASCADE"))
    from_status: Mapped[BookingStatus | None] = mapped_column(stored_enum(BookingStatus, "from_status"))
    to_status: Mapped[BookingStatus]
    actor: Mapped[Actor]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
