from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from src.core.models import Base, HasId
from src.users.models import User

LONGEST_RULE = 200


class BookingSeries(HasId, Base):
    """What several bookings were made of at once; each of them is a booking of its own."""

    __tablename__ = "booking_series"
    __table_args__ = (Index("ix_booking_series_customer_id", "customer_id"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    rrule: Mapped[str] = mapped_column(String(LONGEST_RULE))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
