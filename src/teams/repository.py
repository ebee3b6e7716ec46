from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    any_,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import Company, CompanyAdmin
from src.core.database import Rows
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.teams.models import MemberHours, MemberService, MemberTimeOff, TeamInvitation, TeamMember
from src.teams.permissions import READING, Permission, roles_with
from src.users.models import User

MemberRow = Row[TeamMember, User]


def is_allowed(
    principal: Principal, permission: Permission, *, company_id: Any, address_id: Any = None
) -> ColumnElement[bool]:
    """The one condition that decides, for single objects and, with columns instead of values, for lists.

    Without an address a member who is limited to some studios has no permission.
    """
    if principal.is_admin:
        return true()
    is_open = exists().where(Company.id == company_id, Company.deactivated_at.is_(None))
    administers = exists().where(
        CompanyAdmin.company_id == company_id, CompanyAdmin.user_id == principal.user_id
    )
    everywhere = TeamMember.address_ids.is_(None)
    here = everywhere if address_id is None else or_(everywhere, any_(TeamMember.address_ids) == address_id)
    works_there = exists().where(
        TeamMember.company_id == company_id,
        TeamMember.user_id == principal.user_id,
        TeamMember.removed_at.is_(None),
        TeamMember.role.in_(roles_with(permission)),
        here,
    )
    if permission in READING:
        return or_(administers, and_(works_there, is_open))
    return and_(or_(administers, works_there), is_open)


async def list_allowed(
    session: AsyncSession, permission: Permission, *, company_id: int, address_id: int
) -> Sequence[int]:
    """As `is_allowed`, from the other end: who it holds for."""
    admins = select(CompanyAdmin.user_id).where(CompanyAdmin.company_id == company_id)
    members = select(TeamMember.user_id).where(
        TeamMember.company_id == company_id,
        TeamMember.removed_at.is_(None),
        TeamMember.role.in_(roles_with(permission)),
        or_(TeamMember.address_ids.is_(None), any_(TeamMember.address_ids) == address_id),
    )
    people = admins.union(members).subquery()
    theirs = select(User.id).where(
        User.id.in_(select(people)),
        User.deactivated_at.is_(None),
        exists().where(Company.id == company_id, Company.deactivated_at.is_(None)),
    )
    return (await session.scalars(theirs.order_by(User.id))).all()


async def may_somewhere(
    session: AsyncSession, principal: Principal, permission: Permission, *, company_id: int
) -> bool:
    """Also a member who is limited to some studios: for the first of theirs it holds as for the others."""
    theirs = TeamMember.address_ids[1]
    allowed = is_allowed(principal, permission, company_id=company_id, address_id=theirs)
    return bool(await session.scalar(select(allowed)))


async def may(
    session: AsyncSession,
    principal: Principal,
    permission: Permission,
    *,
    company_id: int,
    address_id: int | None,
) -> bool:
    allowed = is_allowed(principal, permission, company_id=company_id, address_id=address_id)
    return bool(await session.scalar(select(allowed)))


async def list_entitled(
    session: AsyncSession, permission: Permission, *, company_id: int, address_id: int
) -> Sequence[User]:
    """Whom `is_allowed` lets pass by a place in the company, and who can log in: each once."""
    administers = exists().where(CompanyAdmin.company_id == company_id, CompanyAdmin.user_id == User.id)
    works_there = exists().where(
        TeamMember.company_id == company_id,
        TeamMember.user_id == User.id,
        TeamMember.removed_at.is_(None),
        TeamMember.role.in_(roles_with(permission)),
        or_(TeamMember.address_ids.is_(None), any_(TeamMember.address_ids) == address_id),
        Company.id == TeamMember.company_id,
        Company.deactivated_at.is_(None),
    )
    entitled = select(User).where(or_(administers, works_there), User.deactivated_at.is_(None))
    return (await session.scalars(entitled.order_by(User.id))).all()


# --- members


def _members() -> Select[TeamMember, User]:
    return (
        select(TeamMember, User)
        .join(User, User.id == TeamMember.user_id)
        .where(TeamMember.removed_at.is_(None))
    )


async def list_members(
    session: AsyncSession, company_id: int, page: PageRequest
) -> tuple[Sequence[MemberRow], int]:
    """In the order in which they came, and how many there are."""
    here = TeamMember.company_id == company_id, TeamMember.removed_at.is_(None)
    total = await session.scalar(select(func.count(TeamMember.id)).where(*here))
    ordered = _members().where(*here).order_by(TeamMember.id).limit(page.size).offset(page.offset)
    return (await session.execute(ordered)).all(), total or 0


async def find_member(session: AsyncSession, member_id: int) -> MemberRow | None:
    return (await session.execute(_members().where(TeamMember.id == member_id))).one_or_none()


async def find_member_locked(session: AsyncSession, member_id: int) -> MemberRow | None:
    """Locks the member's row for the rest of the transaction and reads it afresh."""
    found = _members().where(TeamMember.id == member_id).with_for_update(of=TeamMember)
    return (await session.execute(found, execution_options={"populate_existing": True})).one_or_none()


async def find_open_professional(session: AsyncSession, member_id: int) -> Row[TeamMember, User, str] | None:
    """Somebody who can be booked: still there, in a company that is open. With the company's currency."""
    found = (
        _members()
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


async def is_member(session: AsyncSession, *, company_id: int, email: str) -> bool:
    found = exists().where(
        TeamMember.company_id == company_id,
        TeamMember.removed_at.is_(None),
        TeamMember.user_id == User.id,
        func.lower(User.email) == func.lower(email),
    )
    return bool(await session.scalar(select(found)))


async def join(session: AsyncSession, **values: Any) -> TeamMember | None:
    """A member, new or back again; None for somebody who is one."""
    row = insert(TeamMember).values(**values)
    changes = {field: row.excluded[field] for field in ("role", "address_ids")}
    back_again = row.on_conflict_do_update(
        index_elements=[TeamMember.company_id, TeamMember.user_id],
        set_={**changes, "removed_at": None, "updated_at": func.now()},
        where=TeamMember.removed_at.is_not(None),
    )
    joined = back_again.returning(TeamMember)
    return await session.scalar(joined, execution_options={"populate_existing": True})


async def list_memberships(session: AsyncSession, user_id: int) -> Sequence[Row[TeamMember, str]]:
    """Present and past, with the names of the companies."""
    theirs = select(TeamMember, Company.name).join(Company, Company.id == TeamMember.company_id)
    return (await session.execute(theirs.where(TeamMember.user_id == user_id).order_by(TeamMember.id))).all()


async def remove_everywhere(session: AsyncSession, user_id: int) -> None:
    theirs = update(TeamMember).where(TeamMember.user_id == user_id, TeamMember.removed_at.is_(None))
    await session.execute(theirs.values(removed_at=func.now()))


# --- invitations


async def next_invitation_id(session: AsyncSession) -> int:
    sequence = func.pg_get_serial_sequence(TeamInvitation.__tablename__, TeamInvitation.id.key)
    return (await session.scalars(select(func.nextval(sequence, type_=BigInteger)))).one()


def _is_open() -> ColumnElement[bool]:
    return and_(TeamInvitation.accepted_at.is_(None), TeamInvitation.withdrawn_at.is_(None))


async def list_open_invitations(
    session: AsyncSession, company_id: int, page: PageRequest
) -> tuple[Sequence[TeamInvitation], int]:
    """Newest first, expired ones too, and how many there are."""
    here = TeamInvitation.company_id == company_id, _is_open()
    total = await session.scalar(select(func.count(TeamInvitation.id)).where(*here))
    newest_first = select(TeamInvitation).where(*here).order_by(TeamInvitation.id.desc())
    return (await session.scalars(newest_first.limit(page.size).offset(page.offset))).all(), total or 0


async def find_invitation(session: AsyncSession, invitation_id: int) -> TeamInvitation | None:
    return await session.get(TeamInvitation, invitation_id)


async def find_invitation_by_token(session: AsyncSession, token_hash: bytes) -> TeamInvitation | None:
    return await session.scalar(select(TeamInvitation).where(TeamInvitation.token_hash == token_hash))


async def use_invitation(session: AsyncSession, invitation_id: int, now: datetime) -> bool:
    """Uses it up; False when somebody was faster, or it has ended."""
    used = (
        update(TeamInvitation)
        .where(TeamInvitation.id == invitation_id, _is_open(), TeamInvitation.expires_at > now)
        .values(accepted_at=now)
    )
    return await session.scalar(used.returning(TeamInvitation.id)) is not None


async def withdraw_invitation(session: AsyncSession, invitation_id: int, now: datetime) -> bool:
    """False when it has ended before."""
    withdrawn = update(TeamInvitation).where(TeamInvitation.id == invitation_id, _is_open())
    ended = withdrawn.values(withdrawn_at=now).returning(TeamInvitation.id)
    return await session.scalar(ended) is not None


async def withdraw_invitations_to(
    session: AsyncSession, *, company_id: int, email: str, now: datetime
) -> None:
    theirs = TeamInvitation.company_id == company_id, func.lower(TeamInvitation.email) == func.lower(email)
    await session.execute(update(TeamInvitation).where(*theirs, _is_open()).values(withdrawn_at=now))


async def forget_invitations_to(session: AsyncSession, email: str) -> None:
    await session.execute(delete(TeamInvitation).where(func.lower(TeamInvitation.email) == func.lower(email)))


# --- professionals


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
