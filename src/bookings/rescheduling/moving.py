"""A booking gets another time: the new one is won before the old one is lost, or nothing has happened."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import repository as bookings
from src.bookings.add_ons import service as add_ons
from src.bookings.enums import HELD, Actor
from src.bookings.events import BookingRescheduled
from src.bookings.models import Booking
from src.bookings.rescheduling import repository
from src.bookings.rescheduling.models import BookingProposal
from src.bookings.service import holdings
from src.calendars import service as calendars
from src.calendars.service import Claim, Move, Span
from src.companies import audit
from src.core import events
from src.core.identity import Principal


@dataclass(frozen=True, slots=True)
class NewTime:
    """Where a booking goes, and its bill there."""

    room_id: int
    span: Span
    total_amount: int
    tax_amount: int
    platform_fee_amount: int
    items: list[Any]

    @classmethod
    def of(cls, proposal: BookingProposal) -> Self:
        return cls(
            room_id=proposal.room_id,
            span=Span(proposal.starts_at, proposal.ends_at),
            total_amount=proposal.total_amount,
            tax_amount=proposal.tax_amount,
            platform_fee_amount=proposal.platform_fee_amount,
            items=proposal.items,
        )


@dataclass(frozen=True, slots=True)
class Mover:
    """Who has decided it; `principal` is None when a payment did."""

    actor: Actor
    principal: Principal | None
    reason: str = ""


async def carry_out(
    session: AsyncSession, *, booking: Booking, to: NewTime, by: Mover, held: int | None = None
) -> None:
    """Moves a locked booking, whose new time may overlap the old one; `held` is the claim that waits for it.

    Raises `SlotTakenError`, `AddOnTakenError`: the caller then rolls back. Locks like `rooms.get_wishes` and
    `calendars.move`.
    """
    plan = await plan_move(session, booking=booking, to=to, held=held)
    async with add_ons.telling_which(session, moves=[plan], booking_ids=[booking.id]):
        (claim,) = await calendars.move(session, plan)
    await settle(session, booking=booking, to=to, claim=claim, by=by)


async def plan_move(session: AsyncSession, *, booking: Booking, to: NewTime, held: int | None = None) -> Move:
    """The room and all that comes with it, in one claim. A hold stays one, with what is left of its time."""
    hold: timedelta | None = None
    if booking.status in HELD and booking.expires_at is not None:
        clock = await bookings.get_clock(session)
        hold = min(booking.expires_at, to.span.starts_at) - clock
    return Move(
        claim_ids=[booking.time_claim_id] if held is None else [booking.time_claim_id, held],
        wishes=await holdings.list_wishes(session, booking, room_id=to.room_id, span=to.span),
        hold=hold,
    )


async def settle(session: AsyncSession, *, booking: Booking, to: NewTime, claim: Claim, by: Mover) -> None:
    """Writes down that the time is now the booking's; what it costs less is promised back."""
    values = {
        "room_id": to.room_id,
        "starts_at": to.span.starts_at,
        "ends_at": to.span.ends_at,
        "total_amount": to.total_amount,
    }
    changes = {
        field: (_plain(getattr(booking, field)), _plain(value))
        for field, value in values.items()
        if getattr(booking, field) != value
    }
    too_much = min(booking.settled_amount - to.total_amount, booking.kept_amount)
    await repository.record_rescheduling(
        session,
        booking=booking,
        actor=by.actor,
        actor_id=by.principal.user_id if by.principal else None,
        reason=by.reason,
        changes=changes,
    )
    await audit.record(
        session,
        principal=by.principal,
        company_id=booking.company_id,
        action="booking.rescheduled",
        subject_id=booking.id,
        changes=changes,
    )
    await bookings.change(
        session,
        booking=booking,
        **values,
        claim_id=claim.id,
        expires_at=claim.expires_at if booking.status in HELD else booking.expires_at,
        tax_amount=to.tax_amount,
        platform_fee_amount=to.platform_fee_amount,
        items=to.items,
        refund_amount=booking.refund_amount + max(too_much, 0),
    )
    await events.publish(session, BookingRescheduled(booking_id=booking.id))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
