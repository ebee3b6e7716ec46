from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from bench.usual_dependencies import SessionDep, VerifiedUserDep
from bench.usual_models import Address, Booking, BookingMove, Occupancy, OutboxRecord, Room, User
from src.addresses.enums import HoursMode
from src.addresses.hours import OpeningPlan, WeeklyHours
from src.bookings import reference
from src.bookings.events import BookingHeld
from src.bookings.schemas import BookingRead, BookingWish
from src.bookings.service.create import frozen_policy, written
from src.calendars.service import Span
from src.companies.enums import CancellationPolicy
from src.core.clock import utc_now
from src.core.errors import ProblemError
from src.rooms import offers
from src.rooms.enums import BookingMode
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Terms
from src.rooms.pricing.tiers import Tier

HOLD = timedelta(minutes=30)

router = APIRouter(prefix="/bookings", tags=["bookings"])


@router.post("", response_model=BookingRead, status_code=201)
async def create_booking(body: BookingWish, session: SessionDep, user: VerifiedUserDep) -> Any:
    room = await load_room(session, body.room_id)
    offer = offer_of(room)
    span = _checked_span(offer, body)
    await _refuse_overlap(session, room, span)
    try:
        booking = await _add(session, user, room, offer, span)
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(status_code=409, detail="Slot taken") from error
    await session.refresh(booking)
    return _to_read(booking)


async def load_room(session: AsyncSession, room_id: int) -> Room:
    room = await session.scalar(
        select(Room)
        .where(Room.id == room_id)
        .options(
            selectinload(Room.prices),
            joinedload(Room.address).options(joinedload(Address.company), selectinload(Address.hours)),
        )
    )
    if room is None or room.status != "active" or room.address.status != "published":
        raise HTTPException(status_code=404, detail="Room not found")
    return room


def offer_of(room: Room) -> Offer:
    company = room.address.company
    return Offer(
        room_id=room.id,
        revision=room.revision,
        address_revision=room.address.revision,
        company_revision=company.revision,
        room_name=room.name,
        address_id=room.address_id,
        company_id=company.id,
        currency=company.currency,
        booking_mode=BookingMode.INSTANT,  # nor is any let on request
        cancellation_tiers=(),
        cancellation_policy=CancellationPolicy(room.cancellation_policy or company.cancellation_policy),
        resource_ids=(room.resource_id,),
        zone=ZoneInfo(room.address.timezone),
        hours=OpeningPlan(
            tuple(
                WeeklyHours(entry.weekday, HoursMode(entry.mode), entry.opens, entry.closes)
                for entry in room.address.hours
            )
        ),
        tiers=tuple(Tier(tier.duration_minutes, tier.amount) for tier in room.prices),
        price_rules=(),  # nor has any room of the bench
        terms=Terms(company.tax_rate_bp, company.prices_include_tax, company.platform_fee_bp),
        slot_minutes=room.slot_minutes,
        min_minutes=room.min_minutes,
        max_minutes=room.max_minutes,
        buffer_before_minutes=room.buffer_before_minutes,
        buffer_after_minutes=room.buffer_after_minutes,
        notice_minutes=room.notice_minutes,
        horizon_days=room.horizon_days,
    )


def _checked_span(offer: Offer, body: BookingWish) -> Span:
    try:
        span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
        offers.check_rules(offer, span, now=utc_now())
    except ProblemError as error:
        raise HTTPException(status_code=error.status, detail=error.message) from error
    return span


async def _refuse_overlap(session: AsyncSession, room: Room, span: Span) -> None:
    taken = await session.scalar(
        select(Occupancy)
        .where(
            Occupancy.resource_id == room.resource_id,
            Occupancy.starts_at < span.ends_at,
            Occupancy.ends_at > span.starts_at,
            or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > utc_now()),
        )
        .limit(1)
    )
    if taken is not None:
        raise HTTPException(status_code=409, detail="Slot taken")


async def _add(session: AsyncSession, user: User, room: Room, offer: Offer, span: Span) -> Booking:
    expires_at = utc_now() + HOLD
    occupancy = Occupancy(
        resource_id=room.resource_id,
        kind="booking",
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        expires_at=expires_at,
    )
    session.add(occupancy)
    await session.flush()
    quoted = offer.quote(span)
    booking = Booking(
        customer_id=user.id,
        room=room,
        address=room.address,
        company_id=offer.company_id,
        claim_id=occupancy.claim_id,
        status="pending",
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        expires_at=expires_at,
        currency=offer.currency,
        total_amount=quoted.total,
        tax_amount=quoted.tax,
        platform_fee_amount=quoted.platform_fee,
        items=written(quoted),
        cancellation_policy=frozen_policy(offer),
        moves=[BookingMove(to_status="pending", actor="customer", actor_id=user.id)],
    )
    session.add(booking)
    await session.flush()
    session.add(OutboxRecord(name=BookingHeld.name, payload={"booking_id": booking.id}))
    return booking


def _to_read(booking: Booking) -> BookingRead:
    zone = ZoneInfo(booking.address.timezone)
    return BookingRead.model_validate(
        {
            **{name: getattr(booking, name) for name in BookingRead.model_fields if hasattr(booking, name)},
            "version": 1,
            "guest": None,
            "event_id": None,
            "seats": None,
            "series_id": None,
            "reference": reference.encode(booking.id),
            "room_name": booking.room.name,
            "address_name": booking.address.name,
            "timezone": zone.key,
            "starts_at": booking.starts_at.astimezone(zone),
            "ends_at": booking.ends_at.astimezone(zone),
            "total": {"amount": booking.total_amount, "currency": booking.currency},
            "tax": {"amount": booking.tax_amount, "currency": booking.currency},
            "paid": {"amount": booking.paid_amount, "currency": booking.currency},
            "refund": {"amount": booking.refund_amount, "currency": booking.currency},
            "returned": {"amount": booking.returned_amount, "currency": booking.currency},
        }
    )
