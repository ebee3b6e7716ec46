"""Who may see and change a studio."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.enums import AddressStatus
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.companies import policies as companies
from src.core.identity import Principal


async def require_visible(session: AsyncSession, *, principal: Principal | None, address: Address) -> None:
    """Published studios are public, the others are for their company. Raises `AddressNotFoundError`."""
    if address.status is AddressStatus.PUBLISHED:
        return
    if not await companies.may_manage(session, principal=principal, company_id=address.company_id):
        raise AddressNotFoundError


async def require_manager(session: AsyncSession, *, principal: Principal, address: Address) -> None:
    """Raises `AddressNotFoundError` for who may not even see it, `NotCompanyAdminError` for who may."""
    await require_visible(session, principal=principal, address=address)
    await companies.require_manager(session, principal=principal, company_id=address.company_id)
