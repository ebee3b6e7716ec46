from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from src.bookings.models import Booking
from src.core.models import Base, HasId


class Agreement(HasId, Base):
    """A version of the contract for a booking; `sha256` is of the PDF's bytes."""

    __tablename__ = "agreements"
    __table_args__ = (UniqueConstraint("booking_id", "version"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id))
    version: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    storage_key: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
