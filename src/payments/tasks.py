from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import get_settings
from src.core.database import Database
from src.core.tasks import database_task, transactional_task
from src.payments import service
from src.payments.accounts import service as accounts
from src.payments.disputes import reconcile as disputes
from src.payments.payouts import service as payouts
from src.payments.transfers import service as transfers
from src.payments.webhooks import service as webhooks


@database_task("payments.carry_out_refunds")
async def carry_out_refunds(database: Database) -> int:
    return await service.carry_out_refunds(database, settings=get_settings())


@database_task("payments.process_webhooks")
async def process_webhooks(database: Database) -> int:
    return await webhooks.process(database, settings=get_settings())


@database_task("payments.reconcile_checkouts")
async def reconcile_checkouts(database: Database) -> int:
    return await service.reconcile_checkouts(database, settings=get_settings())


@database_task("payments.reconcile_disputes")
async def reconcile_disputes(database: Database) -> int:
    return await disputes.reconcile_disputes(database, settings=get_settings())


@database_task("payments.create_payouts")
async def create_payouts(database: Database) -> int:
    return await payouts.create_due(database, settings=get_settings())


@database_task("payments.carry_out_transfers")
async def carry_out_transfers(database: Database) -> int:
    return await transfers.carry_out(database, settings=get_settings())


@database_task("payments.refresh_accounts")
async def refresh_accounts(database: Database) -> int:
    return await accounts.refresh_accounts(database, settings=get_settings())


@transactional_task("payments.forget_webhooks")
async def forget_webhooks(session: AsyncSession) -> int:
    return await webhooks.forget(session, days=get_settings().gateway_notice_days)
