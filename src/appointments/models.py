from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from src.addresses.models import Address
from src.appointments.enums import AppointmentStatus
from src.bookings.enums import Actor
from src.calendars.models import Resource
from src.core.models import Base, HasId, HasTimestamps, stored_enum
from src.users.models import User


class TourDesk(HasTimestamps, Base):
    """Where a studio receives visitors, one visit at a time: when, for how long, and whether it says yes to each.

    `hours` is `[[weekday, opens, closes], …]` in studio-local time, each within its day (0 is Monday). It changes
    only while the studio's row is locked.
    """

    __tablename__ = "tour_desks"
    __table_args__ = (
        CheckConstraint("visit_minutes BETWEEN 10 AND 480", name="visit"),
        CheckConstraint(
            "buffer_minutes BETWEEN 0 AND 240 AND notice_minutes BETWEEN 0 AND 43200"
            " AND horizon_days BETWEEN 1 AND 365",
            name="terms",
        ),
    )

    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id, ondelete="CASCADE"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey(Resource.id), unique=True)
    is_offered: Mapped[bool]
    is_confirmed_at_once: Mapped[bool]
    visit_minutes: Mapped[int] = mapped_column(Integer)
    buffer_minutes: Mapped[int] = mapped_column(Integer)  # kept free after each visit
    notice_minutes: Mapped[int] = mapped_column(Integer)
    horizon_days: Mapped[int] = mapped_column(Integer)
    hours: Mapped[list[Any]]


class Appointment(HasId, HasTimestamps, Base):
    """A visit of a studio, free of charge; takes the time of its tour desk.

    `version` grows with every move and every change of time. `confirmed_at` is when it was confirmed first: from
    then on it may stand in calendars. `remind_at` is when the customer is to be reminded; null: never, or done.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        CheckConstraint("remind_at IS NULL OR status = 'confirmed'", name="reminder"),
        CheckConstraint("status <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed"),
        Index("ix_appointments_customer_id", "customer_id", "starts_at"),
        Index("ix_appointments_address_id_starts_at", "address_id", "starts_at"),
        Index("ix_appointments_to_complete", "ends_at", postgresql_where="status = 'confirmed'"),
        Index("ix_appointments_unanswered", "starts_at", postgresql_where="status = 'requested'"),
        Index("ix_appointments_to_remind", "remind_at", postgresql_where="remind_at IS NOT NULL"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    address_id: Mapped[int] = mapped_column(ForeignKey(Address.id))
    claim_id: Mapped[int] = mapped_column(unique=True)
    status: Mapped[AppointmentStatus]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), server_default="")
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    confirmed_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]


class AppointmentMove(HasId, Base):
    """Who moved an appointment, when and why; written once.

    A change of its time may keep the status: `changes` maps a field to its value before and after.
    """

    __tablename__ = "appointment_moves"
    __table_args__ = (
        Index("ix_appointment_moves_appointment_id", "appointment_id"),
        Index("ix_appointment_moves_actor_id", "actor_id"),
    )

    appointment_id: Mapped[int] = mapped_column(ForeignKey(Appointment.id, ondelete="CASCADE"))
    from_status: Mapped[AppointmentStatus | None] = mapped_column(
        stored_enum(AppointmentStatus, "from_status")
    )
    to_status: Mapped[AppointmentStatus]
    actor: Mapped[Actor]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
