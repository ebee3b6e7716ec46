"""Quoting and holding: the hot path. Four statements, two of them the claim and the booking."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from src.bookings import reference, repository
from src.bookings.cancellation import PRESETS
from src.bookings.enums import BookingStatus
from src.bookings.events import BookingHeld
from src.bookings.schemas import BookingWish
from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Span
from src.core import events
from src.core.database import Rows, Transaction, driver
from src.core.identity import Principal
from src.rooms import offers, pricing
from src.rooms import service as rooms
from src.rooms.offers import Offer

MINUTES_OF_HOUR = 60


async def quote(connection: Rows, *, body: BookingWish, now: datetime) -> bytes:
    """`QuoteRead` as JSON; takes no time. Raises `RoomNotFoundError` and the errors of the room's rules."""
    offer, span = await _wanted(connection, body, now)
    items = bill(offer, span)
    return orjson.dumps(
        {
            "room_id": offer.room_id,
            **_times(span, offer.zone),
            "items": items,
            "total": _money(_total(items), offer.currency),
            "cancellation_policy": frozen_policy(offer),
        }
    )


async def create_booking(
    session: Transaction, *, principal: Principal, body: BookingWish, hold: timedelta, now: datetime
) -> bytes:
    """Holds the room until `hold` from now; returns `BookingRead` as JSON.

    Raises `RoomNotFoundError`, the errors of the room's rules, `SlotTakenError`. Locks: those of
    `calendars.claim`, as late as possible.
    """
    offer, span = await _wanted(await driver(session), body, now)
    items, policy = bill(offer, span), frozen_policy(offer)
    claim = await calendars.claim(session, wishes=offer.wishes(span), kind=OccupancyKind.BOOKING, hold=hold)
    created = await repository.insert_hold(
        session,
        customer_id=principal.user_id,
        room_id=offer.room_id,
        address_id=offer.address_id,
        company_id=offer.company_id,
        claim_id=claim.id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        expires_at=claim.expires_at,
        currency=offer.currency,
        total_amount=_total(items),
        items=items,
        cancellation_policy=policy,
    )
    await events.publish(session, BookingHeld(booking_id=created["id"]))
    return orjson.dumps(
        {
            "id": created["id"],
            "reference": reference.encode(created["id"]),
            "status": BookingStatus.PENDING,
            "room_id": offer.room_id,
            "room_name": offer.room_name,
            "address_id": offer.address_id,
            "address_name": created["address_name"],
            "company_id": offer.company_id,
            "customer_id": principal.user_id,
            **_times(span, offer.zone),
            "expires_at": claim.expires_at,
            "items": items,
            "total": _money(_total(items), offer.currency),
            "paid": _money(0, offer.currency),
            "refund": _money(0, offer.currency),
            "cancellation_policy": policy,
            "created_at": created["created_at"],
        }
    )


async def _wanted(connection: Rows, body: BookingWish, now: datetime) -> tuple[Offer, Span]:
    offer = await rooms.get_offer(connection, room_id=body.room_id)
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    offers.check_rules(offer, span, now=now)
    return offer, span


def bill(offer: Offer, span: Span) -> list[dict[str, Any]]:
    """The lines of the bill (`BookingItem`)."""
    return [
        {
            "kind": "room",
            "description": f"{offer.room_name}, {_length(item)}",
            "quantity": item.quantity,
            "unit_amount": item.unit_amount,
            "amount": item.amount,
        }
        for item in offer.price(span)
    ]


def frozen_policy(offer: Offer) -> list[dict[str, int]]:
    """What the policy pays back today; a booking keeps it whatever the preset says later."""
    return [
        {"hours_before": tier.hours_before, "refund_percent": tier.refund_percent}
        for tier in PRESETS[offer.cancellation_policy]
    ]


def _length(item: pricing.PriceItem) -> str:
    hours, minutes = divmod(item.duration_minutes, MINUTES_OF_HOUR)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part
    )


def _total(items: list[dict[str, Any]]) -> int:
    return sum(item["amount"] for item in items)


def _times(span: Span, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "timezone": zone.key,
        "starts_at": span.starts_at.astimezone(zone),
        "ends_at": span.ends_at.astimezone(zone),
    }


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}
