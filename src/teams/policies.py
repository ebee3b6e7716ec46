"""Whether somebody's place in a company allows something; higher domains ask this."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit
from src.core.identity import Principal
from src.core.logging import name_in_logs
from src.teams import repository
from src.teams.enums import TeamRole
from src.teams.exceptions import MemberNotFoundError, PermissionMissingError
from src.teams.models import TeamMember
from src.teams.permissions import READING, Permission


async def may(
    session: AsyncSession,
    *,
    principal: Principal | None,
    permission: Permission,
    company_id: int,
    address_id: int | None,
) -> bool:
    """An admin of the company or the platform, or a member whose role has the permission for this studio.

    `address_id` None is the company as a whole, for which a member limited to some studios has no permission.
    """
    name_in_logs(company_id=company_id)
    if principal is None:
        return False
    return await repository.may(session, principal, permission, company_id=company_id, address_id=address_id)


async def require(
    session: AsyncSession,
    *,
    principal: Principal,
    permission: Permission,
    company_id: int,
    address_id: int | None,
) -> None:
    """Raises `PermissionMissingError`. An administrator of the platform who passes leaves a record of it."""
    if not await may(
        session, principal=principal, permission=permission, company_id=company_id, address_id=address_id
    ):
        raise PermissionMissingError(permission=permission)
    if permission not in READING:
        await audit.record_override(
            session,
            principal=principal,
            company_id=company_id,
            permission=permission,
            subject_id=address_id or company_id,
        )


async def require_somewhere(
    session: AsyncSession, *, principal: Principal, permission: Permission, company_id: int
) -> None:
    """For at least one studio: what a list then shows is up to `is_allowed`. Raises `PermissionMissingError`."""
    name_in_logs(company_id=company_id)
    if not await repository.may_somewhere(session, principal, permission, company_id=company_id):
        raise PermissionMissingError(permission=permission)


def is_allowed(
    principal: Principal, permission: Permission, *, company_id: Any, address_id: Any
) -> ColumnElement[bool]:
    """The same as a condition on columns, for the scope of a list."""
    return repository.is_allowed(principal, permission, company_id=company_id, address_id=address_id)


async def list_allowed(
    session: AsyncSession, *, permission: Permission, company_id: int, address_id: int
) -> Sequence[int]:
    """Ids of the users whose place in the company gives them the permission for the studio; who is deactivated has
    none. The platform's administrators have no place in it.
    """
    return await repository.list_allowed(session, permission, company_id=company_id, address_id=address_id)


async def require_handling(
    session: AsyncSession, *, principal: Principal, company_id: int, roles: set[TeamRole]
) -> None:
    """Whether they may make somebody one of these, or change somebody who is. Raises `PermissionMissingError`."""
    is_about_managers = TeamRole.MANAGER in roles
    await require(
        session,
        principal=principal,
        permission=Permission.MANAGE_MANAGERS if is_about_managers else Permission.MANAGE_TEAM,
        company_id=company_id,
        address_id=None,
    )


async def require_self_or_handling(
    session: AsyncSession, *, principal: Principal, member: TeamMember
) -> None:
    """A professional looks after their own time and services.

    Raises `PermissionMissingError`, `MemberNotFoundError`.
    """
    if member.user_id != principal.user_id:
        await require_known(session, principal=principal, member=member)
        await require_handling(
            session, principal=principal, company_id=member.company_id, roles={member.role}
        )


async def require_known(session: AsyncSession, *, principal: Principal, member: TeamMember) -> None:
    """Anybody sees a professional; who else is in a team is the team's. Raises `MemberNotFoundError`."""
    if member.role is not TeamRole.PROFESSIONAL and not await may(
        session,
        principal=principal,
        permission=Permission.READ_TEAM,
        company_id=member.company_id,
        address_id=None,
    ):
        raise MemberNotFoundError
