"""Who may see and change a studio."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.enums import AddressStatus
from src.addresses.exceptions import AddressNotFoundError
from src.addresses.models import Address
from src.core.identity import Principal
from src.teams import policies as teams
from src.teams.permissions import Permission


async def require_visible(session: AsyncSession, *, principal: Principal | None, address: Address) -> None:
    """Published studios are public, the others are for their company. Raises `AddressNotFoundError`."""
    if address.status is AddressStatus.PUBLISHED:
        return
    if not await may_see_drafts(session, principal=principal, address=address):
        raise AddressNotFoundError


async def may_see_drafts(session: AsyncSession, *, principal: Principal | None, address: Address) -> bool:
    """Whether this is one of the studio's own people: they see what is not public, or not any more."""
    return await teams.may(
        session,
        principal=principal,
        permission=Permission.SEE_STUDIO,
        company_id=address.company_id,
        address_id=address.id,
    )


async def require(
    session: AsyncSession, *, principal: Principal, address: Address, permission: Permission
) -> None:
    """Raises `AddressNotFoundError` for who may not even see it, `PermissionMissingError` for who may."""
    await require_visible(session, principal=principal, address=address)
    await teams.require(
        session,
        principal=principal,
        permission=permission,
        company_id=address.company_id,
        address_id=address.id,
    )
