"""Quoting and holding: the hot path. Four statements, two of them the claim and the booking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from src.bookings import cancellation, reference, repository
from src.bookings.add_ons import service as add_ons
from src.bookings.add_ons.service import AddOn
from src.bookings.deadlines import HoldTerms
from src.bookings.enums import BookingStatus
from src.bookings.events import BookingHeld, BookingRequested
from src.bookings.exceptions import CoolDownError, OfferChangedError, TooManyHoldsError
from src.bookings.schemas import BookingWish
from src.calendars import service as calendars
from src.calendars.service import Span
from src.core import events
from src.core.database import Rows, Transaction, driver
from src.core.identity import Principal
from src.rooms import offers
from src.rooms import service as rooms
from src.rooms.enums import BookingMode
from src.rooms.offers import Offer
from src.rooms.pricing.quotes import Quote


async def quote(connection: Rows, *, body: BookingWish, now: datetime) -> bytes:
    """`QuoteRead` as JSON; takes no time. Raises `RoomNotFoundError` and the errors of the room's rules."""
    offer, span = await _wanted(connection, body, now)
    chosen = await add_ons.choose(connection, wish=body, offer=offer, span=span)
    quoted = offer.quote(span, [add_on.billed_for(span) for add_on in chosen])
    taken = await calendars.list_busy(connection, resource_ids=offer.resource_ids, span=offer.occupied(span))
    taken_with_it = await add_ons.find_taken(connection, chosen=chosen, span=span)
    return orjson.dumps(
        {
            "room_id": offer.room_id,
            **_times(span, offer.zone),
            "is_free": not (taken or taken_with_it),
            "items": written(quoted),
            "total": _money(quoted.total, offer.currency),
            "tax": _money(quoted.tax, offer.currency),
            "cancellation_policy": frozen_policy(offer),
        }
    )


async def create_booking(
    session: Transaction, *, principal: Principal, body: BookingWish, terms: HoldTerms, now: datetime
) -> bytes:
    """Holds the room until it is paid, or until its owner has answered; returns `BookingRead` as JSON.

    Raises `RoomNotFoundError`, the errors of the room's rules, `SlotTakenError`, `TooManyHoldsError`,
    `CoolDownError`, those of add-ons, and `OfferChangedError` when the owner has changed the room, the studio or the
    company's terms, or closed it, since the offer was read: what was checked and priced is no longer true. Locks: of
    `calendars.claim`, as late as possible, then the customer's holds.
    """
    connection = await driver(session)
    offer, span = await _wanted(connection, body, now)
    chosen = await add_ons.choose(connection, wish=body, offer=offer, span=span)
    held = await hold(
        session, customer_id=principal.user_id, offer=offer, span=span, chosen=chosen, terms=terms, now=now
    )
    return orjson.dumps(_document(held, offer, span, principal.user_id))


@dataclass(frozen=True, slots=True)
class Held:
    """A booking that was made."""

    id: int
    status: BookingStatus
    expires_at: datetime | None
    created_at: datetime
    address_name: str
    quote: Quote
    items: list[dict[str, Any]]
    policy: list[dict[str, Any]]


async def hold(
    session: Transaction,
    *,
    customer_id: int,
    offer: Offer,
    span: Span,
    chosen: Sequence[AddOn],
    terms: HoldTerms,
    now: datetime,
    series_id: int | None = None,
) -> Held:
    """Of a room whose rules were checked for this span. Raises like `create_booking`."""
    quoted = offer.quote(span, [add_on.billed_for(span) for add_on in chosen])
    items, policy = written(quoted), frozen_policy(offer)
    status, length = _how_held(offer, span, terms, now)
    claim = await add_ons.claim(session, offer=offer, span=span, chosen=chosen, hold=length)
    created = await repository.insert_hold(
        session,
        customer_id=customer_id,
        room_id=offer.room_id,
        room_revision=offer.revision,
        address_id=offer.address_id,
        address_revision=offer.address_revision,
        company_id=offer.company_id,
        company_revision=offer.company_revision,
        claim_id=claim.id,
        status=status,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        expires_at=claim.expires_at,
        currency=offer.currency,
        total_amount=quoted.total,
        tax_amount=quoted.tax,
        platform_fee_amount=quoted.platform_fee,
        items=items,
        cancellation_policy=policy,
        most_holds=terms.most_holds,
        most_expired=terms.most_expired,
        series_id=series_id,
    )
    refuse_unless_admitted(created, now)
    if created["id"] is None:
        raise OfferChangedError
    await add_ons.keep(session, booking_id=created["id"], chosen=chosen)
    await events.publish(session, _EVENTS[status](booking_id=created["id"]))
    return Held(
        id=created["id"],
        status=status,
        expires_at=claim.expires_at,
        created_at=created["created_at"],
        address_name=created["address_name"],
        quote=quoted,
        items=items,
        policy=policy,
    )


def _document(held: Held, offer: Offer, span: Span, customer_id: int) -> dict[str, Any]:
    """The fields of `BookingRead`."""
    return {
        "id": held.id,
        "reference": reference.encode(held.id),
        "status": held.status,
        "version": 1,
        "room_id": offer.room_id,
        "room_name": offer.room_name,
        "address_id": offer.address_id,
        "address_name": held.address_name,
        "company_id": offer.company_id,
        "customer_id": customer_id,
        "guest": None,
        "event_id": None,
        "seats": None,
        "series_id": None,
        **_times(span, offer.zone),
        "expires_at": held.expires_at,
        "items": held.items,
        "total": _money(held.quote.total, offer.currency),
        "tax": _money(held.quote.tax, offer.currency),
        "paid": _money(0, offer.currency),
        "refund": _money(0, offer.currency),
        "returned": _money(0, offer.currency),
        "cancellation_policy": held.policy,
        "created_at": held.created_at,
    }


_EVENTS: dict[BookingStatus, type[BookingHeld | BookingRequested]] = {
    BookingStatus.PENDING: BookingHeld,
    BookingStatus.AWAITING_APPROVAL: BookingRequested,
}


def _how_held(offer: Offer, span: Span, terms: HoldTerms, now: datetime) -> tuple[BookingStatus, timedelta]:
    """A request stands until its start at most: nobody approves what is past."""
    if offer.booking_mode is BookingMode.INSTANT:
        return BookingStatus.PENDING, terms.hold
    return BookingStatus.AWAITING_APPROVAL, min(terms.approval, span.starts_at - now)


def refuse_unless_admitted(verdict: asyncpg.Record, now: datetime) -> None:
    """What `admit_hold` says. Raises `TooManyHoldsError`, `CoolDownError`."""
    if verdict["refusal"] == TooManyHoldsError.code:
        raise TooManyHoldsError
    if verdict["refusal"] == CoolDownError.code:
        raise CoolDownError(retry_after_seconds=ceil((verdict["refused_until"] - now).total_seconds()))


async def _wanted(connection: Rows, body: BookingWish, now: datetime) -> tuple[Offer, Span]:
    offer = await rooms.get_offer(connection, room_id=body.room_id)
    span = offers.requested_span(offer, starts_at=body.starts_at, ends_at=body.ends_at)
    offers.check_rules(offer, span, now=now)
    return offer, span


def written(quote: Quote) -> list[dict[str, Any]]:
    """The lines of the bill (`BookingItem`)."""
    return [
        {
            "kind": item.kind,
            "description": item.description,
            "quantity": item.quantity,
            "unit_amount": item.unit_amount,
            "amount": item.amount,
        }
        for item in quote.items
    ]


def frozen_policy(offer: Offer) -> list[dict[str, Any]]:
    return cancellation.freeze(offer.cancellation_policy, offer.cancellation_tiers)


def _times(span: Span, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "timezone": zone.key,
        "starts_at": span.starts_at.astimezone(zone),
        "ends_at": span.ends_at.astimezone(zone),
    }


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}
