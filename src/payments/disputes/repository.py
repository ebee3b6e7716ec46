from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.payments.disputes.models import Dispute
from src.payments.gateways.base import DisputeStatus


async def find(session: AsyncSession, *, gateway: str, ref: str) -> Dispute | None:
    found = select(Dispute).where(Dispute.gateway == gateway, Dispute.gateway_ref == ref)
    return (await session.scalars(found)).one_or_none()


async def has_open(session: AsyncSession, charge_id: int) -> bool:
    is_open = exists().where(Dispute.charge_id == charge_id, Dispute.status == DisputeStatus.OPEN)
    return bool(await session.scalar(select(is_open)))


async def list_known_refs(session: AsyncSession, *, gateway: str, refs: Sequence[str]) -> set[str]:
    known = select(Dispute.gateway_ref).where(Dispute.gateway == gateway, Dispute.gateway_ref.in_(refs))
    return set(await session.scalars(known))


async def lease_open(session: AsyncSession, *, gateway: str, limit: int, lease: timedelta) -> Sequence[str]:
    """What the gateway calls those that it is to be asked about, put off by `lease`."""
    due = (
        select(Dispute.id)
        .where(
            Dispute.gateway == gateway,
            Dispute.status == DisputeStatus.OPEN,
            Dispute.due_at <= func.clock_timestamp(),
        )
        .order_by(Dispute.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    leased = update(Dispute).where(Dispute.id.in_(due)).values(due_at=func.clock_timestamp() + lease)
    return (await session.scalars(leased.returning(Dispute.gateway_ref))).all()
