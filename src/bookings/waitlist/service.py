"""Standing in line for what is taken. Whose turn it is decides `offering`."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.add_ons import service as add_ons
from src.bookings.add_ons.schemas import ProfessionalWish
from src.bookings.enums import HELD, BookingStatus
from src.bookings.exceptions import IllegalMoveError
from src.bookings.schemas import CancellationCreate
from src.bookings.service.cancel import cancel_booking
from src.bookings.waitlist import repository
from src.bookings.waitlist.enums import WaitStatus
from src.bookings.waitlist.exceptions import EntryNotFoundError, StillFreeError, TooManyWaitsError
from src.bookings.waitlist.models import WaitlistEntry
from src.bookings.waitlist.schemas import WaitCreate, WaitRead
from src.calendars import service as calendars
from src.core.database import driver
from src.core.identity import Principal
from src.core.pagination import PageRequest
from src.events import policies as event_policies
from src.events.enums import EventStatus
from src.events.exceptions import EventBegunError, EventCancelledError
from src.rooms import offers
from src.rooms import service as rooms

MOST_WAITS = 20


async def join(session: AsyncSession, *, principal: Principal, body: WaitCreate, now: datetime) -> WaitRead:
    """Raises `StillFreeError`, `AlreadyWaitingError`, `TooManyWaitsError`, and what booking it would but for taken.

    What is given back while somebody joins is found by the next sweep.
    """
    if await repository.count_live(session, principal.user_id) >= MOST_WAITS:
        raise TooManyWaitsError
    entry = await (_for_seats if body.event_id else _for_time)(session, principal, body, now)
    return _read(*await repository.find(session, entry.id))


async def _for_time(
    session: AsyncSession, principal: Principal, body: WaitCreate, now: datetime
) -> WaitlistEntry:
    assert body.room_id is not None
    assert body.starts_at is not None
    assert body.ends_at is not None
    connection = await driver(session)
    offer = await rooms.get_offer(connection, room_id=body.room_id)
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    offers.check_rules(offer, span, now=now)
    chosen = await add_ons.choose(connection, wish=body, offer=offer, span=span)
    wishes = [*offer.wishes(span), *add_ons.wishes_of(chosen, span)]
    if not await calendars.find_taken(connection, wishes=wishes):
        raise StillFreeError
    return await repository.insert(
        session,
        customer_id=principal.user_id,
        room_id=offer.room_id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        equipment_ids=body.equipment_ids,
        member_id=body.professional.member_id if body.professional else None,
        service_id=body.professional.service_id if body.professional else None,
    )


async def _for_seats(
    session: AsyncSession, principal: Principal, body: WaitCreate, now: datetime
) -> WaitlistEntry:
    assert body.event_id is not None
    found = await event_policies.get_visible(session, principal=principal, event_id=body.event_id)
    event, seats = found.HostedEvent, body.seats or 1
    if event.status is EventStatus.CANCELLED:
        raise EventCancelledError
    if event.starts_at <= now:
        raise EventBegunError
    if event.seats_sold + seats <= event.capacity:
        raise StillFreeError
    return await repository.insert(
        session,
        customer_id=principal.user_id,
        room_id=event.room_id,
        event_id=event.id,
        seats=seats,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )


async def list_mine(
    session: AsyncSession, *, principal: Principal, page: PageRequest
) -> tuple[Sequence[WaitRead], int]:
    rows, total = await repository.list_own(session, principal.user_id, page)
    return [_read(*row) for row in rows], total


async def leave(session: AsyncSession, *, principal: Principal, entry_id: int, now: datetime) -> None:
    """Who has an offer declines it: the hold is cancelled, and the next in line has it. Safe to repeat.

    Raises `EntryNotFoundError`, and `IllegalMoveError` when the offer is paid: leaving cancels no booking that is
    somebody's for good. Locks the entry, then the booking.
    """
    entry = await repository.find_own_locked(session, customer_id=principal.user_id, entry_id=entry_id)
    if entry is None:
        raise EntryNotFoundError
    if entry.status is WaitStatus.OFFERED and entry.booking_id is not None:
        await _decline(session, principal, entry.booking_id, now)
    if entry.status in repository.LIVE:
        await repository.set_status(session, entry.id, WaitStatus.LEFT)


async def _decline(session: AsyncSession, principal: Principal, booking_id: int, now: datetime) -> None:
    await bookings.find_locked(session, booking_id)
    status = await bookings.get_status_now(session, booking_id)
    if status is BookingStatus.CONFIRMED:
        raise IllegalMoveError("What you were offered is yours: cancel the booking.", status_now=status)
    if status in HELD:
        declined = CancellationCreate(reason="offer from the waiting list declined")
        await cancel_booking(session, principal=principal, booking_id=booking_id, body=declined, now=now)


def _read(entry: WaitlistEntry, timezone: str) -> WaitRead:
    zone = ZoneInfo(timezone)
    return WaitRead(
        id=entry.id,
        room_id=entry.room_id,
        event_id=entry.event_id,
        seats=entry.seats,
        equipment_ids=entry.equipment_ids,
        professional=wished_professional(entry),
        status=entry.status,
        timezone=timezone,
        starts_at=entry.starts_at.astimezone(zone),
        ends_at=entry.ends_at.astimezone(zone),
        booking_id=entry.booking_id,
        created_at=entry.created_at,
    )


def wished_professional(entry: WaitlistEntry) -> ProfessionalWish | None:
    if entry.member_id is None or entry.service_id is None:
        return None
    return ProfessionalWish(member_id=entry.member_id, service_id=entry.service_id)


async def export_entries(session: AsyncSession, user_id: int) -> list[dict[str, object]]:
    """For a person's export."""
    rows = await repository.list_all_own(session, user_id)
    return [_read(*row).model_dump(mode="json") for row in rows]
