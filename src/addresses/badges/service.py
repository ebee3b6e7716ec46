"""Badges: what the owner says of a studio, and what the platform does."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses import service as addresses
from src.addresses.badges import repository
from src.addresses.badges.exceptions import BadgeReservedError, UnknownBadgeError
from src.addresses.badges.models import Badge
from src.addresses.badges.schemas import BadgesUpdate
from src.addresses.schemas import AddressRead
from src.companies import audit
from src.core.identity import Principal
from src.teams.permissions import Permission


async def list_badges(session: AsyncSession) -> Sequence[Badge]:
    return await repository.list_badges(session)


async def replace_badges(
    session: AsyncSession, *, principal: Principal, address_id: int, body: BadgesUpdate
) -> AddressRead:
    """Those that the platform has given stay, unless it is the platform's staff that asks.

    Raises `UnknownBadgeError`, `BadgeReservedError`.
    """
    address = await addresses.get_managed_address(
        session, principal=principal, address_id=address_id, permission=Permission.EDIT_STUDIO
    )
    known = {badge.slug: badge for badge in await repository.list_badges(session)}
    wanted, held = set(body.badges), await repository.slugs_of(session, address.id)
    unknown = sorted(wanted - known.keys())
    if unknown:
        raise UnknownBadgeError(badges=unknown)
    if not principal.is_admin:
        reserved = {slug for slug, badge in known.items() if badge.is_platform_granted}
        if wanted & reserved - held:
            raise BadgeReservedError(badges=sorted(wanted & reserved - held))
        wanted |= held & reserved
    if wanted != held:
        await repository.take(session, address_id=address.id, slugs=held - wanted)
        await repository.give(session, address_id=address.id, slugs=wanted - held)
        await audit.record(
            session,
            principal=principal,
            company_id=address.company_id,
            action="address.badges_replaced",
            subject_id=address.id,
            changes={"badges": (sorted(held), sorted(wanted))},
        )
    return await addresses.read(session, address)
