from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import Company
from src.core.database import Rows
from src.core.pagination import PageRequest
from src.teams.models import MemberHours, MemberService, MemberTimeOff, TeamMember
from src.teams.repository import present_members
from src.users.models import User


async def find_open(session: AsyncSession, member_id: int) -> Row[TeamMember, User, str] | None:
    """Somebody who can be booked: still there, in a company that is open. With the company's currency."""
    found = (
        present_members()
        .add_columns(Company.currency)
        .join(Company, Company.id == TeamMember.company_id)
        .where(
            TeamMember.id == member_id,
            TeamMember.role == "professional",
            Company.deactivated_at.is_(None),
            User.deactivated_at.is_(None),
        )
    )
    return (await session.execute(found)).one_or_none()


async def list_hours(session: AsyncSession, member_id: int) -> Sequence[MemberHours]:
    hours = select(MemberHours).where(MemberHours.member_id == member_id)
    return (await session.scalars(hours.order_by(MemberHours.weekday, MemberHours.opens))).all()


async def replace_hours(session: AsyncSession, member_id: int, hours: Iterable[dict[str, Any]]) -> None:
    await session.execute(delete(MemberHours).where(MemberHours.member_id == member_id))
    session.add_all(MemberHours(member_id=member_id, **entry) for entry in hours)
    await session.flush()


async def list_services(session: AsyncSession, member_id: int) -> Sequence[MemberService]:
    services = select(MemberService).where(MemberService.member_id == member_id)
    ordered = services.order_by(MemberService.id).execution_options(populate_existing=True)
    return (await session.scalars(ordered)).all()


# In a company that is open, at one of its studios; one of them, or all.
_BOOKABLE = """
SELECT member.id, member.resource_id, users.firstname,
       (SELECT coalesce(json_agg(json_build_array(weekday, opens, closes)), '[]')::text
        FROM member_hours WHERE member_id = member.id) AS hours,
       (SELECT coalesce(json_agg(json_build_array(id, name, minutes, amount) ORDER BY id), '[]')::text
        FROM member_services WHERE member_id = member.id) AS services
FROM team_members AS member
JOIN users ON users.id = member.user_id
JOIN companies AS company ON company.id = member.company_id
WHERE member.company_id = $1 AND (member.address_ids IS NULL OR $2 = ANY(member.address_ids))
  AND ($3::bigint IS NULL OR member.id = $3)
  AND member.role = 'professional' AND member.resource_id IS NOT NULL AND member.removed_at IS NULL
  AND company.deactivated_at IS NULL AND users.deactivated_at IS NULL
ORDER BY member.id
"""


async def list_bookable(
    connection: Rows, *, company_id: int, address_id: int, member_id: int | None = None
) -> list[asyncpg.Record]:
    return await connection.fetch(_BOOKABLE, company_id, address_id, member_id)


async def replace_services(session: AsyncSession, member_id: int, services: Sequence[dict[str, Any]]) -> None:
    """One whose name stays keeps its id."""
    names = [service["name"] for service in services]
    gone = MemberService.member_id == member_id, MemberService.name.not_in(names)
    await session.execute(delete(MemberService).where(*gone))
    if services:
        row = insert(MemberService).values([{"member_id": member_id, **service} for service in services])
        await session.execute(
            row.on_conflict_do_update(
                index_elements=[MemberService.member_id, MemberService.name],
                set_={"minutes": row.excluded.minutes, "amount": row.excluded.amount},
            )
        )


async def list_time_off(
    session: AsyncSession, member_id: int, page: PageRequest
) -> tuple[Sequence[MemberTimeOff], int]:
    """What isn't over, in order, and how much there is."""
    here = MemberTimeOff.member_id == member_id, MemberTimeOff.ends_at > func.clock_timestamp()
    total = await session.scalar(select(func.count(MemberTimeOff.id)).where(*here))
    ordered = select(MemberTimeOff).where(*here).order_by(MemberTimeOff.starts_at)
    return (await session.scalars(ordered.limit(page.size).offset(page.offset))).all(), total or 0


async def remove_time_off(session: AsyncSession, *, member_id: int, time_off_id: int) -> int | None:
    """The claim that is to be released; None when there is no such time off."""
    gone = delete(MemberTimeOff).where(MemberTimeOff.id == time_off_id, MemberTimeOff.member_id == member_id)
    return await session.scalar(gone.returning(MemberTimeOff.claim_id))


async def remove_all_time_off(session: AsyncSession, user_id: int) -> Sequence[int]:
    """The claims that are to be released."""
    theirs = select(TeamMember.id).where(TeamMember.user_id == user_id)
    gone = delete(MemberTimeOff).where(MemberTimeOff.member_id.in_(theirs))
    return (await session.scalars(gone.returning(MemberTimeOff.claim_id))).all()
