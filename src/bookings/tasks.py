from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service
from src.bookings.rescheduling import closing
from src.bookings.walk_ins import forgetting
from src.core.config import get_settings
from src.core.tasks import transactional_task


@transactional_task("bookings.expire_holds")
async def expire_holds(session: AsyncSession) -> int:
    return await service.expire_holds(session)


@transactional_task("bookings.expire_proposals")
async def expire_proposals(session: AsyncSession) -> int:
    return await closing.expire_proposals(session)


@transactional_task("bookings.send_reminders")
async def send_reminders(session: AsyncSession) -> int:
    return await service.send_reminders(session)


@transactional_task("bookings.complete_past_bookings")
async def complete_past_bookings(session: AsyncSession) -> int:
    return await service.complete_past_bookings(session)


@transactional_task("bookings.forget_guests")
async def forget_guests(session: AsyncSession) -> int:
    return await forgetting.forget_guests(session, months=get_settings().guest_months)
