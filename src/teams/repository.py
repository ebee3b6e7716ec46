"""Who is in a team, and what their place in it allows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, any_, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies.models import Company, CompanyAdmin
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.teams.models import TeamMember
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


def present_members() -> Select[TeamMember, User]:
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
    ordered = present_members().where(*here).order_by(TeamMember.id).limit(page.size).offset(page.offset)
    return (await session.execute(ordered)).all(), total or 0


async def find_member(session: AsyncSession, member_id: int) -> MemberRow | None:
    return (await session.execute(present_members().where(TeamMember.id == member_id))).one_or_none()


async def find_member_locked(session: AsyncSession, member_id: int) -> MemberRow | None:
    """Locks the member's row for the rest of the transaction and reads it afresh."""
    found = present_members().where(TeamMember.id == member_id).with_for_update(of=TeamMember)
    return (await session.execute(found, execution_options={"populate_existing": True})).one_or_none()


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
