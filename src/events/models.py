from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, CurrencyCode, HasId, HasTimestamps
from src.events.enums import EventStatus
from src.rooms.models import Room

LONGEST_EVENT_DAYS = 14


class HostedEvent(HasId, HasTimestamps, Base):
    """Something an owner hosts in a room, sold by the seat; takes the room's time like a booking does.

    `seats_sold` counts held seats too. It is changed by single statements and never leaves its check.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("seats_sold BETWEEN 0 AND capacity", name="seats"),
        CheckConstraint("seat_amount >= 0", name="seat_amount"),
        Index("ix_events_room_id_starts_at", "room_id", "starts_at"),
        Index("ix_events_starts_at", "starts_at"),
    )

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id))
    claim_id: Mapped[int] = mapped_column(unique=True)
    status: Mapped[EventStatus] = mapped_column(server_default=EventStatus.SCHEDULED)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, server_default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int] = mapped_column(Integer)
    seats_sold: Mapped[int] = mapped_column(Integer, server_default="0")
    seat_amount: Mapped[int]
    currency: Mapped[CurrencyCode]
