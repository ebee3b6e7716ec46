from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.appointments.enums import AppointmentStatus
from src.core.models import Base, HasId, HasTimestamps
from src.users.models import User


class Appointment(HasId, HasTimestamps, Base):
    """A visit of a studio, free of charge; takes the time of its tour desk."""

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index("ix_appointments_customer_id", "customer_id"),
        Index("ix_appointments_address_id_starts_at", "address_id", "starts_at"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    claim_id: Mapped[int] = mapped_column(unique=True)
    status: Mapped[AppointmentStatus]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
