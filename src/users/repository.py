from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from src.users.models import User
from src.users.schemas import UserFilter, UserSort


async def find(session: AsyncSession, user_id: int) -> User | None:
    return await session.get(User, user_id)


async def find_by_email(session: AsyncSession, email: str) -> User | None:
    # Both sides are folded by the database, exactly as its unique index does.
    return await session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


async def get_id_by_email(session: AsyncSession, email: str) -> int:
    return (await session.scalars(select(User.id).where(func.lower(User.email) == func.lower(email)))).one()


async def next_id(session: AsyncSession) -> int:
    sequence = func.pg_get_serial_sequence(User.__tablename__, User.id.key)
    return (await session.scalars(select(func.nextval(sequence, type_=BigInteger)))).one()


async def insert_unless_taken(session: AsyncSession, user: User, *, password_hash: str) -> None:
    """Stores nothing when the address is taken, also by a transaction that commits at this moment."""
    row = insert(User).values(
        id=user.id,
        email=user.email,
        password_hash=password_hash,
        firstname=user.firstname,
        lastname=user.lastname,
        created_at=user.created_at,
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=[func.lower(User.email)]))


async def insert_verified_unless_taken(
    session: AsyncSession, *, email: str, firstname: str, lastname: str, now: datetime
) -> User | None:
    row = insert(User).values(email=email, firstname=firstname, lastname=lastname, email_verified_at=now)
    unless_taken = row.on_conflict_do_nothing(index_elements=[func.lower(User.email)])
    return await session.scalar(unless_taken.returning(User))


async def update_returning(session: AsyncSession, user_id: int, values: dict[str, Any]) -> User | None:
    """None for who is deleted, also by a transaction that commits at this moment."""
    changed = update(User).where(User.id == user_id, User.deleted_at.is_(None)).values(values).returning(User)
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


async def lock_password(session: AsyncSession, user_id: int, changed_at: datetime | None) -> bool:
    unchanged = (
        select(User.id)
        .where(
            User.id == user_id,
            User.password_changed_at.is_not_distinct_from(changed_at),
            User.deactivated_at.is_(None),
        )
        .with_for_update(key_share=True)
    )
    return await session.scalar(unchanged) is not None


async def set_password_hash(session: AsyncSession, user_id: int, new_hash: str, now: datetime) -> None:
    await session.execute(
        update(User).where(User.id == user_id).values(password_hash=new_hash, password_changed_at=now)
    )


async def find_locked(session: AsyncSession, user_id: int) -> User | None:
    """Locks the row for the rest of the transaction, also against rows that are about to point to it."""
    return await session.get(User, user_id, with_for_update=True, populate_existing=True)


async def lock(session: AsyncSession, user_ids: Collection[int]) -> dict[int, User]:
    """In the order of ids, so that two who lock one another don't wait for each other."""
    locked = select(User).where(User.id.in_(user_ids)).order_by(User.id).with_for_update(key_share=True)
    users = await session.scalars(locked, execution_options={"populate_existing": True})
    return {user.id: user for user in users}


_ORDERS: dict[UserSort, tuple[Any, ...]] = {
    UserSort.NEWEST: (User.id.desc(),),
    UserSort.OLDEST: (User.id.asc(),),
    UserSort.NAME: (func.lower(User.lastname), func.lower(User.firstname), User.id),
    UserSort.EMAIL: (func.lower(User.email),),
}


def matching(wanted: UserFilter) -> Select[User]:
    """Everybody but the deleted, of whom nothing is left to see."""
    users = select(User).where(User.deleted_at.is_(None)).order_by(*_ORDERS[wanted.sort])
    if wanted.role is not None:
        users = users.where(User.role == wanted.role)
    if wanted.q:
        name = User.firstname + " " + User.lastname
        users = users.where(
            or_(User.email.icontains(wanted.q, autoescape=True), name.icontains(wanted.q, autoescape=True))
        )
    return users
