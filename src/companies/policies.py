"""Who may do what to a company itself. What belongs to it is decided by `teams.policies`."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit, repository
from src.companies.exceptions import CompanyClosedError, CompanyNotFoundError, NotCompanyAdminError
from src.companies.models import Company
from src.core.identity import Principal
from src.core.logging import name_in_logs


async def may_manage(session: AsyncSession, *, principal: Principal | None, company_id: int) -> bool:
    """Whether this is one of the company's admins, or an admin of the platform."""
    name_in_logs(company_id=company_id)
    if principal is None:
        return False
    if principal.is_admin:
        return True
    return await repository.is_admin(session, company_id=company_id, user_id=principal.user_id)


async def require_visible(session: AsyncSession, *, principal: Principal | None, company: Company) -> None:
    """An open company is public, a closed one is there for its admins. Raises `CompanyNotFoundError`."""
    if company.is_active:
        return
    if not await may_manage(session, principal=principal, company_id=company.id):
        raise CompanyNotFoundError


async def require_reader(session: AsyncSession, *, principal: Principal, company: Company) -> None:
    """Raises `CompanyNotFoundError`, `NotCompanyAdminError`."""
    await require_visible(session, principal=principal, company=company)
    if not await may_manage(session, principal=principal, company_id=company.id):
        raise NotCompanyAdminError


async def require_manager(session: AsyncSession, *, principal: Principal, company: Company) -> None:
    """For changes. Raises `CompanyNotFoundError`, `NotCompanyAdminError`, `CompanyClosedError`."""
    await require_reader(session, principal=principal, company=company)
    if not company.is_active:
        raise CompanyClosedError
    await audit.record_override(
        session,
        principal=principal,
        company_id=company.id,
        permission="company.manage",
        subject_id=company.id,
    )
