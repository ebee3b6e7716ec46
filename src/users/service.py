"""Use cases of people and their profiles. Passwords arrive here as hashes; `auth` makes them."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Role
from src.users import repository
from src.users.exceptions import UserNotFoundError
from src.users.models import DEFAULT_LOCALE, User
from src.users.schemas import ProfileUpdate, PublicProfile

# The id of no user, where an address without an account must look like any other.
NOBODY_ID: Final = 0


async def get_user(session: AsyncSession, *, user_id: int) -> User:
    """Raises `UserNotFoundError`."""
    user = await repository.find(session, user_id)
    if user is None:
        raise UserNotFoundError
    return user


async def find(session: AsyncSession, *, user_id: int) -> User | None:
    return await repository.find(session, user_id)


async def get_public_profile(session: AsyncSession, *, user_id: int) -> PublicProfile:
    """Raises `UserNotFoundError`, also for somebody who is deactivated or has never confirmed the address."""
    user = await get_user(session, user_id=user_id)
    if user.deactivated_at is not None or not user.is_verified:
        raise UserNotFoundError
    return PublicProfile(
        id=user.id,
        firstname=user.firstname,
        avatar=user.avatar,
        photo=user.photo,
        bio=user.bio,
        member_since=user.created_at.date(),
    )


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


async def create_unless_taken(
    session: AsyncSession, *, email: str, password_hash: str, firstname: str, lastname: str, now: datetime
) -> tuple[User, int]:
    """A user as it was asked for, and the id of whoever has the address now: the same, unless it was taken.

    Of a taken address' user nothing is stored; its id is a fresh one of the sequence. Either way takes the
    same statements and exactly one id: neither time nor gaps between ids tell the two apart.
    """
    user = User(
        id=await repository.next_id(session),
        email=email.strip(),
        firstname=firstname,
        lastname=lastname,
        role=Role.USER,
        locale=DEFAULT_LOCALE,
        created_at=now,
    )
    await repository.insert_unless_taken(session, user, password_hash=password_hash)
    return user, await repository.get_id_by_email(session, user.email)


async def create_verified_unless_taken(
    session: AsyncSession, *, email: str, firstname: str, lastname: str, now: datetime
) -> User | None:
    """A user without a password whose address somebody trustworthy has verified; None when it is taken."""
    return await repository.insert_verified_unless_taken(
        session, email=email.strip(), firstname=firstname, lastname=lastname, now=now
    )


async def get_by_email(session: AsyncSession, *, email: str) -> User:
    """Of an address that is known to be taken. Raises `UserNotFoundError`."""
    user = await find_by_email(session, email=email)
    if user is None:
        raise UserNotFoundError
    return user


async def set_avatar(session: AsyncSession, *, user_id: int, avatar: str) -> None:
    await repository.update_returning(session, user_id, {"avatar": avatar})


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


async def lock_password(session: AsyncSession, *, user_id: int, changed_at: datetime | None) -> bool:
    """Whether it was last changed at that moment, in an account that may be used. If so both stay as they are until
    this transaction ends.
    """
    return await repository.lock_password(session, user_id, changed_at)


async def set_password_hash(session: AsyncSession, *, user_id: int, new_hash: str, now: datetime) -> None:
    await repository.set_password_hash(session, user_id, new_hash, now)


async def promote_to_studio_owner(session: AsyncSession, *, user_id: int) -> None:
    """Makes a plain user a studio owner; an owner and an administrator stay what they are."""
    await repository.raise_role(session, user_id, lowest=Role.USER, role=Role.STUDIO_OWNER)
