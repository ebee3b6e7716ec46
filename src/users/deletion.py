"""Export of all one's data, and deletion: what points to the person stays, the person doesn't (docs/adr/0012)."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import events, uploads
from src.core.identity import Role
from src.core.mail import service as mail
from src.core.personal_data import Obstacle, PersonalData, written
from src.users import repository
from src.users.events import UserDeleted
from src.users.exceptions import AccountInUseError, UserNotFoundError
from src.users.models import DEFAULT_LOCALE, User
from src.users.schemas import UserRead
from src.users.service import get_user


async def delete_account(session: AsyncSession, *, user_id: int, data: PersonalData, now: datetime) -> None:
    """Makes the account nobody's, at once and for good; the other domains follow by `UserDeleted`.

    Locks the row: a booking that is being made is either seen here or waits. Raises `AccountInUseError`.
    """
    user = await repository.find_locked(session, user_id)
    if user is None or user.deleted_at is not None:
        raise UserNotFoundError
    obstacles = await data.find_obstacles(session, user_id=user_id)
    if obstacles:
        raise AccountInUseError(reasons=[obstacle.model_dump() for obstacle in obstacles])
    await data.forget(session, user_id=user_id)
    await uploads.detach(session, key=user.photo)
    await mail.forget_recipient(session, recipient=user.email)
    _anonymise(user, now)
    await session.flush()
    await events.publish(session, UserDeleted(user_id=user_id))


def _anonymise(user: User, now: datetime) -> None:
    user.email = f"deleted-{user.id}@{mail.NOBODYS_DOMAIN}"
    user.firstname, user.lastname = "Deleted", "user"
    user.password_hash = user.phone = user.bio = user.avatar = user.photo = None
    user.locale = DEFAULT_LOCALE
    user.role = Role.USER
    user.email_verified_at = user.password_changed_at = None
    user.deactivated_at = user.deleted_at = now


async def find_obstacles(session: AsyncSession, user_id: int) -> list[Obstacle]:
    """The platform may not lose its last administrator by accident: another one takes the right away first."""
    user = await get_user(session, user_id=user_id)
    if user.role is not Role.ADMIN:
        return []
    return [
        Obstacle(
            code="platform_admin",
            detail="You are an administrator; let another one take that right away first.",
            ids=[user_id],
        )
    ]


async def export_profile(session: AsyncSession, user_id: int) -> dict[str, Any]:
    user = await get_user(session, user_id=user_id)
    return UserRead.model_validate(user).model_dump(mode="json") | {
        "email_verified_at": written(user.email_verified_at),
    }
