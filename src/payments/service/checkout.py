from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from src.bookings import reference
from src.bookings import service as bookings
from src.bookings.models import Booking
from src.bookings.service import Due
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.errors import UnavailableError
from src.core.identity import Principal
from src.core.tasks import run_in_transaction
from src.payments import repository
from src.payments.enums import ChargeStatus
from src.payments.exceptions import (
    NO_ANSWER,
    PaymentsNotConnectedError,
    PaymentUndecidedError,
    UnknownObjectError,
)
from src.payments.gateways.base import (
    Checkout,
    CheckoutOrder,
    GatewayError,
    GatewayRefusedError,
    NotConnectedError,
)
from src.payments.gateways.protocols import Gateway
from src.payments.gateways.registry import get_offered_gateway
from src.payments.models import Charge
from src.payments.schemas import CheckoutRead
from src.payments.service.reconcile import CLOSING_LEAD, close_page, is_for

# The gateway's clock isn't ours, and the order takes a moment to arrive.
MARGIN: Final = timedelta(minutes=2)
LONGEST_PAGE: Final = timedelta(hours=24) - MARGIN  # no gateway's page may last longer than a day
FIRST_QUESTION_AFTER: Final = timedelta(minutes=1)


async def open_checkout(
    database: Database, *, settings: Settings, principal: Principal, booking_id: int, gateway_name: str
) -> CheckoutRead:
    """A page where the hold is paid. The same one again while it is open: safe to repeat.

    Three steps: the intent is committed, the gateway is called outside of any transaction with the intent's id as
    idempotency key, its answer is recorded. Cut off in between, the next call goes on with the same key. What isn't
    due any more is closed before.
    Raises `GatewayNotOfferedError`, `BookingNotFoundError`, `IllegalMoveError`, `PaymentsNotConnectedError`,
    `PaymentUndecidedError`, `UnavailableError`.
    """
    gateway = get_offered_gateway(gateway_name, settings=settings, database=database)
    charge, booking, is_current = await _intent(
        database, principal=principal, booking_id=booking_id, gateway=gateway
    )
    if not is_current:
        await _close(database, gateway, charge, booking)
        charge, booking, is_current = await _intent(
            database, principal=principal, booking_id=booking_id, gateway=gateway
        )
    if not is_current:
        raise PaymentUndecidedError
    if charge.checkout_url is not None:
        return _read(charge, charge.checkout_url)
    try:
        checkout = await gateway.open_checkout(_order(charge, booking, settings))
    except (GatewayRefusedError, NotConnectedError) as error:
        await run_in_transaction(database, lambda session: _give_up(session, charge.id))
        if isinstance(error, NotConnectedError):
            raise PaymentsNotConnectedError from error
        raise UnavailableError("The payment service refuses this payment; try another.") from error
    except GatewayError as error:
        raise UnavailableError(NO_ANSWER) from error
    return await _record(database, charge, checkout)


async def _intent(
    database: Database, *, principal: Principal, booking_id: int, gateway: Gateway
) -> tuple[Charge, Booking, bool]:
    """The open charge, and whether it is for what is due now: the booking may have got another time since."""
    async with database.transaction() as session:
        booking = await bookings.get_payable_booking(session, principal=principal, booking_id=booking_id)
        due = await bookings.get_due(session, booking=booking)
        charge = await repository.find_open_charge(session, booking_id=booking.id, gateway=gateway.name)
        if charge is None:
            charge = await _new_charge(session, booking=booking, due=due, gateway=gateway)
        return charge, booking, is_for(charge, due)


async def _new_charge(session: AsyncSession, *, booking: Booking, due: Due, gateway: Gateway) -> Charge:
    charge = Charge(
        booking_id=booking.id,
        company_id=booking.company_id,
        gateway=gateway.name,
        amount=due.amount,
        fee_amount=due.fee_amount,
        tax_amount=due.tax_amount,
        is_paid_to_owner=gateway.is_paid_to_owner,
        is_fee_collected=gateway.collects_fee,
        currency=booking.currency,
        expires_at=due.expires_at,
        page_expires_at=_page_end(due.expires_at, gateway),
        due_at=min(utc_now() + FIRST_QUESTION_AFTER, due.expires_at - CLOSING_LEAD),
    )
    session.add(charge)
    await session.flush()
    return charge


async def _close(database: Database, gateway: Gateway, charge: Charge, booking: Booking) -> None:
    """Nobody is to pay what isn't due any more; what was paid all the same goes back."""
    try:
        await close_page(database, gateway=gateway, charge=charge, booking=booking)
    except (GatewayError, NotConnectedError, UnknownObjectError) as error:
        raise UnavailableError(NO_ANSWER) from error


def _page_end(due_until: datetime, gateway: Gateway) -> datetime:
    """In step with the hold. Where the gateway's pages last longer, ours is closed before (`service.reconcile`).

    A page that ends before the hold is followed by another.
    """
    until = min(due_until, utc_now() + LONGEST_PAGE)
    if not gateway.shortest_checkout:
        return until
    return max(until, utc_now() + gateway.shortest_checkout + MARGIN)


def _order(charge: Charge, booking: Booking, settings: Settings) -> CheckoutOrder:
    assert charge.page_expires_at is not None
    return CheckoutOrder(
        charge_id=charge.id,
        company_id=booking.company_id,
        description=f"Booking {reference.encode(charge.booking_id)}",
        amount=charge.amount,
        fee_amount=charge.fee_amount if charge.is_paid_to_owner else 0,
        currency=charge.currency,
        expires_at=charge.page_expires_at,
        return_url=f"{settings.frontend_url}/bookings/{charge.booking_id}",
    )


async def _record(database: Database, charge: Charge, checkout: Checkout) -> CheckoutRead:
    async with database.transaction() as session:
        is_open = await repository.set_checkout(
            session,
            charge_id=charge.id,
            ref=checkout.ref,
            page_ref=checkout.page_ref,
            url=checkout.url,
        )
    if not is_open:  # meanwhile the gateway was asked, had not heard of it, and the charge was given up
        raise UnavailableError("The payment page was closed while it opened; try again.")
    return _read(charge, checkout.url)


def _read(charge: Charge, url: str) -> CheckoutRead:
    assert charge.page_expires_at is not None
    return CheckoutRead(url=url, expires_at=min(charge.expires_at, charge.page_expires_at))


async def _give_up(session: AsyncSession, charge_id: int) -> None:
    charge = await repository.find_locked(session, charge_id)
    if charge is not None and charge.status is ChargeStatus.OPEN and charge.gateway_ref is None:
        charge.status = ChargeStatus.FAILED
        await session.flush()
