"""What owners have earned goes to them, a payout a company and day."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.companies import service as companies
from src.companies.models import Company
from src.core.config import Settings
from src.core.database import Database
from src.core.identity import AdminOnlyError, Principal
from src.core.pagination import PageRequest
from src.core.tasks import run_in_transaction
from src.payments import ledger, policies
from src.payments.accounts import service as accounts
from src.payments.enums import PayoutStatus
from src.payments.payouts import repository
from src.payments.payouts.exceptions import (
    PayoutNotByHandError,
    PayoutNotFailedError,
    PayoutNotFoundError,
    PayoutOnHoldError,
    PayoutSentError,
)
from src.payments.payouts.models import Payout
from src.payments.payouts.outcome import record_retried, record_sent
from src.payments.payouts.reading import read_item, read_payout
from src.payments.payouts.repository import PayoutRow, Terms
from src.payments.payouts.schemas import PayoutFilter, PayoutItemRead, PayoutPaid, PayoutRead
from src.payments.transfers import service as transfers

log = structlog.get_logger(__name__)

BATCH: Final = 200


def terms_of(settings: Settings) -> Terms:
    return Terms(delay=timedelta(days=settings.payout_delay_days), minimum=settings.payout_minimum)


async def create_due(database: Database, *, settings: Settings) -> int:
    """Makes today's payouts; returns how many. Two at once make no more than one.

    A company that can't be served keeps nobody else from their money.
    """
    terms = terms_of(settings)
    async with database.reading() as session:
        due = await repository.list_due(session, terms, limit=BATCH)
    made = 0
    for company_id, currency in due:
        try:
            made += await _create_one(
                database, settings=settings, terms=terms, company_id=company_id, currency=currency
            )
        except Exception:
            log.exception("payout_not_created", company_id=company_id, currency=currency)
    return made


async def _create_one(
    database: Database, *, settings: Settings, terms: Terms, company_id: int, currency: str
) -> bool:
    async def create(session: AsyncSession) -> Payout | None:
        return await _create(
            session, settings=settings, terms=terms, company_id=company_id, currency=currency
        )

    return await run_in_transaction(database, create) is not None


async def _create(
    session: AsyncSession, *, settings: Settings, terms: Terms, company_id: int, currency: str
) -> Payout | None:
    """Of all that is due, once its charges are locked: what goes back to a customer now comes before or after."""
    company = await companies.get_company(session, company_id=company_id)
    charge_ids = await repository.lock_due_charges(session, terms, company_id=company_id, currency=currency)
    items = await repository.list_due_items(session, terms, charge_ids=charge_ids)
    amount = sum(item.amount for item in items)
    if amount < (terms.minimum if company.is_active else 1):
        return None
    payout = await repository.add(
        session,
        company_id=company_id,
        currency=currency,
        amount=amount,
        tax_amount=sum(item.tax_amount for item in items),
    )
    if payout is None:
        return None
    await repository.take_items(session, payout, [item.id for item in items])
    await ledger.post_payout(session, payout=payout)
    account = await accounts.find_receiving(session, settings=settings, company_id=company_id)
    if account is not None:
        await transfers.decide_transfer(session, payout=payout, account=account)
    await audit.record(
        session,
        principal=None,
        company_id=company_id,
        action="payout.created",
        subject_id=payout.id,
        changes={"amount": (None, amount), "gateway": (None, account.gateway if account else None)},
    )
    return payout


async def mark_paid(
    session: AsyncSession, *, principal: Principal, company_id: int, payout_id: int, body: PayoutPaid
) -> PayoutRead:
    """An administrator of the platform has paid it from its bank, also one that a gateway refuses. Locks the payout.

    Raises `AdminOnlyError`, `PayoutNotFoundError`, `PayoutNotByHandError`, `PayoutSentError`, `PayoutOnHoldError`.
    """
    row = await _get_locked(session, principal=principal, company_id=company_id, payout_id=payout_id)
    payout: Payout = row.Payout
    if payout.status is PayoutStatus.SENT:
        raise PayoutSentError
    if payout.status is PayoutStatus.PENDING and row.transfer_id is not None:
        raise PayoutNotByHandError
    if row.is_disputed:
        raise PayoutOnHoldError
    payout.paid_by_id = principal.user_id
    payout.note = body.note
    await record_sent(session, payout=payout, principal=principal)
    return await get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)


async def retry(
    session: AsyncSession, *, principal: Principal, company_id: int, payout_id: int
) -> PayoutRead:
    """An administrator of the platform lets the gateway try again what it has refused. Locks the payout.

    Raises `AdminOnlyError`, `PayoutNotFoundError`, `PayoutNotFailedError`.
    """
    row = await _get_locked(session, principal=principal, company_id=company_id, payout_id=payout_id)
    if row.Payout.status is not PayoutStatus.FAILED:
        raise PayoutNotFailedError
    await transfers.send_again(session, transfer_id=row.transfer_id)
    await record_retried(session, payout=row.Payout, principal=principal)
    return await get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)


async def _get_locked(
    session: AsyncSession, *, principal: Principal, company_id: int, payout_id: int
) -> PayoutRow:
    """For administrators of the platform. Raises `AdminOnlyError`, `PayoutNotFoundError`."""
    if not principal.is_admin:
        raise AdminOnlyError
    row = await repository.find_of_company(
        session, company_id=company_id, payout_id=payout_id, is_locked=True
    )
    if row is None:
        raise PayoutNotFoundError
    return row


async def list_payouts(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: PayoutFilter
) -> tuple[Sequence[PayoutRead], int]:
    """Newest first. Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    rows, total = await repository.list_of_company(session, company_id, wanted)
    return [read_payout(row) for row in rows], total


async def list_payouts_to_pay(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[PayoutRead], int]:
    """Those that wait for an administrator, oldest first. Raises `AdminOnlyError`."""
    if not principal.is_admin:
        raise AdminOnlyError
    rows, total = await repository.list_waiting(session, page)
    return [read_payout(row) for row in rows], total


async def get_payout(
    session: AsyncSession, *, principal: Principal, company_id: int, payout_id: int
) -> PayoutRead:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`, `PayoutNotFoundError`."""
    await policies.require_money(session, principal=principal, company_id=company_id)
    row = await repository.find_of_company(session, company_id=company_id, payout_id=payout_id)
    if row is None:
        raise PayoutNotFoundError
    return read_payout(row)


async def list_items(
    session: AsyncSession, *, principal: Principal, company_id: int, payout_id: int, page: PageRequest
) -> tuple[Sequence[PayoutItemRead], int]:
    """In the order in which they were booked. Raises like `get_payout`."""
    await get_payout(session, principal=principal, company_id=company_id, payout_id=payout_id)
    rows, total = await repository.page_items(session, payout_id, page)
    return [read_item(row) for row in rows], total


async def get_with_company(session: AsyncSession, *, payout_id: int) -> tuple[Payout, Company]:
    payout = await session.get_one(Payout, payout_id)
    return payout, await companies.get_company(session, company_id=payout.company_id)


class FailedPayout(NamedTuple):
    payout: Payout
    company: Company
    refusals: int


async def find_failed(session: AsyncSession, *, payout_id: int) -> FailedPayout | None:
    """None when it is on its way again, or has been paid by hand; `refusals` tells one failure from the next."""
    row = await repository.find_failed(session, payout_id)
    return FailedPayout(*row) if row else None
