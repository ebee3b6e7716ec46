from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.waitlist import offering
from src.bookings.waitlist.handlers import offer_terms
from src.core.tasks import transactional_task


@transactional_task("bookings.sweep_waitlist")
async def sweep_waitlist(session: AsyncSession) -> int:
    return await offering.sweep(session, terms=offer_terms())
