"""What the platform's administrators see of people and change about them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.core import events
from src.core.identity import AdminOnlyError, Principal, Role
from src.core.pagination import paginate
from src.users import repository
from src.users.events import UserDeactivated
from src.users.exceptions import OwnAdminRightError, UserNotFoundError
from src.users.models import User
from src.users.schemas import UserAdminUpdate, UserFilter


async def list_users(session: AsyncSession, *, wanted: UserFilter) -> tuple[Sequence[User], int]:
    return await paginate(session, repository.matching(wanted), wanted)


async def update_user(
    session: AsyncSession, *, principal: Principal, user_id: int, changes: UserAdminUpdate, now: datetime
) -> User:
    """Counts from the person's very next request. Of two administrators who take each other's right one stays.

    Raises `UserNotFoundError`, `OwnAdminRightError`, `AdminOnlyError` for who has lost the right a moment ago.
    """
    locked = await repository.lock(session, {principal.user_id, user_id})
    _require_admin(locked.get(principal.user_id))
    user = locked.get(user_id)
    if user is None or user.deleted_at is not None:
        raise UserNotFoundError
    loses_right = changes.is_active is False or (changes.role is not None and changes.role != user.role)
    if user.id == principal.user_id and loses_right:
        raise OwnAdminRightError
    if changes.role is not None:
        user.role = changes.role
    if changes.is_active is True:
        user.deactivated_at = None
    elif changes.is_active is False and user.deactivated_at is None:
        user.deactivated_at = now
        await events.publish(session, UserDeactivated(user_id=user.id))
    await session.flush()
    await session.refresh(user)
    return user


def _require_admin(user: User | None) -> None:
    """Once more, as nobody can change it any more: the request began before the row was locked."""
    if user is None or user.role is not Role.ADMIN or user.deactivated_at is not None:
        raise AdminOnlyError
