from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from src.companies import repository
from src.companies.events import CompanyCreated
from src.companies.exceptions import CompanyNotFoundError
from src.companies.models import Company, CompanyAdmin
from src.companies.schemas import CompanyCreate, CompanyRead
from src.core import events, slugs
from src.core.identity import Principal
from src.core.pagination import PageRequest, paginate
from src.core.schemas import is_id
from src.users import service as users
from src.users.models import User

# Of the router: a company of this slug could not be read by it.
RESERVED_SLUGS = {"mine"}


async def create_company(session: AsyncSession, *, principal: Principal, body: CompanyCreate) -> Company:
    """Makes the creator its first admin and a studio owner."""
    company = await _insert(session, body)
    session.add(CompanyAdmin(company_id=company.id, user_id=principal.user_id))
    await users.promote_to_studio_owner(session, user_id=principal.user_id)
    await session.flush()
    await events.publish(session, CompanyCreated(company_id=company.id, user_id=principal.user_id))
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


async def get_company_by_id_or_slug(session: AsyncSession, *, id_or_slug: str) -> Company:
    """Raises `CompanyNotFoundError`."""
    if is_id(id_or_slug):
        return await get_company(session, company_id=int(id_or_slug))
    company = await repository.find_by_slug(session, id_or_slug)
    if company is None:
        raise CompanyNotFoundError
    return company


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
    return [CompanyRead.model_validate(company).model_dump(mode="json") for company in companies]
