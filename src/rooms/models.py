from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.calendars.models import Resource
from src.companies.enums import CancellationPolicy
from src.core.models import Base, HasId, HasTimestamps
from src.rooms.enums import RoomStatus

DAY_MINUTES = 24 * 60


class Room(HasId, HasTimestamps, Base):
    """A bookable space of a studio. Lengths are minutes; buffers are taken on top of what is booked."""

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
        Index("ix_rooms_address_id", "address_id"),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, server_default="")
    capacity: Mapped[int] = mapped_column(SmallInteger)
    slot_minutes: Mapped[int] = mapped_column(Integer)
    min_minutes: Mapped[int] = mapped_column(Integer)
    max_minutes: Mapped[int] = mapped_column(Integer)
    buffer_before_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    buffer_after_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    notice_minutes: Mapped[int] = mapped_column(Integer, server_default="0")
    horizon_days: Mapped[int] = mapped_column(Integer, server_default="365")
    cancellation_policy: Mapped[CancellationPolicy | None]  # None: that of the company
    status: Mapped[RoomStatus] = mapped_column(server_default=RoomStatus.ACTIVE)


class RoomPrice(Base):
    """A price tier: that many minutes for that amount, in minor units of the company's currency."""

    __tablename__ = "room_prices"
    __table_args__ = (CheckConstraint("duration_minutes > 0 AND amount > 0", name="positive"),)

    room_id: Mapped[int] = mapped_column(ForeignKey(Room.id, ondelete="CASCADE"), primary_key=True)
    duration_minutes: Mapped[int] = mapped_column(Integer, primary_key=True)
    amount: Mapped[int]
