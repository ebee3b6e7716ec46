"""Time in which a professional can't be booked: taken on their resource like a booking would."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.models import LONGEST_OCCUPANCY_DAYS
from src.calendars.service import Span, Wish
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.teams import policies
from src.teams import repository as members
from src.teams.exceptions import MemberNotFoundError, TimeOffNotFoundError
from src.teams.models import MemberTimeOff
from src.teams.professionals import repository
from src.teams.professionals.schemas import TimeOffCreate
from src.teams.professionals.service import get_own_professional

LONGEST = timedelta(days=LONGEST_OCCUPANCY_DAYS)


async def add_time_off(
    session: AsyncSession, *, principal: Principal, member_id: int, body: TimeOffCreate
) -> MemberTimeOff:
    """Raises those of `get_own_professional`, `SlotTakenError` over a booking. Locks: those of `calendars.claim`."""
    member = await get_own_professional(session, principal=principal, member_id=member_id)
    assert member.resource_id is not None  # as every professional has one
    wishes = [Wish(member.resource_id, part) for part in _parts(Span(body.starts_at, body.ends_at))]
    claim = await calendars.claim(session, wishes=wishes, kind=OccupancyKind.BLOCK, hold=None)
    time_off = MemberTimeOff(
        member_id=member.id, claim_id=claim.id, starts_at=body.starts_at, ends_at=body.ends_at
    )
    session.add(time_off)
    await session.flush()
    return time_off


def _parts(span: Span) -> list[Span]:
    """One occupancy is never longer than a month."""
    parts = []
    starts_at = span.starts_at
    while starts_at < span.ends_at:
        ends_at = min(starts_at + LONGEST, span.ends_at)
        parts.append(Span(starts_at, ends_at))
        starts_at = ends_at
    return parts


async def list_time_off(
    session: AsyncSession, *, principal: Principal, member_id: int, page: PageRequest
) -> tuple[Sequence[MemberTimeOff], int]:
    """What isn't over. Raises `MemberNotFoundError`, `PermissionMissingError`."""
    found = await members.find_member(session, member_id)
    if found is None:
        raise MemberNotFoundError
    await policies.require_self_or_handling(session, principal=principal, member=found[0])
    return await repository.list_time_off(session, member_id, page)


async def remove_time_off(
    session: AsyncSession, *, principal: Principal, member_id: int, time_off_id: int
) -> None:
    """The time is free at once. Raises those of `get_own_professional`, `TimeOffNotFoundError`."""
    member = await get_own_professional(session, principal=principal, member_id=member_id)
    claim_id = await repository.remove_time_off(session, member_id=member.id, time_off_id=time_off_id)
    if claim_id is None:
        raise TimeOffNotFoundError
    await calendars.release(session, claim_id=claim_id)
