"""What an owner asks for a room."""

from sqlalchemy.ext.asyncio import AsyncSession

from src.core.identity import Principal
from src.rooms import policies
from src.rooms import service as rooms
from src.rooms.pricing import repository
from src.rooms.pricing.schemas import PriceRulesUpdate, PricesUpdate
from src.rooms.pricing.tiers import Tier
from src.teams.permissions import Permission


async def replace_prices(
    session: AsyncSession, *, principal: Principal, room_id: int, body: PricesUpdate
) -> str:
    """Returns the room as JSON; bookings made before keep their price."""
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_PRICES
    )
    before = await repository.list_prices(session, room.id)
    tiers = [Tier(tier.duration_minutes, tier.amount) for tier in body.prices]
    await repository.replace_prices(session, room_id=room.id, tiers=tiers)
    after = await repository.list_prices(session, room.id)
    await rooms.record_change(
        session, principal, room, address, "price.replaced", changes={"prices": (before, after)}
    )
    await rooms.tell_address(session, address)
    return await rooms.document(session, room.id)


async def replace_price_rules(
    session: AsyncSession, *, principal: Principal, room_id: int, body: PriceRulesUpdate
) -> str:
    """Returns the room as JSON; bookings made before keep their price."""
    room, address = await policies.get_managed(
        session, principal=principal, room_id=room_id, permission=Permission.EDIT_PRICES
    )
    before = await repository.list_price_rules(session, room.id)
    after = [rule.model_dump() for rule in body.price_rules]
    await repository.replace_price_rules(session, room_id=room.id, rules=after)
    changes = {"price_rules": (before, after)}
    await rooms.record_change(session, principal, room, address, "price.rules_replaced", changes=changes)
    return await rooms.document(session, room.id)
