from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy import Select, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.hours import SpecialDay as SpecialHours
from src.addresses.hours import WeeklyHours
from src.addresses.models import Closure, OperatingHours, SpecialDay
from src.addresses.plan import write_day


async def replace_hours(session: AsyncSession, *, address_id: int, hours: Sequence[WeeklyHours]) -> None:
    await session.execute(delete(OperatingHours).where(OperatingHours.address_id == address_id))
    session.add_all(
        OperatingHours(
            address_id=address_id,
            weekday=entry.weekday,
            mode=entry.mode,
            opens=entry.opens,
            closes=entry.closes,
        )
        for entry in hours
    )
    await session.flush()


async def replace_special_days(
    session: AsyncSession, *, address_id: int, days: Sequence[SpecialHours]
) -> None:
    await session.execute(delete(SpecialDay).where(SpecialDay.address_id == address_id))
    session.add_all(
        SpecialDay(
            address_id=address_id,
            first_date=day.first,
            last_date=day.last,
            label=day.label,
            hours=write_day(day.hours),
        )
        for day in days
    )
    await session.flush()


def closures_of(address_id: int, *, ending_after: datetime) -> Select[Closure]:
    """In order; `ending_after` is UTC, and a date counts until it is over everywhere."""
    ends_at = func.coalesce(Closure.ends_at, cast(Closure.last_date + 2, SqlDateTime(timezone=True)))
    starts_at = func.coalesce(Closure.starts_at, cast(Closure.first_date, SqlDateTime(timezone=True)))
    coming = select(Closure).where(Closure.address_id == address_id, ends_at > ending_after)
    return coming.order_by(starts_at, Closure.id)


async def insert_closure(session: AsyncSession, closure: Closure) -> None:
    session.add(closure)
    await session.flush()


async def find_closure(session: AsyncSession, *, address_id: int, closure_id: int) -> Closure | None:
    closure = select(Closure).where(Closure.id == closure_id, Closure.address_id == address_id)
    return (await session.scalars(closure)).one_or_none()


async def delete_closure(session: AsyncSession, closure: Closure) -> None:
    await session.delete(closure)
    await session.flush()
