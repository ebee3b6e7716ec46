"""Seats of events: bookings like any other, whose seats the event counts."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.deadlines import HoldTerms
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingConfirmed, BookingHeld
from src.bookings.schemas import BookingRead
from src.bookings.seats import repository
from src.bookings.seats.schemas import SeatsCreate
from src.bookings.service.create import frozen_policy, refuse_unless_admitted, written
from src.bookings.service.expire import expire_holds_of_event
from src.bookings.service.read import get_booking
from src.companies import service as companies
from src.core import events
from src.core.clock import utc_now
from src.core.database import driver
from src.core.identity import Principal
from src.events import policies
from src.events import service as hosted
from src.events.enums import EventStatus
from src.events.exceptions import EventBegunError, EventCancelledError, EventNotFoundError, SoldOutError
from src.events.service import Seats
from src.rooms import service as rooms
from src.rooms.exceptions import RoomNotFoundError
from src.rooms.offers import Offer
from src.rooms.pricing import quotes
from src.rooms.pricing.quotes import Item, ItemKind, Quote

MINUTE = timedelta(minutes=1)


async def book_seats(
    session: AsyncSession, *, principal: Principal, event_id: int, body: SeatsCreate, terms: HoldTerms
) -> BookingRead:
    """Held until they are paid, at most until the event begins; what is free of charge is confirmed at once.

    Raises `EventNotFoundError`, `SoldOutError`, `EventCancelledError`, `EventBegunError`, `TooManyHoldsError`,
    `CoolDownError`. Locks: the event, then the customer's holds.
    """
    found = await policies.get_visible(session, principal=principal, event_id=event_id)
    booking_id = await hold_seats(
        session,
        customer_id=principal.user_id,
        event_id=event_id,
        room_id=found.HostedEvent.room_id,
        seats=body.seats,
        terms=terms,
    )
    return await get_booking(session, principal=principal, booking_id=booking_id)


async def hold_seats(
    session: AsyncSession, *, customer_id: int, event_id: int, room_id: int, seats: int, terms: HoldTerms
) -> int:
    """The id of the booking. Raises like `book_seats`. Locks: like `rooms.get_kept_offer`, then as `book_seats`."""
    try:
        offer = await rooms.get_kept_offer(await driver(session), room_id=room_id)
    except RoomNotFoundError:
        raise EventNotFoundError from None
    if not await companies.stays_open(session, company_id=offer.company_id):
        raise EventNotFoundError
    taken = await _take(session, event_id, seats)
    quoted = _quote(taken, seats, offer)
    is_free_of_charge = quoted.total == 0
    if not is_free_of_charge:
        verdict = await repository.admit(
            session,
            customer_id=customer_id,
            room_id=room_id,
            most_holds=terms.most_holds,
            most_expired=terms.most_expired,
        )
        refuse_unless_admitted(verdict, utc_now())
    expires_at = await repository.deadline(session, terms.hold, latest=taken.starts_at)
    booking = await repository.insert(
        session,
        customer_id=customer_id,
        event_id=event_id,
        seats=seats,
        room_id=room_id,
        address_id=offer.address_id,
        company_id=offer.company_id,
        status=BookingStatus.CONFIRMED if is_free_of_charge else BookingStatus.PENDING,
        starts_at=taken.starts_at,
        ends_at=taken.ends_at,
        expires_at=None if is_free_of_charge else expires_at,
        currency=taken.currency,
        total_amount=quoted.total,
        tax_amount=quoted.tax,
        platform_fee_amount=quoted.platform_fee,
        items=written(quoted),
        cancellation_policy=frozen_policy(offer),
    )
    await bookings.record_making(
        session, booking=booking, actor=Actor.CUSTOMER, actor_id=customer_id, reason=""
    )
    kind = BookingConfirmed if is_free_of_charge else BookingHeld
    await events.publish(session, kind(booking_id=booking.id))
    return booking.id


async def _take(session: AsyncSession, event_id: int, seats: int) -> Seats:
    """When there are not enough, those of holds whose time is over go first: they are free from that second."""
    taken = await hosted.take_seats(session, event_id=event_id, seats=seats)
    if taken is not None:
        return taken
    event = await hosted.lock_event(session, event_id=event_id)
    if event is None:
        raise EventNotFoundError
    if event.status is EventStatus.CANCELLED:
        raise EventCancelledError
    if event.starts_at <= await bookings.get_clock(session):
        raise EventBegunError
    await expire_holds_of_event(session, event_id=event_id)
    taken = await hosted.take_seats(session, event_id=event_id, seats=seats)
    if taken is None:
        raise SoldOutError(seats_left=event.capacity - event.seats_sold)
    return taken


def _quote(taken: Seats, seats: int, offer: Offer) -> Quote:
    minutes = int((taken.ends_at - taken.starts_at) / MINUTE)
    line = Item(ItemKind.SEAT, taken.title, seats, taken.seat_amount)
    return quotes.quote([line], minutes=minutes, terms=offer.terms)
