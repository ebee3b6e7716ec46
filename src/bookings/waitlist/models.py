from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from src.bookings.models import Booking
from src.bookings.waitlist.enums import WaitStatus
from src.core.models import Base, HasId, HasTimestamps
from src.events.models import HostedEvent
from src.rooms.models import Room
from src.teams.models import TeamMember
from src.users.models import User


class WaitlistEntry(HasId, HasTimestamps, Base):
    """Somebody in line for a time of a room, or for seats; the line is in order of ids.

    Of an event `room_id` and the times are the event's. With a room add-ons may be wished for; whether they are let
    is asked when it is offered. A service may be gone by then, which no foreign key forbids.
    """

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("(event_id IS NULL) = (seats IS NULL) AND seats > 0", name="seats"),
        CheckConstraint("status <> 'offered' OR booking_id IS NOT NULL", name="offer"),
        CheckConstraint(
            "(member_id IS NULL) = (service_id IS NULL)"
            " AND (event_id IS NULL OR member_id IS NULL AND equipment_ids = '{}')",
            name="add_ons",
        ),
        Index("ix_waitlist_entries_customer_id", "customer_id", "id"),
        Index("ix_waitlist_entries_room_id", "room_id", "id"),
        Index("ix_waitlist_entries_event_id", "event_id", "id"),
        Index("ix_waitlist_entries_member_id", "member_id"),
        Index("ix_waitlist_entries_booking_id", "booking_id", unique=True),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    event_id: Mapped[int | None] = mapped_column(ForeignKey(HostedEvent.id, ondelete="CASCADE"))
    seats: Mapped[int | None] = mapped_column(Integer)
    equipment_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    member_id: Mapped[int | None] = mapped_column(ForeignKey(TeamMember.id))
    service_id: Mapped[int | None]
    status: Mapped[WaitStatus] = mapped_column(server_default=WaitStatus.WAITING)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey(Booking.id))


# Nobody stands in one line twice.
Index(
    "uq_waitlist_entries_waiting",
    WaitlistEntry.customer_id,
    WaitlistEntry.room_id,
    WaitlistEntry.starts_at,
    WaitlistEntry.ends_at,
    func.coalesce(WaitlistEntry.event_id, 0),
    unique=True,
    postgresql_where=text("status IN ('waiting', 'offered')"),
)
