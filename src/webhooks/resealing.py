"""After a change of keys (`core.encryption`): the secrets of endpoints, the replaced ones too."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.encryption import SecretBox
from src.webhooks import repository, signing


async def reseal(session: AsyncSession, *, box: SecretBox) -> int:
    """Seals with the first key, a batch of endpoints; returns how many. Raises `SecretUnreadableError`."""
    endpoints = await repository.list_sealed_otherwise(session, prefix=box.sealing_prefix)
    for endpoint in endpoints:
        context = signing.context_of(endpoint)
        endpoint.secret = box.seal(box.open(endpoint.secret, context=context), context=context)
        if endpoint.previous_secret is not None:
            previous = box.open(endpoint.previous_secret, context=context)
            endpoint.previous_secret = box.seal(previous, context=context)
    await session.flush()
    return len(endpoints)
