"""Bookings that staff makes at the desk: confirmed at once, unpaid until somebody takes the money."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository
from src.bookings.add_ons import service as add_ons
from src.bookings.enums import Actor, BookingStatus
from src.bookings.events import BookingConfirmed
from src.bookings.exceptions import CustomerNotFoundError
from src.bookings.models import Booking
from src.bookings.schemas import BookingRead
from src.bookings.service.create import frozen_policy, written
from src.bookings.service.read import get_booking
from src.bookings.walk_ins.schemas import WalkInCreate
from src.calendars.service import Span
from src.companies import audit
from src.companies import service as companies
from src.core import events
from src.core.database import driver
from src.core.identity import Principal
from src.rooms import offers
from src.rooms import policies as room_policies
from src.rooms import service as rooms
from src.rooms.exceptions import EndsBeforeStartError, InThePastError
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Quote
from src.teams.permissions import Permission


async def book_walk_in(
    session: AsyncSession, *, principal: Principal, body: WalkInCreate, now: datetime
) -> BookingRead:
    """Staff isn't bound by opening hours, notice and horizon, nor by the time that has begun already.

    By the hours of a professional it is: they are that person's.

    Locks the room, then like `calendars.claim`. Raises `RoomNotFoundError`, `PermissionMissingError`,
    `CompanyClosedError`, `CustomerNotFoundError`, `SlotTakenError`, `RoomNotPricedError`, the room's rules and those
    of add-ons.
    """
    await room_policies.require(
        session, principal=principal, room_id=body.room_id, permission=Permission.MANAGE_BOOKINGS
    )
    offer = await rooms.get_kept_offer(await driver(session), room_id=body.room_id)
    await companies.require_open(session, company_id=offer.company_id)
    await _require_known(session, body.customer_id, offer.company_id)
    span = _wanted(offer, body, now)
    chosen = await add_ons.choose(await driver(session), wish=body, offer=offer, span=span)
    claim = await add_ons.claim(session, offer=offer, span=span, chosen=chosen, hold=None)
    quoted = offer.quote(span, [add_on.billed_for(span) for add_on in chosen])
    booking = await repository.insert_confirmed(session, _booking(body, offer, span, claim.id, quoted))
    await add_ons.keep(session, booking_id=booking.id, chosen=chosen)
    await repository.record_making(
        session, booking=booking, actor=Actor.OWNER, actor_id=principal.user_id, reason=body.reason
    )
    await audit.record(
        session,
        principal=principal,
        company_id=booking.company_id,
        action="booking.made_at_desk",
        subject_id=booking.id,
        changes={"status": (None, booking.status), "total_amount": (None, booking.total_amount)},
    )
    await events.publish(session, BookingConfirmed(booking_id=booking.id))
    return await get_booking(session, principal=principal, booking_id=booking.id)


async def _require_known(session: AsyncSession, customer_id: int | None, company_id: int) -> None:
    """Nobody books for a stranger, or learns by trying which ids are people."""
    if customer_id is None:
        return
    if not await repository.has_booked_with(session, customer_id=customer_id, company_id=company_id):
        raise CustomerNotFoundError


def _wanted(offer: Offer, body: WalkInCreate, now: datetime) -> Span:
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    if span.ends_at <= span.starts_at:
        raise EndsBeforeStartError
    if span.ends_at <= now:
        raise InThePastError
    offers.check_length(offer, span)
    return span


def _booking(body: WalkInCreate, offer: Offer, span: Span, claim_id: int, quoted: Quote) -> Booking:
    guest = body.guest
    return Booking(
        customer_id=body.customer_id,
        guest_name=guest.name if guest else None,
        guest_email=guest.email if guest else None,
        guest_phone=guest.phone if guest else None,
        room_id=offer.room_id,
        address_id=offer.address_id,
        company_id=offer.company_id,
        claim_id=claim_id,
        status=BookingStatus.CONFIRMED,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        currency=offer.currency,
        total_amount=quoted.total,
        tax_amount=quoted.tax,
        platform_fee_amount=quoted.platform_fee,
        items=written(quoted),
        cancellation_policy=frozen_policy(offer),
    )
