"""The people who may do everything in a company."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit, policies, repository
from src.companies.exceptions import AdminNotFoundError, AlreadyAdminError, LastAdminError
from src.companies.schemas import AdminCreate, AdminRead
from src.companies.service import get_company, get_managed_company
from src.core.config import Settings
from src.core.identity import Principal
from src.core.limits import Budget, Limiter
from src.core.pagination import PageRequest
from src.users import service as users
from src.users.exceptions import UserNotFoundError
from src.users.models import User


async def list_admins(
    session: AsyncSession, *, principal: Principal, company_id: int, page: PageRequest
) -> tuple[Sequence[AdminRead], int]:
    """Raises `CompanyNotFoundError`, `NotCompanyAdminError`."""
    company = await get_company(session, company_id=company_id)
    await policies.require_reader(session, principal=principal, company=company)
    rows, total = await repository.list_admin_rows(session, company_id, page)
    return [_read(row.User, row.since) for row in rows], total


async def add_admin(
    session: AsyncSession,
    *,
    principal: Principal,
    company_id: int,
    body: AdminCreate,
    limiter: Limiter,
    settings: Settings,
) -> AdminRead:
    """Whoever it is has confirmed their address.

    Raises those of `get_managed_company`, `UserNotFoundError`, `AlreadyAdminError`, `TooManyRequestsError`.
    """
    company = await get_managed_company(session, principal=principal, company_id=company_id)
    user = await _find(session, body, principal=principal, limiter=limiter, settings=settings)
    if user is None or not user.is_verified or user.deactivated_at is not None:
        raise UserNotFoundError
    since = await repository.add_admin(session, company_id=company.id, user_id=user.id)
    if since is None:
        raise AlreadyAdminError
    await users.promote_to_studio_owner(session, user_id=user.id)
    await _record(session, principal, company.id, "admin.added", user.id)
    return _read(user, since)


async def _find(
    session: AsyncSession, body: AdminCreate, *, principal: Principal, limiter: Limiter, settings: Settings
) -> User | None:
    """Ids and profiles are public anyway. Anybody may open a company and ask for addresses: not for many."""
    if body.user_id is not None:
        return await users.find(session, user_id=body.user_id)
    assert body.email is not None
    whose = str(principal.user_id)
    await limiter.spend(Budget.of(settings.admin_lookup_limit, name="admin_lookup", whose=whose))
    return await users.find_by_email(session, email=body.email)


async def remove_admin(session: AsyncSession, *, principal: Principal, company_id: int, user_id: int) -> None:
    """Counts from their next request. The company's row is locked: of two who go at once one stays.

    Raises those of `get_managed_company`, `AdminNotFoundError`, `LastAdminError`.
    """
    company = await get_managed_company(session, principal=principal, company_id=company_id)
    if not await repository.is_admin(session, company_id=company.id, user_id=user_id):
        raise AdminNotFoundError
    if not await repository.has_other_admin(session, company_id=company.id, user_id=user_id):
        raise LastAdminError
    await repository.remove_admin(session, company_id=company.id, user_id=user_id)
    await _record(session, principal, company.id, "admin.removed", user_id)


async def _record(
    session: AsyncSession, principal: Principal, company_id: int, action: str, user_id: int
) -> None:
    await audit.record(
        session, principal=principal, company_id=company_id, action=action, subject_id=user_id, changes={}
    )


def _read(user: User, since: datetime) -> AdminRead:
    return AdminRead(
        user_id=user.id, firstname=user.firstname, lastname=user.lastname, email=user.email, since=since
    )
