"""What the domains below ask of a company's studios; `main` binds it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import repository
from src.addresses.enums import AddressStatus
from src.companies import audit
from src.core.identity import Principal


async def take_off_market(session: AsyncSession, principal: Principal, company_id: int) -> None:
    """Every published studio becomes a draft; locks all of them, so that none is being published meanwhile."""
    for address in await repository.list_of_company_locked(session, company_id):
        if address.status is AddressStatus.PUBLISHED:
            await audit.record(
                session,
                principal=principal,
                company_id=company_id,
                action="address.updated",
                subject_id=address.id,
                changes=audit.apply(address, {"status": AddressStatus.DRAFT}),
            )
            await repository.begin_revision(session, address)


async def find_foreign(session: AsyncSession, company_id: int, address_ids: Sequence[int]) -> list[int]:
    """Those that are no studios of the company."""
    own = await repository.list_ids_of_company(session, company_id)
    return sorted(set(address_ids) - set(own))
