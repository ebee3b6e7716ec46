"""What beat does about accounts: tokens and seals are renewed, gateways asked about accounts that wait."""

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.payments.accounts import repository
from src.payments.accounts.apply import apply_account
from src.payments.accounts.models import PaymentAccount
from src.payments.accounts.sellers import ConnectedSellers, needs_new_seal, seal, unseal
from src.payments.gateways.base import GatewayError, NotConnectedError
from src.payments.gateways.registry import get_transferring_gateway
from src.payments.gateways.square import SquareGateway
from src.payments.gateways.square.oauth import SquareOAuth
from src.payments.gateways.stripe import StripeGateway

log = structlog.get_logger(__name__)

REFRESH_WITHIN: Final = timedelta(days=7)


async def refresh_accounts(database: Database, *, settings: Settings) -> int:
    """New tokens for what ends within a week, new seals after a change of keys, news of accounts that wait.

    Returns how many tokens were refreshed.
    """
    box = SecretBox.of(settings)
    async with database.transaction() as session:
        await reseal(session, box=box)
        expiring = await repository.list_expiring(session, within=REFRESH_WITHIN)
        waiting = await repository.list_waiting(session, gateway=StripeGateway.name)
    refreshed = 0
    for account in expiring:
        refreshed += await _refresh(database, settings, box, account)
    for account in waiting:
        await ask_about(database, settings=settings, account=account)
    return refreshed


async def reseal(session: AsyncSession, *, box: SecretBox) -> int:
    """Seals tokens with the first key; returns of how many accounts. Raises `SecretUnreadableError`."""
    others = [account for account in await repository.list_sealed(session) if needs_new_seal(account, box)]
    for account in others:
        seal(account, unseal(account, box), box)
    await session.flush()
    return len(others)


async def ask_about(database: Database, *, settings: Settings, account: PaymentAccount) -> None:
    """Whether it can receive: should its webhook never come, or when the gateway has refused a transfer to it."""
    assert account.ref is not None
    gateway = get_transferring_gateway(account.gateway, settings=settings, database=database)
    try:
        state = await gateway.find_account(account.ref)
    except GatewayError as error:
        log.warning("account_not_asked", account_id=account.id, error=str(error))
        return
    async with database.transaction() as session:
        await apply_account(session, gateway=account.gateway, state=state)


async def _refresh(database: Database, settings: Settings, box: SecretBox, account: PaymentAccount) -> bool:
    sellers = ConnectedSellers(database, box, gateway=SquareGateway.name)
    try:
        tokens = await SquareOAuth(settings).refresh(unseal(account, box).refresh)
    except (GatewayError, NotConnectedError) as error:
        log.warning("square_token_not_refreshed", account_id=account.id, error=str(error))
        return False
    await sellers.save_tokens(account.id, tokens)
    return True
