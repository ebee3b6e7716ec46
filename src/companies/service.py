from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import audit, policies, repository
from src.companies.events import CompanyCreated
from src.companies.exceptions import CompanyClosedError, CompanyNotFoundError
from src.companies.models import Company, CompanyAdmin
from src.companies.schemas import AuditFilter, AuditRead, CompanyCreate, CompanyUpdate, OwnCompanyRead
from src.core import events, slugs
from src.core.identity import AdminOnlyError, Principal
from src.core.pagination import PageRequest, paginate
from src.core.schemas import is_id
from src.users import service as users
from src.users.models import User

# Of the router: a company of this slug could not be read by it.
RESERVED_SLUGS = {"mine"}

# What an offer is made of: what a booking costs, and what it pays back.
TERMS = {
    "currency",
    "tax_rate_bp",
    "prices_include_tax",
    "platform_fee_bp",
    "cancellation_policy",
    "cancellation_tiers",
}


async def create_company(session: AsyncSession, *, principal: Principal, body: CompanyCreate) -> Company:
    """Makes the creator its first admin and a studio owner."""
    company = await _insert(session, body)
    session.add(CompanyAdmin(company_id=company.id, user_id=principal.user_id))
    await users.promote_to_studio_owner(session, user_id=principal.user_id)
    await session.flush()
    await audit.record(
        session,
        principal=principal,
        company_id=company.id,
        action="company.created",
        subject_id=company.id,
        changes={field: (None, value) for field, value in body.model_dump().items()},
    )
    await events.publish(session, CompanyCreated(company_id=company.id, user_id=principal.user_id))
    return company


async def update_company(
    session: AsyncSession, *, principal: Principal, company_id: int, body: CompanyUpdate
) -> Company:
    """Raises those of `get_managed_company`, `AdminOnlyError` for the platform's fee, `CurrencyInUseError`."""
    company = await get_managed_company(session, principal=principal, company_id=company_id)
    values = body.stored_values()
    if "platform_fee_bp" in values and not principal.is_admin:
        raise AdminOnlyError
    changes = audit.apply(company, values)
    if changes:
        if TERMS & changes.keys():
            company.revision += 1
        await session.flush()
        await session.refresh(company)
        await audit.record(
            session,
            principal=principal,
            company_id=company.id,
            action="company.updated",
            subject_id=company.id,
            changes=changes,
        )
    return company


async def _insert(session: AsyncSession, body: CompanyCreate) -> Company:
    for slug in slugs.candidates(body.name, fallback="company"):
        if slug in RESERVED_SLUGS:
            continue
        company = await repository.insert_unless_slug_taken(session, **body.model_dump(), slug=slug)
        if company is not None:
            return company
    raise AssertionError("slug candidates never end")


async def get_company(session: AsyncSession, *, company_id: int) -> Company:
    """Raises `CompanyNotFoundError`."""
    company = await repository.find(session, company_id)
    if company is None:
        raise CompanyNotFoundError
    return company


async def get_visible_company(
    session: AsyncSession, *, principal: Principal | None, id_or_slug: str | int
) -> Company:
    """Raises `CompanyNotFoundError`, also for a closed one that is not the principal's."""
    if isinstance(id_or_slug, int) or is_id(id_or_slug):
        company = await repository.find(session, int(id_or_slug))
    else:
        company = await repository.find_by_slug(session, id_or_slug)
    if company is None:
        raise CompanyNotFoundError
    await policies.require_visible(session, principal=principal, company=company)
    return company


async def get_managed_company(session: AsyncSession, *, principal: Principal, company_id: int) -> Company:
    """The company for one of its admins to change, its row locked: whatever takes part in its being open waits.

    Raises `CompanyNotFoundError`, `NotCompanyAdminError`, `CompanyClosedError`.
    """
    company = await repository.find_locked(session, company_id)
    if company is None:
        raise CompanyNotFoundError
    await policies.require_manager(session, principal=principal, company=company)
    return company


async def stays_open(session: AsyncSession, *, company_id: int) -> bool:
    """Whether it is open; if so it stays that, and in its currency, until this transaction ends."""
    return await repository.is_open_until_commit(session, company_id)


async def require_open(session: AsyncSession, *, company_id: int) -> None:
    """The same. Raises `CompanyClosedError`."""
    if not await stays_open(session, company_id=company_id):
        raise CompanyClosedError


async def list_audit_trail(
    session: AsyncSession, *, principal: Principal, company_id: int, wanted: AuditFilter
) -> tuple[Sequence[AuditRead], str | None]:
    """Raises `CompanyNotFoundError`, `NotCompanyAdminError`."""
    company = await get_company(session, company_id=company_id)
    await policies.require_reader(session, principal=principal, company=company)
    return await audit.list_entries(session, company_id=company_id, wanted=wanted)


async def list_mine(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[Company], int]:
    return await paginate(session, repository.administered_by(principal.user_id), page)


async def list_admins(session: AsyncSession, *, company_id: int) -> Sequence[User]:
    return await repository.list_admins(session, company_id)


async def list_solely_administered(session: AsyncSession, *, user_id: int) -> Sequence[int]:
    """Ids of the companies that would have no admin without this user; locks them."""
    return await repository.list_solely_administered(session, user_id)


async def export_companies(session: AsyncSession, user_id: int) -> list[dict[str, Any]]:
    """What the user administers."""
    companies = await repository.list_administered(session, user_id)
    return [OwnCompanyRead.model_validate(company).model_dump(mode="json") for company in companies]
