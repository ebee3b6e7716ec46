"""The people of a company: who they are, what they may, that they go."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.calendars.enums import ResourceKind
from src.companies import audit
from src.companies import service as companies
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.teams import policies, repository, studios
from src.teams.enums import TeamRole
from src.teams.exceptions import MemberNotFoundError
from src.teams.models import TeamMember
from src.teams.permissions import Permission
from src.teams.schemas import MemberRead, MemberUpdate
from src.users.models import User


async def list_entitled(
    session: AsyncSession, *, permission: Permission, company_id: int, address_id: int
) -> Sequence[User]:
    """Who may do this at the studio: the company's admins, and members by their role. Each once."""
    return await repository.list_entitled(session, permission, company_id=company_id, address_id=address_id)


async def list_members(
    session: AsyncSession, *, principal: Principal, company_id: int, page: PageRequest
) -> tuple[Sequence[MemberRead], int]:
    """Raises `CompanyNotFoundError`, `PermissionMissingError`."""
    await require_company(session, principal=principal, company_id=company_id)
    await policies.require(
        session,
        principal=principal,
        permission=Permission.READ_TEAM,
        company_id=company_id,
        address_id=None,
    )
    rows, total = await repository.list_members(session, company_id, page)
    return [as_read(member, user) for member, user in rows], total


async def update_member(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    member_id: int,
    body: MemberUpdate,
    find_foreign: studios.FindForeignStudios,
) -> MemberRead:
    """Counts from their next request.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `MemberNotFoundError`, `UnknownStudioError`.
    """
    roles = {body.role} if body.role else set()
    member, user = await _handled(
        session, principal=principal, company_id=company_id, member_id=member_id, roles=roles
    )
    values = body.model_dump(exclude_unset=True)
    await studios.require_own(
        session, find_foreign, company_id=company_id, address_ids=values.get("address_ids")
    )
    changes = audit.apply(member, values)
    await make_bookable(session, member)
    await session.flush()
    if changes:
        await record(session, principal, member, "member.updated", changes)
    return as_read(member, user)


async def remove_member(
    session: AsyncSession, *, principal: Principal, company_id: int, member_id: int
) -> None:
    """Counts from their next request; anybody may go themselves. What points to them stays.

    Raises `CompanyNotFoundError`, `PermissionMissingError`, `MemberNotFoundError`.
    """
    await require_company(session, principal=principal, company_id=company_id)
    found = await repository.find_member_locked(session, member_id)
    if found is None or (found[0].company_id, found[0].user_id) != (company_id, principal.user_id):
        found = await _handled(
            session, principal=principal, company_id=company_id, member_id=member_id, roles=set()
        )
    member = found[0]
    member.removed_at = await session.scalar(func.clock_timestamp())
    await session.flush()
    await record(session, principal, member, "member.removed", {"role": (member.role, None)})


async def require_company(session: AsyncSession, *, principal: Principal, company_id: int) -> None:
    """Raises `CompanyNotFoundError`, also for a closed one that is not the principal's."""
    await companies.get_visible_company(session, principal=principal, id_or_slug=company_id)


async def make_bookable(session: AsyncSession, member: TeamMember) -> None:
    """A professional's time can be taken."""
    if member.role is TeamRole.PROFESSIONAL and member.resource_id is None:
        member.resource_id = await calendars.create_resource(session, kind=ResourceKind.MEMBER)


async def record(
    session: AsyncSession,
    principal: Principal,
    member: TeamMember,
    action: str,
    changes: dict[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=member.company_id,
        action=action,
        subject_id=member.id,
        changes=changes,
    )


def as_read(member: TeamMember, user: User) -> MemberRead:
    return MemberRead(
        id=member.id,
        user_id=user.id,
        firstname=user.firstname,
        lastname=user.lastname,
        photo=user.photo,
        role=member.role,
        address_ids=member.address_ids,
        since=member.created_at,
    )


async def _handled(
    session: AsyncSession, *, principal: Principal, company_id: int, member_id: int, roles: set[TeamRole]
) -> repository.MemberRow:
    """A member whom the principal may change, into one of the roles too; the row locked."""
    await require_company(session, principal=principal, company_id=company_id)
    await policies.require_handling(session, principal=principal, company_id=company_id, roles=roles)
    found = await repository.find_member_locked(session, member_id)
    if found is None or found[0].company_id != company_id:
        raise MemberNotFoundError
    if found[0].role is TeamRole.MANAGER:
        await policies.require_handling(
            session, principal=principal, company_id=company_id, roles={TeamRole.MANAGER}
        )
    return found
