from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.pagination import PageRequest
from src.teams.models import TeamInvitation


async def next_id(session: AsyncSession) -> int:
    sequence = func.pg_get_serial_sequence(TeamInvitation.__tablename__, TeamInvitation.id.key)
    return (await session.scalars(select(func.nextval(sequence, type_=BigInteger)))).one()


def _is_open() -> ColumnElement[bool]:
    return and_(TeamInvitation.accepted_at.is_(None), TeamInvitation.withdrawn_at.is_(None))


async def list_open(
    session: AsyncSession, company_id: int, page: PageRequest
) -> tuple[Sequence[TeamInvitation], int]:
    """Newest first, expired ones too, and how many there are."""
    here = TeamInvitation.company_id == company_id, _is_open()
    total = await session.scalar(select(func.count(TeamInvitation.id)).where(*here))
    newest_first = select(TeamInvitation).where(*here).order_by(TeamInvitation.id.desc())
    return (await session.scalars(newest_first.limit(page.size).offset(page.offset))).all(), total or 0


async def find(session: AsyncSession, invitation_id: int) -> TeamInvitation | None:
    return await session.get(TeamInvitation, invitation_id)


async def find_by_token(session: AsyncSession, token_hash: bytes) -> TeamInvitation | None:
    return await session.scalar(select(TeamInvitation).where(TeamInvitation.token_hash == token_hash))


async def use(session: AsyncSession, invitation_id: int, now: datetime) -> bool:
    """Uses it up; False when somebody was faster, or it has ended."""
    used = (
        update(TeamInvitation)
        .where(TeamInvitation.id == invitation_id, _is_open(), TeamInvitation.expires_at > now)
        .values(accepted_at=now)
    )
    return await session.scalar(used.returning(TeamInvitation.id)) is not None


async def withdraw(session: AsyncSession, invitation_id: int, now: datetime) -> bool:
    """False when it has ended before."""
    withdrawn = update(TeamInvitation).where(TeamInvitation.id == invitation_id, _is_open())
    ended = withdrawn.values(withdrawn_at=now).returning(TeamInvitation.id)
    return await session.scalar(ended) is not None


async def withdraw_all_to(session: AsyncSession, *, company_id: int, email: str, now: datetime) -> None:
    theirs = TeamInvitation.company_id == company_id, func.lower(TeamInvitation.email) == func.lower(email)
    await session.execute(update(TeamInvitation).where(*theirs, _is_open()).values(withdrawn_at=now))


async def forget_all_to(session: AsyncSession, email: str) -> None:
    await session.execute(delete(TeamInvitation).where(func.lower(TeamInvitation.email) == func.lower(email)))
