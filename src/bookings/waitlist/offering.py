"""Whose turn it is: the first in line whose whole wish can be had gets a hold, for as long as they may think.

Handlers and the sweep may do this at the same moment. They wait for one another's locks on the line, in its order,
and what one has offered is `offered` for the next; the hold itself is a claim like any other.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings.add_ons import service as add_ons
from src.bookings.add_ons.exceptions import ADD_ON_ERRORS, AddOnTakenError
from src.bookings.add_ons.schemas import AddOnWish
from src.bookings.deadlines import HoldTerms
from src.bookings.events import WaitlistOffered
from src.bookings.exceptions import OfferChangedError
from src.bookings.seats.service import hold_seats
from src.bookings.service.create import hold
from src.bookings.waitlist import repository
from src.bookings.waitlist.enums import WaitStatus
from src.bookings.waitlist.models import WaitlistEntry
from src.bookings.waitlist.service import wished_professional
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Span
from src.core import events
from src.core.clock import utc_now
from src.core.database import driver
from src.events.exceptions import EventBegunError, EventCancelledError, EventNotFoundError, SoldOutError
from src.rooms import offers
from src.rooms import service as rooms
from src.rooms.exceptions import RULE_ERRORS, RoomNotFoundError, RoomNotPricedError

BATCH = 20

NOT_NOW = (
    SlotTakenError,
    AddOnTakenError,
    SoldOutError,
    OfferChangedError,
    RoomNotFoundError,
    RoomNotPricedError,
)
NOT_ANY_MORE = (*RULE_ERRORS, *ADD_ON_ERRORS, EventCancelledError, EventBegunError, EventNotFoundError)

NextInLine = Callable[[int], Awaitable[Sequence[WaitlistEntry]]]


async def offer_time(session: AsyncSession, *, address_id: int | None, terms: HoldTerms) -> int:
    """Of a studio, or of all; returns how many offers were made."""

    async def next_in_line(after_id: int) -> Sequence[WaitlistEntry]:
        return await repository.list_next_for_time(
            session, address_id=address_id, after_id=after_id, limit=BATCH
        )

    return await _offer_to_all(session, next_in_line, terms)


async def offer_seats(session: AsyncSession, *, event_id: int, terms: HoldTerms) -> int:
    async def next_in_line(after_id: int) -> Sequence[WaitlistEntry]:
        return await repository.list_next_for_seats(
            session, event_id=event_id, after_id=after_id, limit=BATCH
        )

    return await _offer_to_all(session, next_in_line, terms)


async def sweep(session: AsyncSession, *, terms: HoldTerms) -> int:
    """Everything that is waited for, whoever forgot to say that it is free; the past lapses."""
    await repository.lapse_past(session)
    made = await offer_time(session, address_id=None, terms=terms)
    for event_id in await repository.list_awaited_events(session):
        made += await offer_seats(session, event_id=event_id, terms=terms)
    return made


async def _offer_to_all(session: AsyncSession, next_in_line: NextInLine, terms: HoldTerms) -> int:
    made, after_id = 0, 0
    while entries := await next_in_line(after_id):
        for entry in entries:
            made += await _offer(session, entry, terms.without_limits(), utc_now())
        after_id = entries[-1].id
    return made


async def _offer(session: AsyncSession, entry: WaitlistEntry, terms: HoldTerms, now: datetime) -> bool:
    try:
        async with session.begin_nested():
            booking_id = await _hold(session, entry, terms, now)
    except NOT_NOW:
        return False
    except NOT_ANY_MORE:
        await repository.set_status(session, entry.id, WaitStatus.LAPSED)
        return False
    await repository.set_status(session, entry.id, WaitStatus.OFFERED, booking_id=booking_id)
    await events.publish(session, WaitlistOffered(entry_id=entry.id))
    return True


async def _hold(session: AsyncSession, entry: WaitlistEntry, terms: HoldTerms, now: datetime) -> int:
    if entry.event_id is not None:
        return await hold_seats(
            session,
            customer_id=entry.customer_id,
            event_id=entry.event_id,
            room_id=entry.room_id,
            seats=entry.seats or 1,
            terms=terms,
        )
    connection = await driver(session)
    offer = await rooms.get_offer(connection, room_id=entry.room_id)
    span = Span(entry.starts_at, entry.ends_at)
    offers.check_rules(offer, span, now=now)
    wish = AddOnWish(equipment_ids=entry.equipment_ids, professional=wished_professional(entry))
    held = await hold(
        session,
        customer_id=entry.customer_id,
        offer=offer,
        span=span,
        chosen=await add_ons.choose(connection, wish=wish, offer=offer, span=span),
        terms=terms.until(span.starts_at - now),
        now=now,
    )
    return held.id
