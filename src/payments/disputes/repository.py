from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.disputes.models import Dispute
from src.payments.gateways.base import DisputeStatus


async def find(session: AsyncSession, *, gateway: str, ref: str) -> Dispute | None:
    found = select(Dispute).where(Dispute.gateway == gateway, Dispute.gateway_ref == ref)
    return (await session.scalars(found)).one_or_none()


async def has_open(session: AsyncSession, charge_id: int) -> bool:
    is_open = exists().where(Dispute.charge_id == charge_id, Dispute.status == DisputeStatus.OPEN)
    return bool(await session.scalar(select(is_open)))
