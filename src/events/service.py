"""Events that owners host, and the count of their seats. Who sits on them is known to bookings, above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from src.addresses.models import Address
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Span
from src.companies import audit
from src.companies import service as companies
from src.core import events
from src.core.database import Transaction, driver
from src.core.identity import Principal
from src.core.money import Money
from src.events import policies, repository
from src.events.enums import EventStatus
from src.events.events import EventCancelled, EventMoved, SeatsFreed
from src.events.exceptions import EventBegunError, EventCancelledError, EventTooLongError
from src.events.models import LONGEST_EVENT_DAYS, HostedEvent
from src.events.schemas import EventCreate, EventFilter, EventRead, EventUpdate
from src.rooms import offers
from src.rooms import policies as room_policies
from src.rooms import service as rooms
from src.rooms.exceptions import EndsBeforeStartError, InThePastError
from src.rooms.offers import Offer
from src.teams.permissions import Permission

TIMES = {"starts_at", "ends_at"}


@dataclass(frozen=True, slots=True)
class Seats:
    """What was true of the event when seats of it were taken."""

    title: str
    starts_at: datetime
    ends_at: datetime
    seat_amount: int
    currency: str


async def list_events(session: AsyncSession, *, wanted: EventFilter) -> tuple[Sequence[EventRead], int]:
    rows, total = await repository.list_upcoming(session, wanted)
    return [_read(*row) for row in rows], total


async def get_event(session: AsyncSession, *, principal: Principal | None, event_id: int) -> EventRead:
    """Raises `EventNotFoundError`, also for who may not see its studio."""
    return _read(*await policies.get_visible(session, principal=principal, event_id=event_id))


async def create_event(
    session: AsyncSession, *, principal: Principal, body: EventCreate, now: datetime
) -> EventRead:
    """Takes the time of the room and its parts, buffers included.

    Raises `RoomNotFoundError`, `PermissionMissingError`, `CompanyClosedError`, `SlotTakenError`,
    `OutsideOpeningHoursError`, `EndsBeforeStartError`, `InThePastError`, `EventTooLongError`. Locks: studio, room,
    then like `calendars.claim`.
    """
    room, address = await room_policies.get_managed(
        session, principal=principal, room_id=body.room_id, permission=Permission.HOST_EVENTS
    )
    await companies.require_open(session, company_id=address.company_id)
    offer = await rooms.get_any_offer(await driver(session), room_id=room.id)
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    _check(offer, span, now, outside_opening_hours=body.outside_opening_hours)
    claim = await calendars.claim(session, wishes=offer.wishes(span), kind=OccupancyKind.EVENT, hold=None)
    values: dict[str, Any] = {
        "title": body.title,
        "description": body.description,
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
        "capacity": body.capacity,
        "seat_amount": body.seat_amount,
    }
    event = await repository.insert(
        session, room_id=room.id, claim_id=claim.id, currency=offer.currency, **values
    )
    changes = {field: (None, value) for field, value in values.items()}
    await _record(session, principal, address, event, "created", changes)
    return await get_event(session, principal=principal, event_id=event.id)


async def update_event(
    session: AsyncSession, *, principal: Principal, event_id: int, body: EventUpdate, now: datetime
) -> EventRead:
    """Another time is claimed in the same transaction, so that the old one is kept when it can't be had.

    Raises like `create_event`, `EventNotFoundError`, `CapacityBelowSoldError`, `EventCancelledError`,
    `EventBegunError`.
    """
    event, address = await _changeable(session, principal=principal, event_id=event_id)
    values = body.model_dump(exclude_unset=True, exclude={"outside_opening_hours"})
    was_capacity = event.capacity
    if TIMES & values.keys():
        values |= await _moved(session, event, body, now)
    changes = audit.apply(event, values)
    await session.flush()
    if changes:
        changes.pop("claim_id", None)
        await _record(session, principal, address, event, "updated", changes)
    if TIMES & changes.keys():
        await events.publish(session, EventMoved(event_id=event.id))
    if event.capacity > was_capacity:
        await events.publish(session, SeatsFreed(event_id=event.id))
    return await get_event(session, principal=principal, event_id=event.id)


async def _moved(
    session: AsyncSession, event: HostedEvent, body: EventUpdate, now: datetime
) -> dict[str, Any]:
    offer = await rooms.get_any_offer(await driver(session), room_id=event.room_id)
    span = offers.requested_span(
        offer, starts_at=body.starts_at or event.starts_at, ends_at=body.ends_at or event.ends_at
    )
    if span == Span(event.starts_at, event.ends_at):
        return {"starts_at": event.starts_at, "ends_at": event.ends_at}
    _check(offer, span, now, outside_opening_hours=body.outside_opening_hours)
    await calendars.release(session, claim_id=event.claim_id)
    claim = await calendars.claim(session, wishes=offer.wishes(span), kind=OccupancyKind.EVENT, hold=None)
    return {"claim_id": claim.id, "starts_at": span.starts_at, "ends_at": span.ends_at}


async def cancel_event(session: AsyncSession, *, principal: Principal, event_id: int) -> EventRead:
    """Its time is free at once and no seat is sold any more; bookings pay each seat back.

    Raises `EventNotFoundError`, `PermissionMissingError`, `EventCancelledError`, `EventBegunError`.
    """
    event, address = await _changeable(session, principal=principal, event_id=event_id)
    changes = audit.apply(event, {"status": EventStatus.CANCELLED})
    await session.flush()
    await calendars.release(session, claim_id=event.claim_id)
    await _record(session, principal, address, event, "cancelled", changes)
    await events.publish(session, EventCancelled(event_id=event.id))
    return await get_event(session, principal=principal, event_id=event.id)


async def delete_event(session: AsyncSession, *, principal: Principal, event_id: int) -> None:
    """Only while nobody has ever booked a seat. Raises `EventHasBookingsError` and those of `get_managed`."""
    event, address = await policies.get_managed(session, principal=principal, event_id=event_id)
    await calendars.release(session, claim_id=event.claim_id)
    await _record(session, principal, address, event, "deleted", {"title": (event.title, None)})
    await repository.delete(session, event)


async def take_seats(session: Transaction, *, event_id: int, seats: int) -> Seats | None:
    """Counts them as sold. None when there are not so many, or it has begun, is cancelled or not there.

    Locks the event. What was taken is given back by `give_seats_back`, once.
    """
    taken = await repository.take_seats(session, event_id=event_id, seats=seats)
    return Seats(**taken) if taken is not None else None


async def give_seats_back(session: Transaction, *, event_id: int, seats: int) -> None:
    """Locks the event."""
    await repository.give_seats_back(session, event_id=event_id, seats=seats)
    await events.publish(session, SeatsFreed(event_id=event_id))


async def lock_event(session: AsyncSession, *, event_id: int) -> HostedEvent | None:
    """Nobody takes a seat or gives one back until the transaction ends."""
    return await repository.find_locked(session, event_id)


async def find_event(session: AsyncSession, *, event_id: int) -> HostedEvent | None:
    found = await repository.find(session, event_id)
    return found.HostedEvent if found else None


async def list_coming_at_address(session: AsyncSession, address_id: int) -> Sequence[int]:
    return await repository.list_coming_of_rooms(session, Address.id == address_id)


async def list_coming_of_company(session: AsyncSession, company_id: int) -> Sequence[int]:
    return await repository.list_coming_of_rooms(session, Address.company_id == company_id)


async def _changeable(
    session: AsyncSession, *, principal: Principal, event_id: int
) -> tuple[HostedEvent, Address]:
    event, address = await policies.get_managed(session, principal=principal, event_id=event_id)
    if event.status is EventStatus.CANCELLED:
        raise EventCancelledError
    if await repository.has_begun(session, event.id):
        raise EventBegunError
    return event, address


def _check(offer: Offer, span: Span, now: datetime, *, outside_opening_hours: bool) -> None:
    if span.ends_at <= span.starts_at:
        raise EndsBeforeStartError
    if span.starts_at <= now:
        raise InThePastError
    if span.ends_at - span.starts_at > timedelta(days=LONGEST_EVENT_DAYS):
        raise EventTooLongError
    if not outside_opening_hours:
        offers.check_opening(offer, span)


async def _record(
    session: AsyncSession,
    principal: Principal,
    address: Address,
    event: HostedEvent,
    what: str,
    changes: dict[str, tuple[Any, Any]],
) -> None:
    await audit.record(
        session,
        principal=principal,
        company_id=address.company_id,
        action=f"event.{what}",
        subject_id=event.id,
        changes=changes,
    )


def _read(event: HostedEvent, room_name: str, address: Address) -> EventRead:
    zone = ZoneInfo(address.timezone)
    return EventRead(
        id=event.id,
        room_id=event.room_id,
        room_name=room_name,
        address_id=address.id,
        address_name=address.name,
        company_id=address.company_id,
        title=event.title,
        description=event.description,
        status=event.status,
        timezone=address.timezone,
        starts_at=event.starts_at.astimezone(zone),
        ends_at=event.ends_at.astimezone(zone),
        capacity=event.capacity,
        seats_left=event.capacity - event.seats_sold,
        price=Money(amount=event.seat_amount, currency=event.currency),
    )
