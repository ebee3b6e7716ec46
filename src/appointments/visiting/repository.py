from typing import Any

from sqlalchemy import Row, Select, Text, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from src.addresses.models import Address
from src.addresses.plan import PLAN
from src.appointments.models import TourDesk

DeskRow = Row[TourDesk, str, str]


async def keep_studio(session: AsyncSession, address_id: int) -> Address | None:
    """Reads the studio afresh; its owner can't change it, nor its desk, until the transaction ends."""
    kept = select(Address).where(Address.id == address_id).with_for_update(read=True)
    return await session.scalar(kept, execution_options={"populate_existing": True})


async def find_terms(session: AsyncSession, address_id: int) -> TourDesk | None:
    return await session.get(TourDesk, address_id, populate_existing=True)


async def find_desk(session: AsyncSession, address_id: int) -> DeskRow | None:
    """With the studio's zone, and its plan as text."""
    address = aliased(Address, name="address")
    desk: Select[TourDesk, str, str] = (
        select(TourDesk, address.timezone, literal_column(PLAN, Text()).label("plan"))
        .join(address, address.id == TourDesk.address_id)
        .where(TourDesk.address_id == address_id)
        .execution_options(populate_existing=True)
    )
    return (await session.execute(desk)).one_or_none()


async def save_terms(session: AsyncSession, *, address_id: int, **values: Any) -> None:
    """The studio's row has to be locked."""
    terms = insert(TourDesk).values(address_id=address_id, **values)
    await session.execute(terms.on_conflict_do_update(index_elements=[TourDesk.address_id], set_=values))
