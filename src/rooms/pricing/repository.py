from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.rooms.models import RoomPrice, RoomPriceRule
from src.rooms.pricing.tiers import Tier

_RULE_FIELDS = ("name", "weekdays", "starts", "ends", "first_date", "last_date", "percent")


async def list_prices(session: AsyncSession, room_id: int) -> list[dict[str, Any]]:
    prices = select(RoomPrice.duration_minutes, RoomPrice.amount).where(RoomPrice.room_id == room_id)
    return [
        dict(row) for row in (await session.execute(prices.order_by(RoomPrice.duration_minutes))).mappings()
    ]


async def replace_prices(session: AsyncSession, *, room_id: int, tiers: Iterable[Tier]) -> None:
    await session.execute(delete(RoomPrice).where(RoomPrice.room_id == room_id))
    session.add_all(
        RoomPrice(room_id=room_id, duration_minutes=tier.duration_minutes, amount=tier.amount)
        for tier in tiers
    )
    await session.flush()


async def list_price_rules(session: AsyncSession, room_id: int) -> list[dict[str, Any]]:
    rules = select(*(getattr(RoomPriceRule, field) for field in _RULE_FIELDS))
    rules = rules.where(RoomPriceRule.room_id == room_id).order_by(RoomPriceRule.position)
    return [dict(row) for row in (await session.execute(rules)).mappings()]


async def replace_price_rules(
    session: AsyncSession, *, room_id: int, rules: Iterable[Mapping[str, Any]]
) -> None:
    await session.execute(delete(RoomPriceRule).where(RoomPriceRule.room_id == room_id))
    session.add_all(
        RoomPriceRule(room_id=room_id, position=position, **rule) for position, rule in enumerate(rules)
    )
    await session.flush()
