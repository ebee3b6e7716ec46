from sqlalchemy.ext.asyncio import AsyncSession

from src.appointments import repository
from src.appointments.enums import AppointmentStatus
from src.appointments.service.moves import move
from src.bookings.enums import Actor
from src.core.clock import utc_now
from src.users.events import UserDeleted


async def forget_visitor(session: AsyncSession, event: UserDeleted) -> None:
    """Nobody comes any more: the desk's time is free, and what they wrote is gone."""
    now = utc_now()
    for appointment in await repository.list_open_of_customer_locked(session, event.user_id):
        if appointment.starts_at > now:
            await move(
                session,
                appointment=appointment,
                to_status=AppointmentStatus.CANCELLED,
                actor=Actor.CUSTOMER,
                actor_id=event.user_id,
                reason="the account was deleted",
                now=now,
            )
    await repository.forget_notes(session, event.user_id)
