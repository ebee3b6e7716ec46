"""Public events become messages to the endpoints that want them."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.events import Event
from src.webhooks import service
from src.webhooks.public import PUBLIC


async def announce(session: AsyncSession, event: Event) -> None:
    announcement = PUBLIC[type(event)]
    facts = await announcement.describe(session, event)
    if facts is not None:
        await service.send(
            session, company_id=facts.company_id, event_type=announcement.type, data=facts.data
        )
