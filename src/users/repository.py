from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from src.users.models import User


async def find(session: AsyncSession, user_id: int) -> User | None:
    return await session.get(User, user_id)


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    # Both sides are folded by the database, exactly as its unique index does.
    return await session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


async def update_returning(session: AsyncSession, user_id: int, values: dict[str, Any]) -> User | None:
    changed = update(User).where(User.id == user_id).values(values).returning(User)
    return await session.scalar(changed, execution_options={"populate_existing": True})


async def mark_verified(session: AsyncSession, user_id: int, now: datetime) -> bool:
    """False when the address had been verified before."""
    verified = (
        update(User)
        .where(User.id == user_id, User.email_verified_at.is_(None))
        .values(email_verified_at=now)
        .returning(User.id)
    )
    return await session.scalar(verified) is not None


async def raise_role(session: AsyncSession, user_id: int, *, lowest: Role, role: Role) -> None:
    await session.execute(update(User).where(User.id == user_id, User.role == lowest).values(role=role))


async def replace_password_hash(session: AsyncSession, user_id: int, *, old_hash: str, new_hash: str) -> None:
    await session.execute(
        update(User).where(User.id == user_id, User.password_hash == old_hash).values(password_hash=new_hash)
    )
