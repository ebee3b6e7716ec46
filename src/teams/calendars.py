"""A member's private calendar: of the time that they work."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars.enums import FeedKind
from src.calendars.feeds import service as feeds
from src.core.identity import Principal
from src.teams import policies, repository
from src.teams.exceptions import MemberNotFoundError, PermissionMissingError
from src.teams.models import TeamMember


async def open_feed(session: AsyncSession, *, principal: Principal, member_id: int) -> str:
    """Returns the token. Raises `MemberNotFoundError`, `PermissionMissingError`."""
    await _require_self(session, principal=principal, member_id=member_id)
    return await feeds.open_feed(session, principal=principal, kind=FeedKind.MEMBER, subject_id=member_id)


async def close_feed(session: AsyncSession, *, principal: Principal, member_id: int) -> None:
    """Raises `MemberNotFoundError`, `PermissionMissingError`."""
    await _require_self(session, principal=principal, member_id=member_id)
    await feeds.close_feed(session, principal=principal, kind=FeedKind.MEMBER, subject_id=member_id)


async def find_own_membership(
    session: AsyncSession, *, principal: Principal, member_id: int
) -> TeamMember | None:
    """None unless it is their own, and they are still in the team."""
    found = await repository.find_member(session, member_id)
    return found[0] if found is not None and found[0].user_id == principal.user_id else None


async def _require_self(session: AsyncSession, *, principal: Principal, member_id: int) -> None:
    """A calendar is for whose time it is; the others see it in the studio's."""
    found = await repository.find_member(session, member_id)
    if found is None:
        raise MemberNotFoundError
    if found[0].user_id != principal.user_id:
        await policies.require_known(session, principal=principal, member=found[0])
        raise PermissionMissingError
