"""Open checkouts: the gateway is asked now and then, and told to close a page before its hold ends."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import service as bookings
from src.bookings.models import Booking
from src.bookings.service import Due
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.tasks import run_in_transaction
from src.payments import repository
from src.payments.enums import ChargeStatus
from src.payments.exceptions import UnknownObjectError
from src.payments.gateways.base import (
    CheckoutInquiry,
    CheckoutState,
    GatewayError,
    NotConnectedError,
)
from src.payments.gateways.protocols import Gateway
from src.payments.gateways.registry import get_gateway
from src.payments.models import Charge
from src.payments.service.settle import settle

Question: TypeAlias = Callable[[CheckoutInquiry], Awaitable[CheckoutState | None]]

log = structlog.get_logger(__name__)

BATCH: Final = 50
LEASE: Final = timedelta(seconds=60)
ASK_EVERY: Final = timedelta(minutes=2)
ASK_AGAIN: Final = timedelta(seconds=5)  # where the hold is about to end, or has
# So long before the hold ends nobody can pay any more: who has paid by then is confirmed in time.
CLOSING_LEAD: Final = timedelta(seconds=20)


async def reconcile_checkouts(database: Database, *, settings: Settings) -> int:
    """Asks about what is due; returns how many charges. A dead worker's are taken up a minute later."""
    async with database.transaction() as session:
        leased = await repository.lease_open_charges(session, limit=BATCH, lease=LEASE)
        dues = [await bookings.find_due(session, booking=booking) for _, booking in leased]
    now = utc_now()
    for (charge, booking), due in zip(leased, dues, strict=True):
        gateway = get_gateway(charge.gateway, settings=settings, database=database)
        ask = gateway.close_checkout if _has_to_close(charge, due, now) else gateway.find_checkout
        try:
            await _learn(database, ask, charge, booking)
        except (GatewayError, NotConnectedError, UnknownObjectError) as error:
            log.warning("checkout_not_reconciled", charge_id=charge.id, error=str(error))
    return len(leased)


async def ask_about(session: AsyncSession, *, booking_id: int) -> None:
    """Something has become of the booking: pages that don't fit any more are to close."""
    await repository.ask_about(session, booking_id=booking_id)


async def close_page(database: Database, *, gateway: Gateway, charge: Charge, booking: Booking) -> None:
    """Lets nobody pay an open charge any more, and applies what came of it.

    Raises `GatewayError`, `NotConnectedError`, `UnknownObjectError`.
    """
    await _learn(database, gateway.close_checkout, charge, booking)


def is_for(charge: Charge, due: Due) -> bool:
    return (charge.amount, charge.expires_at) == (due.amount, due.expires_at)


def _has_to_close(charge: Charge, due: Due | None, now: datetime) -> bool:
    return due is None or not is_for(charge, due) or due.expires_at <= now + CLOSING_LEAD


async def _learn(database: Database, ask: Question, charge: Charge, booking: Booking) -> None:
    state = await ask(
        CheckoutInquiry(
            charge_id=charge.id,
            company_id=booking.company_id,
            ref=charge.gateway_ref,
            page_ref=charge.page_ref,
            ordered_at=charge.created_at,
        )
    )
    await run_in_transaction(database, lambda session: _apply(session, charge, state))


async def _apply(session: AsyncSession, charge: Charge, state: CheckoutState | None) -> None:
    if state is not None:
        await settle(session, gateway=charge.gateway, state=state)
        await repository.set_checkout(
            session, charge_id=charge.id, ref=state.ref, page_ref=None, url=state.url
        )
    else:
        await _forget(session, charge)
    closing_at = Charge.expires_at - CLOSING_LEAD
    next_time = func.least(
        func.clock_timestamp() + ASK_EVERY, func.greatest(closing_at, func.clock_timestamp() + ASK_AGAIN)
    )
    await repository.postpone_charge(session, charge_id=charge.id, due_at=next_time)


async def _forget(session: AsyncSession, charge: Charge) -> None:
    """The order never reached the gateway: the customer may begin anew."""
    current = await repository.find_locked(session, charge.id)
    if current is not None and current.status is ChargeStatus.OPEN and current.gateway_ref is None:
        current.status = ChargeStatus.FAILED
        await session.flush()
