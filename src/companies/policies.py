"""Who may do what to a company. Everything that belongs to one is decided by its admins."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import repository
from src.companies.exceptions import NotCompanyAdminError
from src.core.identity import Principal


async def may_manage(session: AsyncSession, *, principal: Principal | None, company_id: int) -> bool:
    """Whether this is one of the company's admins, or an admin of the platform."""
    if principal is None:
        return False
    if principal.is_admin:
        return True
    return await repository.is_admin(session, company_id=company_id, user_id=principal.user_id)


async def require_manager(session: AsyncSession, *, principal: Principal, company_id: int) -> None:
    """Raises `NotCompanyAdminError`."""
    if not await may_manage(session, principal=principal, company_id=company_id):
        raise NotCompanyAdminError
