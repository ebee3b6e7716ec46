"""When something is free again it may be somebody's turn. Handlers run after the commit that freed it."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.deadlines import HoldTerms
from src.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingDeclined,
    BookingRescheduled,
    HoldExpired,
    RequestExpired,
)
from src.bookings.waitlist import offering, repository
from src.bookings.waitlist.enums import WaitStatus
from src.core.config import get_settings
from src.events import service as hosted
from src.events.events import EventCancelled, EventMoved, SeatsFreed
from src.rooms.events import BlockRemoved
from src.users.events import UserDeleted


def offer_terms() -> HoldTerms:
    settings = get_settings()
    return replace(HoldTerms.of(settings), hold=timedelta(seconds=settings.waitlist_offer_seconds))


async def offer_cancelled(session: AsyncSession, event: BookingCancelled) -> None:
    await _offer_after(session, event.booking_id)


async def offer_expired(session: AsyncSession, event: HoldExpired) -> None:
    await _offer_after(session, event.booking_id)


async def offer_declined(session: AsyncSession, event: BookingDeclined) -> None:
    await _offer_after(session, event.booking_id)


async def offer_unanswered(session: AsyncSession, event: RequestExpired) -> None:
    await _offer_after(session, event.booking_id)


async def offer_moved(session: AsyncSession, event: BookingRescheduled) -> None:
    booking, _ = await bookings.mail_facts(session, booking_id=event.booking_id)
    await offering.offer_time(session, address_id=booking.address_id, terms=offer_terms())


async def offer_unblocked(session: AsyncSession, event: BlockRemoved) -> None:
    await _offer_at_room(session, event.room_id)


async def offer_freed_seats(session: AsyncSession, event: SeatsFreed) -> None:
    await offering.offer_seats(session, event_id=event.event_id, terms=offer_terms())


async def follow_cancelled_event(session: AsyncSession, event: EventCancelled) -> None:
    """Nobody waits for it any more; its room is free."""
    await repository.lapse_event(session, event.event_id)
    await _offer_at_room_of(session, event.event_id)


async def follow_moved_event(session: AsyncSession, event: EventMoved) -> None:
    """Who waits for it waits for its new time; the old one is free."""
    found = await hosted.find_event(session, event_id=event.event_id)
    if found is not None:
        await repository.move_event(session, found.id, starts_at=found.starts_at, ends_at=found.ends_at)
    await _offer_at_room_of(session, event.event_id)


async def close_taken(session: AsyncSession, event: BookingConfirmed) -> None:
    await repository.close_offer(session, booking_id=event.booking_id, status=WaitStatus.TAKEN)


async def forget_waiting(session: AsyncSession, event: UserDeleted) -> None:
    await repository.leave_all(session, event.user_id)


async def _offer_after(session: AsyncSession, booking_id: int) -> None:
    """Seats are told of by `SeatsFreed`."""
    await repository.close_offer(session, booking_id=booking_id, status=WaitStatus.PASSED)
    booking, _ = await bookings.mail_facts(session, booking_id=booking_id)
    if booking.event_id is None:
        await offering.offer_time(session, address_id=booking.address_id, terms=offer_terms())


async def _offer_at_room_of(session: AsyncSession, event_id: int) -> None:
    event = await hosted.find_event(session, event_id=event_id)
    if event is not None:
        await _offer_at_room(session, event.room_id)


async def _offer_at_room(session: AsyncSession, room_id: int) -> None:
    address_id = await repository.find_address_id(session, room_id)
    await offering.offer_time(session, address_id=address_id, terms=offer_terms())
