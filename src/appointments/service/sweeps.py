"""What the clock does. Rows are locked with SKIP LOCKED: two sweeps at once are harmless."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.appointments.enums import AppointmentStatus
from src.appointments.events import AppointmentReminderDue
from src.appointments.lifecycle import check_move
from src.appointments.models import Appointment
from src.appointments.service.moves import move
from src.bookings.enums import Actor
from src.core import events

BATCH = 200


async def settle_past_appointments(session: AsyncSession, *, now: datetime) -> int:
    """Visits that are over are completed; requests that nobody has answered in time are declined."""
    ended = await repository.list_ended(session, limit=BATCH)
    for appointment in ended:
        await _move(session, appointment, AppointmentStatus.COMPLETED, "its time is over", now)
    unanswered = await repository.list_unanswered(session, limit=BATCH)
    for appointment in unanswered:
        await _move(session, appointment, AppointmentStatus.DECLINED, "nobody has answered in time", now)
    return len(ended) + len(unanswered)


async def remind(session: AsyncSession) -> int:
    """Of visits that are a day away, each once for each of its times."""
    due = await repository.take_due_reminders(session, limit=BATCH)
    for appointment_id in due:
        await events.publish(session, AppointmentReminderDue(appointment_id=appointment_id))
    return len(due)


async def _move(
    session: AsyncSession, appointment: Appointment, wanted: AppointmentStatus, reason: str, now: datetime
) -> None:
    check_move(appointment.status, wanted, Actor.SYSTEM)
    await move(
        session,
        appointment=appointment,
        to_status=wanted,
        actor=Actor.SYSTEM,
        actor_id=None,
        reason=reason,
        now=now,
    )
