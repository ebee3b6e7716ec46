"""Use cases of people and their profiles. Passwords arrive here as hashes; `auth` makes them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from src.users import repository
from src.users.exceptions import UserNotFoundError
from src.users.models import User
from src.users.schemas import ProfileUpdate


async def get_user(session: AsyncSession, *, user_id: int) -> User:
    """Raises `UserNotFoundError`."""
    user = await repository.find(session, user_id)
    if user is None:
        raise UserNotFoundError
    return user


async def find_by_email(session: AsyncSession, *, email: str) -> User | None:
    """Whatever the case of the letters; deactivated users are found as well."""
    return await repository.find_by_email(session, email.strip())


async def create(
    session: AsyncSession,
    *,
    email: str,
    password_hash: str | None,
    firstname: str,
    lastname: str,
    role: Role = Role.USER,
) -> User:
    """A user whose address is not verified yet.

    The constraint `uq_users_email` keeps addresses unique; its violation is answered as `EmailTakenError`.
    """
    user = User(
        email=email.strip(),
        password_hash=password_hash,
        firstname=firstname,
        lastname=lastname,
        role=role,
    )
    session.add(user)
    await session.flush()
    return user


async def update_profile(session: AsyncSession, *, user_id: int, changes: ProfileUpdate) -> User:
    """Changes the fields that were sent, and only these. Raises `UserNotFoundError`."""
    values = changes.model_dump(exclude_unset=True)
    if not values:
        return await get_user(session, user_id=user_id)
    user = await repository.update_returning(session, user_id, values)
    if user is None:
        raise UserNotFoundError
    return user


async def mark_verified(session: AsyncSession, *, user_id: int, now: datetime) -> bool:
    """False when the address had been verified before: nothing has changed, nobody needs to hear of it."""
    return await repository.mark_verified(session, user_id, now)


async def upgrade_password_hash(session: AsyncSession, *, user_id: int, old_hash: str, new_hash: str) -> None:
    """The same password under a newer scheme; a password that was changed meanwhile stays as it is."""
    await repository.replace_password_hash(session, user_id, old_hash=old_hash, new_hash=new_hash)


async def promote_to_studio_owner(session: AsyncSession, *, user_id: int) -> None:
    """Makes a plain user a studio owner; an owner and an administrator stay what they are."""
    await repository.raise_role(session, user_id, lowest=Role.USER, role=Role.STUDIO_OWNER)
