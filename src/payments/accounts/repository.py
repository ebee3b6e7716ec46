from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.accounts.models import PaymentAccount
from src.payments.gateways.base import AccountStatus


async def list_of_company(session: AsyncSession, company_id: int) -> Sequence[PaymentAccount]:
    accounts = select(PaymentAccount).where(PaymentAccount.company_id == company_id)
    return (await session.scalars(accounts.order_by(PaymentAccount.gateway))).all()


async def find(session: AsyncSession, *, company_id: int, gateway: str) -> PaymentAccount | None:
    found = select(PaymentAccount).where(
        PaymentAccount.company_id == company_id, PaymentAccount.gateway == gateway
    )
    return (await session.scalars(found)).one_or_none()


async def get_or_create_locked(session: AsyncSession, *, company_id: int, gateway: str) -> PaymentAccount:
    """The company's one account there, locked."""
    new = insert(PaymentAccount).values(company_id=company_id, gateway=gateway)
    unique = [PaymentAccount.company_id, PaymentAccount.gateway]
    await session.execute(new.on_conflict_do_nothing(index_elements=unique))
    found = select(PaymentAccount).where(
        PaymentAccount.company_id == company_id, PaymentAccount.gateway == gateway
    )
    return (await session.scalars(found.with_for_update())).one()


async def list_locked_by_ref(session: AsyncSession, *, gateway: str, ref: str) -> Sequence[PaymentAccount]:
    """Two companies may share one account."""
    found = select(PaymentAccount).where(PaymentAccount.gateway == gateway, PaymentAccount.ref == ref)
    return (await session.scalars(found.order_by(PaymentAccount.id).with_for_update())).all()


async def find_active_by_ref(session: AsyncSession, *, gateway: str, ref: str) -> PaymentAccount | None:
    found = select(PaymentAccount).where(
        PaymentAccount.gateway == gateway,
        PaymentAccount.ref == ref,
        PaymentAccount.status == AccountStatus.ACTIVE,
    )
    return (await session.scalars(found.order_by(PaymentAccount.id).limit(1))).one_or_none()


async def list_expiring(session: AsyncSession, *, within: timedelta) -> Sequence[PaymentAccount]:
    expiring = select(PaymentAccount).where(
        PaymentAccount.status == AccountStatus.ACTIVE,
        PaymentAccount.token_expires_at < func.clock_timestamp() + within,
    )
    return (await session.scalars(expiring.order_by(PaymentAccount.id))).all()


async def list_sealed(session: AsyncSession) -> Sequence[PaymentAccount]:
    sealed = select(PaymentAccount).where(PaymentAccount.access_token.is_not(None))
    return (await session.scalars(sealed.order_by(PaymentAccount.id).with_for_update())).all()


async def list_waiting(session: AsyncSession, *, gateway: str) -> Sequence[PaymentAccount]:
    """Accounts that the gateway has not approved yet."""
    waiting = select(PaymentAccount).where(
        PaymentAccount.gateway == gateway,
        PaymentAccount.status == AccountStatus.PENDING,
        PaymentAccount.ref.is_not(None),
    )
    return (await session.scalars(waiting.order_by(PaymentAccount.id))).all()
